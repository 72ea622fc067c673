package rule

import (
	"slices"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/terms"
	"prescreen/internal/verdict"
)

// Evaluator answers criteria for charts. It keeps what evaluations reuse, so that none allocates; one goroutine at a
// time. The Judgement it returns is valid until its next call.
type Evaluator struct {
	chart    *chart.Chart
	seen, on dates.Day
	contact  contacts // of chart up to seen

	recordFrom, contactFrom dayBefore

	leaf    verdict.Leaf   // the one being judged
	leaves  []verdict.Leaf // all of the program
	nodes   []answer
	decide  []verdict.Leaf // those that decide
	facts   []uint32       // arena of the evidence
	numbers []uint32       // facts of the set
	uncoded []uint32       // facts in words only, of chart up to seen, newest last
	worded  []uint32       // those of them that may be what was asked for last
	unread  []uint32       // those of the set whose modifier is not known: they never decide, nor are they silence
	yes     []uint32       // facts that answer yes
	maybe   []uint32       // facts that leave it open
	stays   []stay
	// readings are the results of the set; inside those that lie or may lie in the window.
	readings, inside []reading
	group            []uint32
	points           []dates.Day
	days             []dates.Day
	derive           deriving // of the derived value at hand
	frame            frame    // of the leaf at hand, from its event
	anchored         bool     // on is the day of the criterion's anchor
}

// answer is what a node came to.
type answer struct {
	verdict verdict.Verdict
	basis   verdict.Basis
}

// Evaluate answers a criterion for a chart. Facts dated after seen are not seen; windows and ages are taken on day on:
// both are the as-of day, except when looking ahead.
func (e *Evaluator) Evaluate(b *Bound, c *chart.Chart, seen, on dates.Day) verdict.Judgement {
	e.look(c, seen, on)
	e.facts = e.facts[:0]
	e.frame.on, e.anchored = false, false
	if b.anchor != nil && !e.moveTo(b) {
		return e.adrift()
	}
	if e.leaves = e.leaves[:0]; cap(e.leaves) < len(b.leaves) {
		e.leaves = make([]verdict.Leaf, 0, len(b.leaves))
	}
	if b.order == nil {
		for i := range b.leaves {
			e.judgeLeaf(b, i)
			e.leaves = append(e.leaves, e.leaf)
		}
		return e.join(b.Program)
	}
	e.leaves = e.leaves[:len(b.leaves)]
	clear(e.leaves)
	for _, i := range b.order {
		e.judgeLeaf(b, i)
		e.leaves[i] = e.leaf
	}
	return e.join(b.Program)
}

// judgeLeaf answers one leaf of a bound program.
func (e *Evaluator) judgeLeaf(b *Bound, i int) {
	l := &b.leaves[i]
	e.leaf = verdict.Leaf{Number: uint16(i)}
	if l.event == nil || e.tie(b, l) {
		l.judge(e, b, l)
	}
	e.frame.on = false
	if l.known {
		judgeKnown(e, l)
	}
	if l.picked.unloaded || l.doubted != nil {
		e.unloaded(l)
	}
}

// look points the evaluator at a chart and a day.
func (e *Evaluator) look(c *chart.Chart, seen, on dates.Day) {
	if e.chart != c || e.seen != seen {
		e.chart, e.seen = c, seen
		e.contact = contactsUpTo(c, seen)
		e.uncodedOf(c)
	}
	e.on = on
}

// join folds the leaves by Kleene's tables and picks those that decide.
func (e *Evaluator) join(p *Program) verdict.Judgement {
	e.nodes = e.nodes[:0]
	for i := range p.Nodes {
		e.nodes = append(e.nodes, e.fold(p, &p.Nodes[i]))
	}
	e.decide = e.decide[:0]
	root := len(p.Nodes) - 1
	e.collect(p, root, e.nodes[root].verdict)
	if !inTextOrder(e.decide) {
		slices.SortStableFunc(e.decide, func(a, b verdict.Leaf) int { return int(a.Number) - int(b.Number) })
	}
	j := verdict.Judgement{Verdict: e.nodes[root].verdict, Basis: e.nodes[root].basis, Leaves: e.decide}
	if j.Verdict == verdict.Unknown {
		for i := range e.decide {
			j.Causes = j.Causes.With(e.decide[i].Cause)
		}
	}
	return j
}

func inTextOrder(leaves []verdict.Leaf) bool {
	for i := 1; i < len(leaves); i++ {
		if leaves[i].Number < leaves[i-1].Number {
			return false
		}
	}
	return true
}

