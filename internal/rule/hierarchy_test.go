package rule

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/quantity"
	"prescreen/internal/terms"
	"prescreen/internal/verdict"
)

// hierarchical are sets of the same names as those of testLibrary, each of which asks for what stands below one code.
const hierarchical = `format: 1
sets:
  - name: stroke
    domain: diagnosis
    course: event
    codes: [{system: snomed, code: "230690007", include: with-descendants}]
  - name: diabetes
    domain: diagnosis
    course: chronic
    codes: [{system: snomed, code: "73211009", include: with-descendants}]
  - name: other diabetes
    domain: diagnosis
    course: chronic
    sets: [diabetes]
    exclude: [{system: snomed, code: "230690007", include: with-descendants}]
  - name: metformin
    domain: medication
    codes: [{system: rxnorm, code: "860975", include: with-descendants}]
  - name: appendectomy
    domain: procedure
    codes: [{system: snomed, code: "174041007", include: with-descendants}]
  - name: admission
    domain: visit
    codes: [{system: act-code, code: IMP, include: with-descendants}]
  - name: HbA1c
    domain: lab
    unit: "%"
    units: [{unit: mmol/mol, factor: "0.09148", offset: "2.152"}]
    plausible: {low: "3 %", high: "25 %"}
    codes: [{system: loinc, code: 4548-4, include: with-descendants}]
  - name: operation
    domain: procedure
    codes: [{system: snomed, code: "80146002"}]
  - name: suggested
    domain: diagnosis
    course: chronic
    codes: [{system: snomed, code: "275526006"}]
    suggested_by: [metformin]
`

// hierarchySays writes FHIR code systems in which each pair's first stands below its second.
func hierarchySays(t testing.TB, pairs ...[3]string) []terms.HierarchySource {
	t.Helper()
	concepts := map[string][]string{}
	for _, top := range [][2]string{
		{terms.SNOMED, "230690007"},
		{terms.SNOMED, "73211009"},
		{terms.SNOMED, "174041007"},
		{terms.RxNorm, "860975"},
		{terms.ActCode, "IMP"},
		{terms.LOINC, "4548-4"},
	} {
		concepts[top[0]] = append(concepts[top[0]], fmt.Sprintf(`{"code":%q}`, top[1]))
	}
	for _, p := range pairs {
		concepts[p[0]] = append(concepts[p[0]], fmt.Sprintf(`{"code":%q,"property":[{"code":"parent","valueCode":%q}]}`, p[1], p[2]))
	}
	dir := t.TempDir()
	i := 0
	for system, list := range concepts {
		i++
		text := fmt.Sprintf(`{"resourceType":"CodeSystem","url":%q,"content":"complete","concept":[%s]}`, system, strings.Join(list, ","))
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprint(i, ".json")), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return []terms.HierarchySource{{Path: dir}}
}

func hierarchicalLibrary(t testing.TB, sources []terms.HierarchySource) *terms.Library {
	t.Helper()
	lib, told := terms.ReadSets(map[string][]byte{"h.yaml": []byte(hierarchical)})
	if told.HasErrors() {
		t.Fatal(told)
	}
	h, err := terms.LoadHierarchies(sources, lib.Sets())
	if err != nil {
		t.Fatal(err)
	}
	lib.Over(h)
	return lib
}

var askedBelow = []string{
	`diagnosed("stroke")`,
	`diagnosed("stroke", "last 90 days")`,
	`not diagnosed("diabetes", "current")`,
	`diagnosed("other diabetes")`,
	`diagnosed("suggested")`,
	`taking("metformin")`,
	`took("metformin", "last 12 months", "for at least 8 weeks")`,
	`procedure("appendectomy", "last 6 months")`,
	`visit("admission", "last 12 months")`,
	`lab("HbA1c", "last 6 months") >= "7 %"`,
	`lab("HbA1c", "last 6 months", "any") >= "7 %"`,
	`lab("HbA1c", "last 6 months", "any") != "7 %"`,
	`lab("HbA1c", "last 6 months", "all") <= "9 %"`,
	`lab("HbA1c", "last 6 months", "highest") <= "9 %"`,
	`lab("HbA1c", "last 12 months", "average of latest 2") < "8 %"`,
	`known(lab("HbA1c", "last 3 months"))`,
	`times("stroke", "last 12 months") >= 1`,
	`times("stroke", "last 12 months") < 1`,
	`1 <= times("HbA1c", "last 12 months") <= 2`,
	`procedure("operation", "except 'appendectomy'")`,
	`procedure("operation", "within 90 days of 'stroke'")`,
	`not procedure("operation", "before 'stroke'")`,
	`days_since("stroke") >= 60`,
	`none_of(diagnosed("stroke", "last 60 days"), took("metformin", "last 28 days"))`,
}

