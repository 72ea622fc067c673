-- +goose Up

-- The highest number given in each trial's log. It is never lowered.
CREATE TABLE decision_log (
    trial BLOB PRIMARY KEY,
    last  INTEGER NOT NULL
);

-- What an erased person leaves is trial, log and version: person is 0 then, bytes is NULL.
CREATE TABLE decision (
    trial   BLOB NOT NULL,
    log     INTEGER NOT NULL,
    version INTEGER NOT NULL,
    person  INTEGER NOT NULL,
    bytes   BLOB,
    PRIMARY KEY (trial, log)
);
CREATE UNIQUE INDEX decision_person ON decision (person, trial) WHERE person <> 0;

CREATE TABLE decision_change (
    trial   BLOB NOT NULL,
    log     INTEGER NOT NULL,
    version INTEGER NOT NULL,
    person  INTEGER NOT NULL,
    bytes   BLOB NOT NULL,
    PRIMARY KEY (trial, log, version)
);
CREATE INDEX decision_change_person ON decision_change (person);

-- How often any line was opened, changed or erased.
CREATE TABLE decision_moves (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    n   INTEGER NOT NULL
);
INSERT INTO decision_moves (one, n) VALUES (1, 0);
