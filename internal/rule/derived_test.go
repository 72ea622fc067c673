package rule

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/quantity"
	"prescreen/internal/terms"
	"prescreen/internal/verdict"
)

// shippedSets reads the value sets that derived values find by name, and two that hospitals add.
func shippedSets(t testing.TB) *terms.Library {
	t.Helper()
	paths, err := filepath.Glob("../../rules/valuesets/*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatal("no value sets")
	}
	files := map[string][]byte{"site.yaml": []byte(gradeSets)}
	for _, p := range paths {
		data, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(p)] = data
	}
	lib, list := terms.ReadSets(files)
	if list.HasErrors() {
		t.Fatal(list)
	}
	return lib
}

const gradeSets = `format: 1
sets:
  - name: ascites grade
    domain: score
    codes: [{system: "http://hospital.example/codes", code: ascites}]
    answers:
      - {value: none, codes: [{system: "http://hospital.example/codes", code: a0}]}
      - {value: mild, codes: [{system: "http://hospital.example/codes", code: a1}]}
      - {value: severe, codes: [{system: "http://hospital.example/codes", code: a2}]}
  - name: hepatic encephalopathy grade
    domain: score
    codes: [{system: "http://hospital.example/codes", code: brain}]
    answers: [{value: "0"}, {value: "1"}, {value: "2"}]
`

// ward is a chart in the making and what it is asked with.
type ward struct {
	t     testing.TB
	lib   *terms.Library
	dict  *terms.Dictionary
	units *chart.Units
	b     chart.Builder
	who   chart.Person
	n     int
	set   Settings
}

func newWard(t testing.TB, lib *terms.Library) *ward {
	return &ward{
		t: t, lib: lib, dict: terms.NewDictionary(), units: chart.NewUnits(), set: Defaults(),
		who: chart.Person{Birth: dates.On(dates.NewDay(1968, 5, 4)), BirthText: "1968-05-04", Gender: chart.Female},
	}
}

// codes of what is recorded, by a short name.
var recordedAs = map[string]terms.Coding{
	"creatinine": {System: terms.LOINC, Code: "2160-0"}, "weight": {System: terms.LOINC, Code: "29463-7"}, "height": {System: terms.LOINC, Code: "8302-2"},
	"bmi": {System: terms.LOINC, Code: "39156-5"}, "egfr2021": {System: terms.LOINC, Code: "98979-8"}, "egfr2009": {System: terms.LOINC, Code: "62238-1"},
	"mdrd": {System: terms.LOINC, Code: "33914-3"}, "egfr": {System: terms.LOINC, Code: "69405-9"},
	"black": {System: terms.LOINC, Code: "48643-1"}, "nonblack": {System: terms.LOINC, Code: "48642-3"},
	"crcl": {System: terms.LOINC, Code: "35591-7"}, "crcl24h": {System: terms.LOINC, Code: "2164-2"},
	"qt": {System: terms.LOINC, Code: "8634-8"}, "rate": {System: terms.LOINC, Code: "8867-4"}, "qtcf": {System: terms.LOINC, Code: "76634-5"}, "qtc": {System: terms.LOINC, Code: "8636-3"},
	"ast": {System: terms.LOINC, Code: "1920-8"}, "alt": {System: terms.LOINC, Code: "1742-6"}, "platelets": {System: terms.LOINC, Code: "777-3"},
	"calcium": {System: terms.LOINC, Code: "17861-6"}, "albumin": {System: terms.LOINC, Code: "1751-7"}, "bilirubin": {System: terms.LOINC, Code: "1975-2"},
	"inr": {System: terms.LOINC, Code: "6301-6"}, "sodium": {System: terms.LOINC, Code: "2951-2"},
	"ascites": {System: "http://hospital.example/codes", Code: "ascites"}, "brain": {System: "http://hospital.example/codes", Code: "brain"},
	"hypertension": {System: terms.SNOMED, Code: "38341003"}, "diabetes": {System: terms.SNOMED, Code: "44054006"}, "retinopathy": {System: terms.SNOMED, Code: "422034002"},
	"stroke": {System: terms.SNOMED, Code: "230690007"}, "cirrhosis": {System: terms.SNOMED, Code: "19943007"}, "varices": {System: terms.SNOMED, Code: "28670008"},
	"colon cancer": {System: terms.SNOMED, Code: "363406005"}, "liver metastases": {System: terms.SNOMED, Code: "94381002"}, "pbc": {System: terms.SNOMED, Code: "31712002"},
	"dialysis": {System: terms.SNOMED, Code: "302497006"}, "colonoscopy": {System: terms.SNOMED, Code: "73761001"},
	"a0": {System: "http://hospital.example/codes", Code: "a0"},
}

func (w *ward) day(s string) dates.When {
	w.t.Helper()
	when, err := dates.Parse(s, nil)
	if err != nil {
		w.t.Fatal(s, err)
	}
	return when
}

func (w *ward) item(kind chart.Kind, origin chart.Origin, what, on string) *chart.Item {
	w.t.Helper()
	c, ok := recordedAs[what]
	if !ok {
		w.t.Fatalf("no code for %q", what)
	}
	w.n++
	it := w.b.Grow()
	*it = chart.Item{ID: []byte(what + on), Position: w.n, Codes: []terms.CodeID{w.dict.ID(c)}, Source: &chart.Source{ID: what + on, Date: on, Display: what}}
	it.Fact = chart.Fact{Kind: kind, Origin: origin, Begin: w.day(on), Status: chart.Final}
	return it
}

// result records "110 umol/L", "<0.5 mg/dL", "8.1" on a day.
func (w *ward) result(what, value, on string) *ward {
	w.t.Helper()
	it := w.item(chart.Result, chart.FromObservation, what, on)
	text := strings.TrimLeft(value, "<>=")
	number, unit, _ := strings.Cut(text, " ")
	sign := strings.TrimSuffix(value, text)
	f := &it.Fact
	var err error
	if f.Comparator, err = quantity.ParseComparator(sign); err != nil {
		w.t.Fatal(err)
	}
	if f.Value, err = quantity.Parse(number); err != nil {
		w.t.Fatal(err)
	}
	f.Form, f.Unit = chart.Number, w.units.ID([]byte(unit))
	it.Source.Value, it.Source.Unit = sign+number, unit
	return w
}

func (w *ward) coded(what, answer, on string) *ward {
	it := w.item(chart.Result, chart.FromObservation, what, on)
	it.Fact.Form, it.Answer = chart.Coded, []terms.CodeID{w.dict.ID(recordedAs[answer])}
	it.Source.Value = answer
	return w
}

func (w *ward) diagnosis(what, on string) *ward {
	it := w.item(chart.Diagnosis, chart.FromCondition, what, on)
	it.Fact.Status, it.Fact.Certainty = chart.Active, chart.Confirmed
	return w
}

