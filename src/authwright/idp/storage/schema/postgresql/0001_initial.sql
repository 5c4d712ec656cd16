-- The first schema. Times are seconds since the epoch; lists and claims are JSON text; booleans are 0 and 1.
--
-- Each index serves one look-up or one rule of prune.py. Text is compared byte by byte whatever the database's own
-- language: an identifier equals itself alone, and lists are in the order that the port names.
--
-- Tables whose rows change in columns without an index keep a fifth of each page free: the new version of a row then
-- stands beside the old one, and no index learns of it.

CREATE TABLE clients (
    client_id TEXT COLLATE "C" PRIMARY KEY,
    client_name TEXT COLLATE "C" NOT NULL,
    token_endpoint_auth_method TEXT COLLATE "C" NOT NULL,
    grant_types TEXT COLLATE "C" NOT NULL,
    scope TEXT COLLATE "C" NOT NULL,
    redirect_uris TEXT COLLATE "C" NOT NULL,
    post_logout_redirect_uris TEXT COLLATE "C" NOT NULL,
    response_types TEXT COLLATE "C" NOT NULL,
    application_type TEXT COLLATE "C" NOT NULL,
    client_secret_digests TEXT COLLATE "C" NOT NULL,
    jwks TEXT COLLATE "C",
    jwks_uri TEXT COLLATE "C",
    id_token_signed_response_alg TEXT COLLATE "C" NOT NULL,
    require_pkce BIGINT NOT NULL,
    require_consent BIGINT NOT NULL,
    default_max_age BIGINT,
    require_auth_time BIGINT NOT NULL,
    roles TEXT COLLATE "C" NOT NULL,
    client_uri TEXT COLLATE "C",
    logo_uri TEXT COLLATE "C",
    policy_uri TEXT COLLATE "C",
    tos_uri TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    disabled_at BIGINT
);

CREATE TABLE protected_resources (
    resource TEXT COLLATE "C" PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL,
    scopes TEXT COLLATE "C" NOT NULL,
    access_token_format TEXT COLLATE "C" NOT NULL,
    access_token_signed_response_alg TEXT COLLATE "C" NOT NULL,
    access_token_lifetime BIGINT,
    introspection_clients TEXT COLLATE "C" NOT NULL
);

-- One row. Its number grows with every change of clients and protected_resources, in the same transaction, so that
-- a node knows by one look whether what it remembers of them still holds.
CREATE TABLE registry_version (
    version BIGINT NOT NULL
);

INSERT INTO registry_version (version) VALUES (0);

CREATE TABLE sessions (
    session_id TEXT COLLATE "C" PRIMARY KEY,
    secret_digest TEXT COLLATE "C" NOT NULL UNIQUE,
    subject TEXT COLLATE "C" NOT NULL,
    authenticated_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    acr TEXT COLLATE "C" NOT NULL,
    amr TEXT COLLATE "C" NOT NULL,
    user_agent TEXT COLLATE "C" NOT NULL,
    network TEXT COLLATE "C" NOT NULL,
    ended_at BIGINT
);

CREATE INDEX sessions_by_subject ON sessions (subject);
CREATE INDEX sessions_by_expires_at ON sessions (expires_at);

CREATE TABLE interactions (
    interaction_digest TEXT COLLATE "C" PRIMARY KEY,
    browser_digest TEXT COLLATE "C" NOT NULL,
    parameters TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    completed TEXT COLLATE "C" NOT NULL,
    ended_at BIGINT
) WITH (fillfactor = 80);

CREATE INDEX interactions_by_expires_at ON interactions (expires_at);

CREATE TABLE consents (
    subject TEXT COLLATE "C" NOT NULL,
    client_id TEXT COLLATE "C" NOT NULL,
    scope TEXT COLLATE "C" NOT NULL,
    given_at BIGINT NOT NULL,
    PRIMARY KEY (subject, client_id)
);

CREATE INDEX consents_by_client_id ON consents (client_id);

-- The session is no foreign key: an offline grant outlives it and keeps its name.
CREATE TABLE grants (
    grant_id TEXT COLLATE "C" PRIMARY KEY,
    client_id TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    session_id TEXT COLLATE "C" NOT NULL,
    scope TEXT COLLATE "C" NOT NULL,
    resources TEXT COLLATE "C" NOT NULL,
    auth_time BIGINT NOT NULL,
    acr TEXT COLLATE "C" NOT NULL,
    amr TEXT COLLATE "C" NOT NULL,
    offline BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT
);

CREATE INDEX grants_by_client_id ON grants (client_id);
CREATE INDEX grants_by_subject ON grants (subject, client_id);
CREATE INDEX grants_by_session_id ON grants (session_id);
CREATE INDEX grants_by_expires_at ON grants (expires_at);
CREATE INDEX grants_by_revoked_at ON grants (revoked_at) WHERE revoked_at IS NOT NULL;

