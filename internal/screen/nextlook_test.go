package screen_test

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/screen"
	"prescreen/internal/terms"
	"prescreen/internal/trial"
)

// rowsOn gives all that is kept of a chart as of a day.
func rowsOn(p *screen.Plan, c *chart.Chart) (rows [][]byte, lastContact, nextVisit dates.Day) {
	s := p.NewWorker().Screen(c)
	for i := range s.Rows {
		rows = append(rows, screen.AppendRow(nil, &s.Rows[i]))
	}
	return rows, s.LastContact, s.NextVisit
}

// Nothing that is kept of a chart changes before its next look.
func TestNothingChangesBeforeTheNextLook(t *testing.T) {
	all := stocks(t)
	days, looks, tomorrow := 0, 0, 0
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.SampledFrom(all).Draw(t, "stock")
		c := s.charts[rapid.IntRange(0, len(s.charts)-1).Draw(t, "chart")]
		day := aDay(t, c)
		if rapid.Bool().Draw(t, "altered") {
			person, items := s.alter(t, c.Person, itemsOf(c), day)
			c = built(person, items)
		}
		plan := s.plan(day)
		next := plan.NewWorker().NextLook(c)
		if next <= day || next > day.Add(s.site.Horizon) {
			t.Fatalf("%s: the next look after %v is on %v", s.name, day, next)
		}
		days, looks = days+int(next-day), looks+1
		if next == day+1 {
			tomorrow++
		}
		rows, last, visit := rowsOn(plan, c)
		for _, d := range before(t, day, next) {
			now, lastNow, visitNow := rowsOn(s.plan(d), c)
			if last != lastNow || visit != visitNow {
				t.Fatalf("%s on %v, before the look on %v: last contact %v becomes %v, next visit %v becomes %v", s.name, d, next, last, lastNow, visit, visitNow)
			}
			for i := range rows {
				if !bytes.Equal(rows[i], now[i]) {
					t.Fatalf("%s, %s: seen on %v, the next look would be on %v, but on %v\n%x becomes\n%x\n%s", s.name, s.trials[i].ID, day, next, d, rows[i], now[i], facts(c))
				}
			}
		}
	})
	t.Logf("a mean of %.0f days to the next look of %d, %d of them the next day", float64(days)/float64(looks), looks, tomorrow)
}

// Nor does anything change before the look after a change, which only asks the trials again that the change touches. The look
// that was may have been made days before.
func TestNothingChangesBeforeTheLookAfterAChange(t *testing.T) {
	all := stocks(t)
	looks, same, earlier := 0, 0, 0
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.SampledFrom(all).Draw(t, "stock")
		c := s.charts[rapid.IntRange(0, len(s.charts)-1).Draw(t, "chart")]
		first := aDay(t, c)
		person, items := c.Person, itemsOf(c)
		if rapid.Bool().Draw(t, "altered before") {
			person, items = s.alter(t, person, items, first)
		}
		old := built(person, items)
		was := s.plan(first).NewWorker().NextLook(old)
		day := first + dates.Day(rapid.IntRange(0, int(was-first)-1).Draw(t, "days later"))
		person, items = s.alter(t, person, items, day)
		now := built(person, items)
		plan := s.plan(day)
		next := plan.NewWorker().NextLookAfter(hot(t, old), now, was, plan.Touched(old, now))
		looks++
		switch whole := plan.NewWorker().NextLook(now); {
		case next <= day || next > max(was, whole):
			t.Fatalf("%s: the next look after %v, which would have been on %v, is on %v", s.name, day, was, next)
		case next == whole:
			same++
		case next < whole:
			earlier++
		}
		rows, last, visit := rowsOn(plan, now)
		for _, d := range before(t, day, next) {
			then, lastThen, visitThen := rowsOn(s.plan(d), now)
			if last != lastThen || visit != visitThen {
				t.Fatalf("%s on %v, before the look on %v: last contact %v becomes %v, next visit %v becomes %v", s.name, d, next, last, lastThen, visit, visitThen)
			}
			for i := range rows {
				if !bytes.Equal(rows[i], then[i]) {
					t.Fatalf("%s, %s: changed on %v, the next look would be on %v, but on %v\n%x becomes\n%x\n%s", s.name, s.trials[i].ID, day, next, d, rows[i], then[i], facts(now))
				}
			}
		}
	})
	t.Logf("of %d looks %d are those of a whole look, %d earlier", looks, same, earlier)
}

