package intake

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"hash/maphash"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"prescreen/internal/chart"
	"prescreen/internal/terms"
)

// loader is what one worker needs to read documents. The records of a document are held until it is known to be whole: of
// a bundle that breaks off nothing is used, for half a chart would be taken for a whole one.
type loader struct {
	reader
	run     *run
	stream  stream
	pending []pending
	arena   []byte            // the records of pending
	urns    map[string][]byte // ids of the document's Patients by the uuids of their fullUrls
	drugs   []drug
	people  []arrival
	misfits []Rejected
	counts  counts
	apart   *apart // where each resource is told by itself; nil in a Read
}

// counts of one document.
type counts struct {
	resources, patients int
	lost                int  // records of nobody
	unnamed             int  // misfits beyond those that are named
	flawed              bool // a misfit that is not merely something else than FHIR
}

// pending is a record whose subject is settled when its document ends.
type pending struct {
	subject    reference
	anyOf      []reference
	name       uint64 // digest of the resource's type and id; 0 for none
	start, end int
	of         int // number of the resource, where they are told apart
}

// drug is a Medication met: what references to it will find.
type drug struct {
	ids   [2]string // its id, and the uuid of its fullUrl where that differs
	codes []terms.CodeID
	words string
	of    int
}

// arrival is a Patient met.
type arrival struct {
	id         string
	start, end int // of its record in the arena
	fields     patientFields
	links      []ownerLink // fields.links, once the document's end has told whom they name
	pointer    string
	of         int
}

func newLoader(r *run) *loader {
	l := &loader{run: r, urns: map[string][]byte{}}
	l.codes = newCodeTable(r.dictionary, r.units)
	l.zone = zone{r.options.Zone}
	return l
}

func (l *loader) clear() {
	l.pending, l.arena, l.drugs, l.people, l.misfits = l.pending[:0], l.arena[:0], l.drugs[:0], l.people[:0], l.misfits[:0]
	clear(l.urns)
	l.counts = counts{}
	if l.apart != nil {
		l.apart.clear()
	}
}

// reject notes a misfit of the document; where is the pointer of what was being read.
func (l *loader) reject(where, reason string) {
	if l.apart != nil {
		l.apart.problem(where, reason)
		return
	}
	if reason != reasonNoType && reason != reasonNoObject {
		l.counts.flawed = true
	}
	if len(l.misfits) == maxMisfits {
		l.counts.unnamed++
		return
	}
	l.misfits = append(l.misfits, Rejected{Pointer: where, Reason: reason})
}

// entry reads one entry of a Bundle, scanned or part of a scanned text.
func (l *loader) entry(n node, where string, depth int) {
	if l.apart != nil && !l.apart.begin(n, where, depth) {
		return
	}
	if !n.is(object) {
		l.reject(where, reasonObject)
		return
	}
	var fullURL []byte
	if u := n.get("fullUrl"); u.is(text) {
		fullURL = u.s.bytes(u.t)
	}
	if res := n.get("resource"); res.given() {
		l.anyResource(res, fullURL, where+"/resource", depth)
	}
}

// maxBundles is how deep bundles may lie in bundles.
const maxBundles = 4

// anyResource reads the resource at n, whatever its kind.
func (l *loader) anyResource(n node, fullURL []byte, where string, depth int) {
	if !n.is(object) {
		l.reject(where, reasonObject)
		return
	}
	kind := n.get("resourceType")
	if !kind.is(text) {
		l.reject(where, reasonNoType)
		return
	}
	l.counts.resources++
	switch name := kind.s.bytes(kind.t); string(name) {
	case "Bundle":
		l.bundle(n, where, depth)
	case "Patient":
		l.onePatient(n, fullURL, where)
	case "Medication":
		l.oneMedication(n, fullURL, where)
	default:
		if k, ok := kindReaders[string(name)]; ok {
			l.oneResource(n, k, fullURL, where)
		}
	}
}

// bundle reads a Bundle that is scanned whole.
func (l *loader) bundle(n node, where string, depth int) {
	list := n.get("entry")
	switch {
	case list.given() && !list.is(array):
		l.reject(where+"/entry", "an array is expected")
	case depth >= maxBundles:
		l.reject(where, "bundles inside bundles beyond "+strconv.Itoa(maxBundles)+" levels")
	default:
		for i, e := range list.elements {
			l.entry(e, where+"/entry/"+strconv.Itoa(i), depth+1)
		}
	}
}

const (
	reasonNoType = "no resourceType: not a FHIR resource"
	reasonObject = "an object is expected"
)

