package trial_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prescreen/internal/trial"
	"prescreen/internal/verdict"
)

// The rules that ship are read without a mistake or a warning, and say what their registries publish.
func TestShippedRules(t *testing.T) {
	trials, lib, told := trial.ReadFolder("../../rules")
	if len(told) > 0 {
		t.Fatal(told)
	}
	facts := map[string][]string{
		"NCT01942694": {
			"age >= 30", `"24 kg/m2" <=`, `<= "42 kg/m2"`, "at_least(2", `"100 mg/dL" <=`, `<= "125 mg/dL"`, `"140 mg/dL" <=`, `<= "199 mg/dL"`,
			`"5.7 %" <=`, `<= "6.4 %"`, `diagnosed("diabetes")`, `"kidney stones"`, `"hyperparathyroidism"`, `"bariatric surgery"`,
		},
		"NCT03036150": {
			"age >= 18", `"25 mL/min/{1.73_m2}" <=`, `<= "75 mL/min/{1.73_m2}"`, `"200 mg/g" <=`, `<= "5000 mg/g"`, `"for at least 4 weeks"`,
			`"type 1 diabetes"`, `"polycystic kidney disease"`, `"lupus nephritis"`,
		},
		"NCT01206062": {
			"age >= 50", `"130 mm[Hg]" <=`, `<= "180 mm[Hg]"`, "age >= 75", `"20 mL/min/{1.73_m2}" <=`, `< "60 mL/min/{1.73_m2}"`, "manual(",
			`diagnosed("diabetes")`, `diagnosed("stroke", "ever")`, `diagnosed("heart failure", "present in the last 6 months")`, `procedure("dialysis"`,
		},
		"NCT03574597": {
			"age >= 45", `>= "27 kg/m2"`, `diagnosed("myocardial infarction")`, `diagnosed("stroke")`, `diagnosed("peripheral artery disease")`,
			`diagnosed("diabetes")`, `>= "6.5 %"`, `"last 60 days"`, `procedure("dialysis"`,
		},
		"NCT03036124": {
			`"II" <= score("NYHA", "last 12 months") <= "IV"`, `<= "40 %"`, `>= "600 pg/mL"`, `>= "400 pg/mL"`, `>= "900 pg/mL"`, `"SGLT2 inhibitor"`, `< "95 mm[Hg]"`, `< "30 mL/min/{1.73_m2}"`, `"type 1 diabetes"`,
		},
		"NCT01794143": {
			`"more than 10 years ago"`, `age_at("type 2 diabetes") >= 30`, "pregnant", `"6.8 %" <=`, `<= "8.5 %"`, `taking("metformin", "for at least 8 weeks")`,
			`took("glucose-lowering drug other than metformin", "last 6 months")`, `pancreatitis`, `"last 1 year"`,
		},
		"NCT00412984": {
			`"atrial fibrillation or flutter"`, "age >= 75", `diagnosed("stroke")`, `"transient ischaemic attack"`, `"heart failure"`, `"diabetes"`, `"hypertension"`,
			`"mitral stenosis"`, `diagnosed("stroke", "last 7 days")`, `> "2.5 mg/dL"`, `< "25 mL/min"`,
		},
		"NCT01764633": {
			"40 <= age <= 85", `>= "70 mg/dL"`, `>= "100 mg/dL"`, `taking("statin", "for at least 4 weeks")`, `diagnosed("stroke", "last 4 weeks")`, `< "20 mL/min/{1.73_m2}"`,
		},
		"NCT02465567": {
			"40 <= age <= 80", `"25 %" <=`, `<= "65 %"`, `"COPD exacerbation"`, `"last 12 months"`, "at_least(2,", `"for at least 6 weeks"`, `score("pack-years", "ever") >= 10`, `diagnosed("asthma"`,
		},
		"NCT02414854": {
			"age >= 12", `diagnosed("asthma", "more than 12 months ago")`, `"inhaled corticosteroid"`, `< "80 %"`, `"asthma exacerbation"`, `"last 1 year"`, `diagnosed("COPD")`,
			`smoking("last 2 years") == "current"`,
		},
		"NCT02246621": {
			`sex == "female"`, "age >= 60", `marker("ER") == "positive"`, `marker("PR") == "positive"`, `marker("HER2") == "negative"`, `<= 1`, `stage(`,
			`took("systemic cancer treatment", "after 'distant metastases'")`, `took("CDK4/6 inhibitor")`, `diagnosed("CNS metastases")`,
		},
		"NCT04437511": {"60 <= age <= 85", `20 <= score("MMSE", "last 6 months") <= 28`},
	}
	if len(trials) != len(facts) {
		t.Fatalf("%d trials", len(trials))
	}
	for _, tr := range trials {
		var text strings.Builder
		kinds := map[verdict.Kind]int{}
		questions := 0
		for _, c := range tr.Criteria {
			kinds[c.Kind]++
			if c.Program == nil {
				questions++
				continue
			}
			text.WriteString(c.Program.Source.Text + "\n")
		}
		for _, f := range facts[tr.NCT] {
			if !strings.Contains(text.String(), f) {
				t.Errorf("%s does not say %s", tr.ID, f)
			}
		}
		if tr.ModelledOn != tr.NCT || kinds[verdict.Inclusion] < 3 || kinds[verdict.Exclusion] < 5 || questions < 2 || len(tr.Tests) == 0 {
			t.Errorf("%s: modelled on %q, %v, %d questions, %d tests", tr.ID, tr.ModelledOn, kinds, questions, len(tr.Tests))
		}
		if len(tr.Sets(lib)) < 5 {
			t.Errorf("%s uses %d value sets", tr.ID, len(tr.Sets(lib)))
		}
	}
}

