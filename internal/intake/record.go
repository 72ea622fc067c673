package intake

import (
	"encoding/binary"
	"errors"

	"prescreen/internal/chart"
	"prescreen/internal/quantity"
	"prescreen/internal/terms"
)

// A record is one resource packed: what pass one leaves and pass two reads. It begins with who it is (origin, id, version,
// time of change); all after that is its content, so that two copies of a resource are the same when these bytes are.

var errRecord = errors.New("a packed record is damaged")

// appendRecord packs the draft with its length in front.
func appendRecord(dst []byte, d *draft) []byte {
	start := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	dst = append(dst, byte(d.origin))
	dst = chart.AppendBytes(dst, d.id)
	dst = chart.AppendBytes(dst, d.version)
	dst = chart.AppendBytes(dst, d.updated)
	dst = chart.AppendBytes(dst, d.alias)
	dst = chart.AppendBytes(dst, d.subject.base)
	dst = binary.AppendUvarint(dst, uint64(len(d.gaps)))
	for _, g := range d.gaps {
		dst = chart.AppendBytes(dst, g.kind)
		dst = chart.AppendBytes(dst, g.pointer)
	}
	dst = binary.AppendUvarint(dst, uint64(len(d.facts)))
	for i := range d.facts {
		dst = appendEntry(dst, &d.facts[i])
	}
	return seal(dst, start)
}

func seal(dst []byte, start int) []byte {
	binary.LittleEndian.PutUint32(dst[start:], uint32(len(dst)-start-4))
	return dst
}

// The parts of an entry that most facts lack.
const (
	hasAnswer = 1 << iota
	hasRanges
	hasSupply
	hasMedication
	hasAges
	hasEnd
	hasNoted
	hasUnit
)

func appendEntry(dst []byte, e *entry) []byte {
	f := &e.fact
	dst = append(dst, byte(f.Kind), byte(f.Status), byte(f.Certainty), byte(f.Form), byte(f.Comparator))
	dst = binary.AppendUvarint(dst, uint64(f.Flags))
	dst = binary.AppendUvarint(dst, uint64(e.position))
	parts := e.parts()
	dst = append(dst, parts)
	dst = appendCodes(dst, e.codes)
	dst = chart.AppendTime(dst, f.Begin)
	switch f.Form {
	case chart.Number, chart.Boolean:
		dst = chart.AppendDecimal(dst, f.Value)
	case chart.Interval:
		dst = chart.AppendDecimal(chart.AppendDecimal(dst, f.Value), f.High)
	}
	dst = chart.AppendBytes(dst, e.visit)
	dst = chart.AppendBytes(dst, e.display)
	dst = chart.AppendBytes(dst, e.value)
	dst = chart.AppendBytes(dst, e.date)
	if hasPeople(f.Kind) {
		dst = chart.AppendBytes(dst, e.people)
	}
	if f.Kind == chart.Document {
		dst = chart.AppendBytes(dst, e.text)
	}
	if parts&hasUnit != 0 {
		dst = binary.AppendUvarint(dst, uint64(f.Unit))
		dst = chart.AppendBytes(dst, e.unit)
	}
	if parts&hasEnd != 0 {
		dst = chart.AppendBytes(chart.AppendTime(dst, f.End), e.dateEnd)
	}
	if parts&hasNoted != 0 {
		dst = chart.AppendTime(dst, f.Noted)
	}
	return e.appendRare(dst, parts)
}

// hasPeople tells the kinds whose resources name who took part.
func hasPeople(k chart.Kind) bool { return k == chart.Visit || k == chart.Team }

func (e *entry) parts() (p byte) {
	set := func(yes bool, bit byte) {
		if yes {
			p |= bit
		}
	}
	set(len(e.answer) > 0, hasAnswer)
	set(len(e.ranges) > 0, hasRanges)
	set(e.supply != chart.Supply{}, hasSupply)
	set(len(e.medication) > 0, hasMedication)
	set(e.onsetAge.unit != noAge || e.endAge.unit != noAge, hasAges)
	set(e.fact.End.Known() || len(e.dateEnd) > 0, hasEnd)
	set(e.fact.Noted.Known(), hasNoted)
	set(e.fact.Unit != 0, hasUnit)
	return p
}

func (e *entry) appendRare(dst []byte, parts byte) []byte {
	if parts&hasAnswer != 0 {
		dst = appendCodes(dst, e.answer)
	}
	if parts&hasRanges != 0 {
		dst = binary.AppendUvarint(dst, uint64(len(e.ranges)))
		for i := range e.ranges {
			dst = chart.AppendRange(dst, &e.ranges[i])
		}
	}
	if parts&hasSupply != 0 {
		dst = binary.AppendVarint(dst, int64(e.supply.Days))
		dst = binary.AppendVarint(dst, int64(e.supply.Refills))
		dst = binary.AppendVarint(dst, int64(e.supply.PerDays))
	}
	if parts&hasMedication != 0 {
		dst = chart.AppendBytes(dst, e.medication)
	}
	if parts&hasAges != 0 {
		for _, a := range [2]span{e.onsetAge, e.endAge} {
			dst = append(dst, byte(a.unit))
			dst = binary.AppendVarint(dst, int64(a.low))
			dst = binary.AppendVarint(dst, int64(a.high))
		}
	}
	return dst
}

