package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime"

	"github.com/spf13/cobra"

	"prescreen/internal/author"
	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/intake"
	"prescreen/internal/rule"
	"prescreen/internal/rulebook"
	"prescreen/internal/screen"
	"prescreen/internal/trial"
)

// trying is one call of prescreen try.
type trying struct {
	asked
	against string
	all     bool
}

func newTry() *cobra.Command {
	var t trying
	c := &cobra.Command{
		Use:   "try TRIAL PATH...",
		Short: "see what a trial file does to a cohort, criterion by criterion",
		Long: `try screens a cohort with one trial file and shows what each of its criteria does: how many it lets through, keeps out and
leaves open, with three charts of each to read, and what is left after all before it.

TRIAL is a trial file, or the id of one in the folder of rules. --against names an older version of the file: who moves,
from which outcome to which, and by which criterion.`,
		Example: "  prescreen try rules/trials/dapagliflozin-ckd.yaml fixtures/cohort --as-of 2026-06-30\n  prescreen try dapagliflozin-ckd fixtures/cohort --against old/dapagliflozin-ckd.yaml",
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) < 1 {
				return wrongUsage("name a trial file and the records to try it on")
			}
			return t.run(c.Context(), args[0], args[1:], c.InOrStdin(), c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	f := c.Flags()
	f.SortFlags = false
	t.flags(f)
	f.StringVar(&t.against, "against", "", "an older version of the trial file")
	f.BoolVar(&t.all, "all", false, "with --against: list everybody who moves")
	_ = f.MarkHidden("trial")
	return c
}

// version reads one trial with the rules around it.
func (t *trying) version(name string) (*trial.Trial, *rules, error) {
	a := authored{rules: t.rules}
	path := name
	if _, err := os.Stat(name); err != nil {
		path, a.trials = "", []string{name}
	}
	tr, r, err := a.one(path)
	if err != nil {
		return nil, nil, err
	}
	if len(tr.Criteria) == 0 {
		return nil, nil, wrongUsage("%s has no criterion, so everybody would pass it", tr.File)
	}
	if t.silence == "open" {
		r.Site.SilenceOpen = true
	}
	return tr, r, nil
}

func (t *trying) run(ctx context.Context, name string, paths []string, stdin io.Reader, stdout, stderr io.Writer) (err error) {
	options, paths, err := t.inputs(paths)
	if err != nil {
		return err
	}
	tr, r, err := t.version(name)
	if err != nil {
		return err
	}
	trials, both := []*trial.Trial{tr}, []*rules{r}
	if t.against != "" {
		old, was, err := t.version(t.against)
		if err != nil {
			return err
		}
		trials, both = append(trials, old), append(both, was)
	}
	day, err := t.day(r.Site.Location)
	if err != nil {
		return err
	}
	cohort, err := t.cohort(ctx, r, options, paths, stdin, stderr)
	if err != nil {
		return err
	}
	defer func() { err = closing(err, cohort) }()
	return t.show(ctx, trials, both, cohort, day, stdout)
}

func (t *trying) show(ctx context.Context, trials []*trial.Trial, both []*rules, cohort *intake.Cohort, day dates.Day, stdout io.Writer) error {
	s := screen.Settings{AsOf: day, Horizon: both[0].Site.Horizon, OptIn: both[0].Site.OptIn}
	plan := screen.NewPlan(trials, newVersions(trials, both, cohort), s)
	tried, tally, err := tryAll(ctx, plan, cohort, t.workers)
	if err != nil {
		return failed(fmt.Errorf("screening: %w", err))
	}
	d := newDescriber(plan, cohort, 1)
	reason := func(key chart.Key, criterion int) (string, error) {
		record, err := d.chart(key)
		if err != nil {
			return "", err
		}
		return d.workers[0].Describe(record, 0).Criteria[criterion].Reason, nil
	}
	if err := author.WriteTried(stdout, tried, tally.Lists()[0].Funnel, day, reason, t.all, paper(stdout)); err != nil {
		return failed(fmt.Errorf("reading a patient's chart: %w", err))
	}
	return nil
}

// tryAll screens every chart, each worker for itself.
func tryAll(ctx context.Context, plan *screen.Plan, cohort *intake.Cohort, workers int) (*author.Tried, *screen.Tally, error) {
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	screeners, tried, tallies := make([]*screen.Worker, workers), make([]*author.Tried, workers), make([]*screen.Tally, workers)
	for i := range screeners {
		screeners[i], tried[i], tallies[i] = plan.NewWorker(), author.NewTried(plan.Trials()), plan.NewTally()
	}
	err := cohort.Each(ctx, workers, func(v intake.Visit) error {
		s := screeners[v.Worker].Screen(v.Chart)
		tried[v.Worker].Add(s)
		tallies[v.Worker].Add(v.Chart, s)
		return nil
	})
	for i := range tried[1:] {
		tried[0].Merge(tried[i+1])
		tallies[0].Merge(tallies[i+1])
	}
	tried[0].Sort()
	return tried[0], tallies[0], err
}

// versions answers for two versions of a trial, each with its own value sets and settings.
type versions struct {
	trials []*trial.Trial
	codes  []*rulebook.Codes
}

func newVersions(trials []*trial.Trial, both []*rules, cohort *intake.Cohort) *versions {
	v := &versions{trials: trials}
	for _, r := range both {
		v.codes = append(v.codes, r.Codes(cohort.Dictionary, cohort.Units))
	}
	return v
}

func (v *versions) Bind(t *trial.Trial, p *rule.Program) *rule.Bound {
	for i := range v.trials {
		if v.trials[i] == t {
			return v.codes[i].Bind(t, p)
		}
	}
	return v.codes[0].Bind(t, p)
}

// of gives the version whose value sets a question is about.
func (v *versions) of(q *rule.Leaf) *rulebook.Codes {
	for _, c := range v.codes {
		if c.Holds(q.Set) {
			return c
		}
	}
	return v.codes[0]
}

func (v *versions) Coding(q *rule.Leaf, c *chart.Chart, f *chart.Fact) (system, code string) {
	return v.of(q).Coding(q, c, f)
}

func (v *versions) Records(set string, c *chart.Chart) []uint32 { return v.codes[0].Records(set, c) }

func (v *versions) Codes(c *chart.Chart, s chart.Span) []string { return v.codes[0].Codes(c, s) }

func (v *versions) Occurring(q *rule.Leaf) (listed, occurring int) { return v.of(q).Occurring(q) }
