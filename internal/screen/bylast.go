package screen

import (
	"prescreen/internal/rule"
	"prescreen/internal/verdict"
)

// byLast asks what a criterion that is unknown would be if the last values outside their windows still held. A judgement
// names only the questions that decide it, so the others of an `and` or `or` are left out of it, which changes nothing: had
// they decided, the judgement would be theirs. Of a count they cannot be left out, and it stays unknown.
func byLast(p *rule.Program, j *verdict.Judgement) verdict.Verdict {
	answers := make([]partial, len(p.Leaves))
	for i := range j.Leaves {
		l := &j.Leaves[i]
		a := partial{asked: true, verdict: l.Verdict}
		if l.Cause == verdict.OutsideWindow {
			a.verdict = l.ByLast
		}
		answers[l.Number] = a
	}
	nodes := make([]partial, len(p.Nodes))
	for i := range p.Nodes {
		nodes[i] = fold(&p.Nodes[i], nodes, answers)
	}
	if len(nodes) == 0 {
		return verdict.Unknown
	}
	return nodes[len(nodes)-1].verdict
}

// partial is the answer of a part of a criterion, or that it has none to give.
type partial struct {
	asked   bool
	verdict verdict.Verdict
}

func fold(n *rule.Node, nodes, leaves []partial) partial {
	switch n.Op {
	case rule.OpLeaf:
		return leaves[n.Leaf]
	case rule.OpNot:
		a := nodes[n.Args[0]]
		return partial{a.asked, a.verdict.Not()}
	case rule.OpAssume:
		return nodes[n.Args[0]]
	case rule.OpAnd:
		return join(n, nodes, verdict.Verdict.And)
	case rule.OpOr:
		return join(n, nodes, verdict.Verdict.Or)
	case rule.OpNoneOf:
		a := join(n, nodes, verdict.Verdict.Or)
		return partial{a.asked, a.verdict.Not()}
	case rule.OpAtLeast:
		return count(n, nodes)
	}
	return partial{asked: true}
}

func join(n *rule.Node, nodes []partial, op func(a, b verdict.Verdict) verdict.Verdict) partial {
	var out partial
	for _, i := range n.Args {
		switch {
		case !nodes[i].asked:
		case !out.asked:
			out = nodes[i]
		default:
			out.verdict = op(out.verdict, nodes[i].verdict)
		}
	}
	return out
}

func count(n *rule.Node, nodes []partial) partial {
	met, unknown := 0, 0
	for _, i := range n.Args {
		switch {
		case !nodes[i].asked || nodes[i].verdict == verdict.Unknown:
			unknown++
		case nodes[i].verdict == verdict.Met:
			met++
		}
	}
	return partial{asked: true, verdict: verdict.AtLeast(n.N, met, unknown)}
}
