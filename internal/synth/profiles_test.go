package synth

import (
	"testing"

	"prescreen/internal/dates"
)

// found is a result as it stands on record, newest of its kind.
type found struct {
	of    measure
	value string
	unit  string
}

// TestProfilesHoldWhatTheirOutcomeRestsOn reads, for each named patient, the facts that put it where its profile says.
func TestProfilesHoldWhatTheirOutcomeRestsOn(t *testing.T) {
	type when struct {
		code concept
		ago  int // days since onset
	}
	for name, want := range map[string]struct {
		age     int
		results []found
		never   []measure
		onset   []when
	}{
		"prediabetes":                        {age: 58, results: []found{{bodyMass, "31.2", "kg/m2"}, {hba1c, "6.0", "%"}, {fastingGlucose, "110.0", "mg/dL"}}, onset: []when{{prediabetes, 900}}},
		"prediabetes, molar units":           {age: 62, results: []found{{hba1c, "42", "mmol/mol"}, {fastingGlucose, "6.3", "mmol/L"}}},
		"prediabetes, never tested":          {age: 54, never: []measure{hba1c, glucose, fastingGlucose, toleranceGlucose}},
		"prediabetes, turns 30 soon":         {age: 29, results: []found{{hba1c, "6.1", "%"}, {fastingGlucose, "109.0", "mg/dL"}}},
		"prediabetes, too heavy":             {age: 49, results: []found{{bodyMass, "42.7", "kg/m2"}}},
		"prediabetes, one test in range":     {age: 59, results: []found{{hba1c, "5.8", "%"}, {fastingGlucose, "97.0", "mg/dL"}, {toleranceGlucose, "128.0", "mg/dL"}}},
		"kidney disease":                     {age: 63, results: []found{{filtration, "46.2", "mL/min/{1.73_m2}"}, {albuminRatio, "640.0", "mg/g"}, {systolic, "138", "mm[Hg]"}}},
		"kidney disease, no albumin ratio":   {age: 71, results: []found{{filtration, "41.8", "mL/min/{1.73_m2}"}}, never: []measure{albuminRatio}},
		"kidney disease, stroke 50 days ago": {age: 67, results: []found{{filtration, "43.9", "mL/min/{1.73_m2}"}, {albuminRatio, "920.0", "mg/g"}}, onset: []when{{stroke, 50}}},
		"kidney disease, little albumin":     {age: 58, results: []found{{albuminRatio, "186.0", "mg/g"}, {filtration, "49.5", "mL/min/{1.73_m2}"}}},
		"polycystic kidneys":                 {age: 52, onset: []when{{polycysticKidney, 2400}}},
		"hypertension with coronary disease": {age: 67, results: []found{{systolic, "146", "mm[Hg]"}}, onset: []when{{coronaryDisease, 1500}}},
		"hypertension, never measured":       {age: 70, never: []measure{systolic, diastolic}},
		"hypertension, turns 50 soon":        {age: 49, results: []found{{systolic, "144", "mm[Hg]"}}},
		"heart failure five months ago":      {age: 66, results: []found{{systolic, "142", "mm[Hg]"}, {ejection, "36", "%"}}, onset: []when{{heartFailure, 152}}},
		"infarction three years ago":         {age: 61, results: []found{{bodyMass, "31.2", "kg/m2"}, {hba1c, "5.8", "%"}, {systolic, "127", "mm[Hg]"}}, onset: []when{{infarction, 1100}}},
		"peripheral artery disease":          {age: 70, results: []found{{bodyMass, "29.3", "kg/m2"}, {hba1c, "6.0", "%"}}, onset: []when{{peripheralArtery, 900}}},
		"infarction, no HbA1c":               {age: 59, never: []measure{hba1c}, onset: []when{{infarction, 1300}}},
		"infarction, two HbA1c at once":      {age: 63, results: []found{{hba1c, "6.6", "%"}}},
		"infarction 40 days ago":             {age: 57, results: []found{{hba1c, "5.9", "%"}, {bodyMass, "33.4", "kg/m2"}, {systolic, "136", "mm[Hg]"}}, onset: []when{{infarction, 40}}},
		"infarction, turns 45 soon":          {age: 44, results: []found{{hba1c, "5.6", "%"}}, onset: []when{{infarction, 800}}},
		"infarction, not heavy enough":       {age: 64, results: []found{{bodyMass, "26.4", "kg/m2"}}},
		"infarction with diabetes":           {age: 68, results: []found{{hba1c, "7.8", "%"}}, onset: []when{{diabetes, 3000}}},
		"stroke five months ago":             {age: 69, results: []found{{bodyMass, "30.7", "kg/m2"}, {hba1c, "5.9", "%"}}, onset: []when{{stroke, 150}}},
	} {
		l := &life{record: *named(t, name)}
		if got := dates.YearsOn(l.person.birth, asOf); got != want.age {
			t.Errorf("%s: age %d, want %d", name, got, want.age)
		}
		for _, f := range want.results {
			if r := l.newest(f.of); r == nil || string(r.value) != f.value || r.unit != f.unit {
				t.Errorf("%s: newest %s is %+v, want %s %s", name, f.of.codeFor(l.style).display, r, f.value, f.unit)
			}
		}
		for _, m := range want.never {
			if l.newest(m) != nil {
				t.Errorf("%s: has a result of %s", name, m.codeFor(l.style).display)
			}
		}
		for _, o := range want.onset {
			if d := onsetOf(l, o.code); d != back(asOf, o.ago) {
				t.Errorf("%s: %s began on %v, want %v", name, o.code.display, d, back(asOf, o.ago))
			}
		}
	}
}

