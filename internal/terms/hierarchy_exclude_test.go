package terms_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prescreen/internal/terms"
)

const tree = `{"resourceType":"CodeSystem","url":"http://example.org/cs","content":"complete","concept":[` +
	`{"code":"A","display":"top","concept":[{"code":"B","concept":[{"code":"C"},{"code":"D"}]},{"code":"E","concept":[{"code":"D"},{"code":"F"}]}]}]}`

func TestExclusionsOverHierarchies(t *testing.T) {
	const text = `format: 1
sets:
  - name: all but B
    domain: diagnosis
    codes: [{system: "http://example.org/cs", code: A, include: with-descendants, says: history}, {system: "http://example.org/cs", code: E, include: with-descendants}]
    exclude: [{system: "http://example.org/cs", code: B, include: with-descendants}]
  - name: written out
    domain: diagnosis
    codes: [{system: "http://example.org/cs", code: C}, {system: "http://example.org/cs", code: F}, {system: "http://example.org/cs", code: "G", include: prefix}]
    exclude: [{system: "http://example.org/cs", code: B, include: with-descendants}]
  - name: taken over
    domain: diagnosis
    sets: [plain]
    codes: [{system: "http://example.org/cs", code: E}]
    exclude: [{system: "http://example.org/cs", code: B, include: with-descendants}]
  - name: plain
    domain: diagnosis
    codes: [{system: "http://example.org/cs", code: C}, {system: "http://example.org/cs", code: F}]
`
	system := "http://example.org/cs"
	all := []string{"A", "B", "C", "D", "E", "F", "G1"}
	loaded, bare := library(t, text), library(t, text)
	load(t, loaded, place(t, map[string]string{"cs.json": tree}))
	for name, want := range map[string]struct{ with, without []string }{
		"all but B": {[]string{"A", "E", "F"}, []string{"A", "E"}},
		// C is below B, but only a hierarchy tells: its author wrote it out, so it stands until one is loaded.
		"written out": {[]string{"F", "G1"}, []string{"C", "F"}},
		// What comes from another set may well be what the exclusion means.
		"taken over": {[]string{"E", "F"}, []string{"E"}},
		"plain":      {[]string{"C", "F"}, []string{"C", "F"}},
	} {
		if d := cmp.Diff(want.with, codesOf(find(t, loaded, name), system, all...)); d != "" {
			t.Errorf("%s: %s", name, d)
		}
		if d := cmp.Diff(want.without, codesOf(find(t, bare, name), system, all...)); d != "" {
			t.Errorf("%s without a hierarchy: %s", name, d)
		}
		if missing := len(find(t, bare, name).Unloaded()) > 0; missing != (name != "plain") {
			t.Errorf("%s: missing %t", name, missing)
		}
	}
	// The nearest ancestor says what a code states.
	for code, says := range map[string]string{"A": "history", "E": "disease", "F": "disease", "D": ""} {
		if got := saysIn(find(t, loaded, "all but B"), system, code); got != says {
			t.Errorf("%s says %q", code, got)
		}
	}
}

func saysIn(v *terms.ValueSet, system, code string) string {
	return says(v, terms.Coding{System: system, Code: code})
}

// The digest changes with what stands below the codes asked for, and with nothing else of a hierarchy.
func TestDigestOfWhatStandsBelow(t *testing.T) {
	digest := func(text string) [32]byte {
		lib := wanting(t, "http://example.org/cs", "E")
		if text != "" {
			load(t, lib, place(t, map[string]string{"cs.json": text}))
		}
		return find(t, lib, "x").Digest()
	}
	first := digest(tree)
	if digest(strings.Replace(tree, `{"code":"C"}`, `{"code":"X"}`, 1)) != first {
		t.Error("a code elsewhere changed the digest")
	}
	if digest(strings.Replace(tree, `{"code":"D"},{"code":"F"}`, `{"code":"F"},{"code":"D","display":"d"}`, 1)) != first {
		t.Error("order or display changed the digest")
	}
	seen := map[[32]byte]string{}
	for name, text := range map[string]string{
		"loaded": tree, "none": "", "one more": strings.Replace(tree, `{"code":"F"}`, `{"code":"F"},{"code":"G"}`, 1),
		"partial": strings.Replace(tree, "complete", "fragment", 1),
	} {
		d := digest(text)
		if other, twice := seen[d]; twice {
			t.Errorf("%s and %s have one digest", name, other)
		}
		seen[d] = name
	}
}

func TestHierarchyOfADottedSystem(t *testing.T) {
	text := `{"resourceType":"CodeSystem","url":"http://hl7.org/fhir/sid/icd-10","content":"complete","hierarchyMeaning":"classified-with","concept":[` +
		`{"code":"IV","concept":[{"code":"E10-E14","concept":[{"code":"E11","concept":[{"code":"E11.9"},{"code":"E112"}]}]}]}]}`
	lib := wanting(t, "icd-10", "E11")
	load(t, lib, place(t, map[string]string{"icd.json": text}))
	if d := cmp.Diff([]string{"E11", "E11.2", "E119"}, codesOf(find(t, lib, "x"), terms.ICD10, "E11", "E119", "E11.2", "E10", "E12")); d != "" {
		t.Error(d)
	}
}
