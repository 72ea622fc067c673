package intake

import "errors"

// kind is what a token is.
type kind uint8

const (
	null kind = iota
	falsity
	truth
	number
	text
	object
	array
)

// token is one value or member name of a scanned text. A container's tokens follow it up to next; an object's come in
// pairs, name and value.
type token struct {
	start, end uint32 // in the bytes; strings without their quotes
	next       uint32 // token after this one and everything inside it
	kind       kind
	escaped    bool // a string with a backslash in it
}

// fault is something that makes one resource unusable while the text around it can still be read.
type fault uint8

const (
	noFault fault = iota
	duplicateName
	badText
	tooDeep
	longNumber
)

var faultTexts = [...]string{
	duplicateName: "the same member name twice in one object",
	badText:       "text that is not valid UTF-8",
	tooDeep:       "nested too deeply",
	longNumber:    "a number with more than 30 digits or an exponent beyond 30",
}

// Errors that end the reading of a text: what follows cannot be told apart any more.
var (
	errSyntax  = errors.New("not well-formed JSON")
	errEnd     = errors.New("ends in the middle of a JSON value") // also: more bytes are needed
	errNesting = errors.New("nested beyond 10,000 levels")
)

const hardDepth = 10_000

// frame is an object or array that is still open.
type frame struct {
	token uint32
	last  uint32 // token of the last member name, or the number of elements so far
	names uint32
	bloom uint64
	set   map[string]struct{} // names of a wide object
}

// scanner checks one JSON value strictly (https://www.rfc-editor.org/rfc/rfc8259: grammar, UTF-8, no name twice in an
// object, no lone surrogates, limits) and lays its tokens on a tape. It is written for the bytes of one resource: unlike
// a token stream, the tape lets whatever is not asked for be stepped over at no cost, and a fault in one resource does
// not end the document.
type scanner struct {
	src      []byte
	tape     []token
	stack    []frame
	limit    int // depth at which tooDeep is reported
	fault    fault
	faultAt  string // pointer inside the value
	position int    // where scanning stopped: the end of the value, or the place of the error
}

// scan reads one value that begins at src[0], after optional space. depth is how deep the value already stands.
func (s *scanner) scan(src []byte, depth int) error {
	s.src, s.tape, s.stack, s.fault, s.faultAt = src, s.tape[:0], s.stack[:0], noFault, ""
	s.limit = max(maxDepth-depth, 1)
	i, err := s.run(0)
	s.position = i
	return err
}

// run is one loop over values, so that nesting costs no stack.
func (s *scanner) run(i int) (int, error) {
	src := s.src
	for {
		i = space(src, i)
		if i >= len(src) {
			return i, errEnd
		}
		at := uint32(len(s.tape))
		switch c := src[i]; c {
		case '{', '[':
			i++
			k, closing := object, byte('}')
			if c == '[' {
				k, closing = array, ']'
			}
			s.tape = append(s.tape, token{start: uint32(i - 1), kind: k})
			if i = space(src, i); i >= len(src) {
				return i, errEnd
			}
			if src[i] == closing {
				i++
				s.tape[at].end, s.tape[at].next = uint32(i), at+1
				break
			}
			if err := s.open(at); err != nil {
				return i, err
			}
			if k == array {
				continue
			}
			var err error
			if i, err = s.name(i); err != nil {
				return i, err
			}
			continue
		case '"':
			end, escaped, err := s.str(i + 1)
			if err != nil {
				return end, err
			}
			s.tape = append(s.tape, token{uint32(i + 1), uint32(end), at + 1, text, escaped})
			i = end + 1
		default:
			end, k, err := s.scalar(i)
			if err != nil {
				return end, err
			}
			s.tape = append(s.tape, token{uint32(i), uint32(end), at + 1, k, false})
			i = end
		}
		var err error
		if i, err = s.after(i); err != nil {
			return i, err
		}
		if len(s.stack) == 0 {
			return i, nil
		}
	}
}

// after closes what ends behind a value and stands at the next one.
func (s *scanner) after(i int) (int, error) {
	for len(s.stack) > 0 {
		if i = space(s.src, i); i >= len(s.src) {
			return i, errEnd
		}
		f := &s.stack[len(s.stack)-1]
		t := &s.tape[f.token]
		switch c := s.src[i]; {
		case c == ',' && t.kind == object:
			if i = space(s.src, i+1); i >= len(s.src) {
				return i, errEnd
			}
			return s.name(i)
		case c == ',':
			f.last++
			return i + 1, nil
		case c == '}' && t.kind == object, c == ']' && t.kind == array:
			i++
			t.end, t.next = uint32(i), uint32(len(s.tape))
			s.stack = s.stack[:len(s.stack)-1]
		default:
			return i, errSyntax
		}
	}
	return i, nil
}

func (s *scanner) open(at uint32) error {
	if len(s.stack) >= s.limit {
		if len(s.stack) >= hardDepth {
			return errNesting
		}
		s.report(tooDeep)
	}
	s.stack = append(s.stack, frame{token: at})
	return nil
}

// name reads a member name and its colon.
func (s *scanner) name(i int) (int, error) {
	if s.src[i] != '"' {
		return i, errSyntax
	}
	end, escaped, err := s.str(i + 1)
	if err != nil {
		return end, err
	}
	at := uint32(len(s.tape))
	s.tape = append(s.tape, token{uint32(i + 1), uint32(end), at + 1, text, escaped})
	f := &s.stack[len(s.stack)-1]
	f.last = at
	if !s.fresh(f, at) {
		s.report(duplicateName)
	}
	if i = space(s.src, end+1); i >= len(s.src) {
		return i, errEnd
	}
	if s.src[i] != ':' {
		return i, errSyntax
	}
	return i + 1, nil
}

const wide = 48 // names from which on a set pays

// fresh tells whether the name at a token is new in its object. A 64-bit filter answers nearly always.
func (s *scanner) fresh(f *frame, at uint32) bool {
	n := s.bytes(at)
	f.names++
	if f.names > wide {
		return s.freshInSet(f, n, at)
	}
	var h uint
	if len(n) > 0 {
		h = uint(len(n))*5 ^ uint(n[0])*3 ^ uint(n[len(n)-1])*7 ^ uint(n[len(n)/2])*13
	}
	bit := uint64(1) << (h & 63)
	if f.bloom&bit == 0 {
		f.bloom |= bit
		return true
	}
	for t := f.token + 1; t < at; t = s.tape[t+1].next {
		if string(s.bytes(t)) == string(n) {
			return false
		}
	}
	return true
}

func (s *scanner) freshInSet(f *frame, n []byte, at uint32) bool {
	if f.set == nil {
		f.set = make(map[string]struct{}, 2*wide)
		for t := f.token + 1; t < at; t = s.tape[t+1].next {
			f.set[string(s.bytes(t))] = struct{}{}
		}
	}
	if _, taken := f.set[string(n)]; taken {
		return false
	}
	f.set[string(n)] = struct{}{}
	return true
}
