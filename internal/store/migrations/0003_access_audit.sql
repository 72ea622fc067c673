-- +goose Up

CREATE TABLE account (
    id        BLOB NOT NULL PRIMARY KEY,
    name      BLOB NOT NULL,
    display   BLOB NOT NULL,
    password  BLOB,
    external  BLOB,
    grants    BLOB NOT NULL, -- JSON
    disabled  INTEGER NOT NULL,
    created   INTEGER NOT NULL,
    signed_in INTEGER NOT NULL
);
CREATE UNIQUE INDEX account_name ON account (name);
CREATE UNIQUE INDEX account_external ON account (external) WHERE external IS NOT NULL;

CREATE TABLE session (
    digest  BLOB NOT NULL PRIMARY KEY,
    account BLOB NOT NULL,
    created INTEGER NOT NULL,
    seen    INTEGER NOT NULL
);
CREATE INDEX session_account ON session (account);

CREATE TABLE token (
    id      BLOB NOT NULL PRIMARY KEY,
    digest  BLOB NOT NULL,
    name    BLOB NOT NULL,
    scopes  BLOB NOT NULL, -- JSON
    trials  BLOB NOT NULL, -- JSON
    source  BLOB NOT NULL,
    made_by BLOB NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    used    INTEGER NOT NULL,
    revoked INTEGER NOT NULL
);
CREATE UNIQUE INDEX token_digest ON token (digest);

CREATE TABLE client (
    id      BLOB NOT NULL PRIMARY KEY,
    name    BLOB NOT NULL,
    keys    BLOB NOT NULL, -- JWK Set
    scopes  BLOB NOT NULL, -- JSON
    trials  BLOB NOT NULL, -- JSON
    source  BLOB NOT NULL,
    made_by BLOB NOT NULL,
    created INTEGER NOT NULL,
    revoked INTEGER NOT NULL
);

-- What counts once: digests of assertions that were seen.
CREATE TABLE once (digest BLOB NOT NULL PRIMARY KEY, expires INTEGER NOT NULL);

CREATE TABLE setup (one INTEGER PRIMARY KEY CHECK (one = 1), digest BLOB NOT NULL, expires INTEGER NOT NULL);

-- The log: entries, the patients of each, and the hashes of the tree over them. Nothing of it is ever updated or deleted.
-- Times here are microseconds since 1970, as in the leaves.
CREATE TABLE audit (
    no      INTEGER PRIMARY KEY,
    at      INTEGER NOT NULL,
    who     BLOB NOT NULL,
    role    BLOB NOT NULL,
    action  BLOB NOT NULL,
    route   BLOB NOT NULL,
    trial   BLOB NOT NULL,
    object  BLOB NOT NULL,
    outcome BLOB NOT NULL,
    request BLOB NOT NULL
);
CREATE INDEX audit_at ON audit (at);

CREATE TABLE audit_patient (
    no        INTEGER NOT NULL,
    pseudonym BLOB NOT NULL,
    PRIMARY KEY (no, pseudonym)
) WITHOUT ROWID;
CREATE INDEX audit_patient_pseudonym ON audit_patient (pseudonym, no);

CREATE TABLE audit_hash (no INTEGER PRIMARY KEY, hash BLOB NOT NULL);

-- A person's pseudonym in the log and the key that it is made with; deleted when the person is erased.
CREATE TABLE pseudonym (person INTEGER PRIMARY KEY, secret BLOB NOT NULL, name BLOB NOT NULL);
