package screen

import (
	"testing"

	"prescreen/internal/trial"
	"prescreen/internal/verdict"
)

// The expected outcomes follow from semantics section 10 by hand.
func TestOutcome(t *testing.T) {
	for _, c := range []struct {
		name     string
		criteria []trial.Criterion
		answers  string
		want     Outcome
		near     bool
		silence  bool
		open     int
	}{
		{"all pass", []trial.Criterion{inc("i"), exc("e")}, "MN", PotentiallyEligible, false, false, 0},
		{"an exclusion met bars", []trial.Criterion{inc("i"), exc("e")}, "MM", Ineligible, false, false, 0},
		{"an unknown inclusion", []trial.Criterion{inc("i"), exc("e")}, "?N", NeedsReview, false, false, 1},
		{"an unknown exclusion", []trial.Criterion{inc("i"), exc("e")}, "M?", NeedsReview, false, false, 1},
		{"a failure beside an unknown", []trial.Criterion{inc("i"), exc("e")}, "?M", Ineligible, false, false, 1},
		{"only a person's answer is missing", []trial.Criterion{inc("i"), inc("q", isManual)}, "Mp", PotentiallyEligible, false, false, 0},
		{"a question within an expression waits", []trial.Criterion{inc("i")}, "p", PotentiallyEligible, false, false, 0},
		{"a question beside missing data holds", []trial.Criterion{inc("i")}, "b", NeedsReview, false, false, 1},
		{"fails without the person's answer", []trial.Criterion{inc("i")}, "N", Ineligible, false, false, 0},
		{"assisted is a hint", []trial.Criterion{inc("i"), inc("h", isAssisted)}, "MN", PotentiallyEligible, false, false, 0},
		{"assisted and unknown", []trial.Criterion{inc("i"), inc("h", isAssisted)}, "M?", PotentiallyEligible, false, false, 0},
		{"soft counts in no outcome", []trial.Criterion{inc("i"), inc("s", isSoft), exc("t", isSoft)}, "MN?", PotentiallyEligible, false, false, 0},
		{"visit unknown does not hold back", []trial.Criterion{inc("i"), exc("v", isVisit)}, "M?", PotentiallyEligible, false, false, 0},
		{"visit failed fails", []trial.Criterion{inc("i"), exc("v", isVisit)}, "MM", Ineligible, false, false, 0},
		{"near miss", []trial.Criterion{inc("i", isRepeatable), exc("e")}, "NN", Ineligible, true, false, 0},
		{"no near miss if another fails", []trial.Criterion{inc("i", isRepeatable), exc("e")}, "NM", Ineligible, false, false, 0},
		{"by silence alone", []trial.Criterion{inc("i"), exc("e")}, "nN", Ineligible, false, true, 0},
		{"by silence and by record", []trial.Criterion{inc("i"), exc("e")}, "nM", Ineligible, false, false, 0},
		{"nothing asked of the record", []trial.Criterion{inc("q", isManual)}, "p", PotentiallyEligible, false, false, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := planOf(c.criteria...)
			s := p.trials[0].stand(&p.trials[0].arms[0], answersOf(c.answers))
			if got := s.outcome(); got != c.want {
				t.Errorf("outcome %s, want %s", got, c.want)
			}
			if s.nearMiss != c.near || s.bySilence != c.silence || s.open != c.open {
				t.Errorf("near miss %v, by silence %v, open %d; want %v, %v, %d", s.nearMiss, s.bySilence, s.open, c.near, c.silence, c.open)
			}
		})
	}
}

// Turning one answer from unknown to anything never turns an ineligible patient, and nothing but a failure makes one.
func TestOutcomeIsMonotone(t *testing.T) {
	p := planOf(inc("i"), exc("e"), inc("v", isVisit))
	trial := &p.trials[0]
	all := []byte("MN?")
	for _, a := range all {
		for _, b := range all {
			for _, c := range all {
				answers := answersOf(string([]byte{a, b, c}))
				s := trial.stand(&trial.arms[0], answers)
				failed := a == 'N' || b == 'M' || c == 'N'
				if (s.outcome() == Ineligible) != failed {
					t.Errorf("%c%c%c: %s", a, b, c, s.outcome())
				}
			}
		}
	}
}

func TestMissingIsAssumedLastAndForDataAlone(t *testing.T) {
	never := verdict.Causes(0).With(verdict.NeverRecorded)
	for _, c := range []struct {
		name    string
		missing trial.Missing
		j       verdict.Judgement
		want    Answer
	}{
		{"nothing assumed", trial.MissingUnknown, verdict.Judgement{Causes: never}, Answer{Causes: never}},
		{"met", trial.MissingMet, verdict.Judgement{Causes: never}, Answer{Verdict: verdict.Met, Basis: verdict.Assumed}},
		{
			"not met", trial.MissingNotMet,
			verdict.Judgement{Causes: never.With(verdict.OutsideWindow)},
			Answer{Verdict: verdict.NotMet, Basis: verdict.Assumed},
		},
		{
			"another cause is left", trial.MissingMet,
			verdict.Judgement{Causes: never.With(verdict.SourcesConflict)},
			Answer{Causes: never.With(verdict.SourcesConflict)},
		},
		{"known", trial.MissingMet, verdict.Judgement{Verdict: verdict.NotMet}, Answer{Verdict: verdict.NotMet}},
		{"no cause told", trial.MissingMet, verdict.Judgement{}, Answer{}},
	} {
		k := inc("i", func(k *trial.Criterion) { k.Missing = c.missing })
		if got := settle(&criterion{Criterion: &k}, &c.j); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}
