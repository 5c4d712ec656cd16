"""
The grant types, one file each: what it reads, and the pure function that decides.

A new one is a `GrantType` value passed to the server: ``grants=(*DEFAULT_GRANTS, mine)``.
"""

from authwright.authorization_server.grants.authorization_code import AUTHORIZATION_CODE
from authwright.authorization_server.grants.client_credentials import CLIENT_CREDENTIALS
from authwright.authorization_server.grants.grant_type import AnyGrantType
from authwright.authorization_server.grants.refresh_token import REFRESH_TOKEN

DEFAULT_GRANTS: tuple[AnyGrantType, ...] = (
    AUTHORIZATION_CODE,
    REFRESH_TOKEN,
    CLIENT_CREDENTIALS,
)
