"""
What `MemoryStorage` holds, and what each write does to it.

The plainest statement of the writes' meaning: the SQL of the databases must do the same, and one contract
suite holds them to it.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar, assert_never

from authwright.authorization_server import records, writes
from authwright.authorization_server.events import Event
from authwright.authorization_server.storage import Conflict
from authwright.idp import records as idp_records
from authwright.idp import writes as idp_writes
from authwright.idp.storage.prune import GRACE, LONGEST_ACCESS_TOKEN_LIFETIME
from authwright.oauth.types import ClientId, Digest, GrantId, SessionId, Subject, Timestamp

K = TypeVar("K")
V = TypeVar("V")


class Tables:
    """One dictionary for each kind of record, by its identifier. A commit works on a copy."""

    def __init__(self) -> None:
        self.clients: dict[ClientId, records.Client] = {}
        self.protected_resources: dict[str, records.ProtectedResource] = {}
        self.sessions: dict[SessionId, records.Session] = {}
        self.interactions: dict[Digest, records.Interaction] = {}
        self.consents: dict[tuple[Subject, ClientId], records.Consent] = {}
        self.grants: dict[GrantId, records.Grant] = {}
        self.authorization_codes: dict[Digest, records.AuthorizationCode] = {}
        self.refresh_tokens: dict[Digest, records.RefreshToken] = {}
        self.opaque_access_tokens: dict[Digest, records.OpaqueAccessToken] = {}
        self.revoked_jtis: dict[str, Timestamp] = {}
        self.claimed_jtis: dict[tuple[ClientId, str], Timestamp] = {}
        self.events: dict[int, Event] = {}
        self.accounts: dict[Subject, idp_records.Account] = {}
        self.groups: dict[str, idp_records.Group] = {}
        self.signing_keys: dict[str, idp_records.StoredSigningKey] = {}
        self.attempts: dict[str, tuple[int, Timestamp]] = {}
        """How many, and when the window ends."""

        self.leases: dict[str, tuple[str, Timestamp]] = {}
        """Whose, and until when."""

        self.one_time_links: dict[Digest, idp_records.OneTimeLink] = {}

    def copy(self) -> "Tables":
        """Tables of their own with the same records."""
        copied = Tables()
        for name, table in vars(self).items():
            setattr(copied, name, dict(table))
        return copied

    def apply(self, write: idp_writes.Write) -> None:  # noqa: C901, PLR0912  # one case for each kind of write
        """Do what *write* says. Raises `Conflict` when its guard does not hold: drop these tables then."""
        match write:
            case (
                writes.SaveClient()
                | writes.DeleteClient()
                | writes.SaveProtectedResource()
                | writes.DeleteProtectedResource()
                | writes.RecordEvent()
            ):
                self._apply_to_registry(write)
            case writes.AddSession() | writes.RenewSession() | writes.EndSession() | writes.EndSessionsOf():
                self._apply_to_sessions(write)
            case writes.AddInteraction() | writes.CompleteStep() | writes.EndInteraction():
                self._apply_to_interactions(write)
            case (
                writes.SaveConsent()
                | writes.DisconnectClient()
                | writes.AddGrant()
                | writes.RevokeGrant()
                | writes.RevokeGrantsOf()
            ):
                self._apply_to_grants(write)
            case (
                writes.AddAuthorizationCode()
                | writes.RedeemCode()
                | writes.AddRefreshToken()
                | writes.RotateRefreshToken()
            ):
                self._apply_to_codes_and_refresh_tokens(write)
            case (
                writes.AddOpaqueAccessToken()
                | writes.RevokeOpaqueAccessToken()
                | writes.RevokeJti()
                | writes.ClaimJti()
            ):
                self._apply_to_access_tokens(write)
            case (
                idp_writes.AddAccount()
                | idp_writes.SaveAccount()
                | idp_writes.SetPassword()
                | idp_writes.UsePassword()
                | idp_writes.DeleteAccount()
            ):
                self._apply_to_accounts(write)
            case idp_writes.SaveGroup(group):
                self.groups[group.name] = group
            case idp_writes.DeleteGroup(name):
                self.groups.pop(name, None)
            case idp_writes.AddSigningKey():
                self._add_signing_key(write)
            case idp_writes.DeleteSigningKey(kid):
                self.signing_keys.pop(kid, None)
            case idp_writes.CountAttempt():
                self._count_attempt(write)
            case idp_writes.ClearAttempts(key):
                self.attempts.pop(key, None)
            case idp_writes.TakeLease(name, holder, at, until):
                held_by, ends_at = self.leases.get(name, (holder, at))
                _guard(write, held_by == holder or ends_at <= at)
                self.leases[name] = (holder, until)
            case idp_writes.AddOneTimeLink() | idp_writes.UseOneTimeLink():
                self._apply_to_one_time_links(write)
            case _:
                assert_never(write)

    def _apply_to_registry(
        self,
        write: (
            writes.SaveClient
            | writes.DeleteClient
            | writes.SaveProtectedResource
            | writes.DeleteProtectedResource
            | writes.RecordEvent
        ),
    ) -> None:
        match write:
            case writes.SaveClient(client):
                self.clients[client.client_id] = client
            case writes.DeleteClient(client_id):
                self.clients.pop(client_id, None)
                _remove(self.consents, lambda consent: consent.client_id == client_id)
                self.remove_grants(lambda grant: grant.client_id == client_id)
                _remove(self.opaque_access_tokens, lambda token: token.client_id == client_id)
            case writes.SaveProtectedResource(protected_resource):
                self.protected_resources[protected_resource.resource] = protected_resource
            case writes.DeleteProtectedResource(resource):
                self.protected_resources.pop(resource, None)
            case writes.RecordEvent(event):
                self.events[next(reversed(self.events), -1) + 1] = event
            case _:
                assert_never(write)

    def _apply_to_sessions(
        self, write: writes.AddSession | writes.RenewSession | writes.EndSession | writes.EndSessionsOf
    ) -> None:
        match write:
            case writes.AddSession(session):
                _guard(write, session.session_id not in self.sessions)
                _guard(write, all(s.secret_digest != session.secret_digest for s in self.sessions.values()))
                self.sessions[session.session_id] = session
            case writes.RenewSession(session, former_digest):
                former = self.sessions.get(session.session_id)
                _guard(write, former is not None and former.ended_at is None)
                _guard(write, former is not None and former.subject == session.subject)
                _guard(write, former is not None and former.secret_digest == former_digest)
                self.sessions[session.session_id] = session
            case writes.EndSession(session_id, at):
                self._end_session(session_id, at)
            case writes.EndSessionsOf(subject, at, keep):
                for session in list(self.sessions.values()):
                    if session.subject == subject and session.session_id != keep:
                        self._end_session(session.session_id, at)
            case _:
                assert_never(write)

    def _end_session(self, session_id: SessionId, at: Timestamp) -> None:
        session = self.sessions.get(session_id)
        if session is None:
            return
        if session.ended_at is None:
            self.sessions[session_id] = replace(session, ended_at=at)
        self._revoke_grants(at, lambda grant: grant.session_id == session_id and not grant.offline)

    def _apply_to_interactions(
        self, write: writes.AddInteraction | writes.CompleteStep | writes.EndInteraction
    ) -> None:
        match write:
            case writes.AddInteraction(interaction):
                _add(self.interactions, interaction.interaction_digest, interaction, write)
            case writes.CompleteStep(interaction_digest, step):
                interaction = self._open_interaction(interaction_digest, write)
                completed = interaction.completed | {step}
                self.interactions[interaction_digest] = replace(interaction, completed=completed)
            case writes.EndInteraction(interaction_digest, at):
                interaction = self._open_interaction(interaction_digest, write)
                self.interactions[interaction_digest] = replace(interaction, ended_at=at)
            case _:
                assert_never(write)

    def _open_interaction(self, interaction_digest: Digest, write: object) -> records.Interaction:
        interaction = self.interactions.get(interaction_digest)
        if interaction is None or interaction.ended_at is not None:
            raise Conflict(write)
        return interaction

    def _apply_to_grants(
        self,
        write: (
            writes.SaveConsent
            | writes.DisconnectClient
            | writes.AddGrant
            | writes.RevokeGrant
            | writes.RevokeGrantsOf
        ),
    ) -> None:
        match write:
            case writes.SaveConsent(consent):
                self.consents[consent.subject, consent.client_id] = consent
            case writes.DisconnectClient(subject, client_id, at):
                self.consents.pop((subject, client_id), None)
                self._revoke_grants(
                    at, lambda grant: grant.subject == subject and grant.client_id == client_id
                )
            case writes.AddGrant(grant):
                session = self.sessions.get(grant.session_id)
                _guard(write, session is not None and session.ended_at is None)
                _add(self.grants, grant.grant_id, grant, write)
            case writes.RevokeGrant(grant_id, at):
                self._revoke_grants(at, lambda grant: grant.grant_id == grant_id)
            case writes.RevokeGrantsOf(subject, at):
                self._revoke_grants(at, lambda grant: grant.subject == subject)
            case _:
                assert_never(write)

    def _revoke_grants(self, at: Timestamp, which: Callable[[records.Grant], bool]) -> None:
        for grant in list(self.grants.values()):
            if grant.revoked_at is None and which(grant):
                self.grants[grant.grant_id] = replace(grant, revoked_at=at)

    def remove_grants(self, which: Callable[[records.Grant], bool]) -> int:
        """Remove grants and all that hangs from them; how many grants."""
        removed = _remove(self.grants, which)
        _remove(self.authorization_codes, lambda code: code.grant.grant_id not in self.grants)
        _remove(self.refresh_tokens, lambda token: token.grant.grant_id not in self.grants)
        _remove(
            self.opaque_access_tokens,
            lambda token: token.grant is not None and token.grant.grant_id not in self.grants,
        )
        return removed

    def _is_live(self, grant_id: GrantId) -> bool:
        grant = self.grants.get(grant_id)
        return grant is not None and grant.revoked_at is None

    def _apply_to_codes_and_refresh_tokens(
        self,
        write: (
            writes.AddAuthorizationCode
            | writes.RedeemCode
            | writes.AddRefreshToken
            | writes.RotateRefreshToken
        ),
    ) -> None:
        match write:
            case writes.AddAuthorizationCode(code):
                _guard(write, code.grant.grant_id in self.grants)
                _add(self.authorization_codes, code.code_digest, code, write)
            case writes.RedeemCode(code_digest, at):
                known = self.authorization_codes.get(code_digest)
                if known is None or known.redeemed_at is not None or not self._is_live(known.grant.grant_id):
                    raise Conflict(write)
                self.authorization_codes[code_digest] = replace(known, redeemed_at=at)
            case writes.AddRefreshToken(refresh_token):
                _guard(write, self._is_live(refresh_token.grant.grant_id))
                _add(self.refresh_tokens, refresh_token.refresh_token_digest, refresh_token, write)
            case writes.RotateRefreshToken(refresh_token_digest, at):
                token = self.refresh_tokens.get(refresh_token_digest)
                if token is None or token.rotated_at is not None or not self._is_live(token.grant.grant_id):
                    raise Conflict(write)
                self.refresh_tokens[refresh_token_digest] = replace(token, rotated_at=at)
            case _:
                assert_never(write)

    def _apply_to_access_tokens(
        self,
        write: (
            writes.AddOpaqueAccessToken | writes.RevokeOpaqueAccessToken | writes.RevokeJti | writes.ClaimJti
        ),
    ) -> None:
        match write:
            case writes.AddOpaqueAccessToken(access_token):
                grant = access_token.grant
                _guard(write, grant is None or self._is_live(grant.grant_id))
                _add(self.opaque_access_tokens, access_token.access_token_digest, access_token, write)
            case writes.RevokeOpaqueAccessToken(access_token_digest, at):
                token = self.opaque_access_tokens.get(access_token_digest)
                if token is not None and token.revoked_at is None:
                    self.opaque_access_tokens[access_token_digest] = replace(token, revoked_at=at)
            case writes.RevokeJti(jti, expires_at):
                self.revoked_jtis[jti] = max(expires_at, self.revoked_jtis.get(jti, expires_at))
            case writes.ClaimJti(client_id, jti, expires_at):
                _add(self.claimed_jtis, (client_id, jti), expires_at, write)
            case _:
                assert_never(write)

    def _apply_to_accounts(
        self,
        write: (
            idp_writes.AddAccount
            | idp_writes.SaveAccount
            | idp_writes.SetPassword
            | idp_writes.UsePassword
            | idp_writes.DeleteAccount
        ),
    ) -> None:
        match write:
            case idp_writes.AddAccount(account):
                _guard(write, self._username_is_free(account))
                _add(self.accounts, account.subject, account, write)
            case idp_writes.SaveAccount(account):
                _guard(write, account.subject in self.accounts and self._username_is_free(account))
                self.accounts[account.subject] = account
            case idp_writes.SetPassword(subject, password_hash, at):
                known = self.accounts.get(subject)
                if known is None:
                    raise Conflict(write)
                self.accounts[subject] = replace(known, password_hash=password_hash, updated_at=at)
            case idp_writes.UsePassword(subject, password_hash):
                known = self.accounts.get(subject)
                _guard(write, known is not None and known.password_hash == password_hash)
                _guard(write, known is not None and known.disabled_at is None)
            case idp_writes.DeleteAccount(subject):
                self.accounts.pop(subject, None)
                _remove(self.sessions, lambda session: session.subject == subject)
                _remove(self.consents, lambda consent: consent.subject == subject)
                _remove(self.one_time_links, lambda link: link.subject == subject)
                self.remove_grants(lambda grant: grant.subject == subject)
            case _:
                assert_never(write)

    def _username_is_free(self, account: idp_records.Account) -> bool:
        return all(
            other.normal_username != account.normal_username or other.subject == account.subject
            for other in self.accounts.values()
        )

    def _add_signing_key(self, write: idp_writes.AddSigningKey) -> None:
        newest = None
        for known in self.signing_keys.values():
            if known.alg == write.key.alg:
                newest = known
        _guard(write, (newest.kid if newest else None) == write.successor_of)
        _add(self.signing_keys, write.key.kid, write.key, write)
        if newest is not None:
            self.signing_keys[newest.kid] = replace(newest, removes_at=write.predecessor_removes_at)

    def _count_attempt(self, write: idp_writes.CountAttempt) -> None:
        made, ends_at = self.attempts.get(write.key, (0, write.at))
        if ends_at <= write.at:
            made, ends_at = 0, Timestamp(write.at + write.window)
        _guard(write, made < write.limit)
        self.attempts[write.key] = (made + 1, ends_at)

    def _apply_to_one_time_links(self, write: idp_writes.AddOneTimeLink | idp_writes.UseOneTimeLink) -> None:
        match write:
            case idp_writes.AddOneTimeLink(link):
                _remove(
                    self.one_time_links,
                    lambda other: (
                        other.used_at is None
                        and (other.purpose, other.subject) == (link.purpose, link.subject)
                    ),
                )
                self.one_time_links[link.link_digest] = link
            case idp_writes.UseOneTimeLink(link_digest, at):
                known = self.one_time_links.get(link_digest)
                if known is None or known.used_at is not None or known.expires_at <= at:
                    raise Conflict(write)
                self.one_time_links[link_digest] = replace(known, used_at=at)
            case _:
                assert_never(write)

    def prune(self, now: Timestamp, events_before: Timestamp | None) -> tuple[tuple[str, int], ...]:
        """Forget what `authwright.idp.storage.prune` says may be forgotten."""
        over = now - GRACE
        dead = over - LONGEST_ACCESS_TOKEN_LIFETIME

        def is_dead(grant: records.Grant) -> bool:
            return grant.expires_at <= dead or (grant.revoked_at is not None and grant.revoked_at <= dead)

        return (
            ("grants", self.remove_grants(is_dead)),
            ("sessions", _remove(self.sessions, lambda session: session.expires_at <= over)),
            ("interactions", _remove(self.interactions, lambda interaction: interaction.expires_at <= over)),
            (
                "authorization_codes",
                _remove(
                    self.authorization_codes,
                    lambda code: code.redeemed_at is None and code.expires_at <= over,
                ),
            ),
            ("refresh_tokens", _remove(self.refresh_tokens, lambda token: token.expires_at <= over)),
            (
                "opaque_access_tokens",
                _remove(self.opaque_access_tokens, lambda token: token.expires_at <= over),
            ),
            ("revoked_jtis", _remove(self.revoked_jtis, lambda expires_at: expires_at <= over)),
            ("claimed_jtis", _remove(self.claimed_jtis, lambda expires_at: expires_at <= over)),
            ("attempts", _remove(self.attempts, lambda attempt: attempt[1] <= over)),
            ("one_time_links", _remove(self.one_time_links, lambda link: link.expires_at <= over)),
            (
                "events",
                _remove(self.events, lambda event: events_before is not None and event.at < events_before),
            ),
        )


def _guard(write: object, holds: bool) -> None:  # noqa: FBT001  # reads as a sentence
    if not holds:
        raise Conflict(write)


def _add(table: dict[K, V], key: K, record: V, write: object) -> None:
    _guard(write, key not in table)
    table[key] = record


def _remove(table: dict[K, V], which: Callable[[V], bool]) -> int:
    keys = [key for key, record in table.items() if which(record)]
    for key in keys:
        del table[key]
    return len(keys)