// oneResource reads a resource into a record. One that cannot be used leaves a gap with its patient, and in doubt what it
// may have said.
func (l *loader) oneResource(n node, k kindReader, fullURL []byte, where string) {
	if !l.resource(n, k) {
		at := l.badPointer()
		l.reject(where+at, l.bad.reason)
		l.doubt(n, k, at)
	}
	l.identify(n, fullURL)
	l.hold()
}

// doubted are the kinds of resources that, where they cannot be used, may be the very thing that a question asks for: there
// is then no silence, and no earlier result is the latest. A consent that denies still denies.
var doubted = map[chart.Origin]chart.Kind{
	chart.FromCondition: chart.Diagnosis, chart.FromProcedure: chart.Procedure, chart.FromAllergyIntolerance: chart.Allergy,
	chart.FromMedicationRequest: chart.Medication, chart.FromMedicationStatement: chart.Medication,
	chart.FromMedicationAdministration: chart.Medication, chart.FromMedicationDispense: chart.Medication,
	chart.FromObservation: chart.Result, chart.FromConsent: chart.Consent,
}

// mostDoubted is how many facts of a resource that cannot be used are worth keeping.
const mostDoubted = 100

// doubt leaves in the draft of a resource that cannot be used what could be read of it, marked so that it decides nothing.
// Of one that its author took back only the gap is left.
func (l *loader) doubt(n node, k kindReader, at string) {
	d := &l.draft
	kind, kept := doubted[k.origin]
	if !kept || len(d.facts) > mostDoubted {
		l.lose(n, k, at)
		return
	}
	takenBack := slices.ContainsFunc(d.gaps, func(g gap) bool { return g.kind == GapEnteredInError })
	if len(d.facts) == 0 && !takenBack {
		d.add(kind)
	}
	for i := range d.facts {
		d.facts[i].fact.Flags |= chart.UnknownModifier
	}
	d.gaps = d.gaps[:0]
	d.gap(GapRejected, at)
	l.bad = badField{}
}

// lose makes the draft one that only says that something of this patient could not be used, and of which kind it was.
func (l *loader) lose(n node, k kindReader, at string) {
	l.begin(node{&l.scan, n.t}, k.origin)
	id := l.draft.id
	l.draft.reset(k.origin)
	l.draft.id = id
	if kind, kept := doubted[k.origin]; kept && kind != chart.Result && kind != chart.Consent { // those are nothing without a code
		l.draft.add(kind).fact.Flags = chart.UnknownModifier
	}
	if k.subject != "" {
		l.bad = badField{}
		l.draft.subject = l.reference(n.get(k.subject))
	}
	l.draft.gap(GapRejected, at)
	l.bad = badField{}
}

// loseEntry does so for an entry with a fault in its text.
func (l *loader) loseEntry(n node, where string) {
	if l.apart != nil && !l.apart.begin(n, where, 0) {
		return
	}
	l.reject(where+l.scan.faultAt, faultTexts[l.scan.fault])
	l.loseResource(n.get("resource"))
}

// one scans a text of one resource. A fault in it leaves a gap.
func (l *loader) one(b []byte, where string) (n node, ok bool) {
	err := l.scan.scan(b, 0)
	if err == nil && space(b, l.scan.position) < len(b) {
		err = errSyntax
	}
	if err != nil {
		l.reject(where+l.scan.path(), err.Error())
		return n, false
	}
	n = node{&l.scan, 0}
	if l.apart != nil {
		l.apart.beginAlone(n)
	}
	if l.scan.fault != noFault {
		l.reject(where+l.scan.faultAt, faultTexts[l.scan.fault])
		l.loseResource(n)
		return n, false
	}
	return n, true
}

func (l *loader) loseResource(res node) {
	kind := res.get("resourceType")
	if !kind.is(text) {
		return
	}
	l.counts.resources++
	if k, ok := kindReaders[string(kind.s.bytes(kind.t))]; ok {
		l.lose(res, k, "")
		l.hold()
	}
}