// TestBirthdaysAreAsManyDaysAheadAsSaid is what "not yet" by age rests on.
func TestBirthdaysAreAsManyDaysAheadAsSaid(t *testing.T) {
	for name, want := range map[string]struct{ days, age int }{
		"prediabetes, turns 30 soon":  {90, 30},
		"hypertension, turns 50 soon": {100, 50},
		"infarction, turns 45 soon":   {60, 45},
	} {
		birth := named(t, name).person.birth
		on := asOf + dates.Day(want.days)
		if dates.YearsOn(birth, on) != want.age || dates.YearsOn(birth, on-1) != want.age-1 {
			t.Errorf("%s: does not turn %d in %d days", name, want.age, want.days)
		}
	}
}

// TestInhibitorsAreOrderedAsSaid is what four weeks of treatment rest on.
func TestInhibitorsAreOrderedAsSaid(t *testing.T) {
	for name, want := range map[string]struct{ atLeast, atMost int }{
		"kidney disease":                        {500, 700},
		"kidney disease with diabetes":          {900, 900},
		"kidney disease, treated for two weeks": {14, 14},
	} {
		for seed := range uint64(20) {
			first, last, status := inhibitors(namedOf(t, seed, name))
			if ago := int(asOf - first); ago < want.atLeast || ago > want.atMost {
				t.Errorf("%s: first ordered %d days ago", name, ago)
			}
			if asOf-last > 450 || status != "active" || asOf-last < 60 && last != first {
				t.Errorf("%s: last ordered %d days ago, %s", name, asOf-last, status)
			}
		}
	}
}

// inhibitors tells when lisinopril or losartan was first and last ordered, and how the last order stands.
func inhibitors(r *record) (first, last dates.Day, status string) {
	for _, v := range r.visits {
		for _, o := range v.orders {
			if o.drug != lisinopril && o.drug != losartan {
				continue
			}
			if first == 0 {
				first = v.day
			}
			last, status = v.day, o.status
		}
	}
	return first, last, status
}

// TestCoursesStopWithTheRecord lets one begin after the as-of day.
func TestCoursesStopWithTheRecord(t *testing.T) {
	l := begin(roll(1, 1), &profile{age: 60, years: 4, lastSeen: 20}, asOf)
	before := len(l.visits)
	l.follow(begun{course: heartAttack, ago: 1})
	if len(l.visits) != before {
		t.Error("an infarction of the last day but one was recorded")
	}
	l.follow(begun{course: heartAttack, ago: 30, stages: 2})
	if len(l.visits) != before+1 {
		t.Errorf("%d visits for an infarction 30 days ago, want one", len(l.visits)-before)
	}
}

func onsetOf(l *life, code concept) dates.Day {
	for _, v := range l.visits {
		for _, p := range v.problems {
			if p.code == code {
				return p.onset
			}
		}
	}
	return 0
}

// named makes the patient of a named profile that the cohort holds.
func named(t *testing.T, name string) *record { return namedOf(t, 1, name) }

func namedOf(t *testing.T, seed uint64, name string) *record {
	t.Helper()
	for n := range places {
		if Profile(n) == name {
			return live(seed, n, asOf)
		}
	}
	t.Fatalf("no profile %q", name)
	return nil
}
