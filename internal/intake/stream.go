package intake

import (
	"errors"
	"io"
	"strconv"
)

// stream gives the values of a text one by one, however large the text: it holds the bytes of one resource at a time.
type stream struct {
	from    io.Reader
	scan    *scanner
	buf     []byte
	at, end int
	ended   bool
	failed  error // of from
	limit   int64 // bytes of one value
}

const streamBuffer = 256 << 10

var errLong = errors.New("one resource is larger than the limit")

func (s *stream) reset(from io.Reader) {
	if s.buf == nil {
		s.buf = make([]byte, streamBuffer)
	}
	s.from, s.at, s.end, s.ended, s.failed = from, 0, 0, false, nil
}

// over lets the stream stand on a text that is in memory whole.
func (s *stream) over(whole []byte) {
	*s = stream{scan: s.scan, limit: s.limit, buf: whole, end: len(whole), ended: true}
}

// more reads on, keeping what was not used yet; it fails with errEnd when there is no more.
func (s *stream) more() error {
	if s.failed != nil {
		return s.failed
	}
	if s.ended {
		return errEnd
	}
	if s.at > 0 {
		s.end = copy(s.buf, s.buf[s.at:s.end])
		s.at = 0
	}
	if s.end == len(s.buf) {
		if int64(len(s.buf)) >= s.limit {
			return errLong
		}
		grown := make([]byte, 2*len(s.buf))
		copy(grown, s.buf[:s.end])
		s.buf = grown
	}
	// The buffer is filled to its end: a value that does not fit is scanned again from its start, and so only as often as
	// the buffer doubles.
	n, err := fill(s.from, s.buf[s.end:])
	s.end += n
	if err == nil {
		return nil
	}
	s.ended = true
	if err != io.EOF {
		s.failed = err
		return err
	}
	if n == 0 {
		return errEnd
	}
	return nil
}

// peek gives the next byte that is not space.
func (s *stream) peek() (byte, error) {
	for {
		s.at += space(s.buf[s.at:s.end], 0)
		if s.at < s.end {
			return s.buf[s.at], nil
		}
		if err := s.more(); err != nil {
			return 0, err
		}
	}
}

// take steps over one expected byte.
func (s *stream) take(c byte) error {
	b, err := s.peek()
	if err == nil && b != c {
		err = errSyntax
	}
	if err == nil {
		s.at++
	}
	return err
}

// value scans the next value and steps over it. The tape points into the stream's buffer until the next call.
func (s *stream) value(depth int) error {
	for {
		err := s.scan.scan(s.buf[s.at:s.end], depth)
		// A number that stands alone may go on behind the buffer.
		open := err == errEnd || err == nil && s.scan.tape[0].kind == number && s.at+s.scan.position == s.end
		if !open || s.ended {
			if err == nil {
				s.at += s.scan.position
			}
			return err
		}
		if err := s.more(); err != nil && err != errEnd {
			return err
		}
	}
}

// document reads one value from the stream: a Bundle entry by entry, anything else whole. When it fails nothing of the
// document is used.
func (l *loader) document(s *stream) error {
	c, err := s.peek()
	if err != nil {
		return err
	}
	if c != '{' {
		if err := s.value(0); err != nil {
			return l.broken(err, "")
		}
		l.reject("", reasonNoObject)
		return nil
	}
	d := document{loader: l, stream: s, start: s.at}
	s.at++
	if err := d.members(); err != nil {
		return l.broken(err, d.where)
	}
	if l.apart != nil {
		l.apart.what(d.kind, d.purpose)
	}
	d.close()
	return nil
}

const reasonNoObject = "a JSON object is expected: not a FHIR resource"

// document is one top-level object on its way.
type document struct {
	*loader
	stream  *stream
	head    []byte // the members that are not entries, as an object
	start   int    // of the document, in the buffer of a stream that stands on the whole text
	where   string
	kind    string
	purpose string // Bundle.type
	entries bool
	names   []string
	fault   fault
	faultAt string
}

