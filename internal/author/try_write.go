package author

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"charm.land/lipgloss/v2"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/screen"
	"prescreen/internal/verdict"
)

// ReasonOf tells why a criterion, by its number, has its effect on a patient.
type ReasonOf func(key chart.Key, criterion int) (string, error)

// movesShown is how many patients who move are listed unless all are asked for.
const movesShown = 20

// WriteTried writes what a trial does to a cohort: criterion by criterion with charts to read, together as a funnel, and who
// moves against an older version.
func WriteTried(w io.Writer, t *Tried, funnel []screen.Step, asOf dates.Day, reason ReasonOf, all bool, p Place) error {
	tr := t.Trials[0]
	fmt.Fprintln(w, p.bold(clean(tr.Title))+p.faint(" · "+tr.ID+" · "+tr.File))
	line := fmt.Sprintf("As of %s, %s: %s", asOf, plural(t.Patients(), "patient", "patients"), outcomeCounts(t.Outcomes(0)))
	for why, n := range t.withheld {
		if n > 0 {
			line += fmt.Sprintf("; withheld, %s: %d", screen.Why(why), n)
		}
	}
	fmt.Fprintln(w, strings.Join(wrapped(line, p.width()), "\n"))
	for k := range tr.Criteria {
		if err := writeBranches(w, t, k, reason, p); err != nil {
			return err
		}
	}
	writeFunnelTogether(w, t, funnel, p)
	if len(t.Trials) > 1 {
		writeMoves(w, t, all, p)
	}
	return nil
}

func outcomeCounts(n [screen.OutcomeCount]int) string {
	var parts []string
	for o, count := range n {
		parts = append(parts, fmt.Sprintf("%s %d", screen.Outcome(o), count))
	}
	return strings.Join(parts, ", ")
}

var effectSigns = [...]string{verdict.Open: "?", verdict.Pass: "✓", verdict.Fail: "✗"}

func (p Place) effect(s string, e verdict.Effect) string {
	switch e {
	case verdict.Pass:
		return p.good(s)
	case verdict.Fail:
		return p.bad(s)
	}
	return p.open(s)
}

// writeBranches writes one criterion: a bar for each effect, below it charts to read.
func writeBranches(w io.Writer, t *Tried, k int, reason ReasonOf, p Place) error {
	c := &t.Trials[0].Criteria[k]
	fmt.Fprintln(w)
	fmt.Fprintln(w, hang(p.bold(c.ID)+" ", c.Kind.String()+": "+clean(c.Text), p.width()))
	if c.Program == nil {
		fmt.Fprintln(w, hang("  ? ", "open for everybody: a person answers", p.width()))
		return nil
	}
	branches := t.Branches(k)
	words := 0
	for _, b := range branches {
		words = max(words, lipgloss.Width(EffectWord(c.Kind, b.Effect)))
	}
	for _, b := range branches {
		head := fmt.Sprintf("  %s %s %6d ", effectSigns[b.Effect], pad(EffectWord(c.Kind, b.Effect), words), b.Count)
		fmt.Fprintln(w, strings.TrimRight(p.effect(head, b.Effect)+bar(b.Count, t.Patients(), p), " "))
		for _, key := range b.Read {
			why, err := reason(key, k)
			if err != nil {
				return err
			}
			fmt.Fprintln(w, hang("      "+clean(screen.ShownID(key))+"  ", clean(why), p.width()))
		}
	}
	return nil
}

// bar is as long as a part is of the whole; what is there at all has a column.
func bar(n, of int, p Place) string {
	room := min(p.width()/3, 40)
	if n == 0 || of == 0 {
		return ""
	}
	return strings.Repeat("█", max(n*room/of, 1))
}

// writeFunnelTogether tells how many are left after each criterion.
func writeFunnelTogether(w io.Writer, t *Tried, funnel []screen.Step, p Place) {
	fmt.Fprintln(w, "\n"+p.bold("Together with all before it"))
	ids := 0
	for i := range funnel {
		ids = max(ids, lipgloss.Width(funnel[i].Criterion.ID))
	}
	for i := range funnel {
		s := &funnel[i]
		text := fmt.Sprintf("%d in, %d open, %d out", s.In, s.Unknown, s.Out)
		fmt.Fprintln(w, "  "+pad(s.Criterion.ID, ids)+"  "+pad(text, 34)+" "+
			p.good(bar(s.In, t.Patients(), p))+p.open(strings.ReplaceAll(bar(s.Unknown, t.Patients(), p), "█", "░")))
	}
	fmt.Fprintln(w, p.faint(strings.Join(wrapped("█ in  ░ open. Criteria that are manual, assisted, settled at the visit or soft are left out.", p.width()), "\n")))
}

// writeMoves tells who moves against the older version, and by which criterion.
func writeMoves(w io.Writer, t *Tried, all bool, p Place) {
	moves := t.Moves()
	fmt.Fprintln(w, "\n"+p.bold("Against "+t.Trials[1].File))
	fmt.Fprintln(w, hang("  was: ", outcomeCounts(t.Outcomes(1)), p.width()))
	fmt.Fprintln(w, hang("  now: ", outcomeCounts(t.Outcomes(0)), p.width()))
	if len(moves) == 0 {
		fmt.Fprintln(w, "  Nobody moves: every criterion has the same effect on everybody.")
		return
	}
	for _, line := range byCriterion(moves) {
		fmt.Fprintln(w, hang("  ", line, p.width()))
	}
	different := 0
	for i := range moves {
		if moves[i].Different {
			different++
		}
	}
	fmt.Fprintf(w, "  %s another outcome, %s the same outcome by other criteria.\n",
		have(different), have(len(moves)-different))
	for i, m := range moves {
		if i == movesShown && !all {
			fmt.Fprintln(w, p.faint(fmt.Sprintf("  And %d more; --all lists them.", len(moves)-i)))
			break
		}
		outcome := m.Is.String()
		if m.Different {
			outcome = m.Was.String() + " → " + m.Is.String()
		}
		var shifts []string
		for _, s := range m.Criteria {
			shifts = append(shifts, s.ID+" "+s.Words())
		}
		fmt.Fprintln(w, hang("    "+clean(screen.ShownID(m.Key))+"  ", outcome+"; "+strings.Join(shifts, ", "), p.width()))
	}
}

func have(n int) string { return plural(n, "patient has", "patients have") }

// byCriterion counts the shifts of each criterion, the most frequent first.
func byCriterion(moves []Move) []string {
	type count struct {
		id, words string
		n         int
	}
	var counts []count
	for _, m := range moves {
		for _, s := range m.Criteria {
			i := slices.IndexFunc(counts, func(c count) bool { return c.id == s.ID && c.words == s.Words() })
			if i < 0 {
				counts = append(counts, count{s.ID, s.Words(), 0})
				i = len(counts) - 1
			}
			counts[i].n++
		}
	}
	slices.SortFunc(counts, func(a, b count) int {
		if a.n != b.n {
			return b.n - a.n
		}
		return strings.Compare(a.id+a.words, b.id+b.words)
	})
	var out []string
	for _, c := range counts {
		out = append(out, fmt.Sprintf("%s %s: %s", c.id, c.words, plural(c.n, "patient", "patients")))
	}
	return out
}
