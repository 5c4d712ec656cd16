-- The first schema. Times are seconds since the epoch; lists and claims are JSON text; booleans are 0 and 1.
--
-- Each index serves one look-up or one rule of prune.py. The keys are random, so no table is kept in the order of
-- its key: new rows lie together at the end, and only the small index is touched all over (half the work of a commit).

CREATE TABLE clients (
    client_id TEXT PRIMARY KEY,
    client_name TEXT NOT NULL,
    token_endpoint_auth_method TEXT NOT NULL,
    grant_types TEXT NOT NULL,
    scope TEXT NOT NULL,
    redirect_uris TEXT NOT NULL,
    post_logout_redirect_uris TEXT NOT NULL,
    response_types TEXT NOT NULL,
    application_type TEXT NOT NULL,
    client_secret_digests TEXT NOT NULL,
    jwks TEXT,
    jwks_uri TEXT,
    id_token_signed_response_alg TEXT NOT NULL,
    require_pkce INTEGER NOT NULL,
    require_consent INTEGER NOT NULL,
    default_max_age INTEGER,
    require_auth_time INTEGER NOT NULL,
    roles TEXT NOT NULL,
    client_uri TEXT,
    logo_uri TEXT,
    policy_uri TEXT,
    tos_uri TEXT,
    created_at INTEGER NOT NULL,
    disabled_at INTEGER
) STRICT;

CREATE TABLE protected_resources (
    resource TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    access_token_format TEXT NOT NULL,
    access_token_signed_response_alg TEXT NOT NULL,
    access_token_lifetime INTEGER,
    introspection_clients TEXT NOT NULL
) STRICT;

-- One row. Its number grows with every change of clients and protected_resources, in the same transaction, so that
-- a node knows by one look whether what it remembers of them still holds.
CREATE TABLE registry_version (
    version INTEGER NOT NULL
) STRICT;

INSERT INTO registry_version (version) VALUES (0);

CREATE TABLE sessions (
    session_id TEXT PRIMARY KEY,
    secret_digest TEXT NOT NULL UNIQUE,
    subject TEXT NOT NULL,
    authenticated_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    acr TEXT NOT NULL,
    amr TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    network TEXT NOT NULL,
    ended_at INTEGER
) STRICT;

CREATE INDEX sessions_by_subject ON sessions (subject);
CREATE INDEX sessions_by_expires_at ON sessions (expires_at);

CREATE TABLE interactions (
    interaction_digest TEXT PRIMARY KEY,
    browser_digest TEXT NOT NULL,
    parameters TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    completed TEXT NOT NULL,
    ended_at INTEGER
) STRICT;

CREATE INDEX interactions_by_expires_at ON interactions (expires_at);

CREATE TABLE consents (
    subject TEXT NOT NULL,
    client_id TEXT NOT NULL,
    scope TEXT NOT NULL,
    given_at INTEGER NOT NULL,
    PRIMARY KEY (subject, client_id)
) STRICT;

CREATE INDEX consents_by_client_id ON consents (client_id);

