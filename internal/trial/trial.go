// Package trial reads trial files and compiles their criteria.
//
// A file that holds an error gives no trial: a criterion that is left out would make patients eligible. Every mistake of
// a file is told at once, in the author's words. The tests that stand in a file are kept as data: making patients of them
// is the work of those who read FHIR.
package trial

import (
	"prescreen/internal/dates"
	"prescreen/internal/rule"
	"prescreen/internal/terms"
	"prescreen/internal/verdict"
)

// Trial is one trial, ready to be asked of charts.
type Trial struct {
	ID         string // as people of the site say it; unique among the trials read together
	NCT        string
	Title      string
	Phase      string
	Sponsor    string
	Version    string // of the protocol
	ModelledOn string
	Recruiting Recruiting
	// RecruitmentEnds is the planned last day on which anybody can join; 0 when not said.
	RecruitmentEnds dates.Day

	Rules    Rules
	Use      []string // value-set files it names; empty means all of the folder
	Criteria []Criterion
	Arms     []string // in the order of the file; empty for a trial without arms
	Tests    []Test

	// Missing says per kind of record what nothing on record means in this trial: true is "not met", false "unknown". A
	// kind that is not in it is as the site says.
	Missing map[terms.Domain]bool

	File   string
	Digest [32]byte // of the file's content
}

// Recruiting is where a trial stands.
type Recruiting uint8

// The states.
const (
	Open Recruiting = iota
	NotYetOpen
	Paused
	Closed
)

var recruitingNames = []string{"open", "not yet open", "paused", "closed"}

// String writes the state as trial files do.
func (r Recruiting) String() string { return recruitingNames[r] }

// Rules is who stands behind the file's rules.
type Rules struct {
	Version  string
	State    State
	Authors  []string
	Approval Approval
	Changes  []Change
}

// State is how far the rules have come.
type State uint8

// The states. Only approved rules have been read by somebody other than their author.
const (
	Draft State = iota
	Review
	Approved
	Retired
)

var stateNames = []string{"draft", "review", "approved", "retired"}

// String writes the state as trial files do.
func (s State) String() string { return stateNames[s] }

// Approval is who approved the rules and when; zero for nobody.
type Approval struct {
	By string
	On dates.Day
}

// Change is one line of the rules' history.
type Change struct {
	Version string
	On      dates.Day
	By      string
	What    string
}

// Criterion is one line of the protocol.
type Criterion struct {
	ID   string
	Kind verdict.Kind
	Text string // the protocol line, in the site's words

	Check      Check
	Soft       bool // shown with its effect, counts in no outcome
	Visit      bool // settled at the visit: unknown it does not hold a patient back
	Repeatable bool // failing it alone is a near miss
	Missing    Missing

	Question string   // for a criterion that only a person can answer; such a one has no Program
	Ask      string   // what to order or ask to settle it
	Note     string   // for the reader of the file
	Show     []string // value sets whose newest facts are shown beside it
	Arm      []string // the arms it holds for; empty means all
	Anchor   string   // what its windows are counted back from: enrolment, or the latest event of that value set; "" for the day asked about

	Program *rule.Program // nil for a question
	Line    int           // of its id in the file
}

// Check says who answers a criterion.
type Check uint8

// Auto: the record. Assisted: a person, with the record's answer as a hint. Manual: a person.
const (
	Auto Check = iota
	Assisted
	Manual
)

var checkNames = []string{"auto", "assisted", "manual"}

// String writes the check as trial files do.
func (c Check) String() string { return checkNames[c] }

// Missing is the author's assumption when a whole criterion is unknown for want of data alone.
type Missing uint8

// The assumptions; the zero one is that nothing is assumed.
const (
	MissingUnknown Missing = iota
	MissingMet
	MissingNotMet
)

var missingNames = []string{"unknown", "met", "not met"}

// String writes the assumption as trial files do.
func (m Missing) String() string { return missingNames[m] }

// HoldsFor tells whether the criterion is asked of an arm.
func (c *Criterion) HoldsFor(arm string) bool {
	for _, a := range c.Arm {
		if a == arm {
			return true
		}
	}
	return len(c.Arm) == 0
}
