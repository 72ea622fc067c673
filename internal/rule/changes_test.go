package rule

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/quantity"
	"prescreen/internal/terms"
	"prescreen/internal/verdict"
)

const testSets = `format: 1
sets:
  - name: stroke
    domain: diagnosis
    course: event
    codes:
      - {system: snomed, code: "230690007", display: Stroke}
      - {system: snomed, code: "275526006", display: History of stroke, says: history}
  - name: diabetes
    domain: diagnosis
    course: chronic
    suggested_by: [metformin]
    codes:
      - {system: snomed, code: "44054006", display: Type 2 diabetes}
  - name: metformin
    domain: medication
    codes:
      - {system: rxnorm, code: "860975", display: Metformin 500 MG}
      - {system: rxnorm, code: "861007", display: Metformin 1000 MG}
  - name: appendectomy
    domain: procedure
    codes:
      - {system: snomed, code: "80146002", display: Appendectomy}
  - name: HbA1c
    domain: lab
    unit: "%"
    units: [{unit: "mmol/mol", factor: "0.09148", offset: "2.152"}]
    plausible: {low: "3 %", high: "25 %"}
    codes:
      - {system: loinc, code: "4548-4", display: HbA1c}
  - name: admission
    domain: visit
    codes:
      - {system: act-code, code: IMP, display: inpatient}
  - name: one stroke
    domain: diagnosis
    codes:
      - {system: snomed, code: "275526006", display: History of stroke, says: history}
  - name: family of diabetes
    domain: family
    codes:
      - {system: snomed, code: "44054006", display: Type 2 diabetes}
  - name: guardianship
    domain: flag
    codes:
      - {system: snomed, code: "105480006", display: Under guardianship}
  - name: ECOG
    domain: score
    answers:
      - {value: "0", codes: [{system: loinc, code: LA9622-7}]}
      - {value: "1", codes: [{system: loinc, code: LA9623-5}], texts: [fully ambulatory]}
      - {value: "2", codes: [{system: loinc, code: LA9624-3}]}
    codes:
      - {system: loinc, code: "89247-1", display: ECOG}
  - name: MMSE
    domain: score
    codes:
      - {system: loinc, code: "72106-8", display: MMSE total}
  - name: ALT
    domain: lab
    unit: U/L
    codes:
      - {system: loinc, code: "1742-6", display: ALT}
  - name: steroid
    domain: medication
    equivalents:
      - as: prednisone
        drugs:
          - {system: rxnorm, code: "8640", factor: "1"}
          - {system: rxnorm, code: "3264", factor: "5/0.75"}
    codes:
      - {system: rxnorm, code: "8640", display: Prednisone}
      - {system: rxnorm, code: "3264", display: Dexamethasone}
`

func testLibrary(t testing.TB) *terms.Library {
	t.Helper()
	lib, list := terms.ReadSets(map[string][]byte{"sets.yaml": []byte(testSets)})
	if list.HasErrors() {
		t.Fatal(list)
	}
	return lib
}

