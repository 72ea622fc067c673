package intake

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// apart tells the resources of a document one by one, beside the loader that reads them. What is found while a resource is
// read belongs to the one that was begun last. Its methods that a Read calls may be called on nil.
type apart struct {
	doc    *Document
	scan   *scanner
	unique func(system []byte) bool
	words  map[string]string // texts that resources share
	refs   []string          // references of all resources
	lastIn map[string]int    // the last resource in which a reference was met
	kind   string            // of the document
	full   bool              // more entries than are taken
}

// maxEntries is how many entries a document may have: each costs many times the few bytes that it may be written with.
const maxEntries = 50_000

var errNoTables = errors.New("reading resources apart takes a dictionary and units: their numbers are in what is packed")

func newApart(o Options) (*loader, error) {
	if o.Dictionary == nil || o.Units == nil {
		return nil, errNoTables
	}
	l := newLoader(newRun(context.Background(), o))
	l.apart = &apart{doc: &Document{}, scan: &l.scan, unique: l.run.unique, words: map[string]string{}, lastIn: map[string]int{}}
	return l, nil
}

// readDocument reads a text that is in memory whole, entry by entry as a stream is read.
func (l *loader) readDocument(data []byte) *Document {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if err := notJSON(data); err != nil {
		l.reject("", err.Error())
		return l.finish()
	}
	l.expect(len(data))
	s := &l.stream
	s.scan, s.limit = &l.scan, l.run.options.Limits.Line
	s.over(data)
	if err := l.document(s); err == nil {
		if _, err := s.peek(); err != errEnd {
			l.clear()
			l.reject("", "something follows behind the end of the document")
		}
	}
	return l.finish()
}

// expect makes room for what a bundle of some size mostly holds, so that little has to grow.
func (l *loader) expect(size int) {
	entries := size/usualEntry + 4
	l.apart.doc.Resources = make([]Resource, 0, entries)
	l.pending = make([]pending, 0, entries)
	l.arena = make([]byte, 0, size/16)
	l.scan.tape = make([]token, 0, min(size/16, 1<<13))
}

// usualEntry is the bytes of an entry of a bundle as they are sent.
const usualEntry = 2500

func (l *loader) readResource(data []byte) *Resource {
	if n, ok := l.one(data, ""); ok {
		if k := n.get("resourceType"); !k.is(text) || string(k.s.bytes(k.t)) != "Bundle" {
			l.anyResource(n, nil, "", 0)
		}
	}
	doc := l.finish()
	if len(doc.Resources) == 0 {
		return &Resource{Raw: data, Problems: doc.Problems}
	}
	return &doc.Resources[0]
}

// notJSON tells a text that is plainly something else.
func notJSON(data []byte) error {
	switch first := space(data, 0); {
	case bytes.HasPrefix(data, []byte{0xfe, 0xff}), bytes.HasPrefix(data, []byte{0xff, 0xfe}):
		return errNotUTF8
	case first == len(data):
		return errEmpty
	case data[first] != '{' && data[first] != '[':
		return errNotJSON
	}
	return nil
}

func (a *apart) clear() {
	clear(a.doc.Resources)
	clear(a.lastIn)
	a.doc.Resources, a.doc.Problems, a.full = a.doc.Resources[:0], nil, false
}

// what notes what the document says that it is.
func (a *apart) what(kind, purpose string) {
	a.kind, a.doc.Bundle = kind, kind == "Bundle"
	if a.doc.Bundle {
		a.doc.Type = a.word([]byte(purpose))
	}
}

// begin begins the resource of an entry, or an entry without one. It is false when there are too many.
func (a *apart) begin(n node, where string, depth int) bool {
	if len(a.doc.Resources) >= maxEntries {
		if !a.full {
			a.full = true
			a.doc.Problems = append(a.doc.Problems, Problem{Pointer: where, Reason: fmt.Sprintf("more than %d entries: send them in parts", maxEntries)})
		}
		return false
	}
	a.doc.Resources = append(a.doc.Resources, Resource{Pointer: where, Nested: depth > 0})
	r := &a.doc.Resources[len(a.doc.Resources)-1]
	var res node
	for name, v := range n.members {
		switch string(name) {
		case "fullUrl":
			r.FullURL = a.str(v)
		case "request":
			a.request(&r.Request, v, where)
		case "resource":
			res = v
		}
	}
	if res.given() {
		r.Pointer += "/resource"
		a.describe(r, res)
	}
	return true
}

