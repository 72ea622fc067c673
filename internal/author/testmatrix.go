package author

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"charm.land/lipgloss/v2"

	"prescreen/internal/screen"
	"prescreen/internal/trial"
	"prescreen/internal/verdict"
)

// signs stand for answers in the matrix. Outcomes have signs of their own.
var signs = map[string]string{
	"met": "+", "not met": "-", "unknown": "?",
	screen.PotentiallyEligible.String(): "✓", screen.NeedsReview.String(): "?", screen.NotYet.String(): "◷", screen.Ineligible.String(): "✗",
}

func signOf(answer string) string {
	if s, ok := signs[answer]; ok {
		return s
	}
	return "w" // withheld
}

// WriteTests writes a trial's tests for a terminal: the matrix of case by criterion, every failing cell with its reason and
// evidence, and, where all of them were run, the automatic criteria that are not tested in each state.
func WriteTests(w io.Writer, t *trial.Trial, ran []Ran, p Place, whole bool) {
	fmt.Fprintln(w, p.bold(clean(t.Title))+p.faint(" · "+t.ID+" · "+t.File))
	if len(ran) > 0 {
		m := matrix{ran: ran, columns: columnsOf(t, ran), place: p}
		m.write(w)
	}
	for i := range ran {
		writeFailures(w, t, &ran[i], p)
	}
	if whole {
		writeUntested(w, t, p)
	}
}

// columnsOf are the criteria that are expected anything of, in the order of the protocol, the outcome last.
func columnsOf(t *trial.Trial, ran []Ran) []string {
	expected := map[string]bool{}
	for i := range ran {
		for _, c := range ran[i].Cells {
			expected[c.Criterion] = true
		}
	}
	var columns []string
	for i := range t.Criteria {
		if expected[t.Criteria[i].ID] {
			columns = append(columns, t.Criteria[i].ID)
		}
	}
	if expected[OutcomeColumn] {
		columns = append(columns, OutcomeColumn)
	}
	return columns
}

// matrix is the table of case by criterion. Where it is wider than its place it is cut into several, side after side.
type matrix struct {
	ran     []Ran
	columns []string
	place   Place
}

func (m *matrix) write(w io.Writer) {
	name := 0
	for i := range m.ran {
		name = max(name, lipgloss.Width(m.label(i)))
	}
	columns := 0
	for _, c := range m.columns {
		columns += m.wide(c) + 1
	}
	name = min(name, max(m.place.width()*2/5, m.place.width()-columns-2, 20))
	for rest := m.columns; len(rest) > 0; {
		n := m.fit(rest, m.place.width()-name-2)
		m.side(w, rest[:n], name)
		rest = rest[n:]
	}
	note := "+ met, - not met, ? unknown; outcome: ✓ potentially eligible, ? needs review, ◷ not yet, ✗ ineligible. +≠- is expected met, answered not met."
	fmt.Fprintln(w, m.place.faint(strings.Join(wrapped(note, m.place.width()), "\n")))
}

// label names a case: those of a test stand below its name.
func (m *matrix) label(i int) string {
	r := &m.ran[i]
	mark := "✓ "
	if r.Failed() {
		mark = "✗ "
	}
	if r.Case == "" {
		return mark + clean(r.Test)
	}
	return mark + "  " + clean(r.Case)
}

// fit is how many columns there is room for: one at least.
func (m *matrix) fit(columns []string, room int) int {
	n, used := 0, 0
	for _, c := range columns {
		used += m.wide(c) + 1
		if used > room && n > 0 {
			break
		}
		n++
	}
	return n
}

// wide is the width of a column: its name, and three for a failing cell.
func (m *matrix) wide(column string) int { return max(lipgloss.Width(column), 3) }

func (m *matrix) side(w io.Writer, columns []string, name int) {
	line := pad("", name+1)
	for _, c := range columns {
		line += " " + m.place.bold(c) + strings.Repeat(" ", m.wide(c)-lipgloss.Width(c))
	}
	fmt.Fprintln(w, strings.TrimRight(line, " "))
	heading := ""
	for i := range m.ran {
		r := &m.ran[i]
		if r.Case != "" && r.Test != heading {
			fmt.Fprintln(w, "  "+cut(clean(r.Test), name-2))
		}
		heading = r.Test
		fmt.Fprintln(w, m.row(i, columns, name))
	}
}

