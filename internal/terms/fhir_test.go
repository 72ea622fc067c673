package terms_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"prescreen/internal/terms"
)

const travelled = `format: 1
sets:
  - name: "type 2 diabetes: all"
    synonyms: [T2DM, "Zucker, Typ 2"]
    domain: diagnosis
    course: chronic
    panel: basic
    codes:
      - {system: snomed, code: "44054006", include: with-descendants, display: Type 2 diabetes mellitus}
      - {system: icd-10, code: "E11", include: prefix, display: "Type 2 diabetes, any"}
      - {system: icd-10, code: "I70.2", include: prefix, says: suspected}
      - {system: icd-10-pcs, code: "0TY", include: prefix}
      - {system: snomed, code: "161445009", display: History of diabetes mellitus, says: history}
      - {system: snomed, code: "73211009"}
      - {system: "http://example.org/cs", code: "1E5", display: "no"}
    exclude:
      - {system: icd-10, code: "E11.9"}
      - {system: snomed, code: "11687002", include: with-descendants, display: Gestational diabetes}
`

// What goes out as FHIR comes back as it was.
func TestRoundTripThroughFHIR(t *testing.T) {
	v := find(t, library(t, travelled), "T2DM")
	data, told, err := terms.ExportFHIR(v)
	if err != nil || len(told) > 0 {
		t.Fatal(err, told)
	}
	again, _, _ := terms.ExportFHIR(find(t, library(t, travelled), "T2DM"))
	if string(again) != string(data) {
		t.Error("two exports differ")
	}
	back, err := terms.ImportFHIR(data, "")
	if err != nil || back.Changed || len(back.Told) > 0 {
		t.Fatal(err, back)
	}
	w := find(t, library(t, string(back.YAML)), "T2DM")
	if v.Digest() != w.Digest() {
		t.Errorf("another set came back:\n%s", back.YAML)
	}
	display := map[terms.Coding]string{}
	for _, e := range v.Entries {
		display[e.Coding] = e.Display
	}
	for _, e := range w.Entries {
		if e.Display != display[e.Coding] {
			t.Errorf("%s is now named %q", e.Code, e.Display)
		}
	}
	for _, want := range []string{
		`"resourceType": "ValueSet"`, `"title": "type 2 diabetes: all"`, `"name": "Type2DiabetesAll"`, `"status": "draft"`,
		`"op": "is-a"`, `"value": "E11.*"`, `"value": "I70\\.?2.*"`, `"value": "0TY.*"`, `"system": "http://hl7.org/fhir/sid/icd-10"`,
	} {
		if !strings.Contains(string(data), want) {
			t.Errorf("no %s in\n%s", want, data)
		}
	}
}

func TestRoundTripOfAnySet(t *testing.T) {
	systems := []string{"snomed", "icd-10", "icd-9-cm", "rxnorm", "http://example.org/cs"}
	rapid.Check(t, func(rt *rapid.T) {
		line := rapid.Custom(func(rt *rapid.T) string {
			include := rapid.SampledFrom([]string{"self", "with-descendants"}).Draw(rt, "include")
			system := rapid.SampledFrom(systems).Draw(rt, "system")
			if strings.HasPrefix(system, "icd") && rapid.Bool().Draw(rt, "prefix") {
				include = "prefix"
			}
			return "{system: \"" + system + "\", code: \"" + rapid.StringMatching(`[A-Z][0-9]{2}(\.[0-9]{1,2})?`).Draw(rt, "code") + "\", include: " + include +
				", says: " + rapid.SampledFrom([]string{"disease", "history", "suspected"}).Draw(rt, "says") +
				", display: " + quoted(rapid.StringMatching(`[a-zA-Z0-9:,#'"\\{}\[\] -]{0,12}`).Draw(rt, "display")) + "}"
		})
		text := "format: 1\nsets:\n  - name: x\n    domain: diagnosis\n    codes:\n"
		for _, l := range rapid.SliceOfNDistinct(line, 1, 6, firstTwo).Draw(rt, "codes") {
			text += "      - " + l + "\n"
		}
		if rapid.Bool().Draw(rt, "exclusions") {
			text += "    exclude:\n"
			for _, l := range rapid.SliceOfNDistinct(line, 1, 3, firstTwo).Draw(rt, "exclude") {
				text += "      - " + l + "\n"
			}
		}
		lib, list := terms.ReadSets(map[string][]byte{"x.yaml": []byte(text)})
		if list.HasErrors() {
			rt.Skip("two lines for one code")
		}
		v := find(t, lib, "x")
		data, _, err := terms.ExportFHIR(v)
		if err != nil {
			rt.Skip(err)
		}
		back, err := terms.ImportFHIR(data, "")
		if err != nil || back.Changed {
			rt.Fatal(err, back, string(data))
		}
		w := find(t, library(t, string(back.YAML)), "x")
		among := []string{"A00", "A0", "A00.1", "A001", "E11.9", "E119", "E11", "E110"}
		for _, e := range v.Entries {
			among = append(among, e.Code, e.Code+"1", e.Code+"0")
		}
		for _, s := range []string{terms.SNOMED, terms.ICD10, terms.ICD9CM, terms.RxNorm, "http://example.org/cs"} {
			if d := cmp.Diff(codesOf(v, s, among...), codesOf(w, s, among...)); d != "" {
				rt.Fatalf("%s\n%s\n%s", d, text, back.YAML)
			}
		}
		for _, e := range w.Entries {
			if !strings.Contains(text, quoted(e.Display)) {
				rt.Fatalf("the name %q is not as it was written", e.Display)
			}
		}
	})
}

