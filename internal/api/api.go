// Package api is the JSON interface at /api/v1: lists, sheets, funnels, flips, decisions, rules and runs.
//
// Lists propose, people decide. Whoever is opposed stands in no answer at all. Every answer that tells of patients is
// entered in the audit log before it is given; what people change is entered in the same transaction.
package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"prescreen/internal/access"
	"prescreen/internal/audit"
	"prescreen/internal/author"
	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/decision"
	"prescreen/internal/live"
	"prescreen/internal/terms"
	"prescreen/internal/trial"
	"prescreen/internal/web"
)

// Options are what the interface stands on.
type Options struct {
	Live      *live.Live
	Decisions *decision.Keeper
	Rules     func() Rules    // those of the site as they are now
	Versions  live.TrialStore // of trials and runs
	Run       RunFunc         // nil where runs are not made

	// Record enters what was read in the audit log; an answer is given only after it has.
	Record func(ctx context.Context, e audit.Entry) error
	// Background runs what goes on after an answer, until the server ends; nil for a goroutine of its own.
	Background func(run func(ctx context.Context))
	CursorKey  []byte
	Heartbeat  time.Duration // of event streams; 0 for 15 s
	Log        *slog.Logger  // numbers and counts only
}

// Rules is what trial files are checked and compiled against.
type Rules struct {
	Checker *author.Checker
	Site    author.Site
	Missing map[terms.Domain]bool // what nothing on record means here: see author.ReadBack
	Book    live.Book
	Packed  func() (packed []byte, digest [32]byte, err error) // all files of rules, kept for the replay of runs
}

// RunFunc writes the document of a run: of what was known at of.Known, as of of.AsOf, by the rules packed in book. It gives
// the run with everything filled in that follows from these; of.Sha256 is not its concern.
type RunFunc func(ctx context.Context, w io.Writer, of live.Run, book []byte) (live.Run, error)

const base = "/api/v1"

// api is the interface at work.
type api struct {
	Options
	kept kept
	jobs jobs
}

// Routes are the operations of the interface.
func Routes(o Options) []web.Route {
	if o.Heartbeat == 0 {
		o.Heartbeat = 15 * time.Second
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Background == nil {
		o.Background = func(run func(context.Context)) { go run(context.Background()) }
	}
	a := &api{Options: o}
	return slices.Concat(a.trialRoutes(), a.candidateRoutes(), a.flipRoutes(), a.decisionRoutes(), a.ruleRoutes(), a.versionRoutes(), a.runRoutes())
}

// inForce finds a trial in force.
func (a *api) inForce(id string) (live.InForce, error) {
	for _, t := range a.Live.Trials() {
		if t.Trial.ID == id {
			return t, nil
		}
	}
	return live.InForce{}, web.NotFound("no such trial is in force: see /api/v1/trials")
}

// actor is who makes a change through live.
func actor(r *http.Request) live.Actor {
	e := web.Entry(r, audit.Execute)
	return live.Actor{Who: e.Who, Role: e.Role, Route: e.Route, Request: e.Request}
}

// record enters in the audit log whose records an answer tells of, before it is given.
func (a *api) record(r *http.Request, trialID, object string, persons []int64) error {
	e := web.Entry(r, audit.Read)
	if trialID != "" {
		e.Trial = trialID
	}
	e.Object, e.Subjects = object, slices.Clone(persons)
	slices.Sort(e.Subjects)
	e.Subjects = slices.Compact(e.Subjects)
	if err := a.Record(r.Context(), e); err != nil {
		return fmt.Errorf("entering a read in the audit log: %w", err)
	}
	return nil
}

// may tells whether a caller has a right on a trial.
func may(r *http.Request, right access.Right, trialID string) bool {
	return web.Caller(r.Context()).May(right, trialID)
}

// person tells missing patients as such.
func (a *api) person(ctx context.Context, key chart.Key) (person, chartNo int64, err error) {
	person, chartNo, err = a.Live.Person(ctx, key)
	return person, chartNo, absent(err)
}

// notReady asks for patience while the server starts.
func notReady(err error) error {
	if errors.Is(err, live.ErrNotReady) {
		return web.Unavailable("the lists are being made: ask again in a moment", 5*time.Second)
	}
	return err
}

func absent(err error) error {
	switch {
	case errors.Is(err, live.ErrNotFound):
		return web.NotFound("there is no such patient here")
	case errors.Is(err, live.ErrErased):
		return web.Gone("this patient was erased")
	}
	return notReady(err)
}

// unfound tells that there is no such patient. Who names no feed is told how: whatever a system sent belongs to one.
func unfound(err error, key chart.Key, where string) error {
	if errors.Is(err, live.ErrNotFound) && key.Source == "" {
		return web.NotFound("there is no such patient without a feed: name the one that the record came from, by " + where)
	}
	return absent(err)
}

// dayOf writes a day, nothing for none.
func dayOf(d dates.Day) string {
	if d <= dates.Min || d >= dates.Max {
		return ""
	}
	return d.String()
}

// criterionOf finds a criterion of a trial by its id.
func criterionOf(t *trial.Trial, id string) int {
	return slices.IndexFunc(t.Criteria, func(c trial.Criterion) bool { return c.ID == id })
}

// jobs are the screenings of new versions that are under way, by the number of the version.
type jobs struct {
	mu sync.Mutex
	by map[int64]*job
}

type job struct {
	done, all int
	failed    bool
	ended     bool
}
