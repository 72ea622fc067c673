package author

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"prescreen/internal/dates"
	"prescreen/internal/rule"
	"prescreen/internal/terms"
	"prescreen/internal/trial"
)

// Difference is what changed in one place of a trial: the trial itself, or one of its criteria.
type Difference struct {
	Where string // id of the criterion, "trial" for the rest of the file
	What  string // "added", "removed", "changed", "called … now"
	Lines []string
}

// Diff tells two versions of a trial apart in words: criteria that were added, removed and changed, and in these what
// changed of kind, text, limits, windows, value sets and the way they are settled. What only looks different is no difference.
func Diff(old, now *trial.Trial) []Difference {
	var out []Difference
	if lines := headLines(old, now); len(lines) > 0 {
		out = append(out, Difference{"trial", "changed", lines})
	}
	renamed := renames(old, now)
	for i := range old.Criteria {
		c := &old.Criteria[i]
		if _, ok := find(now, c.ID); !ok && renamed[c.ID] == "" {
			out = append(out, Difference{c.ID, "removed", inWords(old, c)})
		}
	}
	for i := range now.Criteria {
		c := &now.Criteria[i]
		was, ok := find(old, c.ID)
		d := Difference{Where: c.ID, What: "changed"}
		if !ok {
			if was = formerly(old, renamed, c.ID); was == nil {
				out = append(out, Difference{c.ID, "added", inWords(now, c)})
				continue
			}
			d.What = "was called " + was.ID
		}
		if d.Lines = criterionLines(was, c); len(d.Lines) > 0 || !ok {
			out = append(out, d)
		}
	}
	if lines := setLines(old, now); len(lines) > 0 {
		out = append(out, Difference{"value sets", "changed", lines})
	}
	return out
}

func find(t *trial.Trial, id string) (*trial.Criterion, bool) {
	i := slices.IndexFunc(t.Criteria, func(c trial.Criterion) bool { return c.ID == id })
	if i < 0 {
		return nil, false
	}
	return &t.Criteria[i], true
}

// renames finds criteria that only got another id: the same kind, text and question.
func renames(old, now *trial.Trial) map[string]string {
	names := map[string]string{}
	for i := range old.Criteria {
		c := &old.Criteria[i]
		if _, kept := find(now, c.ID); kept {
			continue
		}
		for k := range now.Criteria {
			n := &now.Criteria[k]
			if _, was := find(old, n.ID); !was && n.Kind == c.Kind && n.Text == c.Text && asksSame(c, n) {
				names[c.ID] = n.ID
				break
			}
		}
	}
	return names
}

func formerly(old *trial.Trial, renamed map[string]string, id string) *trial.Criterion {
	for i := range old.Criteria {
		if renamed[old.Criteria[i].ID] == id {
			return &old.Criteria[i]
		}
	}
	return nil
}

// asksSame compares what two criteria ask, not how it is written.
func asksSame(a, b *trial.Criterion) bool {
	return a.Question == b.Question && slices.Equal(asks(a), asks(b))
}

func asks(c *trial.Criterion) []Line {
	if c.Program == nil {
		return []Line{{0, c.Question}}
	}
	r := reader{program: c.Program, undated: true}
	return r.whole(c.Kind)
}

// inWords is a criterion in words.
func inWords(t *trial.Trial, c *trial.Criterion) []string {
	return append([]string{c.Kind.String() + ": " + c.Text}, outline(asks(c), usualWidth)...)
}

// changes collects lines "name: was, now".
type changes struct{ lines []string }

func (c *changes) note(name, was, now string) {
	switch {
	case was == now:
	case was == "":
		c.lines = append(c.lines, name+": now "+now)
	case now == "":
		c.lines = append(c.lines, name+": no longer "+was)
	default:
		c.lines = append(c.lines, name+": was "+was+", now "+now)
	}
}

