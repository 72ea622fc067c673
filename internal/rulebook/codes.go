package rulebook

import (
	"prescreen/internal/chart"
	"prescreen/internal/rule"
	"prescreen/internal/terms"
	"prescreen/internal/trial"
)

// Codes is what screening asks about codes, answered from a cohort's dictionary. It is filled while the plan is made and
// only read afterwards, by all workers.
type Codes struct {
	book    *Book
	dict    *terms.Dictionary
	units   *chart.Units
	members map[*terms.ValueSet]*terms.Members
	shown   map[string]shownSet
}

// shownSet is a value set that a criterion shows beside it.
type shownSet struct {
	kind    chart.Kind
	members *terms.Members
}

// Codes makes what the book's trials are bound with.
func (b *Book) Codes(dict *terms.Dictionary, units *chart.Units) *Codes {
	c := &Codes{book: b, dict: dict, units: units, members: map[*terms.ValueSet]*terms.Members{}, shown: map[string]shownSet{}}
	for _, t := range b.Trials {
		for i := range t.Criteria {
			for _, name := range t.Criteria[i].Show {
				if set, ok := b.Library.Find(name); ok {
					c.shown[name] = shownSet{rule.KindOf(set.Domain), set.Bind(dict)}
				}
			}
		}
	}
	return c
}

// Records finds what a criterion shows. The sets were bound with the plan.
func (c *Codes) Records(set string, ch *chart.Chart) []uint32 {
	shown, ok := c.shown[set]
	if !ok {
		return nil
	}
	var out []uint32
	first, facts := ch.Of(shown.kind)
	for i := range facts {
		for _, id := range ch.CodesIn(facts[i].Codes) {
			if _, in := shown.members.Find(id); in {
				out = append(out, first+uint32(i))
				break
			}
		}
	}
	return out
}

func (c *Codes) Bind(t *trial.Trial, p *rule.Program) *rule.Bound {
	for i := range p.Leaves {
		if set := p.Leaves[i].Set; set != nil && c.members[set] == nil {
			c.members[set] = set.Bind(c.dict)
		}
	}
	return rule.Bind(p, c.book.Library, c.dict, c.units, c.book.settingsFor(t))
}

func (c *Codes) Coding(q *rule.Leaf, ch *chart.Chart, f *chart.Fact) (system, code string) {
	of := ch.CodesIn(f.Codes)
	if len(of) == 0 {
		return "", ""
	}
	chosen := of[0]
	if q.Set != nil {
		for _, id := range of {
			if _, in := c.members[q.Set].Find(id); in {
				chosen = id
				break
			}
		}
	}
	coding := c.dict.Coding(chosen)
	return coding.System, coding.Code
}

func (c *Codes) Codes(ch *chart.Chart, s chart.Span) []string {
	var out []string
	for _, id := range ch.CodesIn(s) {
		out = append(out, c.dict.Coding(id).Code)
	}
	return out
}

func (c *Codes) Occurring(q *rule.Leaf) (listed, occurring int) {
	if q.Set == nil {
		return 0, 0
	}
	return len(q.Set.Entries), len(c.members[q.Set].All())
}

// Holds tells whether a question about a value set was bound here.
func (c *Codes) Holds(set *terms.ValueSet) bool {
	_, ok := c.members[set]
	return ok
}