// before draws days between two, the last one always among them.
func before(t *rapid.T, day, next dates.Day) (days []dates.Day) {
	if next-day < 2 {
		return nil
	}
	days = append(days, next-1)
	for range 3 {
		days = append(days, day+1+dates.Day(rapid.IntRange(0, int(next-day)-2).Draw(t, "day before")))
	}
	return days
}

// What makes a chart be looked at again, and when.
func TestNextLook(t *testing.T) {
	const sets = `format: 1
sets:
  - name: stroke
    domain: diagnosis
    course: event
    codes: [{system: snomed, code: "230690007"}]
  - name: HbA1c
    domain: lab
    unit: "%"
    codes: [{system: loinc, code: "4548-4"}]
  - name: metformin
    domain: medication
    codes: [{system: rxnorm, code: "860975"}]
`
	lib, list := terms.ReadSets(map[string][]byte{"sets.yaml": []byte(sets)})
	if list.HasErrors() {
		t.Fatal(list)
	}
	coded := func(system, code string) map[string]any {
		return map[string]any{"coding": []any{map[string]any{"system": system, "code": code}}}
	}
	of := func(kind string, change map[string]any) map[string]any {
		r := map[string]any{"resourceType": kind, "id": kind + "-1", "subject": map[string]any{"reference": "Patient/p"}}
		for k, v := range change {
			r[k] = v
		}
		return r
	}
	stroke := func(onset string) map[string]any {
		return of("Condition", map[string]any{"code": coded(terms.SNOMED, "230690007"), "onsetDateTime": onset, "clinicalStatus": coded("http://terminology.hl7.org/CodeSystem/condition-clinical", "active")})
	}
	hba1c := func(on string) map[string]any {
		return of("Observation", map[string]any{
			"status": "final", "code": coded(terms.LOINC, "4548-4"), "effectiveDateTime": on,
			"valueQuantity": map[string]any{"value": 8, "unit": "%", "code": "%", "system": "http://unitsofmeasure.org"},
		})
	}
	ordered := func(on string) map[string]any {
		return of("MedicationRequest", map[string]any{
			"status": "stopped", "intent": "order", "medicationCodeableConcept": coded(terms.RxNorm, "860975"), "authoredOn": on,
		})
	}
	stopped, supplied, undated := ordered("2026-09-01"), ordered("2026-11-01"), stroke("2020")
	supplied["dispenseRequest"] = map[string]any{
		"expectedSupplyDuration": map[string]any{"value": 90, "unit": "d", "code": "d", "system": "http://unitsofmeasure.org"},
	}
	delete(undated, "onsetDateTime")
	consent := func(start, end string) map[string]any {
		return map[string]any{
			"resourceType": "Consent", "id": "c", "status": "active", "patient": map[string]any{"reference": "Patient/p"},
			"scope":     coded("http://terminology.hl7.org/CodeSystem/consentscope", "research"),
			"provision": map[string]any{"type": "deny", "period": map[string]any{"start": start, "end": end}},
		}
	}
	exclude := func(expr string) map[string]any {
		return map[string]any{"id": "E", "kind": "exclusion", "text": "As asked", "expr": expr}
	}
	include := func(expr string) map[string]any {
		return map[string]any{"id": "I", "kind": "inclusion", "text": "As asked", "expr": expr}
	}
	const recentStroke, goodHbA1c = `diagnosed("stroke", "last 90 days")`, `lab("HbA1c", "last 3 months") >= "7 %"`
	for _, c := range []struct {
		name     string
		records  []map[string]any
		criteria []map[string]any
		birth    string
		want     string
	}{
		{"nothing on record", nil, []map[string]any{include(goodHbA1c)}, "1960-05-05", "2027-05-22"},
		{"a birthday that counts", nil, []map[string]any{include("age >= 18")}, "2008-12-24", "2026-12-24"},
		{"a birthday that comes within the horizon", nil, []map[string]any{include("age >= 67")}, "1960-05-23", "2026-11-24"},
		{"a result grows old", []map[string]any{hba1c("2026-10-01")}, []map[string]any{include(goodHbA1c)}, "1960-05-05", "2027-01-02"},
		{"a result dated later", []map[string]any{hba1c("2026-11-30")}, []map[string]any{include(goodHbA1c)}, "1960-05-05", "2026-11-30"},
		{"a stroke leaves its window", []map[string]any{stroke("2026-10-01")}, []map[string]any{exclude(recentStroke)}, "1960-05-05", "2026-12-31"},
		{
			"what is waited for comes within the horizon",
			[]map[string]any{stroke("2026-11-01")},
			[]map[string]any{exclude(`diagnosed("stroke", "last 210 days")`)},
			"1960-05-05", "2026-12-02",
		},
		{"a day not known exactly", []map[string]any{stroke("2026-11")}, []map[string]any{exclude(recentStroke)}, "1960-05-05", "2026-11-24"},
		{"a day that nobody asks about", []map[string]any{stroke("2026")}, []map[string]any{include(goodHbA1c)}, "1960-05-05", "2026-12-31"},
		{
			"an order that ended on an unknown day, and nothing to wait for",
			[]map[string]any{stopped},
			[]map[string]any{include(`took("metformin", "last 30 days")`)},
			"1960-05-05", "2027-05-22",
		},
		{
			"an order that ended on an unknown day, and something to wait for",
			[]map[string]any{stopped, stroke("2026-11-01")},
			[]map[string]any{include(`took("metformin", "last 30 days")`), exclude(recentStroke)},
			"1960-05-05", "2026-11-24",
		},
		{"a denial begins", []map[string]any{consent("2026-12-05", "2027-12-05")}, []map[string]any{include(goodHbA1c)}, "1960-05-05", "2026-12-05"},
		{"a denial ends", []map[string]any{consent("2020-12-05", "2026-12-05")}, []map[string]any{include(goodHbA1c)}, "1960-05-05", "2026-12-05"},
		{
			"an order that ended on an unknown day, and passes until then",
			[]map[string]any{stopped},
			[]map[string]any{include(`took("metformin", "last 90 days")`)},
			"1960-05-05", "2026-11-24",
		},
		{
			"an order stopped before its supply ran out, and something to wait for",
			[]map[string]any{supplied, stroke("2026-11-01")},
			[]map[string]any{include(`took("metformin", "last 15 days")`), exclude(recentStroke)},
			"1960-05-05", "2026-11-24",
		},
		{
			"from then on, a year after it began, an order has ended",
			[]map[string]any{ordered("2025-12-01")},
			[]map[string]any{exclude(`took("metformin", "last 30 days")`)},
			"1960-05-05", "2026-12-01",
		},
		{"a birthday that an undated disease may have come before", []map[string]any{undated}, []map[string]any{include(`age_at("stroke") >= 60`)}, "1966-12-24", "2026-12-24"},
		{"a denial ends today", []map[string]any{consent("2020-12-05", "2026-11-23")}, []map[string]any{include(goodHbA1c)}, "1960-05-05", "2026-11-24"},
		{"only the denied are not asked", []map[string]any{consent("2020-12-05", "2036-12-05"), stroke("2026-10-01")}, []map[string]any{exclude(recentStroke)}, "1960-05-05", "2027-05-22"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := &world{dict: terms.NewDictionary(), units: chart.NewUnits(), site: settingsOf(t, nil), lib: lib}
			person := map[string]any{"resourceType": "Patient", "id": "p", "gender": "female", "birthDate": c.birth}
			charts := (&caseFile{}).read(t, w, &patient{Add: append([]map[string]any{person}, c.records...)})
			tr := readTrial(t, lib, &trialCase{Criteria: c.criteria})
			s := newStock(c.name, []*trial.Trial{tr}, w, w.site, charts, w.units)
			if got := s.plan(mustDay(t, "2026-11-23")).NewWorker().NextLook(charts[0]); got.String() != c.want {
				t.Errorf("the next look is on %v, want %s", got, c.want)
			}
		})
	}
}

// Most charts rest for weeks: a look on every day would be right, and useless.
func TestNextLookIsNotTooEarly(t *testing.T) {
	path := synthea()
	if path == "" {
		t.Skip("no synthea-r4.zip in ../shared/data")
	}
	s := shipped(t, false, path)
	day := dates.NewDay(2021, 4, 1)
	plan := s.plan(day)
	worker := plan.NewWorker()
	charts, days, tomorrow := 0, 0, 0
	for _, c := range s.charts {
		if worker.ScreenOne(c, 0).Withheld != screen.NotWithheld {
			continue
		}
		next := worker.NextLook(c)
		charts, days = charts+1, days+int(next-day)
		if next == day+1 {
			tomorrow++
		}
	}
	mean := float64(days) / float64(charts)
	t.Logf("a mean of %.0f days to the next look of %d living patients under %d trials, %d of them tomorrow", mean, charts, len(s.trials), tomorrow)
	if mean < 20 || tomorrow > charts/8 {
		t.Error("looks come too early")
	}
}
