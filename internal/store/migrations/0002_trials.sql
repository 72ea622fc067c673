-- +goose Up

CREATE TABLE trial (
    no       INTEGER PRIMARY KEY,
    id       BLOB NOT NULL,
    file     BLOB,
    source   BLOB,
    digest   BLOB,
    book     BLOB, -- digest of what else its rows were made with
    state    TEXT NOT NULL,
    author   BLOB,
    approver BLOB,
    since    INTEGER NOT NULL,
    until    INTEGER NOT NULL
);
CREATE INDEX trial_state ON trial (state); -- to know who has rows without reading the files

CREATE TABLE standing (
    trial INTEGER NOT NULL,
    chart INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (trial, chart)
) WITHOUT ROWID;

CREATE TABLE flip (
    no        INTEGER PRIMARY KEY,
    seq       INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    trial     INTEGER NOT NULL,
    trial_id  BLOB NOT NULL,
    chart     INTEGER NOT NULL,
    key       BLOB NOT NULL,
    criterion BLOB,
    was       INTEGER NOT NULL,
    is_now    INTEGER NOT NULL,
    why       BLOB,
    resource  BLOB,
    what      BLOB,
    person    INTEGER NOT NULL -- whose the resource is, where it came with the change; else 0
);
CREATE INDEX flip_chart ON flip (chart);
CREATE INDEX flip_trial ON flip (trial_id, no);

CREATE TABLE book (digest BLOB PRIMARY KEY, packed BLOB NOT NULL);

CREATE TABLE run (
    id              BLOB PRIMARY KEY,
    at              INTEGER NOT NULL,
    who             BLOB,
    as_of           INTEGER NOT NULL,
    known           INTEGER NOT NULL,
    zone            BLOB,
    engine          INTEGER NOT NULL,
    rules_sha256    BLOB,
    settings_sha256 BLOB,
    book            BLOB,
    patients        INTEGER NOT NULL,
    sha256          BLOB
);
