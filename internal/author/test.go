package author

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/intake"
	"prescreen/internal/rule"
	"prescreen/internal/screen"
	"prescreen/internal/terms"
	"prescreen/internal/trial"
	"prescreen/internal/verdict"
)

// Site is what made-up patients are asked under: the value sets and the site's settings as plain values. Terms answers what
// screening asks about the codes and units that were met.
type Site struct {
	Library *terms.Library
	Zone    *time.Location
	Horizon dates.Period
	OptIn   bool
	Terms   func(*terms.Dictionary, *chart.Units) screen.Terms
}

// OutcomeColumn is the name under which a test expects what becomes of the patient.
const OutcomeColumn = "outcome"

// Ran is one case that was run: a test's own patient, or one that differs from it.
type Ran struct {
	Test, Case string // Case is "" for the test's own patient
	Line       int
	AsOf       dates.Day
	Candidate  *screen.Candidate // nil when there was no patient to ask
	Problem    string            // why the patient, or part of the record, could not be used
	Cells      []Cell            // in the order of the trial's criteria, the outcome last
}

// Name is the case as its author calls it.
func (r *Ran) Name() string {
	if r.Case == "" {
		return r.Test
	}
	return r.Case
}

// Failed tells whether anything came out otherwise than expected.
func (r *Ran) Failed() bool {
	return r.Problem != "" || slices.ContainsFunc(r.Cells, func(c Cell) bool { return c.Failed() })
}

// Cell is one expectation of a case: what a criterion, or the outcome, should come to and what it came to.
type Cell struct {
	Criterion string // OutcomeColumn for the outcome
	Want, Got string
	Line      int
	Told      *screen.Told // nil for the outcome
}

// Failed tells whether it came out otherwise.
func (c Cell) Failed() bool { return c.Want != c.Got }

// Bench is a trial's made-up patients, read once and ready to be asked by this or a changed version of the trial.
type Bench struct {
	site  Site
	terms screen.Terms
	cases []benched
}

type benched struct {
	test, name string
	line       int
	asOf       dates.Day
	expect     *trial.Expect
	problem    string
	chart      *chart.Chart
}

// NewBench makes the patients of a trial's tests and reads them as any other record. With only, cases it refuses are left out.
func NewBench(ctx context.Context, t *trial.Trial, site Site, only func(test, name string) bool) (*Bench, error) {
	b := &Bench{site: site}
	var patients []trial.Patient
	for i := range t.Tests {
		test := &t.Tests[i]
		add := func(c benched, p trial.Patient) {
			if only == nil || only(c.test, c.name) {
				b.cases, patients = append(b.cases, c), append(patients, p)
			}
		}
		if own := (benched{test: test.Name, line: test.Line, asOf: test.AsOf, expect: &test.Expect}); expects(own.expect) {
			add(own, test.Patient)
		}
		for k := range test.Cases {
			c := &test.Cases[k]
			own := benched{test: test.Name, name: c.Name, line: c.Line, asOf: c.AsOf, expect: &c.Expect}
			add(own, CasePatient(&test.Patient, &c.But, c.Without))
		}
	}
	return b, b.read(ctx, filepath.Dir(t.File), patients)
}

func expects(e *trial.Expect) bool { return e.Outcome != "" || len(e.Verdicts) > 0 }

// read makes charts of the patients: all shorthand ones as one document, a bundle a line, so that a record of a thousand
// lines of tests costs one reading; bundles by path each for itself, because their ids may be alike.
func (b *Bench) read(ctx context.Context, dir string, patients []trial.Patient) error {
	dict, units := terms.NewDictionary(), chart.NewUnits()
	o := intake.Options{Zone: b.site.Zone, Dictionary: dict, Units: units}
	var lines bytes.Buffer
	numbers := map[string]int{} // of the case, by patient id
	var line []int              // number of the case, by line
	for n := range patients {
		if p := &patients[n]; p.Bundle != "" {
			if err := b.readFile(ctx, o, n, filepath.Join(dir, p.Bundle)); err != nil {
				return err
			}
			continue
		}
		id := "case-" + strconv.Itoa(n+1)
		data, err := Bundle(&patients[n], id, b.site.Library)
		if err != nil {
			return err
		}
		numbers[id], line = n, append(line, n)
		lines.Write(append(data, '\n'))
	}
	if len(line) > 0 {
		charts, rejected, err := intake.ReadBundle(ctx, o, &lines)
		if err != nil {
			return fmt.Errorf("reading the made-up patients: %w", err)
		}
		for _, c := range charts {
			if n, ok := numbers[c.Person.Key.ID]; ok {
				b.cases[n].chart = c
			}
		}
		b.refuse(rejected, line)
	}
	b.terms = b.site.Terms(dict, units)
	return nil
}

var lineOf = regexp.MustCompile(`^line (\d+)`)

// refuse says with each case what of its record could not be used. With a single patient, intake names no line.
func (b *Bench) refuse(rejected []intake.Rejected, line []int) {
	for _, r := range rejected {
		n := line[0]
		if m := lineOf.FindStringSubmatch(r.Pointer); m != nil {
			at, err := strconv.Atoi(m[1])
			if err != nil || at < 1 || at > len(line) {
				continue
			}
			n = line[at-1]
		}
		b.cases[n].problem = "a record of this patient is refused: " + r.Reason + "; look at its status and dates"
	}
}

