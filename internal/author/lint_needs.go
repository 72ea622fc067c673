package author

import (
	"fmt"
	"slices"
	"strings"

	"prescreen/internal/mistake"
	"prescreen/internal/quantity"
	"prescreen/internal/rule"
	"prescreen/internal/terms"
	"prescreen/internal/trial"
)

// need is a question whose answer is settled if the patient is to be let in, or if a part of a criterion is to be met.
type need struct {
	criterion int
	leaf      *rule.Leaf
	yes       bool
}

// needs gives what must be answered, and how, for a node to be met (yes) or not met. Where one of several would do, none is
// needed.
func needs(p *rule.Program, node int, yes bool, criterion int) []need {
	n := &p.Nodes[node]
	switch {
	case n.Op == rule.OpLeaf:
		return []need{{criterion, &p.Leaves[n.Leaf], yes}}
	case n.Op == rule.OpNot:
		return needs(p, n.Args[0], !yes, criterion)
	case n.Op == rule.OpAnd && yes, n.Op == rule.OpOr && !yes, len(n.Args) == 1 && (n.Op == rule.OpAnd || n.Op == rule.OpOr):
		return needsOf(p, n.Args, yes, criterion)
	case n.Op == rule.OpNoneOf && yes:
		return needsOf(p, n.Args, false, criterion)
	}
	return nil
}

func needsOf(p *rule.Program, nodes []int, yes bool, criterion int) []need {
	var all []need
	for _, n := range nodes {
		all = append(all, needs(p, n, yes, criterion)...)
	}
	return all
}

// within tells questions of one criterion that can never, or will always, be met together.
func (l *linter) within(i int) {
	c := &l.trial.Criteria[i]
	var seen []*rule.Leaf
	pairs := func(all []need, code, message string) {
		eachPair(all, func(a, b need) {
			if !slices.Contains(seen, b.leaf) && excludeEachOther(a, b) {
				seen = append(seen, b.leaf)
				l.tell(leafPlace(&c.Program.Source, b.leaf), code, fmt.Sprintf(message, a.leaf.Text, b.leaf.Text))
			}
		})
	}
	for n := len(c.Program.Nodes) - 1; n >= 0; n-- { // the widest first
		switch c.Program.Nodes[n].Op {
		case rule.OpAnd:
			pairs(needs(c.Program, n, true, i), neverMet, "%s and %s cannot both be met")
		case rule.OpOr:
			pairs(needs(c.Program, n, false, i), alwaysMet, "%s or %s: one of the two is always met")
		}
	}
}

// contradictions tells criteria that leave no patient between them.
func (l *linter) contradictions() {
	var all []need
	for i := range l.trial.Criteria {
		if c := &l.trial.Criteria[i]; hard(c) {
			all = append(all, needs(c.Program, len(c.Program.Nodes)-1, !exclusion(c), i)...)
		}
	}
	type pair struct{ a, b int }
	seen := map[pair]bool{}
	eachPair(all, func(a, b need) {
		first, second := &l.trial.Criteria[a.criterion], &l.trial.Criteria[b.criterion]
		p := pair{a.criterion, b.criterion}
		if a.criterion == b.criterion || seen[p] || !armsMeet(first, second) || !excludeEachOther(a, b) {
			return
		}
		seen[p] = true
		l.tell(leafPlace(&second.Program.Source, b.leaf), contradiction,
			fmt.Sprintf("no patient passes both %s (%s) and %s (%s)", first.ID, a.leaf.Text, second.ID, b.leaf.Text))
	})
}

func eachPair(all []need, yield func(a, b need)) {
	for i := range all {
		for k := i + 1; k < len(all); k++ {
			yield(all[i], all[k])
		}
	}
}

func armsMeet(a, b *trial.Criterion) bool {
	return len(a.Arm) == 0 || len(b.Arm) == 0 || slices.ContainsFunc(a.Arm, func(arm string) bool { return slices.Contains(b.Arm, arm) })
}

// sameSubject tells that two questions are about the same thing at the same time, whatever limit each holds it against.
func sameSubject(a, b *rule.Leaf) bool {
	return a.Word == b.Word && a.Set == b.Set && a.Question == b.Question && strings.EqualFold(a.When.Text, b.When.Text)
}

