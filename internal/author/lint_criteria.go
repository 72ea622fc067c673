package author

import (
	"fmt"
	"strings"

	"prescreen/internal/dates"
	"prescreen/internal/mistake"
	"prescreen/internal/rule"
	"prescreen/internal/terms"
	"prescreen/internal/trial"
)

// criteria looks at each criterion by itself.
func (l *linter) criteria() {
	for _, notMet := range l.trial.Missing {
		if notMet {
			l.tell(l.top("defaults"), askMissing, "in this file whoever has nothing on record is taken to have nothing: is that what the protocol asks?")
			break
		}
	}
	for i := range l.trial.Criteria {
		c := &l.trial.Criteria[i]
		line := wordsOf(c.Text)
		l.written(i, c, line)
		l.assumed(i, c)
		if c.Program == nil {
			continue
		}
		for k := range c.Program.Leaves {
			q := &c.Program.Leaves[k]
			at := leafPlace(&c.Program.Source, q)
			l.byItself(q, at)
			l.question(c, q, at)
			l.kidney(c, q, at)
		}
		l.within(i)
		l.ask(i, c, line)
	}
}

// question looks at one question whatever the protocol's line says.
func (l *linter) question(c *trial.Criterion, q *rule.Leaf, at mistake.Place) {
	if q.Limit != nil && q.Set != nil && isResult(q) && (q.Set.Domain == terms.Lab || q.Set.Domain == terms.Vital) && isPoint(q.Limit) {
		l.tell(at, exactValue, q.Text+" asks for exactly one value").
			Fix = "a range, such as \"7.0 %\" <= … <= \"7.9 %\""
	}
	if ages(q) && !hasWindow(q) {
		l.tell(at, noWindow, fmt.Sprintf("%s: nothing says how old the result may be", subjectOf(q))).
			Fix = `a when phrase in the brackets, such as "last 12 months"`
	}
	if p := q.When.Window; isResult(q) && q.When.HasWindow && p.Kind == dates.Last && shortly(p.Far) && hard(c) && !c.Visit {
		l.tell(at, shortWindow, fmt.Sprintf("%s: a result of the last %s is mostly made at the visit", subjectOf(q), p.Far)).Fix = "settled: visit"
	}
	if isDiagnosis(q) && q.When.HasWindow && q.When.Window.Kind != dates.Ever && q.Set.Course == terms.NoCourse {
		l.tell(at, noCourse, fmt.Sprintf("the value set %q does not say its course, and this asks about a window", q.Set.Name)).
			Fix = "course: event"
	}
}

func isPoint(limit *rule.Limit) bool {
	low, high := limit.Range.Low, limit.Range.High
	return low != nil && high != nil && low.Value.Cmp(high.Value) == 0
}

// ages tells questions whose answer grows old: a stage or a marker does not, and neither does an adult's height.
func ages(q *rule.Leaf) bool {
	if !isResult(q) || q.Set != nil && (q.Set.Domain == terms.Marker || q.Set.Domain == terms.Stage) {
		return false
	}
	return !strings.Contains(foldCase(subjectOf(q)), "height") && q.Word != "cha2ds2_vasc" && q.Word != "charlson"
}

// hasWindow tells that the author said when, by a window or by another event.
func hasWindow(q *rule.Leaf) bool { return q.When.HasWindow || q.When.Event.Set != nil }

func shortly(p dates.Period) bool {
	return !p.IsZero() && (p.Unit == dates.Days && p.N <= 14 || p.Unit == dates.Weeks && p.N <= 2)
}

// written tells exclusions whose line or expression begins with not.
func (l *linter) written(i int, c *trial.Criterion, line protocolLine) {
	if !exclusion(c) {
		return
	}
	begins := line.begins("no", "not", "without", "never", "none", "absence") && !line.begins("not able", "not willing", "not available")
	if p := c.Program; p != nil {
		if root := p.Nodes[len(p.Nodes)-1]; root.Op == rule.OpNot || root.Op == rule.OpNoneOf {
			at := mistake.Place{Line: p.Source.Line, Column: p.Source.Column, Length: 1}
			if root.Op == rule.OpNot {
				at.Length = 3
			}
			l.tell(at, negated, fmt.Sprintf("%s bars everybody for whom this is not so", c.ID)).Fix = withoutNot(p.Source.Text)
			return
		}
	}
	if begins {
		l.tell(l.at(i, "text"), negated, fmt.Sprintf("the line of %s says who is not barred; an exclusion says who is", c.ID)).
			Fix = "text: the same without the no, or kind: inclusion"
	}
}

