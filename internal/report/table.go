package report

import (
	"bufio"
	"fmt"
	"image/color"
	"io"
	"slices"
	"strings"

	"charm.land/lipgloss/v2"
	"charm.land/lipgloss/v2/table"

	"prescreen/internal/screen"
)

// narrow is the width below which a list is written as blocks: columns would hold a word each.
const narrow = 90

// reasons is how many sentences a list tells of a candidate; explain tells all.
const reasons = 2

// writeTable writes the ranked lists for a terminal.
func writeTable(w io.Writer, d *Document, o Options) error {
	out := bufio.NewWriter(w)
	p := palette{o.Colour}
	for i := range d.Trials {
		if i > 0 {
			fmt.Fprintln(out)
		}
		if err := writeList(out, d, &d.Trials[i], o.width(), p); err != nil {
			return err
		}
	}
	return out.Flush()
}

func writeList(out io.Writer, d *Document, t *Trial, width int, p palette) error {
	fmt.Fprintln(out, p.bold(clean(t.Trial.Title)))
	fmt.Fprintln(out, p.faint(wrap(trialLine(t), width, "")))
	fmt.Fprintln(out, wrap("As of "+d.Run.AsOf.String()+", "+countLine(t), width, ""))
	if s := freshness(&d.Records); s != "" {
		fmt.Fprintln(out, p.faint(wrap("Newest records: "+s, width, "")))
	}
	fmt.Fprintln(out)
	candidates, err := collect(t)
	if err != nil {
		return err
	}
	switch {
	case len(candidates) == 0:
		fmt.Fprintln(out, "Nobody to list.")
	case width < narrow:
		writeBlocks(out, candidates, width, p)
	default:
		fmt.Fprintln(out, listTable(candidates, width, p))
	}
	if more := t.Listed - len(candidates); more > 0 {
		fmt.Fprintf(out, "%s; leave out --top to see them.\n", plural(more, "more candidate", "more candidates"))
	}
	fmt.Fprintln(out)
	writeFunnel(out, t, width, p)
	return nil
}

func trialLine(t *Trial) string {
	parts := []string{t.Trial.ID}
	if t.Trial.NCT != "" && t.Trial.NCT != t.Trial.ID {
		parts = append(parts, t.Trial.NCT)
	}
	if t.Trial.Version != "" {
		parts = append(parts, "protocol "+t.Trial.Version)
	}
	return clean(strings.Join(parts, " · "))
}

func countLine(t *Trial) string {
	total := 0
	for _, n := range t.Outcomes {
		total += n
	}
	s := plural(total, "patient", "patients")
	for o, n := range t.Outcomes {
		s += fmt.Sprintf("%s %s %d", [...]string{":", ",", ",", ","}[o], screen.Outcome(o), n)
	}
	var of []string
	if t.NearMiss > 0 {
		of = append(of, plural(t.NearMiss, "near miss", "near misses"))
	}
	if t.BySilence > 0 {
		of = append(of, fmt.Sprintf("%d by silence alone", t.BySilence))
	}
	if len(of) > 0 {
		s += " (" + strings.Join(of, ", ") + ")"
	}
	return s
}

