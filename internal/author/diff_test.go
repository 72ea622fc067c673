package author_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prescreen/internal/author"
	"prescreen/internal/terms"
	"prescreen/internal/trial"
)

// What changed between two expressions, or value sets, is told as it would be said.
func TestDifferencesOfExpressions(t *testing.T) {
	for _, c := range []struct{ name, old, now, want string }{
		{"nothing", `age >= 18`, "// as always\n      age   >= 18", ""},
		{"the same, written the other way round", `not (age < 18 or deceased)`, `not (age < 18 or deceased)`, ""},
		{"a comparison", `age >= 18`, `age > 18`, "limit of age: was at least 18, now above 18"},
		{"a limit", `lab("HbA1c") >= "7.0 %"`, `lab("HbA1c") >= "7.5 %"`, "limit of “HbA1c”: was at least 7.0 %, now at least 7.5 %"},
		{"a window", `diagnosed("stroke", "last 90 days")`, `diagnosed("stroke", "last 6 months")`, "when of “stroke”: was in the last 90 days, now in the last 6 months"},
		{"no window any more", `diagnosed("stroke", "last 90 days")`, `diagnosed("stroke")`, "when of “stroke”: was in the last 90 days, now any time"},
		{"another picker", `lab("HbA1c") >= "7 %"`, `lab("HbA1c", "highest") >= "7 %"`, "results of “HbA1c”: was the latest result, now the highest result"},
		{"another set", `diagnosed("stroke")`, `diagnosed("diabetes")`, "value set: was “stroke”, now “diabetes”"},
		{"other answers", `score("ECOG") <= 1`, `score("ECOG") <= 0`, "limit of “ECOG”: was 0 or 1, now 0"},
		{
			"joined otherwise", `age >= 18 and diagnosed("stroke")`, `age >= 18 or diagnosed("stroke")`,
			"asks something else; it was:\n  Fulfilled if all of these hold:\n  - the age in completed years is at least 18\n  - there is a diagnosis of “stroke” at any time\n" +
				"now:\n  Fulfilled if any of these holds:\n  - the age in completed years is at least 18\n  - there is a diagnosis of “stroke” at any time",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			old, _ := parse(t, "x.yaml", head+c.old+"\n")
			now, _ := parse(t, "x.yaml", head+c.now+"\n")
			got := ""
			for _, d := range author.Diff(old, now) {
				got += strings.Join(d.Lines, "\n")
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

// A value set that holds other codes is a difference although the trial file is the same.
func TestDifferencesOfValueSets(t *testing.T) {
	with := func(codes string) *trial.Trial {
		lib, told := terms.ReadSets(map[string][]byte{"s.yaml": []byte("format: 1\nsets: [{name: stroke, domain: diagnosis, course: event, codes: [" + codes + "]}]\n")})
		if told.HasErrors() {
			t.Fatal(told)
		}
		tr, told := trial.Read("x.yaml", []byte(head+"diagnosed(\"stroke\")\n"), lib)
		if tr == nil {
			t.Fatal(told)
		}
		return tr
	}
	a, b := `{system: snomed, code: "230690007", display: Stroke}`, `{system: icd-10, code: I63, include: prefix}`
	got := author.Diff(with(a), with(b))
	want := []author.Difference{{Where: "value sets", What: "changed", Lines: []string{
		"“stroke”: added icd-10 I63", "“stroke”: removed snomed 230690007 Stroke",
	}}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if d := author.Diff(with(a), with(a)); d != nil {
		t.Error(d)
	}
}
