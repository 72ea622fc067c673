package main

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"prescreen/internal/dates"
	"prescreen/internal/intake"
	"prescreen/internal/report"
	"prescreen/internal/screen"
	"prescreen/internal/trial"
)

// screening is one call of prescreen screen.
type screening struct {
	asked
	format, out string
	top         int
	all, strict bool
}

func newScreen() *cobra.Command {
	var s screening
	c := &cobra.Command{
		Use:   "screen PATH...",
		Short: "screen patients for trials and print ranked candidates",
		Long: `screen reads FHIR R4 records (bundles, single resources, NDJSON; plain, .gz, .zst, .zip or .tar.gz; files and
folders), evaluates the criteria of the trials, and prints the candidates of each trial in order, with reasons and
evidence. Near misses are listed too; --all adds everybody who is ineligible.

The formats csv (one row per patient and trial) and csv-verdicts (one row per criterion) open in a spreadsheet.
ndjson writes the run in its first line and one candidate in each further line.

Exit codes: 0 done, 1 failed, 2 wrong usage or rules with mistakes, 3 with --strict if an input was rejected.`,
		Example: "  prescreen screen --as-of 2026-06-30 --top 5 fixtures/cohort\n  prescreen screen --trial dapagliflozin-ckd --format json -o list.json export.ndjson.gz",
		RunE: func(c *cobra.Command, paths []string) error {
			return s.run(c.Context(), paths, c.InOrStdin(), c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	f := c.Flags()
	f.SortFlags = false
	s.flags(f)
	f.StringVar(&s.format, "format", "table", "one of "+strings.Join(report.Formats(), ", "))
	f.StringVarP(&s.out, "output", "o", "", "file to write to; stdout if left out")
	f.IntVar(&s.top, "top", 0, "only the first so many candidates of each trial; all if left out")
	f.BoolVar(&s.all, "all", false, "list the ineligible too")
	f.BoolVar(&s.strict, "strict", false, "exit with 3 if an input was rejected")
	_ = c.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(report.Formats(), cobra.ShellCompDirectiveNoFileComp))
	return c
}

func (s *screening) run(ctx context.Context, paths []string, stdin io.Reader, stdout, stderr io.Writer) (err error) {
	if err := report.CheckFormat(s.format); err != nil {
		return wrongUsage("--format: %w", err)
	}
	if s.top < 0 {
		return wrongUsage("--top %d: a number of candidates is needed", s.top)
	}
	if err := writable("-o", s.out); err != nil {
		return err
	}
	options, paths, err := s.inputs(paths)
	if err != nil {
		return err
	}
	rules, err := readRules(s.rules, s.trials, s.silence, stderr, s.hierarchies...)
	if err != nil {
		return err
	}
	day, err := s.day(rules.Site.Location)
	if err != nil {
		return err
	}
	cohort, err := s.cohort(ctx, rules, options, paths, stdin, stderr)
	if err != nil {
		return err
	}
	defer func() { err = closing(err, cohort) }()
	document, self, err := s.document(ctx, rules, cohort, day)
	if err != nil {
		return failed(err)
	}
	place := report.Options{}
	if s.out == "" {
		place = placeOf(stdout)
	}
	if err := writeOut(s.out, stdout, func(w io.Writer) error { return report.Write(w, s.format, document, place) }); err != nil {
		return failed(fmt.Errorf("writing the list: %w", err))
	}
	if err := report.WriteSummary(stderr, &document.Run, self, placeOf(stderr)); err != nil {
		return failed(err)
	}
	if n := len(cohort.Rejected); s.strict && n > 0 {
		return &failure{exitRejected, fmt.Errorf("--strict: %s rejected", wereRejected(n))}
	}
	return nil
}

// document screens a cohort; its candidates are described as they are written.
func (s *screening) document(ctx context.Context, r *rules, cohort *intake.Cohort, day dates.Day) (*report.Document, *screen.SelfReport, error) {
	plan := r.plan(cohort, day)
	tally, err := screenAll(ctx, plan, cohort, s.workers)
	if err != nil {
		return nil, nil, fmt.Errorf("screening: %w", err)
	}
	self := tally.Report()
	d := &report.Document{Run: runOf(r, cohort, day, &self), Records: self.Records}
	describer := newDescriber(plan, cohort, s.workers)
	for i, list := range tally.Lists() {
		d.Trials = append(d.Trials, s.listed(ctx, plan.Trials()[i], list, describer))
	}
	return d, &self, nil
}

// closing removes what was spilled, whatever else went wrong.
func closing(err error, cohort *intake.Cohort) error {
	if closed := cohort.Close(); closed != nil && err == nil {
		return failed(fmt.Errorf("removing the temporary folder: %w", closed))
	}
	return err
}

// screenAll screens every chart; each worker tallies its own.
func screenAll(ctx context.Context, plan *screen.Plan, cohort *intake.Cohort, workers int) (*screen.Tally, error) {
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	screeners, tallies := make([]*screen.Worker, workers), make([]*screen.Tally, workers)
	for i := range screeners {
		screeners[i], tallies[i] = plan.NewWorker(), plan.NewTally()
	}
	err := cohort.Each(ctx, workers, func(v intake.Visit) error {
		tallies[v.Worker].Add(v.Chart, screeners[v.Worker].Screen(v.Chart))
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, t := range tallies[1:] {
		tallies[0].Merge(t)
	}
	return tallies[0], nil
}

func runOf(r *rules, cohort *intake.Cohort, day dates.Day, self *screen.SelfReport) screen.Run {
	run := screen.Run{
		AsOf: day, Zone: r.Site.Zone, Engine: screen.Engine, RulesSha256: r.RulesDigest(), SettingsSha256: r.SettingsDigest(),
		Files: cohort.Files, Patients: self.Records.Patients, Resources: cohort.Resources, Withheld: self.Withheld,
	}
	for _, x := range cohort.Rejected {
		run.Rejected = append(run.Rejected, screen.Rejected{Input: x.Input, Pointer: x.Pointer, Reason: x.Reason})
	}
	for _, g := range cohort.Gaps() {
		run.Gaps = append(run.Gaps, screen.Gap{Kind: string(g.Kind), Count: g.Count})
	}
	return run
}

// listed gives one trial's list, whose candidates are described as they are asked for.
func (s *screening) listed(ctx context.Context, t *trial.Trial, list *screen.List, d *describer) report.Trial {
	n := 0
	for n < list.Len() && (s.all || list.At(n).Outcome != screen.Ineligible || list.At(n).NearMiss) {
		n++
	}
	shown := n
	if s.top > 0 {
		shown = min(shown, s.top)
	}
	return report.Trial{
		Trial: t, Funnel: list.Funnel, Outcomes: list.Outcomes, NearMiss: list.NearMiss, BySilence: list.BySilence,
		Listed: n, Candidates: d.first(ctx, list, shown),
	}
}