func headLines(old, now *trial.Trial) []string {
	var c changes
	c.note("id", old.ID, now.ID)
	c.note("registry number", old.NCT, now.NCT)
	c.note("title", old.Title, now.Title)
	c.note("phase", old.Phase, now.Phase)
	c.note("sponsor", old.Sponsor, now.Sponsor)
	c.note("protocol version", old.Version, now.Version)
	c.note("recruitment", old.Recruiting.String(), now.Recruiting.String())
	c.note("recruitment ends", dayText(old.RecruitmentEnds), dayText(now.RecruitmentEnds))
	c.note("arms", strings.Join(old.Arms, ", "), strings.Join(now.Arms, ", "))
	c.note("version of the rules", old.Rules.Version, now.Rules.Version)
	c.note("state of the rules", old.Rules.State.String(), now.Rules.State.String())
	c.note("approved", approval(old), approval(now))
	for _, d := range terms.DomainNames() {
		domain, _ := terms.ParseDomain(d)
		c.note("nothing on record of "+d, missingText(old.Missing, domain), missingText(now.Missing, domain))
	}
	return c.lines
}

func dayText(d dates.Day) string {
	if d == 0 {
		return ""
	}
	return d.String()
}

func approval(t *trial.Trial) string {
	if t.Rules.Approval.By == "" {
		return ""
	}
	return "by " + t.Rules.Approval.By + " on " + t.Rules.Approval.On.String()
}

func missingText(m map[terms.Domain]bool, d terms.Domain) string {
	no, ok := m[d]
	if !ok {
		return ""
	}
	return map[bool]string{true: "taken for not met", false: "unknown"}[no]
}

// criterionLines tells how a criterion changed.
func criterionLines(was, now *trial.Criterion) []string {
	var c changes
	c.note("kind", was.Kind.String(), now.Kind.String())
	c.note("text", quotedText(was.Text), quotedText(now.Text))
	c.note("question", quotedText(was.Question), quotedText(now.Question))
	if !asksSame(was, now) && was.Program != nil && now.Program != nil {
		c.lines = append(c.lines, programLines(was, now)...)
	} else if (was.Program == nil) != (now.Program == nil) {
		c.note("answered", answeredBy(was), answeredBy(now))
	}
	c.note("check", was.Check.String(), now.Check.String())
	c.note("weight", weight(was), weight(now))
	c.note("settled", settled(was), settled(now))
	c.note("repeatable", yesNo(was.Repeatable), yesNo(now.Repeatable))
	c.note("missing", was.Missing.String(), now.Missing.String())
	c.note("arms", strings.Join(was.Arm, ", "), strings.Join(now.Arm, ", "))
	c.note("to settle", quotedText(was.Ask), quotedText(now.Ask))
	c.note("shown beside it", strings.Join(was.Show, ", "), strings.Join(now.Show, ", "))
	return c.lines
}

func quotedText(s string) string {
	if s == "" {
		return ""
	}
	return "“" + s + "”"
}

func answeredBy(c *trial.Criterion) string {
	if c.Program == nil {
		return "by a person"
	}
	return "by the record"
}

func weight(c *trial.Criterion) string { return map[bool]string{true: "soft", false: "hard"}[c.Soft] }

func settled(c *trial.Criterion) string {
	return map[bool]string{true: "at the visit", false: "at prescreening"}[c.Visit]
}

func yesNo(b bool) string { return map[bool]string{true: "yes", false: "no"}[b] }

// programLines tells limits, windows and value sets apart where the questions are the same ones, else both readings.
func programLines(was, now *trial.Criterion) []string {
	if c, ok := leafChanges(was.Program, now.Program); ok && len(c.lines) > 0 {
		return c.lines
	}
	lines := []string{"asks something else; it was:"}
	for _, l := range outline(asks(was), usualWidth) {
		lines = append(lines, "  "+l)
	}
	lines = append(lines, "now:")
	for _, l := range outline(asks(now), usualWidth) {
		lines = append(lines, "  "+l)
	}
	return lines
}

