package author

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"charm.land/lipgloss/v2"

	"prescreen/internal/dates"
	"prescreen/internal/rule"
	"prescreen/internal/terms"
	"prescreen/internal/trial"
	"prescreen/internal/verdict"
)

// Reading is a criterion told back to its author: what it asks in plain English, with which codes, and what is made of a
// record that says nothing.
type Reading struct {
	Criterion *trial.Criterion
	Asks      []Line
	Codes     []SetCodes
	Silence   []string
	Besides   []string // what else the file says of the criterion
}

// Line is a line of an outline: questions that belong together stand below what joins them.
type Line struct {
	Depth int
	Text  string
}

// SetCodes is what a value set comes to.
type SetCodes struct{ Name, Codes string }

// ReadBack tells a trial's criteria back, with the dates of every window as of a day. notMet says for which kinds of record
// the site takes nothing on record for no.
func ReadBack(t *trial.Trial, notMet map[terms.Domain]bool, asOf dates.Day) []Reading {
	var out []Reading
	for i := range t.Criteria {
		c := &t.Criteria[i]
		r := Reading{Criterion: c, Besides: besides(t, c)}
		if c.Program == nil {
			r.Asks = []Line{{0, "A person answers: " + c.Question}}
			out = append(out, r)
			continue
		}
		b := reader{program: c.Program, asOf: asOf}
		r.Asks = b.whole(c.Kind)
		for _, set := range c.Program.Sets() {
			r.Codes = append(r.Codes, SetCodes{set.Name, codesOf(set)})
		}
		r.Silence = silenceLines(t, c, notMet)
		out = append(out, r)
	}
	return out
}

// reader tells a program back.
type reader struct {
	program *rule.Program
	asOf    dates.Day
	undated bool // windows are told without their dates
}

// whole is the criterion: one sentence, or an outline where it joins several questions.
func (r *reader) whole(k verdict.Kind) []Line {
	lead := "Fulfilled if "
	if k == verdict.Exclusion {
		lead = "Excludes if "
	}
	if len(r.program.Nodes) == 0 {
		return nil
	}
	lines := r.node(len(r.program.Nodes)-1, false, 0)
	lines[0].Text = lead + lines[0].Text
	if len(lines) == 1 {
		lines[0].Text = strings.TrimRight(lines[0].Text, ".?") + "."
	}
	return lines
}

// node tells one operator. Under an odd number of negations each clause is told the other way round, so that no reader has to
// turn two of them over; "and" and "or" then change places, as De Morgan has it.
func (r *reader) node(n int, negated bool, depth int) []Line {
	nd := &r.program.Nodes[n]
	leaf := func(c clause) []Line { return []Line{{depth, c.of(!negated)}} }
	switch nd.Op {
	case rule.OpNot:
		return r.node(nd.Args[0], !negated, depth)
	case rule.OpKnown:
		return leaf(r.known(&r.program.Leaves[nd.Leaf]))
	case rule.OpLeaf:
		return leaf(r.clause(&r.program.Leaves[nd.Leaf]))
	case rule.OpAssume:
		lines := r.node(nd.Args[0], negated, depth)
		return append(lines, Line{depth + 1, "taken for met where nothing is on record: " + nd.Text})
	case rule.OpAtLeast:
		return r.counted(nd, negated, depth)
	}
	all := nd.Op == rule.OpAnd
	if negated != (nd.Op == rule.OpNoneOf) {
		all = !all
	}
	if nd.Op == rule.OpNoneOf {
		negated = !negated
	}
	lead := map[bool]string{true: "all of these hold:", false: "any of these holds:"}[all]
	return append([]Line{{depth, lead}}, r.parts(nd.Args, negated, depth+1)...)
}

func (r *reader) parts(args []int, negated bool, depth int) []Line {
	var lines []Line
	for _, a := range args {
		lines = append(lines, r.node(a, negated, depth)...)
	}
	return lines
}

func (r *reader) counted(nd *rule.Node, negated bool, depth int) []Line {
	lead := fmt.Sprintf("at least %d of these hold:", nd.N)
	if negated {
		lead = fmt.Sprintf("fewer than %d of these hold:", nd.N)
	}
	return append([]Line{{depth, lead}}, r.parts(nd.Args, false, depth+1)...)
}

// outline writes the lines of an outline within a width.
func outline(lines []Line, width int) []string {
	var out []string
	for _, l := range lines {
		indent, mark := strings.Repeat("  ", max(l.Depth-1, 0)), ""
		if l.Depth > 0 {
			mark = "- "
		}
		for i, row := range wrapped(l.Text, max(width-len(indent)-len(mark), 16)) {
			if i > 0 {
				mark = strings.Repeat(" ", len(mark))
			}
			out = append(out, indent+mark+row)
		}
	}
	return out
}

func besides(t *trial.Trial, c *trial.Criterion) []string {
	var out []string
	add := func(when bool, s string) {
		if when {
			out = append(out, s)
		}
	}
	add(c.Check == trial.Assisted, "a person decides; the record's answer is a hint")
	add(c.Soft, "soft: shown, counts in no outcome")
	add(c.Visit, "settled at the visit: while it is open it holds nobody back")
	add(c.Repeatable, "may be repeated: failing it alone is a near miss")
	add(len(c.Arm) > 0, "only for "+strings.Join(c.Arm, ", "))
	add(c.Missing == trial.MissingMet, "where data are missing it is taken for met, by the rule")
	add(c.Missing == trial.MissingNotMet, "where data are missing it is taken for not met, by the rule")
	add(c.Ask != "", "to settle: "+c.Ask)
	add(len(c.Show) > 0, "shown beside it: "+strings.Join(c.Show, ", "))
	add(c.Note != "", "note: "+c.Note)
	return out
}