func bindAll(t testing.TB, w *world, lib *terms.Library, s Settings) []*Bound {
	t.Helper()
	var bound []*Bound
	for i, text := range askedBelow {
		kind := verdict.Kind(i % 2)
		p, list := Compile(Source{File: "t.yaml", Line: 1, Column: 1, Text: text, Kind: kind}, lib)
		if p == nil {
			t.Fatalf("%s\n%v", text, list)
		}
		bound = append(bound, Bind(p, lib, w.dict, w.units, s))
	}
	return bound
}

// drawBelow draws a few records of one or two kinds, of codes that are asked for and of codes that may stand below them.
func (w *world) drawBelow(t *rapid.T) *chart.Chart {
	var b chart.Builder
	kinds := rapid.SliceOfN(rapid.IntRange(0, 4), 1, 2).Draw(t, "kinds")
	for i := range rapid.IntRange(0, 4).Draw(t, "facts") {
		it := b.Grow()
		*it = chart.Item{ID: []byte{byte('a' + i)}, Source: &chart.Source{}}
		f := &it.Fact
		code := func(codes ...string) []terms.CodeID {
			return []terms.CodeID{w.codes[rapid.SampledFrom(codes).Draw(t, "code")]}
		}
		f.Status = chart.Completed
		switch kinds[i%len(kinds)] {
		case 0:
			f.Kind, f.Origin, it.Codes = chart.Diagnosis, chart.FromCondition, code("230690007", "275526006", "44054006", "73211009")
			f.Status = rapid.SampledFrom([]chart.Status{chart.Active, chart.Resolved}).Draw(t, "status")
			f.Certainty = rapid.SampledFrom([]chart.Certainty{chart.Confirmed, chart.Doubtful, chart.Refuted}).Draw(t, "certainty")
		case 1:
			f.Kind, f.Origin, it.Codes = chart.Medication, chart.FromMedicationRequest, code("860975", "861007")
			f.Status = rapid.SampledFrom([]chart.Status{chart.Active, chart.Completed, chart.OnHold}).Draw(t, "status")
		case 2:
			f.Kind, f.Origin, it.Codes = chart.Procedure, chart.FromProcedure, code("80146002", "174041007")
		case 3:
			f.Kind, f.Origin, it.Answer = chart.Visit, chart.FromEncounter, code("IMP", "AMB")
		case 4:
			f.Kind, f.Origin, it.Codes, f.Form, f.Status = chart.Result, chart.FromObservation, code("4548-4", "17856-6"), chart.Number, chart.Final
			f.Value, f.Unit = quantity.FromInt(rapid.SampledFrom([]int64{6, 7, 10}).Draw(t, "value")), chart.UnitID(1)
		}
		f.Begin = dates.On(asOf - dates.Day(rapid.SampledFrom([]int{3, 20, 45, 80, 120, 200, 400}).Draw(t, "days ago")))
	}
	return b.Build(chart.Person{}, nil, true)
}