func excludeEachOther(a, b need) bool {
	switch {
	case !sameSubject(a.leaf, b.leaf):
		return wider(a, b) || wider(b, a)
	case a.leaf.Text == b.leaf.Text:
		return a.yes != b.yes
	case a.leaf.OneOf != nil && b.leaf.OneOf != nil && oneValue(a.leaf) && oneValue(b.leaf):
		return noneLeft(a, b)
	case a.leaf.Limit != nil && b.leaf.Limit != nil && a.leaf.OneOf == nil && b.leaf.OneOf == nil && oneValue(a.leaf) && oneValue(b.leaf):
		return a.leaf.Limit.Of == b.leaf.Limit.Of && a.leaf.Limit.Relative == b.leaf.Limit.Relative && apart(a, b)
	}
	return false
}

// noneLeft tells that no choice satisfies both needs.
func noneLeft(a, b need) bool {
	if !a.yes {
		a, b = b, a
	}
	if !a.yes { // both leave something out: only of two sexes nothing is left
		return a.leaf.Word == "sex" && len(a.leaf.OneOf) == 1 && len(b.leaf.OneOf) == 1 && a.leaf.OneOf[0] != b.leaf.OneOf[0]
	}
	return !slices.ContainsFunc(a.leaf.OneOf, func(s string) bool { return slices.Contains(b.leaf.OneOf, s) == b.yes })
}

// oneValue tells that a question is about one value, so that two limits for it can contradict.
func oneValue(q *rule.Leaf) bool {
	switch q.When.Pick {
	case rule.Latest, rule.First, rule.Highest, rule.Lowest:
		return true
	case rule.LatestN:
		return q.When.Each == rule.Average
	}
	return false
}

// wider tells that what a asks to be there is a part of what b asks not to be there.
func wider(a, b need) bool {
	if !a.yes || b.yes || a.leaf.Set == nil || b.leaf.Set == nil || a.leaf.Limit != nil || b.leaf.Limit != nil {
		return false
	}
	when := strings.ToLower(b.leaf.When.Text)
	drugs := b.leaf.Word == "took" && (a.leaf.Word == "taking" || a.leaf.Word == "took")
	switch {
	case a.leaf.Word != b.leaf.Word && !drugs:
		return false
	case when == "" || when == "ever":
	case a.leaf.Word == "taking" && strings.HasPrefix(when, "last ") && !strings.Contains(when, ","):
	default:
		return false
	}
	return b.leaf.Word != "taking" && partOf(a.leaf.Set, b.leaf.Set)
}

// partOf tells that every entry of a set is one of another, which excludes nothing.
func partOf(a, b *terms.ValueSet) bool {
	if a == b {
		return true
	}
	return len(a.Entries) > 0 && len(b.Exclude) == 0 && !slices.ContainsFunc(a.Entries, func(e terms.Entry) bool {
		return !slices.ContainsFunc(b.Entries, func(f terms.Entry) bool { return f.Says == e.Says && entryCovers(f, e) })
	})
}

func entryCovers(f, e terms.Entry) bool {
	if f.System != e.System {
		return false
	}
	if f.Include == terms.Prefix {
		return e.Include != terms.Descendants && strings.HasPrefix(strings.ReplaceAll(e.Code, ".", ""), strings.ReplaceAll(f.Code, ".", ""))
	}
	return f.Code == e.Code && (f.Include == e.Include || e.Include == terms.Self)
}

// apart tells that no value satisfies both needs.
func apart(a, b need) bool {
	inA, okA := a.inside()
	inB, okB := b.inside()
	switch {
	case okA && okB:
		return disjoint(a.leaf, inA, b.leaf, inB)
	case okA:
		return covers(b.leaf, &b.leaf.Limit.Range, a.leaf, inA)
	case okB:
		return covers(a.leaf, &a.leaf.Limit.Range, b.leaf, inB)
	}
	return false
}

