package intake

import (
	"strconv"
	"strings"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/quantity"
	"prescreen/internal/terms"
)

// reader reads the fields of one resource from its tape. A field of the wrong JSON type, or a code outside its list, makes
// the whole resource unusable; what is merely not understood is a gap. It is used again for the next resource.
type reader struct {
	scan  scanner
	root  uint32 // token of the resource
	draft draft
	codes codeTable
	zone  zone
	bad   badField
	out   patientFields
}

// badField is why a resource is rejected: the first reason found.
type badField struct {
	at     node
	reason string
	path   string // in place of at, when the place is known as a pointer
}

func (r *reader) fail(n node, reason string) {
	if r.bad.reason == "" {
		r.bad = badField{at: n, reason: reason}
	}
}

// pointer is the JSON pointer of a node from the root of the resource, found by going down the tape.
func (r *reader) pointer(n node) string {
	var b strings.Builder
	at := node{&r.scan, r.root}
	for at.t != n.t {
		step := ""
		if at.is(array) {
			for i, v := range at.elements {
				if n.t < v.next() {
					step, at = strconv.Itoa(i), v
					break
				}
			}
		} else {
			for name, v := range at.members {
				if n.t < v.next() {
					step, at = pointerName(name), v
					break
				}
			}
		}
		if step == "" {
			break
		}
		b.WriteByte('/')
		b.WriteString(step)
	}
	return b.String()
}

func (r *reader) gap(k chart.GapKind, n node) { r.draft.gap(k, r.pointer(n)) }

// str reads a string; nil when absent.
func (r *reader) str(n node) []byte {
	if !n.given() {
		return nil
	}
	if !n.is(text) {
		r.fail(n, "a string is expected")
		return nil
	}
	return n.s.bytes(n.t)
}

// flag reads a boolean.
func (r *reader) flag(n node) (value, given bool) {
	if !n.given() {
		return false, false
	}
	if !n.is(truth) && !n.is(falsity) {
		r.fail(n, "true or false is expected")
		return false, false
	}
	return n.is(truth), true
}

func (r *reader) obj(n node) bool {
	if n.given() && !n.is(object) {
		r.fail(n, "an object is expected")
	}
	return n.is(object)
}

func (r *reader) list(n node) bool {
	if n.given() && !n.is(array) {
		r.fail(n, "an array is expected")
	}
	return n.is(array)
}

// decimal reads a number exactly as it stands.
func (r *reader) decimal(n node) (quantity.Decimal, bool) {
	if !n.given() {
		return quantity.Decimal{}, false
	}
	if !n.is(number) {
		r.fail(n, "a number is expected")
		return quantity.Decimal{}, false
	}
	d, err := quantity.ParseBytes(n.raw())
	if err != nil {
		r.fail(n, "a number beyond what a record may hold")
		return quantity.Decimal{}, false
	}
	return d, true
}

// when reads a date, dateTime or instant. What is not one leaves the time unknown, as a gap.
func (r *reader) when(n node) (dates.When, []byte) {
	b := r.str(n)
	if len(b) == 0 {
		return dates.When{}, nil
	}
	w, err := r.zone.when(b)
	if err != nil {
		r.gap(GapDate, n)
		return dates.When{}, nil
	}
	return w, b
}

// period reads start and end.
func (r *reader) period(n node) (p period) {
	if !r.obj(n) {
		return p
	}
	p.begin, p.beginText = r.when(n.get("start"))
	p.end, p.endText = r.when(n.get("end"))
	if p.begin.Known() && p.end.Known() && p.begin.Compare(p.end) == dates.After {
		r.gap(GapDate, n) // which of the two is wrong is not on record
		return period{}
	}
	return p
}

type period struct {
	begin, end         dates.When
	beginText, endText []byte
}

// within is the one time of something that happened at some time of the period.
func (p period) within() (dates.When, []byte) {
	switch {
	case !p.begin.Known():
		return p.end, p.endText
	case !p.end.Known() || p.begin == p.end:
		return p.begin, p.beginText
	case p.begin.From == p.end.To:
		return dates.On(p.end.To), p.beginText
	}
	return dates.Within(p.begin.From, p.end.To), p.beginText
}

