-- +goose Up

-- Persons whose charts are to be made again, because somebody was erased whom they may rest on: until they are.
CREATE TABLE unmended (person INTEGER PRIMARY KEY);
