package api

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"prescreen/internal/access"
	"prescreen/internal/audit"
	"prescreen/internal/chart"
	"prescreen/internal/decision"
	"prescreen/internal/live"
	"prescreen/internal/screen"
	"prescreen/internal/web"
)

const decisionBody = 64 << 10

func (a *api) decisionRoutes() []web.Route {
	of, line := base+"/trials/{trial}/decisions", base+"/trials/{trial}/decisions/{log:[0-9]+}"
	csv := []web.Param{{Name: "format", Type: "string", Summary: "json or csv, before what Accept says"}}
	return []web.Route{
		{
			Method: http.MethodGet, Pattern: of, Needs: access.SeeCandidates, Trial: "trial", Handle: a.lines,
			Doc: web.Doc{ID: "listDecisions", Summary: "Lines of the trial's log, by number", Response: Lines{}, Query: []web.Param{
				{Name: "decided", Type: "string", Summary: "working (open or returned), open, closed, returned or a status; all if left out"},
				{Name: "owner", Type: "string", Summary: "only lines of this owner"},
				{Name: "dueBy", Type: "date", Summary: "only lines whose next action is due by this day"},
				{Name: "after", Type: "integer", Summary: "only lines with a higher number: next of the page before"},
				{Name: "limit", Type: "integer", Summary: "lines at most, up to 1000; 200 if left out"},
			}},
		},
		{
			Method: http.MethodPost, Pattern: of, Needs: access.Decide, Trial: "trial", Body: decisionBody, Handle: a.open,
			Doc: web.Doc{ID: "openDecision", Summary: "Record the first decision about a patient: opens a line of the log", Request: Opening{}, Response: Line{}, Status: http.StatusCreated},
		},
		{
			Method: http.MethodGet, Pattern: line, Needs: access.SeeCandidates, Trial: "trial", Handle: a.line,
			Doc: web.Doc{ID: "getDecision", Summary: "A line of the log; its ETag is asked for by a change", Response: Line{}},
		},
		{
			Method: http.MethodPut, Pattern: line, Needs: access.Decide, Trial: "trial", Body: decisionBody, Handle: a.change,
			Doc: web.Doc{ID: "changeDecision", Summary: "Change a line of the log: the body holds all of its values, If-Match its version", Request: Edit{}, Response: Line{}},
		},
		{
			Method: http.MethodGet, Pattern: line + "/history", Needs: access.SeeCandidates, Trial: "trial", Handle: a.history,
			Doc: web.Doc{ID: "getDecisionHistory", Summary: "Everything a line held before, who changed it, when and why", Response: History{}},
		},
		{
			Method: http.MethodGet, Pattern: base + "/trials/{trial}/log", Needs: access.SeeCandidates, Trial: "trial", Handle: a.identified,
			Doc: web.Doc{ID: "getLog", Summary: "The identified prescreening log: never leaves the site", Response: Log{}, Media: both, Query: csv},
		},
		{
			Method: http.MethodGet, Pattern: base + "/trials/{trial}/log/coded", Needs: access.SeeCandidates, Trial: "trial", Handle: a.coded,
			Doc: web.Doc{ID: "getCodedLog", Summary: "The coded prescreening log: nothing in it names a patient", Response: CodedLog{}, Media: both, Query: csv},
		},
		{
			Method: http.MethodGet, Pattern: base + "/trials/{trial}/consort", Needs: access.SeeTrials, Trial: "trial", Handle: a.consort,
			Doc: web.Doc{ID: "getConsort", Summary: "The numbers of a CONSORT flow", Response: decision.Totals{}, Media: both, Query: csv},
		},
	}
}