func (w *ward) suspected(what, on string) *ward {
	it := w.item(chart.Diagnosis, chart.FromCondition, what, on)
	it.Fact.Status, it.Fact.Certainty = chart.Active, chart.Doubtful
	return w
}

func (w *ward) done(what, on string) *ward {
	it := w.item(chart.Procedure, chart.FromProcedure, what, on)
	it.Fact.Status = chart.Completed
	return w
}

// inWords takes the code off what was recorded last.
func (w *ward) inWords() *ward {
	items := w.b.Items()
	items[len(items)-1].Codes = nil
	return w
}

// followed records visits over years and one procedure and diagnosis, so that silence means no.
func (w *ward) followed() *ward {
	for _, on := range []string{"2019-05-14", "2023-04-11", "2026-11-03"} {
		w.n++
		it := w.b.Grow()
		*it = chart.Item{ID: []byte("visit" + on), Position: w.n, Source: &chart.Source{ID: "visit" + on, Date: on}}
		it.Fact = chart.Fact{Kind: chart.Visit, Origin: chart.FromEncounter, Begin: w.day(on), Status: chart.Completed}
	}
	w.done("colonoscopy", "2019-05-14")
	it := w.item(chart.Diagnosis, chart.FromCondition, "a0", "2019-05-14")
	it.Fact.Status = chart.Active
	return w
}

func (w *ward) born(s string) *ward {
	w.who.Birth, w.who.BirthText = w.day(s), s
	return w
}

func (w *ward) sex(clinical, gender chart.Sex) *ward {
	w.who.ClinicalSex, w.who.Gender = clinical, gender
	return w
}

func (w *ward) compile(expr string) *Program {
	w.t.Helper()
	p, list := Compile(Source{File: "t.yaml", Line: 1, Column: 1, Text: expr}, w.lib)
	if p == nil {
		w.t.Fatalf("%s\n%v", expr, list)
	}
	return p
}

// ask gives the judgement and its sentence on 2026-11-23.
func (w *ward) ask(expr string) (verdict.Judgement, string, *chart.Chart) {
	w.t.Helper()
	c := w.b.Build(w.who, nil, true)
	bound := Bind(w.compile(expr), w.lib, w.dict, w.units, w.set)
	e := &Evaluator{}
	j := e.Evaluate(bound, c, asOf, asOf)
	j.Leaves = slices.Clone(j.Leaves)
	var other Evaluator
	return j, other.Sentence(bound, c, &j, asOf, nil), c
}

type derivedCase struct {
	name     string
	record   func(*ward)
	expr     string
	want     string // verdict
	basis    string
	cause    string
	evidence []string // ids, sorted
	says     []string
}

func runDerived(t *testing.T, cases []derivedCase) {
	lib := shippedSets(t)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newWard(t, lib)
			c.record(w)
			j, sentence, made := w.ask(c.expr)
			if j.Verdict.String() != c.want {
				t.Fatalf("%v, want %s: %s", j.Verdict, c.want, sentence)
			}
			if c.basis != "" && j.Basis.String() != c.basis {
				t.Errorf("basis %v, want %s", j.Basis, c.basis)
			}
			if got := j.Cause().String(); j.Verdict == verdict.Unknown && got != c.cause {
				t.Errorf("cause %q, want %q: %s", got, c.cause, sentence)
			}
			if c.evidence != nil {
				var got []string
				for _, n := range j.Leaves[0].Facts {
					got = append(got, made.Sources[n].ID)
				}
				if slices.Sort(got); !slices.Equal(got, c.evidence) {
					t.Errorf("evidence %v, want %v", got, c.evidence)
				}
			}
			for _, s := range c.says {
				if !strings.Contains(sentence, s) {
					t.Errorf("%q is not said: %s", s, sentence)
				}
			}
		})
	}
}

const perArea = " mL/min/{1.73_m2}"

