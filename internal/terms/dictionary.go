// Package terms holds codes, code systems, value sets and (where one is loaded) hierarchies.
//
// A code means nothing without its system: 2106-3 is a race in one and a pregnancy test in the other. Everything here
// compares (system, code), and charts keep a CodeID of a Dictionary in place of both.
package terms

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"sync"
)

// CodeID stands for one (system, code) of a Dictionary; 0 stands for no code.
type CodeID uint32

// Coding is a code in its system, by the system's canonical URI.
type Coding struct{ System, Code string }

// Dictionary numbers codings. It only ever grows, so a CodeID stays true for the dictionary's life. The order of the
// numbers is the order of arrival and must never show in an output. It may be used by several goroutines.
//
// A short text (TextSystem) is numbered by its digest, TextCode: a dictionary is kept for as long as any record, and what a
// person wrote of a patient must be gone when that patient is.
type Dictionary struct {
	mu       sync.RWMutex
	ids      map[string]CodeID // system + NUL + code
	codings  []Coding
	bySystem map[string][]CodeID
}

// NewDictionary makes an empty one.
func NewDictionary() *Dictionary {
	return &Dictionary{ids: map[string]CodeID{}, codings: make([]Coding, 1), bySystem: map[string][]CodeID{}}
}

// Intern gives the number of a coding, a new one if need be. The system is canonicalised first; an empty code is 0.
func (d *Dictionary) Intern(system, code []byte) CodeID {
	if len(code) == 0 {
		return 0
	}
	if isTextSystem(system) {
		code = textCode(code)
	}
	var room [160]byte
	key := append(append(append(room[:0], system...), 0), code...)
	d.mu.RLock()
	id, ok := d.ids[string(key)]
	d.mu.RUnlock()
	if ok {
		return id
	}
	return d.add(string(key), Coding{CanonicalSystem(string(system)), strings.Clone(string(code))})
}

// ID is Intern for strings.
func (d *Dictionary) ID(c Coding) CodeID { return d.Intern([]byte(c.System), []byte(c.Code)) }

// TextCode is the code that stands for a short text in TextSystem: a digest, the same for a text with space around it. One
// that is such a digest already stands for itself, so that a dictionary can be filled from what another one holds.
func TextCode(text string) string { return string(textCode([]byte(text))) }

func textCode(text []byte) []byte {
	text = bytes.TrimSpace(text)
	if isDigest(text) {
		return text
	}
	sum := sha256.Sum256(text)
	return hex.AppendEncode([]byte(digestMark), sum[:16])
}

const digestMark = "sha256-"

func isDigest(b []byte) bool {
	if len(b) != len(digestMark)+32 || string(b[:len(digestMark)]) != digestMark {
		return false
	}
	for _, c := range b[len(digestMark):] {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// isTextSystem tells TextSystem in the spellings that have it as their canonical one.
func isTextSystem(system []byte) bool {
	return len(system) <= len(TextSystem)+1 && string(bytes.TrimSuffix(system, []byte("/"))) == TextSystem
}

func (d *Dictionary) add(key string, c Coding) CodeID {
	d.mu.Lock()
	defer d.mu.Unlock()
	if id, ok := d.ids[key]; ok {
		return id
	}
	canonical := c.System + "\x00" + c.Code
	id, ok := d.ids[canonical]
	if !ok {
		id = CodeID(len(d.codings))
		d.codings = append(d.codings, c)
		d.ids[canonical] = id
		d.bySystem[c.System] = append(d.bySystem[c.System], id)
	}
	d.ids[key] = id // the spelling met, so that the next look-up needs no canonicalising
	return id
}

// Coding gives the coding of a number; the zero Coding for 0.
func (d *Dictionary) Coding(id CodeID) Coding {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.codings[id]
}

// Len is one more than the greatest number given out.
func (d *Dictionary) Len() int {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return len(d.codings)
}

// All calls yield for every coding in the order of the numbers.
func (d *Dictionary) All(yield func(CodeID, Coding) bool) {
	n := d.Len()
	for id := CodeID(1); int(id) < n; id++ {
		if !yield(id, d.Coding(id)) {
			return
		}
	}
}

// find gives the number of a coding that is in the dictionary.
func (d *Dictionary) find(c Coding) (CodeID, bool) {
	if c.System == TextSystem {
		c.Code = TextCode(c.Code)
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	id, ok := d.ids[c.System+"\x00"+c.Code]
	return id, ok
}

// ofSystem calls yield for every coding of a system.
func (d *Dictionary) ofSystem(system string, yield func(CodeID, string)) {
	d.mu.RLock()
	ids, codings := d.bySystem[system], d.codings
	d.mu.RUnlock()
	for _, id := range ids { // both only grow, so what is read here stays as it is
		yield(id, codings[id].Code)
	}
}

// countOf is how many codings of a system there are.
func (d *Dictionary) countOf(system string) int {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return len(d.bySystem[system])
}

// Replace lets a number stand for another coding. What it stood for before gets a new number when it comes again: for codes
// that nobody may have any more.
func (d *Dictionary) Replace(id CodeID, c Coding) {
	d.mu.Lock()
	defer d.mu.Unlock()
	old := d.codings[id]
	for key, n := range d.ids {
		if n == id {
			delete(d.ids, key)
		}
	}
	d.codings = slices.Clone(d.codings) // others may be reading it as it was
	d.codings[id] = c
	d.ids[c.System+"\x00"+c.Code] = id
	d.bySystem[old.System] = slices.DeleteFunc(slices.Clone(d.bySystem[old.System]), func(n CodeID) bool { return n == id })
	d.bySystem[c.System] = append(slices.Clone(d.bySystem[c.System]), id)
}
