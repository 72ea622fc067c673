package api

import (
	"bytes"
	"io"
	"net/http"

	"prescreen/internal/dates"
	"prescreen/internal/decision"
	"prescreen/internal/live"
	"prescreen/internal/screen"
	"prescreen/internal/verdict"
	"prescreen/internal/web"
)

const (
	mediaCSV = "text/csv"
	both     = web.JSON + ", " + mediaCSV
)

// Log is the identified log of a trial.
type Log struct {
	Trial string          `json:"trial"`
	Day   string          `json:"day"`
	Lines []decision.Line `json:"lines"`
}

// CodedLog is the coded log of a trial.
type CodedLog struct {
	Trial string           `json:"trial"`
	Day   string           `json:"day"`
	Lines []decision.Coded `json:"lines"`
}

// shown gives the lines of a trial and which of them may not be told of.
func (a *api) shown(r *http.Request) ([]decision.Decision, func(*decision.Decision) bool, error) {
	board, err := a.Decisions.Board(r.Context(), web.Trial(r))
	if err != nil {
		return nil, nil, err
	}
	hidden, err := a.hiddenFrom(r.Context(), web.Trial(r), board.Lines)
	return board.Lines, hidden, err
}

func (a *api) identified(w http.ResponseWriter, r *http.Request) error {
	media, err := mediaOf(r)
	if err != nil {
		return err
	}
	lines, hidden, err := a.shown(r)
	if err != nil {
		return err
	}
	if err := a.record(r, "", "log", persons(lines, hidden)); err != nil {
		return err
	}
	out := decision.Identified(lines, hidden)
	if media == mediaCSV {
		return writeCSV(w, func(to io.Writer) error { return decision.WriteLog(to, out) })
	}
	return web.WriteJSON(w, r, http.StatusOK, Log{web.Trial(r), dayOf(a.Live.Day()), out})
}

func (a *api) coded(w http.ResponseWriter, r *http.Request) error {
	media, err := mediaOf(r)
	if err != nil {
		return err
	}
	lines, hidden, err := a.shown(r)
	if err != nil {
		return err
	}
	// Coded is not anonymous: whoever has the identified log can tell whom a line is about.
	if err := a.record(r, "", "coded log", persons(lines, hidden)); err != nil {
		return err
	}
	out := decision.CodedLog(lines, hidden)
	if media == mediaCSV {
		return writeCSV(w, func(to io.Writer) error { return decision.WriteCoded(to, out) })
	}
	return web.WriteJSON(w, r, http.StatusOK, CodedLog{web.Trial(r), dayOf(a.Live.Day()), out})
}

func (a *api) consort(w http.ResponseWriter, r *http.Request) error {
	media, err := mediaOf(r)
	if err != nil {
		return err
	}
	l, err := a.listing(r.Context(), web.Trial(r))
	if err != nil {
		return err
	}
	lines, hidden, err := a.shown(r)
	if err != nil {
		return err
	}
	out := assessed(l)
	out.Count(lines, hidden)
	if media == mediaCSV {
		return writeCSV(w, func(to io.Writer) error { return decision.WriteTotals(to, &out) })
	}
	return web.WriteJSON(w, r, http.StatusOK, out)
}

// assessed counts what the record says: whom each hard criterion makes ineligible, and who is that by it first. With arms a
// patient is ineligible only if so in every arm, so a criterion may fail patients who are not.
func assessed(l *live.Listing) decision.Totals {
	out := decision.Totals{
		Trial: l.Trial.ID, AsOf: l.Day.String(), Assessed: l.Len(), Ineligible: l.Outcomes[screen.Ineligible], By: []decision.Excluded{},
	}
	at := make([]int, len(l.Trial.Criteria))
	for k := range l.Trial.Criteria {
		at[k] = -1
		if role := screen.RoleOf(&l.Trial.Criteria[k]); role == "" || role == screen.RoleVisit {
			at[k] = len(out.By)
			out.By = append(out.By, decision.Excluded{Criterion: l.Trial.Criteria[k].ID})
		}
	}
	for place := range l.Len() {
		if l.At(place).Outcome != screen.Ineligible {
			continue
		}
		first := true
		for k := range l.Trial.Criteria {
			c := &l.Trial.Criteria[k]
			if at[k] < 0 || c.Kind.Effect(l.Verdict(place, k)) != verdict.Fail || !c.HoldsFor(l.At(place).Arm) {
				continue
			}
			out.By[at[k]].Every++
			if first {
				out.By[at[k]].First++
				first = false
			}
		}
	}
	return out
}

