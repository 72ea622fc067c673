package mistake

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Decode reads a file into a struct that describes it, and tells every mistake of form at once: unknown and repeated
// keys, missing ones, wrong shapes, words that are not among the allowed ones. What could be read is filled in even so, so
// that the caller can go on to mistakes of meaning.
//
// The fields of the struct are Text, bool, Pairs, *Node (kept as it stands), structs, pointers to structs, and slices of
// those. Their tags:
//
//	key:"name"      the key; ",required" after it: it must be there; ",block": an expression, below a |
//	key:",bare"     on one field of a struct: a text may stand where the group is expected and means this field
//	words:"a|b c"   the texts that are allowed
//
// An embedded Place is filled with where the struct begins.
func Decode(p *Page, into any) List {
	root, mistakes := p.Tree()
	d := &decoder{page: p, mistakes: mistakes}
	if root != nil {
		d.into(root, reflect.ValueOf(into).Elem(), "the file")
	}
	return d.mistakes
}

type decoder struct {
	page     *Page
	mistakes List
}

func (d *decoder) tell(at Place, code, message string) *Mistake {
	d.mistakes = append(d.mistakes, d.page.Mistake(at, code, message))
	return &d.mistakes[len(d.mistakes)-1]
}

var (
	textType  = reflect.TypeFor[Text]()
	pairsType = reflect.TypeFor[Pairs]()
	nodeType  = reflect.TypeFor[*Node]()
	placeType = reflect.TypeFor[Place]()
)

// into fills v from a node; name is how a message calls it.
func (d *decoder) into(n *Node, v reflect.Value, name string) {
	switch {
	case n.Kind == BadNode:
	case v.Type() == nodeType:
		v.Set(reflect.ValueOf(n))
	case n.Kind == NullNode:
		d.tell(n.Place, NoValue, name+" has no value").Because("", "a value, or take the line away")
	case v.Type() == textType:
		d.text(n, v.Addr().Interface().(*Text), name)
	case v.Type() == pairsType:
		d.pairs(n, v.Addr().Interface().(*Pairs), name)
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.into(n, v.Elem(), name)
	case v.Kind() == reflect.Bool:
		d.yesNo(n, v, name)
	case v.Kind() == reflect.Slice:
		d.list(n, v, name)
	case v.Kind() == reflect.Struct:
		d.group(n, v, name)
	default:
		panic("mistake: a field that Decode cannot fill: " + v.Type().String())
	}
}

func (d *decoder) shape(n *Node, want NodeKind, name, fix string) bool {
	if n.Kind == want {
		return true
	}
	d.tell(n.Place, WrongShape, fmt.Sprintf("%s is %s, not %s", name, want, n.Kind)).Because("", fix)
	return false
}

func (d *decoder) text(n *Node, into *Text, name string) {
	if d.shape(n, TextNode, name, "") {
		*into = Text{Place: n.Place, Value: n.Text, Style: n.Style}
	}
}

func (d *decoder) yesNo(n *Node, v reflect.Value, name string) {
	switch {
	case n.Kind == TextNode && n.Style == Plain && n.Text == "true":
		v.SetBool(true)
	case n.Kind == TextNode && n.Style == Plain && n.Text == "false":
		v.SetBool(false)
	default:
		m := d.tell(n.Place, WrongShape, name+" is true or false")
		m.Fix = "true"
		if slices.Contains([]string{"no", "off", "n", "0", "false"}, strings.ToLower(n.Text)) {
			m.Fix = "false"
		}
	}
}

func (d *decoder) list(n *Node, v reflect.Value, name string) {
	if !d.shape(n, ListNode, name, "each entry on a line of its own that begins with \"- \", or all in [ ], with commas") {
		return
	}
	list := reflect.MakeSlice(v.Type(), len(n.Items), len(n.Items))
	for i, item := range n.Items {
		d.into(item, list.Index(i), "an entry of "+name)
	}
	v.Set(list)
}

func (d *decoder) pairs(n *Node, into *Pairs, name string) {
	if !d.shape(n, GroupNode, name, "") {
		return
	}
	seen := map[string]int{}
	for _, f := range n.Fields {
		var value Text
		if d.twice(seen, f.Key) {
			continue
		}
		if f.Value.Kind == NullNode {
			d.tell(f.Key.Place, NoValue, quoted(f.Key.Value)+" has no value")
			continue
		}
		d.text(f.Value, &value, quoted(f.Key.Value))
		if value.Given() {
			*into = append(*into, Pair{f.Key, value})
		}
	}
}

