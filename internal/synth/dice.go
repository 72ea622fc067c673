package synth

import (
	"math/rand/v2"
	"strconv"

	"prescreen/internal/dates"
)

// dice are one patient's draws: seeded by the run's seed and the patient's number alone, so a patient does not depend
// on how many others are made.
type dice struct{ *rand.Rand }

func roll(seed, stream uint64) dice { return dice{rand.New(rand.NewPCG(seed, stream))} }

// percent tells whether something happens that happens so often in a hundred.
func (d dice) percent(p int) bool { return d.IntN(100) < p }

// between draws an integer, both ends included.
func (d dice) between(lo, hi int) int { return lo + d.IntN(hi-lo+1) }

// wobble draws a deviation of at most n either way, small ones more often than large ones. It adds integers: the same
// on every machine.
func (d dice) wobble(n int64) int64 {
	if n == 0 {
		return 0
	}
	return (d.Int64N(2*n+1) + d.Int64N(2*n+1) - 2*n) / 2
}

// uuid draws a random identifier of version 4 (https://www.rfc-editor.org/rfc/rfc9562#section-5.4).
func (d dice) uuid() string {
	const hex = "0123456789abcdef"
	var raw [16]byte
	for i, half := range [2]uint64{d.Uint64(), d.Uint64()} {
		for j := range 8 {
			raw[8*i+j] = byte(half >> (8 * j))
		}
	}
	raw[6] = raw[6]&0x0f | 0x40
	raw[8] = raw[8]&0x3f | 0x80
	out := make([]byte, 0, 36)
	for i, c := range raw {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			out = append(out, '-')
		}
		out = append(out, hex[c>>4], hex[c&15])
	}
	return string(out)
}

// digits draws a string of n digits, the first not 0.
func (d dice) digits(n int) string {
	b := []byte{byte('1' + d.IntN(9))}
	for len(b) < n {
		b = append(b, byte('0'+d.IntN(10)))
	}
	return string(b)
}

func pick[T any](d dice, from []T) T { return from[d.IntN(len(from))] }

// back gives a day so many days before another.
func back(d dates.Day, days int) dates.Day { return d - dates.Day(days) }

// decimal writes thousandths with that many digits after the point, rounded half away from zero.
func decimal(thousandths int64, places int) string {
	step := int64(1)
	for range 3 - places {
		step *= 10
	}
	sign := ""
	if thousandths < 0 {
		sign, thousandths = "-", -thousandths
	}
	units := (thousandths + step/2) / step
	scale := int64(1000) / step
	s := sign + strconv.FormatInt(units/scale, 10)
	if places == 0 {
		return s
	}
	frac := strconv.FormatInt(scale+units%scale, 10)[1:]
	return s + "." + frac
}