CREATE TABLE authorization_codes (
    code_digest TEXT COLLATE "C" PRIMARY KEY,
    grant_id TEXT COLLATE "C" NOT NULL REFERENCES grants (grant_id) ON DELETE CASCADE,
    redirect_uri TEXT COLLATE "C",
    code_challenge TEXT COLLATE "C",
    nonce TEXT COLLATE "C",
    issued_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    redeemed_at BIGINT
);

CREATE INDEX authorization_codes_by_grant_id ON authorization_codes (grant_id);
CREATE INDEX authorization_codes_by_expires_at ON authorization_codes (expires_at) WHERE redeemed_at IS NULL;

CREATE TABLE refresh_tokens (
    refresh_token_digest TEXT COLLATE "C" PRIMARY KEY,
    grant_id TEXT COLLATE "C" NOT NULL REFERENCES grants (grant_id) ON DELETE CASCADE,
    issued_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    rotated_at BIGINT
) WITH (fillfactor = 80);

CREATE INDEX refresh_tokens_by_grant_id ON refresh_tokens (grant_id);
CREATE INDEX refresh_tokens_by_expires_at ON refresh_tokens (expires_at);

CREATE TABLE opaque_access_tokens (
    access_token_digest TEXT COLLATE "C" PRIMARY KEY,
    grant_id TEXT COLLATE "C" REFERENCES grants (grant_id) ON DELETE CASCADE,
    client_id TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C",
    scope TEXT COLLATE "C" NOT NULL,
    resources TEXT COLLATE "C" NOT NULL,
    issued_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT
);

CREATE INDEX opaque_access_tokens_by_grant_id ON opaque_access_tokens (grant_id) WHERE grant_id IS NOT NULL;
CREATE INDEX opaque_access_tokens_by_client_id ON opaque_access_tokens (client_id);
CREATE INDEX opaque_access_tokens_by_expires_at ON opaque_access_tokens (expires_at);

CREATE TABLE revoked_jtis (
    jti TEXT COLLATE "C" PRIMARY KEY,
    expires_at BIGINT NOT NULL
);

CREATE INDEX revoked_jtis_by_expires_at ON revoked_jtis (expires_at);

CREATE TABLE claimed_jtis (
    client_id TEXT COLLATE "C" NOT NULL,
    jti TEXT COLLATE "C" NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (client_id, jti)
);

CREATE INDEX claimed_jtis_by_expires_at ON claimed_jtis (expires_at);

CREATE TABLE events (
    position BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    kind TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    client_id TEXT COLLATE "C",
    subject TEXT COLLATE "C",
    session_id TEXT COLLATE "C",
    grant_id TEXT COLLATE "C",
    network TEXT COLLATE "C" NOT NULL,
    detail TEXT COLLATE "C" NOT NULL
);

CREATE TABLE accounts (
    subject TEXT COLLATE "C" PRIMARY KEY,
    username TEXT COLLATE "C" NOT NULL,
    normal_username TEXT COLLATE "C" NOT NULL UNIQUE,
    claims TEXT COLLATE "C" NOT NULL,
    roles TEXT COLLATE "C" NOT NULL,
    groups TEXT COLLATE "C" NOT NULL,
    password_hash TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    disabled_at BIGINT
);

CREATE TABLE groups (
    name TEXT COLLATE "C" PRIMARY KEY,
    roles TEXT COLLATE "C" NOT NULL
);

-- In the order in which they were added: position says which key is the newest, whatever the nodes' clocks said.
CREATE TABLE signing_keys (
    position BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    kid TEXT COLLATE "C" NOT NULL UNIQUE,
    alg TEXT COLLATE "C" NOT NULL,
    sealed_private_jwk BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    activates_at BIGINT NOT NULL,
    removes_at BIGINT
);

CREATE TABLE attempts (
    attempt_key TEXT COLLATE "C" PRIMARY KEY,
    made BIGINT NOT NULL,
    window_ends_at BIGINT NOT NULL
) WITH (fillfactor = 80);

CREATE INDEX attempts_by_window_ends_at ON attempts (window_ends_at);

CREATE TABLE one_time_links (
    link_digest TEXT COLLATE "C" PRIMARY KEY,
    purpose TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C",
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);

-- A new link replaces the unused ones before it. Of two nodes that make one at once, the second is stopped here and
-- begins again, and then finds the first.
CREATE UNIQUE INDEX one_time_links_unused ON one_time_links (purpose, coalesce(subject, '')) WHERE used_at IS NULL;
CREATE INDEX one_time_links_by_subject ON one_time_links (subject);
CREATE INDEX one_time_links_by_expires_at ON one_time_links (expires_at);

-- One row, which `ready` writes to.
CREATE TABLE readiness (
    checks BIGINT NOT NULL
);

INSERT INTO readiness (checks) VALUES (0);
