package screen

import (
	"cmp"
	"strings"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
)

// soon is how far ahead a closing day or a booked visit changes the order.
const soon = 30

// Ranked is one patient's place in the list of a trial.
type Ranked struct {
	Key          chart.Key
	Outcome      Outcome
	NearMiss     bool
	BySilence    bool
	Arm          string
	Likelihood   float64
	Open, Soft   int
	EligibleFrom dates.Day
	ClosesOn     dates.Day
	NextVisit    dates.Day
	LastContact  dates.Day
	Newest       dates.Day
}

// band groups likelihoods that are not worth telling apart before dates are.
func band(likelihood float64) int {
	switch {
	case likelihood >= 0.5:
		return 0
	case likelihood >= 0.2:
		return 1
	}
	return 2
}

// compare is the total order of a list. Near misses stand before the others who are ineligible; of those who can join
// later, the earlier day comes first.
func compare(a, b *Ranked, asOf dates.Day) int {
	return cmp.Or(
		cmp.Compare(a.Outcome, b.Outcome),
		falseLast(a.NearMiss, b.NearMiss),
		cmp.Compare(a.EligibleFrom, b.EligibleFrom),
		cmp.Compare(band(a.Likelihood), band(b.Likelihood)),
		cmp.Compare(within(a.ClosesOn, asOf), within(b.ClosesOn, asOf)),
		cmp.Compare(within(a.NextVisit, asOf), within(b.NextVisit, asOf)),
		cmp.Compare(b.Likelihood, a.Likelihood),
		cmp.Compare(b.Soft, a.Soft),
		cmp.Compare(a.Open, b.Open),
		cmp.Compare(b.LastContact, a.LastContact),
		cmp.Compare(b.Newest, a.Newest),
		strings.Compare(a.Key.Source, b.Key.Source),
		strings.Compare(a.Key.ID, b.Key.ID),
	)
}

// within places a day that lies soon: by how soon, and behind all that do not.
func within(d, asOf dates.Day) uint64 {
	if d == NoDay || d > asOf+soon {
		return soon + 2
	}
	return uint64(max(d-asOf, -1) + 1)
}

func falseLast(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}
