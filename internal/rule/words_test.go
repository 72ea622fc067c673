package rule

import (
	"fmt"
	"strings"
	"testing"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/intake"
	"prescreen/internal/quantity"
	"prescreen/internal/terms"
	"prescreen/internal/verdict"
)

const wordSets = `format: 1
sets:
  - {name: stroke, domain: diagnosis, course: event, codes: [{system: snomed, code: "230690007"}]}
  - {name: lacunar stroke, domain: diagnosis, codes: [{system: snomed, code: "81037000"}]}
  - {name: any stroke, domain: diagnosis, sets: [stroke, lacunar stroke]}
  - {name: diabetes, domain: diagnosis, course: chronic, codes: [{system: snomed, code: "44054006"}]}
  - {name: Gilbert syndrome, domain: diagnosis, codes: [{system: snomed, code: "27503000"}]}
  - name: breast cancer
    domain: diagnosis
    codes: [{system: snomed, code: "254837009"}, {system: snomed, code: "429740004", says: family}]
  - {name: chemotherapy, domain: procedure, codes: [{system: snomed, code: "367336001"}]}
  - {name: metformin, domain: medication, codes: [{system: rxnorm, code: "860975"}, {system: rxnorm, code: "861007"}]}
  - name: steroid
    domain: medication
    codes: [{system: rxnorm, code: "8640"}, {system: rxnorm, code: "3264"}, {system: rxnorm, code: "5492"}]
    equivalents:
      - as: prednisone
        drugs:
          - {system: rxnorm, code: "8640", factor: "1"}
          - {system: rxnorm, code: "3264", factor: "5/0.75"}
  - {name: filgrastim, domain: medication, codes: [{system: rxnorm, code: "68442"}]}
  - {name: guardianship, domain: flag, codes: [{system: snomed, code: "105480006"}]}
  - {name: statutory insurance, domain: coverage, codes: [{system: "http://terminology.hl7.org/CodeSystem/v3-ActCode", code: EHCPOL}]}
  - {name: francophone, domain: language, codes: [{system: bcp-47, code: fr-CA}]}
  - {name: bilirubin, domain: lab, unit: mg/dL, units: [{unit: umol/L, factor: 1/17.1}], codes: [{system: loinc, code: "1975-2"}]}
  - {name: ALT, domain: lab, unit: U/L, codes: [{system: loinc, code: "1742-6"}]}
  - {name: neutrophils, domain: lab, unit: "10*9/L", codes: [{system: loinc, code: "751-8"}]}
  - {name: body weight, domain: vital, unit: kg, units: [{unit: "[lb_av]", factor: "0.45359237"}], codes: [{system: loinc, code: "29463-7"}]}
  - {name: HbA1c, domain: lab, unit: "%", codes: [{system: loinc, code: "4548-4"}]}
  - name: ECOG
    domain: score
    answers:
      - {value: "0", codes: [{system: loinc, code: LA9622-7}]}
      - {value: "1", codes: [{system: loinc, code: LA9623-5}]}
      - {value: "2", codes: [{system: loinc, code: LA9624-3}]}
      - {value: "3", codes: [{system: loinc, code: LA9625-0}]}
    codes: [{system: loinc, code: "89247-1"}]
  - name: NYHA
    domain: score
    answers:
      - {value: I, codes: [{system: snomed, code: "420300004"}], texts: [NYHA class I]}
      - {value: II, codes: [{system: snomed, code: "421704003"}], texts: [NYHA class II]}
      - {value: III, codes: [{system: snomed, code: "420913000"}]}
      - {value: IV, codes: [{system: snomed, code: "422293003"}]}
    codes: [{system: loinc, code: "88020-3"}]
  - {name: MMSE, domain: score, codes: [{system: loinc, code: "72106-8"}]}
  - name: HBsAg
    domain: marker
    answers: [{value: negative, codes: [{system: snomed, code: "260385009"}]}, {value: positive, codes: [{system: snomed, code: "10828004"}]}]
    codes: [{system: loinc, code: "5195-3"}]
  - name: HER2
    domain: marker
    answers: [{value: "0"}, {value: 1+}, {value: 2+}, {value: 3+}]
    codes: [{system: loinc, code: "85319-2"}]
  - name: NSCLC stage
    domain: stage
    answers: [{value: I}, {value: II}, {value: III}, {value: IV, codes: [{system: snomed, code: "2640006"}], texts: [Stage IV]}]
    codes: [{system: loinc, code: "21908-9"}, {system: snomed, code: "254637007"}]
`

// resource writes a FHIR resource with its subject, of its kind and the members given.
func resource(kind, subject, members string) string {
	return `{"resourceType":"` + kind + `","` + subject + `":{"reference":"Patient/p"},` + members + `}`
}

func coded(system, code string) string {
	uri, _ := terms.SystemNamed(system)
	return `{"coding":[{"system":"` + uri + `","code":"` + code + `"}]}`
}

func observed(loinc, on, value string) string {
	return resource("Observation", "subject", `"status":"final","code":`+coded("loinc", loinc)+`,"effectiveDateTime":"`+on+`",`+value)
}

func amountOf(value, unit string) string {
	return `"valueQuantity":{"value":` + value + `,"unit":"` + unit + `","system":"http://unitsofmeasure.org","code":"` + unit + `"}`
}

func answered(system, code string) string { return `"valueCodeableConcept":` + coded(system, code) }

