package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sort"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"

	"prescreen/internal/access"
	"prescreen/internal/live"
	"prescreen/internal/web"
)

// streamFor is how long an event stream is kept open: whoever listens on comes again, and is asked for rights again.
const streamFor = 15 * time.Minute

func (a *api) flipRoutes() []web.Route {
	return []web.Route{
		{
			Method: http.MethodGet, Pattern: base + "/flips", Needs: access.SeeCandidates, Each: true, Handle: a.flips,
			Doc: web.Doc{ID: "listFlips", Summary: "Verdicts that changed, oldest first, each with what moved it", Response: Flips{}, Query: []web.Param{
				{Name: "since", Type: "string", Summary: "the number of a flip, or a moment as in 2026-11-12T08:00:00Z: only those after it"},
				{Name: "trial", Type: "string", Summary: "only of this trial"},
				{Name: "limit", Type: "integer", Summary: "flips at most, up to 1000; 100 if left out"},
			}},
		},
		{
			Method: http.MethodGet, Pattern: base + "/flips/stream", Needs: access.SeeCandidates, Each: true, Stream: true, Handle: a.stream,
			Doc: web.Doc{ID: "streamFlips", Summary: "Verdicts as they change, as server-sent events; Last-Event-ID goes on after a flip", Media: web.EventStream, Query: []web.Param{
				{Name: "since", Type: "integer", Summary: "the number of a flip to go on after, where there is no Last-Event-ID; from now on if left out"},
				{Name: "trial", Type: "string", Summary: "only of this trial"},
			}},
		},
	}
}

// Flips is a page of changes.
type Flips struct {
	Flips []Flip `json:"flips"`
	Next  int64  `json:"next"` // since, for what comes after these
}

// Flip is a verdict that changed.
type Flip struct {
	No        int64      `json:"no"`
	At        string     `json:"at"`
	Trial     string     `json:"trial"`
	Patient   PatientKey `json:"patient"`
	Criterion string     `json:"criterion"`
	From      string     `json:"from"`
	To        string     `json:"to"`
	Why       string     `json:"why"` // resource, time or rules
	Resource  string     `json:"resource,omitempty"`
	Sentence  string     `json:"sentence"`
}

func flipOf(f *live.Flip) Flip {
	return Flip{
		No: f.No, At: stamp(f.At), Trial: f.TrialID, Patient: PatientKey{f.Key.Source, f.Key.ID}, Criterion: f.Criterion,
		From: f.From.String(), To: f.To.String(), Why: f.Why, Resource: f.Resource, Sentence: FlipSentence(f),
	}
}

// FlipSentence tells a flip as people say it: "HbA1c 7.9 % of 2026-11-12 moved INC-4 from unknown to met".
func FlipSentence(f *live.Flip) string {
	what := f.What
	switch {
	case f.Why == "time":
		what = "Time alone"
	case f.Why == "rules":
		what = "A change of the rules"
	case what == "" && f.Resource != "":
		what = "A change of " + f.Resource
	case what == "":
		what = "A change of the record"
	}
	return fmt.Sprintf("%s moved %s from %s to %s", what, f.Criterion, f.From, f.To)
}

func (a *api) flips(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	limit, err := limitOf(q.Get("limit"), 100, 1000)
	if err != nil {
		return err
	}
	after, err := a.since(r.Context(), q.Get("since"))
	if err != nil {
		return err
	}
	if err := mayWatch(r, q.Get("trial")); err != nil {
		return err
	}
	list, err := a.Live.Flips(r.Context(), after, q.Get("trial"), limit)
	if err != nil {
		return err
	}
	out := Flips{Flips: []Flip{}, Next: after}
	var charts []int64
	for i := range list {
		out.Next = list[i].No
		ok, err := a.tells(r, &list[i])
		if err != nil {
			return err
		}
		if ok {
			out.Flips, charts = append(out.Flips, flipOf(&list[i])), append(charts, list[i].Chart)
		}
	}
	if err := a.record(r, q.Get("trial"), "flips", charts); err != nil {
		return err
	}
	return web.WriteJSON(w, r, http.StatusOK, out)
}

