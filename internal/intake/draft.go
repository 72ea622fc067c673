package intake

import (
	"prescreen/internal/chart"
	"prescreen/internal/terms"
)

// draft is one resource read: the facts it states, still without what other resources must add.
type draft struct {
	origin  chart.Origin
	id      []byte
	version []byte
	updated []byte
	alias   []byte // uuid of the fullUrl, where it is not the id
	subject reference
	anyOf   []reference // in place of subject: the one that is a patient
	facts   []entry
	gaps    []gap
}

// entry is one fact of a draft.
type entry struct {
	fact       chart.Fact
	codes      []terms.CodeID
	answer     []terms.CodeID
	ranges     []chart.ReferenceRange
	supply     chart.Supply
	display    []byte
	value      []byte
	unit       []byte
	date       []byte
	dateEnd    []byte
	visit      []byte // id of the encounter
	people     []byte // of a visit or care team: references, joined by blanks
	text       []byte // of a document
	medication []byte // id of the Medication whose code it is
	onsetAge   span   // onset as an age
	endAge     span   // abatement as an age
	position   int
}

// span is an interval of ages, both ends included, in a calendar unit; none is one without a unit.
type span struct {
	unit      ageUnit
	low, high int32
}

type ageUnit uint8

const (
	noAge ageUnit = iota
	ageDays
	ageWeeks
	ageMonths
	ageYears
)

// gap is one gap found while reading a resource.
type gap struct {
	kind    chart.GapKind
	pointer string
}

// The kinds of gaps.
const (
	GapEnteredInError   chart.GapKind = "entered-in-error"    // dropped: its author took it back
	GapModifier         chart.GapKind = "modifier-extension"  // it may mean the opposite of what it says
	GapStatus           chart.GapKind = "status-missing"      // a status that FHIR requires is absent
	GapDate             chart.GapKind = "date-not-understood" // kept without its time
	GapValue            chart.GapKind = "value-not-understood"
	GapText             chart.GapKind = "text-not-readable" // an attachment that says it is text and is none
	GapReference        chart.GapKind = "reference-not-resolved"
	GapSubject          chart.GapKind = "subject-unknown"
	GapConflict         chart.GapKind = "sources-conflict"
	GapMoved            chart.GapKind = "moved-to-another" // a later version stands with another patient
	GapRejected         chart.GapKind = "resource-rejected"
	GapDuplicatePatient chart.GapKind = "possible-duplicate"
	GapLink             chart.GapKind = "link-unknown"
)

func (d *draft) reset(o chart.Origin) {
	d.origin = o
	d.id, d.version, d.updated, d.alias, d.subject = nil, nil, nil, nil, reference{}
	d.facts, d.gaps, d.anyOf = d.facts[:0], d.gaps[:0], nil
}

// add gives a cleared entry that keeps its slices.
func (d *draft) add(k chart.Kind) *entry {
	if len(d.facts) < cap(d.facts) {
		d.facts = d.facts[:len(d.facts)+1]
	} else {
		d.facts = append(d.facts, entry{})
	}
	e := &d.facts[len(d.facts)-1]
	*e = entry{codes: e.codes[:0], answer: e.answer[:0], ranges: e.ranges[:0], position: len(d.facts) - 1}
	e.fact.Kind, e.fact.Origin = k, d.origin
	return e
}

func (d *draft) gap(k chart.GapKind, pointer string) { d.gaps = append(d.gaps, gap{k, pointer}) }