// collect reads the candidates: the widths of a table depend on all of them.
func collect(t *Trial) ([]*screen.Candidate, error) {
	var out []*screen.Candidate
	for c, err := range t.Candidates {
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

// columns of the list, before the last one, which takes what is left.
var columns = []string{"#", "Patient", "Sex, age", "Outcome", "Left to do", "Date"}

// listTable writes a list in columns. Ids that leave no room are shortened to their beginnings, which are enough for
// explain; where even that leaves none, the list is written as blocks.
func listTable(candidates []*screen.Candidate, width int, p palette) string {
	ids := make([]string, len(candidates))
	for i, c := range candidates {
		ids[i] = clean(c.Patient.ID)
	}
	rows, widths, last := fit(candidates, ids, width)
	note := ""
	if short := beginnings(ids); last < leastWhy && short != nil {
		rows, widths, last = fit(candidates, short, width)
		note = "\n" + p.faint(wrap("Ids are shortened: their beginnings are enough for prescreen explain.", width, ""))
	}
	if last < leastWhy {
		var b strings.Builder
		writeBlocks(&b, candidates, width, p)
		return strings.TrimRight(b.String(), "\n")
	}
	return p.render(candidates, rows, widths, last) + note
}

// leastWhy is the narrowest a column of sentences can be read in.
const leastWhy = 28

// fit lays out all columns but the last, and tells how wide that can be.
func fit(candidates []*screen.Candidate, ids []string, width int) (rows [][]string, widths []int, last int) {
	widths = make([]int, len(columns))
	for i, h := range columns {
		widths[i] = lipgloss.Width(h)
	}
	for n, c := range candidates {
		row := []string{
			fmt.Sprint(c.Rank), ids[n], sexAge(c), outcomeSigns[c.Outcome] + " " + outcomeWord(c),
			strings.ReplaceAll(left(c), ", ", ",\n"), nearest(c),
		}
		for i := range row {
			widths[i] = max(widths[i], lipgloss.Width(row[i]))
		}
		rows = append(rows, row)
	}
	last = width
	for _, w := range widths {
		last -= w + 2
	}
	return rows, widths, last
}

// beginnings shortens ids as far as they stay apart, to eight characters at least; nil if that is not shorter.
func beginnings(ids []string) []string {
	for n := 8; n <= 16; n += 4 {
		short, seen := make([]string, len(ids)), map[string]bool{}
		for i, id := range ids {
			short[i] = id
			if len(id) > n+1 {
				short[i] = strings.ToValidUTF8(id[:n], "") + "…"
			}
			seen[short[i]] = true
		}
		if len(seen) == len(ids) && !slices.Equal(short, ids) {
			return short
		}
	}
	return nil
}

func (p palette) render(candidates []*screen.Candidate, rows [][]string, widths []int, last int) string {
	t := table.New().Border(lipgloss.HiddenBorder()).BorderTop(false).BorderBottom(false).BorderLeft(false).BorderRight(false).
		BorderColumn(false).BorderHeader(false).Wrap(true)
	t.Headers(append(append([]string{}, columns...), "Why")...)
	for i, c := range candidates {
		t.Row(append(rows[i], wrap(brief(c), last, ""))...)
	}
	t.StyleFunc(func(row, col int) lipgloss.Style {
		style := lipgloss.NewStyle()
		if col < len(columns) {
			style = style.Width(widths[col] + 2).PaddingRight(2)
		}
		return p.cell(style, candidates, row, col)
	})
	return trimLines(t.Render())
}

// cell colours a cell of the list.
func (p palette) cell(style lipgloss.Style, candidates []*screen.Candidate, row, col int) lipgloss.Style {
	switch {
	case !p.on:
	case row == table.HeaderRow:
		return style.Bold(true)
	case columns[min(col, len(columns)-1)] == "Outcome":
		return style.Foreground(outcomeColours[candidates[row].Outcome])
	}
	return style
}

var outcomeColours = [...]color.Color{
	screen.PotentiallyEligible: green, screen.NeedsReview: yellow, screen.NotYet: lipgloss.Cyan, screen.Ineligible: red,
}

func sexAge(c *screen.Candidate) string {
	return strings.Trim(c.Patient.Sex.String()+", "+c.Patient.Age(), ", ")
}

// brief is the first sentences of why.
func brief(c *screen.Candidate) string {
	all := why(c)
	told := slices.Clone(all[:min(len(all), reasons)])
	if n := len(all) - reasons; n > 0 {
		told = append(told, fmt.Sprintf("And %d more.", n))
	}
	return clean(strings.Join(append(told, besides(c)...), " "))
}

// writeBlocks writes a list for a narrow place, one block a candidate.
func writeBlocks(out io.Writer, candidates []*screen.Candidate, width int, p palette) {
	for _, c := range candidates {
		fmt.Fprintf(out, "%3d  %s  %s\n", c.Rank, p.bold(clean(c.Patient.ID)), sexAge(c))
		line := outcomeSigns[c.Outcome] + " " + outcomeWord(c)
		for _, s := range []string{left(c), nearest(c)} {
			if s != "" {
				line += " · " + s
			}
		}
		const indent = "     "
		fmt.Fprintln(out, indent+wrap(line, width-len(indent), indent))
		if s := brief(c); s != "" {
			fmt.Fprintln(out, indent+wrap(s, width-len(indent), indent))
		}
	}
}

func trimLines(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}