func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

func firstTwo(line string) string { return strings.Join(strings.SplitN(line, ",", 3)[:2], ",") }

func TestImportFHIR(t *testing.T) {
	set := func(compose string) string {
		return `{"resourceType":"ValueSet","status":"active","title":"X","compose":{"include":[` + compose + `]}}`
	}
	snomed := `"system":"http://snomed.info/sct"`
	for name, c := range map[string]struct {
		text    string
		lines   []string // of codes and exclusions
		told    string
		changed bool
	}{
		"concepts": {
			set(`{` + snomed + `,"concept":[{"code":"44054006","display":"T2"},{"code":"46635009"}]}`),
			[]string{`{system: snomed, code: "44054006", display: T2}`, `{system: snomed, code: "46635009"}`},
			"", false,
		},
		"another edition": {
			set(`{"system":"http://snomed.info/sct/900000000000207008","version":"2026","concept":[{"code":"44054006","designation":[{"value":"Zucker"}]}]}`),
			[]string{`{system: snomed, code: "44054006"}`},
			"the version 2026 of snomed is left out; further names of 44054006 are left out", false,
		},
		"is-a": {
			set(`{` + snomed + `,"filter":[{"property":"concept","op":"is-a","value":"73211009"}]}`),
			[]string{`{system: snomed, code: "73211009", include: with-descendants}`},
			"", false,
		},
		"descendent-of": {
			set(`{` + snomed + `,"filter":[{"property":"concept","op":"descendent-of","value":"73211009"}]}`),
			[]string{`{system: snomed, code: "73211009", include: with-descendants}`, `{system: snomed, code: "73211009"}`},
			"", false,
		},
		"descendent-of beside the code": {
			set(`{` + snomed + `,"filter":[{"property":"concept","op":"descendent-of","value":"73211009"}]},{` + snomed + `,"concept":[{"code":"73211009"}]}`),
			[]string{`{system: snomed, code: "73211009", include: with-descendants}`, `{system: snomed, code: "73211009"}`},
			"", false,
		},
		"two that may stand below each other": {
			set(`{` + snomed + `,"filter":[{"property":"concept","op":"descendent-of","value":"73211009"}]},{` + snomed + `,"filter":[{"property":"concept","op":"is-a","value":"362969004"}]}`),
			[]string{`{system: snomed, code: "73211009", include: with-descendants}`, `{system: snomed, code: "362969004", include: with-descendants}`, `{system: snomed, code: "73211009"}`},
			`it includes what stands below 73211009 but not the code itself, which 362969004 may include: write the code under "codes" if it does`, true,
		},
		"a constraint": {
			set(`{` + snomed + `,"filter":[{"property":"constraint","op":"=","value":"<< 73211009 |Diabetes mellitus|"}]}`),
			[]string{`{system: snomed, code: "73211009", include: with-descendants}`},
			"", false,
		},
		"a constraint of two": {
			set(`{` + snomed + `,"concept":[{"code":"44054006"}]},{` + snomed + `,"filter":[{"property":"constraint","op":"=","value":"<< 73211009 OR << 1"}]}`),
			[]string{`{system: snomed, code: "44054006"}`},
			"it includes codes of snomed by a filter that is not known here: constraint = << 73211009 OR << 1", true,
		},
		"prefixes": {
			set(`{"system":"http://hl7.org/fhir/sid/icd-10","filter":[{"property":"code","op":"regex","value":"^E11.*$"}]},{"system":"http://www.whocc.no/atc","filter":[{"property":"code","op":"regex","value":"A10\\.B.*"}]}`),
			[]string{`{system: icd-10, code: "E11", include: prefix}`, `{system: atc, code: "A10.B", include: prefix}`},
			"", false,
		},
		"a pattern": {
			set(`{"system":"http://hl7.org/fhir/sid/icd-10","filter":[{"property":"code","op":"regex","value":"E1[01].*"}]},{` + snomed + `,"concept":[{"code":"44054006"}]}`),
			[]string{`{system: snomed, code: "44054006"}`},
			"it includes codes of icd-10 by a filter that is not known here: code regex E1[01].*", true,
		},
		"two filters at once": {
			set(`{` + snomed + `,"concept":[{"code":"44054006"}]},{` + snomed + `,"filter":[{"property":"concept","op":"is-a","value":"1"},{"property":"concept","op":"is-a","value":"2"}]}`),
			[]string{`{system: snomed, code: "44054006"}`},
			"it includes codes of snomed by several conditions at once", true,
		},
		"other sets": {
			set(`{` + snomed + `,"concept":[{"code":"44054006"}]},{"valueSet":["http://example.org/vs"]}`),
			[]string{`{system: snomed, code: "44054006"}`},
			`it includes the codes of other value sets (http://example.org/vs): add their names under "sets"`, true,
		},
		"a whole system": {
			set(`{` + snomed + `,"concept":[{"code":"44054006"}]},{"system":"http://example.org/cs"}`),
			[]string{`{system: snomed, code: "44054006"}`},
			"it includes the whole of http://example.org/cs", true,
		},
		"exclusions": {
			`{"resourceType":"ValueSet","name":"X","publisher":"P","text":{},"compose":{"include":[{` + snomed + `,"concept":[{"code":"44054006"}]}],"exclude":[{` + snomed + `,"concept":[{"code":"46635009"}]},{` + snomed + `,"filter":[{"property":"parent","op":"=","value":"1"}]}]}}`,
			[]string{`{system: snomed, code: "44054006"}`, `{system: snomed, code: "46635009"}`},
			"it excludes codes of snomed by a filter that is not known here: parent = 1; left out, as it says nothing about the codes: publisher, text", true,
		},
		"an expansion alone": {
			`{"resourceType":"ValueSet","title":"X","expansion":{"total":3,"contains":[{` + snomed + `,"code":"1","abstract":true,"contains":[{` + snomed + `,"code":"44054006","display":"T2"}]},{` + snomed + `,"code":"46635009"}]}}`,
			[]string{`{system: snomed, code: "44054006", display: T2}`, `{system: snomed, code: "46635009"}`},
			"1 stands in the expansion as a heading only and is left out", false,
		},
		"a page of an expansion": {
			`{"resourceType":"ValueSet","title":"X","expansion":{"total":30,"contains":[{` + snomed + `,"code":"44054006"}]}}`,
			[]string{`{system: snomed, code: "44054006"}`},
			"the expansion holds only a part of the codes", true,
		},
		"an expansion in place of a definition": {
			`{"resourceType":"ValueSet","title":"X","compose":{"include":[{"valueSet":["http://example.org/vs"]}]},"expansion":{"contains":[{` + snomed + `,"code":"44054006"}]}}`,
			[]string{`{system: snomed, code: "44054006"}`},
			`the definition could not be taken over (it includes the codes of other value sets (http://example.org/vs): add their names under "sets"), so the codes of its expansion stand in its place: they do not grow with the code system`, false,
		},
		"a modifier": {
			`{"resourceType":"ValueSet","title":"X","modifierExtension":[{"url":"urn:x"}],"compose":{"include":[{` + snomed + `,"concept":[{"code":"44054006"}]}]}}`,
			[]string{`{system: snomed, code: "44054006"}`},
			"the ValueSet has a modifier extension, which may change what it means", true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := terms.ImportFHIR([]byte(c.text), "diagnosis")
			if err != nil {
				t.Fatal(err)
			}
			var lines []string
			for l := range strings.Lines(string(got.YAML)) {
				if l, ok := strings.CutPrefix(strings.TrimSpace(l), "- {"); ok {
					lines = append(lines, "{"+l)
				}
			}
			if d := cmp.Diff(c.lines, lines) + cmp.Diff(c.told, strings.Join(got.Told, "; ")); d != "" || got.Changed != c.changed {
				t.Errorf("%schanged %t\n%s", d, got.Changed, got.YAML)
			}
			if strings.Count(string(got.YAML), "# Not as") != len(got.Told) {
				t.Error("the file does not say what is left out")
			}
			library(t, string(got.YAML))
		})
	}
}