func TestDerivedReportedAgainstComputed(t *testing.T) {
	runDerived(t, []derivedCase{
		{
			name: "older report on the same side",
			record: func(w *ward) {
				w.result("creatinine", "110 umol/L", "2026-11-12").result("egfr", "61"+perArea, "2026-03-04")
			},
			expr: `"25 mL/min/{1.73_m2}" <= egfr <= "75 mL/min/{1.73_m2}"`,
			want: "met", basis: "derived", evidence: []string{"creatinine2026-11-12"},
			says: []string{
				"eGFR 50 mL/min/1.73 m2, asked 25-75. Computed: CKD-EPI 2021, woman of 58, creatinine 110 umol/L (= 1.24 mg/dL) on 2026-11-12. The reported eGFR 61 mL/min/1.73 m2 of 2026-03-04 is older and was not used.",
			},
		},
		{
			name: "report of the same day",
			record: func(w *ward) {
				w.result("creatinine", "110 umol/L", "2026-11-12").result("egfr2021", "50"+perArea, "2026-11-12")
			},
			expr: `egfr >= "45 mL/min/{1.73_m2}"`,
			want: "met", basis: "record", evidence: []string{"egfr20212026-11-12"}, says: []string{"reported (CKD-EPI 2021)", "2026-11-12"},
		},
		{
			name: "newer report",
			record: func(w *ward) {
				w.result("creatinine", "110 umol/L", "2026-10-12").result("mdrd", "52"+perArea, "2026-11-12")
			},
			expr: `egfr >= "45 mL/min/{1.73_m2}"`,
			want: "met", basis: "record", says: []string{"reported (MDRD)"},
		},
		{
			name: "different sides",
			record: func(w *ward) {
				w.result("creatinine", "110 umol/L", "2026-11-12").result("mdrd", "44"+perArea, "2026-11-12")
			},
			expr: `egfr >= "45 mL/min/{1.73_m2}"`,
			want: "unknown", cause: "sources-conflict", evidence: []string{"creatinine2026-11-12", "mdrd2026-11-12"},
			says: []string{"44 mL/min/1.73 m2", "50 mL/min/1.73 m2 computed", "To settle"},
		},
		{
			name: "only a report",
			record: func(w *ward) {
				w.result("egfr2009", "44"+perArea, "2026-11-12")
			},
			expr: `egfr >= "45 mL/min/{1.73_m2}"`, want: "not met", basis: "record",
		},
		{
			name: "2021 before 2009 before MDRD before a formula not named",
			record: func(w *ward) {
				w.result("egfr", "10"+perArea, "2026-11-12").result("mdrd", "20"+perArea, "2026-11-12").
					result("egfr2009", "30"+perArea, "2026-11-12").result("egfr2021", "50"+perArea, "2026-11-12")
			},
			expr: `egfr >= "45 mL/min/{1.73_m2}"`, want: "met", evidence: []string{"egfr20212026-11-12"},
		},
		{
			name: "2009 before MDRD",
			record: func(w *ward) {
				w.result("mdrd", "20"+perArea, "2026-11-12").result("egfr2009", "50"+perArea, "2026-11-12")
			},
			expr: `egfr >= "45 mL/min/{1.73_m2}"`, want: "met", evidence: []string{"egfr20092026-11-12"},
		},
		{
			name: "race-specific twins",
			record: func(w *ward) {
				w.result("black", "60"+perArea, "2026-11-12").result("nonblack", "50"+perArea, "2026-11-12")
			},
			expr: `egfr >= "45 mL/min/{1.73_m2}"`, want: "unknown", cause: "same-time-results", says: []string{"differ by race"},
		},
		{
			name: "race-specific twins beside the creatinine of their sample",
			record: func(w *ward) {
				w.result("black", "60"+perArea, "2026-11-12").result("nonblack", "50"+perArea, "2026-11-12").result("creatinine", "110 umol/L", "2026-11-12")
			},
			expr: `egfr >= "45 mL/min/{1.73_m2}"`, want: "unknown", cause: "same-time-results",
		},
		{
			name: "race-specific twins older than a creatinine",
			record: func(w *ward) {
				w.result("black", "60"+perArea, "2026-11-11").result("nonblack", "50"+perArea, "2026-11-11").result("creatinine", "110 umol/L", "2026-11-12")
			},
			expr: `egfr >= "45 mL/min/{1.73_m2}"`, want: "met", basis: "derived",
		},
		{
			name: "a report in another unit does not stand in the way of its own sample",
			record: func(w *ward) {
				w.result("mdrd", "46 mL/min", "2026-11-12").result("creatinine", "110 umol/L", "2026-11-12")
			},
			expr: `egfr >= "45 mL/min/{1.73_m2}"`, want: "met", basis: "derived", says: []string{"was not used", "unit"},
		},
		{
			name: "a report in another unit that contradicts the formula of its own sample",
			record: func(w *ward) {
				w.result("mdrd", "44 mL/min", "2026-11-12").result("creatinine", "110 umol/L", "2026-11-12")
			},
			expr: `egfr >= "45 mL/min/{1.73_m2}"`, want: "unknown", cause: "sources-conflict", says: []string{"44 mL/min", "different sides"},
		},
		{
			name: "a newer report that cannot be used",
			record: func(w *ward) {
				w.result("mdrd", "44 mL/min", "2026-11-13").result("creatinine", "110 umol/L", "2026-11-12")
			},
			expr: `egfr >= "45 mL/min/{1.73_m2}"`, want: "unknown", cause: "unit",
		},
		{
			name: "a report with a bound leaves the answer to its sample",
			record: func(w *ward) {
				w.result("mdrd", ">60"+perArea, "2026-11-12").result("creatinine", "70 umol/L", "2026-11-12")
			},
			expr: `egfr >= "75 mL/min/{1.73_m2}"`, want: "met", basis: "derived",
		},
		{
			name:   "a report with a bound that decides",
			record: func(w *ward) { w.result("mdrd", ">60"+perArea, "2026-11-12") },
			expr:   `egfr >= "45 mL/min/{1.73_m2}"`, want: "met", basis: "record",
		},
		{
			name:   "a clearance is no eGFR",
			record: func(w *ward) { w.result("crcl", "60 mL/min", "2026-11-12") },
			expr:   `egfr >= "45 mL/min/{1.73_m2}"`, want: "unknown", cause: "never-recorded", evidence: []string{},
			says: []string{"No eGFR on record, nor creatinine to compute it from, asked >= 45. To settle: order it"},
		},
		{
			name: "BMI older than the weight",
			record: func(w *ward) {
				w.result("bmi", "26.1 kg/m2", "2026-03-01").result("weight", "78 kg", "2026-11-12").result("height", "168 cm", "2024-02-01")
			},
			expr: `bmi >= "27 kg/m2"`, want: "unknown", cause: "sources-conflict", says: []string{"26.1", "27.6"},
		},
		{
			name: "BMI of the day of the weight",
			record: func(w *ward) {
				w.result("bmi", "27.6 kg/m2", "2026-11-12").result("weight", "78 kg", "2026-11-12").result("height", "168 cm", "2024-02-01")
			},
			expr: `bmi >= "27 kg/m2"`, want: "met", basis: "record",
		},
		{
			name:   "a measured clearance is no Cockcroft-Gault",
			record: func(w *ward) { w.result("crcl24h", "60 mL/min", "2026-11-12") },
			expr:   `crcl >= "50 mL/min"`, want: "unknown", cause: "never-recorded",
		},
		{
			name:   "a reported Cockcroft-Gault",
			record: func(w *ward) { w.result("crcl", "60 mL/min", "2026-11-12") },
			expr:   `crcl >= "50 mL/min"`, want: "met", basis: "record",
		},
		{
			name:   "a QTc whose formula is not named",
			record: func(w *ward) { w.result("qtc", "440 ms", "2026-11-12") },
			expr:   `qtcf("last 28 days") <= "470 ms"`, want: "unknown", cause: "result-not-understood", evidence: []string{"qtc2026-11-12"}, says: []string{"by which formula"},
		},
		{
			name: "a QTc whose formula is not named beside QT and rate",
			record: func(w *ward) {
				w.result("qtc", "500 ms", "2026-11-12").result("qt", "400 ms", "2026-11-12").result("rate", "75 /min", "2026-11-12")
			},
			expr: `qtcf("last 28 days") <= "470 ms"`, want: "met", basis: "derived", says: []string{"QTcF 431 ms", "Fridericia 1920", "QT 400 ms", "heart rate 75 /min"},
		},
	})
}