// folder writes a folder of rules with one value set.
func folder(t *testing.T, trials map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for _, sub := range []string{"trials", "valuesets"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	trials["../valuesets/s.yaml"] = "format: 1\nsets: [{name: x, domain: medication, codes: [{system: atc, code: A}]}]\n"
	for name, text := range trials {
		if err := os.WriteFile(filepath.Join(dir, "trials", name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func text(id, nct, expr string) string {
	return "format: 1\ntrial: {id: " + id + ", title: x, nct: " + nct + "}\nrules: {version: \"1\", state: draft, authors: [x]}\ncriteria:\n  - {id: A, kind: inclusion, text: x, manual: x?}\n  - id: B\n    kind: exclusion\n    text: x\n    expr: |\n      " + expr + "\n"
}

func TestReadFolder(t *testing.T) {
	two := func() map[string]string {
		return map[string]string{
			"b.yaml": text("first", "NCT00000001", "age >= 18"), "a.yml": text("second", "NCT00000002", "age >= 18"),
			"notes.md": "not a trial", "c.yaml": text("broken", "NCT00000003", "agee >= 18"),
		}
	}
	dir := folder(t, two())
	for name, c := range map[string]struct {
		ids   []string
		found []string
		codes []string
	}{
		"all":                        {nil, []string{"second", "first"}, []string{"E116"}},
		"by id, in the files' order": {[]string{"first", "second"}, []string{"second", "first"}, nil},
		"by NCT number":              {[]string{"nct00000001"}, []string{"first"}, nil},
		"a broken one":               {[]string{"broken"}, nil, []string{"E116"}},
		"one that is not there":      {[]string{"frist"}, nil, []string{"E418"}},
	} {
		t.Run(name, func(t *testing.T) {
			trials, _, told := trial.ReadFolder(dir, c.ids...)
			var found, codes []string
			for _, tr := range trials {
				found = append(found, tr.ID)
			}
			for _, m := range told {
				codes = append(codes, m.Code)
			}
			if d := cmp.Diff(c.found, found) + cmp.Diff(c.codes, codes); d != "" {
				t.Error(d, told)
			}
		})
	}
}

func TestReadFolderWithoutTrials(t *testing.T) {
	for name, c := range map[string]struct {
		dir  string
		code string
	}{
		"no trial":       {folder(t, map[string]string{}), "E418"},
		"no such folder": {filepath.Join(t.TempDir(), "none"), "E015"},
		"one id twice":   {folder(t, map[string]string{"a.yaml": text("x", "NCT00000001", "age >= 18"), "b.yaml": text("X", "NCT00000002", "age >= 18")}), "E417"},
		"an empty file":  {folder(t, map[string]string{"a.yaml": "# nothing yet\n"}), "E012"},
	} {
		_, _, told := trial.ReadFolder(c.dir)
		if !told.HasErrors() || told[0].Code != c.code {
			t.Errorf("%s: %v", name, told)
		}
	}
}