// inside gives the range in which the value must lie; ok is false where it must lie outside of one with two ends.
func (n need) inside() (*quantity.Range, bool) {
	r := &n.leaf.Limit.Range
	if n.yes != n.leaf.Limit.Negate {
		return r, true
	}
	switch {
	case r.Low != nil && r.High == nil:
		return &quantity.Range{High: &quantity.Bound{Value: r.Low.Value, Open: !r.Low.Open}}, true
	case r.High != nil && r.Low == nil:
		return &quantity.Range{Low: &quantity.Bound{Value: r.High.Value, Open: !r.High.Open}}, true
	}
	return nil, false
}

func disjoint(p *rule.Leaf, a *quantity.Range, q *rule.Leaf, b *quantity.Range) bool {
	return before(p, a.High, q, b.Low) || before(q, b.High, p, a.Low)
}

// before tells that a range which ends at high lies wholly below one that begins at low.
func before(p *rule.Leaf, high *quantity.Bound, q *rule.Leaf, low *quantity.Bound) bool {
	if high == nil || low == nil {
		return false
	}
	end := &quantity.Range{High: &quantity.Bound{Value: low.Value, Open: !high.Open && !low.Open}}
	return within(p, high.Value, q, end)
}

// covers tells that range a holds all of range b.
func covers(p *rule.Leaf, a *quantity.Range, q *rule.Leaf, b *quantity.Range) bool {
	low := a.Low == nil || b.Low != nil &&
		within(q, b.Low.Value, p, &quantity.Range{Low: &quantity.Bound{Value: a.Low.Value, Open: a.Low.Open && !b.Low.Open}})
	high := a.High == nil || b.High != nil &&
		within(q, b.High.Value, p, &quantity.Range{High: &quantity.Bound{Value: a.High.Value, Open: a.High.Open && !b.High.Open}})
	return low && high
}

// within tells that a limit of one question lies in a range of another; no where their units do not meet.
func within(of *rule.Leaf, v quantity.Decimal, in *rule.Leaf, r *quantity.Range) bool {
	from, to := unitOf(of), unitOf(in)
	if from == to {
		return r.Holds(v, quantity.None, nil) == quantity.Yes
	}
	if of.Set == nil || of.Set.Analyte == nil {
		return false
	}
	conv, err := of.Set.Analyte.Between(from, to)
	return err == nil && r.Holds(v, quantity.None, conv) == quantity.Yes
}

func unitOf(q *rule.Leaf) string {
	if q.Limit.Unit == "" && q.Set != nil && q.Set.Analyte != nil && q.Word != "times" {
		return q.Set.Analyte.Canonical
	}
	return q.Limit.Unit
}

// byItself tells limits that every possible value meets, or none.
func (l *linter) byItself(q *rule.Leaf, at mistake.Place) {
	if q.Word == "sex" && len(q.OneOf) == 2 {
		l.tell(at, alwaysMet, q.Text+" is met whatever the sex")
		return
	}
	possible, unit := possibleValues(q)
	if q.Limit == nil || q.OneOf != nil || q.Limit.Of != rule.NoNormal || q.Word == "change" || possible == nil {
		return
	}
	base := &rule.Leaf{Word: q.Word, Set: q.Set, Limit: &rule.Limit{Unit: unit}}
	all, none := covers(q, &q.Limit.Range, base, possible), disjoint(q, &q.Limit.Range, base, possible)
	if q.Limit.Negate {
		all, none = none, all
	}
	switch {
	case all:
		l.tell(at, alwaysMet, q.Text+" is met by every value that can be")
	case none && !isResult(q): // a limit that is implausible for a result was told with the expression
		l.tell(at, neverMet, q.Text+" is met by no value that can be")
	}
}

func possibleValues(q *rule.Leaf) (*quantity.Range, string) {
	switch {
	case q.Word == "age" || q.Word == "age_at":
		return &quantity.Range{Low: whole(0), High: whole(130)}, ""
	case q.Word == "times" || q.Word == "days_since":
		return &quantity.Range{Low: whole(0)}, ""
	case isResult(q) && q.Set != nil && q.Set.Analyte != nil && q.Set.Analyte.Plausible != nil:
		return q.Set.Analyte.Plausible, q.Set.Analyte.Canonical
	}
	return nil, ""
}

func whole(n int64) *quantity.Bound { return &quantity.Bound{Value: quantity.FromInt(n)} }