func (d *decoder) twice(seen map[string]int, key Text) bool {
	if first, ok := seen[key.Value]; ok {
		d.tell(key.Place, SameKeyTwice, fmt.Sprintf("%s stands here a second time; the first is in line %d", quoted(key.Value), first)).
			Because("only one of the two could count", "")
		return true
	}
	seen[key.Value] = key.Line
	return false
}

// group fills a struct from keys.
func (d *decoder) group(n *Node, v reflect.Value, name string) {
	fields := fieldsOf(v.Type())
	if n.Kind == TextNode {
		for _, f := range fields {
			if f.bare {
				setPlace(v, n.Place)
				d.into(n, v.Field(f.index), name)
				d.allowed(v.Field(f.index), f)
				return
			}
		}
	}
	if !d.shape(n, GroupNode, name, "") {
		return
	}
	setPlace(v, n.Place)
	seen := map[string]int{}
	for _, f := range n.Fields {
		if !d.twice(seen, f.Key) {
			d.field(fields, f, v)
		}
	}
	for _, f := range fields {
		if _, ok := seen[f.name]; f.required && !ok {
			d.tell(n.Place, KeyMissing, fmt.Sprintf("%s needs the key %s", name, quoted(f.name)))
		}
	}
}

func (d *decoder) field(fields []field, f Field, v reflect.Value) {
	var names []string
	for _, known := range fields {
		if known.name != f.Key.Value {
			names = append(names, known.name)
			continue
		}
		if f.Value.Kind == NullNode {
			f.Value.Place = f.Key.Place
		}
		d.into(f.Value, v.Field(known.index), quoted(known.name))
		d.allowed(v.Field(known.index), known)
		return
	}
	m := d.tell(f.Key.Place, UnknownKey, quoted(f.Key.Value)+" is not a key that can stand here")
	switch near := Nearest(f.Key.Value, names); {
	case f.Key.Value != "" && f.Key.Value[0] >= '0' && f.Key.Value[0] <= '9':
		m.Why = "inside { } a comma ends a value: a number is written with a decimal point"
	case near != "":
		m.Fix = near
	default:
		m.Why = "the keys are: " + strings.Join(names, ", ")
	}
}

// allowed holds a text against its field's words and form.
func (d *decoder) allowed(v reflect.Value, f field) {
	t, ok := v.Interface().(Text)
	if !ok || !t.Given() {
		return
	}
	if f.block && t.Style != Block {
		d.mistakes = append(d.mistakes, notInBlock(d.page, t.Place, f.name, t.Value))
	}
	if len(f.words) > 0 {
		d.word(t, f.name, f.words)
	}
}

func (d *decoder) word(t Text, name string, words []string) {
	for _, w := range words {
		if w == t.Value {
			return
		}
	}
	fix := Nearest(t.Value, words)
	if len(words) == 1 {
		fix = words[0]
	}
	d.tell(t.Place, NotAllowed, fmt.Sprintf("%s cannot be %s", quoted(name), quoted(t.Value))).
		Because("it is one of: "+strings.Join(words, ", "), fix)
}

// field is what a struct's tag says.
type field struct {
	name     string
	index    int
	required bool
	block    bool
	bare     bool
	words    []string
}

func fieldsOf(t reflect.Type) []field {
	var fields []field
	for i := range t.NumField() {
		tag, ok := t.Field(i).Tag.Lookup("key")
		if !ok {
			continue
		}
		name, options, _ := strings.Cut(tag, ",")
		f := field{name: name, index: i}
		f.required = strings.Contains(options, "required")
		f.block = strings.Contains(options, "block")
		f.bare = strings.Contains(options, "bare")
		if w := t.Field(i).Tag.Get("words"); w != "" {
			f.words = strings.Split(w, "|")
		}
		fields = append(fields, f)
	}
	return fields
}

func setPlace(v reflect.Value, at Place) {
	if f := v.FieldByName("Place"); f.IsValid() && f.Type() == placeType {
		f.Set(reflect.ValueOf(at))
	}
}

func quoted(s string) string { return `"` + s + `"` }
