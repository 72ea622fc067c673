package screen

import (
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
	tt := &t.trials[number]
	l := &List{
		Funnel: tt.funnel, Outcomes: tt.outcomes, NearMiss: tt.near, BySilence: tt.silence,
		patients: t.patients, tally: tt, trial: &t.plan.trials[number], number: number,
		rows: make([]uint32, len(tt.rows)), likelihood: make([]float64, len(tt.rows)),
	}
	for n := range tt.rows {
		l.rows[n] = uint32(n)
		_, l.likelihood[n] = l.shares(uint32(n))
	}
	l.sort(t.plan.settings.AsOf)
	return l
}

func (l *List) sort(asOf dates.Day) {
	slices.SortFunc(l.rows, func(a, b uint32) int {
		x, y := l.ranked(a), l.ranked(b)
		return compare(&x, &y, asOf)
	})
}

func (l *List) ranked(row uint32) Ranked {
	r := &l.tally.rows[row]
	p := &l.patients[r.patient]
	return Ranked{
		Key: p.key, Outcome: r.outcome, NearMiss: r.near, BySilence: r.bySilence, Arm: l.trial.arms[r.arm].name,
		Likelihood: l.likelihood[row], Open: int(r.open), Soft: int(r.soft), EligibleFrom: r.eligibleFrom, ClosesOn: r.closes,
		NextVisit: p.nextVisit, LastContact: p.lastContact, Newest: r.newest,
	}
}

// shares gives the factors of a row's likelihood, and their product.
func (l *List) shares(row uint32) ([]Share, float64) {
	n := len(l.trial.criteria)
	answers := l.tally.answers[int(row)*n : (int(row)+1)*n]
	return shares(l.trial, &l.trial.arms[l.tally.rows[row].arm], l.tally.known, answers)
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
	list, _ := l.shares(l.rows[place])
	return list
}
