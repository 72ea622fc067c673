package chart

import (
	"encoding/binary"
	"errors"
	"slices"

	"prescreen/internal/dates"
	"prescreen/internal/quantity"
	"prescreen/internal/terms"
)

// A packed chart is two strings of bytes. The hot one holds all that a verdict reads; the cold one the sources and gaps,
// which only evidence needs. Each begins with a format byte. Codes and units are the numbers of the dictionary and the
// units they were read with: those tables only grow, so packed charts stay true.
//
// Most facts of a chart look like another one of it in everything but time and value, so what they share (a shape) is
// written once in a table, and what many shapes share, their frame, once in another. Times are written as the distance to the fact before.

const format = 5

// ErrPacked is returned for bytes that no chart was packed into.
var ErrPacked = errors.New("not a packed chart")

// shape is what facts share.
type shape struct {
	kind, status, certainty, origin, form, comparator byte
	flags                                             Flags
	unit                                              UnitID
	begin, end, noted                                 dates.Precision
	parts                                             byte
	code                                              terms.CodeID // of a fact with one code
}

const (
	manyCodes = 1 << iota // not exactly one: a list follows the fact
	withAnswer
	withRanges
	withSupply
)

func shapeOf(c *Chart, f *Fact) shape {
	s := shape{
		kind: byte(f.Kind), status: byte(f.Status), certainty: byte(f.Certainty), origin: byte(f.Origin), form: byte(f.Form),
		comparator: byte(f.Comparator), flags: f.Flags, unit: f.Unit,
		begin: f.Begin.Precision, end: f.End.Precision, noted: f.Noted.Precision,
	}
	if f.Codes.Len == 1 {
		s.code = c.Codes[f.Codes.At]
	} else {
		s.parts |= manyCodes
	}
	if f.Answer.Len > 0 {
		s.parts |= withAnswer
	}
	if f.Ranges.Len > 0 {
		s.parts |= withRanges
	}
	if f.Supply >= 0 {
		s.parts |= withSupply
	}
	return s
}

// frame is the shape without its code and unit: a chart has few of them.
func (s shape) frame() shape {
	s.code, s.unit = 0, 0
	return s
}

func (s *shape) appendFrame(dst []byte) []byte {
	dst = append(dst, s.kind, s.status, s.certainty<<4|s.comparator, s.origin, s.form)
	dst = binary.AppendUvarint(dst, uint64(s.flags))
	return append(dst, byte(s.begin)|byte(s.end)<<3, byte(s.noted)|s.parts<<3)
}

func (u *Unpacker) frame() (s shape) {
	s.kind, s.status = u.Enum(int(KindCount)), u.Enum(int(StatusCount))
	b := u.Byte()
	s.certainty, s.comparator = b>>4, b&15
	s.origin, s.form = u.Enum(int(OriginCount)), u.Enum(int(OtherForm)+1)
	s.flags = Flags(u.Uvarint())
	b = u.Byte()
	s.begin, s.end = dates.Precision(b&7), dates.Precision(b>>3)
	b = u.Byte()
	s.noted, s.parts = dates.Precision(b&7), b>>3
	if s.certainty > byte(Refuted) || s.comparator > 4 || max(s.begin, s.end, s.noted) > dates.ToInstant || s.parts > 15 {
		u.spoil()
	}
	return s
}

// shapeTable numbers the shapes of a chart.
type shapeTable struct {
	shapes, frames map[shape]uint64
	packed         []byte // of the shapes: frame, unit, code
	packedFrames   []byte
}

func (t *shapeTable) number(s shape) uint64 {
	if n, ok := t.shapes[s]; ok {
		return n
	}
	f := s.frame()
	at, ok := t.frames[f]
	if !ok {
		at = uint64(len(t.frames))
		t.frames[f] = at
		t.packedFrames = f.appendFrame(t.packedFrames)
	}
	t.packed = binary.AppendUvarint(t.packed, at)
	t.packed = binary.AppendUvarint(t.packed, uint64(s.unit))
	if s.parts&manyCodes == 0 {
		t.packed = binary.AppendUvarint(t.packed, uint64(s.code))
	}
	n := uint64(len(t.shapes))
	t.shapes[s] = n
	return n
}

func (t *shapeTable) append(dst []byte) []byte {
	dst = append(binary.AppendUvarint(dst, uint64(len(t.frames))), t.packedFrames...)
	return append(binary.AppendUvarint(dst, uint64(len(t.shapes))), t.packed...)
}

func (u *Unpacker) shapes() []shape {
	frames := make([]shape, u.Count(8))
	for i := range frames {
		frames[i] = u.frame()
	}
	shapes := make([]shape, u.Count(2))
	for i := range shapes {
		at := u.Uvarint()
		if at >= uint64(len(frames)) {
			u.spoil()
			return nil
		}
		shapes[i] = frames[at]
		shapes[i].unit = UnitID(u.Uvarint())
		if shapes[i].parts&manyCodes == 0 {
			shapes[i].code = terms.CodeID(u.Uvarint())
		}
	}
	return shapes
}

