package author

import (
	"context"
	"fmt"
	"io"
	"slices"

	"charm.land/lipgloss/v2"

	"prescreen/internal/dates"
	"prescreen/internal/screen"
	"prescreen/internal/trial"
	"prescreen/internal/verdict"
)

// Survivors gives the mutants that none of the cases notices: neither by the answer of their criterion nor by the outcome.
// The cases must all come out as expected of the trial itself.
func (b *Bench) Survivors(ctx context.Context, t *trial.Trial, mutants []Mutant, progress func(done int)) ([]Mutant, error) {
	var alive []Mutant
	for i := range mutants {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if m := &mutants[i]; !b.notices(t, m, true) && !b.notices(t, m, false) {
			alive = append(alive, *m)
		}
		progress(i + 1)
	}
	return alive, nil
}

// notices tells whether a case comes out otherwise under a mutant. Asked alone, the criterion's answers are judged; the whole
// trial is needed for the outcome, and costs more.
func (b *Bench) notices(t *trial.Trial, m *Mutant, alone bool) bool {
	workers := map[dates.Day]*screen.Worker{}
	for i := range b.cases {
		c := &b.cases[i]
		want, expected := expectedOf(c, m.Criterion.ID)
		if c.chart == nil || alone && !expected || !alone && c.expect.Outcome == "" {
			continue
		}
		w := workers[c.asOf]
		if w == nil {
			w = b.worker(changedTrial(t, m, c.asOf, alone), c.asOf)
			workers[c.asOf] = w
		}
		row := &w.Screen(c.chart).Rows[0]
		switch {
		case row.Withheld != screen.NotWithheld:
			told := w.Describe(c.chart, 0) // whoever is withheld has no answers in a row
			if alone && told.Criteria[0].Answer.Verdict != want {
				return true
			}
		case alone && row.Answers[0].Verdict != want, !alone && row.Outcome.String() != c.expect.Outcome:
			return true
		}
	}
	return false
}

func changedTrial(t *trial.Trial, m *Mutant, asOf dates.Day, alone bool) *trial.Trial {
	changed := *t
	criterion := *m.Criterion
	criterion.Program = m.program(asOf)
	if alone {
		criterion.Arm, changed.Arms = nil, nil
		changed.Criteria = []trial.Criterion{criterion}
		return &changed
	}
	changed.Criteria = slices.Clone(t.Criteria)
	changed.Criteria[m.Number] = criterion
	return &changed
}

// WriteSurvivors lists the changes that no test noticed, and how many were noticed.
func WriteSurvivors(w io.Writer, t *trial.Trial, alive []Mutant, total int, p Place) {
	fmt.Fprintln(w, p.bold(clean(t.Title))+p.faint(" · "+t.ID+" · "+t.File))
	ids := 0
	for i := range alive {
		ids = max(ids, lipgloss.Width(alive[i].Criterion.ID))
	}
	for i := range alive {
		m := &alive[i]
		fmt.Fprintln(w, p.open(pad(m.Criterion.ID, ids))+fmt.Sprintf("  %s:%d  %s", t.File, m.Line, p.bold(m.What)))
		fmt.Fprintln(w, hang(pad("", ids)+"  ", clean(m.Text), p.width()))
	}
	switch n := total - len(alive); {
	case total == 0:
		fmt.Fprintln(w, "There is nothing to change: no criterion has a limit, a window, a not, an and or an or.")
	case len(alive) == 0:
		fmt.Fprintf(w, "%s\n", p.good(fmt.Sprintf("All %d changes were noticed by a test.", total)))
	default:
		fmt.Fprintf(w, "Noticed by a test: %d of %d changes. Each of the others is a mistake that could stand in the file unseen.\n", n, total)
		fmt.Fprintln(w, p.faint("prescreen test --suggest "+t.File+" prints cases that notice them."))
	}
}

// expectedOf is what a case expects of a criterion.
func expectedOf(c *benched, id string) (verdict.Verdict, bool) {
	for _, x := range c.expect.Verdicts {
		if x.Criterion == id {
			return x.Verdict, true
		}
	}
	return verdict.Unknown, false
}
