package screen

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/verdict"
)

func judgementOf(leaves string) *verdict.Judgement {
	j := &verdict.Judgement{}
	for i := range leaves {
		if leaves[i] == ' ' {
			continue
		}
		a := letters[leaves[i]]
		l := verdict.Leaf{Number: uint16(i), ByLast: a.ByLast, Cause: verdict.NeverRecorded}
		if a.Causes.Has(verdict.OutsideWindow) {
			l.Cause = verdict.OutsideWindow
		}
		j.Causes = j.Causes.With(l.Cause)
		j.Leaves = append(j.Leaves, l)
	}
	return j
}

// Each patient of the list stands before the next by one rule of semantics section 11, though all later rules would put
// the two the other way round.
func TestOrder(t *testing.T) {
	base := func(id string, change func(*Ranked)) Ranked {
		r := Ranked{
			Key: chart.Key{ID: id}, Outcome: NeedsReview, Likelihood: 0.6, EligibleFrom: NoDay, ClosesOn: NoDay, NextVisit: NoDay,
			LastContact: asOf - 50, Newest: asOf - 50, Open: 3,
		}
		change(&r)
		return r
	}
	want := []Ranked{
		base("z", func(r *Ranked) { r.Outcome, r.Likelihood, r.Open = PotentiallyEligible, 0.1, 9 }),
		base("y", func(r *Ranked) { r.ClosesOn, r.Likelihood = asOf+5, 0.5 }),
		base("x", func(r *Ranked) { r.ClosesOn, r.Likelihood = asOf+30, 0.51 }),
		base("w", func(r *Ranked) { r.NextVisit, r.Likelihood = asOf+2, 0.52 }),
		base("v", func(r *Ranked) { r.NextVisit, r.Likelihood, r.ClosesOn = asOf+29, 0.53, asOf+31 }),
		base("u", func(r *Ranked) { r.Likelihood, r.NextVisit = 0.9, asOf+31 }),
		base("t", func(r *Ranked) { r.Soft, r.Open = 1, 5 }),
		base("s", func(r *Ranked) { r.Open, r.LastContact = 2, asOf-90 }),
		base("r", func(r *Ranked) { r.LastContact, r.Newest = asOf-1, asOf-90 }),
		base("q", func(r *Ranked) { r.Newest = asOf - 1 }),
		base("o", func(*Ranked) {}),
		base("p", func(*Ranked) {}),
		base("a1", func(r *Ranked) { r.Likelihood, r.Open, r.ClosesOn = 0.49, 0, asOf+1 }),
		base("a0", func(r *Ranked) { r.Likelihood, r.Open, r.ClosesOn = 0.19, 0, asOf }),
		base("n", func(r *Ranked) { r.Outcome, r.EligibleFrom, r.Likelihood = NotYet, asOf+3, 0.1 }),
		base("m", func(r *Ranked) { r.Outcome, r.EligibleFrom, r.Likelihood = NotYet, asOf+4, 0.9 }),
		base("l", func(r *Ranked) { r.Outcome, r.NearMiss, r.Likelihood = Ineligible, true, 0.1 }),
		base("b", func(r *Ranked) { r.Outcome = Ineligible }),
	}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, func(a, b Ranked) int { return compare(&a, &b, asOf) })
	if g, w := idsOf(got), idsOf(want); g != w {
		t.Errorf("order\n%s, want\n%s", g, w)
	}
	for i := range want {
		for k := range want {
			if a, b := compare(&want[i], &want[k], asOf), compare(&want[k], &want[i], asOf); a != -b || (a == 0) != (i == k) {
				t.Errorf("%s and %s: %d and %d", want[i].Key.ID, want[k].Key.ID, a, b)
			}
		}
	}
}

func idsOf(list []Ranked) string {
	var ids []string
	for _, r := range list {
		ids = append(ids, r.Key.ID)
	}
	return strings.Join(ids, " ")
}

// The numbers by which rows are sorted say what compare says, or nothing.
func TestNumbersOfTheOrder(t *testing.T) {
	day := func(t *rapid.T, label string) dates.Day {
		return rapid.SampledFrom([]dates.Day{NoDay, asOf - 400, asOf - 1, asOf, asOf + 1, asOf + 30, asOf + 31, dates.Max, -5}).Draw(t, label)
	}
	pt := planOf(inc("i")).trials[0]
	rapid.Check(t, func(t *rapid.T) {
		l := &List{tally: &trialTally{}, trial: &pt}
		for i := range 2 {
			l.patients = append(l.patients, patient{keyed(i), day(t, "last contact"), day(t, "next visit")})
			l.tally.rows = append(l.tally.rows, tallied{
				patient: uint32(i), outcome: Outcome(rapid.IntRange(0, 3).Draw(t, "outcome")), near: rapid.Bool().Draw(t, "near"),
				open: uint8(rapid.IntRange(0, 255).Draw(t, "open")), soft: uint8(rapid.IntRange(0, 255).Draw(t, "soft")),
				eligibleFrom: day(t, "from"), closes: day(t, "closes"), newest: day(t, "newest"),
			})
			l.likelihood = append(l.likelihood, rapid.SampledFrom([]float64{0, 1e-9, 0.19, 0.2, 0.3, 0.5, 0.8, 1}).Draw(t, "likelihood"))
		}
		x, y := l.ranked(0), l.ranked(1)
		a, b := l.ordered(0, asOf), l.ordered(1, asOf)
		order := cmp.Or(cmp.Compare(a.first, b.first), cmp.Compare(b.likelihood, a.likelihood), cmp.Compare(a.last, b.last))
		if order != 0 && order != compare(&x, &y, asOf) {
			t.Fatalf("%v and %v, by numbers %d", x, y, order)
		}
	})
}
