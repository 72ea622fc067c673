package terms_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"prescreen/internal/quantity"
	"prescreen/internal/terms"
)

const answering = `format: 1
sets:
  - name: ECOG
    domain: score
    codes: [{system: loinc, code: 89247-1}]
    answers:
      - {value: "0", codes: [{system: loinc, code: LA9622-7}], texts: ["ECOG 0", "0"]}
      - {value: "1", codes: [{system: loinc, code: LA9623-5}, {system: snomed, code: "422512005"}], texts: [ECOG 1]}
      - "2"
  - name: pregnancy test
    domain: lab
    codes: [{system: loinc, code: 2106-3}]
    answers: [negative, Positive]
`

func TestAnswers(t *testing.T) {
	v := find(t, library(t, answering), "ECOG")
	want := []terms.Answer{
		{Value: "0", Codes: []terms.Coding{{System: terms.LOINC, Code: "LA9622-7"}}, Texts: []string{"ECOG 0"}},
		{Value: "1", Codes: []terms.Coding{{System: terms.LOINC, Code: "LA9623-5"}, {System: terms.SNOMED, Code: "422512005"}}, Texts: []string{"ECOG 1"}},
		{Value: "2"},
	}
	if d := cmp.Diff(want, v.Answers); d != "" {
		t.Error(d)
	}
	for text, n := range map[string]int{"0": 0, " ECOG 1 ": 1, "2": 2, "ECOG 2": -1, "ecog 1": -1, "": -1} {
		if got, ok := v.AnswerOfText(text); ok != (n >= 0) || ok && got != n {
			t.Errorf("text %q: %d %t", text, got, ok)
		}
	}
	for number, n := range map[string]int{"0": 0, "1.0": 1, "2": 2, "3": -1, "1.5": -1} {
		value, err := quantity.Parse(number)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := v.AnswerOfNumber(value); ok != (n >= 0) || ok && got != n {
			t.Errorf("number %s: %d %t", number, got, ok)
		}
	}
	d := terms.NewDictionary()
	one := d.ID(terms.Coding{System: terms.SNOMED, Code: "422512005"})
	d.ID(terms.Coding{System: "http://example.org", Code: "LA9622-7"}) // the code of another system
	if diff := cmp.Diff(map[terms.CodeID]int{one: 1}, v.BindAnswers(d)); diff != "" {
		t.Error(diff)
	}
	if n, ok := find(t, library(t, answering), "pregnancy test").AnswerNamed("positive"); !ok || n != 1 {
		t.Error(n, ok)
	}
}

const steroids = `format: 1
sets:
  - name: prednisone
    domain: medication
    codes: [{system: rxnorm, code: "8640"}, {system: atc, code: H02AB07}]
  - name: dexamethasone
    domain: medication
    codes: [{system: rxnorm, code: "3264"}, {system: atc, code: H02AB, include: prefix}]
    exclude: [{system: atc, code: H02AB09}]
  - name: systemic steroid
    domain: medication
    sets: [prednisone, dexamethasone]
    equivalents:
      - as: prednisone
        drugs:
          - {set: prednisone, factor: "1"}
          - {set: dexamethasone, factor: 5/0.75}
          - {system: atc, code: H02AB04, factor: "1.25"}
`

