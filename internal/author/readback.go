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
	Asks      string
	Codes     []SetCodes
	Silence   []string
	Besides   []string // what else the file says of the criterion
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
			r.Asks = "A person answers: " + c.Question
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
}

// whole is the criterion as one sentence, or as a list where it joins several questions.
func (r *reader) whole(k verdict.Kind) string {
	lead := "Fulfilled if "
	if k == verdict.Exclusion {
		lead = "Excludes if "
	}
	if len(r.program.Nodes) == 0 {
		return ""
	}
	return lead + r.node(len(r.program.Nodes)-1, false, 0) + "."
}

// node tells one operator. Under an odd number of negations each clause is told the other way round, so that no reader has to
// turn two of them over; "and" and "or" then change places, as De Morgan has it.
func (r *reader) node(n int, negated bool, depth int) string {
	nd := &r.program.Nodes[n]
	switch nd.Op {
	case rule.OpNot:
		return r.node(nd.Args[0], !negated, depth)
	case rule.OpKnown:
		return clauseOfKnown(r, &r.program.Leaves[nd.Leaf], negated)
	case rule.OpLeaf:
		c := r.clause(&r.program.Leaves[nd.Leaf])
		return c.of(!negated)
	case rule.OpAtLeast:
		return r.counted(nd, negated, depth)
	case rule.OpAssume:
		return r.node(nd.Args[0], negated, depth) + " (where nothing is on record that is assumed: " + nd.Text + ")"
	case rule.OpNoneOf:
		return r.joined(nd.Args, !negated, " or ", depth)
	case rule.OpOr:
		return r.joined(nd.Args, negated, " or ", depth)
	}
	return r.joined(nd.Args, negated, " and ", depth)
}

// joined tells operands one after the other. Two or three short ones make a sentence, more are lettered.
func (r *reader) joined(args []int, negated bool, word string, depth int) string {
	if negated {
		word = map[string]string{" and ": " or ", " or ": " and "}[word]
	}
	var parts []string
	for _, a := range args {
		parts = append(parts, r.node(a, negated, depth+1))
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return list(parts, word, depth)
}

func (r *reader) counted(nd *rule.Node, negated bool, depth int) string {
	var parts []string
	for _, a := range nd.Args {
		parts = append(parts, r.node(a, false, depth+1))
	}
	lead := fmt.Sprintf("at least %d of these hold: ", nd.N)
	if negated {
		lead = fmt.Sprintf("fewer than %d of these hold: ", nd.N)
	}
	return lead + list(parts, "; ", depth)
}

// list numbers the parts on the top level and letters them below it, so that what belongs together is seen without brackets.
func list(parts []string, word string, depth int) string {
	if depth == 0 && len(parts) == 2 && word != "; " {
		return parts[0] + "," + word + parts[1]
	}
	for i := range parts {
		mark := fmt.Sprintf("(%d) ", i+1)
		if depth > 0 {
			mark = fmt.Sprintf("(%c) ", 'a'+i%26)
		}
		parts[i] = mark + parts[i]
	}
	if word == "; " {
		return strings.Join(parts, "; ")
	}
	return strings.Join(parts, ","+word)
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

// silenceLines tells for each word of a criterion what nothing on record means, each rule once.
func silenceLines(t *trial.Trial, c *trial.Criterion, notMet map[terms.Domain]bool) []string {
	var out []string
	add := func(s string) {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	for i := range c.Program.Leaves {
		l := &c.Program.Leaves[i]
		subject := l.Word
		if l.Set != nil {
			subject = l.Set.Name
		}
		add(subject + ": " + silenceOf(t, c, l, notMet))
		if l.Set != nil && len(l.Set.SuggestedBy) > 0 {
			var by []string
			for _, s := range l.Set.SuggestedBy {
				by = append(by, strings.TrimSpace(s.Set+" "+s.Text))
			}
			add(subject + ": but unknown where something on record suggests it: " + strings.Join(by, ", "))
		}
	}
	return out
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
		fmt.Fprintln(w, hang("  Rule      ", r.Asks, p.width()))
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

// sideBySide writes two texts in columns, the second with two thirds of the room.
func sideBySide(w io.Writer, left, right string, width int) {
	first := width / 3
	a, b := wrapped(left, first-4), wrapped(right, width-first-2)
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