// broken drops what was read and tells where it broke.
func (l *loader) broken(err error, where string) error {
	l.clear()
	reason := ""
	switch err {
	case errSyntax, errEnd, errNesting, errLong:
		reason = err.Error()
	default:
		return err
	}
	l.reject(where, reason)
	return errBroken
}

// errBroken ends a document that was rejected.
var errBroken = errors.New("broken document")

func (d *document) members() error {
	s := d.stream
	d.head = append(d.head, '{')
	if c, err := s.peek(); err != nil {
		return err
	} else if c == '}' {
		s.at++
		d.head = append(d.head, '}')
		return nil
	}
	for {
		if err := d.member(); err != nil {
			return err
		}
		c, err := s.peek()
		if err != nil {
			return err
		}
		s.at++
		switch c {
		case '}':
			d.head = append(d.head, '}')
			return nil
		case ',':
		default:
			return errSyntax
		}
	}
}

func (d *document) member() error {
	s := d.stream
	if c, err := s.peek(); err != nil {
		return err
	} else if c != '"' {
		return errSyntax
	}
	if err := s.value(1); err != nil {
		return err
	}
	d.noteFault("")
	written := node{s.scan, 0}.raw()
	name := string(s.scan.bytes(0))
	d.where = "/" + pointerName([]byte(name))
	for _, n := range d.names {
		if n == name && d.fault == noFault {
			d.fault, d.faultAt = duplicateName, d.where
		}
	}
	if len(d.names) < 256 {
		d.names = append(d.names, name)
	}
	before := len(d.head)
	if before > 1 {
		d.head = append(d.head, ',')
	}
	d.head = append(append(d.head, written...), ':')
	if err := s.take(':'); err != nil {
		return err
	}
	c, err := s.peek()
	if err != nil {
		return err
	}
	if name == "entry" && c == '[' && (d.kind == "Bundle" || d.kind == "") {
		d.head = d.head[:before]
		d.entries = true
		s.at++
		return d.entryList()
	}
	if err := s.value(1); err != nil {
		return err
	}
	d.noteFault(d.where)
	v := node{s.scan, 0}
	switch {
	case name == "resourceType" && v.is(text):
		d.kind = string(s.scan.bytes(0))
	case name == "type" && v.is(text):
		d.purpose = string(s.scan.bytes(0))
	}
	d.head = append(d.head, v.raw()...)
	if int64(len(d.head)) > s.limit {
		return errLong
	}
	return nil
}

func (d *document) noteFault(where string) {
	if d.stream.scan.fault != noFault && d.fault == noFault {
		d.fault, d.faultAt = d.stream.scan.fault, where+d.stream.scan.faultAt
	}
}

func (d *document) entryList() error {
	s := d.stream
	if c, err := s.peek(); err != nil {
		return err
	} else if c == ']' {
		s.at++
		return nil
	}
	for i := 0; ; i++ {
		d.where = "/entry/" + strconv.Itoa(i)
		if err := s.value(2); err != nil {
			d.where += s.scan.path()
			return err
		}
		if s.scan.fault != noFault {
			d.loseEntry(node{s.scan, 0}, d.where)
		} else {
			d.entry(node{s.scan, 0}, d.where, 0)
		}
		c, err := s.peek()
		if err != nil {
			return err
		}
		s.at++
		switch c {
		case ']':
			return nil
		case ',':
		default:
			return errSyntax
		}
	}
}

// close deals with what is not an entry: the rest of the Bundle, or the single resource.
func (d *document) close() {
	if d.kind != "Bundle" {
		d.clear() // of the entries of another kind, such as a List
		d.single()
		return
	}
	if d.fault != noFault {
		d.clear()
		d.reject(d.faultAt, faultTexts[d.fault])
		return
	}
	d.counts.resources++
	if !d.entries && d.scan.scan(d.head, 0) == nil {
		d.bundle(node{&d.scan, 0}, "", 0) // without a list of entries
	}
}

// single reads a resource that stands alone.
func (d *document) single() {
	whole := d.head
	if d.apart != nil {
		whole = d.stream.buf[d.start:d.stream.at] // as it was written
	}
	if n, ok := d.one(whole, ""); ok {
		d.anyResource(n, nil, "", 0)
	}
}
