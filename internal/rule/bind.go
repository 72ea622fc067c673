package rule

import (
	"math/bits"
	"sync/atomic"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/quantity"
	"prescreen/internal/terms"
	"prescreen/internal/verdict"
)

// Bound is a program ready to be asked: its value sets resolved against a dictionary, its limits against the units met.
// It is read-only and may be shared; it is bound again when the dictionary or the units have grown.
type Bound struct {
	Program  *Program
	Settings Settings
	leaves   []boundLeaf
	order    []int      // in which the leaves are judged: those that hang on an event after the others; nil as they stand
	anchor   *boundLeaf // the set whose latest event windows are counted back from
	dict     *terms.Dictionary
	units    *chart.Units
}

// boundLeaf is a leaf with everything that does not depend on the chart.
type boundLeaf struct {
	*Leaf
	kind     chart.Kind
	judge    func(*Evaluator, *Bound, *boundLeaf) // fills in Evaluator.leaf
	picked   picked
	hard     bool // a not met by silence would work against the patient
	known    bool // asked by known(): no limit, a usable value is enough
	feed     *Feed
	onlyCode bool // the set is one single code: a refutation of it answers the whole question
	suggest  []suggestion
	kept     atomic.Pointer[windowOn]
	derived  *boundDerived  // of a derived value
	open     bool           // nothing on record is said to be unknown
	assumed  bool           // nothing on record is said to be not met
	event    *boundLeaf     // the set that an event of the when phrase is looked up in
	beside   []picked       // of the sets of a word about the person, by slot
	scales   []*answerScale // of their answers
	answers  *answerScale
	special  bool            // results answer by answers or by limits of normal, not as plain quantities
	sites    []siteLimit     // the site's limits of normal for the set
	doses    *doseTable      // of daily_dose
	change   *quantity.Range // the limit of change, which is none of the results' own
	reason   string          // of the assumption that the leaf stands in
	measure
	doubted *terms.ValueSet // a set beside its own that asks for a hierarchy that is not loaded
}

// measure tells how values in each unit met compare with the limit of a leaf.
type measure struct {
	limit *quantity.Range
	units []unitUse // by chart.UnitID
}

// unitUse is one unit as an analyte sees it.
type unitUse struct {
	accepted  bool
	toLimit   *quantity.Conversion
	plausible *quantity.Conversion // to the unit of the plausible range
}

// picked is a value set as a leaf looks it up in charts.
type picked struct {
	members  []terms.Member
	bits     []uint64 // by CodeID
	except   []uint64 // codes whose records do not count, by CodeID
	unloaded bool     // it asks for a hierarchy that is not loaded, so it may have more members
}

// suggestion is a bound `suggested by` line.
type suggestion struct {
	picked
	kind    chart.Kind
	measure measure
	text    string
	limited bool
	set     *terms.ValueSet
}

// Bind resolves a program against the codes and units that the charts use.
func Bind(p *Program, lib *terms.Library, dict *terms.Dictionary, units *chart.Units, s Settings) *Bound {
	b := &Bound{Program: p, Settings: s, dict: dict, units: units, leaves: make([]boundLeaf, len(p.Leaves))}
	positive, negative, known := p.polarity()
	reasons := p.assumptions()
	if p.Source.Anchor != nil {
		b.anchor = b.eventLeaf(p.Source.Anchor, lib)
	}
	for i := range p.Leaves {
		l := &b.leaves[i]
		l.Leaf = &p.Leaves[i]
		l.known = known[i]
		l.hard = positive[i] && p.Source.Kind == verdict.Inclusion || negative[i] && p.Source.Kind == verdict.Exclusion
		l.judge = judges[l.Word]
		if l.Derived != nil {
			b.bindDerived(l, lib)
		}
		l.reason = reasons[i]
		if l.Set != nil {
			b.bindSet(l, lib)
		}
		if l.Limit != nil {
			l.limit = &l.Limit.Range
		}
		b.bindMore(l, lib)
	}
	b.order = orderOf(b.leaves)
	b.doubt()
	return b
}

func (b *Bound) bindSet(l *boundLeaf, lib *terms.Library) {
	l.kind = kindOf(l.Set.Domain)
	if k, ok := wordKinds[l.Word]; ok {
		l.kind = k
	}
	l.picked = pick(l.Set, b.dict)
	l.onlyCode = len(l.Set.Entries) == 1 && l.Set.Entries[0].Include == terms.Self
	for i := range b.Settings.Feeds {
		if b.Settings.Feeds[i].Kind == l.Set.Domain.String() {
			l.feed = &b.Settings.Feeds[i]
		}
	}
	if l.Set.Analyte != nil && l.Word != "times" {
		unit := l.Set.Analyte.Canonical
		if l.Limit != nil && l.Limit.Unit != "" && l.Limit.Of == NoNormal && !l.Limit.Relative {
			unit = l.Limit.Unit
		}
		l.units = unitUses(l.Set.Analyte, unit, b.units)
	}
	open := b.Settings.SilenceOpen || b.Program.Source.Open
	notMet, said := b.Settings.Missing[l.Set.Domain]
	l.open, l.assumed = open || said && !notMet, notMet && !open
	for _, s := range l.Set.SuggestedBy {
		if set, ok := lib.Find(s.Set); ok {
			b.suggest(l, set, s)
		}
	}
}

