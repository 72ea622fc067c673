package rule

import (
	"strings"

	"prescreen/internal/terms"
	"prescreen/internal/verdict"
)

// unloaded judges again where a set asks for what stands below a code and the hierarchy that tells is not loaded: the set
// may have members that nobody knows. An answer stays only if no further record could change it; all else is open.
func (e *Evaluator) unloaded(l *boundLeaf) {
	if e.leaf.Verdict != verdict.Unknown && l.staysWithMore(e.leaf.Verdict) {
		return
	}
	switch e.leaf.Cause {
	case verdict.NoCause, verdict.NeverRecorded, verdict.OutsideWindow, verdict.ListEmpty, verdict.RecordTooShort,
		verdict.NotSeenSince, verdict.FeedLate, verdict.SuggestedNotCoded:
		facts := e.leaf.Facts // they are evidence already
		e.leaf = verdict.Leaf{Number: e.leaf.Number, Cause: verdict.HierarchyNotLoaded, Code: sayHierarchy, Facts: facts}
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
	set := t.bound.Set
	if !t.bound.picked.unloaded {
		set = t.bound.suggestionUnloaded()
	}
	found := "No listed code of " + set.Name + " is on record"
	if len(t.leaf.Facts) > 0 {
		i := t.last()
		found = "By its listed codes, the last record of " + set.Name + " is of " + t.day(t.fact(i).Begin, t.source(i).Date)
	}
	return found + ", but the codes below them are not known: " + t.notLoaded(set)
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