var asked = []string{
	`18 <= age <= 45`,
	`diagnosed("stroke")`,
	`diagnosed("stroke", "last 90 days")`,
	`diagnosed("stroke", "more than 3 months ago")`,
	`diagnosed("stroke", "between 3 and 12 months ago")`,
	`diagnosed("stroke", "current")`,
	`diagnosed("diabetes", "present in the last 6 months")`,
	`diagnosed("diabetes", "current")`,
	`not diagnosed("diabetes", "since 2026-01-01")`,
	`taking("metformin")`,
	`taking("metformin", "for at least 3 months")`,
	`took("metformin", "last 3 months")`,
	`took("metformin", "last 12 months", "for at least 8 weeks")`,
	`took("metformin", "more than 6 months ago")`,
	`procedure("appendectomy", "last 6 months")`,
	`procedure("appendectomy", "more than 1 year ago")`,
	`visit("admission", "last 12 months")`,
	`lab("HbA1c", "last 3 months") >= "7 %"`,
	`"7 %" <= lab("HbA1c", "last 6 months", "any") <= "9 %"`,
	`lab("HbA1c", "last 6 months", "all") <= "9 %"`,
	`lab("HbA1c", "last 12 months", "highest") < "8 %"`,
	`lab("HbA1c", "last 12 months", "first") < "8 %"`,
	`lab("HbA1c", "last 12 months", "average of latest 2") < "8 %"`,
	`lab("HbA1c", "last 12 months", "all of latest 2", "at least 30 days apart") < "8 %"`,
	`known(lab("HbA1c", "last 3 months"))`,
	`times("stroke", "last 6 months") >= 1`,
	`times("HbA1c", "last 6 months") >= 2`,
	`at_least(2, taking("metformin"), diagnosed("diabetes"), lab("HbA1c", "last 3 months") >= "6.5 %")`,
	`none_of(diagnosed("stroke", "last 60 days"), took("metformin", "last 28 days"))`,
	`family_history("diabetes")`,
	`pregnant`,
	`not breastfeeding`,
	`childbearing`,
	`enrolled`,
	`enrolled("last 30 days")`,
	`flagged("guardianship")`,
	`insured`,
	`speaks("French")`,
	`note_mentions("stroke")`,
	`score("ECOG", "last 28 days") <= 1`,
	`score("ECOG", "last 6 months", "highest") in ["0", "2"]`,
	`known(score("ECOG", "last 3 months"))`,
	`score("MMSE", "last 12 months") >= 20`,
	`age_at("diabetes") >= 40`,
	`days_since("stroke") > 90`,
	`30 <= days_since("metformin") <= 100`,
	`days_since("appendectomy") >= 60`,
	`change("HbA1c", "last 6 months") <= "-0.5 %"`,
	`change("MMSE", "last 12 months") <= "-20 %"`,
	`daily_dose("metformin") >= "1500 mg"`,
	`daily_dose("steroid", "last 14 days", "as prednisone") > "10 mg"`,
	`daily_dose("metformin", "for at least 3 months") >= "1000 mg"`,
	`smoking in ["current", "former"]`,
	`smoking("last 12 months") == "never"`,
	`assume(lab("HbA1c", "last 3 months") < "7 %", "measured at the visit")`,
	`lab("ALT", "last 28 days") <= "2.5 xULN"`,
	`lab("ALT", "last 3 months", "all") > "0.5 xLLN"`,
	`lab("HbA1c", "last 6 months", "before 'stroke'") < "8 %"`,
	`took("metformin", "within 30 days before 'stroke'")`,
	`diagnosed("stroke", "after 'appendectomy'")`,
	`procedure("appendectomy", "within 3 months of 'stroke'")`,
	`not took("metformin", "within 14 days before 'HbA1c'") and lab("HbA1c", "last 3 months") < "8 %"`,
	`took("metformin", "last 3 months", "after 'stroke'")`,
	`diagnosed("stroke", "last 6 months", "except 'one stroke'")`,
	`lab("HbA1c", "last 6 months", "outpatient") < "8 %"`,
	`diagnosed("stroke", "last 6 months", "inpatient")`,
	`times("HbA1c", "last 6 months", "outpatient") >= 2`,
	`took("metformin", "last 3 months", "not as needed")`,
	`lab("HbA1c", "last 12 months", "latest 2 days") < "8 %"`,
	`lab("HbA1c", "last 12 months", "any of latest 2 days", "at least 30 days apart") < "8 %"`,
}

// anchored are asked with an anchor.
var anchored = []string{
	`lab("HbA1c", "last 6 months") < "8 %"`,
	`took("metformin")`,
	`age >= 30`,
}

// world is a library with everything bound for one chart.
type world struct {
	dict  *terms.Dictionary
	units *chart.Units
	codes map[string]terms.CodeID
}

