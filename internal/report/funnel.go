package report

import (
	"fmt"
	"io"
	"strings"

	"charm.land/lipgloss/v2"

	"prescreen/internal/screen"
	"prescreen/internal/verdict"
)

// writeFunnel draws a trial's criteria one by one and together. A bar shows how many are still in after a criterion and
// all before it: in, open, out.
func writeFunnel(out io.Writer, t *Trial, width int, p palette) {
	if len(t.Funnel) == 0 {
		return
	}
	fmt.Fprintln(out, p.bold(wrap("Criterion by criterion, and together with all before it", width, "")))
	ids, words := 0, 0
	for i := range t.Funnel {
		ids = max(ids, lipgloss.Width(t.Funnel[i].Criterion.ID))
		words = max(words, lipgloss.Width(alone(&t.Funnel[i])))
	}
	together := 0
	for i := range t.Funnel {
		together = max(together, lipgloss.Width(joint(&t.Funnel[i])))
	}
	bar := min(width-ids-words-together-6, 40)
	for i := range t.Funnel {
		s := &t.Funnel[i]
		if width < narrow || bar < 10 {
			indent := strings.Repeat(" ", ids+2)
			fmt.Fprintf(out, "%s  %s\n", pad(clean(s.Criterion.ID), ids), wrap(alone(s), width-len(indent), indent))
			fmt.Fprintf(out, "%s%s\n", indent, wrap(barOf(s, 10, p)+" "+joint(s), width-len(indent), indent))
			continue
		}
		fmt.Fprintf(out, "%s  %s  %s  %s\n", pad(clean(s.Criterion.ID), ids), pad(alone(s), words), barOf(s, bar, p), joint(s))
	}
	note := "█ in  ░ open  · out. Criteria that are manual, assisted, settled at the visit or soft are left out."
	fmt.Fprintln(out, p.faint(wrap(note, width, "")))
}

// alone tells what a criterion does by itself, in the words of its kind.
func alone(s *screen.Step) string {
	k := s.Criterion.Kind
	text := fmt.Sprintf("%d %s, %d %s, %d open", s.Pass, effectWord(k, verdict.Pass), s.Fail, effectWord(k, verdict.Fail), s.Open)
	if s.BySilence > 0 {
		text += fmt.Sprintf(" (%d by silence)", s.BySilence)
	}
	return text
}

// joint tells what a criterion and all before it come to.
func joint(s *screen.Step) string {
	return fmt.Sprintf("%d in, %d open, %d out", s.In, s.Unknown, s.Out)
}

// barOf draws three counts in n columns. Whatever is there at all has a column, however few they are.
func barOf(s *screen.Step, n int, p palette) string {
	total := s.In + s.Unknown + s.Out
	if total == 0 {
		return strings.Repeat(" ", n)
	}
	cells := [3]int{s.In * n / total, s.Unknown * n / total, s.Out * n / total}
	for i, count := range [3]int{s.In, s.Unknown, s.Out} {
		if count > 0 && cells[i] == 0 {
			cells[i] = 1
		}
	}
	for sum := cells[0] + cells[1] + cells[2]; sum != n; sum = cells[0] + cells[1] + cells[2] {
		largest := 0
		for i := range cells {
			if cells[i] > cells[largest] {
				largest = i
			}
		}
		cells[largest] += n - sum
	}
	return p.effect(strings.Repeat("█", cells[0]), verdict.Pass) + p.effect(strings.Repeat("░", cells[1]), verdict.Open) +
		p.effect(strings.Repeat("·", cells[2]), verdict.Fail)
}

func pad(s string, width int) string { return s + strings.Repeat(" ", max(width-lipgloss.Width(s), 0)) }