func TestEquivalents(t *testing.T) {
	v := find(t, library(t, steroids), "systemic steroid")
	table, ok := v.EquivalentsAs("Prednisone")
	if _, other := v.EquivalentsAs("hydrocortisone"); !ok || other {
		t.Fatal(v.Equivalents)
	}
	d := terms.NewDictionary()
	for _, c := range []terms.Coding{
		{System: terms.RxNorm, Code: "8640"},
		{System: terms.RxNorm, Code: "3264"},
		{System: terms.ATC, Code: "H02AB07"},
		{System: terms.ATC, Code: "H02AB02"},
		{System: terms.ATC, Code: "H02AB04"},
		{System: terms.ATC, Code: "H02AB09"},
		{System: terms.SNOMED, Code: "3264"},
	} {
		d.ID(c)
	}
	got := map[string]string{}
	for id, n := range table.Bind(d) {
		got[d.Coding(id).Code] = fmt.Sprint(table.Drugs[n].Factor, "/", table.Drugs[n].Per)
	}
	want := map[string]string{"8640": "1/1", "3264": "5/0.75", "H02AB07": "1/1", "H02AB02": "5/0.75", "H02AB04": "1.25/1"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestEquivalentsOverAHierarchy(t *testing.T) {
	text := `format: 1
sets:
  - name: steroid
    domain: medication
    codes: [{system: rxnorm, code: "8640"}]
    equivalents:
      - {as: prednisone, drugs: [{system: rxnorm, code: "8640", include: with-descendants, factor: "1"}]}
`
	lib := library(t, text)
	before := find(t, lib, "steroid").Digest()
	load(t, lib, place(t, map[string]string{"RXNREL.RRF": "8640||CUI|RO|312615||CUI|has_ingredient|1||RXNORM||||N||\n"}))
	v := find(t, lib, "steroid")
	d := terms.NewDictionary()
	product := d.ID(terms.Coding{System: terms.RxNorm, Code: "312615"})
	if n, ok := v.Equivalents[0].Bind(d)[product]; !ok || n != 0 {
		t.Error("a product has no factor")
	}
	if v.Digest() == before {
		t.Error("the digest leaves out what the factors rest on")
	}
	if v.Unloaded() != nil || find(t, library(t, text), "steroid").Unloaded() != nil {
		t.Error("the set's own members ask for no hierarchy")
	}
}

func TestDigestOfAnswersAndEquivalents(t *testing.T) {
	digest := func(text, name string) [32]byte { return find(t, library(t, text), name).Digest() }
	seen := map[[32]byte]string{digest(answering, "ECOG"): "ECOG", digest(steroids, "systemic steroid"): "steroid"}
	for name, c := range map[string][3]string{
		"order of answers":  {answering, "ECOG", `      - "2"` + "\n"},
		"an answer's text":  {answering, "ECOG", `, texts: [ECOG 1]`},
		"an answer's code":  {answering, "ECOG", `, {system: snomed, code: "422512005"}`},
		"a drug":            {steroids, "systemic steroid", `          - {system: atc, code: H02AB04, factor: "1.25"}` + "\n"},
		"what a drug is":    {steroids, "systemic steroid", `, {system: atc, code: H02AB, include: prefix}`},
		"what a drug isn't": {steroids, "systemic steroid", `    exclude: [{system: atc, code: H02AB09}]` + "\n"},
		"a factor":          {steroids, "systemic steroid", ".25"},
	} {
		text := c[0]
		i := len(text) - len(text[indexOf(text, c[2]):])
		d := digest(text[:i]+text[i+len(c[2]):], c[1])
		if other, twice := seen[d]; twice {
			t.Errorf("%s: the digest is that of %s", name, other)
		}
		seen[d] = name
	}
}

func indexOf(text, part string) int {
	for i := range text {
		if len(text)-i >= len(part) && text[i:i+len(part)] == part {
			return i
		}
	}
	panic(part + " is not in the text")
}

func TestNewDomains(t *testing.T) {
	for _, name := range []string{"score", "marker", "stage", "family", "flag", "language", "coverage"} {
		d, ok := terms.ParseDomain(name)
		if !ok || d.String() != name || !slices.Contains(terms.DomainNames(), name) {
			t.Errorf("%s is no domain", name)
		}
		library(t, "format: 1\nsets:\n  - {name: x, domain: "+name+", codes: [{system: bcp-47, code: fr}]}\n")
	}
}

// member is the meaning of composition, written down a second time: a code belongs to a set if one of its entries stands for
// it, or one of its parts holds it, and the set does not exclude it.
type made struct {
	codes, exclude []string // prefixes of codes
	parts          []int
}

func (m *made) holds(sets []made, code string) bool {
	begins := func(p string) bool { return len(code) >= len(p) && code[:len(p)] == p }
	if slices.ContainsFunc(m.exclude, begins) {
		return false
	}
	return slices.ContainsFunc(m.codes, begins) ||
		slices.ContainsFunc(m.parts, func(i int) bool { return sets[i].holds(sets, code) })
}

// TestCompositionOfSets builds any sets of parts, diamonds among them, with exclusions at every level.
func TestCompositionOfSets(t *testing.T) {
	all := []string{"I20", "I201", "I202", "I21", "I211", "I212", "I22"}
	rapid.Check(t, func(rt *rapid.T) {
		var sets []made
		text := "format: 1\nsets:\n"
		for i := range rapid.IntRange(1, 6).Draw(rt, "sets") {
			m := made{
				codes:   rapid.SliceOfNDistinct(rapid.SampledFrom(append([]string{"I2"}, all...)), 1, 3, rapid.ID).Draw(rt, "codes"),
				exclude: rapid.SliceOfNDistinct(rapid.SampledFrom(all), 0, 2, rapid.ID).Draw(rt, "exclude"),
			}
			if i > 0 {
				m.parts = rapid.SliceOfNDistinct(rapid.IntRange(0, i-1), 0, 3, rapid.ID).Draw(rt, "parts")
			}
			sets = append(sets, m)
		}
		// A part may stand in the file before or after what it is a part of.
		for _, i := range rapid.Permutation(indices(len(sets))).Draw(rt, "order") {
			m := sets[i]
			text += fmt.Sprintf("  - name: s%d\n    domain: diagnosis\n    codes: %s\n", i, entries(m.codes))
			if len(m.exclude) > 0 {
				text += "    exclude: " + entries(m.exclude) + "\n"
			}
			if len(m.parts) > 0 {
				text += "    sets: ["
				for _, p := range m.parts {
					text += fmt.Sprintf("s%d, ", p)
				}
				text += "]\n"
			}
		}
		lib := library(t, text)
		for i := range sets {
			var want []string
			for _, c := range all {
				if sets[i].holds(sets, c) {
					want = append(want, c)
				}
			}
			if d := cmp.Diff(want, codesOf(find(t, lib, fmt.Sprint("s", i)), terms.ICD10, all...)); d != "" {
				rt.Fatalf("s%d: %s\n%s", i, d, text)
			}
		}
	})
}

func indices(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

func entries(prefixes []string) string {
	s := "["
	for _, p := range prefixes {
		s += "{system: icd-10, code: " + p + ", include: prefix}, "
	}
	return s + "]"
}

func TestOriginOfEntries(t *testing.T) {
	const text = `format: 1
sets:
  - name: outer
    domain: diagnosis
    sets: [inner]
    codes: [{system: icd-10, code: I20}]
  - name: inner
    domain: diagnosis
    sets: [core]
  - name: core
    domain: diagnosis
    codes:
      - {system: icd-10, code: I21}
`
	v := find(t, library(t, text), "outer")
	var got []string
	for i := range v.Entries {
		set, file, at := v.Origin(i)
		got = append(got, fmt.Sprintf("%s from %s, %s:%d:%d", v.Entries[i].Code, set, file, at.Line, at.Column))
	}
	want := []string{"I20 from outer, sets.yaml:6:36", "I21 from core, sets.yaml:13:32"}
	if d := cmp.Diff(want, got); d != "" || len(v.Own()) != 1 {
		t.Error(d, v.Own())
	}
}

func FuzzReadSets(f *testing.F) {
	for _, seed := range []string{sample, answering, steroids, travelled} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		lib, told := terms.ReadSets(map[string][]byte{"f.yaml": data})
		for _, m := range told {
			if m.String() == "" {
				t.Error("a mistake without words")
			}
		}
		d := terms.NewDictionary()
		for _, v := range lib.Sets() {
			for _, e := range v.Entries {
				d.ID(e.Coding)
			}
		}
		for _, v := range lib.Sets() {
			first := v.Digest()
			if v.Digest() != first {
				t.Error("two digests of one set")
			}
			members := v.Bind(d).All()
			if !slices.IsSortedFunc(members, func(a, b terms.Member) int { return int(a.ID) - int(b.ID) }) {
				t.Error("members are not sorted")
			}
			for i := range v.Equivalents {
				v.Equivalents[i].Bind(d)
			}
			if out, _, err := terms.ExportFHIR(v); err == nil && !told.HasErrors() {
				if _, err := terms.ImportFHIR(out, ""); err != nil {
					t.Errorf("what was exported is not imported: %v\n%s", err, out)
				}
			}
		}
	})
}

func FuzzImportFHIR(f *testing.F) {
	f.Add([]byte(`{"resourceType":"ValueSet","title":"X","compose":{"include":[{"system":"http://snomed.info/sct","concept":[{"code":"1"}],"filter":[{"property":"concept","op":"is-a","value":"2"}]}]}}`))
	f.Add([]byte(`{"resourceType":"ValueSet","expansion":{"contains":[{"system":"urn:x","code":"a: b","display":"\u2028\"","contains":[{"code":"c"}]}]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := terms.ImportFHIR(data, "diagnosis")
		if err != nil {
			return
		}
		if _, told := terms.ReadSets(map[string][]byte{"f.yaml": got.YAML}); told.HasErrors() && !got.Changed {
			t.Errorf("%v\n%s", told, got.YAML)
		}
	})
}