func (m *matrix) row(i int, columns []string, name int) string {
	r := &m.ran[i]
	line := pad(cut(m.label(i), name), name)
	if r.Failed() {
		line = m.place.bad(line)
	}
	line += " "
	for _, c := range columns {
		line += " " + m.cell(r, c)
	}
	return strings.TrimRight(line, " ")
}

func (m *matrix) cell(r *Ran, column string) string {
	i := slices.IndexFunc(r.Cells, func(c Cell) bool { return c.Criterion == column })
	wide := m.wide(column)
	if i < 0 {
		return strings.Repeat(" ", wide)
	}
	c := r.Cells[i]
	if c.Failed() {
		return m.place.bad(pad(signOf(c.Want)+"≠"+signOf(c.Got), wide))
	}
	return m.place.good(pad(" "+signOf(c.Got), wide))
}

// writeFailures tells why the cells of a case failed.
func writeFailures(w io.Writer, t *trial.Trial, r *Ran, p Place) {
	head := fmt.Sprintf("%s:%d", t.File, r.Line)
	if r.Problem != "" {
		fmt.Fprintln(w, "\n"+p.bad("✗ "+clean(r.Name()))+p.faint("  "+head))
		fmt.Fprintln(w, hang("    ", clean(r.Problem), p.width()))
	}
	for _, c := range r.Cells {
		if !c.Failed() {
			continue
		}
		if c.Line > 0 {
			head = fmt.Sprintf("%s:%d", t.File, c.Line)
		}
		fmt.Fprintln(w, "\n"+p.bad("✗ "+clean(r.Name())+" · "+c.Criterion)+p.faint("  "+head))
		fmt.Fprintln(w, hang("    ", fmt.Sprintf("expected %s, answered %s, as of %s", c.Want, c.Got, r.AsOf), p.width()))
		if c.Told == nil {
			writeOutcome(w, r.Candidate, p)
			continue
		}
		writeTold(w, c.Told, p)
	}
}

func writeTold(w io.Writer, told *screen.Told, p Place) {
	fmt.Fprintln(w, hang("    ", clean(told.Reason), p.width()))
	for _, e := range told.Evidence {
		fmt.Fprintln(w, hang("    - ", evidenceLine(e), p.width()))
	}
}

// evidenceLine tells a fact: resource, date, what, value, code.
func evidenceLine(e screen.Evidence) string {
	var parts []string
	for _, s := range []string{e.Resource, e.Date, e.Display, strings.TrimSpace(e.Value + " " + e.Unit), e.Code} {
		if s != "" {
			parts = append(parts, clean(s))
		}
	}
	return strings.Join(parts, " · ")
}

// writeOutcome tells which criteria make an outcome.
func writeOutcome(w io.Writer, c *screen.Candidate, p Place) {
	if c.Withheld != screen.NotWithheld {
		fmt.Fprintln(w, hang("    ", "whoever is withheld stands in no list; answers of single criteria can still be expected", p.width()))
		return
	}
	for i := range c.Criteria {
		told := &c.Criteria[i]
		if told.Effect == verdict.Pass || told.Role == screen.RoleSoft || told.Role == screen.RolePerson {
			continue
		}
		fmt.Fprintln(w, hang("    ", told.Criterion.ID+" "+EffectWord(told.Criterion.Kind, told.Effect)+": "+clean(told.Reason), p.width()))
	}
}

func writeUntested(w io.Writer, t *trial.Trial, p Place) {
	list := UntestedOf(t)
	if len(list) == 0 {
		return
	}
	fmt.Fprintln(w, "\n"+p.open("Not tested in each state:"))
	ids := 0
	for _, u := range list {
		ids = max(ids, lipgloss.Width(u.Criterion.ID))
	}
	for _, u := range list {
		var states []string
		for _, v := range u.States {
			states = append(states, v.String())
		}
		fmt.Fprintln(w, hang("  "+pad(u.Criterion.ID, ids)+"  ", "no test where it is "+strings.Join(states, ", or "), p.width()))
	}
	fmt.Fprintln(w, p.faint(strings.Join(wrapped("prescreen test --suggest "+t.File+" prints cases to paste.", p.width()), "\n")))
}