// beginAlone begins a resource that stands alone.
func (a *apart) beginAlone(n node) {
	a.doc.Resources = append(a.doc.Resources[:0], Resource{})
	a.describe(&a.doc.Resources[0], n)
	a.kind = a.doc.Resources[0].Type
}

// current is the number of the resource that is being read.
func (a *apart) current() int {
	if a == nil {
		return 0
	}
	return len(a.doc.Resources) - 1
}

// problem notes why the resource that is being read, or the document while there is none, cannot be used.
func (a *apart) problem(where, reason string) {
	p := Problem{Pointer: where, Reason: reason}
	if n := a.current(); n >= 0 {
		r := &a.doc.Resources[n]
		r.Problems = append(r.Problems, p)
		return
	}
	a.doc.Problems = append(a.doc.Problems, p)
}

// drugs notes the Medications that a draft refers to.
func (a *apart) drugs(d *draft) {
	r := &a.doc.Resources[a.current()]
	for i := range d.facts {
		if m := d.facts[i].medication; len(m) > 0 && !slices.Contains(r.Drugs, string(m)) {
			r.Drugs = append(r.Drugs, a.word(m))
		}
	}
}

// word gives a short text that many resources share. What is no text, in an entry with such a fault, is none.
func (a *apart) word(b []byte) string {
	if s, ok := a.words[string(b)]; ok {
		return s
	}
	if !utf8.Valid(b) {
		return ""
	}
	s := string(b)
	a.words[s] = s
	return s
}

// str gives a string; what is none is told by whoever needs it.
func (a *apart) str(n node) string {
	if !n.is(text) {
		return ""
	}
	if b := n.s.bytes(n.t); utf8.Valid(b) {
		return string(b)
	}
	return ""
}

// finish packs what was read, now that the whole document tells whose it is.
func (l *loader) finish() *Document {
	doc := l.apart.doc
	if len(doc.Problems) > 0 {
		doc.Resources = nil
	} else {
		l.packAll(doc.Resources)
		l.markClashes(doc.Resources)
	}
	for i := range doc.Problems {
		doc.Problems[i].Path = l.apart.path(doc.Problems[i].Pointer)
	}
	for i := range doc.Resources {
		for j := range doc.Resources[i].Problems {
			p := &doc.Resources[i].Problems[j]
			p.Path = l.apart.path(p.Pointer)
		}
	}
	return doc
}

// markClashes finds Patients of one id that cannot be one person.
func (l *loader) markClashes(list []Resource) {
	met := map[string]*patient{}
	for i := range l.people {
		a := &l.people[i]
		p := met[a.id]
		if p == nil {
			p = &patient{}
			met[a.id] = p
		}
		p.clashed = !p.agrees(&a.fields.person) || p.clashed
	}
	for i := range l.people {
		if a := &l.people[i]; met[a.id].clashed {
			r := &list[a.of]
			r.Problems = append(r.Problems, Problem{Pointer: a.pointer, Reason: reasonClash})
		}
	}
}

// path writes a JSON pointer into the document as a FHIRPath expression, up to the first name that may be none of FHIR's.
func (a *apart) path(pointer string) string {
	var b strings.Builder
	switch {
	case a.kind != "" && isType([]byte(a.kind)):
		b.WriteString(a.kind)
	case strings.HasPrefix(pointer, "/entry/"):
		b.WriteString("Bundle")
	default:
		b.WriteString("Resource")
	}
	for step := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		if step == "" || step == "?" {
			break
		}
		if _, err := strconv.ParseUint(step, 10, 32); err == nil {
			b.WriteString("[" + step + "]")
		} else {
			b.WriteString("." + step)
		}
	}
	return b.String()
}

// isType tells a name in the shape of FHIR's resource types.
func isType(b []byte) bool {
	if len(b) == 0 || len(b) > 64 || b[0] < 'A' || b[0] > 'Z' {
		return false
	}
	for _, c := range b {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return true
}
