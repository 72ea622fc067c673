// Package dates holds calendar days, partial dates as intervals, calendar periods and look-back windows.
//
// Nothing here reads a clock: the as-of day is always handed in. A clinical date is written with whatever precision
// its author had ("2019", "2019-03", a day, an instant); it is kept as the interval of days it may lie on, and every
// question asked of it has three answers.
package dates

import (
	"errors"
	"fmt"
)

// Day is a civil day, counted from 1970-01-01 in the proleptic Gregorian calendar.
type Day int32

// Min and Max stand for "no lower bound" and "no upper bound".
const (
	Min Day = -1 << 30
	Max Day = 1 << 30
)

// ErrDay is returned for text that is no calendar day; it never repeats the text.
var ErrDay = errors.New("not a calendar day: write it as YYYY-MM-DD")

// NewDay gives the day of a civil date that is known to exist.
func NewDay(year, month, day int) Day {
	// Days from civil, after Howard Hinnant's description of the algorithm: the year starts in March, so that
	// the leap day is its last.
	y := year
	if month <= 2 {
		y--
	}
	era := floorDiv(y, 400)
	yoe := y - era*400
	doy := (153*((month+9)%12)+2)/5 + day - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return Day(era*146097 + doe - 719468)
}

// Civil gives year, month and day.
func (d Day) Civil() (year, month, day int) {
	z := int(d) + 719468
	era := floorDiv(z, 146097)
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	day = doy - (153*mp+2)/5 + 1
	month = (mp+2)%12 + 1
	year = yoe + era*400
	if month <= 2 {
		year++
	}
	return year, month, day
}

// String writes the day as YYYY-MM-DD; an open bound is "-" .
func (d Day) String() string {
	if d <= Min || d >= Max {
		return "-"
	}
	y, m, dd := d.Civil()
	return fmt.Sprintf("%04d-%02d-%02d", y, m, dd)
}

// ParseDay reads YYYY-MM-DD and nothing else.
func ParseDay(s string) (Day, error) {
	if len(s) != 10 {
		return 0, ErrDay
	}
	w, err := Parse(s, nil)
	if err != nil || w.Precision != ToDay {
		return 0, ErrDay
	}
	return w.From, nil
}

// DaysIn gives the number of days of a month.
func DaysIn(year, month int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

func floorDiv(a, b int) int {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}
