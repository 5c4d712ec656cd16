"""Every statement that a storage runs: of an example of each write, of each read, and of pruning."""

import re
from importlib import import_module
from pkgutil import iter_modules

from authwright.authorization_server import writes
from authwright.authorization_server.records import Step
from authwright.idp import writes as idp_writes
from authwright.idp.storage import prune, statements
from authwright.idp.storage.plan import plan
from authwright.oauth.types import Digest, GrantId, Seconds, SessionId
from support import storage_examples as examples
from support.storage_examples import ALICE, APP, NOW

EXAMPLES = (
    writes.SaveClient(examples.client()),
    writes.DeleteClient(APP),
    writes.SaveProtectedResource(examples.protected_resource()),
    writes.DeleteProtectedResource("https://api.example.com"),
    writes.AddSession(examples.session()),
    writes.RenewSession(examples.session(secret_digest=Digest("new")), Digest("session-secret")),
    writes.EndSession(SessionId("session"), NOW),
    writes.EndSessionsOf(ALICE, NOW),
    writes.AddInteraction(examples.interaction()),
    writes.CompleteStep(Digest("interaction"), Step.LOGIN),
    writes.EndInteraction(Digest("interaction"), NOW),
    writes.SaveConsent(examples.consent()),
    writes.DisconnectClient(ALICE, APP, NOW),
    writes.AddGrant(examples.grant()),
    writes.RevokeGrant(GrantId("grant"), NOW),
    writes.RevokeGrantsOf(ALICE, NOW),
    writes.AddAuthorizationCode(examples.code()),
    writes.RedeemCode(Digest("code"), NOW),
    writes.AddRefreshToken(examples.refresh_token()),
    writes.RotateRefreshToken(Digest("refresh"), NOW),
    writes.AddOpaqueAccessToken(examples.access_token()),
    writes.AddOpaqueAccessToken(examples.machine_token()),
    writes.RevokeOpaqueAccessToken(Digest("access"), NOW),
    writes.RevokeJti("jti", NOW),
    writes.ClaimJti(APP, "jti", NOW),
    writes.RecordEvent(examples.event()),
    idp_writes.AddAccount(examples.account()),
    idp_writes.SaveAccount(examples.account()),
    idp_writes.SetPassword(ALICE, "hash", NOW),
    idp_writes.UsePassword(ALICE, "hash"),
    idp_writes.DeleteAccount(ALICE),
    idp_writes.SaveGroup(examples.group()),
    idp_writes.DeleteGroup("editors"),
    idp_writes.AddSigningKey(examples.signing_key(), None, None),
    idp_writes.DeleteSigningKey("key-1"),
    idp_writes.CountAttempt("bob", NOW, Seconds(60), 3),
    idp_writes.ClearAttempts("bob"),
    idp_writes.AddOneTimeLink(examples.one_time_link()),
    idp_writes.UseOneTimeLink(Digest("link"), NOW),
    idp_writes.TakeLease("maintenance", "node", NOW, NOW + 15),
)

WRITING = [(type(write).__name__, statement.sql) for write in EXAMPLES for statement in plan(write)]

READING = [
    (f"{module}.{name}", value)
    for _, module, _ in iter_modules(statements.__path__)
    for name, value in vars(import_module(f"{statements.__name__}.{module}")).items()
    if isinstance(value, str) and value.split(maxsplit=1)[0] == "SELECT" and not name.startswith("_")
]

PRUNING = [(f"prune {table}", sql) for table, sql in prune.RULES]


EVERYTHING = WRITING + READING + PRUNING
"""Names and statements."""


PARAMETER = re.compile(r":([a-z_]+)")
