package screen

import (
	"prescreen/internal/chart"
	"prescreen/internal/dates"
)

// Tally gathers what workers have screened: per patient and trial outcome, verdict codes and days, nothing else. Each
// worker has its own; Merge joins them, in any order.
type Tally struct {
	plan     *Plan
	patients []patient
	withheld [Opposed]int // patients by reason
	trials   []trialTally
	records  Records
}

type patient struct {
	key                    chart.Key
	lastContact, nextVisit dates.Day
}

// trialTally holds one trial's rows; the answers of row i are answers[i*n:(i+1)*n] of n criteria.
type trialTally struct {
	rows     []tallied
	answers  []packed
	funnel   funnel
	known    []known
	bases    []Bases
	outcomes [OutcomeCount]int
	near     int
	silence  int
}

// tallied is a row in a tally.
type tallied struct {
	patient                      uint32
	outcome                      Outcome
	arm, open, soft              uint8
	near, bySilence              bool
	eligibleFrom, closes, newest dates.Day
}

// NewTally makes an empty tally.
func (p *Plan) NewTally() *Tally {
	t := &Tally{plan: p, trials: make([]trialTally, len(p.trials))}
	for i := range p.trials {
		t.trials[i] = newTrialTally(&p.trials[i])
	}
	return t
}

func newTrialTally(t *plannedTrial) trialTally {
	n := len(t.criteria)
	return trialTally{funnel: newFunnel(t), known: make([]known, n), bases: make([]Bases, n)}
}

// grow makes room for so many more rows of n criteria.
func (t *trialTally) grow(rows, n int) {
	t.rows = append(make([]tallied, 0, len(t.rows)+rows), t.rows...)
	t.answers = append(make([]packed, 0, len(t.answers)+rows*n), t.answers...)
}

// Add takes in a chart and what a worker made of it. Patients who are opposed to every trial leave no trace.
func (t *Tally) Add(c *chart.Chart, s *Screened) {
	var why [Opposed + 1]bool
	listed := false
	for i := range s.Rows {
		why[s.Rows[i].Withheld] = true
		listed = listed || s.Rows[i].Withheld == NotWithheld
	}
	if !listed && !why[Deceased] && !why[Enrolled] {
		return
	}
	t.records.Patients++
	for w := Deceased; w < Opposed; w++ {
		if why[w] {
			t.withheld[w]++
		}
	}
	if !listed {
		return
	}
	t.records.see(c, t.plan.settings.AsOf)
	t.patients = append(t.patients, patient{s.Key, s.LastContact, s.NextVisit})
	for i := range s.Rows {
		if s.Rows[i].Withheld == NotWithheld {
			t.trials[i].add(&t.plan.trials[i], &s.Rows[i], uint32(len(t.patients)-1))
		}
	}
}

func (t *trialTally) add(p *plannedTrial, r *Row, patient uint32) {
	t.rows = append(t.rows, tallied{
		patient: patient, outcome: r.Outcome, arm: uint8(r.Arm), open: uint8(min(r.Open, 255)), soft: uint8(min(r.Soft, 255)),
		near: r.NearMiss, bySilence: r.BySilence, eligibleFrom: r.EligibleFrom, closes: r.ClosesOn, newest: r.Newest,
	})
	for k := range r.Answers {
		t.answers = append(t.answers, pack(&r.Answers[k]))
		t.bases[k].add(p.criteria[k].Kind, &r.Answers[k])
	}
	t.funnel.add(p, r.Answers)
	learn(t.known, p, r.Answers)
	t.outcomes[r.Outcome]++
	if r.NearMiss {
		t.near++
	}
	if r.BySilence {
		t.silence++
	}
}

// Merge takes in another worker's tally, which must not be used afterwards.
func (t *Tally) Merge(o *Tally) {
	first := uint32(len(t.patients))
	t.patients = append(t.patients, o.patients...)
	for w := range t.withheld {
		t.withheld[w] += o.withheld[w]
	}
	t.records.merge(&o.records)
	for i := range t.trials {
		t.trials[i].merge(&o.trials[i], first)
	}
}

func (t *trialTally) merge(o *trialTally, first uint32) {
	for _, r := range o.rows {
		r.patient += first
		t.rows = append(t.rows, r)
	}
	t.answers = append(t.answers, o.answers...)
	t.funnel.merge(o.funnel)
	for k := range t.known {
		t.known[k].merge(o.known[k])
		t.bases[k].merge(o.bases[k])
	}
	for i := range t.outcomes {
		t.outcomes[i] += o.outcomes[i]
	}
	t.near += o.near
	t.silence += o.silence
}
