-- +goose Up

-- Written in SQLite's words; see migrate.go for what becomes of them in PostgreSQL. Text that comes from records is kept
-- as BLOB: PostgreSQL's TEXT takes neither NUL nor broken UTF-8, and both databases then sort alike. Truths are INTEGER
-- 0 or 1, times INTEGER nanoseconds since 1970 (0 for none), days INTEGER.

CREATE TABLE state (
    one        INTEGER PRIMARY KEY CHECK (one = 1),
    seq        INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    day        INTEGER NOT NULL,
    version    INTEGER NOT NULL, -- highest numbers ever given, so that none is given again
    person     INTEGER NOT NULL,
    flip       INTEGER NOT NULL,
    trial      INTEGER NOT NULL,
    code       INTEGER NOT NULL,
    unit       INTEGER NOT NULL,
    unscrubbed INTEGER NOT NULL
);
INSERT INTO state (one, seq, at, day, version, person, flip, trial, code, unit, unscrubbed)
VALUES (1, 0, 0, -1073741824, 0, 0, 0, 0, 0, 0, 0);

CREATE TABLE moment (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL);

CREATE TABLE lost (since INTEGER NOT NULL, until INTEGER NOT NULL);

CREATE TABLE code (no INTEGER PRIMARY KEY, system BLOB, code BLOB);

CREATE TABLE unit (no INTEGER PRIMARY KEY, text BLOB);

CREATE TABLE version (
    no             INTEGER PRIMARY KEY,
    hash           INTEGER NOT NULL,
    key            BLOB NOT NULL,
    number         INTEGER NOT NULL,
    at             INTEGER NOT NULL,
    source_version BLOB,
    source_updated BLOB,
    digest         BLOB,
    deleted        INTEGER NOT NULL,
    person         INTEGER NOT NULL,
    since          INTEGER NOT NULL,
    until          INTEGER NOT NULL,
    unreadable     INTEGER NOT NULL,
    identifiers    BLOB,
    packed         BLOB
);
CREATE INDEX version_open ON version (hash) WHERE until = 0;
CREATE INDEX version_closed ON version (hash) WHERE until <> 0;
CREATE INDEX version_deleted ON version (no) WHERE deleted <> 0;
CREATE INDEX version_person ON version (person, until);
-- The parcels of a person are held against these at every write; no row is read for it.
CREATE INDEX version_parcel ON version (person, until, deleted) WHERE until = 0 AND deleted = 0 AND packed IS NOT NULL;

CREATE TABLE original (version INTEGER PRIMARY KEY, zip BLOB NOT NULL);

CREATE TABLE holding (
    digest  BLOB NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (digest, version)
) WITHOUT ROWID;

CREATE TABLE person (
    no      INTEGER PRIMARY KEY,
    key     BLOB NOT NULL,
    known   INTEGER NOT NULL,
    chart   INTEGER NOT NULL,
    patient BLOB,
    lists   BLOB
);
CREATE UNIQUE INDEX person_key ON person (key);
CREATE INDEX person_chart ON person (chart) WHERE chart <> no;

CREATE TABLE parcel (
    person INTEGER NOT NULL,
    part   INTEGER NOT NULL,
    bytes  BLOB NOT NULL,
    PRIMARY KEY (person, part)
);

CREATE TABLE identifier (
    digest  BLOB NOT NULL,
    person  INTEGER NOT NULL,
    names   INTEGER NOT NULL, -- 1 if its system names one person
    PRIMARY KEY (digest, person)
) WITHOUT ROWID;

CREATE TABLE link (
    other  INTEGER NOT NULL,
    person INTEGER NOT NULL,
    PRIMARY KEY (other, person)
) WITHOUT ROWID;

CREATE TABLE drug_use (
    drug   BLOB NOT NULL,
    person INTEGER NOT NULL,
    PRIMARY KEY (drug, person)
) WITHOUT ROWID;

CREATE TABLE chart (
    no           INTEGER PRIMARY KEY,
    key          BLOB NOT NULL,
    last_contact INTEGER NOT NULL,
    next_visit   INTEGER NOT NULL,
    next_look    INTEGER NOT NULL
);
CREATE INDEX chart_look ON chart (next_look);

CREATE TABLE hot (chart INTEGER PRIMARY KEY, bytes BLOB NOT NULL);

CREATE TABLE tombstone (
    secret BLOB NOT NULL,
    digest BLOB NOT NULL,
    PRIMARY KEY (secret, digest)
) WITHOUT ROWID;
