package api

import (
	"net/http"

	"prescreen/internal/access"
	"prescreen/internal/live"
	"prescreen/internal/screen"
	"prescreen/internal/trial"
	"prescreen/internal/web"
)

func (a *api) trialRoutes() []web.Route {
	return []web.Route{
		{
			Method: http.MethodGet, Pattern: base + "/trials", Needs: access.SeeTrials, Each: true, Handle: a.trials,
			Doc: web.Doc{ID: "listTrials", Summary: "The trials in force that the caller may see", Response: Trials{}},
		},
		{
			Method: http.MethodGet, Pattern: base + "/trials/{trial}", Needs: access.SeeTrials, Trial: "trial", Handle: a.trial,
			Doc: web.Doc{ID: "getTrial", Summary: "A trial in force: its protocol lines and what they come to", Response: TrialPage{}},
		},
		{
			Method: http.MethodGet, Pattern: base + "/trials/{trial}/funnel", Needs: access.SeeTrials, Trial: "trial", Handle: a.funnel,
			Doc: web.Doc{ID: "getFunnel", Summary: "Criterion by criterion: who passes, fails and is open, and what that rests on", Response: Funnel{}},
		},
	}
}

// Trials is a list of trials.
type Trials struct {
	Day    string         `json:"day"` // that the lists are of
	Trials []TrialSummary `json:"trials"`
}

// TrialSummary is what a trial is.
type TrialSummary struct {
	ID              string `json:"id"`
	NCT             string `json:"nct,omitempty"`
	Title           string `json:"title"`
	Phase           string `json:"phase,omitempty"`
	Sponsor         string `json:"sponsor,omitempty"`
	Recruiting      string `json:"recruiting"`
	RecruitmentEnds string `json:"recruitmentEnds,omitempty"`
	ProtocolVersion string `json:"protocolVersion,omitempty"`
	RulesVersion    string `json:"rulesVersion,omitempty"`
	Version         int64  `json:"version"` // number of the version in force here
	State           string `json:"state"`
	Since           string `json:"since"`
}

// TrialPage is a trial with its protocol and what it comes to.
type TrialPage struct {
	TrialSummary
	Day      string         `json:"day"`
	Arms     []string       `json:"arms"`
	Criteria []ProtocolLine `json:"criteria"`
	Outcomes Outcomes       `json:"outcomes"`
}

// ProtocolLine is a criterion as the trial asks it.
type ProtocolLine struct {
	ID         string   `json:"id"`
	Kind       string   `json:"kind"`
	Text       string   `json:"text"`
	Check      string   `json:"check"`
	Role       string   `json:"role,omitempty"` // why it holds nobody back; nothing for those that decide
	Repeatable bool     `json:"repeatable,omitzero"`
	Question   string   `json:"question,omitempty"`
	Ask        string   `json:"ask,omitempty"`
	Note       string   `json:"note,omitempty"`
	Arms       []string `json:"arms,omitempty"`
}

// Outcomes counts the patients of a list.
type Outcomes struct {
	Patients            int `json:"patients"`
	PotentiallyEligible int `json:"potentiallyEligible"`
	NeedsReview         int `json:"needsReview"`
	NotYet              int `json:"notYet"`
	Ineligible          int `json:"ineligible"`
	NearMiss            int `json:"nearMiss"`            // of the ineligible
	BySilence           int `json:"ineligibleBySilence"` // of the ineligible, by silence alone
}

func (a *api) trials(w http.ResponseWriter, r *http.Request) error {
	out := Trials{Day: dayOf(a.Live.Day()), Trials: []TrialSummary{}}
	for _, t := range a.Live.Trials() {
		if may(r, access.SeeTrials, t.Trial.ID) {
			out.Trials = append(out.Trials, summaryOf(t))
		}
	}
	return web.WriteJSON(w, r, http.StatusOK, out)
}

func summaryOf(t live.InForce) TrialSummary {
	return TrialSummary{
		ID: t.Trial.ID, NCT: t.Trial.NCT, Title: t.Trial.Title, Phase: t.Trial.Phase, Sponsor: t.Trial.Sponsor,
		Recruiting: t.Trial.Recruiting.String(), RecruitmentEnds: endOf(t.Trial), ProtocolVersion: t.Trial.Version,
		RulesVersion: t.Trial.Rules.Version, Version: t.Version.No, State: string(t.Version.State), Since: stamp(t.Version.Since),
	}
}

func endOf(t *trial.Trial) string {
	if t.RecruitmentEnds == 0 {
		return ""
	}
	return t.RecruitmentEnds.String()
}

