package intake

import (
	"strings"
	"testing"
)

// The amounts are told as "dose LOW[-HIGH] UNIT in N d"; FHIR's own examples of timings are at
// https://hl7.org/fhir/R4/datatypes-examples.html#Timing.
func TestDosages(t *testing.T) {
	timed := func(timing string) string {
		return `{"timing":` + timing + `,"doseAndRate":[{"doseQuantity":{"value":250,"unit":"mg"}}]}`
	}
	repeat := func(members string) string { return timed(`{"repeat":{` + members + `}}`) }
	for name, c := range map[string]struct{ dosages, want string }{
		"twice a day":                {repeat(`"frequency":2,"period":1,"periodUnit":"d"`), "dose 500 mg in 1 d"},
		"every 6 hours":              {repeat(`"frequency":1,"period":6,"periodUnit":"h"`), "dose 1000 mg in 1 d"},
		"every 5 hours":              {repeat(`"frequency":1,"period":5,"periodUnit":"h"`), "dose 6000 mg in 5 d"},
		"every 1.5 days":             {repeat(`"frequency":1,"period":1.5,"periodUnit":"d"`), "dose 500 mg in 3 d"},
		"weekly":                     {repeat(`"frequency":1,"period":1,"periodUnit":"wk"`), "dose 250 mg in 7 d"},
		"once or twice a day":        {repeat(`"frequency":1,"frequencyMax":2,"period":1,"periodUnit":"d"`), "dose 250-500 mg in 1 d"},
		"every 4 to 6 hours":         {repeat(`"frequency":1,"period":4,"periodMax":6,"periodUnit":"h"`), "dose 1000-1500 mg in 1 d"},
		"with breakfast and dinner":  {repeat(`"when":["CM","CV"]`), "dose 500 mg in 1 d"},
		"at two times of day":        {repeat(`"timeOfDay":["08:00","20:00"]`), "dose 500 mg in 1 d"},
		"on three days of the week":  {repeat(`"dayOfWeek":["mon","wed","fri"]`), "dose 750 mg in 7 d"},
		"daily, and on some days":    {repeat(`"dayOfWeek":["mon"],"frequency":1,"period":1,"periodUnit":"d"`), "dose unclear"},
		"monthly":                    {repeat(`"frequency":1,"period":1,"periodUnit":"mo"`), "dose unclear"},
		"by a code":                  {timed(`{"code":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-GTSAbbreviation","code":"TID"}]}}`), "dose 750 mg in 1 d"},
		"by a code that is not read": {timed(`{"code":{"text":"as directed"}}`), "dose unclear"},
		"no timing":                  {`{"doseAndRate":[{"doseQuantity":{"value":250,"unit":"mg"}}]}`, "dose unclear"},
		"no dose":                    {`{"timing":{"repeat":{"frequency":2,"period":1,"periodUnit":"d"}}}`, ""},
		"no unit":                    {`{"timing":{"repeat":{"frequency":2,"period":1,"periodUnit":"d"}},"doseAndRate":[{"doseQuantity":{"value":1}}]}`, "dose unclear"},
		"a rate":                     {`{"timing":{"repeat":{"frequency":2,"period":1,"periodUnit":"d"}},"doseAndRate":[{"rateQuantity":{"value":1,"unit":"mL/h"}}]}`, ""},
		"two, added up":              {repeat(`"when":["MORN"]`) + "," + repeat(`"frequency":1,"period":2,"periodUnit":"d"`), "dose 750 mg in 2 d"},
		"two units":                  {repeat(`"when":["MORN"]`) + `,{"timing":{"repeat":{"when":["EVE"]}},"doseAndRate":[{"doseQuantity":{"value":1,"unit":"g"}}]}`, "dose unclear"},
		"one after the other":        {`{"sequence":1,` + repeat(`"when":["MORN"]`)[1:] + `,{"sequence":2,` + repeat(`"when":["MORN"]`)[1:], "dose unclear"},
		"one without a dose":         {repeat(`"when":["MORN"]`) + `,{"text":"and as told"}`, "dose unclear"},
		"as needed":                  {`{"asNeededBoolean":true,` + repeat(`"frequency":4,"period":1,"periodUnit":"d"`)[1:], "dose 0-1000 mg in 1 d"},
	} {
		t.Run(name, func(t *testing.T) {
			order := `{"resourceType":"MedicationRequest","id":"m","status":"active","intent":"order","medicationCodeableConcept":{"coding":[{"system":"s","code":"M"}]},"dosageInstruction":[` + c.dosages + `]}`
			co, charts := readText(t, lines(onePatient, about(order)))
			if len(co.Rejected) > 0 || len(charts) != 1 || len(charts[0].Facts) != 1 {
				t.Fatal(co.Rejected)
			}
			line := tell(co, charts[0], 0)
			if c.want == "" && strings.Contains(line, "dose") || !strings.Contains(line, c.want) {
				t.Errorf("told %q, want %q", line, c.want)
			}
		})
	}
}

func TestStagesDatesAndPlaces(t *testing.T) {
	condition := `{"resourceType":"Condition","id":"c","code":{"coding":[{"system":"s","code":"C"}]},"recordedDate":"2026-09-02","stage":[{"type":{"coding":[{"system":"s","code":"T"}]},"summary":{"coding":[{"system":"s","code":"IV"}],"text":"Stage IV"}}]%}`
	for name, c := range map[string]struct {
		resources []string
		want      string
	}{
		"a stage": {[]string{strings.Replace(condition, "%", "", 1)}, "Condition final [T C] coded=Stage IV  <IV> “Stage IV” @2026-09-02 noted 2026-09-02"},
		"a stage of what is not confirmed": {
			[]string{strings.Replace(condition, "%", `,"verificationStatus":{"coding":[{"code":"provisional"}]}`, 1)},
			"Condition preliminary [T C]",
		},
		"a value that is a date": {
			[]string{`{"resourceType":"Observation","id":"o","status":"final","code":{"coding":[{"system":"s","code":"EDD"}]},"effectiveDateTime":"2026-06-01","valueDateTime":"2027-01-10"}`},
			"Observation final [EDD] other=2027-01-10  @2026-06-01 until 2027-01-10",
		},
		"at an outpatient visit": {
			[]string{
				`{"resourceType":"Encounter","id":"e","status":"finished","class":{"code":"AMB"},"period":{"start":"2026-06-01"}}`,
				`{"resourceType":"Observation","id":"o","status":"final","code":{"coding":[{"system":"s","code":"L"}]},"effectiveDateTime":"2026-06-01","encounter":{"reference":"Encounter/e"},"valueInteger":1}`,
			}, "plain-number outpatient",
		},
		"a long text is no answer": {
			[]string{`{"resourceType":"Observation","id":"o","status":"final","code":{"coding":[{"system":"s","code":"L"}]},"effectiveDateTime":"2026-06-01","valueString":"` + strings.Repeat("x", longestText+1) + `"}`},
			strings.Repeat("x", longestText+1) + "  @2026-06-01",
		},
	} {
		t.Run(name, func(t *testing.T) {
			var resources []string
			for _, r := range c.resources {
				resources = append(resources, about(r))
			}
			co, charts := readText(t, lines(append([]string{onePatient}, resources...)...))
			if len(co.Rejected) > 0 || len(charts) != 1 {
				t.Fatal(co.Rejected)
			}
			var told []string
			for i := range charts[0].Facts {
				told = append(told, tell(co, charts[0], i))
			}
			if all := strings.Join(told, "\n"); !strings.Contains(all, c.want) {
				t.Errorf("told\n%s\nwant %s", all, c.want)
			}
		})
	}
}
