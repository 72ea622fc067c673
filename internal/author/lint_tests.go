package author

import (
	"fmt"
	"strings"

	"prescreen/internal/mistake"
	"prescreen/internal/rule"
	"prescreen/internal/trial"
	"prescreen/internal/verdict"
)

// states is a set of verdicts.
type states uint8

func stateOf(v verdict.Verdict) states { return 1 << v }

const everyState = states(7)

func (s states) has(v verdict.Verdict) bool { return s&stateOf(v) != 0 }

// tests tells criteria that no test has seen in one of their states. What no record could bring about is not asked for.
func (l *linter) tests() {
	automatic := false
	for i := range l.trial.Criteria {
		automatic = automatic || l.trial.Criteria[i].Program != nil
	}
	if !automatic {
		return
	}
	if len(l.trial.Tests) == 0 {
		l.tell(l.top("criteria"), noTests, "this trial has no test").Fix = "tests:"
		return
	}
	seen := map[string]states{}
	for _, t := range l.trial.Tests {
		note(seen, t.Expect)
		for _, c := range t.Cases {
			note(seen, c.Expect)
		}
	}
	for i := range l.trial.Criteria {
		c := &l.trial.Criteria[i]
		if c.Program == nil || c.Check != trial.Auto {
			continue
		}
		switch missing := missingStates(possible(c.Program), seen[c.ID]); {
		case missing == "":
		case seen[c.ID] == 0:
			l.tell(l.atID(i), untested, fmt.Sprintf("no test expects anything of %s: it can be %s", c.ID, missing))
		default:
			l.tell(l.atID(i), untested, fmt.Sprintf("no test expects %s to be %s", c.ID, missing))
		}
	}
}

func (l *linter) top(key string) mistake.Place {
	if root, _ := l.page.Tree(); root != nil {
		for _, f := range root.Fields {
			if f.Key.Value == key {
				return f.Key.Place
			}
		}
	}
	return mistake.Place{Line: 1, Column: 1, Length: 1}
}

func note(seen map[string]states, e trial.Expect) {
	for _, v := range e.Verdicts {
		seen[v.Criterion] |= stateOf(v.Verdict)
	}
}

func missingStates(can, seen states) string {
	var names []string
	for _, v := range []verdict.Verdict{verdict.Met, verdict.NotMet, verdict.Unknown} {
		if can.has(v) && !seen.has(v) {
			names = append(names, v.String())
		}
	}
	if n := len(names) - 1; n > 0 {
		return strings.Join(names[:n], ", ") + " or " + names[n]
	}
	return strings.Join(names, "")
}

// possible gives the verdicts that a program can come to.
func possible(p *rule.Program) states {
	of := make([]states, len(p.Nodes))
	for i := range p.Nodes {
		n := &p.Nodes[i]
		switch n.Op {
		case rule.OpLeaf:
			of[i] = leafStates(&p.Leaves[n.Leaf])
		case rule.OpKnown:
			of[i] = everyState
		case rule.OpNot:
			of[i] = each(of[n.Args[0]], verdict.Verdict.Not)
		case rule.OpAssume:
			if of[i] = of[n.Args[0]]; of[i].has(verdict.Unknown) {
				of[i] = of[i]&^stateOf(verdict.Unknown) | stateOf(verdict.Met)
			}
		case rule.OpNoneOf:
			of[i] = each(fold(of, n.Args, verdict.Verdict.Or), verdict.Verdict.Not)
		case rule.OpAnd:
			of[i] = fold(of, n.Args, verdict.Verdict.And)
		case rule.OpOr:
			of[i] = fold(of, n.Args, verdict.Verdict.Or)
		default:
			of[i] = everyState
		}
	}
	return of[len(of)-1]
}

func leafStates(q *rule.Leaf) states {
	switch q.Word {
	case "manual":
		return stateOf(verdict.Unknown)
	case "deceased":
		return stateOf(verdict.Met) | stateOf(verdict.NotMet)
	}
	return everyState
}

func each(s states, f func(verdict.Verdict) verdict.Verdict) states {
	var out states
	for v := verdict.Unknown; v <= verdict.NotMet; v++ {
		if s.has(v) {
			out |= stateOf(f(v))
		}
	}
	return out
}

func fold(of []states, args []int, f func(a, b verdict.Verdict) verdict.Verdict) states {
	out := of[args[0]]
	for _, a := range args[1:] {
		var next states
		for v := verdict.Unknown; v <= verdict.NotMet; v++ {
			if out.has(v) {
				next |= each(of[a], func(w verdict.Verdict) verdict.Verdict { return f(v, w) })
			}
		}
		out = next
	}
	return out
}