func (a *api) trial(w http.ResponseWriter, r *http.Request) error {
	l, err := a.listing(r.Context(), web.Trial(r))
	if err != nil {
		return err
	}
	out := TrialPage{
		TrialSummary: summaryOf(l.InForce), Day: dayOf(l.Day), Arms: l.Trial.Arms, Criteria: []ProtocolLine{}, Outcomes: outcomesOf(l.List),
	}
	for i := range l.Trial.Criteria {
		out.Criteria = append(out.Criteria, protocolLine(&l.Trial.Criteria[i]))
	}
	return web.WriteJSON(w, r, http.StatusOK, out)
}

func protocolLine(c *trial.Criterion) ProtocolLine {
	return ProtocolLine{
		ID: c.ID, Kind: c.Kind.String(), Text: c.Text, Check: c.Check.String(), Role: screen.RoleOf(c), Repeatable: c.Repeatable,
		Question: c.Question, Ask: c.Ask, Note: c.Note, Arms: c.Arm,
	}
}

func outcomesOf(l *screen.List) Outcomes {
	return Outcomes{
		Patients: l.Len(), PotentiallyEligible: l.Outcomes[screen.PotentiallyEligible], NeedsReview: l.Outcomes[screen.NeedsReview],
		NotYet: l.Outcomes[screen.NotYet], Ineligible: l.Outcomes[screen.Ineligible], NearMiss: l.NearMiss, BySilence: l.BySilence,
	}
}

// Funnel is what a trial's criteria do to the patients, one by one and together, and what a run says about itself.
type Funnel struct {
	Trial    string            `json:"trial"`
	Version  int64             `json:"version"`
	Day      string            `json:"day"`
	Outcomes Outcomes          `json:"outcomes"`
	Steps    []Step            `json:"steps"` // hard automatic criteria only, in the order of the protocol
	Withheld []WithheldCount   `json:"withheld"`
	Criteria []CriterionShares `json:"criteria"`
	Empty    []EmptySet        `json:"emptyValueSets"`
	Newest   []KindNewest      `json:"newestRecords"` // of every kind, in the store
}

// Step is a criterion alone, and together with all before it.
type Step struct {
	Criterion string `json:"criterion"`
	Pass      int    `json:"pass"`
	Fail      int    `json:"fail"`
	Open      int    `json:"open"`
	BySilence int    `json:"bySilence"`
	In        int    `json:"in"`
	Unknown   int    `json:"unknown"`
	Out       int    `json:"out"`
}

// WithheldCount counts patients who stand in no list.
type WithheldCount struct {
	Why   string `json:"why"`
	Count int    `json:"count"`
}

// CriterionShares says what a criterion's verdicts rest on.
type CriterionShares struct {
	Criterion string `json:"criterion"`
	Role      string `json:"role,omitempty"`
	Record    int    `json:"record"`
	Silence   int    `json:"silence"`
	Assumed   int    `json:"assumed"`
	Open      int    `json:"open"`
	Same      string `json:"decidesEverybody,omitempty"` // the effect that all patients get: more often than not a mistake in the rule
}

// EmptySet is a value set of which no code was met in any record.
type EmptySet struct {
	Name      string `json:"name"`
	Codes     int    `json:"codes"`
	Criterion string `json:"criterion"`
}

func (a *api) funnel(w http.ResponseWriter, r *http.Request) error {
	l, err := a.listing(r.Context(), web.Trial(r))
	if err != nil {
		return err
	}
	out := Funnel{
		Trial: l.Trial.ID, Version: l.Version.No, Day: dayOf(l.Day), Outcomes: outcomesOf(l.List),
		Steps: stepsOf(l.Funnel), Withheld: []WithheldCount{},
	}
	for _, x := range l.Withheld {
		out.Withheld = append(out.Withheld, WithheldCount{x.Why.String(), x.Count})
	}
	out.Criteria, out.Empty = sharesOf(l.Report.Criteria), emptySets(l.Report.Empty)
	if out.Newest, err = a.newest(r.Context()); err != nil {
		return err
	}
	return web.WriteJSON(w, r, http.StatusOK, out)
}

func sharesOf(list []screen.CriterionReport) []CriterionShares {
	out := []CriterionShares{}
	for _, c := range list {
		s := CriterionShares{
			Criterion: c.Criterion.ID, Role: c.Role, Record: c.Bases.Record, Silence: c.Bases.Silence, Assumed: c.Bases.Assumed, Open: c.Bases.Open,
		}
		if e, same := c.Bases.Same(); same && c.Role != screen.RolePerson {
			s.Same = e.String()
		}
		out = append(out, s)
	}
	return out
}

func stepsOf(steps []screen.Step) []Step {
	out := []Step{}
	for _, s := range steps {
		out = append(out, Step{s.Criterion.ID, s.Pass, s.Fail, s.Open, s.BySilence, s.In, s.Unknown, s.Out})
	}
	return out
}

func emptySets(list []screen.EmptySet) []EmptySet {
	out := []EmptySet{}
	for _, e := range list {
		out = append(out, EmptySet(e))
	}
	return out
}
