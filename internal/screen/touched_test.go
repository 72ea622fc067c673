package screen_test

import (
	"bytes"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/screen"
	"prescreen/internal/terms"
)

// Whatever changes in a chart, the rows of the trials that are not said to be touched stay as they were, byte for byte; and a
// chart that was kept answers as the one it was made of.
func TestOnlyTouchedTrialsChange(t *testing.T) {
	all := stocks(t)
	touched, changed, asked := 0, 0, 0
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.SampledFrom(all).Draw(t, "stock")
		c := s.charts[rapid.IntRange(0, len(s.charts)-1).Draw(t, "chart")]
		day := aDay(t, c)
		person, items := c.Person, itemsOf(c)
		if rapid.Bool().Draw(t, "altered before") {
			person, items = s.alter(t, person, items, day)
		}
		old := hot(t, built(person, items))
		person, items = s.alter(t, person, items, day)
		now := built(person, items)
		plan := s.plan(day)
		got := plan.Touched(old, now)
		before, after := plan.NewWorker(), plan.NewWorker()
		kept := hot(t, now)
		for i := range s.trials {
			x := screen.AppendRow(nil, before.ScreenOne(old, i))
			y := screen.AppendRow(nil, after.ScreenOne(now, i))
			if z := screen.AppendRow(nil, before.ScreenOne(kept, i)); !bytes.Equal(y, z) {
				t.Fatalf("%s, %s: the kept chart gives\n%x, the one it was made of\n%x", s.name, s.trials[i].ID, z, y)
			}
			in := slices.Contains(got, i)
			if !in && !bytes.Equal(x, y) {
				t.Fatalf("%s, %s on %v: not touched, but\n%x becomes\n%x\n%+v", s.name, s.trials[i].ID, day, x, y, chart.Compare(old, now))
			}
			asked++
			if in {
				touched++
			}
			if !bytes.Equal(x, y) {
				changed++
			}
		}
	})
	t.Logf("of %d rows %d were touched and %d changed", asked, touched, changed)
	if changed == 0 {
		t.Error("nothing ever changed")
	}
}

// A new HbA1c on a day on which the patient was seen anyway is nobody's business but of the trials that ask about HbA1c; nor is
// it on a new day, where the last contact is recent enough to be silent about.
func TestNewResultTouchesThoseWhoReadIt(t *testing.T) {
	path := synthea()
	if path == "" {
		t.Skip("no synthea-r4.zip in ../shared/data")
	}
	s := shipped(t, false, path)
	day := dates.NewDay(2021, 4, 1)
	plan := s.plan(day)
	hba1c := map[string]bool{}
	for _, tr := range s.trials {
		for i := range tr.Criteria {
			if p := tr.Criteria[i].Program; p != nil && slices.ContainsFunc(p.Sets(), reachesHbA1c) {
				hba1c[tr.ID] = true
			}
		}
	}
	code := s.coding(terms.Coding{System: terms.LOINC, Code: "4548-4"})
	same, next, read := 0, 0, 0
	for _, c := range s.charts {
		items := itemsOf(c)
		i := slices.IndexFunc(items, func(it chart.Item) bool { return slices.Contains(it.Codes, code) })
		seen := slices.IndexFunc(c.Contacts, func(w dates.When) bool { return w.Exact() && w.To > day-200 && w.To <= day })
		if i < 0 || seen < 0 || plan.NewWorker().ScreenOne(c, 0).Withheld != screen.NotWithheld {
			continue
		}
		it := items[i]
		it.ID, it.Fact.Begin, it.Fact.Noted = []byte("new"), c.Contacts[seen], c.Contacts[seen]
		old := built(c.Person, items)
		for n, on := range []dates.When{c.Contacts[seen], dates.On(day)} {
			it.Fact.Begin, it.Fact.Noted = on, on
			touched := plan.Touched(old, built(c.Person, append(slices.Clone(items), it)))
			for _, k := range touched {
				if !hba1c[s.trials[k].ID] {
					t.Errorf("a new HbA1c on %v touches %s", on.From, s.trials[k].ID)
				}
			}
			if read += len(touched); n == 0 {
				same++
			} else {
				next++
			}
		}
	}
	t.Logf("%d of %d trials read HbA1c; %d new results on a day of a contact and %d on a new one touched a mean of %.1f", len(hba1c), len(s.trials), same, next, float64(read)/float64(same+next))
	if same == 0 || read == 0 {
		t.Error("no chart has an HbA1c")
	}
}

// reachesHbA1c tells that a set holds HbA1c, or is suggested by it.
func reachesHbA1c(set *terms.ValueSet) bool {
	return set.Name == "HbA1c" || slices.ContainsFunc(set.SuggestedBy, func(s terms.Suggestion) bool { return s.Set == "HbA1c" })
}
