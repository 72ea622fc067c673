package screen

import (
	"encoding/binary"
	"errors"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/verdict"
)

// A kept row is a format byte, a byte of what it is, and, of one that is not withheld, its numbers, its days and a byte per
// answer, behind which the causes of an unknown one stand. Fourteen criteria of which four are open take about 35 bytes.

const rowFormat = 1

// ErrRow is returned for bytes that no row was packed into.
var ErrRow = errors.New("not a packed row: screen the patient again")

// The bits of a row's second byte.
const (
	rowWithheld  = 3 // Why, two bits
	rowOutcome   = 2 // Outcome, two bits from here
	rowNearMiss  = 1 << 4
	rowBySilence = 1 << 5
)

// The bits of an answer's byte; verdict, verdict by last value and basis as packed has them.
const withCauses = 1 << 7

// knownCauses are all that an answer may have.
const knownCauses = verdict.Causes(1)<<(verdict.PartialDate+1) - 1<<1

// AppendRow packs a row for keeping. A format byte comes first.
func AppendRow(dst []byte, r *Row) []byte {
	what := byte(r.Withheld) | byte(r.Outcome)<<rowOutcome
	if r.NearMiss {
		what |= rowNearMiss
	}
	if r.BySilence {
		what |= rowBySilence
	}
	dst = append(dst, rowFormat, what)
	for _, n := range [...]int{r.Arm, r.Open, r.Soft} {
		dst = binary.AppendUvarint(dst, uint64(n))
	}
	for _, d := range [...]dates.Day{r.EligibleFrom, r.ClosesOn, r.Newest} {
		dst = appendDay(dst, d)
	}
	dst = binary.AppendUvarint(dst, uint64(len(r.Answers)))
	for i := range r.Answers {
		dst = appendAnswer(dst, &r.Answers[i])
	}
	return dst
}

// appendDay writes a day as a number that is 0 for none.
func appendDay(dst []byte, d dates.Day) []byte {
	if d == NoDay {
		return append(dst, 0)
	}
	zigzag := uint64(uint32(d)<<1 ^ uint32(d>>31))
	return binary.AppendUvarint(dst, zigzag+1)
}

// appendAnswer writes one cause by its number, several as a set: even and odd.
func appendAnswer(dst []byte, a *Answer) []byte {
	b := byte(a.Verdict) | byte(a.ByLast)<<2 | byte(a.Basis)<<4
	if a.Causes == 0 {
		return append(dst, b)
	}
	dst = append(dst, b|withCauses)
	for c := verdict.NoCause + 1; c <= verdict.PartialDate; c++ {
		if a.Causes == verdict.Causes(0).With(c) {
			return binary.AppendUvarint(dst, uint64(c)<<1)
		}
	}
	return binary.AppendUvarint(dst, uint64(a.Causes)<<1|1)
}

// DecodeRow unpacks what AppendRow packed; r's Answers are reused.
func DecodeRow(b []byte, r *Row) error {
	u := chart.Unpacker{Rest: b}
	if u.Byte() != rowFormat {
		return ErrRow
	}
	what := u.Enum(rowBySilence << 1)
	*r = Row{
		Withheld: Why(what & rowWithheld), Outcome: Outcome(what >> rowOutcome & 3),
		NearMiss: what&rowNearMiss != 0, BySilence: what&rowBySilence != 0, Answers: r.Answers[:0],
	}
	for _, n := range [...]*int{&r.Arm, &r.Open, &r.Soft} {
		*n = small(&u)
	}
	for _, d := range [...]*dates.Day{&r.EligibleFrom, &r.ClosesOn, &r.Newest} {
		*d = day32(&u)
	}
	for range u.Count(1) {
		r.Answers = append(r.Answers, answerOf(&u))
	}
	if u.Bad || len(u.Rest) > 0 {
		return ErrRow
	}
	return nil
}

// small reads a number of criteria or arms.
func small(u *chart.Unpacker) int {
	n := u.Uvarint()
	if n > 1<<16 {
		u.Bad = true
		return 0
	}
	return int(n)
}

func day32(u *chart.Unpacker) dates.Day {
	n := u.Uvarint()
	if n == 0 {
		return NoDay
	}
	n--
	d := int64(n>>1) ^ -int64(n&1)
	if n >= 1<<32 || d <= int64(dates.Min) || d > int64(dates.Max) {
		u.Bad = true
		return NoDay
	}
	return dates.Day(d)
}

func answerOf(u *chart.Unpacker) Answer {
	b := u.Byte()
	a := Answer{Verdict: verdict.Verdict(b & 3), ByLast: verdict.Verdict(b >> 2 & 3), Basis: verdict.Basis(b >> 4 & 7)}
	if b&withCauses != 0 {
		n := u.Uvarint()
		if a.Causes = verdict.Causes(n >> 1); n&1 == 0 {
			a.Causes = 0
			if n>>1 <= uint64(verdict.PartialDate) {
				a.Causes = a.Causes.With(verdict.Cause(n >> 1))
			}
		}
		u.Bad = u.Bad || n > 1<<33 || !a.Causes.Within(knownCauses)
	}
	u.Bad = u.Bad || a.Verdict > verdict.NotMet || a.ByLast > verdict.NotMet || a.Basis > verdict.Person
	return a
}

// Fits tells whether a row can be one of a trial of the plan: it has an answer for each of its criteria, or none if it is
// withheld. One that does not was kept for another version of the trial.
func (p *Plan) Fits(number int, r *Row) bool {
	t := &p.trials[number]
	if r.Withheld != NotWithheld {
		return len(r.Answers) == 0
	}
	return len(r.Answers) == len(t.criteria) && r.Arm < len(t.arms)
}

// ScreenOne answers one trial of the plan for a chart. The row is the worker's own until its next call.
func (w *Worker) ScreenOne(c *chart.Chart, number int) *Row {
	row := &w.screened.Rows[number]
	w.screenInto(row, c, &w.plan.trials[number])
	return row
}

// LastContact and NextVisit are those of Screened, for a chart as of the plan's day.
func (p *Plan) LastContact(c *chart.Chart) dates.Day { return lastContact(c, p.settings.AsOf) }

// NextVisit is the first booked visit after the plan's day.
func (p *Plan) NextVisit(c *chart.Chart) dates.Day { return nextVisit(c, p.settings.AsOf) }
