package api

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"prescreen/internal/access"
	"prescreen/internal/chart"
	"prescreen/internal/decision"
	"prescreen/internal/live"
	"prescreen/internal/report"
	"prescreen/internal/screen"
	"prescreen/internal/web"
)

func (a *api) candidateRoutes() []web.Route {
	return []web.Route{
		{
			Method: http.MethodGet, Pattern: base + "/trials/{trial}/candidates", Needs: access.SeeCandidates, Trial: "trial", Handle: a.candidates,
			Doc: web.Doc{
				ID: "listCandidates", Summary: "Ranked candidates of a trial, each with reasons and evidence", Response: CandidatePage{},
				Query: []web.Param{
					{Name: "outcome", Type: "string", Summary: "only these outcomes, with commas between them"},
					{Name: "action", Type: "string", Summary: "only those who have this left to do: order, ask, read, repair or wait"},
					{Name: "criterion", Type: "string", Summary: "only those on whom this criterion has the effect"},
					{Name: "effect", Type: "string", Summary: "pass, fail or open (default), of the criterion"},
					{Name: "arm", Type: "string", Summary: "only those of this arm"},
					{Name: "decided", Type: "string", Summary: "working (default; without a line in the log, with an open one, or returned), all, none, open, closed, returned, or a status"},
					{Name: "owner", Type: "string", Summary: "only those whose line has this owner"},
					{Name: "q", Type: "string", Summary: "the patient with exactly this id; of all, whatever was decided"},
					{Name: "sort", Type: "string", Summary: "rank (default), eligibleFrom, lastContact, likelihood or open"},
					{Name: "limit", Type: "integer", Summary: "candidates on a page, at most 200; 25 if left out"},
					{Name: web.CursorParam, Type: "string", Summary: "where the page begins: next of the page before"},
				},
			},
		},
		{
			Method: http.MethodGet, Pattern: base + "/patients/{id}", Needs: access.SeeCandidates, Each: true, Handle: a.patient,
			Doc: web.Doc{
				ID: "getPatient", Summary: "A patient under every trial that the caller may see", Response: PatientSheet{},
				Query: []web.Param{{Name: "source", Type: "string", Summary: "the feed the patient's record came from"}},
			},
		},
	}
}

// CandidatePage is a page of a trial's list.
type CandidatePage struct {
	Trial      string       `json:"trial"`
	Version    int64        `json:"version"`
	Day        string       `json:"day"`
	State      int64        `json:"state"`         // of the store: pages of one list have the same
	Total      int          `json:"total"`         // in the list, before any filter
	Chosen     int          `json:"chosen"`        // by the filter, on all pages
	Newest     []KindNewest `json:"newestRecords"` // of every kind, in the store
	Candidates []Candidate  `json:"candidates"`
	Next       string       `json:"next,omitempty"` // cursor of the next page
}

// Candidate is a patient in a trial's list.
type Candidate struct {
	report.Candidate
	ShareSentence string       `json:"shareSentence,omitempty"`
	Withheld      string       `json:"withheld,omitempty"` // on a sheet: why the patient stands in no list
	Decision      *LineSummary `json:"decision,omitempty"`
	Returned      string       `json:"returnedBecause,omitempty"`
}

// LineSummary is what a list says of a line of the log.
type LineSummary struct {
	Log       int           `json:"log"`
	Version   int           `json:"version"`
	Status    string        `json:"status"`
	Reason    string        `json:"reason,omitempty"`
	Criterion string        `json:"criterion,omitempty"`
	Closed    bool          `json:"closed"`
	Owner     string        `json:"owner,omitempty"`
	Next      string        `json:"next,omitempty"`
	Due       string        `json:"due,omitempty"`
	Recheck   string        `json:"recheck,omitempty"`
	Answers   []GivenAnswer `json:"answers,omitempty"`
}

func summaryOfLine(d *decision.Decision) *LineSummary {
	if d == nil {
		return nil
	}
	v := &d.Values
	return &LineSummary{
		Log: d.Log, Version: d.Version, Status: v.Status.String(), Reason: v.Reason.Kind.String(), Criterion: v.Reason.Criterion,
		Closed: d.Closed(), Owner: v.Owner, Next: v.Next, Due: dayOf(v.Due), Recheck: dayOf(v.Recheck), Answers: answersOf(v.Answers),
	}
}

// place is where the next page begins, sealed in a cursor: the list, and a place in its order.
type place struct {
	Seq     live.Seq `json:"s"`
	Version int64    `json:"v"`
	From    int      `json:"f"`
}

func (a *api) candidates(w http.ResponseWriter, r *http.Request) error {
	ask, err := readAsk(r)
	if err != nil {
		return err
	}
	l, from, err := a.page(r)
	if err != nil {
		return err
	}
	if err := ask.fits(l); err != nil {
		return err
	}
	board, err := a.Decisions.Board(r.Context(), l.Trial.ID)
	if err != nil {
		return err
	}
	chosen, err := a.choose(r.Context(), l, ask, board)
	if err != nil {
		return err
	}
	out := CandidatePage{Trial: l.Trial.ID, Version: l.Version.No, Day: dayOf(l.Day), State: int64(l.Seq), Total: l.Len(), Chosen: len(chosen)}
	rest := chosen
	for len(rest) > 0 && rest[0].order < from {
		rest = rest[1:]
	}
	if len(rest) > ask.limit {
		out.Next, err = web.EncodeCursor(a.CursorKey, r, place{l.Seq, l.Version.No, rest[ask.limit].order})
		if err != nil {
			return err
		}
		rest = rest[:ask.limit]
	}
	if out.Newest, err = a.newest(r.Context()); err != nil {
		return err
	}
	if out.Candidates, err = a.described(r, l, rest, board); err != nil {
		return err
	}
	return web.WriteJSON(w, r, http.StatusOK, out)
}

