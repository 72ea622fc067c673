package screen

import (
	"prescreen/internal/chart"
	"prescreen/internal/dates"
)

// Ranking makes a List of kept rows of one trial: the same one that a Tally of the charts themselves gives. Rows may come
// in any order.
type Ranking struct {
	plan     *Plan
	number   int
	patients []patient
	tally    trialTally
	withheld [Opposed]int
	added    int
	place    []int // by row of the tally: the how-manieth that was added
}

// NewRanking begins the list of a trial of the plan.
func (p *Plan) NewRanking(number int) *Ranking {
	return &Ranking{plan: p, number: number, tally: newTrialTally(&p.trials[number])}
}

// Grow makes room for so many more rows.
func (r *Ranking) Grow(n int) {
	r.patients = append(make([]patient, 0, len(r.patients)+n), r.patients...)
	r.place = append(make([]int, 0, len(r.place)+n), r.place...)
	r.tally.grow(n, len(r.plan.trials[r.number].criteria))
}

// Add takes a row in; those that are withheld are counted and not listed, the opposed not even counted. The row must fit
// the trial: see Plan.Fits.
func (r *Ranking) Add(key chart.Key, lastContact, nextVisit dates.Day, row *Row) {
	if !r.plan.Fits(r.number, row) {
		panic("screen: a row of another trial or of another version of it")
	}
	r.added++
	if row.Withheld != NotWithheld {
		if row.Withheld < Opposed {
			r.withheld[row.Withheld]++
		}
		return
	}
	r.patients = append(r.patients, patient{key, lastContact, nextVisit})
	r.place = append(r.place, r.added-1)
	r.tally.add(&r.plan.trials[r.number], row, uint32(len(r.patients)-1))
}

// List ranks what was added; nothing may be added afterwards. By place in the list, added gives the how-manieth of all rows added stands there, from 0.
func (r *Ranking) List() (l *List, added []int) {
	l = r.plan.list(r.number, &r.tally, r.patients)
	added = make([]int, len(l.rows))
	for i, row := range l.rows {
		added[i] = r.place[row]
	}
	return l, added
}

// Withheld counts the rows that are in no list, by reason; those who are opposed are not counted.
func (r *Ranking) Withheld() []Withheld { return withheldCounts(&r.withheld) }

// Report is what a run over the same charts says about the trial.
func (r *Ranking) Report() TrialReport { return r.plan.report(r.number, &r.tally) }