func diagnosis(snomed, onset, more string) string {
	return resource("Condition", "subject", `"code":`+coded("snomed", snomed)+`,"onsetDateTime":"`+onset+`"`+more)
}

func done(snomed, on string) string {
	return resource("Procedure", "subject", `"status":"completed","code":`+coded("snomed", snomed)+`,"performedDateTime":"`+on+`"`)
}

// ordered writes an order with a supply of so many days and a dosage.
func ordered(rxnorm, on string, days int, dosage string) string {
	return resource("MedicationRequest", "subject", fmt.Sprintf(
		`"status":"active","intent":"order","medicationCodeableConcept":%s,"authoredOn":"%s","dispenseRequest":{"expectedSupplyDuration":{"value":%d,"code":"d","system":"http://unitsofmeasure.org"}}%s`,
		coded("rxnorm", rxnorm), on, days, dosage))
}

func dosage(amount, unit string, frequency int, period, periodUnit string) string {
	return fmt.Sprintf(`,"dosageInstruction":[{"timing":{"repeat":{"frequency":%d,"period":%s,"periodUnit":"%s"}},"doseAndRate":[{"doseQuantity":{"value":%s,"unit":"%s"}}]}]`,
		frequency, period, periodUnit, amount, unit)
}

const (
	woman = `{"resourceType":"Patient","id":"p","birthDate":"1990-05-17","gender":"female"}`
	man   = `{"resourceType":"Patient","id":"p","birthDate":"1990-05-17","gender":"male"}`
	elder = `{"resourceType":"Patient","id":"p","birthDate":"1964-05-17","gender":"female"}`
)

// seenSince makes silence answer: a visit years ago and a recent one, a diagnosis, a procedure and an order of no set.
var seenSince = []string{
	resource("Encounter", "subject", `"status":"finished","class":{"code":"AMB","system":"http://terminology.hl7.org/CodeSystem/v3-ActCode"},"period":{"start":"2015-01-10","end":"2015-01-10"}`),
	resource("Encounter", "subject", `"status":"finished","class":{"code":"AMB","system":"http://terminology.hl7.org/CodeSystem/v3-ActCode"},"period":{"start":"2026-11-03","end":"2026-11-03"}`),
	diagnosis("195662009", "2015-01-10", ""), done("73761001", "2015-01-10"),
	resource("MedicationRequest", "subject", `"status":"stopped","intent":"order","medicationCodeableConcept":`+coded("rxnorm", "313782")+`,"authoredOn":"2015-01-10"`),
}

// asked about on 2026-11-23.
type wordCase struct {
	name    string
	patient string
	records []string
	expr    string
	want    string // verdict, then basis or cause
	reason  string // a part of the sentence
	anchor  string
}

func (c *wordCase) run(t *testing.T, lib *terms.Library, settings Settings) {
	t.Helper()
	patient := c.patient
	if patient == "" {
		patient = woman
	}
	text := strings.Join(append([]string{patient}, c.records...), "\n") + "\n"
	dict, units := terms.NewDictionary(), chart.NewUnits()
	charts, rejected, err := intake.ReadBundle(t.Context(), intake.Options{Dictionary: dict, Units: units}, strings.NewReader(text))
	if err != nil || len(rejected) > 0 || len(charts) != 1 {
		t.Fatalf("%v %v, %d charts", err, rejected, len(charts))
	}
	src := Source{File: "t", Line: 1, Column: 1, Text: c.expr}
	if c.anchor != "" {
		src.Anchor, _ = lib.Find(c.anchor)
	}
	p, list := Compile(src, lib)
	if p == nil {
		t.Fatal(list)
	}
	b := Bind(p, lib, dict, units, settings)
	var e Evaluator
	day := dates.NewDay(2026, 11, 23)
	j := e.Evaluate(b, charts[0], day, day)
	got := j.Verdict.String() + ", " + j.Basis.String()
	if j.Verdict == verdict.Unknown {
		got = "unknown, " + j.Cause().String()
	}
	sentence := e.Sentence(b, charts[0], &j, day, nil)
	if got != c.want || !strings.Contains(sentence, c.reason) {
		t.Errorf("%s\ngot  %s: %s\nwant %s: … %s …", c.expr, got, sentence, c.want, c.reason)
	}
}

func wordLibrary(t testing.TB) *terms.Library {
	t.Helper()
	lib, list := terms.ReadSets(map[string][]byte{"sets.yaml": []byte(wordSets)})
	if list.HasErrors() {
		t.Fatal(list)
	}
	return lib
}

func runWords(t *testing.T, cases []wordCase) {
	lib := wordLibrary(t)
	settings := Defaults()
	settings.UpperLimits = []UpperLimit{
		{Set: "ALT", Sex: "female", From: dates.NewDay(2025, 1, 1), To: dates.Max, Value: quantity.FromInt(35), Unit: "U/L"},
		{Set: "ALT", Sex: "male", From: dates.NewDay(2025, 1, 1), To: dates.Max, Value: quantity.FromInt(50), Unit: "U/L"},
	}
	for i := range cases {
		c := &cases[i]
		t.Run(c.name, func(t *testing.T) { c.run(t, lib, settings) })
	}
}

func only(records ...string) []string { return records }

func whole(records ...string) []string {
	return append(append([]string(nil), seenSince...), records...)
}
