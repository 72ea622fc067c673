package author_test

import (
	"strings"
	"testing"

	"prescreen/internal/author"
	"prescreen/internal/mistake"
)

// criteriaFile makes a trial file of criteria written as "kind | line | expression".
func criteriaFile(criteria ...string) []byte {
	var b strings.Builder
	b.WriteString(headOfExample + "criteria:\n")
	n := map[string]int{}
	for _, c := range criteria {
		parts := strings.SplitN(c, " | ", 3)
		kind, id := "inclusion", "INC"
		if parts[0] == "ex" {
			kind, id = "exclusion", "EXC"
		}
		n[id]++
		b.WriteString("  - id: " + id + "-" + string(rune('0'+n[id])) + "\n    kind: " + kind + "\n    text: " + parts[1] + "\n    expr: |\n" + indented(parts[2], 6))
	}
	return []byte(b.String())
}

func codesOf(list mistake.List) string {
	var all []string
	for _, m := range list {
		if m.Code != "L032" {
			all = append(all, m.Code)
		}
	}
	return strings.Join(all, " ")
}

// What is told of single criteria; the line of each says what it asks, so that no question is left open by it.
func TestLintsOfOneCriterion(t *testing.T) {
	c := author.NewChecker(baseSets(t))
	for text, want := range map[string]string{
		"in | Adults | age >= 18":                                                      "",
		"in | Anybody | age >= 0":                                                      "L023",
		"in | Anybody | age < 200":                                                     "L023 E142",
		"in | Nobody | age < 0":                                                        "L024",
		"in | Anybody | sex in [\"female\", \"male\"]":                                 "L023",
		"in | Women | sex == \"female\"":                                               "",
		"in | Nobody | sex == \"female\" and sex == \"male\"":                          "L024",
		"in | Nobody | sex == \"female\" and not sex == \"female\"":                    "L024",
		"in | Anybody | sex == \"female\" or sex == \"male\"":                          "L023",
		"in | Anybody | deceased or not deceased":                                      "L023",
		"in | Nobody | age >= 18 and age <= 17":                                        "L024",
		"in | Nobody | age > 17 and age <= 17":                                         "L024",
		"in | One age | age >= 17 and age <= 17":                                       "",
		"in | Anybody | age >= 18 or age < 18":                                         "L023",
		"in | All but one | age > 18 or age < 18":                                      "",
		"in | Nobody | (age >= 18 or deceased) and (age < 18 and age > 20)":            "L024",
		"in | Nobody | 18 <= age <= 30 and not 10 <= age <= 40":                        "L024",
		"in | Somebody | 18 <= age <= 50 and not 10 <= age <= 40":                      "",
		"in | Latest HbA1c | \"3 %\" <= lab(\"HbA1c\", \"last 3 months\") <= \"25 %\"": "L023",
		"in | Latest HbA1c | lab(\"HbA1c\", \"last 3 months\") >= \"7 %\"":             "",
		"in | Latest HbA1c | lab(\"HbA1c\") >= \"7 %\"":                                "L022",
		"in | Latest HbA1c | lab(\"HbA1c\", \"last 7 days\") >= \"7 %\"":               "L028",
		"in | Latest HbA1c | lab(\"HbA1c\", \"last 2 weeks\") >= \"7 %\"":              "L028",
		"in | Latest HbA1c | lab(\"HbA1c\", \"last 15 days\") >= \"7 %\"":              "",
		"in | Latest HbA1c | lab(\"HbA1c\", \"last 3 months\") == \"7 %\"":             "L021",
		"in | Creatinine, the latest | lab(\"creatinine\", \"last 3 months\") >= \"1 mg/dL\" and lab(\"creatinine\", \"last 3 months\") <= \"50 umol/L\"": "L024",
		"in | Creatinine, the latest | lab(\"creatinine\", \"last 3 months\") >= \"1 mg/dL\" and lab(\"creatinine\", \"last 6 months\") <= \"50 umol/L\"": "",
		"in | Any creatinine | lab(\"creatinine\", \"any, last 3 months\") >= \"2 mg/dL\" and lab(\"creatinine\", \"any, last 3 months\") <= \"1 mg/dL\"": "",
		"in | Migraine | diagnosed(\"migraine\")":                                                                 "",
		"in | New migraine | diagnosed(\"migraine\", \"last 90 days\")":                                           "L029",
		"ex | Stroke | diagnosed(\"stroke\")":                                                                     "",
		"ex | No stroke | diagnosed(\"stroke\")":                                                                  "L027",
		"ex | Stroke | not diagnosed(\"stroke\")":                                                                 "L027",
		"ex | Stroke | none_of(diagnosed(\"stroke\"), deceased)":                                                  "L027",
		"ex | Not able to walk | manual(\"Can the patient walk?\")":                                               "",
		"in | No stroke | not diagnosed(\"stroke\")":                                                              "",
		"in | eGFR, the latest | lab(\"creatinine clearance\", \"last 3 months\") >= \"30 mL/min\"":               "L030",
		"in | CrCl by Cockcroft, the latest | lab(\"eGFR\", \"last 3 months\") >= \"30 mL/min/{1.73_m2}\"":        "L030",
		"in | CrCl or eGFR, the latest | lab(\"eGFR\", \"last 3 months\") >= \"30 mL/min/{1.73_m2}\"":             "",
		"in | HbA1c | \"7 %\" <= lab(\"HbA1c\", \"last 3 months\")":                                               "L052",
		"in | Mean HbA1c | \"7 %\" <= lab(\"HbA1c\", \"last 3 months\")":                                          "L052",
		"in | Mean HbA1c | \"7 %\" <= lab(\"HbA1c\", \"average of latest 3, last 3 months\")":                     "",
		"ex | Stroke within 72 hours | diagnosed(\"stroke\", \"last 3 days\")":                                    "L051",
		"ex | Stroke within 90 days before randomisation | diagnosed(\"stroke\", \"last 90 days\")":               "L053",
		"ex | Stroke within 90 days before screening | diagnosed(\"stroke\", \"last 90 days\")":                   "",
		"ex | Stroke within 3 months | diagnosed(\"stroke\", \"last 90 days\")":                                   "L061",
		"ex | Stroke within 12 weeks | diagnosed(\"stroke\", \"last 84 days\")":                                   "",
		"ex | Stroke within one year | diagnosed(\"stroke\", \"last 12 months\")":                                 "",
		"ex | Stroke within 6 months | diagnosed(\"stroke\")":                                                     "L061",
		"in | Aged 18 years or older | age >= 18":                                                                 "",
		"in | Adults (18 years of age and above) | age >= 18":                                                     "",
		"in | Older than 18 | age >= 18":                                                                          "L054",
		"in | Older than 18 | age > 18":                                                                           "",
		"in | Age of at least 18 | age > 18":                                                                      "L054",
		"ex | Potassium > 5.0 mmol/L, the latest | lab(\"potassium\", \"last 3 months\") > \"5 mmol/L\"":          "",
		"ex | Latest potassium of more than 5.0 mmol/L | lab(\"potassium\", \"last 3 months\") >= \"5.0 mmol/L\"": "L054",
		"in | Latest HbA1c of at least 7.5 % | lab(\"HbA1c\", \"last 3 months\") >= \"5.7 %\"":                    "L035",
		"ex | Active pneumonia | diagnosed(\"pneumonia\")":                                                        "L057",
		"ex | Active pneumonia | diagnosed(\"pneumonia\", \"current\")":                                           "",
		"ex | Active diabetes | diagnosed(\"type 2 diabetes\")":                                                   "",
		"ex | History of pneumonia | diagnosed(\"pneumonia\", \"current\")":                                       "L057",
		"ex | Pneumonia within 90 days | diagnosed(\"pneumonia\", \"last 90 days\")":                              "L059",
		"ex | Pneumonia diagnosed within 90 days | diagnosed(\"pneumonia\", \"last 90 days\")":                    "",
		"ex | Stroke within 90 days | diagnosed(\"stroke\", \"last 90 days\")":                                    "",
		"in | Metformin at a stable dose | taking(\"metformin\")":                                                 "L058",
		"in | Metformin | taking(\"metformin\")":                                                                  "",
		"ex | Metformin | took(\"metformin\")":                                                                    "L058",
		"ex | Prior metformin | took(\"metformin\")":                                                              "",
		"in | Latest fasting HbA1c | lab(\"HbA1c\", \"last 3 months\") >= \"7 %\"":                                "L062",
		"in | Latest fasting glucose | lab(\"fasting glucose\", \"last 3 months\") >= \"100 mg/dL\"":              "",
		"ex | Stroke, unless small | diagnosed(\"stroke\")":                                                       "L063",
		"ex | Stroke, unless small | diagnosed(\"stroke\") and not manual(\"Was it small?\")":                     "",
		"ex | Planned dialysis | procedure(\"dialysis\")":                                                         "L064",
		"in | Two exacerbations | times(\"asthma exacerbation\") >= 2":                                            "L065",
		"in | Exacerbations on two days | times(\"asthma exacerbation\") >= 2":                                    "",
	} {
		if got := codesOf(c.Trial("x.yaml", criteriaFile(text)).Mistakes); got != want {
			t.Errorf("%s\n is told %q, want %q", text, got, want)
		}
	}
}

