// Package live takes records in and keeps every trial's candidates up to date as they change: ingest and re-screening in one
// transaction.
//
// A write is prepared from what the store holds of the patients it touches: the new versions of their resources, their
// charts put together again, the rows of the trials that what changed can touch, and the flips. All of it is one Change,
// which the store commits whole. What stands in the rows is always what a fresh screening of the same records would give;
// ranks, likelihoods and funnels are made from the rows when they are read.
//
// The clock is handed in: rows hold for the day of the last Tick.
package live

import (
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/intake"
	"prescreen/internal/screen"
	"prescreen/internal/terms"
	"prescreen/internal/trial"
)

// Book is the rules in force, ready to be bound: package rulebook has it.
type Book interface {
	// Plan binds trials for a day against the codes and units met so far.
	Plan(trials []*trial.Trial, dict *terms.Dictionary, units *chart.Units, day dates.Day) *screen.Plan
	// Compile reads a trial file against the book's value sets.
	Compile(file string, source []byte) (*trial.Trial, error)
	// Lists tells whether any value set may hold a coding: a plan bound before the coding was met is then out of date.
	Lists(c terms.Coding) bool
	// Digest is of everything but the trials that an answer depends on: value sets, settings, hierarchies.
	Digest() [32]byte
}

// Settings are what Live needs to know beside the store and the rules.
type Settings struct {
	Zone              *time.Location
	UniqueIdentifiers []string
	Limits            intake.Limits
	Originals         Originals
	Log               *slog.Logger // numbers and counts only, never anything of a patient
	Now               func() time.Time
}

// Originals says how much of the resources as sent is kept.
type Originals string

// Full keeps them whole, Excerpt without narrative, attachments, names, addresses and contacts, None not at all.
const (
	Full    Originals = "full"
	Excerpt Originals = "excerpt"
	None    Originals = "none"
)

// ErrNotReady is returned before the first Tick: what stands in the rows holds for a day that has passed, or for none.
var ErrNotReady = errors.New("the day has not been set yet: try again in a moment")

// Live is the store, the rules in force and the day. It may be used from many goroutines.
//
// Who writes records holds world shared, and claims on the persons, identifiers, drugs and resources that its change was
// made from; who changes day or rules holds world alone, for a moment. A long screening of many charts claims them chunk
// by chunk, so that writes go on meanwhile.
type Live struct {
	store    Store
	settings Settings
	options  intake.Options

	chores   sync.Mutex   // one long screening at a time
	world    sync.RWMutex // day and rules
	claims   claims
	planning sync.Mutex
	state    atomic.Pointer[state]
	ready    atomic.Bool

	numbers struct{ version, person, trial atomic.Int64 }
	written struct{ codes, units atomic.Int64 } // how many are durable
	seq     atomic.Int64
	flips   flipOrder
	lists   listings
	fresh   freshness
	counted counters
}

// Failed is an atomic batch of which nothing was taken in.
type Failed struct {
	Write  int
	Result Result
}

func (f *Failed) Error() string { return "a write of the transaction failed: nothing was taken in" }

// Day is the day that rows hold for.
func (l *Live) Day() dates.Day { return l.state.Load().day }

// Options say how records are to be read for Apply: with the codes and units met so far.
func (l *Live) Options() intake.Options { return l.options }

// InForce is a trial in force.
type InForce struct {
	Trial   *trial.Trial
	Version TrialVersion // without Source
	Number  int          // in Plan
}
