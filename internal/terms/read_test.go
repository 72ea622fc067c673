package terms_test

import (
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prescreen/internal/quantity"
	"prescreen/internal/terms"
)

const sample = `format: 1
sets:
  - name: any diabetes
    synonyms: [diabetes]
    domain: diagnosis
    course: chronic
    sets: [Type 2]
    codes:
      - {system: icd-10-cm, code: E08, include: prefix}
      - {system: icd-10-cm, code: Z13.1, says: screening}
    exclude:
      - {system: icd-10-cm, code: E08.9}
  - name: type 2
    domain: diagnosis
    course: chronic
    codes:
      - {system: icd-10-cm, code: E1, include: prefix, says: suspected}
      - {system: icd-10-cm, code: E11, include: prefix}
      - {system: icd-10-cm, code: E11.65, says: history}
      - {system: snomed, code: 44054006, display: Type 2 diabetes}
      - {system: snomed, code: 73211009, include: with-descendants}
    exclude:
      - {system: icd-10-cm, code: E11.9}
    suggested_by:
      - {set: HbA1c, at_least: "6.5 %"}
      - {set: hba1c, at_least: "5.7 %", at_most: "6.4 %"}
  - name: HbA1c
    domain: lab
    panel: blood
    codes: [{system: loinc, code: 4548-4}]
    unit: "%"
    units: [{unit: mmol/mol, factor: 0.09148, offset: 2.152}]
    unit_if_absent: "%"
    plausible: {low: 3 %, high: 25 %}
`

func read(t *testing.T, text string) *terms.Library {
	t.Helper()
	lib, told := terms.ReadSets(map[string][]byte{"f.yaml": []byte(text)})
	if len(told) > 0 {
		t.Fatal(told)
	}
	return lib
}

func find(t *testing.T, lib *terms.Library, name string) *terms.ValueSet {
	t.Helper()
	v, ok := lib.Find(name)
	if !ok {
		t.Fatalf("no set %q", name)
	}
	return v
}

// says tells what a code says in a set: "" for not a member.
func says(v *terms.ValueSet, c terms.Coding) string {
	d := terms.NewDictionary()
	id := d.ID(c)
	s, ok := v.Bind(d).Find(id)
	if !ok {
		return ""
	}
	return s.String()
}

func TestBindCodes(t *testing.T) {
	lib := read(t, sample)
	for _, c := range []struct{ set, system, code, want string }{
		{"type 2", terms.SNOMED, "44054006", "disease"},
		{"type 2", terms.LOINC, "44054006", ""},                     // a code means nothing without its system
		{"type 2", terms.SNOMED + "/900000", "44054006", "disease"}, // an edition of the one system
		{"type 2", terms.SNOMED, "73211009", "disease"},
		{"type 2", terms.ICD10CM, "E11.0", "disease"},  // the longer prefix says it
		{"type 2", terms.ICD10CM, "E12", "suspected"},  // only the shorter one has it
		{"type 2", terms.ICD10CM, "E11.65", "history"}, // the code itself before any prefix
		{"type 2", terms.ICD10CM, "E1165", "history"},  // senders leave the dot out
		{"type 2", terms.ICD10CM, "E11.9", ""},         // excluded
		{"type 2", terms.ICD10CM, "E119", ""},
		{"type 2", terms.ICD10, "E11", ""}, // ICD-10 is not ICD-10-CM
		{"any diabetes", terms.ICD10CM, "E11.0", "disease"},
		{"any diabetes", terms.ICD10CM, "E11.9", ""}, // what a part excludes stays out
		{"any diabetes", terms.ICD10CM, "E08.9", ""}, // its own exclusion
		{"any diabetes", terms.ICD10CM, "E08.1", "disease"},
		{"any diabetes", terms.ICD10CM, "Z131", "screening"},
		{"type 2", terms.ICD10CM, "Z13.1", ""},
	} {
		if got := says(find(t, lib, c.set), terms.Coding{System: c.system, Code: c.code}); got != c.want {
			t.Errorf("%s in %s: says %q, want %q", c.code, c.set, got, c.want)
		}
	}
}

func TestBindOnlyWhatTheDictionaryHolds(t *testing.T) {
	d := terms.NewDictionary()
	d.ID(terms.Coding{System: terms.SNOMED, Code: "44054006"})
	d.ID(terms.Coding{System: terms.SNOMED, Code: "38341003"})
	m := find(t, read(t, sample), "diabetes").Bind(d)
	if d.Len() != 3 || len(m.All()) != 1 || !m.HierarchyMissing {
		t.Errorf("dictionary of %d, members %v, hierarchy missing %t", d.Len(), m.All(), m.HierarchyMissing)
	}
}

func TestNamesAndSuggestions(t *testing.T) {
	lib := read(t, sample)
	v := find(t, lib, "DIABETES")
	if v.Name != "any diabetes" || v.Course != terms.Chronic || v.Line != 3 || v.File != "f.yaml" {
		t.Errorf("%+v", v)
	}
	got := find(t, lib, "type 2").SuggestedBy
	low, high := number("6.5"), number("6.4")
	want := []terms.Suggestion{
		{Set: "HbA1c", Limit: &quantity.Range{Low: low}, Unit: "%", Text: ">= 6.5 %"},
		{Set: "HbA1c", Limit: &quantity.Range{Low: number("5.7"), High: high}, Unit: "%", Text: ">= 5.7 % <= 6.4 %"},
	}
	same := cmp.Comparer(func(a, b quantity.Decimal) bool { return a.Cmp(b) == 0 })
	if d := cmp.Diff(want, got, same); d != "" {
		t.Error(d)
	}
}