// mayWatch refuses a trial that the caller may not see: an empty list would look like an answer.
func mayWatch(r *http.Request, trialID string) error {
	if trialID != "" && !may(r, access.SeeCandidates, trialID) {
		return web.Forbidden("you may not see the candidates of this trial: ask whoever manages its users")
	}
	return nil
}

// tells whether a flip may be told of to a caller: of a trial in force that the caller may see, and of nobody who is opposed.
func (a *api) tells(r *http.Request, f *live.Flip) (bool, error) {
	if !may(r, access.SeeCandidates, f.TrialID) {
		return false, nil
	}
	l, err := a.listing(r.Context(), f.TrialID)
	var refused *web.Error
	if errors.As(err, &refused) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return a.seen(r.Context(), l, f.Chart)
}

// since reads the number of a flip, or finds the last one up to a moment: their numbers rise with time.
func (a *api) since(ctx context.Context, text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && n >= 0 {
		return n, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return 0, web.BadRequest("since is the number of a flip, or a moment as in 2026-11-12T08:00:00Z", web.Issue{Code: "value", Expression: "since"})
	}
	var failed error
	n := sort.Search(int(a.Live.LastFlip()), func(after int) bool {
		next, err := a.Live.Flips(ctx, int64(after), "", 1)
		if err != nil {
			failed = err
		}
		return err != nil || len(next) == 0 || next[0].At.After(at)
	})
	return int64(n), failed
}

func (a *api) stream(w http.ResponseWriter, r *http.Request) error {
	trialID := r.URL.Query().Get("trial")
	if err := mayWatch(r, trialID); err != nil {
		return err
	}
	after, err := a.goOnAfter(r)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(r.Context(), streamFor)
	defer cancel()
	out := http.NewResponseController(w)
	w.Header().Set("Content-Type", web.EventStream)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
	if _, err := fmt.Fprint(w, ": flips\n\n"); err != nil || out.Flush() != nil {
		return nil // whoever has gone needs no answer
	}
	beat := time.NewTicker(a.Heartbeat)
	defer beat.Stop()
	flips := a.watched(ctx, after, trialID)
	for {
		text := ""
		select {
		case <-ctx.Done():
			return nil
		case <-beat.C:
			text = ": still here\n\n"
		case f, open := <-flips:
			if !open {
				return nil
			}
			if text, err = a.event(r, &f); err != nil {
				a.Log.Error("an event stream ended", "flip", f.No)
				return nil // the answer has begun: the listener comes again, after the last flip it was given
			}
		}
		if _, err := fmt.Fprint(w, text); err != nil || out.Flush() != nil {
			return nil
		}
	}
}

// goOnAfter gives the flip that the listener was given last; without one it is the last there is.
func (a *api) goOnAfter(r *http.Request) (int64, error) {
	text := r.Header.Get("Last-Event-ID")
	if text == "" {
		text = r.URL.Query().Get("since")
	}
	if text == "" {
		return a.Live.LastFlip(), nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, web.BadRequest("Last-Event-ID, or since, is the number of a flip")
	}
	return n, nil
}

// watched hands flips over one at a time, so that the stream can beat between them. It ends with its context.
func (a *api) watched(ctx context.Context, after int64, trialID string) <-chan live.Flip {
	flips := make(chan live.Flip)
	go func() {
		defer close(flips)
		for f, err := range a.Live.Watch(ctx, after, trialID) {
			if err != nil {
				return
			}
			select {
			case flips <- f:
			case <-ctx.Done():
				return
			}
		}
	}()
	return flips
}

// event writes a flip as a server-sent event (https://html.spec.whatwg.org/multipage/server-sent-events.html), after the
// audit log knows of it. Of one that may not be told of only the number is given, so that the listener goes on after it.
func (a *api) event(r *http.Request, f *live.Flip) (string, error) {
	ok, err := a.tells(r, f)
	if err != nil {
		return "", err
	}
	if !ok {
		return fmt.Sprintf("id: %d\n\n", f.No), nil
	}
	if err := a.record(r, f.TrialID, "flips", []int64{f.Chart}); err != nil {
		return "", err
	}
	data, err := json.Marshal(flipOf(f), json.Deterministic(true))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("id: %d\nevent: flip\ndata: %s\n\n", f.No, data), nil
}