func TestDerivedTimes(t *testing.T) {
	crcl := func(creatinine, weight string) func(*ward) {
		return func(w *ward) {
			w.result("creatinine", "1 mg/dL", creatinine).result("weight", "68 kg", weight).sex(chart.NoSex, chart.Male)
		}
	}
	calcium := func(calcium, albumin string) func(*ward) {
		return func(w *ward) { w.result("calcium", "9 mg/dL", calcium).result("albumin", "20 g/L", albumin) }
	}
	bmi := func(weight, height string) func(*ward) {
		return func(w *ward) { w.result("weight", "78 kg", weight).result("height", "168 cm", height) }
	}
	runDerived(t, []derivedCase{
		{
			name: "weight 90 days before", record: crcl("2026-11-12", "2026-08-14"), expr: `crcl("last 28 days") >= "50 mL/min"`, want: "met", basis: "derived",
			evidence: []string{"creatinine2026-11-12", "weight2026-08-14"}, says: []string{"Cockcroft-Gault 1976", "man of 58", "actual body weight 68 kg on 2026-08-14"},
		},
		{name: "weight 91 days before", record: crcl("2026-11-12", "2026-08-13"), expr: `crcl("last 28 days") >= "50 mL/min"`, want: "unknown", cause: "never-recorded", says: []string{"within 90 days"}},
		{name: "weight after the creatinine", record: crcl("2026-11-01", "2026-11-12"), expr: `crcl("last 28 days") >= "50 mL/min"`, want: "met"},
		{
			name: "creatinine outside the window", record: crcl("2026-09-12", "2026-09-12"), expr: `crcl("last 28 days") >= "50 mL/min"`, want: "unknown", cause: "outside-window",
			says: []string{"Last creatinine clearance 77 mL/min", "By its last value it would be fulfilled"},
		},
		{name: "creatinine on the first day of the window", record: crcl("2026-10-26", "2026-10-26"), expr: `crcl("last 28 days") >= "50 mL/min"`, want: "met"},
		{name: "creatinine the day before", record: crcl("2026-10-25", "2026-10-25"), expr: `crcl("last 28 days") >= "50 mL/min"`, want: "unknown", cause: "outside-window"},
		{name: "7 days apart", record: calcium("2026-11-12", "2026-11-05"), expr: `corrected_calcium("last 28 days") <= "10.6 mg/dL"`, want: "met", basis: "derived"},
		{name: "8 days apart", record: calcium("2026-11-12", "2026-11-04"), expr: `corrected_calcium("last 28 days") <= "10.6 mg/dL"`, want: "unknown", cause: "never-recorded", says: []string{"within 7 days"}},
		{name: "the newest that lie together", record: func(w *ward) {
			calcium("2026-11-05", "2026-11-04")(w)
			w.result("calcium", "13 mg/dL", "2026-11-20")
		}, expr: `corrected_calcium("last 28 days") <= "10.6 mg/dL"`, want: "met", evidence: []string{"albumin2026-11-04", "calcium2026-11-05"}},
		{name: "a partner outside the window", record: calcium("2026-10-28", "2026-10-24"), expr: `corrected_calcium("last 28 days") <= "10.6 mg/dL"`, want: "unknown", cause: "outside-window"},
		{name: "height 5 years before", record: bmi("2026-11-12", "2021-11-12"), expr: `bmi("last 28 days") >= "27 kg/m2"`, want: "met", basis: "derived"},
		{name: "height a day more", record: bmi("2026-11-12", "2021-11-11"), expr: `bmi("last 28 days") >= "27 kg/m2"`, want: "unknown", cause: "never-recorded"},
		{name: "height by its year", record: bmi("2026-11-12", "2023"), expr: `bmi("last 28 days") >= "27 kg/m2"`, want: "met"},
		{name: "height before the age of 18", record: func(w *ward) { bmi("2026-11-12", "2025-11-12")(w); w.born("2008-01-01") }, expr: `bmi("last 28 days") >= "27 kg/m2"`, want: "unknown", cause: "never-recorded"},
		{name: "height of the same week before the age of 18", record: func(w *ward) { bmi("2026-11-12", "2026-11-10")(w); w.born("2010-01-01") }, expr: `bmi("last 28 days") >= "27 kg/m2"`, want: "met"},
		{
			name: "a newer input that cannot be used", record: func(w *ward) { calcium("2026-11-12", "2026-11-12")(w); w.result("calcium", "9 furlong", "2026-11-14") },
			expr: `corrected_calcium("last 28 days") <= "10.6 mg/dL"`, want: "unknown", cause: "unit",
		},
		{
			name: "two results of one day on one side", record: func(w *ward) {
				w.result("creatinine", "1.0 mg/dL", "2026-11-12").result("creatinine", "1.1 mg/dL", "2026-11-12")
			},
			expr: `egfr >= "45 mL/min/{1.73_m2}"`, want: "met",
		},
		{
			name: "two results of one day on both sides", record: func(w *ward) {
				w.result("creatinine", "1.0 mg/dL", "2026-11-12").result("creatinine", "1.6 mg/dL", "2026-11-12")
			},
			expr: `egfr >= "45 mL/min/{1.73_m2}"`, want: "unknown", cause: "same-time-results", says: []string{"results of the same time differ"},
		},
		{name: "a month that may lie outside", record: func(w *ward) { w.result("creatinine", "1.0 mg/dL", "2026-10") }, expr: `egfr("last 28 days") >= "45 mL/min/{1.73_m2}"`, want: "unknown", cause: "partial-date"},
		{name: "after the day asked about", record: func(w *ward) { w.result("creatinine", "1.0 mg/dL", "2026-11-24") }, expr: `egfr >= "45 mL/min/{1.73_m2}"`, want: "unknown", cause: "never-recorded"},
	})
}

