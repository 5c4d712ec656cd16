"""A declaration of any shape: it is read or refused by `DeclarationError`, and nothing else comes out."""

from contextlib import suppress
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from authwright.idp.desired_state import api, client, group, person
from authwright.idp.desired_state.declaration_error import DeclarationError
from authwright.idp.desired_state.document import read_document

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=8,
)
KINDS = {
    "api": (api.KEYS, lambda table: api.read_api(table, "[[api]]")),
    "client": (client.KEYS, lambda table: client.read_client(table, Path("/nonexistent"), "[[client]]")),
    "group": (group.KEYS, lambda table: group.read_group(table, "[[group]]")),
    "user": (person.KEYS, lambda table: person.read_person(table, Path("/nonexistent"), "[[user]]")),
}


@settings(max_examples=400)
@given(st.text(max_size=200))
def test_any_text_as_a_file(text):
    """A file that is not TOML, or not ours, is refused."""
    with suppress(DeclarationError):
        read_document(text, Path("/nonexistent"))


@settings(max_examples=600)
@given(st.data())
def test_any_value_for_any_key(data):
    """Known keys with values of any type, beside ones that are right."""
    keys, read = KINDS[data.draw(st.sampled_from(sorted(KINDS)))]
    right = {
        "resource": "https://a.example",
        "client_id": "c",
        "client_name": "C",
        "name": "n",
        "username": "u",
    }
    names = [key.name for key in keys]
    table = {name: value for name, value in right.items() if name in names}
    table |= data.draw(st.dictionaries(st.sampled_from(names), VALUES, max_size=4))
    with suppress(DeclarationError):
        read(table)
