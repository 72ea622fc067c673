package author

import (
	"errors"
	"reflect"
	"slices"
	"strings"

	"prescreen/internal/mistake"
	"prescreen/internal/terms"
	"prescreen/internal/trial"
)

// ErrNotFormed is returned for a file whose keys cannot be put in order because it holds mistakes of form.
var ErrNotFormed = errors.New("this file holds mistakes of form: prescreen check tells them")

// ErrLeft is returned where writing the file would lose a line or change what it says, as with an expression that was never
// written; the file is left alone then.
var ErrLeft = errors.New("this file cannot be written in the common style without changing what it says; it is left as it is")

// Format writes a file in the one common style: keys in the order of the reference, two blanks of indentation, one blank
// after a colon and a dash, no blanks at the ends of lines, at most one empty line in a row. Comments stay with what they
// stand above, and everything else stays byte for byte, above all within expressions. The text that comes out reads as the
// one that went in, or it is refused. site is the shape of the site's file.
func Format(name string, data []byte, site reflect.Type) ([]byte, error) {
	page := mistake.NewPage(name, data)
	root, told := page.Tree()
	if root == nil || told.HasErrors() || root.Kind != mistake.GroupNode {
		return nil, ErrNotFormed
	}
	var shape reflect.Type
	switch KindOf(page) {
	case TrialFile:
		shape = trial.FileShape()
	case SetsFile:
		shape = terms.FileShape()
	default:
		shape = site
	}
	if told := mistake.Decode(page, reflect.New(shape).Interface()); slices.ContainsFunc(told, ofForm) {
		return nil, ErrNotFormed
	}
	f := &formatter{page: page}
	f.findBlocks(root)
	out := f.file(root, shape)
	if !sameContent(page, out) {
		return nil, ErrLeft
	}
	return []byte(out), nil
}

// ofForm tells mistakes that make the order of keys doubtful.
func ofForm(m mistake.Mistake) bool {
	return slices.Contains([]string{mistake.UnknownKey, mistake.SameKeyTwice, mistake.WrongShape, mistake.NotPlainYAML, mistake.TwoDocuments}, m.Code)
}

// sameContent tells that two texts hold the same lines, in whatever order, and the same tree.
func sameContent(page *mistake.Page, out string) bool {
	after := mistake.NewPage(page.Name, []byte(out))
	a, _ := page.Tree()
	b, told := after.Tree()
	return b != nil && !told.HasErrors() && sameTree(a, b) && slices.Equal(contents(page.Rows()), contents(after.Rows()))
}

// contents are the lines without their indentation, sorted; the dash of an entry may have moved to another of its keys.
func contents(rows []string) []string {
	var all []string
	for _, r := range rows {
		text := strings.Join(strings.Fields(r), " ")
		for {
			rest, dash := strings.CutPrefix(text, "- ")
			if !dash {
				break
			}
			all, text = append(all, "-"), rest
		}
		if text != "" {
			all = append(all, text)
		}
	}
	slices.Sort(all)
	return all
}

// sameTree compares two trees; the order of keys does not matter, and neither do blanks at the ends of lines.
func sameTree(a, b *mistake.Node) bool {
	if a.Kind != b.Kind || a.Style != b.Style || trimmed(a.Text) != trimmed(b.Text) || len(a.Items) != len(b.Items) || len(a.Fields) != len(b.Fields) {
		return false
	}
	for i := range a.Items {
		if !sameTree(a.Items[i], b.Items[i]) {
			return false
		}
	}
	for _, f := range a.Fields {
		g := fieldOf(b, f.Key.Value)
		if g == nil || !sameTree(f.Value, g) {
			return false
		}
	}
	return true
}

func trimmed(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " \t")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

// keyOrder puts the keys of some groups otherwise than their struct lists them: what is short stands before what is long.
var keyOrder = map[string][]string{
	"set":   {"name", "synonyms", "domain", "course", "panel", "note", "sets", "codes", "exclude"},
	"trial": {"format", "trial", "rules", "use", "defaults", "protocol_lines", "criteria", "tests"},
}

// rank gives the place of each key in a group of a shape.
func rank(shape reflect.Type) map[string]int {
	order := map[string]int{}
	for _, name := range keyOrder[shapeName(shape)] {
		order[name] = len(order)
	}
	for _, k := range mistake.Keys(shape) {
		if _, placed := order[k.Name]; !placed {
			order[k.Name] = len(order)
		}
	}
	return order
}

// elemShape is the shape of a list's entries or of a group; nil where keys are the author's own.
func elemShape(shape reflect.Type) reflect.Type {
	if shape == nil {
		return nil
	}
	switch kind, elem := mistake.Shape(shape); kind {
	case mistake.AList, mistake.AGroup:
		return elem
	}
	return nil
}

func keyShape(group reflect.Type, key string) reflect.Type {
	if group == nil {
		return nil
	}
	for _, k := range mistake.Keys(group) {
		if k.Name == key {
			return k.Type
		}
	}
	return nil
}
