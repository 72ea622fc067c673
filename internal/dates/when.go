package dates

import (
	"errors"
	"time"
)

// Precision says how exactly a time was written.
type Precision uint8

// The precisions; the zero one means that no time was given.
const (
	None Precision = iota
	Span           // an interval of days, such as an onset period or an age
	ToYear
	ToMonth
	ToDay
	ToInstant
)

// When is a clinical time: the days it may lie on, both ends included, and, if it was written to the second, the instant.
// The zero value is "no time given".
type When struct {
	From, To  Day
	Milli     int64 // Unix milliseconds; only with ToInstant
	Precision Precision
}

// ErrWhen is returned for text that is no FHIR date, dateTime or instant; it never repeats the text.
var ErrWhen = errors.New("not a FHIR date or time")

// On is a whole day.
func On(d Day) When { return When{From: d, To: d, Precision: ToDay} }

// Within is a time somewhere between two days.
func Within(from, to Day) When { return When{From: from, To: to, Precision: Span} }

// Known tells that a time was given.
func (w When) Known() bool { return w.Precision != None }

// Exact tells that the time lies on one day.
func (w When) Exact() bool { return w.Known() && w.From == w.To }

// Parse reads a FHIR date, dateTime or instant (https://hl7.org/fhir/R4/datatypes.html#dateTime). The day of an instant
// is its day in zone; with a nil zone, the day as written in its own offset. A time without an offset is taken as
// local to the zone, or, without one, as written.
func Parse(s string, zone *time.Location) (When, error) { return parse(s, zone) }

// ParseBytes is Parse on bytes; it allocates nothing.
func ParseBytes(b []byte, zone *time.Location) (When, error) { return parse(b, zone) }

func parse[T string | []byte](s T, zone *time.Location) (When, error) {
	year, ok := digits(s, 0, 4)
	if !ok || year == 0 {
		return When{}, ErrWhen
	}
	if len(s) == 4 {
		return When{From: NewDay(year, 1, 1), To: NewDay(year, 12, 31), Precision: ToYear}, nil
	}
	month, ok := digits(s, 5, 2)
	if !ok || s[4] != '-' || month < 1 || month > 12 {
		return When{}, ErrWhen
	}
	if len(s) == 7 {
		return When{From: NewDay(year, month, 1), To: NewDay(year, month, DaysIn(year, month)), Precision: ToMonth}, nil
	}
	day, ok := digits(s, 8, 2)
	if !ok || s[7] != '-' || day < 1 || day > DaysIn(year, month) {
		return When{}, ErrWhen
	}
	d := NewDay(year, month, day)
	if len(s) == 10 {
		return On(d), nil
	}
	return instant(s, d, zone)
}

// instant reads Thh:mm[:ss[.fff]] and the offset that follow a day. Seconds may be absent: many senders leave them out.
func instant[T string | []byte](s T, d Day, zone *time.Location) (When, error) {
	hour, ok1 := digits(s, 11, 2)
	minute, ok2 := digits(s, 14, 2)
	if !ok1 || !ok2 || s[10] != 'T' || s[13] != ':' || hour > 24 || minute > 59 || hour == 24 && minute > 0 {
		return When{}, ErrWhen
	}
	milli := (int64(hour)*3600 + int64(minute)*60) * 1000
	i := 16
	if len(s) > i && s[i] == ':' {
		sec, ok := digits(s, 17, 2)
		if !ok || sec > 60 || hour == 24 && sec > 0 {
			return When{}, ErrWhen
		}
		milli += int64(min(sec, 59)) * 1000
		i = 19
		if len(s) > i && s[i] == '.' {
			var frac, n int64
			for i++; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
				if n < 3 {
					frac = frac*10 + int64(s[i]-'0')
				}
				n++
			}
			if n == 0 {
				return When{}, ErrWhen
			}
			for ; n < 3; n++ {
				frac *= 10
			}
			milli += frac
		}
	}
	offset, ok := offsetMinutes(s, i)
	if !ok {
		return When{}, ErrWhen
	}
	w := When{From: d, To: d, Precision: ToInstant}
	local := int64(d)*86400000 + milli
	switch {
	case offset == noOffset && zone == nil:
		w.Milli = local
	case offset == noOffset:
		w.Milli = localMilli(local, zone)
	default:
		w.Milli = local - int64(offset)*60000
	}
	if zone != nil {
		w.From = dayIn(w.Milli, zone)
		w.To = w.From
	} else if hour == 24 {
		w.From, w.To = d+1, d+1
	}
	return w, nil
}

const noOffset = 1 << 20

func offsetMinutes[T string | []byte](s T, i int) (int, bool) {
	if i == len(s) {
		return noOffset, true
	}
	if s[i] == 'Z' {
		return 0, i+1 == len(s)
	}
	if s[i] != '+' && s[i] != '-' || len(s) != i+6 || s[i+3] != ':' {
		return 0, false
	}
	h, ok1 := digits(s, i+1, 2)
	m, ok2 := digits(s, i+4, 2)
	if !ok1 || !ok2 || h > 14 || m > 59 {
		return 0, false
	}
	if s[i] == '-' {
		return -(h*60 + m), true
	}
	return h*60 + m, true
}

// localMilli turns wall-clock milliseconds into an instant of the zone.
func localMilli(local int64, zone *time.Location) int64 {
	t := time.UnixMilli(local).UTC()
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), zone).UnixMilli()
}

func dayIn(milli int64, zone *time.Location) Day {
	_, off := time.UnixMilli(milli).In(zone).Zone()
	return Day(floorDiv(int(milli/1000)+off, 86400))
}

func digits[T string | []byte](s T, at, n int) (int, bool) {
	if len(s) < at+n {
		return 0, false
	}
	v := 0
	for i := at; i < at+n; i++ {
		c := s[i]
		if c < '0' || c > '9' {
			return 0, false
		}
		v = v*10 + int(c-'0')
	}
	return v, true
}

// UpTo is the unknown day up to the end of w: what "first recorded on w" says of a beginning.
func (w When) UpTo() When {
	if !w.Known() {
		return w
	}
	return Within(Min, w.To)
}

// Seen clamps an interval that straddles the day d to its part up to d: a fact that is on record is not in the future.
func (w When) Seen(d Day) When {
	if w.Known() && w.From <= d && w.To > d {
		w.To = d
		w.Precision = Span
	}
	return w
}

// Order is how two times lie to each other.
type Order int8

// Tied means that the two are equal or overlap: which one is newer is not on record.
const (
	Before Order = -1
	Tied   Order = 0
	After  Order = 1
)

// Compare orders two known times. Two instants are compared as instants; everything else by the days it may lie on.
func (w When) Compare(v When) Order {
	if w.Precision == ToInstant && v.Precision == ToInstant {
		switch {
		case w.Milli < v.Milli:
			return Before
		case w.Milli > v.Milli:
			return After
		}
		return Tied
	}
	switch {
	case w.To < v.From:
		return Before
	case w.From > v.To:
		return After
	}
	return Tied
}