// What is offered can be pasted: the question about the latest result keeps the window that is asked.
func TestLatestIsOfferedWithItsWindow(t *testing.T) {
	c := author.NewChecker(baseSets(t))
	for text, want := range map[string]string{
		`in | HbA1c | "7 %" <= lab("HbA1c", "last 3 months")`: `"latest, last 3 months", or "any"`,
		`in | HbA1c | "7 %" <= lab("HbA1c", "ever")`:          `"latest, ever", or "any"`,
	} {
		fixes := ""
		for _, m := range c.Trial("x.yaml", criteriaFile(text)).Mistakes {
			fixes += m.Fix + "\n"
		}
		if !strings.Contains(fixes, want) {
			t.Errorf("%s: offered %s", text, fixes)
		}
	}
}

func TestContradictionsBetweenCriteria(t *testing.T) {
	c := author.NewChecker(baseSets(t))
	for _, test := range []struct {
		name     string
		want     string
		criteria []string
	}{
		{"age apart", "L025", []string{"in | Adults | age >= 18", "in | Children | age <= 17"}},
		{"age meeting in a point", "", []string{"in | Adults | age >= 18", "in | Young | age <= 18"}},
		{"exclusion of all who are included", "L025", []string{"in | Adults | age >= 18", "ex | Old enough | age > 12"}},
		{"exclusion of some", "", []string{"in | Adults | age >= 18", "ex | Old | age > 75"}},
		{"range within an excluded range", "L025", []string{"in | Young | 18 <= age <= 30", "ex | Working | 16 <= age <= 65"}},
		{"inclusion and exclusion the same", "L025", []string{"in | Stroke | diagnosed(\"stroke\")", "ex | Stroke | diagnosed(\"stroke\")"}},
		{"one of two", "", []string{"in | Either | diagnosed(\"stroke\") or deceased", "ex | Stroke | diagnosed(\"stroke\")"}},
		{"one of two excluded", "L025", []string{"in | Stroke | diagnosed(\"stroke\")", "ex | Either | diagnosed(\"stroke\") or deceased"}},
		{"both of two excluded", "", []string{"in | Stroke | diagnosed(\"stroke\")", "ex | Both | diagnosed(\"stroke\") and deceased"}},
		{"another window", "", []string{"in | Stroke | diagnosed(\"stroke\")", "ex | New stroke | diagnosed(\"stroke\", \"last 90 days\")"}},
		{"recent and ever", "L025", []string{"in | New stroke | diagnosed(\"stroke\", \"last 90 days\")", "ex | Stroke | diagnosed(\"stroke\")"}},
		{"taking and took", "L025", []string{"in | Metformin | taking(\"metformin\")", "ex | Recent metformin | took(\"metformin\", \"last 90 days\")"}},
		{"sexes", "L025", []string{"in | Women | sex == \"female\"", "ex | Women | sex == \"female\""}},
		{"sexes otherwise written", "L025", []string{"in | Women | sex == \"female\"", "in | Men | sex == \"male\""}},
		{"none_of", "L025", []string{"in | Stroke | diagnosed(\"stroke\")", "in | Neither | none_of(diagnosed(\"stroke\"), deceased)"}},
		{"every age excluded", "L025", []string{"ex | Old | age > 50", "ex | Young | age <= 60"}},
		{"the same twice", "L026", []string{"in | Adults | age >= 18", "in | Grown up | age  >=  18"}},
		{"the same as inclusion and as exclusion", "L025", []string{"in | Adults | age >= 18", "ex | Adults | age >= 18"}},
		{"grades apart", "L025", []string{"in | ECOG 0 to 1, latest | score(\"ECOG\", \"last 28 days\") <= \"1\"", "ex | ECOG below 3, latest | score(\"ECOG\", \"last 28 days\") < \"3\""}},
	} {
		if got := codesOf(c.Trial("x.yaml", criteriaFile(test.criteria...)).Mistakes); got != test.want {
			t.Errorf("%s: told %q, want %q", test.name, got, test.want)
		}
	}
}