func number(s string) *quantity.Bound {
	d, err := quantity.Parse(s)
	if err != nil {
		panic(err)
	}
	return &quantity.Bound{Value: d}
}

func TestAnalyte(t *testing.T) {
	a := find(t, read(t, sample), "HbA1c").Analyte
	if !a.Accepts("mmol/mol") || a.Accepts("mg/dL") || a.UnitIfAbsent != "%" {
		t.Errorf("accepted: %s", a.Units())
	}
	// 53 mmol/mol is 7.0 % by NGSP's table.
	c, err := a.Between("mmol/mol", "%")
	if err != nil {
		t.Fatal(err)
	}
	seven := quantity.Range{Low: number("6.995"), High: number("7.005")}
	if v, _ := quantity.Parse("53"); seven.Holds(v, quantity.None, c) != quantity.Yes {
		t.Error("53 mmol/mol is not 7.0 %")
	}
	if v, _ := quantity.Parse("2"); a.IsPlausible(v, "%") != quantity.No {
		t.Error("2 % is plausible")
	}
}

func TestSetsAcrossFiles(t *testing.T) {
	part := "format: 1\nsets: [{name: part, domain: medication, codes: [{system: atc, code: A10, include: prefix}]}]\n"
	whole := "format: 1\nsets: [{name: whole, domain: medication, sets: [part]}]\n"
	lib, told := terms.ReadSets(map[string][]byte{"a.yaml": []byte(whole), "b.yaml": []byte(part)})
	if len(told) > 0 || says(find(t, lib, "whole"), terms.Coding{System: terms.ATC, Code: "A10BA02"}) != "disease" {
		t.Error(told)
	}
	_, told = terms.ReadSets(map[string][]byte{"a.yaml": []byte(part), "b.yaml": []byte(part)})
	if len(told) != 1 || told[0].File != "b.yaml" || told[0].Code != "E205" {
		t.Error(told)
	}
}

// What stands in a set moves its digest; where and in which order it stands does not.
func TestDigest(t *testing.T) {
	base := "format: 1\nsets:\n - name: a\n   domain: diagnosis\n   codes:\n    - {system: snomed, code: 44054006}\n    - {system: icd-10, code: E11}\n"
	digest := func(text string) [32]byte { return find(t, read(t, text), "a").Digest() }
	same := []string{
		"format: 1 # other\nsets:\n - name: a\n   domain: diagnosis\n   codes:\n    - {system: icd-10, code: E11}\n    - {system: snomed, code: 44054006, display: shown}\n",
	}
	other := []string{
		"format: 1\nsets:\n - name: a\n   domain: diagnosis\n   codes:\n    - {system: snomed, code: 44054006}\n",
		"format: 1\nsets:\n - name: a\n   domain: diagnosis\n   course: chronic\n   codes:\n    - {system: snomed, code: 44054006}\n    - {system: icd-10, code: E11}\n",
		"format: 1\nsets:\n - name: a\n   domain: diagnosis\n   codes:\n    - {system: snomed, code: 44054006}\n    - {system: icd-10, code: E11, include: prefix}\n",
		"format: 1\nsets:\n - name: a\n   domain: diagnosis\n   codes:\n    - {system: snomed, code: 44054006}\n    - {system: icd-10, code: E11, says: history}\n",
		"format: 1\nsets:\n - name: a\n   domain: diagnosis\n   codes:\n    - {system: snomed, code: 44054006}\n    - {system: icd-10, code: E11}\n   exclude:\n    - {system: icd-10, code: E11}\n",
	}
	for _, s := range same {
		if digest(s) != digest(base) {
			t.Errorf("other digest for the same content:\n%s", s)
		}
	}
	for _, s := range other {
		if digest(s) == digest(base) {
			t.Errorf("same digest for other content:\n%s", s)
		}
	}
}

// Published codes fit; one wrong or swapped digit does not.
func TestCheckDigits(t *testing.T) {
	for _, c := range []terms.Coding{
		{System: terms.LOINC, Code: "4548-4"},
		{System: terms.LOINC, Code: "8480-6"},
		{System: terms.LOINC, Code: "98979-8"},
		{System: terms.LOINC, Code: "LA9622-7"},
		{System: terms.SNOMED, Code: "22298006"},
		{System: terms.SNOMED, Code: "368581000119106"},
		{System: terms.ICD10, Code: "E11"},
	} {
		if !terms.HasCheckDigit(c) {
			t.Errorf("%s does not fit", c.Code)
		}
	}
	for _, c := range []terms.Coding{
		{System: terms.LOINC, Code: "4548-5"},
		{System: terms.LOINC, Code: "5448-4"},
		{System: terms.LOINC, Code: "34552-0x"},
		{System: terms.LOINC, Code: "abc-1"},
		{System: terms.SNOMED, Code: "22298007"},
		{System: terms.SNOMED, Code: "22289006"},
		{System: terms.SNOMED, Code: "112141AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
		{System: terms.SNOMED, Code: "1"},
	} {
		if terms.HasCheckDigit(c) {
			t.Errorf("%s fits", c.Code)
		}
	}
}

func BenchmarkBindInALargeDictionary(b *testing.B) {
	d := terms.NewDictionary()
	for i := range 100_000 {
		d.ID(terms.Coding{System: terms.RxNorm, Code: strconv.Itoa(i)})
	}
	lib, _ := terms.ReadSets(map[string][]byte{"f.yaml": []byte(sample)})
	v, _ := lib.Find("diabetes")
	for b.Loop() {
		v.Bind(d)
	}
}
