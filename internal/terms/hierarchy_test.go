package terms_test

import (
	"archive/zip"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"prescreen/internal/terms"
)

// place writes files, by their paths, into a folder.
func place(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func pack(t testing.TB, files map[string]string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "release.zip")
	out, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(out)
	for file, text := range files {
		w, err := z.Create(file)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(w, text)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return name
}

// wanting is a library with one set that asks for all below the codes of a system.
func wanting(t testing.TB, system string, codes ...string) *terms.Library {
	t.Helper()
	text := "format: 1\nsets:\n  - name: x\n    domain: diagnosis\n    codes:\n"
	for _, c := range codes {
		text += fmt.Sprintf("      - {system: %q, code: %q, include: with-descendants}\n", system, c)
	}
	return library(t, text)
}

func library(t testing.TB, text string) *terms.Library {
	t.Helper()
	lib, told := terms.ReadSets(map[string][]byte{"sets.yaml": []byte(text)})
	if told.HasErrors() {
		t.Fatal(told)
	}
	return lib
}

func load(t testing.TB, lib *terms.Library, paths ...string) *terms.Hierarchies {
	t.Helper()
	var sources []terms.HierarchySource
	for _, p := range paths {
		sources = append(sources, terms.HierarchySource{Path: p})
	}
	h, err := terms.LoadHierarchies(sources, lib.Sets())
	if err != nil {
		t.Fatal(err)
	}
	lib.Over(h)
	return h
}

// codesOf gives the codes of a set that occur among codings, sorted.
func codesOf(v *terms.ValueSet, system string, among ...string) []string {
	d := terms.NewDictionary()
	for _, c := range among {
		d.ID(terms.Coding{System: system, Code: c})
	}
	var codes []string
	for _, m := range v.Bind(d).All() {
		codes = append(codes, d.Coding(m.ID).Code)
	}
	slices.Sort(codes)
	return codes
}

const relationHead = "id\teffectiveTime\tactive\tmoduleId\tsourceId\tdestinationId\trelationshipGroup\ttypeId\tcharacteristicTypeId\tmodifierId\n"

func relations(rows ...string) string {
	text := relationHead
	for _, r := range rows {
		f := strings.Fields(r) // id time active child type parent
		text += strings.Join([]string{f[0], f[1], f[2], "900000000000207008", f[3], f[5], "0", f[4], "900000000000011006", "900000000000451002"}, "\t") + "\r\n"
	}
	return text
}

const is = "116680003"

func TestSNOMEDSnapshot(t *testing.T) {
	rows := relations(
		"1 20200101 1 44054006 "+is+" 73211009",
		"2 20200101 1 46635009 "+is+" 73211009",
		"3 20200101 1 313436004 "+is+" 44054006",
		"4 20200101 0 22298006 "+is+" 73211009",     // given up
		"5 20200101 1 127013003 363698007 73211009", // of another type
		"6 20200101 1 313436004 "+is+" 46635009",    // a second parent
		"7 20200101 1 73211009 "+is+" 313436004",    // a ring
		"8 20200101 1 73211009 "+is+" 138875005",    // above
	)
	files := map[string]string{"SnomedCT/Snapshot/Terminology/sct2_Relationship_Snapshot_INT_20260101.txt": rows}
	for name, path := range map[string]string{"folder": place(t, files), "zip": pack(t, files)} {
		t.Run(name, func(t *testing.T) {
			lib := wanting(t, "snomed", "73211009")
			load(t, lib, path)
			x := find(t, lib, "x")
			want := []string{"313436004", "44054006", "46635009", "73211009"}
			got := codesOf(x, terms.SNOMED, "73211009", "44054006", "46635009", "313436004", "22298006", "127013003", "138875005")
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
			if u := x.Unloaded(); u != nil {
				t.Error(u)
			}
		})
	}
}

// Of two modules' rows for one relationship the later one holds, whichever file is read first.
func TestSNOMEDExtension(t *testing.T) {
	main := relations("1 20250101 1 100000 "+is+" 100001", "2 20250101 0 100002 "+is+" 100001", "3 20260101 1 100003 "+is+" 100001", "9 20260101 1 100008 "+is+" 100009")
	extension := relations("1 20260101 0 100000 "+is+" 100001", "2 20260101 1 100002 "+is+" 100001", "3 20250101 0 100003 "+is+" 100001")
	lib := wanting(t, "snomed", "100001")
	load(t, lib, place(t, map[string]string{"a/sct2_Relationship_Snapshot_INT.txt": main, "b/sct2_Relationship_Snapshot_US.txt": extension}))
	if d := cmp.Diff([]string{"100001", "100002", "100003"}, codesOf(find(t, lib, "x"), terms.SNOMED, "100000", "100001", "100002", "100003")); d != "" {
		t.Error(d)
	}
}

// RxNorm's rows say what the second concept is to the first.
func TestRxNormFromIngredientToProduct(t *testing.T) {
	row := func(first, second, rela, rest string) string {
		return first + "||CUI|RO|" + second + "||CUI|" + rela + "|1||" + rest + "\n"
	}
	own, hidden := "RXNORM||||N||", "RXNORM||||O||"
	rel := row("6809", "316255", "has_ingredient", own) + // component has the ingredient
		row("316255", "6809", "ingredient_of", own) +
		row("316255", "861007", "consists_of", own) + // drug consists of the component
		row("6809", "151827", "tradename_of", own) + // brand
		row("861008", "861007", "has_tradename", own) + // the branded drug, told from the other side
		row("861007", "999001", "contains", own) + // pack
		row("6809", "999002", "has_part", own) + // combination
		row("999002", "999003", "has_ingredients", own) +
		row("6809", "999004", "has_ingredient", hidden) +
		row("6809", "999005", "has_ingredient", "MTHSPL||||N||") +
		row("999006", "6809", "has_ingredient", own) // the ingredient would be a product of this
	conso := "6809|ENG||||||12|||||RXNORM|IN|6809|metformin||N||\n"
	conso = strings.Replace(conso, "12|||||RXNORM", "12||||RXNORM", 1)
	lib := wanting(t, "rxnorm", "6809")
	h := load(t, lib, place(t, map[string]string{"rrf/RXNREL.RRF": rel, "rrf/RXNCONSO.RRF": conso}))
	want := []string{"151827", "316255", "6809", "861007", "861008", "999001", "999002", "999003"}
	got := codesOf(find(t, lib, "x"), terms.RxNorm, append(want, "999004", "999005", "999006")...)
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	names, err := h.Displays([]terms.Coding{{System: terms.RxNorm, Code: "6809"}})
	if err != nil || names[terms.Coding{System: terms.RxNorm, Code: "6809"}] != "metformin" {
		t.Error(names, err)
	}
}

func TestFHIRHierarchies(t *testing.T) {
	system := "http://example.org/cs"
	nested := `{"concept":[{"concept":[{"code":"B","concept":[{"code":"C"}]}],"code":"A","display":"a"},{"code":"D"}],` +
		`"resourceType":"CodeSystem","url":"http://example.org/cs","status":"active","content":"complete","hierarchyMeaning":"is-a"}`
	linked := `{"resourceType":"CodeSystem","url":"http://example.org/cs","content":"complete",` +
		`"property":[{"code":"above","uri":"http://hl7.org/fhir/concept-properties#parent","type":"code"}],` +
		`"concept":[{"code":"A","property":[{"code":"child","valueCode":"B"}]},{"code":"B"},{"code":"C","property":[{"code":"above","valueCode":"B"}]},{"code":"D"}]}`
	fragment := strings.Replace(nested, "complete", "fragment", 1)
	flat := `{"resourceType":"ValueSet","compose":{"include":[{"system":"http://example.org/cs","filter":[{"property":"concept","op":"is-a","value":"A"}]}]},` +
		`"expansion":{"total":3,"contains":[{"system":"http://example.org/cs","code":"A"},{"system":"http://example.org/cs","code":"B"},{"system":"http://example.org/cs","code":"C"}]}}`
	listed := `{"resourceType":"ValueSet","expansion":{"contains":[{"system":"http://example.org/cs","code":"A","contains":[{"system":"http://example.org/cs","code":"B"}]}]}}`
	for name, c := range map[string]struct {
		text, top string
		want      []string
		whole     bool
	}{
		"nested concepts":          {nested, "A", []string{"A", "B", "C"}, true},
		"in the middle":            {nested, "B", []string{"B", "C"}, true},
		"a leaf":                   {nested, "D", []string{"D"}, true},
		"a code that is not there": {nested, "E", []string{"E"}, false},
		"parents and children":     {linked, "A", []string{"A", "B", "C"}, true},
		"a fragment":               {fragment, "A", []string{"A", "B", "C"}, false},
		"a flat expansion":         {flat, "A", []string{"A", "B", "C"}, true},
		"not its root":             {flat, "B", []string{"B"}, false},
		"a page of an expansion":   {strings.Replace(flat, `"total":3`, `"total":4`, 1), "A", []string{"A"}, false},
		"an expansion of a list":   {listed, "A", []string{"A", "B"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			lib := wanting(t, system, c.top)
			load(t, lib, filepath.Join(place(t, map[string]string{"h.json": c.text}), "h.json"))
			x := find(t, lib, "x")
			if d := cmp.Diff(c.want, codesOf(x, system, "A", "B", "C", "D", "E")); d != "" {
				t.Error(d)
			}
			if whole := len(x.Unloaded()) == 0; whole != c.whole {
				t.Errorf("whole %t", whole)
			}
			if m := x.Bind(terms.NewDictionary()); m.HierarchyMissing == c.whole {
				t.Error("members do not say so")
			}
		})
	}
}

func TestSNOMEDExpansionByItsAddress(t *testing.T) {
	for url, whole := range map[string]bool{
		"http://snomed.info/sct?fhir_vs=isa/73211009":                   true,
		"http://snomed.info/sct?fhir_vs=ecl/%3C%3C%2073211009":          true,
		"http://snomed.info/sct?fhir_vs=ecl/%3C%3C73211009%20OR%20%3C1": false,
		"http://snomed.info/sct?fhir_vs=refset/73211009":                false,
		"http://example.org/vs":                                         false,
	} {
		text := fmt.Sprintf(`{"resourceType":"ValueSet","url":%q,"expansion":{"contains":[{"system":"http://snomed.info/sct","code":"73211009"},{"system":"http://snomed.info/sct","code":"44054006"}]}}`, url)
		lib := wanting(t, "snomed", "73211009")
		load(t, lib, place(t, map[string]string{"e.json": text}))
		if got := len(find(t, lib, "x").Unloaded()) == 0; got != whole {
			t.Errorf("%s: whole %t", url, got)
		}
	}
}

func TestHierarchiesThatCannotBeUsed(t *testing.T) {
	for name, c := range map[string]struct{ file, text, says string }{
		"nothing":             {"readme.txt", "x", "no hierarchy in it"},
		"another table":       {"sct2_Relationship_Snapshot.txt", "a\tb\n", "10 are needed"},
		"a wrong head":        {"sct2_Relationship_Snapshot.txt", strings.Repeat("a\t", 9) + "a\n", "no table of relationships"},
		"no relation":         {"sct2_Relationship_Snapshot.txt", relationHead, "no code stands below"},
		"a row that is short": {"RXNREL.RRF", "6809||CUI\n", "line 1"},
		"no JSON":             {"a.json", "{", "not the JSON"},
		"parts":               {"a.json", `{"resourceType":"CodeSystem","url":"http://snomed.info/sct","content":"complete","hierarchyMeaning":"part-of","concept":[]}`, "part of"},
		"an example":          {"a.json", `{"resourceType":"CodeSystem","url":"http://snomed.info/sct","content":"example","concept":[]}`, "only complete"},
		"no code":             {"a.json", `{"resourceType":"CodeSystem","url":"http://snomed.info/sct","content":"complete","concept":[{}]}`, "no code"},
	} {
		lib := library(t, "format: 1\nsets:\n  - name: x\n    domain: diagnosis\n    codes:\n      - {system: snomed, code: \"73211009\", include: with-descendants}\n      - {system: rxnorm, code: \"6809\", include: with-descendants}\n")
		_, err := terms.LoadHierarchies([]terms.HierarchySource{{Path: place(t, map[string]string{c.file: c.text})}}, lib.Sets())
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	lib := wanting(t, "snomed", "73211009")
	for _, s := range []terms.HierarchySource{
		{Path: filepath.Join(t.TempDir(), "none")},
		{Path: place(t, map[string]string{"RXNREL.RRF": ""}), System: terms.SNOMED},
	} {
		if _, err := terms.LoadHierarchies([]terms.HierarchySource{s}, lib.Sets()); err == nil {
			t.Errorf("%v is no source", s)
		}
	}
}

// A system that no set asks about is not opened, so that a release on disk costs nothing to those who do not use it.
func TestHierarchiesAreReadOnlyWhenAsked(t *testing.T) {
	broken := place(t, map[string]string{"sct2_Relationship_Snapshot.txt": "broken"})
	for _, lib := range []*terms.Library{
		wanting(t, "loinc", "4548-4"),
		library(t, "format: 1\nsets:\n  - name: x\n    domain: diagnosis\n    codes: [{system: snomed, code: \"73211009\"}]\n"),
	} {
		if h, err := terms.LoadHierarchies([]terms.HierarchySource{{Path: broken, System: terms.SNOMED}}, lib.Sets()); err != nil || len(h.Systems()) > 0 {
			t.Error(err, h.Systems())
		}
	}
}

// TestDescendantsAreTheTransitiveClosure compares with walking up from every code, on graphs with rings, several parents
// and parts spread over several files.
func TestDescendantsAreTheTransitiveClosure(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(2, 24).Draw(rt, "codes")
		name := func(i int) string { return fmt.Sprint(100000 + i*7) }
		parents := map[int][]int{}
		files := map[string][]string{"a": nil, "b": nil}
		for i := range rapid.IntRange(1, 40).Draw(rt, "edges") {
			child, parent := rapid.IntRange(0, n-1).Draw(rt, "child"), rapid.IntRange(0, n-1).Draw(rt, "parent")
			parents[child] = append(parents[child], parent)
			file := rapid.SampledFrom([]string{"a", "b"}).Draw(rt, "file")
			files[file] = append(files[file], fmt.Sprintf("%d 20260101 1 %s %s %s", i+1, name(child), is, name(parent)))
		}
		text := map[string]string{"z/sct2_Relationship_Snapshot_0.txt": relations("999 20260101 1 900001 " + is + " 900002")}
		for f, rows := range files {
			text[f+"/sct2_Relationship_Snapshot_1.txt"] = relations(rows...)
		}
		top := rapid.IntRange(0, n-1).Draw(rt, "top")
		lib := wanting(t, "snomed", name(top))
		load(t, lib, place(t, text))
		var all, want []string
		for i := range n {
			all = append(all, name(i))
			if i == top || reaches(parents, i, top, map[int]bool{}) {
				want = append(want, name(i))
			}
		}
		slices.Sort(want)
		v := find(t, lib, "x")
		if d := cmp.Diff(want, codesOf(v, terms.SNOMED, all...)); d != "" {
			rt.Fatal(d)
		}
		// The same from a dictionary that holds less than what stands below.
		few := all[:1+n/4]
		few = append(slices.Clone(few), name(top))
		if d := cmp.Diff(common(want, few), codesOf(v, terms.SNOMED, few...)); d != "" {
			rt.Fatal(d)
		}
	})
}

