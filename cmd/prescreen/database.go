package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"prescreen/internal/dates"
	"prescreen/internal/intake"
	"prescreen/internal/live"
	"prescreen/internal/rulebook"
	"prescreen/internal/store"
)

// stored is what the commands on a store have in common: which store, and under which rules.
type stored struct {
	db, tombstones, spool, rules, silence, originals, asOf string
	hierarchies                                            []string
}

// place adds the flags that name a store.
func (s *stored) place(f *pflag.FlagSet) {
	f.StringVar(&s.db, "db", os.Getenv("PRESCREEN_DB"), "the store: a file, or postgres://user@host/name; PRESCREEN_DB if left out")
	f.StringVar(&s.tombstones, "tombstones", "", "file that keeps erased patients out; beside a file of records if left out")
}

func (s *stored) flags(f *pflag.FlagSet) {
	s.place(f)
	f.StringVar(&s.spool, "spool", "", "folder for the files of jobs; beside the store if left out")
	f.StringVar(&s.rules, "rules", "rules", "folder of trials, value sets and site settings")
	f.StringVar(&s.silence, "silence", "", "open: nothing on record decides nothing")
	f.StringVar(&s.originals, "originals", "full", "how much of the resources as sent is kept: full, excerpt or none")
	f.StringArrayVar(&s.hierarchies, "hierarchy", nil, "file or folder with a code system's hierarchy; may be repeated")
	f.StringVar(&s.asOf, "as-of", "", "stay on this day, YYYY-MM-DD, for trying things out; today if left out")
}

// named refuses to work on no store.
func (s *stored) named() error {
	if s.db == "" {
		return wrongUsage("name the store with --db, such as --db records.db, or in PRESCREEN_DB")
	}
	return nil
}

func (s *stored) options(readOnly bool, book *rulebook.Book, log *slog.Logger) store.Options {
	o := store.Options{ReadOnly: readOnly, Tombstones: s.tombstones, Log: log, Uses: intake.Uses}
	if o.Tombstones == "" && strings.HasPrefix(s.db, "postgres") {
		o.Tombstones = filepath.Join(stateFolder(), "prescreen.tombstones")
	}
	if book != nil {
		o.Listed = book.Lists
	}
	return o
}

// stateFolder is where what must not lie in a database lies.
func stateFolder() string {
	if dir := os.Getenv("XDG_STATE_HOME"); dir != "" {
		return filepath.Join(dir, "prescreen")
	}
	if home, err := os.UserHomeDir(); err == nil {
		return filepath.Join(home, ".local", "state", "prescreen")
	}
	return "."
}

// database is a store at work.
type database struct {
	store *store.Store
	live  *live.Live
	rules *rules
	now   func() time.Time
}

// open opens the store for writing, with the rules of the folder in force and its rows on today.
func (s *stored) open(ctx context.Context, command string, log *slog.Logger, stderr io.Writer) (_ *database, err error) {
	if err := s.named(); err != nil {
		return nil, err
	}
	now, err := s.clock()
	if err != nil {
		return nil, err
	}
	r, err := readRules(s.rules, nil, s.silence, stderr, s.hierarchies...)
	if err != nil {
		return nil, err
	}
	kept, err := originalsOf(s.originals)
	if err != nil {
		return nil, err
	}
	o := s.options(false, r.Book, log)
	if err := os.MkdirAll(filepath.Dir(o.Tombstones), 0o700); err != nil && o.Tombstones != "" {
		return nil, failed(fmt.Errorf("making a folder for tombstones: %w", err))
	}
	opened, err := store.Open(ctx, s.db, o)
	if err != nil {
		return nil, failed(err)
	}
	d := &database{store: opened, rules: r, now: now}
	defer func() {
		if err != nil {
			err = errors.Join(err, opened.Close())
		}
	}()
	d.live, err = live.Open(ctx, opened, r, r.liveSettings(kept, log, now))
	if err != nil {
		return nil, failed(err)
	}
	return d, d.bringUp(ctx, command, stderr)
}

func (r *rules) liveSettings(kept live.Originals, log *slog.Logger, now func() time.Time) live.Settings {
	return live.Settings{Zone: r.Site.Location, UniqueIdentifiers: r.Site.UniqueIdentifiers, Originals: kept, Log: log, Now: now}
}

// bringUp moves the rows on to today and brings the rules of the folder into force.
func (d *database) bringUp(ctx context.Context, command string, stderr io.Writer) error {
	bar := newBar(stderr, "bringing the rows up to today")
	err := d.live.Tick(ctx, d.now(), func(done, all int) { bar.set(int64(done), int64(all), "") })
	bar.finish()
	if err != nil {
		return failed(fmt.Errorf("bringing the rows up to today: %w", err))
	}
	bar = newBar(stderr, "screening for the rules of the folder")
	err = d.live.SetTrials(ctx, d.rules, d.rules.Trials, d.rules.sources(), commandActor(command),
		func(trial string, done, all int) { bar.set(int64(done), int64(all), trial) })
	bar.finish()
	if err != nil {
		return failed(fmt.Errorf("bringing the rules into force: %w", err))
	}
	return nil
}

// sources gives the text of each trial's file, by the trial's own name of it.
func (r *rules) sources() map[string][]byte {
	out := map[string][]byte{}
	for _, t := range r.Trials {
		out[t.File] = r.Files["trials/"+filepath.Base(t.File)]
	}
	return out
}

// commandActor is who acts when somebody at the machine itself calls a command.
func commandActor(command string) live.Actor {
	return live.Actor{Who: "system", Role: "operator", Route: "prescreen " + command}
}

// clock is the time that everything goes by.
func (s *stored) clock() (func() time.Time, error) {
	if s.asOf == "" {
		return time.Now, nil
	}
	d, err := dates.ParseDay(s.asOf)
	if err != nil {
		return nil, wrongUsage("--as-of: %w", err)
	}
	y, m, day := d.Civil()
	noon := time.Date(y, time.Month(m), day, 12, 0, 0, 0, time.UTC)
	return func() time.Time { return noon }, nil
}

func originalsOf(name string) (live.Originals, error) {
	switch o := live.Originals(name); o {
	case live.Full, live.Excerpt, live.None:
		return o, nil
	}
	return "", wrongUsage("--originals %s: it is full, excerpt or none", name)
}

// reading opens a store beside a server that may be writing to it.
func (s *stored) reading(ctx context.Context) (*store.Store, error) {
	if err := s.named(); err != nil {
		return nil, err
	}
	opened, err := store.Open(ctx, s.db, s.options(true, nil, slog.New(slog.DiscardHandler)))
	if err != nil {
		return nil, failed(err)
	}
	return opened, nil
}