// readFile reads a bundle by path. What is wrong with the file is the case's problem, not the run's.
func (b *Bench) readFile(ctx context.Context, o intake.Options, n int, path string) error {
	c := &b.cases[n]
	file, err := os.Open(path)
	if err != nil {
		c.problem = "there is no bundle " + path + ": its path begins at the trial file"
		return nil
	}
	defer file.Close()
	charts, rejected, err := intake.ReadBundle(ctx, o, file)
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case err != nil:
		c.problem = path + " cannot be read as FHIR"
	case len(charts) != 1:
		c.problem = fmt.Sprintf("%s holds %d patients: a test is about one", path, len(charts))
	case len(rejected) > 0:
		c.problem = "part of " + path + " is refused: " + rejected[0].Pointer + " " + rejected[0].Reason
	}
	if len(charts) == 1 {
		c.chart = charts[0]
	}
	return nil
}

// Run asks a trial of all the patients. The trial may be a changed version of the one whose tests these are.
func (b *Bench) Run(t *trial.Trial) []Ran {
	workers := map[dates.Day]*screen.Worker{}
	out := make([]Ran, 0, len(b.cases))
	for i := range b.cases {
		c := &b.cases[i]
		r := Ran{Test: c.test, Case: c.name, Line: c.line, AsOf: c.asOf, Problem: c.problem}
		if c.chart == nil {
			r.Problem = or(r.Problem, "this patient could not be read")
			out = append(out, r)
			continue
		}
		w := workers[c.asOf]
		if w == nil {
			w = b.worker(t, c.asOf)
			workers[c.asOf] = w
		}
		r.Candidate = w.Describe(c.chart, 0)
		r.Cells = cells(c.expect, r.Candidate)
		out = append(out, r)
	}
	return out
}

func (b *Bench) worker(t *trial.Trial, asOf dates.Day) *screen.Worker {
	return screen.NewPlan([]*trial.Trial{t}, b.terms, screen.Settings{AsOf: asOf, Horizon: b.site.Horizon, OptIn: b.site.OptIn}).NewWorker()
}

// cells holds what is expected beside what came out.
func cells(e *trial.Expect, c *screen.Candidate) []Cell {
	var out []Cell
	for i := range c.Criteria {
		told := &c.Criteria[i]
		for _, x := range e.Verdicts {
			if x.Criterion == told.Criterion.ID {
				out = append(out, Cell{x.Criterion, x.Verdict.String(), told.Answer.Verdict.String(), x.Line, told})
			}
		}
	}
	if e.Outcome != "" {
		out = append(out, Cell{Criterion: OutcomeColumn, Want: e.Outcome, Got: outcomeOf(c)})
	}
	return out
}

// outcomeOf is what becomes of a patient; whoever is withheld stands in no list.
func outcomeOf(c *screen.Candidate) string {
	if c.Withheld != screen.NotWithheld {
		return "withheld: " + c.Withheld.String()
	}
	return c.Outcome.String()
}

// Untested is an automatic criterion and the answers that no test expects of it.
type Untested struct {
	Criterion *trial.Criterion
	States    []verdict.Verdict
}

// UntestedOf lists the automatic criteria of a trial that are not tested in each state: met, not met and unknown.
func UntestedOf(t *trial.Trial) []Untested {
	seen := map[string]map[verdict.Verdict]bool{}
	note := func(e *trial.Expect) {
		for _, x := range e.Verdicts {
			if seen[x.Criterion] == nil {
				seen[x.Criterion] = map[verdict.Verdict]bool{}
			}
			seen[x.Criterion][x.Verdict] = true
		}
	}
	for i := range t.Tests {
		note(&t.Tests[i].Expect)
		for k := range t.Tests[i].Cases {
			note(&t.Tests[i].Cases[k].Expect)
		}
	}
	var out []Untested
	for i := range t.Criteria {
		c := &t.Criteria[i]
		u := Untested{Criterion: c}
		for _, v := range [...]verdict.Verdict{verdict.Met, verdict.NotMet, verdict.Unknown} {
			if !seen[c.ID][v] && !onlyUnknown(c) {
				u.States = append(u.States, v)
			}
		}
		if len(u.States) > 0 && c.Check == trial.Auto && c.Program != nil {
			out = append(out, u)
		}
	}
	return out
}

// onlyUnknown tells a criterion that nothing but a person's answer can decide.
func onlyUnknown(c *trial.Criterion) bool {
	if c.Program == nil {
		return true
	}
	return !slices.ContainsFunc(c.Program.Leaves, func(l rule.Leaf) bool { return l.Question == "" })
}

// Named gives the filter of --run: cases whose test's name or own name holds the text, whatever its letter case.
func Named(text string) func(test, name string) bool {
	text = strings.ToLower(text)
	return func(test, name string) bool {
		return strings.Contains(strings.ToLower(test), text) || strings.Contains(strings.ToLower(name), text)
	}
}
