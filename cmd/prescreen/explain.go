package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"prescreen/internal/chart"
	"prescreen/internal/intake"
	"prescreen/internal/report"
	"prescreen/internal/screen"
)

// explaining is one call of prescreen explain.
type explaining struct {
	asked
	patient string
}

func newExplain() *cobra.Command {
	var e explaining
	c := &cobra.Command{
		Use:   "explain --trial ID --patient ID PATH...",
		Short: "print one patient's sheet, criterion by criterion",
		Long: `explain prints what each criterion of a trial comes to for one patient: effect, reason, evidence, and what would
settle it. It answers for every patient in the records, also for those who are withheld from lists. The beginning of
a patient's id is enough where it is the only one.`,
		Example: "  prescreen explain --trial dapagliflozin-ckd --patient f24ac1bc --as-of 2026-06-30 fixtures/cohort",
		PreRunE: func(c *cobra.Command, _ []string) error { return needs(c, "patient", "trial") },
		RunE: func(c *cobra.Command, paths []string) error {
			return e.run(c.Context(), paths, c.InOrStdin(), c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	e.flags(c.Flags())
	c.Flags().StringVar(&e.patient, "patient", "", "the patient's id, or its beginning; after a feed's name and a slash if there are feeds")
	return c
}

func (e *explaining) run(ctx context.Context, paths []string, stdin io.Reader, stdout, stderr io.Writer) (err error) {
	options, paths, err := e.inputs(paths)
	if err != nil {
		return err
	}
	rules, err := readRules(e.rules, e.trials, e.silence, stderr, e.hierarchies...)
	if err != nil {
		return err
	}
	day, err := e.day(rules.Site.Location)
	if err != nil {
		return err
	}
	cohort, err := e.cohort(ctx, rules, options, paths, stdin, stderr)
	if err != nil {
		return err
	}
	defer func() { err = closing(err, cohort) }()
	key, err := e.find(cohort.Keys())
	if err != nil {
		return err
	}
	record, err := cohort.Chart(key)
	if err != nil {
		return failed(fmt.Errorf("reading the patient's chart: %w", err))
	}
	plan := rules.plan(cohort, day)
	worker := plan.NewWorker()
	for i, t := range plan.Trials() {
		if i > 0 {
			fmt.Fprintln(stdout)
		}
		sheet := report.Sheet{AsOf: day, Trial: t, Candidate: worker.Describe(record, i)}
		if err := report.WriteSheet(stdout, &sheet, placeOf(stdout)); err != nil {
			return failed(fmt.Errorf("writing the sheet: %w", err))
		}
	}
	return e.lost(cohort, stderr)
}

// find gives the one patient whose id is, or begins with, what was asked for.
func (e *explaining) find(keys []chart.Key) (chart.Key, error) {
	var begins []chart.Key
	for _, k := range keys {
		shown := screen.ShownID(k)
		if shown == e.patient {
			return k, nil
		}
		if strings.HasPrefix(shown, e.patient) || strings.HasPrefix(k.ID, e.patient) {
			begins = append(begins, k)
		}
	}
	switch {
	case e.patient == "" || len(begins) == 0:
		return chart.Key{}, wrongUsage("none of the %d patients has this id: prescreen screen --all lists them", len(keys))
	case len(begins) > 1:
		return chart.Key{}, wrongUsage("%d patients have ids that begin so: write more of it", len(begins))
	}
	return begins[0], nil
}

// lost says that the sheet may not rest on everything there is.
func (e *explaining) lost(cohort *intake.Cohort, stderr io.Writer) error {
	if n := len(cohort.Rejected); n > 0 {
		_, err := fmt.Fprintf(stderr, "%s could not be used and may be this patient's: prescreen screen names them.\n", rejectedInputs(n))
		return err
	}
	return nil
}
