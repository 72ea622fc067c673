package intake

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/terms"
)

var paris = time.FixedZone("site", 3600)

// readText reads one document in the site's zone.
func readText(t testing.TB, text string) (*Cohort, []*chart.Chart) {
	t.Helper()
	c, err := Read(t.Context(), Options{Zone: paris, Workers: 1}, []string{"-"}, strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	var charts []*chart.Chart
	if err := c.Each(t.Context(), 1, func(Visit) error { return nil }); err != nil {
		t.Fatal(err)
	}
	for _, k := range c.Keys() {
		ch, err := c.Chart(k)
		if err != nil {
			t.Fatal(err)
		}
		charts = append(charts, ch)
	}
	return c, charts
}

const onePatient = `{"resourceType":"Patient","id":"p","birthDate":"1970-05-17","gender":"female"}`

// lines makes NDJSON of resources.
func lines(resources ...string) string {
	for i, r := range resources {
		var b bytes.Buffer
		for _, l := range strings.Split(r, "\n") {
			b.WriteString(strings.TrimSpace(l))
		}
		resources[i] = b.String()
	}
	return strings.Join(resources, "\n") + "\n"
}

// about puts the subject into a resource that is written without it.
func about(resource string) string {
	at := strings.Index(resource, `"resourceType":"`)
	if at < 0 {
		return resource
	}
	kind := resource[at+16:]
	kind = kind[:strings.IndexByte(kind, '"')]
	subject := kindReaders[kind].subject
	if subject == "" || strings.Contains(resource, `"`+subject+`":`) {
		return resource
	}
	return strings.Replace(resource, `{`, `{"`+subject+`":{"reference":"Patient/p"},`, 1)
}

// tell writes a fact as a line.
func tell(c *Cohort, ch *chart.Chart, i int) string {
	f, s := &ch.Facts[i], &ch.Sources[i]
	var codes []string
	for _, id := range ch.CodesIn(f.Codes) {
		codes = append(codes, c.Dictionary.Coding(id).Code)
	}
	line := fmt.Sprintf("%s %s [%s]", f.Origin, statusNames[f.Status], strings.Join(codes, " "))
	if f.Certainty != chart.Unsaid {
		line += " " + certaintyNames[f.Certainty]
	}
	switch {
	case f.Form == chart.NoValue:
	case f.Kind == chart.Medication:
		line += tellDose(c, ch, f)
	default:
		line += fmt.Sprintf(" %s=%s %s", formNames[f.Form], s.Value, c.Units.Name(f.Unit))
	}
	for _, id := range ch.CodesIn(f.Answer) {
		if coding := c.Dictionary.Coding(id); coding.System == terms.TextSystem {
			line += " “" + textFor(coding.Code, s) + "”"
		} else {
			line += " <" + coding.Code + ">"
		}
	}
	line += tellTime(" @", f.Begin) + tellTime(" until ", f.End) + tellTime(" noted ", f.Noted)
	if f.Supply >= 0 && ch.Supplies[f.Supply].Days > 0 {
		line += fmt.Sprintf(" supply %d+%d", ch.Supplies[f.Supply].Days, ch.Supplies[f.Supply].Refills)
	}
	for _, b := range flagNames {
		if f.Flags.Has(b.flag) {
			line += " " + b.name
		}
	}
	return line
}

func tellDose(c *Cohort, ch *chart.Chart, f *chart.Fact) string {
	if f.Form == chart.OtherForm {
		return " dose unclear"
	}
	s := " dose " + f.Value.String()
	if f.Form == chart.Interval {
		s += "-" + f.High.String()
	}
	s += " " + c.Units.Name(f.Unit)
	if f.Supply >= 0 && ch.Supplies[f.Supply].PerDays > 0 {
		return s + fmt.Sprintf(" in %d d", ch.Supplies[f.Supply].PerDays)
	}
	return s + " once"
}

var statusNames = [chart.StatusCount]string{
	chart.NoStatus: "no-status", chart.OtherStatus: "other-status", chart.Active: "active", chart.Recurrence: "recurrence",
	chart.Relapse: "relapse", chart.Inactive: "inactive", chart.Remission: "remission", chart.Resolved: "resolved", chart.Final: "final",
	chart.Preliminary: "preliminary", chart.Registered: "registered", chart.Cancelled: "cancelled", chart.Completed: "completed",
	chart.Stopped: "stopped", chart.OnHold: "on-hold", chart.Draft: "draft", chart.NotTaken: "not-taken", chart.Intended: "intended",
	chart.InProgress: "in-progress", chart.Planned: "planned", chart.OnTrial: "on-trial", chart.Candidate: "candidate",
	chart.OffTrial: "off-trial",
}

var certaintyNames = []string{chart.Confirmed: "confirmed", chart.Doubtful: "doubtful", chart.Refuted: "refuted"}

var formNames = []string{
	chart.Number: "number", chart.Interval: "interval", chart.Coded: "coded", chart.Text: "text", chart.Boolean: "boolean",
	chart.Absent: "absent", chart.OtherForm: "other",
}

var flagNames = []struct {
	flag chart.Flags
	name string
}{
	{chart.AsNeeded, "as-needed"},
	{chart.HasFocus, "focus"},
	{chart.ProxyTime, "proxy"},
	{chart.RecordedFor, "recorded"},
	{chart.ByVisit, "by-visit"},
	{chart.Repeat, "repeat"},
	{chart.Conflicting, "conflicting"},
	{chart.Uncoded, "uncoded"},
	{chart.Inpatient, "inpatient"},
	{chart.Deny, "deny"},
	{chart.Research, "research"},
	{chart.UnknownModifier, "modifier"},
	{chart.Component, "component"},
	{chart.PerNumber, "plain-number"},
	{chart.Outpatient, "outpatient"},
}

func tellTime(label string, w dates.When) string {
	if !w.Known() {
		return ""
	}
	if w.From == w.To {
		return label + w.From.String()
	}
	return label + w.From.String() + ".." + w.To.String()
}

// TestResourcesBecomeFacts: what each field of each kind leads to, per the FHIR pages of the kinds.
func TestResourcesBecomeFacts(t *testing.T) {
	lab := `{"resourceType":"Observation","id":"o","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"L"}]},`
	for _, c := range []struct {
		name, resource string
		facts          []string
		gaps           []string
	}{
		{
			"quantity", lab + `"effectiveDateTime":"2021-03-31T23:30:00Z","issued":"2021-04-02T08:00:00Z","valueQuantity":{"value":7.00,"unit":"percent","system":"http://unitsofmeasure.org","code":"%"}}`,
			[]string{"Observation final [L] number=7.00 % @2021-04-01 noted 2021-04-02"},
			nil,
		},
		{
			"unit without a UCUM code", lab + `"effectiveDateTime":"2021-03","valueQuantity":{"value":7,"unit":"mg/dl","system":"urn:x","code":"X"}}`,
			[]string{"Observation final [L] number=7 mg/dl @2021-03-01..2021-03-31"},
			nil,
		},
		{
			"comparator", lab + `"effectiveDateTime":"2021","valueQuantity":{"value":5,"comparator":"\u003c","unit":"mg/L"}}`,
			[]string{"Observation final [L] number=<5 mg/L @2021-01-01..2021-12-31"},
			nil,
		},
		{
			"integer", lab + `"valueInteger":1,"effectiveInstant":"2021-04-01T10:00:00.123+02:00"}`,
			[]string{"Observation final [L] number=1  @2021-04-01 plain-number"},
			nil,
		},
		{
			"issued stands in", lab + `"valueString":"positive","issued":"2021-04-02T08:00:00Z"}`,
			[]string{"Observation final [L] text=positive  “positive” @2021-04-02 noted 2021-04-02 proxy"},
			nil,
		},
		{
			"period", lab + `"valueBoolean":true,"effectivePeriod":{"start":"2021-04-02","end":"2021-04-05"}}`,
			[]string{"Observation final [L] boolean=true  @2021-04-02..2021-04-05"},
			nil,
		},
		{
			"timing", lab + `"valueBoolean":false,"effectiveTiming":{"event":["2021-04-05","2021-04-02"]}}`,
			[]string{"Observation final [L] boolean=false  @2021-04-02..2021-04-05"},
			nil,
		},
		{
			"range", lab + `"valueRange":{"low":{"value":55,"unit":"%"},"high":{"value":60,"unit":"%"}}}`,
			[]string{"Observation final [L] interval=55-60 %"},
			nil,
		},
		{"range with one end", lab + `"valueRange":{"high":{"value":60,"unit":"%"}}}`, []string{"Observation final [L] number=<=60 %"}, nil},
		{
			"answer", lab + `"valueCodeableConcept":{"coding":[{"system":"http://loinc.org","code":"LA6576-8","display":"Positive"}]}}`,
			[]string{"Observation final [L] coded=Positive  <LA6576-8> “Positive”"},
			nil,
		},
		{"answer in words", lab + `"valueCodeableConcept":{"text":"weakly positive"}}`, []string{"Observation final [L] text=weakly positive  “weakly positive”"}, nil},
		{
			"absent", lab + `"dataAbsentReason":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/data-absent-reason","code":"not-performed"}]}}`,
			[]string{"Observation final [L] absent=  <not-performed>"},
			nil,
		},
		{"ratio", lab + `"valueRatio":{"numerator":{"value":1},"denominator":{"value":128}}}`, []string{"Observation final [L] other= "}, nil},
		{"value and reason for its absence", lab + `"valueString":"5","dataAbsentReason":{"text":"error"}}`, []string{"Observation final [L] absent=error "}, []string{"value-not-understood Observation/o /dataAbsentReason"}},
		{"focus", lab + `"focus":[{"reference":"Patient/fetus"}],"valueInteger":1}`, []string{"Observation final [L] number=1  focus plain-number"}, nil},
		{"time that is none", lab + `"effectiveDateTime":"last week","valueInteger":1}`, []string{"Observation final [L] number=1  plain-number"}, []string{"date-not-understood Observation/o /effectiveDateTime"}},
		{
			"time given only as absent", lab + `"_effectiveDateTime":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"unknown"}]},"valueInteger":1}`,
			[]string{"Observation final [L] number=1  plain-number"},
			nil,
		},
		{
			"no status", `{"resourceType":"Observation","id":"o","code":{"text":"glucose"},"valueInteger":1}`,
			[]string{"Observation no-status [] number=1  uncoded plain-number"},
			[]string{"status-missing Observation/o "},
		},
		{"in error", `{"resourceType":"Observation","id":"o","status":"entered-in-error","code":{"text":"x"}}`, nil, []string{"entered-in-error Observation/o /status"}},
		{
			"modifier extension", lab + `"valueInteger":1,"modifierExtension":[{"url":"urn:not","valueBoolean":true}]}`,
			[]string{"Observation final [L] number=1  modifier plain-number"},
			[]string{"modifier-extension Observation/o /modifierExtension"},
		},
		{
			"panel", lab + `"effectiveDateTime":"2021-04-01","component":[{"code":{"coding":[{"code":"S"}]},"valueQuantity":{"value":120,"unit":"mm[Hg]"}},{"code":{"coding":[{"code":"D"}]},"dataAbsentReason":{"text":"cuff"}}]}`,
			[]string{"Observation final [S] number=120 mm[Hg] @2021-04-01 component", "Observation final [D] absent=cuff  @2021-04-01 component"},
			nil,
		},
		{
			"panel with a value of its own", lab + `"valueInteger":3,"component":[{"code":{"coding":[{"code":"S"}]},"valueInteger":2}]}`,
			[]string{"Observation final [L] number=3  plain-number", "Observation final [S] number=2  component plain-number"},
			nil,
		},

		{
			"condition", `{"resourceType":"Condition","id":"c","clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"resolved"}]},"verificationStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-ver-status","code":"provisional"}]},"code":{"coding":[{"system":"http://snomed.info/sct","code":"22298006"}]},"onsetDateTime":"2019","recordedDate":"2019-05-02","abatementDateTime":"2020-01-02"}`,
			[]string{"Condition resolved [22298006] doubtful @2019-01-01..2019-05-02 until 2020-01-02 noted 2019-05-02"},
			nil,
		},
		{
			"condition only recorded", `{"resourceType":"Condition","id":"c","code":{"coding":[{"code":"C"}]},"recordedDate":"2019-05"}`,
			[]string{"Condition no-status [C] @-..2019-05-31 noted 2019-05-01..2019-05-31 recorded"},
			nil,
		},
		{
			"condition at an age", `{"resourceType":"Condition","id":"c","code":{"coding":[{"code":"C"}]},"onsetAge":{"value":5,"unit":"years","system":"http://unitsofmeasure.org","code":"a"}}`,
			[]string{"Condition no-status [C] @1975-05-17..1976-05-16"},
			nil,
		},
		{
			"condition in an age range", `{"resourceType":"Condition","id":"c","code":{"coding":[{"code":"C"}]},"onsetRange":{"low":{"value":5,"code":"a"},"high":{"value":7,"code":"a"}}}`,
			[]string{"Condition no-status [C] @1975-05-17..1978-05-16"},
			nil,
		},
		{
			"condition in words", `{"resourceType":"Condition","id":"c","code":{"text":"gout"},"onsetString":"as a child","abatementString":"after diet"}`,
			[]string{"Condition no-status [] uncoded"},
			nil,
		},
		{
			"status of another system", `{"resourceType":"Condition","id":"c","clinicalStatus":{"coding":[{"system":"urn:local","code":"quiet"}]},"code":{"coding":[{"code":"C"}]}}`,
			[]string{"Condition no-status [C]"},
			nil,
		},

		{
			"order", `{"resourceType":"MedicationRequest","id":"m","status":"active","intent":"order","medicationCodeableConcept":{"coding":[{"code":"M"}]},"authoredOn":"2021-01-10","dispenseRequest":{"validityPeriod":{"start":"2021-01-10","end":"2030-01-01"},"numberOfRepeatsAllowed":2,"expectedSupplyDuration":{"value":30,"unit":"days","system":"http://unitsofmeasure.org","code":"d"}}}`,
			[]string{"MedicationRequest active [M] @2021-01-10 until 2021-04-09 noted 2021-01-10 supply 30+2"},
			nil,
		},
		{
			"order with bounds", `{"resourceType":"MedicationRequest","id":"m","status":"stopped","intent":"order","medicationCodeableConcept":{"coding":[{"code":"M"}]},"authoredOn":"2021-01-10","dosageInstruction":[{"asNeededBoolean":true,"timing":{"repeat":{"boundsPeriod":{"start":"2021-01-12","end":"2021-02-01"}}}}]}`,
			[]string{"MedicationRequest stopped [M] @2021-01-12 until 2021-02-01 noted 2021-01-10 as-needed"},
			nil,
		},
		{
			"order not to", `{"resourceType":"MedicationRequest","id":"m","status":"active","intent":"order","doNotPerform":true,"medicationCodeableConcept":{"coding":[{"code":"M"}]}}`,
			[]string{"MedicationRequest not-taken [M]"},
			nil,
		},
		{
			"proposal", `{"resourceType":"MedicationRequest","id":"m","status":"active","intent":"proposal","medicationCodeableConcept":{"coding":[{"code":"M"}]}}`,
			[]string{"MedicationRequest intended [M]"},
			nil,
		},
		{
			"contained medication", `{"resourceType":"MedicationRequest","id":"m","status":"active","intent":"order","contained":[{"resourceType":"Medication","id":"x","code":{"coding":[{"code":"M"}]},"ingredient":[{"itemCodeableConcept":{"coding":[{"code":"I"}]}},{"isActive":false,"itemCodeableConcept":{"coding":[{"code":"J"}]}}]}],"medicationReference":{"reference":"#x"}}`,
			[]string{"MedicationRequest active [M I]"},
			nil,
		},
		{
			"medication nowhere", `{"resourceType":"MedicationRequest","id":"m","status":"active","intent":"order","medicationReference":{"reference":"Medication/none"}}`,
			[]string{"MedicationRequest active [] uncoded"},
			[]string{"reference-not-resolved MedicationRequest/m /medicationReference"},
		},
		{
			"dispense", `{"resourceType":"MedicationDispense","id":"m","status":"completed","medicationCodeableConcept":{"coding":[{"code":"M"}]},"whenHandedOver":"2026-10-20T10:00:00+01:00","daysSupply":{"value":28}}`,
			[]string{"MedicationDispense completed [M] @2026-10-20 until 2026-11-16 noted 2026-10-20 supply 28+0"},
			nil,
		},
		{
			"administration", `{"resourceType":"MedicationAdministration","id":"m","status":"completed","medicationCodeableConcept":{"coding":[{"code":"M"}]},"effectiveDateTime":"2021-02-03"}`,
			[]string{"MedicationAdministration completed [M] @2021-02-03 until 2021-02-03 noted 2021-02-03"},
			nil,
		},
		{
			"statement", `{"resourceType":"MedicationStatement","id":"m","status":"not-taken","medicationCodeableConcept":{"coding":[{"code":"M"}]},"dateAsserted":"2021-02-03"}`,
			[]string{"MedicationStatement not-taken [M] @-..2021-02-03 noted 2021-02-03 recorded"},
			nil,
		},

		{
			"procedure", `{"resourceType":"Procedure","id":"x","status":"not-done","code":{"coding":[{"code":"P"}]},"performedPeriod":{"start":"2021-01-01","end":"2021-01-03"}}`,
			[]string{"Procedure not-taken [P] @2021-01-01 until 2021-01-03"},
			nil,
		},
		{
			"allergy", `{"resourceType":"AllergyIntolerance","id":"a","verificationStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/allergyintolerance-verification","code":"confirmed"}]},"code":{"coding":[{"code":"716186003"}]},"reaction":[{"substance":{"coding":[{"code":"S"}]}}]}`,
			[]string{"AllergyIntolerance no-status [716186003 S] confirmed"},
			nil,
		},
		{
			"immunization", `{"resourceType":"Immunization","id":"i","status":"completed","vaccineCode":{"coding":[{"code":"140"}]},"recorded":"2021-02-03","occurrenceString":"as a child"}`,
			[]string{"Immunization completed [140] @-..2021-02-03 noted 2021-02-03 recorded"},
			nil,
		},
		{
			"encounter", `{"resourceType":"Encounter","id":"e","status":"finished","class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"IMP"},"type":[{"coding":[{"code":"T"}]}],"period":{"start":"2021-02-03T09:00:00Z","end":"2021-02-05T09:00:00Z"}}`,
			[]string{"Encounter completed [T] <IMP> @2021-02-03 until 2021-02-05 inpatient"},
			nil,
		},
		{
			"appointment", `{"resourceType":"Appointment","id":"v","status":"booked","start":"2027-02-03T09:00:00Z","participant":[{"actor":{"reference":"Practitioner/p"}},{"actor":{"reference":"Patient/p"}}]}`,
			[]string{"Appointment planned [] @2027-02-03"},
			nil,
		},
		{
			"family history", `{"resourceType":"FamilyMemberHistory","id":"f","status":"completed","relationship":{"coding":[{"code":"MTH"}]},"condition":[{"code":{"coding":[{"code":"C"}]}},{"code":{"text":"gout"}}]}`,
			[]string{"FamilyMemberHistory completed [C] <MTH>", "FamilyMemberHistory completed [] <MTH> uncoded"},
			nil,
		},
		{
			"report", `{"resourceType":"DiagnosticReport","id":"d","status":"partial","code":{"coding":[{"code":"R"}]},"effectiveDateTime":"2021-02-03"}`,
			[]string{"DiagnosticReport preliminary [R] @2021-02-03"},
			nil,
		},
		{
			"document", `{"resourceType":"DocumentReference","id":"d","status":"current","type":{"coding":[{"code":"34117-2"}]},"date":"2021-02-04","context":{"period":{"start":"2021-02-03"}},"content":[{"attachment":{"data":"SGVsbG8="}}]}`,
			[]string{"DocumentReference final [34117-2] @2021-02-03 noted 2021-02-04"},
			nil,
		},
		{
			"opt-out", `{"resourceType":"Consent","id":"k","status":"active","scope":{"coding":[{"code":"research"}]},"dateTime":"2021-01-01","provision":{"type":"deny","period":{"start":"2021-01-01","end":"2031-01-01"},"data":[{"meaning":"instance","reference":{"reference":"ResearchStudy/NCT1"}}]}}`,
			[]string{"Consent active [research] <NCT1> @2021-01-01 until 2031-01-01 noted 2021-01-01 deny research"},
			nil,
		},
		{
			"opt-out by policy", `{"resourceType":"Consent","id":"k","status":"active","scope":{"coding":[{"code":"research"}]},"policyRule":{"coding":[{"code":"OPTOUT"}]}}`,
			[]string{"Consent active [research] deny research"},
			nil,
		},
		{
			"exception inside a permit", `{"resourceType":"Consent","id":"k","status":"active","scope":{"coding":[{"code":"patient-privacy"}]},"provision":{"type":"permit","provision":[{"type":"deny","purpose":[{"code":"HRESCH"}]},{"type":"deny","purpose":[{"code":"HMARKT"}]}]}}`,
			[]string{"Consent active [patient-privacy]", "Consent active [patient-privacy HRESCH] deny research"},
			nil,
		},
		{
			"research subject", `{"resourceType":"ResearchSubject","id":"r","status":"on-study","study":{"reference":"ResearchStudy/NCT1","identifier":{"system":"urn:reg","value":"NCT2"}},"period":{"start":"2021-01-01"}}`,
			[]string{"ResearchSubject on-trial [] <NCT1> <NCT2> <NCT2> @2021-01-01"},
			nil,
		},
		{
			"coverage", `{"resourceType":"Coverage","id":"r","status":"active","type":{"coding":[{"code":"PUB"}]},"period":{"start":"2021-01-01"}}`,
			[]string{"Coverage active [PUB] @2021-01-01"},
			nil,
		},
		{"flag", `{"resourceType":"Flag","id":"r","status":"inactive","code":{"coding":[{"code":"F"}]}}`, []string{"Flag inactive [F]"}, nil},
		{"care team", `{"resourceType":"CareTeam","id":"r","category":[{"coding":[{"code":"T"}]}]}`, []string{"CareTeam no-status [T]"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			co, charts := readText(t, lines(onePatient, about(c.resource)))
			if len(co.Rejected) > 0 {
				t.Fatal(co.Rejected)
			}
			if len(charts) != 1 {
				t.Fatalf("%d charts", len(charts))
			}
			var got, gaps []string
			for i := range charts[0].Facts {
				got = append(got, tell(co, charts[0], i))
			}
			for _, g := range charts[0].Gaps {
				gaps = append(gaps, strings.Join([]string{string(g.Kind), g.Resource, g.Pointer}, " "))
			}
			if diff := cmp.Diff(c.facts, got); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(c.gaps, gaps); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestUnusableResourcesAreRejectedByTheirPlace(t *testing.T) {
	for resource, want := range map[string]string{
		`{"resourceType":"Observation","id":"o","status":"weird","code":{"text":"x"}}`:                                                                           "line 2/status a code outside FHIR's list for this element",
		`{"resourceType":"Observation","id":"o","status":5}`:                                                                                                     "line 2/status a string is expected",
		`{"resourceType":"Observation","id":"o","status":"final","STATUS":"x","code":{"coding":[{},{"code":7}]}}`:                                                "line 2/code/coding/1/code a string is expected",
		`{"resourceType":"Observation","id":"o","status":"final","valueQuantity":{"value":"7"}}`:                                                                 "line 2/valueQuantity/value a number is expected",
		`{"resourceType":"Observation","id":"o","status":"final","valueQuantity":{"value":7,"comparator":"~"}}`:                                                  "line 2/valueQuantity/comparator a comparator outside FHIR's list",
		`{"resourceType":"Observation","id":"o","status":"final","status":"entered-in-error"}`:                                                                   "line 2/status the same member name twice in one object",
		`{"resourceType":"MedicationRequest","id":"o","status":"active","intent":"wish"}`:                                                                        "line 2/intent a code outside FHIR's list for this element",
		`{"resourceType":"Consent","id":"o","status":"active","provision":{"type":7}}`:                                                                           "line 2/provision/type a value of the wrong kind for its element",
		`{"resourceType":"Condition","id":"o","clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"odd"}]}}`: "line 2/clinicalStatus/coding/0/code a code outside FHIR's list for this element",
		`{"resourceType":"Observation","id":"o","status":"final"`:                                                                                                "line 2/status ends in the middle of a JSON value",
		`{"resourceType":"Observation","id":"o" "status":"final"}`:                                                                                               "line 2/id not well-formed JSON",
		`{"id":"o"}`: "line 2 no resourceType: not a FHIR resource",
		`[1]`:        "line 2 an object is expected",
	} {
		co, charts := readText(t, lines(onePatient, about(resource), `{"resourceType":"Condition","id":"ok","subject":{"reference":"Patient/p"},"code":{"text":"gout"}}`))
		if len(co.Rejected) != 1 {
			t.Errorf("%s: rejected %v", resource, co.Rejected)
			continue
		}
		if got := co.Rejected[0].Pointer + " " + co.Rejected[0].Reason; got != want {
			t.Errorf("%s:\n got %s\nwant %s", resource, got, want)
		}
		if len(charts) != 1 || sure(charts[0]) != 1 {
			t.Errorf("%s: the rest was not read", resource)
		}
	}
}

// sure counts the facts that may decide something.
func sure(c *chart.Chart) (n int) {
	for i := range c.Facts {
		if !c.Facts[i].Flags.Has(chart.UnknownModifier) {
			n++
		}
	}
	return n
}

func TestRejectedResourceLeavesAGapWithItsPatient(t *testing.T) {
	_, charts := readText(t, lines(onePatient, about(`{"resourceType":"Observation","id":"o","status":"weird"}`)))
	want := []chart.Gap{{Kind: GapRejected, Resource: "Observation/o", Pointer: "/status"}}
	if diff := cmp.Diff(want, charts[0].Gaps); diff != "" {
		t.Error(diff)
	}
}

// What could be read of a resource that cannot be used stays, and decides nothing.
func TestARejectedResourceLeavesADoubt(t *testing.T) {
	for name, c := range map[string]struct {
		resources []string
		want      []string
	}{
		"a diagnosis with its code": {
			[]string{`{"resourceType":"Condition","id":"c","code":{"coding":[{"code":"C"}]},"onsetDateTime":"2026-06-10","clinicalStatus":{"coding":[{"code":7}]}}`},
			[]string{"Condition no-status [C] @2026-06-10 modifier"},
		},
		"a diagnosis without one": {
			[]string{`{"resourceType":"Condition","id":"c","code":"C"}`}, []string{"Condition no-status [] modifier"},
		},
		"an order with a fault in its text": {
			[]string{`{"resourceType":"MedicationRequest","id":"m","status":"active","status":"active"}`}, []string{"MedicationRequest no-status [] modifier"},
		},
		"a result with its code and day": {
			[]string{`{"resourceType":"Observation","id":"o","status":"final","code":{"coding":[{"code":"L"}]},"effectiveDateTime":"2026-06-10","valueQuantity":{"value":"7"}}`},
			[]string{"Observation final [L] @2026-06-10 modifier"},
		},
		"an order taken back": {
			[]string{`{"resourceType":"MedicationRequest","id":"m","status":"entered-in-error","intent":7}`}, nil,
		},
		"a visit": {[]string{`{"resourceType":"Encounter","id":"v","status":7}`}, nil},
		"beside a copy that can be used, though it is later": {
			[]string{
				`{"resourceType":"Condition","id":"c","meta":{"versionId":"1"},"code":{"coding":[{"code":"C"}]}}`,
				`{"resourceType":"Condition","id":"c","meta":{"versionId":"2"},"code":"C"}`,
			},
			[]string{"Condition no-status [C]"},
		},
		"twice": {
			[]string{`{"resourceType":"Condition","id":"c","code":"C"}`, `{"resourceType":"Condition","id":"c","code":"C"}`},
			[]string{"Condition no-status [] modifier"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var resources []string
			for _, r := range c.resources {
				resources = append(resources, about(r))
			}
			co, charts := readText(t, lines(append([]string{onePatient}, resources...)...))
			var got []string
			for i := range charts[0].Facts {
				got = append(got, tell(co, charts[0], i))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestReferenceRangesThatMeanSomethingElseAreLeftOut(t *testing.T) {
	obs := `{"resourceType":"Observation","id":"o","status":"final","valueQuantity":{"value":7,"unit":"U/L"},"referenceRange":[%s]}`
	for given, want := range map[string]string{
		`{"low":{"value":3,"unit":"U/L"},"high":{"value":40,"unit":"U/L"}}`: "3-40 normal=true sex= age -1..-1",
		`{"high":{"value":40}}`: "0-40 normal=true sex= age -1..-1",
		`{"high":{"value":40},"type":{"coding":[{"code":"critical"}]}}`:                                           "0-40 normal=false sex= age -1..-1",
		`{"high":{"value":40},"appliesTo":[{"coding":[{"system":"http://snomed.info/sct","code":"248152002"}]}]}`: "0-40 normal=true sex=female age -1..-1",
		`{"high":{"value":40},"age":{"low":{"value":18,"code":"a"}}}`:                                             "0-40 normal=true sex= age 18..-1",
		`{"high":{"value":40,"unit":"mg/L"}}`:                                                                     "",
		`{"high":{"value":40},"appliesTo":[{"text":"pregnant"}]}`:                                                 "",
		`{"text":"below 40"}`: "",
	} {
		_, charts := readText(t, lines(onePatient, about(fmt.Sprintf(obs, given))))
		got := ""
		for _, r := range charts[0].Ranges {
			got = fmt.Sprintf("%s-%s normal=%v sex=%s age %d..%d", r.Low, r.High, r.Normal, r.Sex, r.AgeLow, r.AgeHigh)
		}
		if got != want {
			t.Errorf("%s: %q, want %q", given, got, want)
		}
	}
}

func TestPerson(t *testing.T) {
	_, charts := readText(t, `{"resourceType":"Patient","id":"p","active":false,"birthDate":"1970-05","gender":"other","deceasedDateTime":"2020-01-01",
		"extension":[{"url":"http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex","valueCode":"M"},
		{"url":"http://hl7.org/fhir/StructureDefinition/patient-sexParameterForClinicalUse","extension":[{"url":"value","valueCodeableConcept":{"coding":[{"code":"female-typical"}]}}]}],
		"communication":[{"language":{"coding":[{"system":"urn:ietf:bcp:47","code":"fr"}]}}],"generalPractitioner":[{"reference":"Practitioner/g"}],"_birthDate":{"extension":[]}}`)
	p := charts[0].Person
	got := fmt.Sprintln(p.Birth.From, p.Birth.To, p.BirthText, p.ClinicalSex, p.BirthSex, p.Gender, p.Deceased, p.Death.From, p.Inactive, len(p.Languages), p.Practitioners)
	if want := "1970-05-01 1970-05-31 1970-05 female male other true 2020-01-01 true 1 [Practitioner/g]\n"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	_, charts = readText(t, `{"resourceType":"Patient","id":"p","deceasedBoolean":false,"_birthDate":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"unknown"}]}}`)
	if p := charts[0].Person; p.Deceased || p.Birth.Known() || p.Inactive || p.Gender != chart.NoSex {
		t.Errorf("%+v", p)
	}
}

// textFor gives the text that an answer's digest stands for: the value as its author wrote it.
func textFor(code string, s *chart.Source) string {
	if text := strings.TrimSpace(s.Value); terms.TextCode(text) == code {
		return text
	}
	return code
}
