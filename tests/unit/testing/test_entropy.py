import re

from authwright.testing.entropy import CountingEntropy


def test_values_have_the_shape_of_real_ones_and_never_repeat():
    """256 bits as 43 characters, 128 bits as 22, of unpadded base64url; all different."""
    entropy = CountingEntropy()
    secrets = [entropy.secret() for _ in range(1000)]
    identifiers = [entropy.identifier() for _ in range(1000)]
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", value) for value in secrets)
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{22}", value) for value in identifiers)
    assert len({*secrets, *identifiers}) == 2000


def test_a_run_is_repeatable_and_seeds_are_apart():
    """The same seed gives the same values; another seed gives others."""
    first, again, other = CountingEntropy("a"), CountingEntropy("a"), CountingEntropy("b")
    values = [first.secret() for _ in range(10)]
    assert [again.secret() for _ in range(10)] == values
    assert not {other.secret() for _ in range(10)} & set(values)
