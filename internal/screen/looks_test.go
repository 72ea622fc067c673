package screen_test

import (
	"testing"

	"prescreen/internal/chart"
	"prescreen/internal/terms"
	"prescreen/internal/trial"
)

// What touches no trial today may do so when each day sees farther ahead, or when the first contact moves along with the day.
func TestLookAfterWhatTouchesNothing(t *testing.T) {
	const sets = `format: 1
sets:
  - name: stroke
    domain: diagnosis
    course: event
    codes: [{system: snomed, code: "230690007"}]
`
	lib, list := terms.ReadSets(map[string][]byte{"sets.yaml": []byte(sets)})
	if list.HasErrors() {
		t.Fatal(list)
	}
	coded := func(system, code string) map[string]any {
		return map[string]any{"coding": []any{map[string]any{"system": system, "code": code}}}
	}
	subject := map[string]any{"reference": "Patient/p"}
	weight := func(on string) map[string]any { // a contact, and nothing that is asked about
		return map[string]any{
			"resourceType": "Observation", "id": "o" + on, "status": "final", "subject": subject,
			"code": coded(terms.LOINC, "29463-7"), "effectiveDateTime": on,
		}
	}
	base := []map[string]any{
		{"resourceType": "Patient", "id": "p", "gender": "female", "birthDate": "1960-05-05"},
		{"resourceType": "Condition", "id": "c", "subject": subject, "code": coded(terms.SNOMED, "195967001"), "onsetDateTime": "2001-02-03"},
	}
	const day = "2026-11-23"
	for _, c := range []struct {
		name, expr string
		old, now   []string // contacts
		was, want  string
	}{
		{
			"silence would end later, behind the horizon",
			`diagnosed("stroke", "ever")`,
			[]string{"2001-02-03", "2026-03-10", "2026-10-30"},
			[]string{"2001-02-03", "2026-03-10"},
			"2027-05-22", "2026-12-12",
		},
		{
			"the first contact was on an unknown day up to the day",
			`diagnosed("stroke", "since 2026-11-23")`,
			[]string{"2026-11-23"},
			[]string{"2026-11"},
			"2027-05-22", "2026-11-24",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := &world{dict: terms.NewDictionary(), units: chart.NewUnits(), site: settingsOf(t, nil), lib: lib}
			of := func(contacts []string) *chart.Chart {
				records := append([]map[string]any{}, base...)
				for _, on := range contacts {
					records = append(records, weight(on))
				}
				return (&caseFile{}).read(t, w, &patient{Add: records})[0]
			}
			old, now := of(c.old), of(c.now)
			tr := readTrial(t, lib, &trialCase{Criteria: []map[string]any{{"id": "E", "kind": "exclusion", "text": "As asked", "expr": c.expr}}})
			plan := newStock(c.name, []*trial.Trial{tr}, w, w.site, []*chart.Chart{old, now}, w.units).plan(mustDay(t, day))
			if touched := plan.Touched(old, now); len(touched) > 0 {
				t.Fatal("touched today:", touched)
			}
			worker := plan.NewWorker()
			was := worker.NextLook(old)
			if got := worker.NextLookAfter(old, now, was, nil); was.String() != c.was || got.String() != c.want {
				t.Errorf("the look that would have been on %v is on %v, want %s and %s; a whole one says %v", was, got, c.was, c.want, worker.NextLook(now))
			}
			if got := worker.NextLookAfter(old, now, mustDay(t, day), nil); got != worker.NextLook(now) {
				t.Errorf("a look that is due gives no whole one, but %v", got)
			}
		})
	}
}
