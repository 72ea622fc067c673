package author_test

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prescreen/internal/author"
	"prescreen/internal/rule"
	"prescreen/internal/terms"
	"prescreen/internal/trial"
)

// What is asked in the language and what its author reads back.
func TestReadBack(t *testing.T) {
	for expr, want := range map[string]string{
		`age >= 18`:                            "Fulfilled if the age in completed years is at least 18.",
		`18 <= age <= 75`:                      "Fulfilled if the age in completed years is from 18 to 75.",
		`18 < age < 75`:                        "Fulfilled if the age in completed years is above 18 and below 75.",
		`sex == "female"`:                      "Fulfilled if the sex for clinical use is female.",
		`sex != "female"`:                      "Fulfilled if the sex for clinical use is male.",
		`not deceased`:                         "Fulfilled if the patient has not died.",
		`diagnosed("stroke", "last 6 months")`: "Fulfilled if there is a diagnosis of “stroke” that began in the last 6 months (2026-05-23 to 2026-11-23).",
		`not diagnosed("stroke")`:              "Fulfilled if there is no diagnosis of “stroke” at any time.",
		`diagnosed("diabetes", "present in the last 5 years")`:                                 "Fulfilled if there is a diagnosis of “diabetes” that was present at any time in the last 5 years (2021-11-23 to 2026-11-23), whenever it began.",
		`diagnosed("stroke", "more than 3 months ago")`:                                        "Fulfilled if there is a diagnosis of “stroke” that began at least 3 months ago (up to 2026-08-23).",
		`lab("ALT", "last 28 days") <= "3 xULN"`:                                               "Fulfilled if the latest “ALT” in the last 28 days (2026-10-26 to 2026-11-23) is at most 3 times the upper limit of normal of that result.",
		`lab("HbA1c", "average of latest 3, at least 90 days apart") > "7.0 %"`:                "Fulfilled if the average of the latest 3 results of “HbA1c”, at least 90 days apart, is above 7.0 %.",
		`taking("metformin", "for at least 4 weeks")`:                                          "Fulfilled if there is a medication “metformin” that covers the day asked about for at least 4 weeks without a gap (since 2026-10-26 or earlier).",
		`not (age < 18 or diagnosed("stroke"))`:                                                "Fulfilled if all of these hold:\n- the age in completed years is not below 18\n- there is no diagnosis of “stroke” at any time",
		`age < 18 or (sex == "male" and none_of(diagnosed("stroke"), allergic("penicillin")))`: "Fulfilled if any of these holds:\n- the age in completed years is below 18\n- all of these hold:\n  - the sex for clinical use is male\n  - all of these hold:\n    - there is no diagnosis of “stroke” at any time\n    - there is no allergy or intolerance to “penicillin” on record",
		`at_least(2, age >= 65, diagnosed("diabetes"), diagnosed("stroke"))`:                   "Fulfilled if at least 2 of these hold:\n- the age in completed years is at least 65\n- there is a diagnosis of “diabetes” at any time\n- there is a diagnosis of “stroke” at any time",
		`known(lab("HbA1c", "last 1 year"))`:                                                   "Fulfilled if a usable value of “HbA1c” in the last 1 year (2025-11-23 to 2026-11-23) is on record.",
	} {
		t.Run(expr, func(t *testing.T) {
			tr, _ := parse(t, "x.yaml", head+expr+"\n")
			r := author.ReadBack(tr, nil, suggestedOn)[0]
			var lines []string
			for _, l := range r.Asks {
				mark := ""
				if l.Depth > 0 {
					mark = strings.Repeat("  ", l.Depth-1) + "- "
				}
				lines = append(lines, mark+l.Text)
			}
			if d := cmp.Diff(want, strings.Join(lines, "\n")); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestReadingsAreShownBesideTheProtocol(t *testing.T) {
	tr, _ := read(t, "otherwise.yaml")
	for name, width := range map[string]int{"read-wide.txt": 100, "read-narrow.txt": 60} {
		var b bytes.Buffer
		author.WriteReadings(&b, tr, author.ReadBack(tr, map[terms.Domain]bool{terms.Diagnosis: false}, suggestedOn), suggestedOn, author.Place{Width: width})
		golden(t, "testdata/made-up/"+name, b.Bytes())
	}
}

// Every word of the language has a sentence of its own: none is read back as it is written.
func TestEveryWordIsReadBack(t *testing.T) {
	_, s := shippedTrials(t)
	for _, w := range rule.Words() {
		tr, told := trial.Read("x.yaml", []byte(head+w.Example+"\n"), exampleSets(t, &w, s.Library))
		if tr == nil {
			t.Errorf("the example of %s does not compile: %v", w.Name, told)
			continue
		}
		for _, l := range author.ReadBack(tr, nil, suggestedOn)[0].Asks {
			if strings.Contains(l.Text, "this is met") || strings.Contains(l.Text, "this is not met") || strings.Contains(w.Name, "_") && strings.Contains(l.Text, w.Name) {
				t.Errorf("%s is read back as %q", w.Name, l.Text)
			}
		}
	}
}

// exampleSets makes up the value sets of an example that are not shipped, of the domain that its word asks for.
func exampleSets(t *testing.T, w *rule.Word, lib *terms.Library) *terms.Library {
	t.Helper()
	sets := slices.Clone(lib.Sets())
	for _, m := range regexp.MustCompile(`(\w+)\("([^"]+)"`).FindAllStringSubmatch(w.Example, -1) {
		if _, ok := lib.Find(m[2]); ok {
			continue
		}
		for _, word := range rule.Words() {
			if word.Name != m[1] || len(word.Domains) == 0 {
				continue
			}
			set := &terms.ValueSet{Name: m[2], Domain: word.Domains[0], Course: terms.Event, File: "made-up.yaml"}
			set.Entries = []terms.Entry{{Coding: terms.Coding{System: terms.SNOMED, Code: "1"}}}
			set.Answers = []terms.Answer{{Value: "0"}, {Value: "1"}, {Value: "negative"}, {Value: "IV"}}
			sets = append(sets, set)
		}
	}
	return terms.NewLibrary(sets)
}
