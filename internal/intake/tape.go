package intake

import (
	"bytes"
	_ "embed" // the names of elements
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// bytes gives the characters of a string token, unescaped, or the text of any other.
func (s *scanner) bytes(t uint32) []byte {
	k := s.tape[t]
	b := s.src[k.start:k.end]
	if k.escaped {
		return unescape(b)
	}
	return b
}

// unescape resolves the backslashes of a string that was checked.
func unescape(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] != '\\' {
			out = append(out, b[i])
			continue
		}
		i++
		switch b[i] {
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			r, _ := hex4(b, i+1)
			i += 4
			if r >= 0xD800 && r <= 0xDFFF {
				low, err := hex4(b, min(i+3, len(b)))
				if r < 0xDC00 && err == nil && low >= 0xDC00 && low <= 0xDFFF {
					r = (r-0xD800)<<10 | (low - 0xDC00) + 0x10000
					i += 6
				} else {
					r = utf8.RuneError
				}
			}
			out = utf8.AppendRune(out, r)
		default:
			out = append(out, b[i])
		}
	}
	return out
}

// report keeps the first fault and where it is.
func (s *scanner) report(f fault) {
	if s.fault != noFault {
		return
	}
	s.fault = f
	var b strings.Builder
	for i := range s.stack {
		f := &s.stack[i]
		b.WriteByte('/')
		if s.tape[f.token].kind == array {
			b.WriteString(strconv.Itoa(int(f.last)))
		} else if f.last > 0 {
			b.WriteString(pointerName(s.bytes(f.last)))
		}
	}
	s.faultAt = b.String()
}

//go:embed elements.txt
var elementNames string

// elements are the names of all elements of FHIR R4 (https://hl7.org/fhir/R4/resourcelist.html), one a line in elements.txt.
var elements = sync.OnceValue(func() map[string]bool {
	all := map[string]bool{}
	for name := range strings.Lines(elementNames) {
		all[strings.TrimSuffix(name, "\n")] = true
	}
	return all
})

// pointerName writes a member name as a JSON pointer does. Only names of FHIR's own are shown, with the sign of a primitive's
// extension (https://hl7.org/fhir/R4/json.html#primitive): anything else may be a value in the wrong place.
func pointerName(n []byte) string {
	if !elements()[string(bytes.TrimPrefix(n, []byte("_")))] {
		return "?"
	}
	return string(n)
}

// node is a value on the tape; the zero node is an absent one.
type node struct {
	s *scanner
	t uint32
}

func (n node) is(k kind) bool { return n.s != nil && n.s.tape[n.t].kind == k }

func (n node) given() bool { return n.s != nil && n.s.tape[n.t].kind != null }

func (n node) next() uint32 { return n.s.tape[n.t].next }

// members calls yield for each member of an object, in its order.
func (n node) members(yield func(name []byte, v node) bool) {
	if !n.is(object) {
		return
	}
	for t, end := n.t+1, n.next(); t < end; t = n.s.tape[t+1].next {
		if !yield(n.s.bytes(t), node{n.s, t + 1}) {
			return
		}
	}
}

// elements calls yield for each element of an array with its place.
func (n node) elements(yield func(int, node) bool) {
	if !n.is(array) {
		return
	}
	i := 0
	for t, end := n.t+1, n.next(); t < end; t = n.s.tape[t].next {
		if !yield(i, node{n.s, t}) {
			return
		}
		i++
	}
}

// get finds a member by its exact name.
func (n node) get(name string) node {
	if !n.is(object) {
		return node{}
	}
	for t, end := n.t+1, n.next(); t < end; t = n.s.tape[t+1].next {
		if string(n.s.bytes(t)) == name {
			return node{n.s, t + 1}
		}
	}
	return node{}
}

// raw gives the bytes of the value as they stand, for a number, object or array.
func (n node) raw() []byte {
	k := n.s.tape[n.t]
	if k.kind == text {
		return n.s.src[k.start-1 : k.end+1]
	}
	return n.s.src[k.start:k.end]
}

// path is the JSON pointer of the place where scanning stopped.
func (s *scanner) path() string {
	f, at := s.fault, s.faultAt
	s.fault = noFault
	s.report(badText)
	where := s.faultAt
	s.fault, s.faultAt = f, at
	return where
}
