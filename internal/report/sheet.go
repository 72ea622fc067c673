package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"charm.land/lipgloss/v2"

	"prescreen/internal/dates"
	"prescreen/internal/screen"
	"prescreen/internal/trial"
	"prescreen/internal/verdict"
)

// Sheet is one patient under one trial, for explain.
type Sheet struct {
	AsOf      dates.Day
	Trial     *trial.Trial
	Candidate *screen.Candidate
}

// sheetWidth is the widest a sheet gets: longer lines are hard to read, on paper and on a screen.
const sheetWidth = 96

// WriteSheet writes one patient's criteria as one would want them on paper: inclusions, then exclusions, each with its
// effect, reason and evidence, and at the end what is left to settle.
func WriteSheet(w io.Writer, s *Sheet, o Options) error {
	out := bufio.NewWriter(w)
	width, p := min(o.width(), sheetWidth), palette{o.Colour}
	s.head(out, width, p)
	for _, kind := range []verdict.Kind{verdict.Inclusion, verdict.Exclusion} {
		s.group(out, kind, width, p)
	}
	s.settle(out, width, p)
	return out.Flush()
}

func (s *Sheet) head(out io.Writer, width int, p palette) {
	c := s.Candidate
	fmt.Fprintln(out, p.bold(wrap(clean(s.Trial.Title), width, "")))
	fmt.Fprintln(out, p.faint(trialLine(&Trial{Trial: s.Trial})))
	who := "Patient " + clean(c.Patient.ID)
	if sa := sexAge(c); sa != "" {
		who += ", " + sa
	}
	if c.Patient.BirthDate != "" {
		who += ", born " + clean(c.Patient.BirthDate)
	}
	fmt.Fprintln(out, wrap(who, width, "  "))
	var seen []string
	if c.LastContact != screen.NoDay {
		seen = append(seen, "last contact "+c.LastContact.String())
	}
	if c.NextVisit != screen.NoDay {
		seen = append(seen, "next visit "+c.NextVisit.String())
	}
	if len(seen) > 0 {
		fmt.Fprintln(out, "  "+strings.Join(seen, ", "))
	}
	fmt.Fprintln(out)
	if c.Withheld != screen.NotWithheld {
		fmt.Fprintln(out, p.bold(wrap("Withheld from every list of this trial: "+withheldWords[c.Withheld]+".", width, "  ")))
	}
	fmt.Fprintln(out, wrap("As of "+s.AsOf.String()+": "+p.bold(outcomeSigns[c.Outcome]+" "+outcomeWord(c))+s.after(), width, "  "))
}

var withheldWords = [...]string{
	screen.NotWithheld: "", screen.Deceased: "deceased", screen.Enrolled: "already on this trial", screen.Opposed: "opposed to research",
}

// after says what follows from the outcome: the day, what is to be repeated by then, how far a near miss is off.
func (s *Sheet) after() string {
	c := s.Candidate
	var parts []string
	if c.EligibleFrom != screen.NoDay {
		parts = append(parts, "could join from "+c.EligibleFrom.String())
	}
	if len(c.ToRepeat) > 0 {
		parts = append(parts, "to be repeated by then: "+strings.Join(c.ToRepeat, ", "))
	}
	if c.ClosesOn != screen.NoDay {
		parts = append(parts, "closes "+c.ClosesOn.String())
	}
	if l := left(c); l != "" {
		parts = append(parts, l)
	}
	parts = append(parts, c.NearMiss...)
	if len(parts) == 0 {
		return ""
	}
	return " · " + clean(strings.Join(parts, " · "))
}

var kindTitles = [...]string{verdict.Inclusion: "Inclusion criteria", verdict.Exclusion: "Exclusion criteria"}

func (s *Sheet) group(out io.Writer, kind verdict.Kind, width int, p palette) {
	first, ids, words := true, 0, 0
	for i := range s.Candidate.Criteria {
		if t := &s.Candidate.Criteria[i]; t.Criterion.Kind == kind {
			ids, words = max(ids, lipgloss.Width(t.Criterion.ID)), max(words, lipgloss.Width(effectWord(kind, t.Effect)))
		}
	}
	for i := range s.Candidate.Criteria {
		t := &s.Candidate.Criteria[i]
		if t.Criterion.Kind != kind {
			continue
		}
		if first {
			fmt.Fprintln(out, "\n"+p.bold(kindTitles[kind]))
			first = false
		}
		writeTold(out, t, ids, words, width, p)
	}
}

