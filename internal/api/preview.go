package api

import (
	"net/http"

	"prescreen/internal/access"
	"prescreen/internal/chart"
	"prescreen/internal/live"
	"prescreen/internal/screen"
	"prescreen/internal/trial"
	"prescreen/internal/verdict"
	"prescreen/internal/web"
)

// movesNamed is how many patients who move are named.
const movesNamed = 200

// Preview is what a draft comes to.
type Preview struct {
	Trial    string            `json:"trial"`
	Day      string            `json:"day"`
	Outcomes Outcomes          `json:"outcomes"`
	Steps    []Step            `json:"steps"`
	Criteria []CriterionShares `json:"criteria"`
	Empty    []EmptySet        `json:"emptyValueSets"`
	Against  *Moves            `json:"against,omitempty"` // nothing where the trial is not in force
}

// Moves is how a draft differs from the version in force, for the patients of both.
type Moves struct {
	Version  int64         `json:"version"`
	Outcomes []OutcomeMove `json:"outcomes"`
	Criteria []EffectMove  `json:"criteria"`
	Joining  int           `json:"joining"` // in the draft's list only
	Leaving  int           `json:"leaving"` // in the list in force only
	Patients []PatientMove `json:"patients,omitempty"`
	More     bool          `json:"more,omitzero"` // not all who move are named
}

// OutcomeMove counts patients with another outcome.
type OutcomeMove struct {
	Was   string `json:"was"`
	Is    string `json:"is"`
	Count int    `json:"count"`
}

// EffectMove counts patients on whom a criterion has another effect.
type EffectMove struct {
	Criterion string `json:"criterion"`
	Was       string `json:"was"`
	Is        string `json:"is"`
	Count     int    `json:"count"`
}

// PatientMove is a patient with another outcome.
type PatientMove struct {
	Source string `json:"source,omitempty"`
	ID     string `json:"id"`
	Was    string `json:"was"`
	Is     string `json:"is"`
}

func (a *api) preview(w http.ResponseWriter, r *http.Request) error {
	body, err := web.DecodeJSON[RuleText](r, 0)
	if err != nil {
		return err
	}
	t, err := a.compiled(&body)
	if err != nil {
		return err
	}
	if t.ID != web.Trial(r) {
		return web.Unprocessable("the file is of another trial than the path: set trial.id, or send it there")
	}
	list, plan, err := a.Live.Preview(r.Context(), t, nil)
	if err != nil {
		return notReady(err)
	}
	out := Preview{
		Trial: t.ID, Day: dayOf(plan.AsOf()), Outcomes: outcomesOf(list), Steps: stepsOf(list.Funnel), Criteria: sharesOf(list.Criteria()),
		Empty: emptySets(plan.EmptySets(0)),
	}
	if _, err := a.inForce(t.ID); err == nil {
		l, err := a.listing(r.Context(), t.ID)
		if err != nil {
			return err
		}
		moves, charts := compared(l, list, t)
		if !may(r, access.SeeCandidates, t.ID) {
			moves.Patients, charts = nil, nil
		}
		out.Against = &moves
		if err := a.record(r, "", "preview", charts); err != nil {
			return err
		}
	}
	return web.WriteJSON(w, r, http.StatusOK, out)
}

// compared holds a draft's list against that of the version in force. charts are those of the patients it names.
func compared(now *live.Listing, draft *screen.List, t *trial.Trial) (m Moves, charts []int64) {
	m = Moves{Version: now.Version.No, Outcomes: []OutcomeMove{}, Criteria: []EffectMove{}}
	was := make(map[chart.Key]int, now.Len())
	for place := range now.Len() {
		was[now.At(place).Key] = place
	}
	outcomes := map[[2]screen.Outcome]int{}
	effects := make([]map[[2]verdict.Effect]int, len(t.Criteria))
	shared := 0
	for place := range draft.Len() {
		is := draft.At(place)
		old, ok := was[is.Key]
		if !ok {
			m.Joining++
			continue
		}
		shared++
		if before := now.At(old); before.Outcome != is.Outcome {
			outcomes[[2]screen.Outcome{before.Outcome, is.Outcome}]++
			if m.More = len(m.Patients) == movesNamed; !m.More {
				m.Patients = append(m.Patients, PatientMove{is.Key.Source, is.Key.ID, before.Outcome.String(), is.Outcome.String()})
				charts = append(charts, now.Chart[old])
			}
		}
		countEffects(effects, now, old, draft, place, t)
	}
	m.Leaving = now.Len() - shared
	m.tell(outcomes, effects, t)
	return m, charts
}

func countEffects(effects []map[[2]verdict.Effect]int, now *live.Listing, old int, draft *screen.List, place int, t *trial.Trial) {
	for k := range t.Criteria {
		c := &t.Criteria[k]
		i := criterionOf(now.Trial, c.ID)
		if i < 0 {
			continue
		}
		was, is := now.Trial.Criteria[i].Kind.Effect(now.Verdict(old, i)), c.Kind.Effect(draft.Verdict(place, k))
		if was == is {
			continue
		}
		if effects[k] == nil {
			effects[k] = map[[2]verdict.Effect]int{}
		}
		effects[k][[2]verdict.Effect{was, is}]++
	}
}

// tell writes the counts in the order of outcomes, criteria and effects.
func (m *Moves) tell(outcomes map[[2]screen.Outcome]int, effects []map[[2]verdict.Effect]int, t *trial.Trial) {
	for was := screen.PotentiallyEligible; was < screen.OutcomeCount; was++ {
		for is := screen.PotentiallyEligible; is < screen.OutcomeCount; is++ {
			if n := outcomes[[2]screen.Outcome{was, is}]; n > 0 {
				m.Outcomes = append(m.Outcomes, OutcomeMove{was.String(), is.String(), n})
			}
		}
	}
	all := []verdict.Effect{verdict.Open, verdict.Pass, verdict.Fail}
	for k := range t.Criteria {
		for _, was := range all {
			for _, is := range all {
				if n := effects[k][[2]verdict.Effect{was, is}]; n > 0 {
					m.Criteria = append(m.Criteria, EffectMove{t.Criteria[k].ID, was.String(), is.String(), n})
				}
			}
		}
	}
}