func TestDerivedPersonAndBounds(t *testing.T) {
	creatinine := func(value string) func(*ward) { return func(w *ward) { w.result("creatinine", value, "2026-11-12") } }
	runDerived(t, []derivedCase{
		{name: "17 years", record: func(w *ward) { creatinine("1.0 mg/dL")(w); w.born("2009-01-01") }, expr: `egfr >= "45 mL/min/{1.73_m2}"`, want: "unknown", cause: "never-recorded", says: []string{"not defined below 18"}},
		{name: "17 years, reported", record: func(w *ward) {
			creatinine("1.0 mg/dL")(w)
			w.born("2009-01-01").result("egfr", "90"+perArea, "2026-11-01")
		}, expr: `egfr >= "45 mL/min/{1.73_m2}"`, want: "met", basis: "record"},
		{name: "18 on the day of the sample", record: func(w *ward) { creatinine("1.0 mg/dL")(w); w.born("2008-11-12") }, expr: `egfr >= "45 mL/min/{1.73_m2}"`, want: "met"},
		{name: "18 the day after", record: func(w *ward) { creatinine("1.0 mg/dL")(w); w.born("2008-11-13") }, expr: `egfr >= "45 mL/min/{1.73_m2}"`, want: "unknown", cause: "never-recorded"},
		{name: "may be 18", record: func(w *ward) { creatinine("1.0 mg/dL")(w); w.born("2008") }, expr: `egfr >= "45 mL/min/{1.73_m2}"`, want: "unknown", cause: "partial-date"},
		{name: "no birth date", record: func(w *ward) { creatinine("1.0 mg/dL")(w); w.who.Birth = dates.When{} }, expr: `egfr >= "45 mL/min/{1.73_m2}"`, want: "unknown", cause: "never-recorded", says: []string{"no birth date"}},
		{name: "born in a year, either age on one side", record: func(w *ward) { creatinine("1.0 mg/dL")(w); w.born("1968") }, expr: `egfr >= "45 mL/min/{1.73_m2}"`, want: "met", says: []string{"57 or 58"}},
		// 58 years: 64.98 of a woman, 86.8 of a man
		{name: "sex unknown, both on one side", record: func(w *ward) { creatinine("1.0 mg/dL")(w); w.sex(chart.NoSex, chart.UnknownSex) }, expr: `egfr >= "45 mL/min/{1.73_m2}"`, want: "met", says: []string{"for a man", "for a woman"}},
		{name: "sex unknown, on both sides", record: func(w *ward) { creatinine("1.0 mg/dL")(w); w.sex(chart.NoSex, chart.UnknownSex) }, expr: `egfr >= "75 mL/min/{1.73_m2}"`, want: "unknown", cause: "never-recorded", says: []string{"differ by sex"}},
		{name: "sex recorded differently", record: func(w *ward) { creatinine("1.0 mg/dL")(w); w.sex(chart.Male, chart.Female) }, expr: `egfr >= "75 mL/min/{1.73_m2}"`, want: "unknown", cause: "sources-conflict"},
		{
			name: "outside a range on both of its sides", record: func(w *ward) { creatinine("1.0 mg/dL")(w); w.sex(chart.NoSex, chart.OtherSex) },
			expr: `"70 mL/min/{1.73_m2}" <= egfr <= "80 mL/min/{1.73_m2}"`, want: "not met",
		},
		{name: "a bound that decides", record: creatinine("<0.5 mg/dL"), expr: `egfr >= "45 mL/min/{1.73_m2}"`, want: "met"},
		{name: "a bound that does not", record: creatinine("<1.5 mg/dL"), expr: `egfr >= "45 mL/min/{1.73_m2}"`, want: "unknown", cause: "bound", says: []string{"a result with a number"}},
		{name: "an implausible input", record: creatinine("900 mg/dL"), expr: `egfr >= "45 mL/min/{1.73_m2}"`, want: "unknown", cause: "implausible"},
		{name: "implausible together", record: func(w *ward) { w.result("weight", "300 kg", "2026-11-12").result("height", "100 cm", "2026-11-12") }, expr: `bmi >= "30 kg/m2"`, want: "unknown", cause: "implausible"},
		// 6.0 + 0.8 x (4 - 3.3) is 6.56, and 6.0 + 0.8 x (4 - 2.2) is 7.44; floating point is above the one and below the other.
		{name: "exactly at the limit", record: func(w *ward) {
			w.result("calcium", "6.0 mg/dL", "2026-11-12").result("albumin", "3.3 g/dL", "2026-11-12")
		}, expr: `corrected_calcium <= "6.56 mg/dL"`, want: "met"},
		{name: "exactly at an open limit", record: func(w *ward) {
			w.result("calcium", "6.0 mg/dL", "2026-11-12").result("albumin", "2.2 g/dL", "2026-11-12")
		}, expr: `corrected_calcium < "7.44 mg/dL"`, want: "not met"},
		{name: "BMI exactly at the limit", record: func(w *ward) { w.result("weight", "86.7 kg", "2026-11-12").result("height", "170 cm", "2026-11-12") }, expr: `bmi <= "30 kg/m2"`, want: "met"},
		{name: "BMI from pounds and inches", record: func(w *ward) {
			w.result("weight", "220 [lb_av]", "2026-11-12").result("height", "70 [in_i]", "2026-11-12")
		}, expr: `"31.56 kg/m2" <= bmi <= "31.57 kg/m2"`, want: "met", says: []string{"220 [lb_av] (= 99.8 kg)"}},
		{name: "just below the limit is not shown as the limit", record: func(w *ward) { w.result("weight", "86.69 kg", "2026-11-12").result("height", "170 cm", "2026-11-12") }, expr: `bmi >= "30 kg/m2"`, want: "not met", says: []string{"BMI 29.997"}},
		{name: "a limit in another unit", record: func(w *ward) {
			w.result("calcium", "9 mg/dL", "2026-11-12").result("albumin", "2.0 g/dL", "2026-11-12")
		}, expr: `corrected_calcium >= "2.6 mmol/L"`, want: "met"},
		{
			name: "near an event", record: func(w *ward) {
				creatinine("1.0 mg/dL")(w)
				w.followed().diagnosis("stroke", "2026-10-20").result("creatinine", "9 mg/dL", "2026-09-01")
			},
			expr: `egfr("within 30 days of 'stroke'") >= "45 mL/min/{1.73_m2}"`, want: "met", evidence: []string{"creatinine2026-11-12"}, says: []string{"creatinine 1.0 mg/dL on 2026-11-12"},
		},
		{
			name: "far from an event", record: func(w *ward) { creatinine("1.0 mg/dL")(w); w.followed().diagnosis("stroke", "2026-10-01") },
			expr: `egfr("within 30 days of 'stroke'") >= "45 mL/min/{1.73_m2}"`, want: "unknown", cause: "outside-window", says: []string{"By its last value"},
		},
		{name: "known", record: creatinine("1.0 mg/dL"), expr: `known(egfr("last 3 months"))`, want: "met"},
		{name: "not known", record: func(*ward) {}, expr: `known(egfr("last 3 months"))`, want: "not met"},
	})
}