func TestImportRefusesWhatIsNoSet(t *testing.T) {
	for text, domain := range map[string]string{
		`{"resourceType":"CodeSystem"}`: "diagnosis",
		`{"resourceType":"ValueSet","compose":{"include":[{"system":"http://snomed.info/sct","concept":[{"code":"44054006"}]}]}}`:   "",
		`{"resourceType":"ValueSet","compose":{"include":[{"system":"http://snomed.info/sct","concept":[{"code":"44054006 "}]}]}} `: "disease",
		`{"resourceType":"ValueSet","compose":{"include":[{"system":"http://snomed.info/sct","concept":[{"code":"440 54006"}]}]}}`:  "diagnosis",
		`{"resourceType":"ValueSet","resourceType":"ValueSet"}`:                                                                     "diagnosis",
		`{"resourceType":"ValueSet"`:  "diagnosis",
		`{"resourceType":"ValueSet"}`: "diagnosis",
		`[]`:                          "diagnosis",
	} {
		if got, err := terms.ImportFHIR([]byte(text), domain); err == nil {
			t.Errorf("%s: %s", text, got.YAML)
		}
	}
}

// What a part excludes binds that part: where FHIR cannot say so nothing is written.
func TestExportOfParts(t *testing.T) {
	const text = `format: 1
sets:
  - name: TIA
    domain: diagnosis
    codes: [{system: icd-10, code: G45, include: prefix}]
    exclude: [{system: icd-10, code: G45.4}]
  - name: with TIA
    domain: diagnosis
    sets: [TIA]
    codes: [{system: icd-10, code: I63, include: prefix}]
  - name: all but one
    domain: diagnosis
    sets: [TIA]
    codes: [{system: icd-10, code: G45.4}]
  - name: listed
    domain: diagnosis
    codes: [{system: icd-10, code: G45.4}, {system: icd-10, code: G45.3}]
    exclude: [{system: icd-10, code: G45.4}]
  - name: nothing
    domain: diagnosis
    codes: [{system: icd-10, code: G45.4}]
    exclude: [{system: icd-10, code: G45, include: prefix}]
  - name: a result
    domain: lab
    codes: [{system: loinc, code: 4548-4}]
    unit: "%"
`
	lib := library(t, text)
	among := []string{"G45.3", "G45.4", "G454", "I63.1", "I64"}
	for _, name := range []string{"with TIA", "listed", "TIA"} {
		v := find(t, lib, name)
		data, _, err := terms.ExportFHIR(v)
		if err != nil {
			t.Fatal(err)
		}
		back, err := terms.ImportFHIR(data, "")
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(codesOf(v, terms.ICD10, among...), codesOf(find(t, library(t, string(back.YAML)), name), terms.ICD10, among...)); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
	for name, says := range map[string]string{"all but one": `G45.4 is excluded from "TIA" alone`, "nothing": "holds no code"} {
		if data, _, err := terms.ExportFHIR(find(t, lib, name)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v\n%s", name, err, data)
		}
	}
	if _, told, err := terms.ExportFHIR(find(t, lib, "a result")); err != nil || len(told) != 1 {
		t.Error(told, err)
	}
}

func TestShippedSetsGoOutAsFHIR(t *testing.T) {
	for _, v := range shipped(t).Sets() {
		data, _, err := terms.ExportFHIR(v)
		if err != nil {
			t.Errorf("%s: %v", v.Name, err)
			continue
		}
		if back, err := terms.ImportFHIR(data, ""); err != nil || back.Changed {
			t.Errorf("%s does not come back: %v", v.Name, err)
		}
	}
}
