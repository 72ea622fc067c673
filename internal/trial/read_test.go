package trial_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"prescreen/internal/dates"
	"prescreen/internal/quantity"
	"prescreen/internal/rule"
	"prescreen/internal/terms"
	"prescreen/internal/trial"
	"prescreen/internal/verdict"
)

var update = flag.Bool("update", false, "write the mistakes as they are now, to be read before they are kept")

func library(t *testing.T) *terms.Library {
	t.Helper()
	files := map[string][]byte{}
	for _, name := range []string{"sets.yaml", "vitals.yaml"} {
		data, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = data
	}
	lib, told := terms.ReadSets(files)
	if len(told) > 0 {
		t.Fatal(told)
	}
	return lib
}

// Each .bad.yaml stands beside the mistakes that its author should read, word for word, and gives no trial.
func TestMistakesOfBadFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/*.bad.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no bad files")
	}
	lib := library(t)
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			data, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			tr, told := trial.Read(filepath.Base(f), data, lib)
			if tr != nil {
				t.Error("a file with errors gave a trial")
			}
			got := told.Error() + "\n"
			golden := strings.TrimSuffix(f, ".yaml") + ".txt"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), got); d != "" {
				t.Error(d)
			}
		})
	}
}

func good(t *testing.T) *trial.Trial {
	t.Helper()
	data, err := os.ReadFile("testdata/whole.good.yaml")
	if err != nil {
		t.Fatal(err)
	}
	tr, told := trial.Read("whole.good.yaml", data, library(t))
	if len(told) > 0 {
		t.Fatal(told)
	}
	return tr
}

func TestReadWholeFile(t *testing.T) {
	tr := good(t)
	want := &trial.Trial{
		ID: "whole", NCT: "NCT00000001", Title: "Everything a trial file can say", Phase: "2", Sponsor: "Nobody",
		Version: "1.10", ModelledOn: "NCT00000002", Recruiting: trial.NotYetOpen, RecruitmentEnds: dates.NewDay(2027, 6, 30),
		Rules: trial.Rules{
			Version: "3", State: trial.Approved, Authors: []string{"A. Author", "B. Author"},
			Approval: trial.Approval{By: "C. Reader", On: dates.NewDay(2026, 10, 1)},
			Changes:  []trial.Change{{Version: "3", On: dates.NewDay(2026, 9, 1), By: "A. Author", What: "HbA1c within 3 months"}},
		},
		Use: []string{"sets.yaml"}, Arms: []string{"low", "high"},
		Missing: map[terms.Domain]bool{terms.Allergy: true, terms.Lab: false},
		Criteria: []trial.Criterion{
			{ID: "INC-1", Text: "Adults of any age", Line: 24},
			{
				ID: "INC-2", Text: "HbA1c", Check: trial.Assisted, Soft: true, Visit: true, Repeatable: true, Missing: trial.MissingNotMet,
				Ask: "Order HbA1c", Show: []string{"Metformin"}, Note: "as in the protocol", Arm: []string{"high"}, Line: 31,
			},
			{ID: "EXC-1", Kind: verdict.Exclusion, Text: "Judgement", Check: trial.Manual, Question: "Is there a reason against it?", Line: 46},
		},
		File: "whole.good.yaml",
	}
	ignored := cmpopts.IgnoreFields(trial.Trial{}, "Tests", "Digest")
	if d := cmp.Diff(want, tr, ignored, cmpopts.IgnoreFields(trial.Criterion{}, "Program")); d != "" {
		t.Error(d)
	}
	source := rule.Source{File: "whole.good.yaml", Line: 35, Column: 7, Text: "\n\"7.0 %\" <= lab(\"HbA1c\", \"last 3 months\") <= \"10.5 %\""}
	if d := cmp.Diff(source, tr.Criteria[1].Program.Source); d != "" {
		t.Error(d)
	}
	if tr.Criteria[2].Program != nil {
		t.Error("a question has a program")
	}
	if tr.Criteria[1].HoldsFor("low") || !tr.Criteria[1].HoldsFor("high") || !tr.Criteria[0].HoldsFor("low") {
		t.Error("arms")
	}
}

func TestReadTests(t *testing.T) {
	asOf := dates.NewDay(2026, 11, 23)
	christmas := dates.NewDay(2026, 12, 24)
	when := func(s string) dates.When {
		w, err := dates.Parse(s, nil)
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	decimal := func(s string) quantity.Decimal {
		d, err := quantity.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	of := func(set, code string, line int) trial.Of { return trial.Of{Set: set, Code: code, Line: line} }
	want := []trial.Test{{
		Name: "base", AsOf: asOf, Line: 51,
		Patient: trial.Patient{
			Birth: when("1960-05"), Sex: "female", Died: when("2026-11-20"), RecordSince: when("2010"), LastContact: when("2026-11-13"),
			Diagnoses: []trial.Diagnosis{{
				Of: of("diabetes", "snomed 44054006", 59), Began: when("2015-03"), Ended: when("2020"), Recorded: dates.On(asOf),
				Status: "resolved", Certainty: "provisional",
			}},
			Medications: []trial.Medication{{
				Of: of("metformin", "", 60), From: when("2020-01-01"), To: when("2020-06-01"), As: "dispensed", Status: "completed",
				Supply: dates.Period{N: 90, Unit: dates.Days}, Refills: 3, AsNeeded: true,
			}},
			Procedures: []trial.Event{{Of: of("operation", "", 61), On: when("2024-11-23"), Status: "completed"}},
			Labs: []trial.Result{{
				Of: of("HbA1c", "", 62), HasValue: true, Comparator: quantity.Less, Value: decimal("5.0"), Unit: "%",
				On: when("2026-11-12T08:30:00+01:00"), Status: "final",
			}},
			Vitals: []trial.Result{{Of: of("HbA1c", "", 63), On: dates.On(asOf)}},
		},
		Expect: trial.Expect{Outcome: "needs review", Verdicts: []trial.Expected{{Criterion: "INC-1", Verdict: verdict.Met, Line: 64}}},
		Cases: []trial.Case{{
			Name: "other day", AsOf: christmas, Line: 66, Without: []string{"metformin"},
			But: trial.Patient{Labs: []trial.Result{{Of: of("HbA1c", "", 69), HasValue: true, Value: decimal("53"), Unit: "mmol/mol", On: dates.On(christmas)}}},
			Expect: trial.Expect{Verdicts: []trial.Expected{
				{Criterion: "INC-2", Verdict: verdict.Unknown, Line: 71}, {Criterion: "EXC-1", Verdict: verdict.NotMet, Line: 71},
			}},
		}},
	}}
	same := cmp.Comparer(func(a, b quantity.Decimal) bool { return a.Cmp(b) == 0 })
	if d := cmp.Diff(want, good(t).Tests, same); d != "" {
		t.Error(d)
	}
}

// What moves a trial's answers moves the digest of the rules: its own file, and the sets it uses or that suggest them.
func TestDigestOfRules(t *testing.T) {
	text := func(expr string) []byte {
		return []byte("format: 1\ntrial: {id: x, title: x}\nrules: {version: \"1\", state: draft, authors: [x]}\ncriteria:\n  - id: A\n    kind: inclusion\n    text: x\n    expr: |\n      " + expr + "\n")
	}
	sets := func(metformin, other string) *terms.Library {
		lib, told := terms.ReadSets(map[string][]byte{"s.yaml": []byte("format: 1\nsets:\n" +
			"  - {name: diabetes, domain: diagnosis, course: chronic, codes: [{system: snomed, code: 44054006}], suggested_by: [metformin]}\n" +
			"  - {name: metformin, domain: medication, codes: [{system: rxnorm, code: " + metformin + "}]}\n" +
			"  - {name: other, domain: medication, codes: [{system: rxnorm, code: " + other + "}]}\n")})
		if len(told) > 0 {
			t.Fatal(told)
		}
		return lib
	}
	digest := func(lib *terms.Library, exprs ...string) [32]byte {
		var trials []*trial.Trial
		for _, e := range exprs {
			tr, told := trial.Read("f.yaml", text(e), lib)
			if tr == nil {
				t.Fatal(told)
			}
			trials = append(trials, tr)
		}
		return trial.Digest(trials, lib)
	}
	a, b := `diagnosed("diabetes")`, `age >= 18`
	base := digest(sets("6809", "1"), a, b)
	if digest(sets("6809", "1"), b, a) != base {
		t.Error("the order of trials moves the digest")
	}
	if digest(sets("6809", "2"), a, b) != base {
		t.Error("a set that no criterion uses moves the digest")
	}
	if digest(sets("6810", "1"), a, b) == base {
		t.Error("a set that suggests a used one does not move the digest")
	}
	if digest(sets("6809", "1"), a, `age >= 19`) == base {
		t.Error("an expression does not move the digest")
	}
}

func TestAnchors(t *testing.T) {
	for anchor, want := range map[string]struct{ set, told string }{
		"":                                {"", ""},
		"    anchor: enrolment\n":         {"", ""},
		"    anchor: diabetes\n":          {"diabetes", ""},
		"    anchor: {event: HbA1c}\n":    {"HbA1c", ""},
		"    anchor: {event: diabetis}\n": {"", "E409"},
	} {
		file := "format: 1\ntrial: {id: a, title: A}\nrules: {version: \"1\", state: draft, authors: [A]}\ncriteria:\n  - id: I\n    kind: inclusion\n    text: T\n" + anchor + "    expr: |\n      age >= 18\n"
		tr, list := trial.Read("a.yaml", []byte(file), library(t))
		if want.told != "" {
			if tr != nil || len(list) != 1 || list[0].Code != want.told {
				t.Errorf("%q: %v", anchor, list)
			}
			continue
		}
		if tr == nil {
			t.Fatal(list)
		}
		got := ""
		if set := tr.Criteria[0].Program.Source.Anchor; set != nil {
			got = set.Name
		}
		if got != want.set {
			t.Errorf("%q is anchored at %q", anchor, got)
		}
	}
}