// leafChanges compares question by question; ok is false where they are not the same ones, or are joined otherwise.
func leafChanges(was, now *rule.Program) (c changes, ok bool) {
	if len(was.Leaves) != len(now.Leaves) || !slices.EqualFunc(was.Nodes, now.Nodes, sameOperator) {
		return c, false
	}
	a, b := reader{program: was, undated: true}, reader{program: now, undated: true}
	for i := range was.Leaves {
		x, y := &was.Leaves[i], &now.Leaves[i]
		if x.Word != y.Word || x.Question != y.Question {
			return c, false
		}
		name := strings.ReplaceAll(x.Word, "_", " ")
		if y.Set != nil && x.Set != nil {
			c.note("value set", "“"+x.Set.Name+"”", "“"+y.Set.Name+"”")
			name = "“" + y.Set.Name + "”"
		}
		c.note("limit of "+name, a.limitOrAnswers(x), b.limitOrAnswers(y))
		c.note("when of "+name, or(strings.TrimSpace(a.when(x)), "any time"), or(strings.TrimSpace(b.when(y)), "any time"))
		c.note("results of "+name, a.pick(&x.When, "result"), b.pick(&y.When, "result"))
	}
	return c, true
}

func sameOperator(a, b rule.Node) bool {
	return a.Op == b.Op && a.Leaf == b.Leaf && a.N == b.N && a.Text == b.Text && slices.Equal(a.Args, b.Args)
}

func (r *reader) limitOrAnswers(l *rule.Leaf) string {
	switch {
	case len(l.OneOf) > 0 && l.Limit != nil && l.Limit.Negate:
		return "anything but " + strings.Join(l.OneOf, " or ")
	case len(l.OneOf) > 0:
		return strings.Join(l.OneOf, " or ")
	case l.Limit == nil:
		return ""
	}
	return r.limit(l)
}

// setLines tells how the codes of value sets changed that both versions ask about.
func setLines(old, now *trial.Trial) []string {
	before := setsByName(old)
	var lines []string
	for _, set := range setsInOrder(now) {
		was, ok := before[set.Name]
		if !ok || was.Digest() == set.Digest() {
			continue
		}
		added, removed := entriesBut(set, was), entriesBut(was, set)
		for _, e := range added {
			lines = append(lines, "“"+set.Name+"”: added "+e)
		}
		for _, e := range removed {
			lines = append(lines, "“"+set.Name+"”: removed "+e)
		}
		if len(added)+len(removed) == 0 {
			lines = append(lines, "“"+set.Name+"”: the same codes, but something else of it changed: units, course, answers or what suggests it")
		}
	}
	return lines
}

func setsInOrder(t *trial.Trial) []*terms.ValueSet {
	var sets []*terms.ValueSet
	for i := range t.Criteria {
		if p := t.Criteria[i].Program; p != nil {
			for _, s := range p.Sets() {
				if !slices.Contains(sets, s) {
					sets = append(sets, s)
				}
			}
		}
	}
	return sets
}

func setsByName(t *trial.Trial) map[string]*terms.ValueSet {
	sets := map[string]*terms.ValueSet{}
	for _, s := range setsInOrder(t) {
		sets[s.Name] = s
	}
	return sets
}

// entriesBut names the entries of one set that another has not.
func entriesBut(a, b *terms.ValueSet) []string {
	var out []string
	for i := range a.Entries {
		e := &a.Entries[i]
		same := func(x terms.Entry) bool { return x.Coding == e.Coding && x.Include == e.Include && x.Says == e.Says }
		if !slices.ContainsFunc(b.Entries, same) {
			out = append(out, strings.TrimSpace(terms.ShortName(e.System)+" "+e.Code+" "+e.Display))
		}
	}
	return out
}

// WriteDiff writes what changed.
func WriteDiff(w io.Writer, list []Difference, p Place) {
	if len(list) == 0 {
		fmt.Fprintln(w, "No difference in what the two versions ask.")
	}
	for _, d := range list {
		sign := map[string]string{"added": p.good("+ "), "removed": p.bad("- ")}[d.What]
		fmt.Fprintln(w, or(sign, p.open("~ "))+p.bold(d.Where)+" "+d.What)
		for _, l := range d.Lines {
			trimmed := strings.TrimLeft(l, " ")
			fmt.Fprintln(w, hang("    "+l[:len(l)-len(trimmed)], clean(trimmed), p.width()))
		}
	}
}
