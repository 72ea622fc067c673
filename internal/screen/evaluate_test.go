package screen

import (
	"strings"
	"testing"

	"prescreen/internal/chart"
	"prescreen/internal/verdict"
)

// The programs of this package's tests are bound to nothing, so that asking them panics.
func TestAMistakeOfOursDecidesNothing(t *testing.T) {
	p := planOf(inc("i"), exc("e"))
	w := p.NewWorker()
	c := record(chart.Person{Key: keyed(1)})
	row := w.Screen(c).Rows[0]
	for k, a := range row.Answers {
		if a.Verdict != verdict.Unknown || !a.Causes.Has(verdict.InternalError) {
			t.Errorf("criterion %d: %+v", k, a)
		}
	}
	if row.Outcome != NeedsReview {
		t.Errorf("outcome %s", row.Outcome)
	}
	told := w.Describe(c, 0)
	if told.Actions[verdict.Repair] != 2 || !strings.Contains(told.Criteria[0].Reason, "mistake in this program") {
		t.Errorf("%v, %q", told.Actions, told.Criteria[0].Reason)
	}
}