func (b *Bound) suggest(l *boundLeaf, set *terms.ValueSet, s terms.Suggestion) {
	bound := suggestion{picked: pick(set, b.dict), kind: kindOf(set.Domain), text: s.Text, set: set}
	if s.Limit != nil && set.Analyte != nil {
		bound.limited = true
		bound.measure = measure{limit: s.Limit, units: unitUses(set.Analyte, s.Unit, b.units)}
	}
	l.suggest = append(l.suggest, bound)
}

func pick(set *terms.ValueSet, dict *terms.Dictionary) picked {
	bound := set.Bind(dict)
	p := picked{members: bound.All(), unloaded: bound.HierarchyMissing}
	if n := len(p.members); n > 0 {
		p.bits = make([]uint64, p.members[n-1].ID/64+1)
		for _, m := range p.members {
			p.bits[m.ID/64] |= 1 << (m.ID % 64)
		}
	}
	return p
}

// has tells whether a code is in the set.
func (p *picked) has(id terms.CodeID) bool {
	return int(id/64) < len(p.bits) && p.bits[id/64]&(1<<(id%64)) != 0
}

// says gives what the set's code states.
func (p *picked) says(id terms.CodeID) terms.Says {
	lo, hi := 0, len(p.members)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if p.members[mid].ID < id {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return p.members[lo].Says
}

// sparse tells that looking each member up beats walking an index of n codes.
func (p *picked) sparse(n int) bool { return len(p.members)*bits.Len(uint(n)) < n }

func unitUses(a *quantity.Analyte, limitUnit string, units *chart.Units) []unitUse {
	uses := make([]unitUse, units.Len())
	for id := range uses {
		name := units.Name(chart.UnitID(id))
		if id == 0 {
			name = a.UnitIfAbsent
		}
		if name == "" {
			continue
		}
		toLimit, err := a.Between(name, limitUnit)
		if err != nil {
			continue
		}
		toCanonical, err := a.Between(name, a.Canonical)
		if err != nil {
			continue
		}
		uses[id] = unitUse{accepted: true, toLimit: toLimit, plausible: toCanonical}
	}
	return uses
}

func kindOf(d terms.Domain) chart.Kind {
	return [...]chart.Kind{
		terms.Diagnosis: chart.Diagnosis, terms.Procedure: chart.Procedure, terms.Medication: chart.Medication,
		terms.Allergy: chart.Allergy, terms.Vaccine: chart.Vaccination, terms.Visit: chart.Visit,
		terms.Lab: chart.Result, terms.Vital: chart.Result, terms.Score: chart.Result, terms.Marker: chart.Result,
		terms.Stage: chart.Result, terms.FamilyHistory: chart.FamilyHistory, terms.Alert: chart.Flag,
		terms.Insurance: chart.Coverage,
		terms.Language:  chart.Flag, // languages are no facts: they stand in Person
	}[d]
}

// polarity tells for each leaf whether it stands under an even number of negations somewhere, under an odd number
// somewhere, and whether known() asks it.
func (p *Program) polarity() (positive, negative, known []bool) {
	n := len(p.Leaves)
	positive, negative, known = make([]bool, n), make([]bool, n), make([]bool, n)
	var walk func(node int, odd bool)
	walk = func(node int, odd bool) {
		nd := p.Nodes[node]
		switch nd.Op {
		case OpLeaf, OpKnown:
			positive[nd.Leaf] = positive[nd.Leaf] || !odd
			negative[nd.Leaf] = negative[nd.Leaf] || odd
			known[nd.Leaf] = known[nd.Leaf] || nd.Op == OpKnown
		}
		for _, a := range nd.Args {
			walk(a, odd != (nd.Op == OpNot || nd.Op == OpNoneOf))
		}
	}
	walk(len(p.Nodes)-1, false)
	return positive, negative, known
}

// windowOn is a leaf's window on a day. The first day asked about is kept: a whole run asks about it.
type windowOn struct {
	on     dates.Day
	window dates.Window
}

// window gives the window of a leaf on a day, the word's own where none is written.
func (l *boundLeaf) window(on dates.Day) dates.Window {
	if w := l.kept.Load(); w != nil && w.on == on {
		return w.window
	}
	w := windowOn{on, l.windowFor(on)}
	l.kept.CompareAndSwap(nil, &w)
	return w.window
}

func (l *boundLeaf) windowFor(on dates.Day) dates.Window {
	switch {
	case l.When.HasWindow:
		return l.When.Window.On(on)
	case l.Word == "daily_dose" && !l.When.ForAtLeast.IsZero():
		return dates.Window{From: on.Sub(l.When.ForAtLeast), To: on}
	case l.Word == "daily_dose" || l.Word == "enrolled" || l.Word == "flagged" || l.Word == "insured":
		return dates.Window{From: on, To: on}
	case l.When.Current || l.Word == "taking":
		return dates.Window{From: on, To: on}
	}
	return dates.Window{From: dates.Min, To: on}
}
