package terms

import (
	"cmp"
	"slices"
	"strings"
)

// Standing is a code with the sets in which it is written, in the order of their names.
type Standing struct {
	Coding
	Sets  []string
	Names []string // what it is called there, each once
}

// SharedResults gives the codes that are written in two sets of results, sorted. Each of the two would answer with the
// other's values, unless their units keep them apart.
func (l *Library) SharedResults() []Standing {
	return l.standing(func(s *Standing) bool { return len(s.Sets) > 1 }, Domain.OfResults)
}

// NamedDifferently gives the codes that have several names, sorted. One of them may stand beside the wrong code.
func (l *Library) NamedDifferently() []Standing {
	return l.standing(func(s *Standing) bool { return len(s.Names) > 1 }, func(Domain) bool { return true })
}

func (l *Library) standing(keep func(*Standing) bool, of func(Domain) bool) []Standing {
	found := map[Coding]*Standing{}
	for _, v := range l.sets {
		if !of(v.Domain) {
			continue
		}
		for _, e := range v.Own() {
			if e.Include != Self {
				continue
			}
			s := found[e.Coding]
			if s == nil {
				s = &Standing{Coding: e.Coding}
				found[e.Coding] = s
			}
			s.Sets = append(s.Sets, v.Name)
			if e.Display != "" && !slices.ContainsFunc(s.Names, func(n string) bool { return strings.EqualFold(n, e.Display) }) {
				s.Names = append(s.Names, e.Display)
			}
		}
	}
	var list []Standing
	for _, s := range found {
		if keep(s) {
			list = append(list, *s)
		}
	}
	slices.SortFunc(list, func(a, b Standing) int {
		return cmp.Or(strings.Compare(a.System, b.System), strings.Compare(a.Code, b.Code))
	})
	return list
}
