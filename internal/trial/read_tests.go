package trial

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"prescreen/internal/dates"
	"prescreen/internal/mistake"
	"prescreen/internal/quantity"
	"prescreen/internal/verdict"
)

// outcomeKey is the key under "expect" that is no criterion.
const outcomeKey = "outcome"

var outcomes = []string{"potentially eligible", "needs review", "not yet", "ineligible"}

func (r *reader) test(t testText) Test {
	asOf := r.day(t.AsOf)
	test := Test{Name: t.Name.Value, AsOf: asOf, Patient: r.patient(t.Patient, asOf), Expect: r.expect(t.Expect), Line: t.Line}
	if !t.Patient.Bundle.Given() && t.Patient.Given() && (!t.Patient.Birth.Given() || !t.Patient.Sex.Given()) {
		r.tell(t.Patient.Place, badPatient, "a test patient has a \"birth\" and a \"sex\", or is a \"bundle\"")
	}
	if len(t.Expect) == 0 && len(t.Cases) == 0 {
		r.tell(t.Place, badExpectation, "this test expects nothing")
	}
	for _, c := range t.Cases {
		test.Cases = append(test.Cases, r.testCase(c, asOf))
	}
	return test
}

func (r *reader) testCase(t caseText, asOf dates.Day) Case {
	c := Case{Name: t.Name.Value, AsOf: asOf, Expect: r.expect(t.Expect), Line: t.Line}
	if t.AsOf.Given() {
		c.AsOf = r.day(t.AsOf)
	}
	if t.But != nil {
		c.But = r.patient(*t.But, c.AsOf)
	}
	for _, w := range t.Without {
		if set, ok := r.known(w); ok {
			c.Without = append(c.Without, set.Name)
		}
	}
	return c
}

func (r *reader) expect(pairs mistake.Pairs) Expect {
	var e Expect
	for _, p := range pairs {
		if p.Key.Value == outcomeKey {
			e.Outcome = p.Value.Value
			if !slices.Contains(outcomes, p.Value.Value) {
				m := r.tell(p.Value.Place, badExpectation, fmt.Sprintf("%q is no outcome", p.Value.Value))
				m.Why, m.Fix = "it is one of: "+strings.Join(outcomes, ", "), mistake.Nearest(p.Value.Value, outcomes)
				if p.Value.Value == "eligible" { // one letter pair away from its opposite
					m.Fix = "potentially eligible"
				}
			}
			continue
		}
		v, ok := verdict.Parse(p.Value.Value)
		if !ok {
			m := r.tell(p.Value.Place, badExpectation, fmt.Sprintf("a criterion answers met, not met or unknown, not %q", p.Value.Value))
			m.Fix = mistake.Nearest(p.Value.Value, []string{"met", "not met", "unknown"})
		}
		if !r.hasCriterion(p.Key) {
			continue
		}
		e.Verdicts = append(e.Verdicts, Expected{Criterion: p.Key.Value, Verdict: v, Line: p.Key.Line})
	}
	return e
}

func (r *reader) hasCriterion(key mistake.Text) bool {
	var ids []string
	for _, c := range r.trial.Criteria {
		if c.ID == key.Value {
			return true
		}
		ids = append(ids, c.ID)
	}
	m := r.tell(key.Place, badExpectation, fmt.Sprintf("this trial has no criterion %q", key.Value))
	m.Fix = mistake.Nearest(key.Value, ids)
	return false
}

func (r *reader) patient(t patientText, asOf dates.Day) Patient {
	p := Patient{
		Bundle: t.Bundle.Value, Sex: t.Sex.Value, Birth: r.when(t.Birth, asOf), Died: r.when(t.Died, asOf),
		RecordSince: r.when(t.RecordSince, asOf), LastContact: r.when(t.LastContact, asOf),
		Procedures: r.events(t.Procedures, asOf), Allergies: r.events(t.Allergies, asOf),
		Vaccines: r.events(t.Vaccines, asOf), Visits: r.events(t.Visits, asOf),
		Labs: r.results(t.Labs, asOf), Vitals: r.results(t.Vitals, asOf), Scores: r.results(t.Scores, asOf),
	}
	r.circumstances(t, asOf, &p)
	for _, d := range t.Diagnoses {
		p.Diagnoses = append(p.Diagnoses, Diagnosis{
			Of: r.of(d.Place, d.Of, d.Code), Began: r.when(d.Began, asOf), Ended: r.when(d.Ended, asOf),
			Recorded: r.when(d.Recorded, asOf), Status: d.Status.Value, Certainty: d.Certainty.Value,
		})
	}
	for _, m := range t.Medications {
		p.Medications = append(p.Medications, r.medication(m, asOf))
	}
	return p
}