// concept appends the codings of a CodeableConcept and gives its words: the text, else the first display.
func (r *reader) concept(n node, dst []terms.CodeID) ([]terms.CodeID, []byte) {
	if !r.obj(n) {
		return dst, nil
	}
	var words, display []byte
	for name, v := range n.members {
		switch string(name) {
		case "text":
			words = r.str(v)
		case "coding":
			if !r.list(v) {
				continue
			}
			for _, c := range v.elements {
				id, shown := r.coding(c)
				if id != 0 {
					dst = append(dst, id)
				}
				if display == nil {
					display = shown
				}
			}
		}
	}
	if words == nil {
		words = display
	}
	return dst, words
}

func (r *reader) coding(n node) (terms.CodeID, []byte) {
	if !r.obj(n) {
		return 0, nil
	}
	var system, code, display []byte
	for name, v := range n.members {
		switch string(name) {
		case "system":
			system = r.str(v)
		case "code":
			code = r.str(v)
		case "display":
			display = r.str(v)
		}
	}
	return r.codes.id(system, code), display
}

// concepts reads an array of CodeableConcepts as one.
func (r *reader) concepts(n node, dst []terms.CodeID) ([]terms.CodeID, []byte) {
	var words []byte
	if r.list(n) {
		for _, v := range n.elements {
			var w []byte
			dst, w = r.concept(v, dst)
			if words == nil {
				words = w
			}
		}
	}
	return dst, words
}

// statusConcept gives the code of a CodeableConcept bound to one of HL7's own systems; a coding of another system says
// nothing here.
func (r *reader) statusConcept(n node, system string) (code []byte, at node) {
	if !r.obj(n) || !r.list(n.get("coding")) {
		return nil, n
	}
	for _, c := range n.get("coding").elements {
		if !r.obj(c) {
			return nil, c
		}
		s := r.str(c.get("system"))
		if len(s) == 0 || string(s) == system {
			return r.str(c.get("code")), c.get("code")
		}
	}
	return nil, n
}

// measure is a Quantity, or one of its kind: Age, Duration.
type measure struct {
	value      quantity.Decimal
	given      bool
	comparator quantity.Comparator
	unit       []byte // as recorded: the UCUM code, else the unit
	number     []byte
}

func (r *reader) quantity(n node) (m measure) {
	if !r.obj(n) {
		return m
	}
	var system, code []byte
	for name, v := range n.members {
		switch string(name) {
		case "value":
			if m.value, m.given = r.decimal(v); m.given {
				m.number = v.raw()
			}
		case "unit":
			m.unit = r.str(v)
		case "system":
			system = r.str(v)
		case "code":
			code = r.str(v)
		case "comparator":
			c, err := quantity.ParseComparator(string(r.str(v)))
			if err != nil {
				r.fail(v, "a comparator outside FHIR's list")
			}
			m.comparator = c
		}
	}
	if len(code) > 0 && (isUCUM(system) || len(m.unit) == 0) {
		m.unit = code
	}
	return m
}

func isUCUM(system []byte) bool {
	return string(system) == terms.UCUM || terms.CanonicalSystem(string(system)) == terms.UCUM
}

// reference reads a Reference; one by identifier alone is told by the identifier.
func (r *reader) reference(n node) reference {
	if !r.obj(n) {
		return reference{}
	}
	if ref := r.str(n.get("reference")); len(ref) > 0 {
		return parseReference(ref)
	}
	if id := n.get("identifier"); r.obj(id) {
		system, value := r.str(id.get("system")), r.str(id.get("value"))
		if len(system) > 0 && len(value) > 0 {
			return reference{identity: identityOf(system, value), known: true}
		}
	}
	return reference{}
}

// local gives the id that a reference to something of this patient names, for visits and medications.
func (r *reader) local(n node) []byte {
	ref := r.reference(n)
	if ref.urn != nil {
		return ref.urn
	}
	return ref.id
}

// setCode fills in a fact's codes and display.
func (r *reader) setCode(e *entry, n node) {
	e.codes, e.display = r.concept(n, e.codes)
}

// modifier notes a modifierExtension, or implicitRules that we cannot know: the fact may mean something else than it says
// (https://hl7.org/fhir/R4/extensibility.html#modifierExtension).
func (r *reader) modifier(n node, flags *chart.Flags) {
	if n.is(array) && n.next() > n.t+1 || n.is(text) {
		*flags |= chart.UnknownModifier
		r.gap(GapModifier, n)
	}
}