func TestDerivedLiver(t *testing.T) {
	liver := func(w *ward) *ward {
		return w.followed().result("bilirubin", "1.0 mg/dL", "2026-11-12").result("albumin", "4.0 g/dL", "2026-11-12").result("inr", "1.0", "2026-11-12").
			result("creatinine", "0.9 mg/dL", "2026-11-12").result("sodium", "140 mmol/L", "2026-11-12")
	}
	runDerived(t, []derivedCase{
		{name: "FIB-4", record: func(w *ward) {
			w.result("ast", "40 U/L", "2026-11-12").result("alt", "25 U/L", "2026-11-12").result("platelets", "200 10*9/L", "2026-11-12")
		}, expr: `1.3 <= fib4("last 6 months") <= 2.67`, want: "met", basis: "derived", says: []string{"FIB-4 2.32", "age 58"}},
		{name: "MELD 3.0 of healthy livers", record: func(w *ward) { liver(w) }, expr: `meld3("last 28 days") <= 15`, want: "met", basis: "silence", says: []string{"MELD 3.0 7.3", "OPTN 2023", "no dialysis in the week before on record"}},
		{name: "MELD that dialysis could not change", record: func(w *ward) { liver(w) }, expr: `meld("last 28 days") <= 30`, want: "met", basis: "derived"},
		{name: "MELD on dialysis", record: func(w *ward) { liver(w).done("dialysis", "2026-11-08").done("dialysis", "2026-11-10") }, expr: `meld("last 28 days") >= 19`, want: "met", basis: "derived"},
		{name: "MELD with one day of dialysis", record: func(w *ward) { liver(w).done("dialysis", "2026-11-10") }, expr: `meld("last 28 days") <= 15`, want: "unknown", cause: "sources-conflict"},
		{name: "MELD with a procedure in words in the week before", record: func(w *ward) { liver(w).done("dialysis", "2026-11-08").inWords() }, expr: `meld("last 28 days") <= 15`, want: "unknown", cause: "note-only", says: []string{"may be on record in words only. To settle: read the chart"}},
		{name: "MELD with a procedure in words before that week", record: func(w *ward) { liver(w).done("dialysis", "2026-09-08").inWords() }, expr: `meld("last 28 days") <= 15`, want: "met", basis: "silence"},
		{name: "MELD where silence means nothing", record: func(w *ward) {
			w.result("bilirubin", "1.0 mg/dL", "2026-11-12").result("inr", "1.0", "2026-11-12").result("creatinine", "0.9 mg/dL", "2026-11-12")
		}, expr: `meld("last 28 days") <= 15`, want: "unknown", cause: "list-empty"},
		{name: "MELD-Na without sodium", record: func(w *ward) {
			w.followed().result("bilirubin", "1.0 mg/dL", "2026-11-12").result("inr", "1.0", "2026-11-12").result("creatinine", "0.9 mg/dL", "2026-11-12")
		}, expr: `meld_na("last 28 days") <= 15`, want: "unknown", cause: "never-recorded", says: []string{"nor sodium"}},
		{name: "Child-Pugh without grades is a range", record: func(w *ward) { liver(w) }, expr: `child_pugh("last 28 days") <= 6`, want: "unknown", cause: "never-recorded", says: []string{"5 to 9", "ascites not on record"}},
		{name: "Child-Pugh without grades that decides", record: func(w *ward) { liver(w) }, expr: `child_pugh("last 28 days") <= 9`, want: "met"},
		{
			name: "Child-Pugh with grades", record: func(w *ward) { liver(w).coded("ascites", "a0", "2026-11-10").result("brain", "0", "2026-11-12") },
			expr: `child_pugh("last 28 days") <= 6`, want: "met", says: []string{"Child-Pugh score 5"},
		},
		{name: "Child-Pugh with bilirubin in umol/L at its own limit", record: func(w *ward) {
			w.followed().result("bilirubin", "34 umol/L", "2026-11-12").result("albumin", "4.0 g/dL", "2026-11-12").result("inr", "1.0", "2026-11-12").
				coded("ascites", "a0", "2026-11-10").result("brain", "0", "2026-11-12")
		}, expr: `child_pugh == 6`, want: "met"},
		{name: "Child-Pugh in cholestatic disease", record: func(w *ward) {
			w.followed().result("bilirubin", "3.5 mg/dL", "2026-11-12").result("albumin", "4.0 g/dL", "2026-11-12").result("inr", "1.0", "2026-11-12").
				coded("ascites", "a0", "2026-11-10").result("brain", "0", "2026-11-12").diagnosis("pbc", "2020-01-01")
		}, expr: `child_pugh == 5`, want: "met", says: []string{"cholestatic"}},
	})
}

func TestDerivedScores(t *testing.T) {
	runDerived(t, []derivedCase{
		{name: "a man of 40 with nothing", record: func(w *ward) { w.followed().born("1986-05-04").sex(chart.NoSex, chart.Male) }, expr: `cha2ds2_vasc == 0`, want: "met", basis: "silence", says: []string{"CHA2DS2-VASc 0", "absence is assumed"}},
		{
			name: "recorded points are enough", record: func(w *ward) { w.followed().diagnosis("hypertension", "2020-01-01") }, expr: `cha2ds2_vasc >= 2`, want: "met", basis: "derived",
			evidence: []string{"hypertension2020-01-01"}, says: []string{"Lip 2010", "woman of 58 (1)", "hypertension (1)"},
		},
		{name: "stroke counts twice, once", record: func(w *ward) { w.followed().diagnosis("stroke", "2020-01-01").diagnosis("stroke", "2021-01-01") }, expr: `cha2ds2_vasc == 3`, want: "met"},
		{name: "a suspected stroke is a range", record: func(w *ward) { w.followed().suspected("stroke", "2020-01-01") }, expr: `cha2ds2_vasc >= 2`, want: "unknown", cause: "only-suspected", says: []string{"CHA2DS2-VASc 1 to 3", "Open: stroke (2)"}},
		{name: "a suspected stroke that changes nothing", record: func(w *ward) { w.followed().suspected("stroke", "2020-01-01") }, expr: `cha2ds2_vasc >= 1`, want: "met"},
		{name: "silence that means nothing", record: func(w *ward) { w.diagnosis("hypertension", "2026-01-01") }, expr: `cha2ds2_vasc >= 3`, want: "unknown", cause: "record-too-short"},
		{name: "silence switched off", record: func(w *ward) { w.followed(); w.set.SilenceOpen = true }, expr: `cha2ds2_vasc >= 3`, want: "unknown", cause: "never-recorded"},
		{name: "sex not recorded", record: func(w *ward) { w.followed().sex(chart.NoSex, chart.NoSex) }, expr: `cha2ds2_vasc >= 1`, want: "unknown", cause: "never-recorded"},
		{name: "75 years", record: func(w *ward) { w.followed().born("1951-11-23") }, expr: `cha2ds2_vasc >= 3`, want: "met"},
		{name: "75 tomorrow", record: func(w *ward) { w.followed().born("1951-11-24") }, expr: `cha2ds2_vasc >= 3`, want: "not met", basis: "silence"},
		// 58 years give 1; diabetes with organ damage 2, not 3; cirrhosis and varices 3, not 4; metastases 6, not 8
		{name: "Charlson counts an organ once", record: func(w *ward) {
			w.followed().diagnosis("diabetes", "2010-01-01").diagnosis("retinopathy", "2015-01-01").diagnosis("cirrhosis", "2015-01-01").diagnosis("varices", "2018-01-01").
				diagnosis("colon cancer", "2020-01-01").diagnosis("liver metastases", "2021-01-01")
		}, expr: `charlson == 12`, want: "met", says: []string{"Charlson index 12", "metastatic solid tumour (6)"}},
		{name: "Charlson without a birth date", record: func(w *ward) { w.followed(); w.who.Birth = dates.When{} }, expr: `charlson <= 4`, want: "unknown", cause: "never-recorded"},
	})
}

