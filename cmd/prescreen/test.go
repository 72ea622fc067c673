package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"prescreen/internal/author"
	"prescreen/internal/trial"
)

// testOf is one call of prescreen test.
type testOf struct {
	authored
	run, junit, asOf string
	suggest, mutants bool
}

func newTest() *cobra.Command {
	var t testOf
	c := &cobra.Command{
		Use:   "test [PATH]",
		Short: "run the tests that stand beside the rules",
		Long: `test makes the patients that a trial file's tests describe, as FHIR records, asks the criteria of them, and prints a
matrix of case by criterion. A cell that comes out otherwise than expected is shown with the reason and the evidence.
Automatic criteria that are not tested in each state (met, not met, unknown) are listed at the end.

PATH is a trial file or a folder; all trials of the folder rules if it is left out.

--suggest prints cases at every limit and at the edge of every window, with the answer the criteria give today, to be
pasted under "tests:" and ticked by a person who knows what the answer should be.
--mutants changes the rules a little in every place (>= to >, a limit by its last digit, a window by a day, "not" left
out, "and" for "or") and lists the changes that no test notices.

Exit codes: 0 all as expected, 1 a test failed or there is none, 2 wrong usage or rules with mistakes.`,
		Example: "  prescreen test rules/trials/dapagliflozin-ckd.yaml\n  prescreen test --run potassium --junit report.xml\n  prescreen test --suggest rules/trials/dapagliflozin-ckd.yaml",
		RunE: func(c *cobra.Command, args []string) error {
			return t.start(c.Context(), args, c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	f := c.Flags()
	f.SortFlags = false
	t.flags(f)
	f.StringVar(&t.run, "run", "", "only tests and cases whose name holds this text; with --suggest only criteria whose id does")
	f.StringVar(&t.junit, "junit", "", "file to write the results to, as JUnit XML")
	f.BoolVar(&t.suggest, "suggest", false, "print cases to paste, for a person to tick")
	f.StringVar(&t.asOf, "as-of", "", "with --suggest: the day of the cases, YYYY-MM-DD; that of the first test, else today")
	f.BoolVar(&t.mutants, "mutants", false, "change the rules a little and list the changes that no test notices")
	return c
}

func (t *testOf) start(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	path, err := onePath(args)
	if err != nil {
		return err
	}
	if t.suggest && t.mutants {
		return wrongUsage("--suggest and --mutants: one at a time")
	}
	if t.asOf != "" && !t.suggest {
		return wrongUsage("--as-of goes with --suggest: each test names its own day")
	}
	if err := writable("--junit", t.junit); err != nil {
		return err
	}
	r, err := t.read(path)
	if err != nil {
		return err
	}
	switch {
	case t.suggest:
		return t.suggestCases(ctx, r, stdout)
	case t.mutants:
		return t.mutate(ctx, r, stdout, stderr)
	}
	return t.tests(ctx, r, stdout)
}

func (t *testOf) tests(ctx context.Context, r *rules, stdout io.Writer) error {
	place := paper(stdout)
	var suites []author.Suite
	var sum author.Sum
	for _, tr := range r.Trials {
		bench, err := author.NewBench(ctx, tr, r.made(), t.filter())
		if err != nil {
			return failed(err)
		}
		ran := bench.Run(tr)
		sum.Add(ran)
		suites = append(suites, author.Suite{Trial: tr, Ran: ran})
		if len(ran) == 0 && t.run != "" {
			continue
		}
		if len(suites) > 1 {
			fmt.Fprintln(stdout)
		}
		author.WriteTests(stdout, tr, ran, place, t.run == "")
		if err := unticked(stdout, tr); err != nil {
			return err
		}
	}
	if t.junit != "" {
		err := writeOut(t.junit, stdout, func(w io.Writer) error { return author.WriteJUnit(w, suites) })
		if err != nil {
			return failed(fmt.Errorf("writing the JUnit file: %w", err))
		}
	}
	return t.conclude(sum, stdout)
}

func (t *testOf) filter() func(test, name string) bool {
	if t.run == "" {
		return nil
	}
	return author.Named(t.run)
}

func (t *testOf) conclude(sum author.Sum, stdout io.Writer) error {
	switch {
	case sum.Cases == 0 && t.run != "":
		return wrongUsage("no test or case has a name that holds %q", t.run)
	case sum.Cases == 0:
		return failed(fmt.Errorf("there is no test: prescreen test --suggest prints cases to begin with"))
	}
	fmt.Fprintln(stdout, "\n"+sum.String())
	if sum.Failed > 0 {
		return failed(fmt.Errorf("%s", strings.TrimSuffix(sum.Failures(), ".")))
	}
	return nil
}

// unticked counts the suggested expectations that nobody has confirmed.
func unticked(w io.Writer, tr *trial.Trial) error {
	data, err := os.ReadFile(tr.File)
	if err != nil {
		return failed(fmt.Errorf("reading %s again: %w", tr.File, err))
	}
	n := 0
	for line := range strings.Lines(string(data)) {
		if strings.HasSuffix(strings.TrimRight(line, " \r\n"), author.Tick) {
			n++
		}
	}
	if n > 0 {
		fmt.Fprintf(w, "Suggested answers in %s that still say %q: %d. Check each against the protocol, then take its mark away.\n", tr.File, author.Tick, n)
	}
	return nil
}