func appendCodes(dst []byte, ids []terms.CodeID) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(ids)))
	for _, id := range ids {
		dst = binary.AppendUvarint(dst, uint64(id))
	}
	return dst
}

// head is who a record is.
type head struct {
	origin               chart.Origin
	id, version, updated []byte
	alias                []byte
	content              []byte
}

// nextRecord cuts the first record off.
func nextRecord(b []byte) (h head, rest []byte, err error) {
	if len(b) < 4 {
		return h, nil, errRecord
	}
	n := int(binary.LittleEndian.Uint32(b))
	if n > len(b)-4 {
		return h, nil, errRecord
	}
	u := chart.Unpacker{Rest: b[4 : 4+n]}
	h.origin = chart.Origin(u.Enum(int(chart.OriginCount)))
	h.id, h.version, h.updated, h.alias = u.Bytes(), u.Bytes(), u.Bytes(), u.Bytes()
	h.content = u.Rest
	if u.Bad {
		return h, nil, errRecord
	}
	return h, b[4+n:], nil
}

// content is the body of a record of any kind but Patient.
type content struct {
	base  []byte
	gaps  []gap
	facts int
	u     chart.Unpacker
}

func (h *head) open() (c content) {
	c.u = chart.Unpacker{Rest: h.content}
	c.base = c.u.Bytes()
	for range c.u.Count(2) {
		c.gaps = append(c.gaps, gap{chart.GapKind(c.u.Bytes()), string(c.u.Bytes())})
	}
	if h.origin != chart.FromPatient {
		c.facts = c.u.Count(8)
	}
	return c
}

// next reads one entry; its byte slices point into the record.
func (c *content) next(e *entry) {
	u := &c.u
	f := &e.fact
	*e = entry{codes: e.codes[:0], answer: e.answer[:0], ranges: e.ranges[:0]}
	f.Kind = chart.Kind(u.Enum(int(chart.KindCount)))
	f.Status = chart.Status(u.Enum(int(chart.StatusCount)))
	f.Certainty = chart.Certainty(u.Enum(int(chart.Refuted) + 1))
	f.Form = chart.Form(u.Enum(int(chart.OtherForm) + 1))
	f.Comparator = quantity.Comparator(u.Enum(int(quantity.Greater) + 1))
	f.Flags = chart.Flags(u.Uvarint())
	e.position = int(u.Uvarint())
	parts := u.Byte()
	e.codes = readCodes(u, e.codes)
	f.Begin = u.Time()
	switch f.Form {
	case chart.Number, chart.Boolean:
		f.Value = u.Decimal()
	case chart.Interval:
		f.Value, f.High = u.Decimal(), u.Decimal()
	}
	e.visit, e.display, e.value, e.date = u.Bytes(), u.Bytes(), u.Bytes(), u.Bytes()
	if hasPeople(f.Kind) {
		e.people = u.Bytes()
	}
	if f.Kind == chart.Document {
		e.text = u.Bytes()
	}
	if parts&hasUnit != 0 {
		f.Unit = chart.UnitID(u.Uvarint())
		e.unit = u.Bytes()
	}
	if parts&hasEnd != 0 {
		f.End = u.Time()
		e.dateEnd = u.Bytes()
	}
	if parts&hasNoted != 0 {
		f.Noted = u.Time()
	}
	if parts&(hasAnswer|hasRanges|hasSupply|hasMedication|hasAges) != 0 {
		e.readRare(u, parts)
	}
}

func (e *entry) readRare(u *chart.Unpacker, parts byte) {
	if parts&hasAnswer != 0 {
		e.answer = readCodes(u, e.answer)
	}
	if parts&hasRanges != 0 {
		for range u.Count(3) {
			e.ranges = append(e.ranges, u.Range())
		}
	}
	if parts&hasSupply != 0 {
		e.supply = chart.Supply{Days: int32(u.Varint()), Refills: int32(u.Varint()), PerDays: int32(u.Varint())}
	}
	if parts&hasMedication != 0 {
		e.medication = u.Bytes()
	}
	if parts&hasAges != 0 {
		for _, a := range [2]*span{&e.onsetAge, &e.endAge} {
			*a = span{ageUnit(u.Enum(int(ageYears) + 1)), int32(u.Varint()), int32(u.Varint())}
		}
	}
}

func readCodes(u *chart.Unpacker, dst []terms.CodeID) []terms.CodeID {
	for range u.Count(1) {
		dst = append(dst, terms.CodeID(u.Uvarint()))
	}
	return dst
}

// appendPatient packs a Patient.
func appendPatient(dst []byte, d *draft, p *patientFields) []byte {
	start := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	dst = append(dst, byte(chart.FromPatient))
	dst = chart.AppendBytes(dst, d.id)
	dst = chart.AppendBytes(dst, d.version)
	dst = chart.AppendBytes(dst, d.updated)
	dst = chart.AppendBytes(dst, d.alias)
	dst = chart.AppendBytes(dst, p.base)
	dst = binary.AppendUvarint(dst, uint64(len(d.gaps)))
	for _, g := range d.gaps {
		dst = chart.AppendBytes(dst, g.kind)
		dst = chart.AppendBytes(dst, g.pointer)
	}
	return seal(chart.AppendPerson(dst, &p.person), start)
}

// person reads the body of a Patient's record.
func (c *content) person() chart.Person { return c.u.Person() }