func reaches(parents map[int][]int, from, to int, seen map[int]bool) bool {
	if seen[from] {
		return false
	}
	seen[from] = true
	for _, p := range parents[from] {
		if p == to || reaches(parents, p, to, seen) {
			return true
		}
	}
	return false
}

func common(a, b []string) []string {
	var both []string
	for _, s := range a {
		if slices.Contains(b, s) {
			both = append(both, s)
		}
	}
	return both
}

func BenchmarkLoadSnapshot(b *testing.B) {
	var text strings.Builder
	text.WriteString(relationHead)
	const concepts = 100_000
	for i := 1; i < concepts; i++ {
		fmt.Fprintf(&text, "%d\t20260101\t1\t900000000000207008\t%d\t%d\t0\t%s\t900000000000011006\t900000000000451002\n", i, 1_000_000+i, 1_000_000+i/4, is)
		fmt.Fprintf(&text, "%d\t20260101\t1\t900000000000207008\t%d\t%d\t0\t363698007\t900000000000011006\t900000000000451002\n", concepts+i, 1_000_000+i, 1_000_000+i/3)
	}
	dir := place(b, map[string]string{"sct2_Relationship_Snapshot.txt": text.String()})
	lib := wanting(b, "snomed", "1000001")
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		h := load(b, lib, dir)
		if h.Of(terms.SNOMED).Len() != concepts {
			b.Fatal(h.Of(terms.SNOMED).Len())
		}
	}
}