// shown is how many codes of a set are told.
const shownCodes = 3

// codesOf counts the codes of a set and names the first.
func codesOf(set *terms.ValueSet) string {
	var names []string
	for i := range set.Entries {
		if len(names) == shownCodes {
			break
		}
		e := &set.Entries[i]
		name := e.Display
		code := terms.ShortName(e.System) + " " + e.Code
		switch e.Include {
		case terms.Prefix:
			code += " and all that begins so"
		case terms.Descendants:
			code += " and all below it"
		}
		if says := e.Says.String(); e.Says != terms.Disease && says != "" {
			code += ", says " + says
		}
		if name == "" {
			names = append(names, code)
			continue
		}
		names = append(names, name+" ("+code+")")
	}
	text := plural(len(set.Entries), "code", "codes") + ": " + strings.Join(names, "; ")
	if n := len(set.Entries) - len(names); n > 0 {
		text += fmt.Sprintf("; and %d more", n)
	}
	if n := len(set.Exclude); n > 0 {
		text += fmt.Sprintf("; %s left out", plural(n, "code", "codes"))
	}
	return text
}

// silenceLines tells what nothing on record means for the questions of a criterion, those of one rule together.
func silenceLines(t *trial.Trial, c *trial.Criterion, notMet map[terms.Domain]bool) []string {
	var rules, suggested []string
	subjects := map[string][]string{}
	for i := range c.Program.Leaves {
		l := &c.Program.Leaves[i]
		subject := strings.ReplaceAll(l.Word, "_", " ")
		if l.Set != nil {
			subject = l.Set.Name
		}
		said := silenceOf(t, c, l, notMet)
		if subjects[said] == nil {
			rules = append(rules, said)
		}
		if !slices.Contains(subjects[said], subject) {
			subjects[said] = append(subjects[said], subject)
		}
		if l.Set == nil || len(l.Set.SuggestedBy) == 0 {
			continue
		}
		var by []string
		for _, s := range l.Set.SuggestedBy {
			by = append(by, strings.TrimSpace(s.Set+" "+s.Text))
		}
		if s := subject + ": unknown where something on record suggests it: " + strings.Join(by, ", "); !slices.Contains(suggested, s) {
			suggested = append(suggested, s)
		}
	}
	var out []string
	for _, said := range rules {
		out = append(out, strings.Join(subjects[said], ", ")+": "+said)
	}
	return append(out, suggested...)
}

func silenceOf(t *trial.Trial, c *trial.Criterion, l *rule.Leaf, notMet map[terms.Domain]bool) string {
	if c.Program.Source.Open {
		return "unknown, by the rule"
	}
	if l.Set != nil {
		for _, said := range [...]struct {
			by   map[terms.Domain]bool
			whom string
		}{{t.Missing, "the file"}, {notMet, "the site"}} {
			if no, ok := said.by[l.Set.Domain]; ok {
				return map[bool]string{true: "taken for not met, by " + said.whom, false: "unknown, by " + said.whom}[no]
			}
		}
	}
	for _, w := range rule.Words() {
		if w.Name == l.Word {
			return w.Silence
		}
	}
	return "unknown"
}

// WriteReadings writes a trial told back: the protocol's text beside the rule where there is room, else below each other.
func WriteReadings(w io.Writer, t *trial.Trial, readings []Reading, asOf dates.Day, p Place) {
	fmt.Fprintln(w, p.bold(clean(t.Title))+p.faint(" · "+t.ID+" · "+t.File))
	fmt.Fprintln(w, p.faint("Dates are as of "+asOf.String()+". An inclusion has to be met; an exclusion that is met bars the patient."))
	for i := range readings {
		fmt.Fprintln(w)
		writeReading(w, t, &readings[i], p)
	}
}

func writeReading(w io.Writer, t *trial.Trial, r *Reading, p Place) {
	c := r.Criterion
	fmt.Fprintln(w, p.bold(c.ID)+" "+c.Kind.String()+p.faint(fmt.Sprintf(" · %s:%d", t.File, c.Line)))
	if p.width() < narrow {
		fmt.Fprintln(w, hang("  Protocol  ", clean(c.Text), p.width()))
		for i, row := range outline(r.Asks, p.width()-12) {
			fmt.Fprintln(w, "  "+pad(map[bool]string{true: "Rule"}[i == 0], 10)+row)
		}
	} else {
		sideBySide(w, clean(c.Text), r.Asks, p.width())
	}
	label := func(name string, i int) string {
		if i > 0 {
			name = ""
		}
		return "  " + pad(name, 10)
	}
	for i, s := range r.Codes {
		fmt.Fprintln(w, p.faint(hang(label("Codes", i), s.Name+": "+s.Codes, p.width())))
	}
	for i, s := range r.Silence {
		fmt.Fprintln(w, p.faint(hang(label("Silence", i), s, p.width())))
	}
	for i, s := range r.Besides {
		fmt.Fprintln(w, p.faint(hang(label("Also", i), s, p.width())))
	}
}

// sideBySide writes the protocol's text and the rule in columns, the second with two thirds of the room.
func sideBySide(w io.Writer, left string, right []Line, width int) {
	first := width / 3
	a, b := wrapped(left, first-4), outline(right, width-first-2)
	for i := range max(len(a), len(b)) {
		x, y := "", ""
		if i < len(a) {
			x = a[i]
		}
		if i < len(b) {
			y = b[i]
		}
		fmt.Fprintln(w, strings.TrimRight("  "+pad(x, first-lipgloss.Width("  "))+y, " "))
	}
}