func TestDerivedSeries(t *testing.T) {
	three := func(w *ward) {
		for on, qt := range map[string]string{"2026-11-12T10:00:00Z": "400 ms", "2026-11-12T10:05:00Z": "420 ms", "2026-11-12T10:10:00Z": "480 ms"} {
			w.result("qt", qt, on).result("rate", "60 /min", on)
		}
	}
	falling := func(w *ward) {
		w.result("creatinine", "1.0 mg/dL", "2026-02-12").result("creatinine", "1.5 mg/dL", "2026-06-12").result("egfr2021", "38"+perArea, "2026-11-12")
	}
	runDerived(t, []derivedCase{
		{name: "mean of three", record: three, expr: `qtcf("last 28 days", "average of latest 3") <= "450 ms"`, want: "met", basis: "derived", says: []string{"400 ms", "420 ms", "480 ms"}},
		{name: "mean of three exactly at the limit", record: three, expr: `qtcf("average of latest 3") <= "433.3 ms"`, want: "not met"},
		{name: "the newest alone", record: three, expr: `qtcf("last 28 days") <= "450 ms"`, want: "not met"},
		{name: "highest", record: three, expr: `qtcf("highest") <= "450 ms"`, want: "not met"},
		{name: "lowest", record: three, expr: `qtcf("lowest") <= "450 ms"`, want: "met"},
		{name: "any", record: three, expr: `qtcf("any") > "470 ms"`, want: "met"},
		{name: "all", record: three, expr: `qtcf("all") <= "500 ms"`, want: "met"},
		{name: "first", record: three, expr: `qtcf("first") <= "410 ms"`, want: "met"},
		{name: "mean of four", record: three, expr: `qtcf("average of latest 4") <= "450 ms"`, want: "unknown", cause: "never-recorded"},
		{
			name: "computed and reported, months apart", record: falling, expr: `egfr("latest 2", "at least 90 days apart") <= "60 mL/min/{1.73_m2}"`, want: "met", basis: "derived",
			evidence: []string{"creatinine2026-06-12", "egfr20212026-11-12"},
		},
		{name: "all of three", record: falling, expr: `egfr("all of latest 3") <= "60 mL/min/{1.73_m2}"`, want: "not met"},
		{name: "a report against the creatinine of its sample", record: func(w *ward) {
			w.result("creatinine", "1.0 mg/dL", "2026-11-12").result("egfr2021", "50"+perArea, "2026-11-12")
		}, expr: `egfr("all") >= "60 mL/min/{1.73_m2}"`, want: "unknown", cause: "sources-conflict", evidence: []string{"creatinine2026-11-12", "egfr20212026-11-12"}},
		{name: "nothing in the window", record: falling, expr: `egfr("last 7 days", "all") <= "60 mL/min/{1.73_m2}"`, want: "unknown", cause: "outside-window"},
	})
}

var derivedAsked = []string{
	`egfr("last 3 months") >= "60 mL/min/{1.73_m2}"`,
	`egfr("last 6 months", "all") >= "60 mL/min/{1.73_m2}"`,
	`egfr("last 6 months", "latest 2") >= "60 mL/min/{1.73_m2}"`,
	`crcl("last 28 days") >= "50 mL/min"`,
	`bmi("last 3 months") >= "27 kg/m2"`,
	`corrected_calcium("between 1 and 4 months ago") <= "10.6 mg/dL"`,
	`meld("last 2 months") <= 12`,
	`child_pugh("last 2 months") <= 8`,
	`cha2ds2_vasc >= 2`,
	`charlson <= 3`,
}

func (w *ward) draw(t *rapid.T) *chart.Chart {
	results := map[string][]string{
		"creatinine": {"0.9 mg/dL", "1.3 mg/dL", "<1.0 mg/dL", "110 umol/L", "1 furlong"}, "egfr2021": {"58" + perArea, ">60" + perArea, "70 mL/min"},
		"weight": {"70 kg", "85 kg"}, "height": {"168 cm"}, "bmi": {"26 kg/m2"}, "calcium": {"9 mg/dL"}, "albumin": {"20 g/L", "4 g/dL"}, "bilirubin": {"1 mg/dL", "3 mg/dL"}, "inr": {"1.2"},
	}
	names := []string{"albumin", "bilirubin", "bmi", "calcium", "creatinine", "creatinine", "egfr2021", "height", "inr", "weight"}
	days := func() string {
		d := asOf - dates.Day(rapid.IntRange(-10, 700).Draw(t, "days ago"))
		if rapid.IntRange(0, 9).Draw(t, "month only") == 0 {
			return d.String()[:7]
		}
		return d.String()
	}
	for range rapid.IntRange(0, 14).Draw(t, "results") {
		what := rapid.SampledFrom(names).Draw(t, "what")
		w.result(what, rapid.SampledFrom(results[what]).Draw(t, "value"), days())
	}
	for range rapid.IntRange(0, 3).Draw(t, "diagnoses") {
		w.diagnosis(rapid.SampledFrom([]string{"hypertension", "stroke", "diabetes", "pbc"}).Draw(t, "diagnosis"), days())
	}
	for range rapid.IntRange(0, 2).Draw(t, "procedures") {
		w.done(rapid.SampledFrom([]string{"dialysis", "colonoscopy"}).Draw(t, "procedure"), days())
	}
	if rapid.IntRange(0, 3).Draw(t, "one in words only") == 0 {
		w.done("dialysis", days()).inWords()
	}
	if rapid.Bool().Draw(t, "followed") {
		w.followed()
	}
	w.born((asOf - dates.Day(rapid.IntRange(17*365, 76*366).Draw(t, "born"))).String())
	if rapid.Bool().Draw(t, "partial birth date") {
		w.born(w.who.BirthText[:4])
	}
	w.sex(chart.NoSex, rapid.SampledFrom([]chart.Sex{chart.Male, chart.Female, chart.UnknownSex}).Draw(t, "sex"))
	return w.b.Build(w.who, nil, true)
}

// TestDerivedChangesMissNoDay asks every single day of the horizon: no derived value's verdict changes on a day that was
// not foretold; and on the way an unknown has a cause and every judgement a sentence.
func TestDerivedChangesMissNoDay(t *testing.T) {
	lib := shippedSets(t)
	until, flips := asOf+150, 0
	rapid.Check(t, func(rt *rapid.T) {
		w := newWard(t, lib)
		w.set.Feeds = []Feed{{Kind: "procedure", LateBy: dates.Period{N: 20, Unit: dates.Days}}}
		c := w.draw(rt)
		var e Evaluator
		for i, text := range derivedAsked {
			p := w.compile(text)
			p.Source.Kind = verdict.Kind(i % 2)
			b := Bind(p, lib, w.dict, w.units, w.set)
			days := slices.Clone(e.Changes(nil, b, c, asOf, until))
			before := e.Evaluate(b, c, asOf, asOf).Verdict
			for d := asOf + 1; d <= until; d++ {
				j := e.Evaluate(b, c, asOf, d)
				if j.Verdict != before && !slices.Contains(days, d) {
					rt.Fatalf("%s: %v becomes %v on %v, foretold were %v", text, before, j.Verdict, d, days)
				}
				if j.Verdict != before {
					flips++
				}
				if (j.Verdict == verdict.Unknown) != (j.Causes != 0) {
					rt.Fatalf("%s: %v with causes %v", text, j.Verdict, j.Causes)
				}
				before = j.Verdict
			}
			j := e.Evaluate(b, c, asOf, asOf)
			var other Evaluator
			if s := other.Sentence(b, c, &j, asOf, nil); s == "" || strings.Contains(s, "NaN") || strings.Contains(s, "Inf") {
				rt.Fatalf("%s: %q", text, s)
			}
		}
	})
	if flips == 0 {
		t.Fatal("nothing ever changed")
	}
}