func newWorld() *world {
	w := &world{dict: terms.NewDictionary(), units: chart.NewUnits(), codes: map[string]terms.CodeID{}}
	for _, c := range []terms.Coding{
		{System: terms.SNOMED, Code: "230690007"},
		{System: terms.SNOMED, Code: "275526006"},
		{System: terms.SNOMED, Code: "44054006"},
		{System: terms.RxNorm, Code: "860975"},
		{System: terms.RxNorm, Code: "861007"},
		{System: terms.SNOMED, Code: "80146002"},
		{System: terms.LOINC, Code: "4548-4"},
		{System: terms.LOINC, Code: "89247-1"},
		{System: terms.LOINC, Code: "72106-8"},
		{System: terms.LOINC, Code: "1742-6"},
		{System: terms.LOINC, Code: "72166-2"},
		{System: terms.LOINC, Code: "82810-3"},
		{System: terms.LOINC, Code: "2106-3"},
		{System: terms.LOINC, Code: "11778-8"},
		{System: terms.LOINC, Code: "63895-7"},
		{System: terms.LOINC, Code: "LA9622-7"},
		{System: terms.LOINC, Code: "LA9623-5"},
		{System: terms.LOINC, Code: "LA9624-3"},
		{System: terms.LOINC, Code: "LA6576-8"},
		{System: terms.LOINC, Code: "LA6577-6"},
		{System: terms.SNOMED, Code: "77386006"},
		{System: terms.SNOMED, Code: "60001007"},
		{System: terms.SNOMED, Code: "146799005"},
		{System: terms.SNOMED, Code: "72892002"},
		{System: terms.SNOMED, Code: "66348005"},
		{System: terms.SNOMED, Code: "236886002"},
		{System: terms.SNOMED, Code: "169741004"},
		{System: terms.SNOMED, Code: "405029003"},
		{System: terms.SNOMED, Code: "8517006"},
		{System: terms.SNOMED, Code: "266919005"},
		{System: terms.SNOMED, Code: "105480006"},
		{System: terms.RxNorm, Code: "8640"},
		{System: terms.RxNorm, Code: "3264"},
		{System: terms.TextSystem, Code: "fully ambulatory"},
		{System: terms.BCP47, Code: "fr-CA"},
		{System: terms.BCP47, Code: "en"},
		{System: terms.ActCode, Code: "IMP"},
		{System: terms.ActCode, Code: "AMB"},
	} {
		w.codes[c.Code] = w.dict.ID(c)
	}
	for _, u := range []string{"%", "mmol/mol", "mg/dL", "mg", "g", "U/L", "{score}"} {
		w.units.ID([]byte(u))
	}
	return w
}

var asOf = dates.NewDay(2026, 11, 23)

func drawWhen(t *rapid.T, name string) dates.When {
	d := asOf + dates.Day(rapid.IntRange(-800, 60).Draw(t, name))
	switch rapid.IntRange(0, 6).Draw(t, name+" precision") {
	case 0:
		return dates.When{}
	case 1:
		y, _, _ := d.Civil()
		return dates.When{From: dates.NewDay(y, 1, 1), To: dates.NewDay(y, 12, 31), Precision: dates.ToYear}
	case 2:
		return dates.Within(d, d+dates.Day(rapid.IntRange(0, 90).Draw(t, name+" length")))
	}
	return dates.On(d)
}

var statuses = map[chart.Kind][]chart.Status{
	chart.Diagnosis:  {chart.NoStatus, chart.Active, chart.Inactive, chart.Remission, chart.Resolved},
	chart.Medication: {chart.Active, chart.Completed, chart.Stopped, chart.OnHold, chart.NotTaken, chart.OtherStatus},
	chart.Procedure:  {chart.Completed, chart.InProgress, chart.NotTaken},
	chart.Visit:      {chart.Completed, chart.Planned},
	chart.Result:     {chart.Final, chart.Final, chart.Preliminary, chart.Cancelled},
	chart.Enrolment:  {chart.OnTrial, chart.OffTrial, chart.Candidate},
	chart.Flag:       {chart.Active, chart.Inactive},
	chart.Coverage:   {chart.Active, chart.Cancelled},

	chart.FamilyHistory: {chart.Completed},
}

