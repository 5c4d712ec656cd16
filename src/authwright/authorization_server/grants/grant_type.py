"""The shape of a grant type: a name, a read, a decision."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from authwright.authorization_server.decisions import Issue, Refuse
from authwright.authorization_server.policy import Policy
from authwright.authorization_server.ports import Accounts
from authwright.authorization_server.records import Client
from authwright.authorization_server.requests import ClientRequest
from authwright.authorization_server.storage import Storage
from authwright.oauth.types import Timestamp

State = TypeVar("State")


@dataclass(frozen=True, slots=True)
class GrantType(Generic[State]):
    """
    One value of ``grant_type``.

    *read* does the I/O and judges nothing; *decide* is pure, so that every rule of the grant can be tested
    as a table. *decide* raises an `OAuthError` for a no that leaves no trace. After a `Conflict` both run
    again.
    """

    grant_type: str
    read: Callable[[ClientRequest, Storage, Accounts], Awaitable[State]]
    decide: Callable[[ClientRequest, Client, State, Policy, Timestamp], Issue | Refuse]


AnyGrantType = GrantType[Any]
"""A grant type whose state only itself knows."""