// TestDerivedChangesBySilence: what silence about dialysis needs, and the points of an age, turn on foretold days too.
func TestDerivedChangesBySilence(t *testing.T) {
	lib := shippedSets(t)
	short := func(s *Settings) { s.ContactWithin = dates.Period{N: 40, Unit: dates.Days} }
	late := func(s *Settings) {
		s.Feeds = []Feed{{Kind: "procedure", LateBy: dates.Period{N: 20, Unit: dates.Days}}}
	}
	labs := func(w *ward) {
		w.followed().result("creatinine", "0.9 mg/dL", "2026-11-12").result("bilirubin", "1.0 mg/dL", "2026-11-12").result("inr", "1.0", "2026-11-12")
	}
	for _, c := range []struct {
		name, expr, born string
		settings         func(*Settings)
		turns            []string
	}{
		{"last contact", `meld("last 6 months") <= 15`, "1968-05-04", short, []string{"2026-12-23"}},
		{"late feed", `meld("last 6 months") <= 15`, "1968-05-04", late, []string{"2026-12-02"}},
		{"65th birthday", `cha2ds2_vasc <= 1`, "1961-12-24", func(*Settings) {}, []string{"2026-12-24"}},
		{"60th birthday", `charlson <= 1`, "1967-01-02", func(*Settings) {}, []string{"2027-01-02"}},
	} {
		w := newWard(t, lib)
		labs(w)
		w.born(c.born)
		c.settings(&w.set)
		made := w.b.Build(w.who, nil, true)
		b := Bind(w.compile(c.expr), lib, w.dict, w.units, w.set)
		var e Evaluator
		days := e.Changes(nil, b, made, asOf, asOf+150)
		var turned []string
		before := e.Evaluate(b, made, asOf, asOf).Verdict
		for d := asOf + 1; d <= asOf+150; d++ {
			if v := e.Evaluate(b, made, asOf, d).Verdict; v != before {
				turned, before = append(turned, d.String()), v
				if !slices.Contains(days, d) {
					t.Errorf("%s: %v was not foretold, only %v", c.name, d, days)
				}
			}
		}
		if !slices.Equal(turned, c.turns) {
			t.Errorf("%s: turned on %v, want %v", c.name, turned, c.turns)
		}
	}
}

func BenchmarkDerived(b *testing.B) {
	lib := shippedSets(b)
	w := newWard(b, lib).followed()
	for _, on := range []string{"2025-03-12", "2026-05-12", "2026-11-12"} {
		w.result("creatinine", "110 umol/L", on).result("weight", "78 kg", on).result("height", "168 cm", on).result("bilirubin", "1.0 mg/dL", on).
			result("inr", "1.0", on).result("sodium", "140 mmol/L", on).result("albumin", "4 g/dL", on).result("egfr2021", "50"+perArea, on)
	}
	w.diagnosis("hypertension", "2020-01-01")
	c := w.b.Build(w.who, nil, true)
	for _, text := range []string{`bmi >= "27 kg/m2"`, `egfr("last 3 months") >= "30 mL/min/{1.73_m2}"`, `crcl("last 28 days") >= "50 mL/min"`, `meld3("last 28 days") <= 15`, `cha2ds2_vasc >= 2`, `charlson <= 4`} {
		bound := Bind(w.compile(text), lib, w.dict, w.units, w.set)
		name, _, _ := strings.Cut(strings.ReplaceAll(text, "(", " "), " ")
		b.Run(name, func(b *testing.B) {
			var e Evaluator
			b.ReportAllocs()
			for b.Loop() {
				e.Evaluate(bound, c, asOf, asOf)
			}
		})
	}
}

func TestDerivedWordsCompile(t *testing.T) {
	lib := shippedSets(t)
	for _, w := range derivedWords {
		p, list := Compile(Source{Text: w.Example, Line: 1, Column: 1}, lib)
		if p == nil || len(list) > 0 {
			t.Errorf("%s: %v", w.Example, list)
			continue
		}
		if d := p.Leaves[0].Derived; d == nil || d.Name() == "" || len(p.Sets()) < 2 {
			t.Errorf("%s: no formula, or its value sets are not among the program's: %v", w.Name, p.Sets())
		}
	}
	if len(derivedWords) != len(formulas) {
		t.Errorf("%d words, %d formulas", len(derivedWords), len(formulas))
	}
}

func TestDerivedRefused(t *testing.T) {
	few, list := terms.ReadSets(map[string][]byte{"few.yaml": []byte(`format: 1
sets:
  - name: creatinine
    domain: lab
    unit: mg/dL
    codes: [{system: loinc, code: "2160-0"}]
  - name: body weight
    domain: vital
    unit: mmol/L
    codes: [{system: loinc, code: "29463-7"}]
  - name: body height
    domain: diagnosis
    course: chronic
    codes: [{system: snomed, code: "50373000"}]
`)})
	if list.HasErrors() {
		t.Fatal(list)
	}
	shipped := shippedSets(t)
	for _, c := range []struct {
		lib        *terms.Library
		expr, code string
		says       string
	}{
		{few, `egfr >= "30 mL/min/{1.73_m2}"`, codeFormulaSet, `"eGFR", and there is none`},
		{few, `crcl >= "30 mL/min"`, codeFormulaSet, `"body weight" in kg`},
		{few, `bsa >= "1 m2"`, codeFormulaSet, `holds diagnoses`},
		{few, `charlson <= 3`, codeFormulaSet, `"dementia", and there is none`},
		{shipped, `egfr >= "30 mL/min"`, codeUnit, "does not fit"},
		{shipped, `crcl >= "30 mL/min/{1.73_m2}"`, codeUnit, "does not fit"},
		{shipped, `qtcf <= "1.2 xULN"`, codeUpperLimit, "limit"},
		{shipped, `egfr("eGFR") >= "30 mL/min/{1.73_m2}"`, codePhrase, "value set"},
		{shipped, `egfr("current") >= "30 mL/min/{1.73_m2}"`, codePhraseUse, "never current"},
		{shipped, `cha2ds2_vasc("last 3 months") >= 2`, codeWordUse, "stands alone"},
		{shipped, `cha2ds2_vasc >= 1.5`, codeLimit, "whole number"},
		{shipped, `egfr`, codeBareValue, "compare it"},
	} {
		p, list := Compile(Source{Text: c.expr, Line: 1, Column: 1}, c.lib)
		found := false
		for _, m := range list {
			found = found || m.Code == c.code && strings.Contains(m.Message, c.says)
		}
		if p != nil || !found {
			t.Errorf("%s: %v, told %v", c.expr, p, list)
		}
	}
}
