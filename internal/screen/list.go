package screen

import (
	"cmp"
	"slices"

	"prescreen/internal/dates"
)

// List is a trial's patients in their order, with what all of them together tell. It is read-only.
type List struct {
	Funnel    []Step
	Outcomes  [OutcomeCount]int
	NearMiss  int // of the ineligible
	BySilence int // of the ineligible, those who are that by silence alone

	patients   []patient
	tally      *trialTally
	trial      *plannedTrial
	number     int       // of the trial in the plan
	rows       []uint32  // of the tally, in the order of the list
	likelihood []float64 // by row
}

// Lists ranks every trial's patients.
func (t *Tally) Lists() []*List {
	lists := make([]*List, len(t.trials))
	for i := range t.trials {
		lists[i] = t.list(i)
	}
	return lists
}

func (t *Tally) list(number int) *List {
	return t.plan.list(number, &t.trials[number], t.patients)
}

// list ranks the rows of one trial.
func (p *Plan) list(number int, tt *trialTally, patients []patient) *List {
	l := &List{
		Funnel: tt.funnel, Outcomes: tt.outcomes, NearMiss: tt.near, BySilence: tt.silence,
		patients: patients, tally: tt, trial: &p.trials[number], number: number,
		rows: make([]uint32, len(tt.rows)), likelihood: make([]float64, len(tt.rows)),
	}
	var factors []Share
	for n := range tt.rows {
		factors, l.likelihood[n] = l.shares(factors[:0], uint32(n))
	}
	l.sort(p.settings.AsOf)
	return l
}

// sort puts the rows in order. What compare asks is put into numbers first, so that only rows alike in all but their keys are
// compared whole.
func (l *List) sort(asOf dates.Day) {
	order := make([]ordered, len(l.rows))
	for n := range order {
		order[n] = l.ordered(uint32(n), asOf)
	}
	slices.SortFunc(order, func(a, b ordered) int {
		switch {
		case a.first != b.first:
			return cmp.Compare(a.first, b.first)
		case a.likelihood != b.likelihood:
			return cmp.Compare(b.likelihood, a.likelihood)
		case a.last != b.last:
			return cmp.Compare(a.last, b.last)
		}
		x, y := l.ranked(a.row), l.ranked(b.row)
		return compare(&x, &y, asOf)
	})
	for n := range order {
		l.rows[n] = order[n].row
	}
}

// ordered is a row and its place in the order, as numbers of which the smaller come first, but for the likelihood.
type ordered struct {
	first, last uint64 // what is asked before the likelihood, and after it
	likelihood  float64
	row         uint32
}

func (l *List) ordered(row uint32, asOf dates.Day) ordered {
	r, likelihood := &l.tally.rows[row], l.likelihood[row]
	p := &l.patients[r.patient]
	first := uint64(r.outcome) << 1
	if !r.near {
		first |= 1
	}
	first = first<<32 | upwards(r.eligibleFrom)
	first = first<<2 | uint64(band(likelihood))
	first = first<<12 | within(r.closes, asOf)<<6 | within(p.nextVisit, asOf)
	last := uint64(^r.soft)<<8 | uint64(r.open)
	last = last<<32 | upwards(p.lastContact) ^ (1<<32 - 1)
	return ordered{first, last, likelihood, row}
}

// upwards gives a number below 2 to the 32 that grows with the day.
func upwards(d dates.Day) uint64 { return uint64(uint32(d) ^ 1<<31) }

func (l *List) ranked(row uint32) Ranked {
	r := &l.tally.rows[row]
	p := &l.patients[r.patient]
	return Ranked{
		Key: p.key, Outcome: r.outcome, NearMiss: r.near, BySilence: r.bySilence, Arm: l.trial.arms[r.arm].name,
		Likelihood: l.likelihood[row], Open: int(r.open), Soft: int(r.soft), EligibleFrom: r.eligibleFrom, ClosesOn: r.closes,
		NextVisit: p.nextVisit, LastContact: p.lastContact, Newest: r.newest,
	}
}

// shares appends the factors of a row's likelihood, and gives their product.
func (l *List) shares(dst []Share, row uint32) ([]Share, float64) {
	n := len(l.trial.criteria)
	answers := l.tally.answers[int(row)*n : (int(row)+1)*n]
	return shares(dst, l.trial, &l.trial.arms[l.tally.rows[row].arm], l.tally.known, answers)
}

// Len is the number of patients in the list, the ineligible among them.
func (l *List) Len() int { return len(l.rows) }

// At gives the patient at a place, from 0.
func (l *List) At(place int) *Ranked {
	r := l.ranked(l.rows[place])
	return &r
}

// Shares gives the factors of the likelihood of the patient at a place; none in a cohort of one.
func (l *List) Shares(place int) []Share {
	if len(l.rows) < 2 {
		return nil
	}
	list, _ := l.shares(nil, l.rows[place])
	return list
}
