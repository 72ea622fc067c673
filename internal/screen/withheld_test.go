package screen

import (
	"testing"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/terms"
	"prescreen/internal/trial"
)

// record makes a chart of facts that name at most one study each, by its number in the list of codes.
func record(person chart.Person, facts ...chart.Fact) *chart.Chart {
	c := &chart.Chart{Person: person, Codes: []terms.CodeID{0, 1, 2, 3}}
	for kind := range chart.KindCount {
		c.Starts[kind] = uint32(len(c.Facts))
		for _, f := range facts {
			if f.Kind == kind {
				c.Facts = append(c.Facts, f)
			}
		}
	}
	c.Starts[chart.KindCount] = uint32(len(c.Facts))
	return c
}

var studies = plain{codes: []string{"", "NCT00000001", "ResearchStudy/NCT00000002", "T"}}

func study(n uint32) chart.Span { return chart.Span{At: n, Len: 1} }

func consent(flags chart.Flags, change ...func(*chart.Fact)) chart.Fact {
	f := chart.Fact{Kind: chart.Consent, Status: chart.Active, Flags: flags}
	for _, c := range change {
		c(&f)
	}
	return f
}

func TestWithheld(t *testing.T) {
	deny, permit := chart.Deny|chart.Research, chart.Research
	on := func(begin, end dates.Day) func(*chart.Fact) {
		return func(f *chart.Fact) { f.Begin, f.End = dates.On(begin), dates.On(end) }
	}
	about := func(n uint32) func(*chart.Fact) { return func(f *chart.Fact) { f.Answer = study(n) } }
	subject := func(s chart.Status, n uint32, begin dates.When) chart.Fact {
		return chart.Fact{Kind: chart.Enrolment, Status: s, Codes: study(n), Begin: begin}
	}
	year, _ := dates.Parse("2026", nil)
	for _, c := range []struct {
		name  string
		chart *chart.Chart
		optIn bool
		want  Why
	}{
		{"nobody's business", record(chart.Person{}), false, NotWithheld},
		{"deceasedBoolean", record(chart.Person{Deceased: true}), false, Deceased},
		{"died on the day", record(chart.Person{Deceased: true, Death: dates.On(asOf)}), false, Deceased},
		{"died after the day", record(chart.Person{Deceased: true, Death: dates.On(asOf + 1)}), false, NotWithheld},
		{"died some day of this year", record(chart.Person{Deceased: true, Death: year}), false, Deceased},
		{"opposed", record(chart.Person{}, consent(deny)), false, Opposed},
		{"opposed and dead", record(chart.Person{Deceased: true}, consent(deny)), false, Opposed},
		{"denies treatment data", record(chart.Person{}, consent(chart.Deny)), false, NotWithheld},
		{"denial withdrawn", record(chart.Person{}, consent(deny, func(f *chart.Fact) { f.Status = chart.Inactive })), false, NotWithheld},
		{"denial until yesterday", record(chart.Person{}, consent(deny, on(asOf-99, asOf-1))), false, NotWithheld},
		{"denial until today", record(chart.Person{}, consent(deny, on(asOf-99, asOf))), false, Opposed},
		{"denial from today", record(chart.Person{}, consent(deny, on(asOf, asOf+99))), false, Opposed},
		{"denial from tomorrow", record(chart.Person{}, consent(deny, on(asOf+1, asOf+99))), false, NotWithheld},
		{"denies this trial", record(chart.Person{}, consent(deny, about(1))), false, Opposed},
		{"denies another trial", record(chart.Person{}, consent(deny, about(2))), false, NotWithheld},
		{"permits, and denies", record(chart.Person{}, consent(permit), consent(deny)), true, Opposed},
		{"opt-in without a word", record(chart.Person{}), true, Opposed},
		{"opt-in with a permit", record(chart.Person{}, consent(permit)), true, NotWithheld},
		{"opt-in with a permit for this trial", record(chart.Person{}, consent(permit, about(3))), true, NotWithheld},
		{"opt-in with a permit for another", record(chart.Person{}, consent(permit, about(2))), true, Opposed},
		{"opt-in with a permit we cannot read whole", record(chart.Person{}, consent(permit|chart.UnknownModifier)), true, Opposed},
		{"on this trial", record(chart.Person{}, subject(chart.OnTrial, 1, dates.When{})), false, Enrolled},
		{"on this trial by its id", record(chart.Person{}, subject(chart.OnTrial, 3, dates.When{})), false, Enrolled},
		{"on another trial", record(chart.Person{}, subject(chart.OnTrial, 2, dates.When{})), false, NotWithheld},
		{"candidate for this trial", record(chart.Person{}, subject(chart.Candidate, 1, dates.When{})), false, NotWithheld},
		{"on this trial from tomorrow", record(chart.Person{}, subject(chart.OnTrial, 1, dates.On(asOf+1))), false, NotWithheld},
	} {
		t.Run(c.name, func(t *testing.T) {
			tr := &trial.Trial{ID: "t", NCT: "NCT00000001", Criteria: []trial.Criterion{inc("q", isManual)}}
			p := NewPlan([]*trial.Trial{tr}, studies, Settings{AsOf: asOf, OptIn: c.optIn})
			if got := p.withheld(c.chart, tr); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestWithheldAreCountedByReasonAndOpposedNowhere(t *testing.T) {
	trials := []*trial.Trial{
		{ID: "t", NCT: "NCT00000001", Criteria: []trial.Criterion{inc("q", isManual)}},
		{ID: "u", NCT: "NCT00000002", Criteria: []trial.Criterion{inc("q", isManual)}},
	}
	p := NewPlan(trials, studies, Settings{AsOf: asOf})
	w, tally := p.NewWorker(), p.NewTally()
	for _, c := range []*chart.Chart{
		record(chart.Person{Key: keyed(1)}),
		record(chart.Person{Key: keyed(2), Deceased: true}),
		record(chart.Person{Key: keyed(3)}, consent(chart.Deny|chart.Research)),
		record(chart.Person{Key: keyed(4)}, consent(chart.Deny|chart.Research, func(f *chart.Fact) { f.Answer = study(1) })),
		record(chart.Person{Key: keyed(5)}, chart.Fact{Kind: chart.Enrolment, Status: chart.OnTrial, Codes: study(2)}),
		record(chart.Person{Key: keyed(6), Deceased: true}, consent(chart.Deny|chart.Research)),
	} {
		tally.Add(c, w.Screen(c))
	}
	report := tally.Report()
	if report.Records.Patients != 4 {
		t.Errorf("%d patients, want 4: those not opposed to everything", report.Records.Patients)
	}
	want := []Withheld{{Deceased, 1}, {Enrolled, 1}}
	if len(report.Withheld) != 2 || report.Withheld[0] != want[0] || report.Withheld[1] != want[1] {
		t.Errorf("withheld %v, want %v", report.Withheld, want)
	}
	lists := tally.Lists()
	if lists[0].Len() != 2 || lists[1].Len() != 2 {
		t.Errorf("lists of %d and %d, want 2 and 2", lists[0].Len(), lists[1].Len())
	}
}

func TestContactsAndVisits(t *testing.T) {
	month, _ := dates.Parse("2026-11", nil)
	c := record(chart.Person{},
		chart.Fact{Kind: chart.Appointment, Status: chart.Planned, Begin: dates.On(asOf + 9)},
		chart.Fact{Kind: chart.Appointment, Status: chart.Planned, Begin: dates.On(asOf + 5), Noted: dates.On(asOf + 1)},
		chart.Fact{Kind: chart.Appointment, Status: chart.Cancelled, Begin: dates.On(asOf + 2)},
		chart.Fact{Kind: chart.Visit, Status: chart.Planned, Begin: dates.On(asOf + 7)},
		chart.Fact{Kind: chart.Visit, Status: chart.Completed, Begin: dates.On(asOf - 7)},
	)
	if got := nextVisit(c, asOf); got != asOf+7 {
		t.Errorf("next visit in %d days, want 7: booked by now, and not cancelled", got-asOf)
	}
	if got := nextVisit(record(chart.Person{}), asOf); got != NoDay {
		t.Errorf("next visit %s of nobody", got)
	}
	c.Contacts = []dates.When{dates.On(asOf - 40), month, dates.On(asOf + 3)}
	if got := lastContact(c, asOf); got != dates.NewDay(2026, 11, 1) {
		t.Errorf("last contact %s: a month counts from its first day", got)
	}
}
