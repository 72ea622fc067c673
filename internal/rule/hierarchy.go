package rule

import (
	"slices"
	"strings"

	"prescreen/internal/chart"
	"prescreen/internal/terms"
	"prescreen/internal/verdict"
)

// KindOf gives the kind of facts that sets of a domain pick from; languages pick from none.
func KindOf(d terms.Domain) chart.Kind { return kindOf(d) }

// unloaded judges again where a set asks for what stands below a code and the hierarchy that tells is not loaded: the set
// may have members that nobody knows. An answer stays only if no further record could change it; all else is open.
func (e *Evaluator) unloaded(l *boundLeaf) {
	if e.leaf.Verdict != verdict.Unknown && l.doubted == nil && l.staysWithMore(e.leaf.Verdict) {
		return
	}
	switch e.leaf.Cause {
	case verdict.NoCause, verdict.NeverRecorded, verdict.OutsideWindow, verdict.ListEmpty, verdict.RecordTooShort,
		verdict.NotSeenSince, verdict.FeedLate, verdict.SuggestedNotCoded:
		facts := e.leaf.Facts // they are evidence already
		e.leaf = verdict.Leaf{Number: e.leaf.Number, Cause: verdict.HierarchyNotLoaded, Code: sayHierarchy, Facts: facts}
	}
}

// doubt notes, for each leaf, a set beside its own that asks for a hierarchy that is not loaded: an exception, an event, an
// anchor, an input. More members of it could turn any answer.
func (b *Bound) doubt() {
	for i := range b.leaves {
		l := &b.leaves[i]
		for _, set := range append(slices.Clone(l.Besides), b.Program.Source.Anchor) {
			if set != nil && l.doubted == nil && len(set.Unloaded()) > 0 {
				l.doubted = set
			}
		}
	}
}

// staysWithMore tells whether an answer would be the same whatever else turned out to belong to the set.
func (l *boundLeaf) staysWithMore(v verdict.Verdict) bool {
	w := findWord(l.Word)
	if l.known || l.Limit == nil && w.Form == YesNo {
		return v == verdict.Met
	}
	if l.Limit == nil {
		return false
	}
	if l.Limit.Negate {
		v = v.Not()
	}
	switch {
	case l.Word == "times":
		r := &l.Limit.Range
		return v == verdict.Met && r.High == nil || v == verdict.NotMet && r.Low == nil
	case w.Gives != Amount:
		return false
	}
	return l.When.Pick == AnyOf && v == verdict.Met || l.When.Pick == AllOf && v == verdict.NotMet
}

// suggestionUnloaded gives a set that would make silence doubtful, were all its codes known.
func (l *boundLeaf) suggestionUnloaded() *terms.ValueSet {
	for i := range l.suggest {
		if l.hard && l.suggest[i].unloaded {
			return l.suggest[i].set
		}
	}
	return nil
}

// hierarchy tells that an answer is open because codes of a set are not known.
func (t *teller) hierarchy() string {
	set := t.unloadedSet()
	if set == nil {
		set = t.bound.suggestionUnloaded()
	}
	if set == t.bound.doubted {
		return "What belongs to " + set.Name + " is not known wholly: " + t.notLoaded(set)
	}
	found := "No listed code of " + set.Name + " is on record"
	if len(t.leaf.Facts) > 0 {
		i := t.last()
		found = "By its listed codes, the last record of " + set.Name + " is of " + t.day(t.fact(i).Begin, t.source(i).Date)
	}
	return found + ", but the codes below them are not known: " + t.notLoaded(set)
}

// unloadedSet gives the set of a leaf that asks for a hierarchy that is not loaded, its own first; nil where there is none.
func (t *teller) unloadedSet() *terms.ValueSet {
	if t.bound.picked.unloaded {
		return t.bound.Set
	}
	return t.bound.doubted
}

// notLoaded ends a sentence about a set that asks for a hierarchy.
func (t *teller) notLoaded(set *terms.ValueSet) string {
	var names []string
	for _, s := range set.Unloaded() {
		names = append(names, systemName(s))
	}
	return "the hierarchy of " + strings.Join(names, " and ") + " is not loaded. To settle: load it."
}

func systemName(uri string) string {
	switch uri {
	case terms.SNOMED:
		return "SNOMED CT"
	case terms.RxNorm:
		return "RxNorm"
	}
	return terms.ShortName(uri)
}