// TestWithoutAHierarchyNothingIsSaidThatOneCouldTakeBack: an answer given without a hierarchy is the answer under every
// hierarchy there could be.
func TestWithoutAHierarchyNothingIsSaidThatOneCouldTakeBack(t *testing.T) {
	w := newWorld()
	for _, c := range []terms.Coding{{System: terms.SNOMED, Code: "73211009"}, {System: terms.SNOMED, Code: "174041007"}, {System: terms.LOINC, Code: "17856-6"}} {
		w.codes[c.Code] = w.dict.ID(c)
	}
	below := [][3]string{
		{terms.SNOMED, "275526006", "230690007"},
		{terms.SNOMED, "44054006", "73211009"},
		{terms.SNOMED, "44054006", "230690007"},
		{terms.SNOMED, "73211009", "230690007"},
		{terms.SNOMED, "80146002", "174041007"},
		{terms.RxNorm, "861007", "860975"},
		{terms.ActCode, "AMB", "IMP"},
		{terms.LOINC, "17856-6", "4548-4"},
	}
	s := Defaults()
	s.Missing = map[terms.Domain]bool{terms.Vaccine: true}
	without := bindAll(t, w, hierarchicalLibrary(t, nil), s)
	with := [][]*Bound{bindAll(t, w, hierarchicalLibrary(t, hierarchySays(t)), s), bindAll(t, w, hierarchicalLibrary(t, hierarchySays(t, below...)), s)}
	for i := range below {
		with = append(with, bindAll(t, w, hierarchicalLibrary(t, hierarchySays(t, below[i])), s))
	}
	var stayed, opened int
	rapid.Check(t, func(t *rapid.T) {
		c := w.drawBelow(t)
		var e, other Evaluator
		for i, b := range without {
			bare := e.Evaluate(b, c, asOf, asOf)
			for _, bound := range with {
				told := other.Evaluate(bound[i], c, asOf, asOf)
				if bare.Verdict != verdict.Unknown && bare.Verdict != told.Verdict {
					t.Fatalf("%s: %v without a hierarchy, %v with one", askedBelow[i], bare.Verdict, told.Verdict)
				}
			}
			if bare.Verdict != verdict.Unknown {
				stayed++
				continue
			}
			if bare.Causes.Has(verdict.HierarchyNotLoaded) {
				opened++
			} else if strings.Contains(askedBelow[i], `diagnosed("suggested")`) {
				continue // a condition of silence came first, and it needs no hierarchy
			}
			if text := e.Sentence(b, c, &bare, asOf, nil); !strings.Contains(text, "is not loaded") {
				t.Fatalf("%s: the reason keeps back that a hierarchy is missing: %s", askedBelow[i], text)
			}
		}
	})
	if stayed == 0 || opened == 0 {
		t.Fatalf("%d answers stayed, %d were opened", stayed, opened)
	}
}

func TestWhatIsSaidWithoutAHierarchy(t *testing.T) {
	w := newWorld()
	lib := hierarchicalLibrary(t, nil)
	item := func(b *chart.Builder, kind chart.Kind, origin chart.Origin, status chart.Status, code string, on dates.Day) *chart.Fact {
		it := b.Grow()
		*it = chart.Item{ID: []byte(code), Source: &chart.Source{}, Codes: []terms.CodeID{w.codes[code]}}
		it.Fact.Kind, it.Fact.Origin, it.Fact.Status, it.Fact.Begin = kind, origin, status, dates.On(on)
		return &it.Fact
	}
	var b chart.Builder
	item(&b, chart.Diagnosis, chart.FromCondition, chart.Active, "230690007", asOf-30)
	for _, on := range []dates.Day{asOf - 1500, asOf - 10} {
		item(&b, chart.Procedure, chart.FromProcedure, chart.Completed, "80146002", on)
	}
	c := b.Build(chart.Person{}, nil, true)
	for text, want := range map[string]struct {
		verdict verdict.Verdict
		says    string
	}{
		`diagnosed("stroke")`:                       {verdict.Met, ""},
		`diagnosed("stroke", "last 14 days")`:       {verdict.Unknown, "By its listed codes, the last record of stroke is of 2026-10-24, but the codes below them are not known: the hierarchy of SNOMED CT is not loaded. To settle: load it."},
		`diagnosed("diabetes")`:                     {verdict.Unknown, "No listed code of diabetes is on record, but the codes below them are not known: the hierarchy of SNOMED CT is not loaded. To settle: load it."},
		`diagnosed("suggested")`:                    {verdict.Unknown, "No listed code of metformin is on record, but the codes below them are not known: the hierarchy of RxNorm is not loaded. To settle: load it."},
		`not diagnosed("suggested")`:                {verdict.Met, "no suggested among 1 diagnosis"},
		`procedure("operation", "before 'stroke'")`: {verdict.Unknown, "What belongs to stroke is not known wholly: the hierarchy of SNOMED CT is not loaded. To settle: load it."},
		`taking("metformin")`:                       {verdict.Unknown, "RxNorm"},
	} {
		p, list := Compile(Source{File: "t.yaml", Line: 1, Column: 1, Text: text}, lib)
		if p == nil {
			t.Fatal(list)
		}
		bound := Bind(p, lib, w.dict, w.units, Defaults())
		var e Evaluator
		j := e.Evaluate(bound, c, asOf, asOf)
		if says := e.Sentence(bound, c, &j, asOf, nil); j.Verdict != want.verdict || !strings.Contains(says, want.says) {
			t.Errorf("%s: %v, %s", text, j.Verdict, says)
		}
	}
}
