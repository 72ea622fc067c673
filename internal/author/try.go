package author

import (
	"cmp"
	"slices"
	"strings"

	"prescreen/internal/chart"
	"prescreen/internal/screen"
	"prescreen/internal/trial"
	"prescreen/internal/verdict"
)

// Tried gathers what a version of a trial, or two of them, do to a cohort: per patient the outcome and the effect of every
// criterion. Each worker has its own; Merge joins them in any order, and what is told does not depend on it.
type Tried struct {
	Trials   []*trial.Trial // the version that is tried, then the one it is held against
	withheld [screen.Opposed]int
	patients []tried
}

type tried struct {
	key      chart.Key
	outcomes []screen.Outcome
	effects  [][]verdict.Effect
}

// NewTried makes an empty one for the trials of a plan.
func NewTried(trials []*trial.Trial) *Tried { return &Tried{Trials: trials} }

// Add takes in what a worker made of a chart.
func (t *Tried) Add(s *screen.Screened) {
	for i := range s.Rows {
		if why := s.Rows[i].Withheld; why != screen.NotWithheld {
			if why < screen.Opposed { // whoever is opposed is counted nowhere
				t.withheld[why]++
			}
			return
		}
	}
	p := tried{key: s.Key}
	for i := range s.Rows {
		row := &s.Rows[i]
		effects := make([]verdict.Effect, len(t.Trials[i].Criteria))
		for k := range row.Answers {
			effects[k] = t.Trials[i].Criteria[k].Kind.Effect(row.Answers[k].Verdict)
		}
		p.outcomes, p.effects = append(p.outcomes, row.Outcome), append(p.effects, effects)
	}
	t.patients = append(t.patients, p)
}

// Merge takes in another worker's, which must not be used afterwards.
func (t *Tried) Merge(o *Tried) {
	t.patients = append(t.patients, o.patients...)
	for why, n := range o.withheld {
		t.withheld[why] += n
	}
}

// Sort puts the patients in the order of their keys; it is called once, before anything is asked.
func (t *Tried) Sort() {
	slices.SortFunc(t.patients, func(a, b tried) int {
		return cmp.Or(strings.Compare(a.key.Source, b.key.Source), strings.Compare(a.key.ID, b.key.ID))
	})
}

// Patients counts everybody who was asked.
func (t *Tried) Patients() int { return len(t.patients) }

// Outcomes counts what becomes of the patients under a version.
func (t *Tried) Outcomes(version int) [screen.OutcomeCount]int {
	var n [screen.OutcomeCount]int
	for i := range t.patients {
		n[t.patients[i].outcomes[version]]++
	}
	return n
}

// Branch is the patients for whom a criterion has one effect, and some of them to read.
type Branch struct {
	Effect verdict.Effect
	Count  int
	Read   []chart.Key
}

// toRead is how many charts of a branch are named.
const toRead = 3

// Branches splits the cohort by a criterion. The charts to read are spread over the branch: the first, the last and the one
// in the middle by the order of their keys.
func (t *Tried) Branches(criterion int) []Branch {
	var out []Branch
	for _, e := range [...]verdict.Effect{verdict.Pass, verdict.Fail, verdict.Open} {
		var keys []chart.Key
		for i := range t.patients {
			if t.patients[i].effects[0][criterion] == e {
				keys = append(keys, t.patients[i].key)
			}
		}
		b := Branch{Effect: e, Count: len(keys)}
		for i := range min(toRead, len(keys)) {
			b.Read = append(b.Read, keys[i*(len(keys)-1)/max(min(toRead, len(keys))-1, 1)])
		}
		out = append(out, b)
	}
	return out
}

// Move is a patient with another outcome, or other effects, than under the older version.
type Move struct {
	Key       chart.Key
	Was, Is   screen.Outcome
	Criteria  []Shift
	Different bool // the outcome is another one
}

// Shift is a criterion with another effect on a patient. One that a version has not has no effect there.
type Shift struct {
	ID       string
	Kind     verdict.Kind
	Was, Is  verdict.Effect
	Had, Has bool
}

// Words tells a shift in the words of the criterion's kind.
func (s Shift) Words() string {
	was, is := "not asked", "not asked"
	if s.Had {
		was = EffectWord(s.Kind, s.Was)
	}
	if s.Has {
		is = EffectWord(s.Kind, s.Is)
	}
	return was + " → " + is
}

// Moves gives the patients for whom the two versions differ, those with another outcome first.
func (t *Tried) Moves() []Move {
	if len(t.Trials) < 2 {
		return nil
	}
	var out []Move
	for i := range t.patients {
		p := &t.patients[i]
		m := Move{Key: p.key, Was: p.outcomes[1], Is: p.outcomes[0], Different: p.outcomes[0] != p.outcomes[1], Criteria: t.shifts(p)}
		if m.Different || len(m.Criteria) > 0 {
			out = append(out, m)
		}
	}
	slices.SortStableFunc(out, func(a, b Move) int {
		return cmp.Or(-cmp.Compare(boolNumber(a.Different), boolNumber(b.Different)), cmp.Compare(a.Was, b.Was), cmp.Compare(a.Is, b.Is))
	})
	return out
}

func boolNumber(b bool) int { return map[bool]int{true: 1}[b] }

// shifts compares criteria by id. One that only the newer version has counts where it does not pass, one that only the older
// had where it did not.
func (t *Tried) shifts(p *tried) []Shift {
	now, old := t.Trials[0], t.Trials[1]
	var out []Shift
	for k := range now.Criteria {
		c := &now.Criteria[k]
		s := Shift{ID: c.ID, Kind: c.Kind, Is: p.effects[0][k], Has: true}
		if i := indexOf(old, c.ID); i >= 0 {
			s.Had, s.Was = true, p.effects[1][i]
		}
		if s.Had && s.Was != s.Is || !s.Had && s.Is != verdict.Pass {
			out = append(out, s)
		}
	}
	for k := range old.Criteria {
		c := &old.Criteria[k]
		if indexOf(now, c.ID) < 0 && p.effects[1][k] != verdict.Pass {
			out = append(out, Shift{ID: c.ID, Kind: c.Kind, Was: p.effects[1][k], Had: true})
		}
	}
	return out
}

func indexOf(t *trial.Trial, id string) int {
	return slices.IndexFunc(t.Criteria, func(c trial.Criterion) bool { return c.ID == id })
}