func (w *world) drawChart(t *rapid.T) *chart.Chart {
	var b chart.Builder
	words := rapid.Bool().Draw(t, "some in words only")
	pick := func(codes ...string) []terms.CodeID {
		return []terms.CodeID{w.codes[rapid.SampledFrom(codes).Draw(t, "code")]}
	}
	if rapid.Bool().Draw(t, "long record") {
		for _, ago := range []dates.Day{1200, 40} {
			it := b.Grow()
			*it = chart.Item{ID: []byte{byte(ago)}, Source: &chart.Source{}, Fact: chart.Fact{
				Kind: chart.Visit, Origin: chart.FromEncounter, Status: chart.Completed, Begin: dates.On(asOf - ago), End: dates.On(asOf - ago),
			}}
		}
	}
	for i := range rapid.IntRange(0, 30).Draw(t, "facts") {
		it := b.Grow()
		*it = chart.Item{ID: []byte{byte('a' + i)}, Source: &chart.Source{}}
		f := &it.Fact
		switch rapid.IntRange(0, 9).Draw(t, "kind") {
		case 5:
			drawAnswer(t, it, pick)
		case 6:
			f.Kind = rapid.SampledFrom([]chart.Kind{chart.Enrolment, chart.Flag, chart.Coverage, chart.FamilyHistory}).Draw(t, "standing")
			it.Codes = pick("105480006", "44054006")
			f.Origin = chart.FromFlag
			f.End = drawWhen(t, "ended")
		case 7:
			f.Kind, f.Origin, it.Codes, f.Form = chart.Result, chart.FromObservation, pick("1742-6"), chart.Number
			f.Value, f.Unit = quantity.FromInt(int64(rapid.IntRange(2, 200).Draw(t, "value"))), 6
			if rapid.Bool().Draw(t, "range") {
				it.Ranges = []chart.ReferenceRange{{
					Low: quantity.FromInt(5), High: quantity.FromInt(40), HasLow: true, HasHigh: true, Normal: true,
					Sex: rapid.SampledFrom([]chart.Sex{chart.NoSex, chart.Male}).Draw(t, "range for"), AgeLow: -1, AgeHigh: 30,
				}}
			}
		case 8:
			f.Kind, f.Origin, it.Codes = chart.Diagnosis, chart.FromCondition, pick("72892002", "66348005", "236886002")
			f.End = drawWhen(t, "abated")
		case 0:
			f.Kind, f.Origin, it.Codes = chart.Diagnosis, chart.FromCondition, pick("230690007", "275526006", "44054006")
			f.Certainty = rapid.SampledFrom([]chart.Certainty{chart.Unsaid, chart.Confirmed, chart.Confirmed, chart.Doubtful, chart.Refuted}).Draw(t, "certainty")
			f.End = drawWhen(t, "abated")
			f.Noted = drawWhen(t, "noted")
		case 1:
			f.Kind, it.Codes = chart.Medication, pick("860975", "861007", "8640", "3264")
			if rapid.Bool().Draw(t, "dose") {
				f.Form, f.Value = chart.Number, quantity.FromInt(int64(rapid.IntRange(1, 2000).Draw(t, "dose value")))
				f.Unit = chart.UnitID(rapid.IntRange(3, 5).Draw(t, "dose unit"))
				it.Supply.PerDays = int32(rapid.IntRange(1, 2).Draw(t, "days"))
			}
			f.Origin = rapid.SampledFrom([]chart.Origin{chart.FromMedicationRequest, chart.FromMedicationDispense, chart.FromMedicationAdministration}).Draw(t, "origin")
			f.End = drawWhen(t, "end")
		case 2:
			f.Kind, f.Origin, it.Codes = chart.Procedure, chart.FromProcedure, pick("80146002")
		case 3:
			f.Kind, f.Origin, it.Answer = chart.Visit, chart.FromEncounter, pick("IMP", "AMB")
			f.End = drawWhen(t, "left")
		case 4:
			f.Kind, f.Origin, it.Codes, f.Form = chart.Result, chart.FromObservation, pick("4548-4"), chart.Number
			f.Value = quantity.FromInt(int64(rapid.IntRange(2, 60).Draw(t, "value")))
			f.Unit = chart.UnitID(rapid.IntRange(0, 3).Draw(t, "unit"))
			f.Comparator = rapid.SampledFrom([]quantity.Comparator{quantity.None, quantity.None, quantity.Less}).Draw(t, "comparator")
		}
		f.Status = rapid.SampledFrom(statuses[f.Kind]).Draw(t, "status")
		f.Begin = drawWhen(t, "begin")
		f.Flags = rapid.SampledFrom([]chart.Flags{0, 0, chart.Inpatient, chart.Outpatient, chart.AsNeeded, chart.Conflicting}).Draw(t, "flags")
		if words && it.Codes != nil && rapid.IntRange(0, 3).Draw(t, "in words only") == 0 {
			it.Codes, f.Flags = nil, f.Flags|chart.Uncoded
		}
	}
	birth := dates.On(asOf.Sub(dates.Period{N: rapid.IntRange(17, 46).Draw(t, "age"), Unit: dates.Years}) + dates.Day(rapid.IntRange(-200, 200).Draw(t, "days")))
	if rapid.Bool().Draw(t, "partial birth date") {
		birth.To += dates.Day(rapid.IntRange(0, 364).Draw(t, "birth"))
		birth.Precision = dates.Span
	}
	person := chart.Person{Birth: birth, Gender: rapid.SampledFrom([]chart.Sex{chart.Female, chart.Female, chart.Male, chart.NoSex}).Draw(t, "sex")}
	if rapid.Bool().Draw(t, "language") {
		person.Languages = pick("fr-CA", "en")
	}
	return b.Build(person, nil, true)
}

