// Package decision is what people decide about candidates: the prescreening log of a trial.
//
// The program proposes, people decide. The first decision about a person in a trial opens a line of that trial's log, whose
// number is gapless and never given twice, not even after erasure. A line belongs to a person, not to a chart: when records
// are joined the lines of all of their persons go with them, and Governing says which one counts.
//
// A closed line leaves the working list. It comes back only for a reason that Returns can name, and somebody who declined,
// was opposed or died never comes back by the program's doing.
package decision

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"prescreen/internal/dates"
	"prescreen/internal/verdict"
)

// NoDay stands for a day that there is not.
const NoDay = dates.Min

// Decision is a line of a trial's log.
type Decision struct {
	Trial   string
	Log     int // from 1, gapless per trial
	Version int // of the line, from 1: what an ETag says

	Person          int64  // 0 once erased
	Chart           int64  // the one the person's record is part of now; 0 for none
	Source, Patient string // the person's key
	Erased          bool   // only Trial, Log and Version are left

	Proposed   dates.Day // first proposed
	Then       Then
	Born       string // date of birth and sex, as recorded
	Sex        string
	Values     Values
	Steps      []Step // every status there was and that was not put right since, in order; the last is Values.Status
	Closing    *Closing
	Opened, At time.Time // first and last change
	By         string    // who changed it last
}

// Then is how the person stood when first proposed.
type Then struct {
	Rules    string `json:"rules,omitempty"`    // version of the rules
	Protocol string `json:"protocol,omitempty"` // version of the protocol
	Outcome  string `json:"outcome,omitempty"`
}

// Values are what people may change.
type Values struct {
	Status  Status
	Reason  Reason
	Answers []Answer // by criterion, in the order of their ids
	Owner   string
	Next    string    // the next action
	Due     dates.Day // of the next action
	Recheck dates.Day // when a closed line is to come back
	Note    string
}

// Step is the day on which a status was reached.
type Step struct {
	Status Status    `json:"status"`
	On     dates.Day `json:"on"`
}

// Answer is what a person says about a criterion that the record cannot answer, or only hints at.
type Answer struct {
	Criterion string
	Verdict   verdict.Verdict
	By        string
	At        time.Time
	Note      string
}

// Closing is how things stood when a line was closed, for Returns to compare with.
type Closing struct {
	On       dates.Day
	Protocol string
	Verdict  verdict.Verdict // of the criterion that the reason names
	Asked    bool            // there was such a verdict
}

// Errors of a store.
var (
	ErrNone     = errors.New("no such line in this trial's log")
	ErrTaken    = errors.New("this person has a line in this trial's log already")
	ErrConflict = errors.New("the line was changed by somebody else meanwhile: read it again and repeat the change")
	ErrErased   = errors.New("this line was erased: it cannot be changed")
)

// Closed tells whether a line is settled: declined, screen failure, enrolled, or whatever has a reason.
func (d *Decision) Closed() bool { return d.Values.closed() }

func (v *Values) closed() bool {
	return v.Reason.Kind != NoReason || v.Status == Declined || v.Status == ScreenFailure || v.Status == Enrolled
}

// Answer gives what a person said about a criterion.
func (v *Values) Answer(criterion string) (Answer, bool) {
	i := slices.IndexFunc(v.Answers, func(a Answer) bool { return a.Criterion == criterion })
	if i < 0 {
		return Answer{}, false
	}
	return v.Answers[i], true
}

// Reached gives the day on which a status was reached.
func (d *Decision) Reached(s Status) (dates.Day, bool) {
	for _, step := range d.Steps {
		if step.Status == s {
			return step.On, true
		}
	}
	return NoDay, false
}

// Governing gives the line that counts for a record that several persons share, nil for none: one that never comes back
// before one that is closed, that before an open one, then the older.
func Governing(lines []*Decision) *Decision {
	weight := func(d *Decision) int {
		switch {
		case d.Closed() && d.Values.final():
			return 0
		case d.Closed():
			return 1
		}
		return 2
	}
	var best *Decision
	for _, d := range lines {
		if !d.Erased && (best == nil || cmp.Or(cmp.Compare(weight(d), weight(best)), cmp.Compare(d.Log, best.Log)) < 0) {
			best = d
		}
	}
	return best
}
