"""
The client: signs people in, and calls APIs in their name or its own.

`AsyncClient` and `Client` are where to begin. Beneath them each exchange is a pair of pure functions, one
that builds the request and one that reads the response, in the module that bears its name.
"""

from authwright.oauth.types import Secret

from .authorization_code import AuthorizationRequest
from .client import AsyncClient, Client
from .client_auth import ClientAuth, ClientSecretBasic, ClientSecretPost, NoAuth, PrivateKeyJwt
from .errors import (
    ClientError,
    ErrorResponse,
    InvalidCallback,
    InvalidResponse,
    InvalidStoredValue,
    NotOffered,
)
from .login import Login
from .tokens import Tokens

__all__ = [
    "AsyncClient",
    "AuthorizationRequest",
    "Client",
    "ClientAuth",
    "ClientError",
    "ClientSecretBasic",
    "ClientSecretPost",
    "ErrorResponse",
    "InvalidCallback",
    "InvalidResponse",
    "InvalidStoredValue",
    "Login",
    "NoAuth",
    "NotOffered",
    "PrivateKeyJwt",
    "Secret",
    "Tokens",
]
