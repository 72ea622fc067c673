package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"prescreen/internal/author"
	"prescreen/internal/dates"
	"prescreen/internal/trial"
)

// mutate lists the small changes to the rules that no test notices.
func (t *testOf) mutate(ctx context.Context, r *rules, stdout, stderr io.Writer) error {
	place := paper(stdout)
	for i, tr := range r.Trials {
		bench, err := author.NewBench(ctx, tr, r.made(), t.filter())
		if err != nil {
			return failed(err)
		}
		var sum author.Sum
		sum.Add(bench.Run(tr))
		if sum.Failed > 0 {
			return failed(fmt.Errorf("%s of %s: put the tests right first, prescreen test shows them", sum.Failures(), tr.File))
		}
		if i > 0 {
			fmt.Fprintln(stdout)
		}
		mutants := author.Mutants(tr, r.Library)
		bar := newBar(stderr, tr.ID)
		alive, err := bench.Survivors(ctx, tr, mutants, func(done int) { bar.set(int64(done), int64(len(mutants)), "") })
		bar.finish()
		if err != nil {
			return failed(err)
		}
		author.WriteSurvivors(stdout, tr, alive, len(mutants), place)
	}
	return nil
}

// suggestCases prints tests to paste. The day is that of the trial's first test, so that what is pasted belongs to the rest.
func (t *testOf) suggestCases(ctx context.Context, r *rules, stdout io.Writer) error {
	var only func(string) bool
	if t.run != "" {
		only = func(id string) bool { return strings.Contains(strings.ToLower(id), strings.ToLower(t.run)) }
	}
	for _, tr := range r.Trials {
		day, err := t.day(r, tr)
		if err != nil {
			return err
		}
		list, err := author.Suggest(ctx, tr, r.made(), day, only)
		if err != nil {
			return failed(err)
		}
		author.WriteSuggested(stdout, tr, list)
	}
	return nil
}

func (t *testOf) day(r *rules, tr *trial.Trial) (dates.Day, error) {
	if t.asOf == "" && len(tr.Tests) > 0 {
		return tr.Tests[0].AsOf, nil
	}
	a := asked{asOf: t.asOf}
	return a.day(r.Site.Location)
}