// AppendHot appends the packed hot part.
func (c *Chart) AppendHot(dst []byte) []byte {
	dst = AppendPerson(append(dst, format), &c.Person)
	t := shapeTable{shapes: map[shape]uint64{}, frames: map[shape]uint64{}}
	of := make([]uint64, len(c.Facts))
	for i := range c.Facts {
		of[i] = t.number(shapeOf(c, &c.Facts[i]))
	}
	dst = t.append(dst)
	dst = binary.AppendUvarint(dst, uint64(len(c.Facts)))
	var before dates.When
	for i := range c.Facts {
		dst = c.appendFact(dst, &c.Facts[i], of[i], before)
		before = c.Facts[i].Begin
	}
	return dst
}

func (c *Chart) appendFact(dst []byte, f *Fact, shape uint64, before dates.When) []byte {
	same := uint64(0)
	if f.Begin == before {
		same = 1
	}
	dst = binary.AppendUvarint(dst, shape<<1|same)
	if same == 0 {
		dst = appendDistance(dst, f.Begin, before)
	}
	dst = appendDistance(dst, f.End, f.Begin)
	dst = appendDistance(dst, f.Noted, f.Begin)
	if f.Codes.Len != 1 {
		dst = appendIDs(dst, c.CodesIn(f.Codes))
	}
	if f.Answer.Len > 0 {
		dst = appendIDs(dst, c.CodesIn(f.Answer))
	}
	switch f.Form {
	case Number, Boolean:
		dst = AppendDecimal(dst, f.Value)
	case Interval:
		dst = AppendDecimal(AppendDecimal(dst, f.Value), f.High)
	}
	if f.Ranges.Len > 0 {
		dst = binary.AppendUvarint(dst, uint64(f.Ranges.Len))
		for i := range c.Ranges[f.Ranges.At : f.Ranges.At+uint32(f.Ranges.Len)] {
			dst = AppendRange(dst, &c.Ranges[int(f.Ranges.At)+i])
		}
	}
	if f.Supply >= 0 {
		s := c.Supplies[f.Supply]
		dst = binary.AppendVarint(binary.AppendVarint(binary.AppendVarint(dst, int64(s.Days)), int64(s.Refills)), int64(s.PerDays))
	}
	return dst
}

// appendDistance writes a time, whose precision the shape holds, by its distance to another.
func appendDistance(dst []byte, w, from dates.When) []byte {
	if !w.Known() {
		return dst
	}
	dst = binary.AppendVarint(dst, int64(w.From)-int64(from.From))
	switch {
	case w.Precision != dates.ToInstant:
		return binary.AppendUvarint(dst, uint64(int64(w.To)-int64(w.From)))
	case from.Precision == dates.ToInstant:
		return binary.AppendVarint(dst, w.Milli-from.Milli-int64(w.From-from.From)*milliPerDay)
	}
	return binary.AppendVarint(dst, w.Milli-int64(w.From)*milliPerDay)
}

func (u *Unpacker) distance(p dates.Precision, from dates.When) (w dates.When) {
	if p == dates.None {
		return w
	}
	day := int64(from.From) + u.Varint()
	length, milli := uint64(0), int64(0)
	if p == dates.ToInstant {
		milli = u.Varint()
	} else {
		length = u.Uvarint()
	}
	if day < int64(dates.Min) || day > int64(dates.Max) || length > uint64(int64(dates.Max)-day) || milli < -9*milliPerDay || milli > 9*milliPerDay {
		u.spoil()
		return w
	}
	w = dates.When{From: dates.Day(day), To: dates.Day(day + int64(length)), Precision: p}
	switch {
	case p != dates.ToInstant:
	case from.Precision == dates.ToInstant:
		w.Milli = milli + from.Milli + (day-int64(from.From))*milliPerDay
	default:
		w.Milli = milli + day*milliPerDay
	}
	return w
}

func appendIDs(dst []byte, ids []terms.CodeID) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(ids)))
	for _, id := range ids {
		dst = binary.AppendUvarint(dst, uint64(id))
	}
	return dst
}

func (u *Unpacker) ids(dst []terms.CodeID) (Span, []terms.CodeID) {
	s := Span{At: uint32(len(dst))}
	n := u.Count(1)
	if n > 1<<16-1 {
		u.spoil()
		return s, dst
	}
	for range n {
		dst = append(dst, terms.CodeID(u.Uvarint()))
	}
	s.Len = uint16(n)
	return s, dst
}

