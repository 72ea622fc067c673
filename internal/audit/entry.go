// Package audit is the record of who did what: one log that only grows, whose every entry is a leaf of a Merkle tree, so that
// a changed, removed or reordered entry shows.
package audit

import "time"

// Entry is one thing that somebody did. It holds no name, no value and no identifier of a patient: Patients are pseudonyms,
// made with a key of each patient's own that is thrown away when the patient is erased. The store turns Subjects into
// Patients when it writes the entry.
type Entry struct {
	No       int64
	At       time.Time
	Who      string // user, token or "system"
	Role     string
	Action   Action
	Route    string // of the API, as a pattern: /fhir/Patient/{id}; or the command
	Trial    string
	Object   string   // what was acted on beside patients: a trial, user, run, decision number
	Outcome  string   // "ok", or the kind of failure
	Request  string   // id of the request
	Patients []string // pseudonyms, hex, sorted

	Subjects []int64 // numbers of persons, before the entry is written; never part of the leaf
}

// Action is what was done, by FHIR's codes (https://hl7.org/fhir/R4/valueset-audit-event-action.html).
type Action string

// The actions.
const (
	Create  Action = "C"
	Read    Action = "R"
	Update  Action = "U"
	Delete  Action = "D"
	Execute Action = "E"
)

// Filter chooses entries of the log. Its zero values choose all.
type Filter struct {
	Person   int64 // number of a person, who can be found until erased
	Who      string
	Trial    string
	From, To time.Time // To is exclusive
}