func (a *api) open(w http.ResponseWriter, r *http.Request) error {
	body, err := web.DecodeJSON[Opening](r, 0)
	if err != nil {
		return err
	}
	key := chart.Key{Source: body.Patient.Source, ID: body.Patient.ID}
	of, sheet, err := a.under(r.Context(), key, web.Trial(r))
	if err != nil {
		return err
	}
	board, err := a.Decisions.Board(r.Context(), of.Trial.ID)
	if err != nil {
		return err
	}
	if d := board.Of(sheet.Chart); d != nil {
		return web.Conflict("this patient has line " + strconv.Itoa(d.Log) + " of the trial's log already: change that one")
	}
	candidate := sheet.Trials[0].Candidate
	edit, err := body.edit(r, of, stateOf(candidate, of, sheet))
	if err != nil {
		return err
	}
	if err := a.confirmed(r, decision.New, edit.Values.Status); err != nil {
		return err
	}
	person, _, err := a.person(r.Context(), key)
	if err != nil {
		return err
	}
	d, change, err := decision.First(decision.Decision{
		Trial: of.Trial.ID, Person: person, Chart: sheet.Chart, Source: key.Source, Patient: key.ID, Proposed: sheet.Day,
		Then: decision.Then{Rules: of.Trial.Rules.Version, Protocol: of.Trial.Version, Outcome: outcomeThen(candidate)},
		Born: candidate.Patient.BirthDate, Sex: sexOf(&candidate.Patient),
	}, edit)
	if err != nil {
		return refusal(err)
	}
	e := web.Entry(r, audit.Create)
	e.Subjects = []int64{person}
	if err := a.Decisions.AddDecision(r.Context(), &d, change, e); err != nil {
		return refusal(err)
	}
	w.Header().Set("Location", r.URL.EscapedPath()+"/"+strconv.Itoa(d.Log))
	web.SetVersion(w, d.Version, d.At)
	return web.WriteJSON(w, r, http.StatusCreated, lineOf(&d, ""))
}

func outcomeThen(c *screen.Candidate) string {
	if c.Withheld != screen.NotWithheld {
		return "withheld: " + c.Withheld.String()
	}
	return c.Outcome.String()
}

func sexOf(p *screen.Patient) string {
	if p.Sex == chart.NoSex {
		return ""
	}
	return p.Sex.String()
}

// under gives a patient under one trial in force. Whoever is opposed is not there.
func (a *api) under(ctx context.Context, key chart.Key, trialID string) (live.InForce, *live.Sheet, error) {
	of, err := a.inForce(trialID)
	if err != nil {
		return of, nil, err
	}
	sheet, err := a.Live.Sheet(ctx, key, trialID)
	if err != nil {
		return of, nil, unfound(err, key, "patient.source")
	}
	if len(sheet.Trials) != 1 || sheet.Trials[0].Candidate.Withheld == screen.Opposed {
		return of, nil, unfound(live.ErrNotFound, key, "patient.source")
	}
	return sheet.Trials[0].InForce, sheet, nil
}

// known tells whether a patient may be told of at all, where the trial is no longer in force.
func (a *api) known(ctx context.Context, key chart.Key) (bool, error) {
	_, err := a.Live.Sheet(ctx, key, "")
	if errors.Is(err, live.ErrNotFound) || errors.Is(err, live.ErrErased) {
		return false, nil
	}
	return err == nil, err
}

// confirmed holds the right to say that somebody is enrolled or failed screening.
func (a *api) confirmed(r *http.Request, from, to decision.Status) error {
	if decision.NeedsInvestigator(from, to) && !may(r, access.Confirm, web.Trial(r)) {
		return web.Forbidden("only an investigator of the trial records, or takes back, that somebody is enrolled or failed screening")
	}
	return nil
}

// find gives the line that a path names, if it may be shown.
func (a *api) find(r *http.Request) (decision.Decision, bool, error) {
	log, err := strconv.Atoi(r.PathValue("log"))
	if err != nil {
		return decision.Decision{}, false, web.NotFound(decision.ErrNone.Error())
	}
	d, err := a.Decisions.Decision(r.Context(), web.Trial(r), log)
	if err != nil {
		return d, false, refusal(err)
	}
	hidden, err := a.hiddenFrom(r.Context(), d.Trial, []decision.Decision{d})
	if err != nil {
		return d, false, err
	}
	return d, d.Erased || hidden(&d), nil
}

func (a *api) line(w http.ResponseWriter, r *http.Request) error {
	d, removed, err := a.find(r)
	if err != nil {
		return err
	}
	if removed {
		return web.WriteJSON(w, r, http.StatusOK, Line{Trial: d.Trial, Log: d.Log, Version: d.Version, Removed: true})
	}
	if err := a.record(r, d.Trial, d.Trial+"/"+strconv.Itoa(d.Log), []int64{d.Person}); err != nil {
		return err
	}
	// What brings a line back changes without it, so that its version alone says nothing of a copy's freshness.
	web.SetVersion(w, d.Version, time.Time{})
	return web.WriteJSON(w, r, http.StatusOK, lineOf(&d, a.returned(r.Context(), &d)))
}

