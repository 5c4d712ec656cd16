"""The APIs that an access token is asked for. :rfc:`8707#section-2`."""

from collections.abc import Iterable


def resources(resource: Iterable[str]) -> tuple[str, ...]:
    """
    The identifiers in *resource*, in their order.

    Raises `TypeError` for one string, which type checkers take for a collection of strings: each of its
    characters would be asked for.
    """
    if isinstance(resource, str):
        raise TypeError("resource is a collection of identifiers; for one API write [identifier]")
    return tuple(resource)