// DecodeHot unpacks a hot part. Codes, units and times are taken as they stand; whoever packed them vouches for their
// meaning. Damaged bytes give ErrPacked or another chart, never a panic.
func DecodeHot(b []byte) (*Chart, error) {
	u := Unpacker{Rest: b}
	if u.Byte() != format {
		return nil, ErrPacked
	}
	c := &Chart{Person: u.Person()}
	shapes := u.shapes()
	n := u.Count(1)
	if u.Bad {
		return nil, ErrPacked
	}
	c.Facts = make([]Fact, 0, n)
	c.Codes = make([]terms.CodeID, 0, n)
	var before dates.When
	for range n {
		head := u.Uvarint()
		if head>>1 >= uint64(len(shapes)) {
			return nil, ErrPacked
		}
		f := c.fact(&u, &shapes[head>>1], head&1 == 1, before)
		if k := len(c.Facts); u.Bad || k > 0 && c.Facts[k-1].Kind > f.Kind {
			return nil, ErrPacked
		}
		c.Facts = append(c.Facts, f)
		before = f.Begin
	}
	if u.Bad || len(u.Rest) > 0 {
		return nil, ErrPacked
	}
	c.index()
	c.Contacts = contacts(c.Facts)
	return c, nil
}

func (c *Chart) fact(u *Unpacker, s *shape, same bool, before dates.When) Fact {
	f := Fact{
		Kind: Kind(s.kind), Status: Status(s.status), Certainty: Certainty(s.certainty), Origin: Origin(s.origin), Form: Form(s.form),
		Flags: s.flags, Unit: s.unit, Supply: -1, Begin: before,
	}
	f.Comparator = quantity.Comparator(s.comparator)
	if !same {
		f.Begin = u.distance(s.begin, before)
	} else if before.Precision != s.begin {
		u.spoil()
	}
	f.End, f.Noted = u.distance(s.end, f.Begin), u.distance(s.noted, f.Begin)
	if s.parts&manyCodes != 0 {
		f.Codes, c.Codes = u.ids(c.Codes)
	} else {
		f.Codes, c.Codes = Span{uint32(len(c.Codes)), 1}, append(c.Codes, s.code)
	}
	f.Answer.At = uint32(len(c.Codes))
	if s.parts&withAnswer != 0 {
		f.Answer, c.Codes = u.ids(c.Codes)
	}
	switch f.Form {
	case Number, Boolean:
		f.Value = u.Decimal()
	case Interval:
		f.Value, f.High = u.Decimal(), u.Decimal()
	}
	f.Ranges.At = uint32(len(c.Ranges))
	if s.parts&withRanges != 0 {
		n := min(u.Count(4), 1<<16-1)
		for range n {
			c.Ranges = append(c.Ranges, u.Range())
		}
		f.Ranges.Len = uint16(n)
	}
	if s.parts&withSupply != 0 {
		f.Supply = int32(len(c.Supplies))
		c.Supplies = append(c.Supplies, Supply{int32(u.Varint()), int32(u.Varint()), int32(u.Varint())})
	}
	return f
}

// AppendCold appends the packed cold part: sources and gaps.
func (c *Chart) AppendCold(dst []byte) []byte {
	table := map[string]uint64{}
	var strings [][]byte
	word := func(dst []byte, s string) []byte {
		n, ok := table[s]
		if !ok {
			n = uint64(len(table))
			table[s] = n
			strings = append(strings, []byte(s))
		}
		return binary.AppendUvarint(dst, n)
	}
	var body []byte
	body = binary.AppendUvarint(body, uint64(len(c.Sources)))
	for i := range c.Sources {
		for _, s := range c.Sources[i].fields() {
			body = word(body, *s)
		}
	}
	body = binary.AppendUvarint(body, uint64(len(c.Gaps)))
	for _, g := range c.Gaps {
		body = word(word(word(body, string(g.Kind)), g.Resource), g.Pointer)
	}
	dst = binary.AppendUvarint(append(dst, format), uint64(len(strings)))
	for _, s := range strings {
		dst = AppendBytes(dst, s)
	}
	return append(dst, body...)
}

func (s *Source) fields() [12]*string {
	return [12]*string{&s.Feed, &s.ID, &s.Version, &s.Updated, &s.Display, &s.Value, &s.Unit, &s.Date, &s.DateEnd, &s.Visit, &s.People, &s.Text}
}

// DecodeCold adds a cold part to the chart whose hot part was packed with it.
func (c *Chart) DecodeCold(b []byte) error {
	u := Unpacker{Rest: b}
	if u.Byte() != format {
		return ErrPacked
	}
	words := make([]string, u.Count(1))
	for i := range words {
		words[i] = string(u.Bytes())
	}
	word := func() string {
		n := u.Uvarint()
		if n >= uint64(len(words)) {
			u.spoil()
			return ""
		}
		return words[n]
	}
	sources := make([]Source, u.Count(10))
	for i := range sources {
		for _, s := range sources[i].fields() {
			*s = word()
		}
	}
	gaps := make([]Gap, u.Count(3))
	for i := range gaps {
		gaps[i] = Gap{GapKind(word()), word(), word()}
	}
	if u.Bad || len(u.Rest) > 0 || len(sources) != 0 && len(sources) != len(c.Facts) {
		return ErrPacked
	}
	c.Sources, c.Gaps = slices.Clip(sources), slices.Clip(gaps)
	return nil
}
