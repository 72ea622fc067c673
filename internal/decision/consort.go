package decision

import (
	"io"
	"strconv"
)

// Totals are the numbers of a CONSORT flow (https://www.consort-spirit.org/). Of the lines of the log, open, not suitable,
// declined, other, screen failures, consented and enrolled add up to proposed, each line counted where it stands now.
type Totals struct {
	Trial      string     `json:"trial"`
	AsOf       string     `json:"asOf"`
	Assessed   int        `json:"assessed"`   // patients whom the trial's criteria were asked of
	Ineligible int        `json:"ineligible"` // of these, by what the record says
	By         []Excluded `json:"ineligibleBy"`

	Proposed       int           `json:"proposed"` // lines of the log
	Open           int           `json:"open"`
	NotSuitable    int           `json:"notSuitable"` // a person found that a criterion fails or cannot be assessed
	NotSuitableBy  []ReasonCount `json:"notSuitableBy"`
	Declined       int           `json:"declined"`
	Other          int           `json:"otherReasons"`
	OtherBy        []ReasonCount `json:"otherReasonsBy"`
	ScreenFailures int           `json:"screenFailures"`
	InScreening    int           `json:"consentedInScreening"`
	Enrolled       int           `json:"enrolled"`

	Consented int `json:"consented"` // ever, whatever became of them
}

// Excluded counts whom a criterion makes ineligible: as the first that fails by the order of the protocol, and at all.
type Excluded struct {
	Criterion string `json:"criterion"`
	First     int    `json:"first"`
	Every     int    `json:"every"`
}

// ReasonCount counts the lines of a reason.
type ReasonCount struct {
	Reason    string `json:"reason"`
	Criterion string `json:"criterion,omitempty"`
	Count     int    `json:"count"`
}

// Count adds the lines of a log to what the record says. Lines that were erased, or are not to be shown, count nowhere.
func (t *Totals) Count(lines []Decision, hidden func(*Decision) bool) {
	t.NotSuitableBy, t.OtherBy = []ReasonCount{}, []ReasonCount{}
	for i := range lines {
		if d := &lines[i]; !d.Erased && !hidden(d) {
			t.count(d)
		}
	}
}

func (t *Totals) count(d *Decision) {
	t.Proposed++
	if _, ok := d.Reached(Consented); ok {
		t.Consented++
	}
	v := &d.Values
	switch {
	case v.Status == Enrolled:
		t.Enrolled++
	case v.Status == ScreenFailure:
		t.ScreenFailures++
	case v.Status == Declined, v.Reason.Kind == HasDeclined:
		t.Declined++
	case v.Reason.Kind.NamesCriterion():
		t.NotSuitable++
		t.NotSuitableBy = tallied(t.NotSuitableBy, v.Reason)
	case v.Reason.Kind != NoReason:
		t.Other++
		t.OtherBy = tallied(t.OtherBy, v.Reason)
	case v.Status == Consented:
		t.InScreening++
	default:
		t.Open++
	}
}

func tallied(list []ReasonCount, r Reason) []ReasonCount {
	for i := range list {
		if list[i].Reason == r.Kind.String() && list[i].Criterion == r.Criterion {
			list[i].Count++
			return list
		}
	}
	return append(list, ReasonCount{r.Kind.String(), r.Criterion, 1})
}

// WriteTotals writes them as CSV, a number a row.
func WriteTotals(w io.Writer, t *Totals) error {
	rows := [][]string{{"what", "criterion", "count"}}
	row := func(what, criterion string, n int) { rows = append(rows, []string{what, criterion, strconv.Itoa(n)}) }
	row("assessed", "", t.Assessed)
	row("ineligible", "", t.Ineligible)
	for _, e := range t.By {
		row("ineligible, first failing", e.Criterion, e.First)
	}
	for _, e := range t.By {
		row("ineligible, failing", e.Criterion, e.Every)
	}
	row("proposed", "", t.Proposed)
	row("open", "", t.Open)
	row("not suitable", "", t.NotSuitable)
	for _, r := range t.NotSuitableBy {
		row("not suitable: "+r.Reason, r.Criterion, r.Count)
	}
	row("declined", "", t.Declined)
	row("other reasons", "", t.Other)
	for _, r := range t.OtherBy {
		row("other reasons: "+r.Reason, "", r.Count)
	}
	row("consented, ever", "", t.Consented)
	row("consented, in screening", "", t.InScreening)
	row("screen failures", "", t.ScreenFailures)
	row("enrolled", "", t.Enrolled)
	return writeCSV(w, rows)
}