func (e *Evaluator) fold(p *Program, n *Node) answer {
	switch n.Op {
	case OpLeaf, OpKnown:
		return answer{e.leaves[n.Leaf].Verdict, e.leaves[n.Leaf].Basis}
	case OpNot:
		a := e.nodes[n.Args[0]]
		return answer{a.verdict.Not(), a.basis}
	case OpAssume:
		return e.assumed(p, n.Args[0])
	case OpAnd:
		return e.weigh(n, e.count(n, len(n.Args)))
	case OpOr:
		return e.weigh(n, e.count(n, 1))
	case OpNoneOf:
		return e.weigh(n, e.count(n, 1).Not())
	}
	return e.weigh(n, e.count(n, n.N))
}

// count is "at least so many of the operands are met".
func (e *Evaluator) count(n *Node, atLeast int) verdict.Verdict {
	met, unknown := 0, 0
	for _, a := range n.Args {
		switch e.nodes[a].verdict {
		case verdict.Met:
			met++
		case verdict.Unknown:
			unknown++
		}
	}
	return verdict.AtLeast(atLeast, met, unknown)
}

// weigh finds the basis: the strongest operand's where one alone decides, else the weakest of those that were needed.
func (e *Evaluator) weigh(n *Node, v verdict.Verdict) answer {
	decided := e.decides(n, v)
	alone := n.Op == OpOr && v == verdict.Met || n.Op == OpAnd && v == verdict.NotMet || n.Op == OpNoneOf && v == verdict.NotMet
	basis, first := verdict.Record, true
	for _, a := range n.Args {
		if e.nodes[a].verdict != decided {
			continue
		}
		x := e.nodes[a].basis
		if first || alone && x < basis || !alone && x > basis {
			basis, first = x, false
		}
	}
	return answer{v, basis}
}

// decides gives the verdict of the operands that make a node come to v.
func (e *Evaluator) decides(n *Node, v verdict.Verdict) verdict.Verdict {
	if n.Op == OpNot || n.Op == OpNoneOf {
		return v.Not()
	}
	return v
}

// collect gathers the leaves that make a node come to v.
func (e *Evaluator) collect(p *Program, node int, v verdict.Verdict) {
	n := &p.Nodes[node]
	if n.Op == OpLeaf || n.Op == OpKnown {
		if e.leaves[n.Leaf].Verdict == v && !e.collected(n.Leaf) {
			e.decide = append(e.decide, e.leaves[n.Leaf])
		}
		return
	}
	want := e.decides(n, v)
	assumed := n.Op == OpAssume && e.nodes[node].basis == verdict.Assumed && e.nodes[n.Args[0]].verdict == verdict.Unknown
	if assumed {
		want = verdict.Unknown
	}
	from := len(e.decide)
	for _, a := range n.Args {
		if e.nodes[a].verdict == want {
			e.collect(p, a, want)
		}
	}
	for i := from; assumed && i < len(e.decide); i++ {
		e.decide[i].Basis = verdict.Assumed
	}
}

// assumed takes an answer for met where it is open only because the record is silent.
func (e *Evaluator) assumed(p *Program, node int) answer {
	a := e.nodes[node]
	if a.verdict != verdict.Unknown {
		return a
	}
	e.decide = e.decide[:0]
	e.collect(p, node, verdict.Unknown)
	var causes verdict.Causes
	for i := range e.decide {
		causes = causes.With(e.decide[i].Cause)
	}
	if causes.Within(silentCauses) {
		return answer{verdict.Met, verdict.Assumed}
	}
	return a
}

// silentCauses are those that say that nothing is on record.
var silentCauses = verdict.Causes(0).With(verdict.NeverRecorded).With(verdict.OutsideWindow).With(verdict.ListEmpty).
	With(verdict.RecordTooShort).With(verdict.NotSeenSince).With(verdict.FeedLate)

func (e *Evaluator) collected(leaf int) bool {
	for i := range e.decide {
		if int(e.decide[i].Number) == leaf {
			return true
		}
	}
	return false
}

// gather finds the facts of a set, oldest first, that are seen and could ever count.
func (e *Evaluator) gather(p *picked, kind chart.Kind) []uint32 {
	e.numbers, e.unread = e.numbers[:0], e.unread[:0]
	if len(p.members) == 0 {
		return e.numbers
	}
	if kind == chart.Visit {
		e.gatherClass(p)
	}
	index := e.chart.CodesOf(kind)
	if p.sparse(len(index)) {
		for i := range p.members {
			e.gatherCode(index, p.members[i].ID)
		}
	} else {
		for i := range index {
			if p.has(index[i].Code) {
				e.see(index[i].Fact)
			}
		}
	}
	e.numbers, e.unread = e.inOrder(p, e.numbers), e.inOrder(p, e.unread)
	return e.numbers
}

// gatherAll finds the same with those whose modifier is not known: each judge leaves open what hangs on them.
func (e *Evaluator) gatherAll(p *picked, kind chart.Kind) []uint32 {
	return e.withUnread(e.gather(p, kind))
}