-- The session is no foreign key: an offline grant outlives it and keeps its name.
CREATE TABLE grants (
    grant_id TEXT PRIMARY KEY,
    client_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    session_id TEXT NOT NULL,
    scope TEXT NOT NULL,
    resources TEXT NOT NULL,
    auth_time INTEGER NOT NULL,
    acr TEXT NOT NULL,
    amr TEXT NOT NULL,
    offline INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT;

CREATE INDEX grants_by_client_id ON grants (client_id);
CREATE INDEX grants_by_subject ON grants (subject, client_id);
CREATE INDEX grants_by_session_id ON grants (session_id);
CREATE INDEX grants_by_expires_at ON grants (expires_at);
CREATE INDEX grants_by_revoked_at ON grants (revoked_at) WHERE revoked_at IS NOT NULL;

CREATE TABLE authorization_codes (
    code_digest TEXT PRIMARY KEY,
    grant_id TEXT NOT NULL REFERENCES grants (grant_id) ON DELETE CASCADE,
    redirect_uri TEXT,
    code_challenge TEXT,
    nonce TEXT,
    issued_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    redeemed_at INTEGER
) STRICT;

CREATE INDEX authorization_codes_by_grant_id ON authorization_codes (grant_id);
CREATE INDEX authorization_codes_by_expires_at ON authorization_codes (expires_at) WHERE redeemed_at IS NULL;

CREATE TABLE refresh_tokens (
    refresh_token_digest TEXT PRIMARY KEY,
    grant_id TEXT NOT NULL REFERENCES grants (grant_id) ON DELETE CASCADE,
    issued_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    rotated_at INTEGER
) STRICT;

CREATE INDEX refresh_tokens_by_grant_id ON refresh_tokens (grant_id);
CREATE INDEX refresh_tokens_by_expires_at ON refresh_tokens (expires_at);

CREATE TABLE opaque_access_tokens (
    access_token_digest TEXT PRIMARY KEY,
    grant_id TEXT REFERENCES grants (grant_id) ON DELETE CASCADE,
    client_id TEXT NOT NULL,
    subject TEXT,
    scope TEXT NOT NULL,
    resources TEXT NOT NULL,
    issued_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT;

CREATE INDEX opaque_access_tokens_by_grant_id ON opaque_access_tokens (grant_id) WHERE grant_id IS NOT NULL;
CREATE INDEX opaque_access_tokens_by_client_id ON opaque_access_tokens (client_id);
CREATE INDEX opaque_access_tokens_by_expires_at ON opaque_access_tokens (expires_at);

CREATE TABLE revoked_jtis (
    jti TEXT PRIMARY KEY,
    expires_at INTEGER NOT NULL
) STRICT;

CREATE INDEX revoked_jtis_by_expires_at ON revoked_jtis (expires_at);

CREATE TABLE claimed_jtis (
    client_id TEXT NOT NULL,
    jti TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (client_id, jti)
) STRICT;

CREATE INDEX claimed_jtis_by_expires_at ON claimed_jtis (expires_at);

CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    at INTEGER NOT NULL,
    client_id TEXT,
    subject TEXT,
    session_id TEXT,
    grant_id TEXT,
    network TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;

CREATE TABLE accounts (
    subject TEXT PRIMARY KEY,
    username TEXT NOT NULL,
    normal_username TEXT NOT NULL UNIQUE,
    claims TEXT NOT NULL,
    roles TEXT NOT NULL,
    groups TEXT NOT NULL,
    password_hash TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    disabled_at INTEGER
) STRICT;

CREATE TABLE groups (
    name TEXT PRIMARY KEY,
    roles TEXT NOT NULL
) STRICT;

-- In the order in which they were added: position says which key is the newest, whatever the nodes' clocks said.
CREATE TABLE signing_keys (
    position INTEGER PRIMARY KEY,
    kid TEXT NOT NULL UNIQUE,
    alg TEXT NOT NULL,
    sealed_private_jwk BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    activates_at INTEGER NOT NULL,
    removes_at INTEGER
) STRICT;

CREATE TABLE attempts (
    attempt_key TEXT PRIMARY KEY,
    made INTEGER NOT NULL,
    window_ends_at INTEGER NOT NULL
) STRICT;

CREATE INDEX attempts_by_window_ends_at ON attempts (window_ends_at);

CREATE TABLE one_time_links (
    link_digest TEXT PRIMARY KEY,
    purpose TEXT NOT NULL,
    subject TEXT,
    expires_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT;

CREATE INDEX one_time_links_by_subject ON one_time_links (subject);
CREATE INDEX one_time_links_by_expires_at ON one_time_links (expires_at);

-- One row, which `ready` writes to.
CREATE TABLE readiness (
    checks INTEGER NOT NULL
) STRICT;

INSERT INTO readiness (checks) VALUES (0);
