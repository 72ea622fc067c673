package author

import (
	"reflect"

	"prescreen/internal/mistake"
)

// KeyAbout is the description of a key.
func KeyAbout(name string) string { return keyAbout[name] }

// KeyNames gives all keys of a file, each named by its group.
func KeyNames(t reflect.Type) []string {
	var names []string
	seen := map[reflect.Type]bool{}
	var walk func(reflect.Type)
	walk = func(t reflect.Type) {
		kind, elem := mistake.Shape(t)
		switch {
		case kind == mistake.AList:
			walk(elem)
		case kind == mistake.AGroup && !seen[elem]:
			seen[elem] = true
			for _, k := range mistake.Keys(elem) {
				names = append(names, shapeName(elem)+"."+k.Name)
				walk(k.Type)
			}
		}
	}
	walk(t)
	return names
}
