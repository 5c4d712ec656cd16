"""
What the server acknowledged to one customer: the driver's own account, which the server is held to.

`Token` and `Family` say what must be accepted (*good*) and what must be refused; *changed* is the round in
which that was last acknowledged.
"""

from dataclasses import dataclass, field
from enum import Enum


class Kind(Enum):
    """What is examined, by the names of the report."""

    ACCESS_TOKEN = "access token"
    REFRESH_TOKEN = "refresh token"
    CODE = "code"
    SESSION = "session"
    CONSENT = "consent"
    SIGNING_KEY = "signing key"


@dataclass(slots=True, eq=False)
class Token:
    """An access or refresh token that was handed out."""

    value: str
    kind: Kind
    client_id: str
    changed: int
    good: bool = True

    def end(self, now: int) -> None:
        """It was revoked, rotated, or its grant is over."""
        if self.good:
            self.good, self.changed = False, now


@dataclass(slots=True, eq=False)
class Family:
    """
    A grant: its code, and every token that came of it. *current* is the refresh token to use next.

    *redeemed_in* is the round in which the code was spent; *replayed* when that has been tried again.
    """

    client_id: str
    code: str
    code_verifier: str
    offline: bool
    issued_at: float
    redeemed: bool = False
    redeemed_in: int = -1
    replayed: bool = False
    over: bool = False
    current: Token | None = None
    tokens: list[Token] = field(default_factory=list)

    def end(self, now: int) -> None:
        """The grant is revoked, and with it all that it gave."""
        self.over, self.current = True, None
        for token in self.tokens:
            token.end(now)

    def receive(self, tokens: dict[str, str], now: int) -> None:
        """Tokens were handed out; the refresh token among them takes the place of the current one."""
        self.tokens.append(Token(tokens["access_token"], Kind.ACCESS_TOKEN, self.client_id, now))
        if self.current is not None:
            self.current.end(now)
            self.current = None
        if "refresh_token" in tokens:
            self.current = Token(tokens["refresh_token"], Kind.REFRESH_TOKEN, self.client_id, now)
            self.tokens.append(self.current)


@dataclass(slots=True)
class Tally:
    """
    What the whole drill counts.

    *round* grows with every incident. *unavailable* are answers 503, *unanswered* requests that were cut off,
    *hung* those of which the patience ran out, *recorded* writes of the database's files, *unflushed* those
    of them that a loss of power could take. *lost* are acknowledged things that the server does not stand
    by, *resurrected* spent or revoked ones that it accepts, *wrong* answers that nobody may get.
    """

    round: int = 0
    acknowledged: dict[str, int] = field(default_factory=dict)
    examined: dict[str, int] = field(default_factory=dict)
    unavailable: int = 0
    unanswered: int = 0
    hung: int = 0
    recorded: int = 0
    unflushed: int = 0
    lost: list[str] = field(default_factory=list)
    resurrected: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def operations(self) -> int:
        """How many operations were acknowledged."""
        return sum(self.acknowledged.values())

    @property
    def violations(self) -> int:
        """How often the server did not keep what it promises."""
        return len(self.lost) + len(self.resurrected) + len(self.wrong)

    def acknowledge(self, operation: str) -> None:
        """One more *operation* was answered as done."""
        self.acknowledged[operation] = self.acknowledged.get(operation, 0) + 1

    def examine(self, kind: Kind, what: str, *, good: bool, accepted: bool) -> None:
        """What came of presenting an artefact that must be *good* or must not."""
        self.examined[kind.value] = self.examined.get(kind.value, 0) + 1
        if good and not accepted:
            self.lost.append(f"round {self.round}: {kind.value}, {what}")
        elif accepted and not good:
            self.resurrected.append(f"round {self.round}: {kind.value}, {what}")
