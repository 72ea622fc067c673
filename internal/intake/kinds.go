package intake

import (
	"maps"
	"slices"
)

// Kinds gives the resource types that are read, sorted: all others are only checked to be well-formed.
func Kinds() []string {
	kinds := append(slices.Collect(maps.Keys(kindReaders)), "Patient", "Medication")
	slices.Sort(kinds)
	return kinds
}
