package author_test

import (
	"testing"

	"prescreen/internal/author"
	"prescreen/internal/trial"
)

// shippedTrials reads the rules of the repository.
func shippedTrials(t *testing.T) ([]*trial.Trial, author.Site) {
	t.Helper()
	trials, lib, told := trial.ReadFolder("../../rules")
	if told.HasErrors() {
		t.Fatal(told)
	}
	return trials, madeUpSite(lib)
}

// The tests beside the shipped trials pass, and what is suggested for them passes as it is pasted.
func TestShippedTrials(t *testing.T) {
	trials, s := shippedTrials(t)
	for _, tr := range trials {
		t.Run(tr.ID, func(t *testing.T) {
			for _, r := range run(t, tr, s) {
				if r.Failed() {
					t.Errorf("%s: %s %+v", r.Name(), r.Problem, r.Cells)
				}
			}
			list, err := author.Suggest(t.Context(), tr, s, suggestedOn, nil)
			if err != nil {
				t.Fatal(err)
			}
			asked := *tr
			asked.Tests = nil
			for _, one := range list {
				if len(one.Test.Cases) > 0 {
					asked.Tests = append(asked.Tests, one.Test)
				}
			}
			for _, r := range run(t, &asked, s) {
				if r.Failed() {
					t.Errorf("suggested: %s: %s %+v", r.Name(), r.Problem, r.Cells)
				}
			}
			left := 0
			mutants := author.Mutants(tr, s.Library)
			bench, err := author.NewBench(t.Context(), &asked, s, nil)
			if err != nil {
				t.Fatal(err)
			}
			alive, err := bench.Survivors(t.Context(), tr, mutants, func(int) { left++ })
			if err != nil || left != len(mutants) {
				t.Fatal(err)
			}
			t.Logf("suggested cases notice %d of %d changes", len(mutants)-len(alive), len(mutants))
			if len(alive)*4 > len(mutants) {
				t.Errorf("suggested cases leave %d of %d changes unnoticed", len(alive), len(mutants))
			}
		})
	}
}

// Every shape of the gallery compiles without a mistake and its tests pass.
func TestGallery(t *testing.T) {
	_, s := shippedTrials(t)
	shapes, told, err := author.Gallery("../../rules/gallery", s.Library)
	if err != nil {
		t.Fatal(err)
	}
	if told.HasErrors() {
		t.Error(told)
	}
	for _, shape := range shapes {
		t.Run(shape.Name, func(t *testing.T) {
			ran := run(t, shape.Trial, s)
			if len(ran) == 0 {
				t.Error("no tests")
			}
			for _, r := range ran {
				if r.Failed() {
					t.Errorf("%s: %s %+v", r.Name(), r.Problem, r.Cells)
				}
			}
		})
	}
}