// hold keeps the draft as a record of its subject.
func (l *loader) hold() {
	d := &l.draft
	if l.apart != nil {
		l.apart.drugs(d)
	}
	if len(d.anyOf) == 1 {
		d.subject, d.anyOf = d.anyOf[0], nil
	}
	if !d.subject.known && len(d.anyOf) == 0 {
		l.counts.lost++
		if l.apart != nil {
			l.pending = append(l.pending, pending{of: l.apart.current()})
		}
		return
	}
	start := len(l.arena)
	l.arena = appendRecord(l.arena, d)
	p := pending{subject: l.keep(d.subject), start: start, end: len(l.arena), of: l.apart.current()}
	if !d.subject.known {
		p.anyOf = d.anyOf // of the library's strings: they outlive the text
	}
	if len(d.id) > 0 && !rejected(d.gaps) {
		p.name = maphash.Bytes(l.run.seed, d.id) ^ uint64(d.origin)*0x9E3779B97F4A7C15
	}
	l.pending = append(l.pending, p)
}

// keep makes a reference outlive the text it was read from. Nearly always it is the one before.
func (l *loader) keep(ref reference) reference {
	if l.apart != nil {
		return ref // the whole text stays
	}
	if n := len(l.pending); n > 0 {
		last := &l.pending[n-1].subject
		if ref.identity == last.identity && bytes.Equal(ref.id, last.id) && bytes.Equal(ref.urn, last.urn) &&
			bytes.Equal(ref.kind, last.kind) && bytes.Equal(ref.base, last.base) {
			return *last
		}
	}
	ref.id, ref.urn, ref.kind, ref.base = bytes.Clone(ref.id), bytes.Clone(ref.urn), bytes.Clone(ref.kind), bytes.Clone(ref.base)
	return ref
}

func (l *loader) badPointer() string {
	if l.bad.path != "" || l.bad.at.s == nil {
		return l.bad.path
	}
	return l.pointer(l.bad.at)
}

// identify gives the resource the id it is known by: its own, else the uuid of its fullUrl, else the digest of its
// canonical bytes (RFC 8785).
func (l *loader) identify(n node, fullURL []byte) {
	d := &l.draft
	d.alias = nil
	name := urlID(fullURL)
	switch {
	case len(d.id) == 0 && len(name) > 0:
		d.id = name
	case len(d.id) == 0:
		d.id = digestOf(n.raw())
	case len(name) > 0 && !bytes.Equal(name, d.id):
		d.alias = name
	}
}

// urlID is the uuid of a urn, or the last step of a URL.
func urlID(u []byte) []byte {
	if bytes.HasPrefix(u, []byte("urn:")) {
		return u[bytes.LastIndexByte(u, ':')+1:]
	}
	return u[bytes.LastIndexByte(u, '/')+1:]
}

func digestOf(raw []byte) []byte {
	v := jsontext.Value(bytes.Clone(raw))
	if v.Canonicalize() != nil { // numbers beyond what canonical JSON can say
		v = raw
	}
	sum := sha256.Sum256(v)
	return []byte("sha256-" + hex.EncodeToString(sum[:16]))
}

func (l *loader) onePatient(n node, fullURL []byte, where string) {
	if !l.patient(n, l.run.unique) {
		l.reject(where+l.badPointer(), l.bad.reason)
		return
	}
	l.counts.patients++
	l.identify(n, fullURL)
	if i := bytes.LastIndex(fullURL, []byte("/Patient/")); i > 0 {
		l.out.base = fullURL[:i+1]
	}
	start := len(l.arena)
	l.arena = appendPatient(l.arena, &l.draft, &l.out)
	id := string(l.draft.id)
	if bytes.HasPrefix(fullURL, []byte("urn:")) {
		l.urns[string(urlID(fullURL))] = []byte(id)
	}
	a := arrival{id: id, start: start, end: len(l.arena), fields: l.out, pointer: where, of: l.apart.current()}
	a.fields.identities = append([]identifier(nil), l.out.identities...)
	a.fields.links = nil
	for _, k := range l.out.links {
		k.other.id, k.other.urn = bytes.Clone(k.other.id), bytes.Clone(k.other.urn)
		k.other.kind, k.other.base = bytes.Clone(k.other.kind), bytes.Clone(k.other.base)
		a.fields.links = append(a.fields.links, k)
	}
	l.people = append(l.people, a)
}

func (l *loader) oneMedication(n node, fullURL []byte, where string) {
	l.begin(n, chart.FromMedicationRequest)
	codes, words := l.medicationCodes(n, nil)
	if l.bad.reason != "" {
		l.reject(where+l.badPointer(), l.bad.reason)
		return
	}
	if string(l.str(n.get("status"))) == "entered-in-error" {
		codes, words = nil, nil
	}
	l.identify(n, fullURL)
	l.drugs = append(l.drugs, drug{[2]string{string(l.draft.id), string(l.draft.alias)}, codes, string(words), l.apart.current()})
}