// A criterion for one arm and one for another do not contradict each other, and a soft one contradicts nobody.
func TestContradictionsNeedTheSamePatients(t *testing.T) {
	c := author.NewChecker(baseSets(t))
	file := func(first, second string) []byte {
		return []byte("format: 1\ntrial: {id: example, title: Example, arms: [a, b]}\nrules: {version: \"1\", state: draft, authors: [A. Author]}\ncriteria:\n" +
			"  - id: INC-1\n    kind: inclusion\n    text: Adults\n    expr: |\n      age >= 18\n" + first +
			"  - id: INC-2\n    kind: inclusion\n    text: Children\n    expr: |\n      age < 18\n" + second)
	}
	for _, test := range []struct{ first, second, want string }{
		{"", "", "L025"},
		{"    arm: [a]\n", "    arm: [b]\n", ""},
		{"    arm: [a]\n", "", "L025"},
		{"    strength: soft\n", "", ""},
		{"    check: assisted\n", "", ""},
	} {
		if got := codesOf(c.Trial("x.yaml", file(test.first, test.second)).Mistakes); got != test.want {
			t.Errorf("%q, %q: told %q, want %q", test.first, test.second, got, test.want)
		}
	}
}

// A comment answers a lint below it, down to where its lines end, and no error.
func TestAnswersToLints(t *testing.T) {
	c := author.NewChecker(baseSets(t))
	criterion := func(above, within, expr string) string {
		return above + "  - id: INC-1\n    kind: inclusion\n    text: The latest\n    expr: |\n" + within + "      " + expr + "\n"
	}
	lab := `lab("HbA1c") >= "7 %"`
	for _, test := range []struct{ name, text, want string }{
		{"no answer", criterion("", "", lab), "L022"},
		{"above the criterion", criterion("  # lint: L022 a reason\n", "", lab), ""},
		{"in the expression", criterion("", "      // lint: L022 a reason\n", lab), ""},
		{"two codes", criterion("  # lint: L021, L022 a reason\n", "", `lab("HbA1c") == "7 %"`), ""},
		{"no reason", criterion("  # lint: L022\n", "", lab), "L001 L022"},
		{"no code", criterion("  # lint: it is right so\n", "", lab), "L001 L022"},
		{"another code", criterion("  # lint: L021 a reason\n", "", lab), "L002 L022"},
		{"unknown code", criterion("  # lint: L999 a reason\n", "", lab), "L002 L022"},
		{"a warning of the expression", criterion("  # lint: E141 a reason\n", "", `lab("HbA1c", "last 3 months") >= 7`), ""},
		{"an error", criterion("  # lint: E116 a reason\n", "", `conditon("stroke")`), "E116"},
		{"another criterion", criterion("  # lint: L022 a reason\n", "", lab) + "  - id: INC-2\n    kind: inclusion\n    text: The latest\n    expr: |\n      lab(\"ALT\") >= \"7 U/L\"\n", "L022"},
		{"wide lints are not called idle", criterion("  # lint: L041 a reason\n", "", `age >= 18`), ""},
	} {
		if got := codesOf(c.Trial("x.yaml", []byte(headOfExample+"criteria:\n"+test.text)).Mistakes); got != test.want {
			t.Errorf("%s: told %q, want %q", test.name, got, test.want)
		}
	}
	above := headOfExample + "# lint: L032, L022 a reason\ncriteria:\n" + criterion("", "", lab)
	if told := c.Trial("x.yaml", []byte(above)).Mistakes; len(told) > 0 {
		t.Errorf("above all criteria: told %v", told)
	}
}