func withoutNot(text string) string {
	rest, ok := strings.CutPrefix(strings.TrimSpace(text), "not ")
	if !ok || strings.ContainsAny(rest, "\n") {
		return ""
	}
	return strings.TrimSpace(rest)
}

// assumed asks whether an assumption about missing data is meant.
func (l *linter) assumed(i int, c *trial.Criterion) {
	if c.Missing != trial.MissingUnknown && !c.Soft {
		l.tell(l.at(i, "missing"), askMissing, fmt.Sprintf("whoever has nothing on record is taken to be %q in %s: is that what the protocol asks?", c.Missing, c.ID))
	}
	if c.Program == nil || c.Soft {
		return
	}
	if text := c.Program.Source.Text; strings.Contains(text, "assume(") {
		before, _, _ := strings.Cut(text, "assume(")
		q := rule.Leaf{At: len([]rune(before)), Len: len("assume")}
		l.tell(leafPlace(&c.Program.Source, &q), askMissing, fmt.Sprintf("%s assumes an answer where nothing is on record: is that what the protocol asks?", c.ID))
	}
}

// kidney tells an expression that asks the one filtration rate where the line names the other.
func (l *linter) kidney(c *trial.Criterion, q *rule.Leaf, at mistake.Place) {
	asked := ""
	switch {
	case q.Word == "egfr" || q.Set != nil && isResult(q) && isEGFR(q.Set.Name):
		asked = "eGFR"
	case q.Word == "crcl" || q.Set != nil && isResult(q) && isClearance(q.Set.Name):
		asked = "creatinine clearance"
	default:
		return
	}
	text := foldCase(c.Text)
	switch {
	case asked == "eGFR" && isClearance(text) && !isEGFR(text):
		l.tell(at, wrongKidney, fmt.Sprintf("the line of %s names creatinine clearance, the expression asks eGFR", c.ID))
	case asked != "eGFR" && isEGFR(text) && !isClearance(text):
		l.tell(at, wrongKidney, fmt.Sprintf("the line of %s names eGFR, the expression asks creatinine clearance", c.ID))
	}
}

func isEGFR(s string) bool {
	s = foldCase(s)
	return strings.Contains(s, "gfr") || strings.Contains(s, "glomerular filtration")
}

func isClearance(s string) bool {
	s = foldCase(s)
	return strings.Contains(s, "creatinine clearance") || strings.Contains(s, "crcl") || strings.Contains(s, "cockcroft") ||
		strings.Contains(s, "creatinine renal clearance")
}

// together looks at the criteria beside each other.
func (l *linter) together() {
	l.contradictions()
	l.twice()
	l.gaps()
	l.latestUnsaid()
}

// twice tells two criteria that ask the same.
func (l *linter) twice() {
	first := map[string]int{}
	for i := range l.trial.Criteria {
		c := &l.trial.Criteria[i]
		if c.Program == nil {
			continue
		}
		key := c.Kind.String() + strings.Join(c.Arm, ",") + ":" + strings.Join(strings.Fields(c.Program.Source.Text), " ")
		if other, seen := first[key]; seen {
			at := mistake.Place{Line: c.Program.Source.Line, Column: c.Program.Source.Column, Length: len([]rune(c.Program.Source.Text))}
			l.tell(at, saidTwice, fmt.Sprintf("%s asks what %s asks", c.ID, l.trial.Criteria[other].ID))
			continue
		}
		first[key] = i
	}
}

// gaps asks about numbers that are missing among ids such as INC-1, INC-2, INC-4.
func (l *linter) gaps() {
	last := map[string]int{}
	for i := range l.trial.Criteria {
		id := l.trial.Criteria[i].ID
		digits := len(id)
		for digits > 0 && id[digits-1] >= '0' && id[digits-1] <= '9' {
			digits--
		}
		name, n := id[:digits], 0
		if digits == len(id) || len(id)-digits > 3 {
			continue
		}
		for _, d := range id[digits:] {
			n = n*10 + int(d-'0')
		}
		before := last[name]
		last[name] = max(before, n)
		if n > before+1 && n-before <= 10 && !strings.HasSuffix(name, ".") {
			missing := fmt.Sprintf("%s%d", name, before+1)
			if n > before+2 {
				missing += fmt.Sprintf(" to %s%d", name, n-1)
			}
			l.tell(l.atID(i), numberLeftOut, fmt.Sprintf("%s follows on %s: is a line of the protocol left out (%s)?", id, previous(name, before), missing))
		}
	}
}

func previous(name string, n int) string {
	if n == 0 {
		return "nothing"
	}
	return fmt.Sprintf("%s%d", name, n)
}
