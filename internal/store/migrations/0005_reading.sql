-- +goose Up

-- How the records of the store were read: the site's settings that decide what stands in packed forms.
CREATE TABLE reading (one INTEGER PRIMARY KEY CHECK (one = 1), how BLOB NOT NULL);