func (e *Evaluator) withUnread(facts []uint32) []uint32 {
	if len(e.unread) > 0 {
		facts = append(facts, e.unread...)
		slices.Sort(facts)
		e.numbers, e.unread = facts, e.unread[:0]
	}
	return facts
}

// inOrder puts facts in order, each once, without what is excepted.
func (e *Evaluator) inOrder(p *picked, facts []uint32) []uint32 {
	if !slices.IsSorted(facts) {
		slices.Sort(facts)
	}
	facts = slices.Compact(facts)
	if p.except != nil {
		facts = e.allowed(p, facts)
	}
	return facts
}

// gatherClass finds visits by their class, which is no code of their type.
func (e *Evaluator) gatherClass(p *picked) {
	first, visits := e.chart.Of(chart.Visit)
	for i := range visits {
		for _, id := range e.chart.CodesIn(visits[i].Answer) {
			if p.has(id) {
				e.see(first + uint32(i))
			}
		}
	}
}

// allowed leaves out the facts that carry an excepted code.
func (e *Evaluator) allowed(p *picked, facts []uint32) []uint32 {
	kept := facts[:0]
	for _, n := range facts {
		if f := &e.chart.Facts[n]; !e.excepted(p, f.Codes) && !(f.Kind == chart.Visit && e.excepted(p, f.Answer)) {
			kept = append(kept, n)
		}
	}
	return kept
}

func (e *Evaluator) excepted(p *picked, s chart.Span) bool {
	for _, id := range e.chart.CodesIn(s) {
		if int(id/64) < len(p.except) && p.except[id/64]&(1<<(id%64)) != 0 {
			return true
		}
	}
	return false
}

func (e *Evaluator) gatherCode(index []chart.CodeRef, id terms.CodeID) {
	lo, hi := 0, len(index)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if index[mid].Code < id {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	for ; lo < len(index) && index[lo].Code == id; lo++ {
		e.see(index[lo].Fact)
	}
}

// see keeps a fact unless it lies wholly after the day or is somebody else's; one with a modifier we do not know is kept apart.
func (e *Evaluator) see(n uint32) {
	f := &e.chart.Facts[n]
	if f.Flags.Has(chart.HasFocus) || !e.dated(f) {
		return
	}
	if f.Flags.Has(chart.UnknownModifier) {
		e.unread = append(e.unread, n)
		return
	}
	e.numbers = append(e.numbers, n)
}

// dated tells that a fact is not of a later day. A fact known only to be recorded later is not seen either.
func (e *Evaluator) dated(f *chart.Fact) bool {
	switch {
	case f.Flags.Has(chart.RecordedFor) && f.Noted.Known():
		return f.Noted.From <= e.seen
	case f.Begin.Known() && f.Begin.From <= dates.Min && f.Flags&(chart.RecordedFor|chart.ByVisit) != 0:
		return f.Begin.To <= e.seen
	case f.Begin.Known():
		return f.Begin.From <= e.seen
	case f.Noted.Known():
		return f.Noted.From <= e.seen
	}
	return true
}

// says gives the most cautious statement among the codes by which a fact is in the set. Where one code states the disease
// and another only the family's or a test for it, it is suspected: neither there nor absent.
func (e *Evaluator) says(p *picked, f *chart.Fact) terms.Says {
	least, most := terms.Screening, terms.Disease
	for _, id := range e.chart.CodesIn(f.Codes) {
		if p.has(id) {
			least, most = min(least, p.says(id)), max(most, p.says(id))
		}
	}
	if least < terms.Family && most >= terms.Family {
		return terms.Suspected
	}
	return most
}

// evidence keeps fact numbers until the next evaluation.
func (e *Evaluator) evidence(facts ...uint32) []uint32 {
	at := len(e.facts)
	e.facts = append(e.facts, facts...)
	return e.facts[at:len(e.facts):len(e.facts)]
}

// met, notMet and unknown fill in the leaf at hand.
func (e *Evaluator) met(code verdict.Code, facts ...uint32) {
	e.leaf.Verdict, e.leaf.Code, e.leaf.Facts = verdict.Met, code, e.evidence(facts...)
}

func (e *Evaluator) notMet(code verdict.Code, facts ...uint32) {
	e.leaf.Verdict, e.leaf.Code, e.leaf.Facts = verdict.NotMet, code, e.evidence(facts...)
}

func (e *Evaluator) unknown(cause verdict.Cause, code verdict.Code, facts ...uint32) {
	e.leaf.Verdict, e.leaf.Cause, e.leaf.Code, e.leaf.Facts = verdict.Unknown, cause, code, e.evidence(facts...)
}
