package dates

import (
	"strconv"
	"strings"
)

// Unit is a calendar unit. Hours are not among them: windows are whole days.
type Unit uint8

// The calendar units.
const (
	Days Unit = iota
	Weeks
	Months
	Years
)

var unitNames = [...]string{"day", "week", "month", "year"}

// Period is a length of calendar time, such as 6 months.
type Period struct {
	N    int
	Unit Unit
}

// IsZero tells that no length was given.
func (p Period) IsZero() bool { return p.N == 0 }

// String writes "6 months", "1 day".
func (p Period) String() string {
	s := strconv.Itoa(p.N) + " " + unitNames[p.Unit]
	if p.N != 1 {
		s += "s"
	}
	return s
}

// Add goes forward by a period; months and years keep the day of the month, clamped to the month's last day.
func (d Day) Add(p Period) Day { return d.step(p.N, p.Unit) }

// Sub goes back by a period, clamped likewise: 31 March less 1 month is the last day of February.
func (d Day) Sub(p Period) Day { return d.step(-p.N, p.Unit) }

func (d Day) step(n int, u Unit) Day {
	if d <= Min || d >= Max {
		return d
	}
	switch u {
	case Weeks:
		return d + Day(7*n)
	case Months:
		return d.months(n)
	case Years:
		return d.months(12 * n)
	}
	return d + Day(n)
}

func (d Day) months(n int) Day {
	y, m, day := d.Civil()
	t := y*12 + m - 1 + n
	y, m = floorDiv(t, 12), t-floorDiv(t, 12)*12+1
	return NewDay(y, m, min(day, DaysIn(y, m)))
}

// YearsOn gives the completed years on day d of somebody born on day b. Born on 29 February, the birthday of a common
// year is 1 March.
func YearsOn(b, d Day) int {
	by, bm, bd := b.Civil()
	y, m, day := d.Civil()
	n := y - by
	if m < bm || m == bm && day < bd {
		n--
	}
	return n
}

// ParsePeriod reads "30 days", "1 month": a whole number and a calendar unit, in the singular or the plural.
func ParsePeriod(s string) (Period, bool) {
	number, unit, ok := strings.Cut(s, " ")
	n, err := strconv.Atoi(number)
	if !ok || err != nil || n < 0 || n > 10000 || number[0] == '+' {
		return Period{}, false
	}
	for u, name := range unitNames {
		if unit == name || unit == name+"s" {
			return Period{N: n, Unit: Unit(u)}, true
		}
	}
	return Period{}, false
}
