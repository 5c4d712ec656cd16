"""The ``scope`` parameter: a set of case-sensitive tokens. :rfc:`6749#section-3.3`."""

import re
from collections.abc import Iterator
from typing import Final, final

from typing_extensions import override

from .errors import InvalidScope

# scope = scope-token *( SP scope-token )
# scope-token = 1*( %x21 / %x23-5B / %x5D-7E ): printable ASCII without space, quote and backslash.
_SCOPE_TOKEN: Final = r"[\x21\x23-\x5b\x5d-\x7e]+"
_SCOPE: Final = re.compile(rf"{_SCOPE_TOKEN}(?: {_SCOPE_TOKEN})*")


@final
class Scope:
    """
    An immutable set of scope tokens: ``"openid" in scope``, ``requested <= granted``, ``a & b``.

    Tokens have no order (:rfc:`6749#section-3.3`), so two scopes are equal when their tokens are,
    and iteration and ``str`` go in sorted order: equal scopes read alike in tokens, databases and logs.
    Raises `InvalidScope` when a token breaks the grammar.
    """

    __slots__ = ("_text", "_tokens")

    def __init__(self, *tokens: str) -> None:
        together = " ".join(tokens)
        # As many spaces as there are gaps, or one of the tokens holds one.
        if tokens and (together.count(" ") >= len(tokens) or _SCOPE.fullmatch(together) is None):
            raise InvalidScope("a scope token is empty or holds a character outside the grammar")
        self._tokens = frozenset(tokens)
        self._text: str | None = None

    @classmethod
    def _of(cls, tokens: frozenset[str]) -> "Scope":
        """Tokens of other scopes, whose grammar was checked."""
        scope = cls.__new__(cls)
        scope._tokens = tokens  # noqa: SLF001 - its own class
        scope._text = None  # noqa: SLF001
        return scope

    def __contains__(self, token: object) -> bool:
        return token in self._tokens

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._tokens))

    def __len__(self) -> int:
        return len(self._tokens)

    def __le__(self, other: "Scope") -> bool:
        return self._tokens <= other._tokens

    def isdisjoint(self, other: "Scope") -> bool:
        """Whether no token is in both."""
        return self._tokens.isdisjoint(other._tokens)  # noqa: SLF001 - its own class

    def __and__(self, other: "Scope") -> "Scope":
        return Scope._of(self._tokens & other._tokens)

    def __or__(self, other: "Scope") -> "Scope":
        return Scope._of(self._tokens | other._tokens)

    def __sub__(self, other: "Scope") -> "Scope":
        return Scope._of(self._tokens - other._tokens)

    @override
    def __eq__(self, other: object) -> bool:
        return isinstance(other, Scope) and self._tokens == other._tokens

    @override
    def __hash__(self) -> int:
        return hash(self._tokens)

    @override
    def __str__(self) -> str:
        if self._text is None:
            self._text = " ".join(self)
        return self._text

    @override
    def __repr__(self) -> str:
        return f"Scope({', '.join(map(repr, self))})"


def parse_scope(value: str) -> Scope:
    """
    The scope written in *value*; the empty string is the empty scope.

    Tokens are parted by one space each. Raises `InvalidScope` when the grammar is broken.
    """
    return Scope(*value.split(" ")) if value else Scope()
