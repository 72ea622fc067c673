package terms_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"prescreen/internal/terms"
)

func TestFactsAboutALibrary(t *testing.T) {
	lib := library(t, `format: 1
sets:
  - name: fasting
    domain: lab
    codes: [{system: loinc, code: 1558-6, display: Fasting glucose}, {system: loinc, code: 2345-7, display: Glucose}]
  - name: random
    domain: lab
    codes: [{system: loinc, code: 2345-7, display: glucose}]
  - name: either
    domain: lab
    sets: [fasting, random]
  - name: diabetes
    domain: diagnosis
    codes: [{system: snomed, code: "44054006", display: Type 2 diabetes}, {system: icd-10, code: E11, include: prefix, display: Diabetes}]
  - name: other diabetes
    domain: diagnosis
    codes: [{system: snomed, code: "44054006", display: Type 1 diabetes}, {system: snomed, code: "46635009"}, {system: icd-10, code: E11, display: E11}]
`)
	shared := []terms.Standing{{Coding: terms.Coding{System: terms.LOINC, Code: "2345-7"}, Sets: []string{"fasting", "random"}, Names: []string{"Glucose"}}}
	if d := cmp.Diff(shared, lib.SharedResults()); d != "" {
		t.Error(d)
	}
	named := []terms.Standing{{
		Coding: terms.Coding{System: terms.SNOMED, Code: "44054006"},
		Sets:   []string{"diabetes", "other diabetes"}, Names: []string{"Type 2 diabetes", "Type 1 diabetes"},
	}}
	if d := cmp.Diff(named, lib.NamedDifferently()); d != "" {
		t.Error(d)
	}
}