// mediaOf gives the form that is asked for: by the query before Accept.
func mediaOf(r *http.Request) (string, error) {
	switch r.URL.Query().Get("format") {
	case "json":
		return web.JSON, nil
	case "csv":
		return mediaCSV, nil
	case "":
		return web.Negotiate(r, web.JSON, mediaCSV)
	}
	return "", web.BadRequest("use format=json or format=csv")
}

func writeCSV(w http.ResponseWriter, write func(io.Writer) error) error {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	w.Header().Set("Content-Type", mediaCSV+"; charset=utf-8")
	w.Header().Set("Content-Disposition", "attachment")
	_, _ = w.Write(b.Bytes()) // whoever has gone needs no answer
	return nil
}

// lines answers with a page of the log.
func (a *api) lines(w http.ResponseWriter, r *http.Request) error {
	q, err := readLineAsk(r)
	if err != nil {
		return err
	}
	lines, hidden, err := a.shown(r)
	if err != nil {
		return err
	}
	state, err := a.states(r)
	if err != nil {
		return err
	}
	out := Lines{Trial: web.Trial(r), Lines: []Line{}}
	var told []decision.Decision
	for i := range lines {
		d := &lines[i]
		if d.Log <= q.after || !q.fits(d, hidden(d), state) {
			continue
		}
		if len(out.Lines) == q.limit {
			out.Next = out.Lines[q.limit-1].Log
			break
		}
		if d.Erased || hidden(d) {
			out.Lines = append(out.Lines, Line{Trial: d.Trial, Log: d.Log, Version: d.Version, Removed: true})
			continue
		}
		why, _ := d.Returns(state(d))
		out.Lines, told = append(out.Lines, lineOf(d, why)), append(told, *d)
	}
	if err := a.record(r, "", "decisions", persons(told, hidden)); err != nil {
		return err
	}
	return web.WriteJSON(w, r, http.StatusOK, out)
}

// states tells how the patients of lines stand now.
func (a *api) states(r *http.Request) (func(*decision.Decision) decision.State, error) {
	l, err := a.listing(r.Context(), web.Trial(r))
	if _, gone := a.inForce(web.Trial(r)); gone != nil {
		// Out of force nothing is asked of anybody: only re-check days come.
		return func(d *decision.Decision) decision.State {
			now := decision.State{Day: a.Live.Day()}
			if d.Closing != nil {
				now.Protocol = d.Closing.Protocol
			}
			return now
		}, nil
	}
	if err != nil {
		return nil, err
	}
	places := a.places(l)
	return func(d *decision.Decision) decision.State {
		if place, ok := places[d.Chart]; ok {
			return stateAt(l, place)
		}
		return decision.State{Day: l.Day, Protocol: l.Trial.Version}
	}, nil
}

// lineAsk is what somebody wants of a log.
type lineAsk struct {
	ask
	dueBy        dates.Day
	after, limit int
}

func readLineAsk(r *http.Request) (lineAsk, error) {
	get := r.URL.Query().Get
	q := lineAsk{ask: ask{owner: get("owner"), action: -1}, dueBy: decision.NoDay}
	var wrong []web.Issue
	say := func(name, message string) {
		wrong = append(wrong, web.Issue{Code: "value", Message: message, Expression: name})
	}
	q.ask.readMore(func(name string) string {
		if name == "decided" && get(name) == "" {
			return "all"
		}
		return map[bool]string{true: get(name)}[name == "decided"]
	}, say)
	q.dueBy = readDay(get("dueBy"), "dueBy", say)
	var err error
	if q.limit, err = limitOf(get("limit"), 200, 1000); err != nil {
		say("limit", err.Error())
	}
	if get("after") != "" {
		if q.after, err = limitOf(get("after"), 0, 1<<30); err != nil {
			say("after", "use the number of a line")
		}
	}
	if len(wrong) > 0 {
		return q, web.BadRequest("the query cannot be read", wrong...)
	}
	return q, nil
}

// fits holds a line against what is asked for. Of a line that may not be told of only its number is there to ask for.
func (q *lineAsk) fits(d *decision.Decision, hidden bool, now func(*decision.Decision) decision.State) bool {
	if d.Erased || hidden {
		return q.decided == "all" && q.owner == "" && q.dueBy == decision.NoDay
	}
	if q.dueBy != decision.NoDay && (d.Values.Due == decision.NoDay || d.Values.Due > q.dueBy) {
		return false
	}
	return q.fitsLine(d, func() decision.State { return now(d) })
}
