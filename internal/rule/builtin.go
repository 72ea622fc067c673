package rule

import (
	"slices"

	"prescreen/internal/terms"
)

// BuiltinSets gives the value sets that words about the person look into where the library has none of their names.
func BuiltinSets() []*terms.ValueSet {
	var names []string
	for _, sets := range personWords {
		names = append(names, sets...)
	}
	slices.Sort(names)
	var out []*terms.ValueSet
	for _, name := range slices.Compact(names) {
		out = append(out, builtinSet(name))
	}
	return out
}