// An assumption for the whole file is asked about once.
func TestAssumptionsOfTheFile(t *testing.T) {
	c := author.NewChecker(baseSets(t))
	for missing, want := range map[string]string{"{allergy: not met, visit: not met}": "L060", "{allergy: unknown}": ""} {
		text := headOfExample + "defaults:\n  missing: " + missing + "\n" + oneCriterion
		if got := codesOf(c.Trial("x.yaml", []byte(text)).Mistakes); got != want {
			t.Errorf("%s: told %q, want %q", missing, got, want)
		}
	}
}

// States that no record could bring about are not asked for.
func TestTestsInEachState(t *testing.T) {
	c := author.NewChecker(baseSets(t))
	for _, test := range []struct{ expr, expect, want string }{
		{"age >= 18", "{INC-1: met}", "not met or unknown"},
		{"deceased", "{INC-1: met}", "to be not met"},
		{"not deceased", "{INC-1: met}", "to be not met"},
		{"manual(\"?\")", "{INC-1: unknown}", ""},
		{"manual(\"?\") and age >= 18", "{INC-1: unknown}", "to be not met"},
		{"manual(\"?\") or age >= 18", "{INC-1: unknown}", "to be met"},
		{"none_of(deceased)", "{INC-1: not met}", "to be met"},
		{"age >= 18", "{outcome: ineligible}", "no test expects anything of INC-1"},
	} {
		text := headOfExample + "criteria:\n  - id: INC-1\n    kind: inclusion\n    text: It\n    expr: |\n      " + test.expr +
			"\ntests:\n  - name: one\n    as_of: 2026-11-23\n    patient: {birth: 1960, sex: female}\n    expect: " + test.expect + "\n"
		told := c.Trial("x.yaml", []byte(text)).Mistakes
		if test.want == "" && has(told, "", "L031") || test.want != "" && !strings.Contains(told.Error(), test.want) {
			t.Errorf("%s %s: told %v", test.expr, test.expect, told)
		}
	}
}
