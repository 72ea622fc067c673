package mistake

import "reflect"

// Key is one key that Decode knows in a struct, as the tags describe it.
type Key struct {
	Name     string
	Required bool
	Block    bool // an expression, below a |
	Bare     bool // a text may stand in place of the group and means this key
	Words    []string
	Type     reflect.Type
}

// Keys gives the keys of a struct that Decode fills, in the order in which the struct lists them.
func Keys(t reflect.Type) []Key {
	var keys []Key
	for _, f := range fieldsOf(t) {
		keys = append(keys, Key{f.name, f.required, f.block, f.bare, f.words, t.Field(f.index).Type})
	}
	return keys
}

// Shape says what a type that Decode fills looks like in a file; elem is the type of a list's entries or of what a pointer
// points to.
func Shape(t reflect.Type) (kind FieldKind, elem reflect.Type) {
	switch {
	case t == textType:
		return AText, nil
	case t == pairsType:
		return APairs, nil
	case t == nodeType:
		return Anything, nil
	case t.Kind() == reflect.Pointer:
		return Shape(t.Elem())
	case t.Kind() == reflect.Bool:
		return AYesNo, nil
	case t.Kind() == reflect.Slice:
		return AList, t.Elem()
	}
	return AGroup, t
}

// FieldKind is what may stand behind a key.
type FieldKind uint8

// The kinds. APairs is a group whose keys are the author's own.
const (
	AText FieldKind = iota
	AYesNo
	AList
	AGroup
	APairs
	Anything
)