// drawAnswer draws a result that is answered in words, or a date.
func drawAnswer(t *rapid.T, it *chart.Item, pick func(...string) []terms.CodeID) {
	f := &it.Fact
	f.Kind, f.Origin, f.Form = chart.Result, chart.FromObservation, chart.Coded
	it.Codes = pick("89247-1", "72106-8", "72166-2", "82810-3", "2106-3", "11778-8", "63895-7")
	switch rapid.IntRange(0, 3).Draw(t, "form") {
	case 0:
		f.Form, f.Value = chart.Number, quantity.FromInt(int64(rapid.IntRange(0, 30).Draw(t, "score")))
		f.Unit = rapid.SampledFrom([]chart.UnitID{0, 7}).Draw(t, "unit")
	case 1:
		f.Form, f.End = chart.OtherForm, drawWhen(t, "value")
	default:
		it.Answer = pick("LA9622-7", "LA9623-5", "LA9624-3", "LA6576-8", "LA6577-6", "77386006", "60001007", "146799005", "169741004",
			"405029003", "8517006", "266919005", "fully ambulatory")
	}
}

func compileAll(t testing.TB, w *world, lib *terms.Library, s Settings) []*Bound {
	t.Helper()
	var bound []*Bound
	for i, text := range asked {
		kind := verdict.Kind(i % 2)
		p, list := Compile(Source{File: "t.yaml", Line: 1, Column: 1, Text: text, Kind: kind}, lib)
		if p == nil {
			t.Fatalf("%s\n%v", text, list)
		}
		p.Source.Kind = kind
		bound = append(bound, Bind(p, lib, w.dict, w.units, s))
	}
	stroke, _ := lib.Find("stroke")
	for _, text := range anchored {
		p, list := Compile(Source{File: "t.yaml", Line: 1, Column: 1, Text: text, Anchor: stroke}, lib)
		if p == nil {
			t.Fatalf("%s\n%v", text, list)
		}
		bound = append(bound, Bind(p, lib, w.dict, w.units, s))
	}
	return bound
}

// TestChangesMissNoDay asks every single day of the horizon: nothing of an answer changes on a day that was not foretold.
func TestChangesMissNoDay(t *testing.T) {
	w, lib := newWorld(), testLibrary(t)
	bound := compileAll(t, w, lib, feeds())
	until := asOf.Add(dates.Period{N: 180, Unit: dates.Days})
	flips := 0
	rapid.Check(t, func(t *rapid.T) {
		c := w.drawChart(t)
		var e Evaluator
		for _, b := range bound {
			days := slices.Clone(e.Changes(nil, b, c, asOf, until))
			before := spell(e.Evaluate(b, c, asOf, asOf))
			for d := asOf + 1; d <= until; d++ {
				now := spell(e.Evaluate(b, c, asOf, d))
				if now != before && !slices.Contains(days, d) {
					t.Fatalf("%s: %v becomes %v on %v, foretold were %v", b.Program.Source.Text, before, now, d, days)
				}
				if now != before {
					flips++
				}
				before = now
			}
		}
	})
	if flips == 0 {
		t.Fatal("nothing ever changed")
	}
}

// TestAnswersDoNotDependOnWhatWasAskedBefore: an evaluator that has answered much answers as a new one.
func TestAnswersDoNotDependOnWhatWasAskedBefore(t *testing.T) {
	w, lib := newWorld(), testLibrary(t)
	bound := compileAll(t, w, lib, Defaults())
	var used Evaluator
	rapid.Check(t, func(t *rapid.T) {
		c := w.drawChart(t)
		for _, b := range bound {
			var fresh Evaluator
			x, y := used.Evaluate(b, c, asOf, asOf), fresh.Evaluate(b, c, asOf, asOf)
			if x.Verdict != y.Verdict || x.Basis != y.Basis || x.Causes != y.Causes || len(x.Leaves) != len(y.Leaves) {
				t.Fatalf("%s: %+v and %+v", b.Program.Source.Text, x, y)
			}
			if x.Verdict == verdict.Unknown && x.Causes == 0 {
				t.Fatalf("%s: unknown without a cause: %+v", b.Program.Source.Text, x)
			}
			if x.Verdict != verdict.Unknown && x.Causes != 0 {
				t.Fatalf("%s: %v with causes", b.Program.Source.Text, x.Verdict)
			}
			if s := used.Sentence(b, c, &y, asOf, nil); s == "" {
				t.Fatalf("%s: no sentence for %+v", b.Program.Source.Text, y)
			}
		}
	})
}