func (r *reader) of(at mistake.Place, set, code mistake.Text) Of {
	o := Of{Code: code.Value, Line: at.Line}
	if s, ok := r.known(set); ok {
		o.Set = s.Name
	}
	if system, _, two := strings.Cut(code.Value, " "); code.Given() && (!two || system == "") {
		r.tell(code.Place, badPatient, "a code is written with its system before it").Fix = "snomed 44054006"
	}
	return o
}

func (r *reader) medication(t medicationText, asOf dates.Day) Medication {
	m := Medication{
		Of: r.of(t.Place, t.Of, t.Code), From: r.when(t.From, asOf), To: r.when(t.To, asOf),
		As: t.As.Value, Status: t.Status.Value, AsNeeded: t.AsNeeded,
	}
	if t.Supply.Given() {
		var ok bool
		if m.Supply, ok = dates.ParsePeriod(t.Supply.Value); !ok {
			r.tell(t.Supply.Place, badPatient, "a supply is a length of time").Fix = "90 days"
		}
	}
	if t.Refills.Given() {
		n, err := strconv.Atoi(t.Refills.Value)
		if err != nil || n < 0 || n > 99 {
			r.tell(t.Refills.Place, badPatient, "refills are a number, such as 3")
		}
		m.Refills = n
	}
	r.dose(t, &m)
	return m
}

func (r *reader) events(texts []eventText, asOf dates.Day) []Event {
	var list []Event
	for _, t := range texts {
		list = append(list, Event{
			Of: r.of(t.Place, t.Of, t.Code), On: r.when(t.On, asOf), To: r.when(t.To, asOf), Status: t.Status.Value,
			Certainty: t.Certainty.Value, Class: t.Class.Value, Relation: t.Relation.Value,
		})
	}
	return list
}

func (r *reader) results(texts []resultText, asOf dates.Day) []Result {
	var list []Result
	for _, t := range texts {
		res := Result{Of: r.of(t.Place, t.Of, t.Code), On: r.when(t.On, asOf), Status: t.Status.Value}
		if t.Value.Given() {
			r.value(t.Value, &res)
		}
		r.answer(t, &res)
		list = append(list, res)
	}
	return list
}

// value reads a result as records write it, with a comparator in front if there is one.
func (r *reader) value(t mistake.Text, into *Result) {
	number := strings.TrimLeft(t.Value, "<>=")
	c, err := quantity.ParseComparator(t.Value[:len(t.Value)-len(number)])
	if err == nil {
		into.HasValue, into.Comparator = true, c
		into.Value, into.Unit, err = quantity.ParseQuantity(number)
	}
	if err != nil {
		r.tell(t.Place, badQuantity, err.Error())
	}
}

// when reads a time as records write it, or how long before the as-of day it was.
func (r *reader) when(t mistake.Text, asOf dates.Day) dates.When {
	if !t.Given() {
		return dates.When{}
	}
	if length, ok := strings.CutSuffix(t.Value, " ago"); ok {
		if p, ok := dates.ParsePeriod(length); ok {
			return dates.On(asOf.Sub(p))
		}
	}
	if length, ok := strings.CutPrefix(t.Value, "in "); ok {
		if p, ok := dates.ParsePeriod(length); ok {
			return dates.On(asOf.Add(p))
		}
	}
	if t.Value == "today" {
		return dates.On(asOf)
	}
	w, err := dates.Parse(t.Value, nil)
	if err != nil {
		m := r.tell(t.Place, notADay, fmt.Sprintf("%q is no time: write a day, a month, a year, \"40 days ago\", \"in 40 days\" or \"today\"", t.Value))
		if day, ok := dates.DayMeant(t.Value); ok {
			m.Fix = day.String()
		} else {
			m.Fix = map[string]string{"yesterday": "1 day ago", "tomorrow": "in 1 day"}[t.Value]
		}
	}
	return w
}