// writeTold writes one criterion: sign, id, effect and protocol line; below them reason and evidence.
// What time alone will change is the reason's last sentence.
func writeTold(out io.Writer, t *screen.Told, ids, words, width int, p palette) {
	word := effectWord(t.Criterion.Kind, t.Effect)
	head := "  " + effectSigns[t.Effect] + " " + pad(t.Criterion.ID, ids) + "  " + pad(word, words) + "  "
	indent := strings.Repeat(" ", lipgloss.Width(head))
	text := clean(t.Criterion.Text)
	if note := noteOf(t); note != "" {
		text += " (" + note + ")"
	}
	fmt.Fprintln(out, p.effect(head, t.Effect)+wrap(text, width-len(indent), indent))
	const below = "      "
	line := func(first, s string) {
		fmt.Fprintln(out, below+first+wrap(clean(s), width-len(below)-lipgloss.Width(first), below+strings.Repeat(" ", lipgloss.Width(first))))
	}
	if t.Reason != "" {
		line("", t.Reason)
	}
	for _, e := range t.Evidence {
		line("- ", evidenceLine(e))
	}
	for i, e := range t.Shown {
		if i == 0 {
			line("", "To read beside it, oldest first:")
		}
		line("· ", evidenceLine(e))
	}
}

// noteOf says what is special about a criterion's weight.
func noteOf(t *screen.Told) string {
	var notes []string
	switch {
	case t.Role == screen.RoleVisit:
		notes = append(notes, "check at the visit")
	case t.Role == screen.RoleSoft:
		notes = append(notes, "soft: counts in no outcome")
	case t.Criterion.Check == trial.Assisted:
		notes = append(notes, "a hint: a person decides")
	}
	if t.Answer.Verdict != verdict.Unknown && (t.Answer.Basis == verdict.Silence || t.Answer.Basis == verdict.Assumed) {
		notes = append(notes, "by "+map[verdict.Basis]string{verdict.Silence: "silence", verdict.Assumed: "the rule's assumption"}[t.Answer.Basis])
	}
	return strings.Join(notes, "; ")
}

// settle lists what is left to do, with what the trial's author says to do about it.
func (s *Sheet) settle(out io.Writer, width int, p palette) {
	first := true
	for a := verdict.Order; a < verdict.ActionCount; a++ {
		for i := range s.Candidate.Criteria {
			t := &s.Candidate.Criteria[i]
			if !asks(t, a) {
				continue
			}
			if first {
				fmt.Fprintln(out, "\n"+p.bold("To settle"))
				first = false
			}
			head := fmt.Sprintf("  %-6s  %s  ", a, t.Criterion.ID)
			fmt.Fprintln(out, head+wrap(clean(todo(t, a)), width-len(head), strings.Repeat(" ", len(head))))
		}
	}
}

// asks tells whether a criterion leaves something to do by an action.
func asks(t *screen.Told, a verdict.Action) bool {
	switch t.Role {
	case screen.RolePerson:
		return a == verdict.Ask
	case "":
		for _, c := range t.Causes {
			if c.Action() == a {
				return true
			}
		}
	}
	return false
}

// todo says what to do about a criterion: what its author says, else what it asks of a person, else itself.
func todo(t *screen.Told, a verdict.Action) string {
	k := t.Criterion
	switch {
	case a == verdict.Ask && k.Question != "":
		return k.Question
	case a == verdict.Ask && asked(k) != "":
		return asked(k)
	case k.Ask != "":
		return k.Ask
	}
	return k.Text
}

// asked gives the questions within a criterion's expression.
func asked(k *trial.Criterion) string {
	if k.Program == nil {
		return ""
	}
	var out []string
	for i := range k.Program.Leaves {
		if q := k.Program.Leaves[i].Question; q != "" {
			out = append(out, q)
		}
	}
	return strings.Join(out, " ")
}