// returned tells why a line came back; "" where it did not, or nothing is known of the patient now.
func (a *api) returned(ctx context.Context, d *decision.Decision) string {
	if !d.Closed() {
		return ""
	}
	_, sheet, err := a.under(ctx, chart.Key{Source: d.Source, ID: d.Patient}, d.Trial)
	if err != nil {
		return ""
	}
	why, _ := d.Returns(stateOf(sheet.Trials[0].Candidate, sheet.Trials[0].InForce, sheet))
	return why
}

func (a *api) change(w http.ResponseWriter, r *http.Request) error {
	body, err := web.DecodeJSON[Edit](r, 0)
	if err != nil {
		return err
	}
	d, removed, err := a.find(r)
	switch {
	case err != nil:
		return err
	case removed:
		return web.Gone("nothing but the number of this line is left: it cannot be changed")
	}
	if err := web.CheckIfMatch(r, d.Version, true); err != nil {
		return err
	}
	of, now, err := a.stands(r.Context(), &d)
	if err != nil {
		return err
	}
	edit, err := body.edit(r, of, now)
	if err != nil {
		return err
	}
	if err := a.confirmed(r, d.Values.Status, edit.Values.Status); err != nil {
		return err
	}
	next, change, err := d.Apply(edit)
	if errors.Is(err, decision.ErrSame) {
		next, err = d, nil
	} else if err == nil {
		e := web.Entry(r, audit.Update)
		e.Subjects = []int64{d.Person}
		err = a.Decisions.SaveDecision(r.Context(), &next, change, e)
	}
	if err != nil {
		return refusal(err)
	}
	web.SetVersion(w, next.Version, time.Time{})
	why, _ := next.Returns(now)
	return web.WriteJSON(w, r, http.StatusOK, lineOf(&next, why))
}

// stands gives how the patient of a line stands now. A record that is gone, or a trial out of force, does not stop people
// from putting a log right: then nothing is known.
func (a *api) stands(ctx context.Context, d *decision.Decision) (live.InForce, decision.State, error) {
	of, sheet, err := a.under(ctx, chart.Key{Source: d.Source, ID: d.Patient}, d.Trial)
	if err == nil {
		return of, stateOf(sheet.Trials[0].Candidate, of, sheet), nil
	}
	var refused *web.Error
	if !errors.As(err, &refused) {
		return of, decision.State{}, err
	}
	now := decision.State{Day: a.Live.Day(), Protocol: d.Then.Protocol}
	if of.Trial != nil {
		now.Protocol = of.Trial.Version
		return of, now, nil
	}
	of, err = a.lastOf(ctx, d.Trial)
	return of, now, err
}

// History is what became of a line.
type History struct {
	Trial   string         `json:"trial"`
	Log     int            `json:"log"`
	Removed bool           `json:"removed,omitzero"`
	Changes []HistoryEntry `json:"changes"`
}

// HistoryEntry is one change.
type HistoryEntry struct {
	Version          int          `json:"version"`
	At               string       `json:"at"`
	By               string       `json:"by"`
	CorrectionReason string       `json:"correctionReason,omitempty"`
	Fields           []FieldMoved `json:"fields"`
}

// FieldMoved is one value that became another.
type FieldMoved struct {
	Name string `json:"name"`
	Was  string `json:"was"`
	Is   string `json:"is"`
}

func (a *api) history(w http.ResponseWriter, r *http.Request) error {
	d, removed, err := a.find(r)
	if err != nil {
		return err
	}
	out := History{Trial: d.Trial, Log: d.Log, Removed: removed, Changes: []HistoryEntry{}}
	if removed {
		return web.WriteJSON(w, r, http.StatusOK, out)
	}
	changes, err := a.Decisions.DecisionHistory(r.Context(), d.Trial, d.Log)
	if err != nil {
		return err
	}
	for _, c := range changes {
		e := HistoryEntry{Version: c.Version, At: stamp(c.At), By: c.By, CorrectionReason: c.Why, Fields: []FieldMoved{}}
		for _, f := range c.Fields {
			e.Fields = append(e.Fields, FieldMoved(f))
		}
		out.Changes = append(out.Changes, e)
	}
	if err := a.record(r, d.Trial, d.Trial+"/"+strconv.Itoa(d.Log), []int64{d.Person}); err != nil {
		return err
	}
	return web.WriteJSON(w, r, http.StatusOK, out)
}
