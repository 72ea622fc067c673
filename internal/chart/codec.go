package chart

import (
	"encoding/binary"

	"prescreen/internal/dates"
	"prescreen/internal/quantity"
	"prescreen/internal/terms"
)

const milliPerDay = 86_400_000

// AppendBytes packs a string with its length.
func AppendBytes[T ~string | ~[]byte](dst []byte, s T) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

// AppendTime packs a time; Unpacker.Time reads it.
func AppendTime(dst []byte, w dates.When) []byte {
	dst = append(dst, byte(w.Precision))
	if !w.Known() {
		return dst
	}
	dst = binary.AppendVarint(dst, int64(w.From))
	dst = binary.AppendUvarint(dst, uint64(int64(w.To)-int64(w.From)))
	if w.Precision == dates.ToInstant {
		dst = binary.AppendVarint(dst, w.Milli-int64(w.From)*milliPerDay)
	}
	return dst
}

// AppendDecimal packs a number with all its digits; Unpacker.Decimal reads it.
func AppendDecimal(dst []byte, d quantity.Decimal) []byte {
	coef, exp, ok := d.Small()
	if !ok {
		return AppendBytes(append(dst, bigDecimal), d.String())
	}
	dst = append(dst, byte(exp+decimalBias))
	return binary.AppendVarint(dst, coef)
}

const (
	decimalBias = 64 // of the exponent byte: packed exponents lie between -60 and 30
	bigDecimal  = 255
)

// Unpacker reads what the Append functions packed. It never panics: bytes that were never packed set Bad, and all that is
// read from then on is zero.
type Unpacker struct {
	Rest []byte
	Bad  bool
}

func (u *Unpacker) spoil() {
	u.Bad, u.Rest = true, nil
}

// Byte reads one byte.
func (u *Unpacker) Byte() byte {
	if len(u.Rest) == 0 {
		u.spoil()
		return 0
	}
	b := u.Rest[0]
	u.Rest = u.Rest[1:]
	return b
}

// Enum reads a byte that is below a limit.
func (u *Unpacker) Enum(limit int) byte {
	b := u.Byte()
	if int(b) >= limit {
		u.spoil()
		return 0
	}
	return b
}

// Uvarint reads an unsigned number.
func (u *Unpacker) Uvarint() uint64 {
	if len(u.Rest) > 0 && u.Rest[0] < 0x80 {
		v := u.Rest[0]
		u.Rest = u.Rest[1:]
		return uint64(v)
	}
	v, n := binary.Uvarint(u.Rest)
	if n <= 0 {
		u.spoil()
		return 0
	}
	u.Rest = u.Rest[n:]
	return v
}

// Varint reads a signed number.
func (u *Unpacker) Varint() int64 {
	v := u.Uvarint()
	return int64(v>>1) ^ -int64(v&1)
}

// Count reads the length of a list of which every element takes at least size bytes.
func (u *Unpacker) Count(size int) int {
	n := u.Uvarint()
	if n > uint64(len(u.Rest)/size) {
		u.spoil()
		return 0
	}
	return int(n)
}

// Bytes reads a string; it points into the packed bytes.
func (u *Unpacker) Bytes() []byte {
	n := u.Count(1)
	if n == 0 {
		return nil
	}
	b := u.Rest[:n:n]
	u.Rest = u.Rest[n:]
	return b
}

// Time reads a time.
func (u *Unpacker) Time() dates.When {
	p := dates.Precision(u.Enum(int(dates.ToInstant) + 1))
	if p == dates.None {
		return dates.When{}
	}
	from := u.Varint()
	length := u.Uvarint()
	if from < int64(dates.Min) || from > int64(dates.Max) || length > uint64(int64(dates.Max)-from) {
		u.spoil()
		return dates.When{}
	}
	w := dates.When{From: dates.Day(from), To: dates.Day(from + int64(length)), Precision: p}
	if p == dates.ToInstant {
		milli := u.Varint()
		if milli < -4*milliPerDay || milli > 4*milliPerDay {
			u.spoil()
			return dates.When{}
		}
		w.Milli = milli + from*milliPerDay
	}
	return w
}