// page gives the list that a page is of, and where in its order it begins.
func (a *api) page(r *http.Request) (*live.Listing, int, error) {
	cursor := r.URL.Query().Get(web.CursorParam)
	if cursor == "" {
		l, err := a.listing(r.Context(), web.Trial(r))
		return l, 0, err
	}
	var p place
	if err := web.DecodeCursor(a.CursorKey, r, cursor, &p); err != nil {
		return nil, 0, err
	}
	l, err := a.again(web.Trial(r), p.Seq, p.Version)
	if err == nil {
		err = a.stillTold(r.Context(), l)
	}
	return l, p.From, err
}

// stillTold refuses the further pages of a list in which somebody stands, and is counted, who objects or was erased meanwhile.
func (a *api) stillTold(ctx context.Context, l *live.Listing) error {
	now, err := a.Live.List(ctx, l.Trial.ID) // not kept: whoever pages must not push the list out that is paged through
	if err != nil || now == l {
		return notReady(err)
	}
	listed := make(map[int64]bool, len(now.Chart))
	for _, chart := range now.Chart {
		listed[chart] = true
	}
	for _, chart := range l.Chart {
		if listed[chart] {
			continue
		}
		row, _, err := a.Live.Verdicts(ctx, chart, l.Trial.ID)
		if err != nil {
			return err
		}
		if row == nil || row.Withheld == screen.Opposed {
			return listChanged()
		}
	}
	return nil
}

func listChanged() error {
	return web.Gone("the list has changed since its first page: ask for it again without the cursor")
}

// described tells all about candidates, after the audit log knows of it.
func (a *api) described(r *http.Request, l *live.Listing, of []choice, board *decision.Board) ([]Candidate, error) {
	places, persons := make([]int, len(of)), make([]int64, len(of))
	for i, c := range of {
		places[i], persons[i] = c.place, l.Chart[c.place]
	}
	list, err := a.Live.Describe(r.Context(), l, places)
	if errors.Is(err, live.ErrConflict) || errors.Is(err, live.ErrNotFound) {
		return nil, web.Gone("the list has changed while it was read: ask for its first page again")
	}
	if err != nil {
		return nil, err
	}
	out := make([]Candidate, len(list))
	for i, c := range list {
		out[i] = candidate(c, l.At(places[i]).Key, board.Of(l.Chart[places[i]]), stateAt(l, places[i]))
	}
	return out, a.record(r, l.Trial.ID, "candidates", persons)
}

func candidate(c *screen.Candidate, key chart.Key, line *decision.Decision, now decision.State) Candidate {
	out := Candidate{Candidate: report.CandidateOf(c, key), ShareSentence: report.ShareSentence(c), Withheld: c.Withheld.String(), Decision: summaryOfLine(line)}
	if line != nil {
		out.Returned, _ = line.Returns(now)
	}
	return out
}

// PatientSheet is a patient under trials.
type PatientSheet struct {
	Day    string       `json:"day"`
	Source string       `json:"source,omitempty"`
	ID     string       `json:"id"`
	Trials []SheetTrial `json:"trials"`
}

// SheetTrial is a patient under one trial.
type SheetTrial struct {
	Trial     TrialSummary `json:"trial"`
	Candidate Candidate    `json:"candidate"`
}

func (a *api) patient(w http.ResponseWriter, r *http.Request) error {
	key := chart.Key{Source: r.URL.Query().Get("source"), ID: r.PathValue("id")}
	sheet, err := a.Live.Sheet(r.Context(), key, "")
	if err != nil {
		return unfound(err, key, "?source=")
	}
	out := PatientSheet{Day: dayOf(sheet.Day), Source: key.Source, ID: key.ID, Trials: []SheetTrial{}}
	for i := range sheet.Trials {
		t := &sheet.Trials[i]
		// Opposed to one study: under that one there is no such patient.
		if t.Candidate.Withheld == screen.Opposed || !may(r, access.SeeCandidates, t.Trial.ID) {
			continue
		}
		board, err := a.Decisions.Board(r.Context(), t.Trial.ID)
		if err != nil {
			return err
		}
		now := stateOf(t.Candidate, t.InForce, sheet)
		out.Trials = append(out.Trials, SheetTrial{summaryOf(t.InForce), candidate(t.Candidate, sheet.Key, board.Of(sheet.Chart), now)})
	}
	if len(out.Trials) == 0 {
		return unfound(live.ErrNotFound, key, "?source=")
	}
	if err := a.record(r, "", "sheet", []int64{sheet.Chart}); err != nil {
		return err
	}
	return web.WriteJSON(w, r, http.StatusOK, out)
}

// hiddenFrom tells which lines of a log may not be told of: those of people who are opposed.
func (a *api) hiddenFrom(ctx context.Context, trialID string, lines []decision.Decision) (func(*decision.Decision) bool, error) {
	hidden := map[int]bool{}
	l, err := a.listing(ctx, trialID)
	inForce := err == nil
	if err != nil && slices.ContainsFunc(a.Live.Trials(), func(t live.InForce) bool { return t.Trial.ID == trialID }) {
		return nil, err
	}
	for i := range lines {
		d := &lines[i]
		if d.Erased || d.Chart == 0 {
			continue
		}
		ok := false
		if inForce {
			ok, err = a.seen(ctx, l, d.Chart)
		} else {
			ok, err = a.known(ctx, chart.Key{Source: d.Source, ID: d.Patient})
		}
		if err != nil {
			return nil, err
		}
		hidden[d.Log] = !ok
	}
	return func(d *decision.Decision) bool { return hidden[d.Log] }, nil
}
