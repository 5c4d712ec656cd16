"""
The statements of every write. Closed: a new kind of write fails the type check here until it is given some.

The kinds of a token request stand first, because the cases are tried in order.
"""

from typing import assert_never

from authwright.authorization_server import writes
from authwright.idp import writes as idp_writes
from authwright.idp.writes import Write

from .statement import Statement
from .statements import (
    account,
    attempt,
    authorization_code,
    client,
    consent,
    event,
    grant,
    group,
    interaction,
    jti,
    lease,
    one_time_link,
    opaque_access_token,
    protected_resource,
    refresh_token,
    session,
    signing_key,
)


def plan(write: Write) -> tuple[Statement, ...]:  # noqa: C901, PLR0911, PLR0912  # one case for each record
    """The statements of *write*, in order."""
    match write:
        case writes.RedeemCode() | writes.AddAuthorizationCode():
            return authorization_code.statements(write)
        case writes.RotateRefreshToken() | writes.AddRefreshToken():
            return refresh_token.statements(write)
        case writes.RecordEvent():
            return event.statements(write)
        case writes.ClaimJti() | writes.RevokeJti():
            return jti.statements(write)
        case writes.AddOpaqueAccessToken() | writes.RevokeOpaqueAccessToken():
            return opaque_access_token.statements(write)
        case writes.AddGrant() | writes.RevokeGrant() | writes.RevokeGrantsOf():
            return grant.statements(write)
        case writes.AddInteraction() | writes.CompleteStep() | writes.EndInteraction():
            return interaction.statements(write)
        case writes.AddSession() | writes.RenewSession() | writes.EndSession() | writes.EndSessionsOf():
            return session.statements(write)
        case writes.SaveConsent() | writes.DisconnectClient():
            return consent.statements(write)
        case writes.SaveClient() | writes.DeleteClient():
            return client.statements(write)
        case writes.SaveProtectedResource() | writes.DeleteProtectedResource():
            return protected_resource.statements(write)
        case idp_writes.CountAttempt() | idp_writes.ClearAttempts():
            return attempt.statements(write)
        case (
            idp_writes.AddAccount()
            | idp_writes.SaveAccount()
            | idp_writes.SetPassword()
            | idp_writes.UsePassword()
            | idp_writes.DeleteAccount()
        ):
            return account.statements(write)
        case idp_writes.SaveGroup() | idp_writes.DeleteGroup():
            return group.statements(write)
        case idp_writes.AddSigningKey() | idp_writes.DeleteSigningKey():
            return signing_key.statements(write)
        case idp_writes.AddOneTimeLink() | idp_writes.UseOneTimeLink():
            return one_time_link.statements(write)
        case idp_writes.TakeLease():
            return lease.statements(write)
        case _:
            assert_never(write)