// Decimal reads a number.
func (u *Unpacker) Decimal() quantity.Decimal {
	e := u.Byte()
	if e == bigDecimal {
		d, err := quantity.ParseBytes(u.Bytes())
		if err != nil {
			u.spoil()
		}
		return d
	}
	exp, coef := int32(e)-decimalBias, u.Varint()
	if u.Bad || !quantity.ValidExponent(exp) {
		u.spoil()
		return quantity.Decimal{}
	}
	return quantity.FromSmall(coef, exp)
}

// AppendRange packs a reference range; Unpacker.Range reads it.
func AppendRange(dst []byte, r *ReferenceRange) []byte {
	var bits byte
	for i, b := range [...]bool{r.HasLow, r.HasHigh, r.Normal} {
		if b {
			bits |= 1 << i
		}
	}
	dst = append(dst, bits, byte(r.Sex))
	if r.HasLow {
		dst = AppendDecimal(dst, r.Low)
	}
	if r.HasHigh {
		dst = AppendDecimal(dst, r.High)
	}
	return binary.AppendVarint(binary.AppendVarint(dst, int64(r.AgeLow)), int64(r.AgeHigh))
}

// Range reads a reference range.
func (u *Unpacker) Range() (r ReferenceRange) {
	bits := u.Enum(8)
	r.HasLow, r.HasHigh, r.Normal = bits&1 != 0, bits&2 != 0, bits&4 != 0
	r.Sex = Sex(u.Enum(int(UnknownSex) + 1))
	if r.HasLow {
		r.Low = u.Decimal()
	}
	if r.HasHigh {
		r.High = u.Decimal()
	}
	r.AgeLow, r.AgeHigh = int16(u.Varint()), int16(u.Varint())
	return r
}

// AppendPerson packs a person; Unpacker.Person reads it.
func AppendPerson(dst []byte, p *Person) []byte {
	dst = AppendBytes(dst, p.Key.Source)
	dst = AppendBytes(dst, p.Key.ID)
	dst = AppendTime(dst, p.Birth)
	var bits byte
	for i, b := range [...]bool{p.Deceased, p.Inactive, p.MultiplePatient} {
		if b {
			bits |= 1 << i
		}
	}
	dst = append(dst, byte(p.ClinicalSex), byte(p.BirthSex), byte(p.Gender), bits)
	dst = AppendTime(dst, p.Death)
	dst = AppendBytes(dst, p.BirthText)
	dst = binary.AppendUvarint(dst, uint64(len(p.Languages)))
	for _, id := range p.Languages {
		dst = binary.AppendUvarint(dst, uint64(id))
	}
	dst = binary.AppendUvarint(dst, uint64(len(p.Practitioners)))
	for _, s := range p.Practitioners {
		dst = AppendBytes(dst, s)
	}
	return dst
}

// Person reads a person.
func (u *Unpacker) Person() (p Person) {
	p.Key = Key{string(u.Bytes()), string(u.Bytes())}
	p.Birth = u.Time()
	sexes := int(UnknownSex) + 1
	p.ClinicalSex, p.BirthSex, p.Gender = Sex(u.Enum(sexes)), Sex(u.Enum(sexes)), Sex(u.Enum(sexes))
	bits := u.Enum(8)
	p.Deceased, p.Inactive, p.MultiplePatient = bits&1 != 0, bits&2 != 0, bits&4 != 0
	p.Death = u.Time()
	p.BirthText = string(u.Bytes())
	for range u.Count(1) {
		p.Languages = append(p.Languages, terms.CodeID(u.Uvarint()))
	}
	for range u.Count(1) {
		p.Practitioners = append(p.Practitioners, string(u.Bytes()))
	}
	return p
}
