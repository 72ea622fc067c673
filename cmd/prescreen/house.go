package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"prescreen/internal/api"
	"prescreen/internal/audit"
	"prescreen/internal/author"
	"prescreen/internal/dates"
	"prescreen/internal/decision"
	"prescreen/internal/fhirapi"
	"prescreen/internal/intake"
	"prescreen/internal/live"
	"prescreen/internal/report"
	"prescreen/internal/rulebook"
	"prescreen/internal/screen"
	"prescreen/internal/server"
	"prescreen/internal/trial"
	"prescreen/internal/web"
)

// house is what the service stands on, wired together.
type house struct {
	*database
	jobs      *fhirapi.Jobs
	fhir      fhirapi.Options
	decisions *decision.Keeper
	checker   *author.Checker
	log       *slog.Logger
	started   time.Time
	address   string
	secret    []byte       // seals cursors; they end with the process
	keep      dates.Period // how long versions that were replaced are kept; zero for ever

	going  sync.WaitGroup
	ending context.Context // of what goes on after an answer
	end    context.CancelFunc
}

func newHouse(d *database, jobs *fhirapi.Jobs, log *slog.Logger) *house {
	h := &house{database: d, jobs: jobs, decisions: decision.NewKeeper(d.store), log: log, started: d.now(), secret: make([]byte, 32)}
	_, _ = rand.Read(h.secret) // it never fails
	sets := map[string][]byte{}
	for name, data := range d.rules.Files {
		if filepath.Dir(name) == "valuesets" {
			sets[name] = data
		}
	}
	h.checker = author.NewChecker(sets)
	h.ending, h.end = context.WithCancel(context.Background())
	return h
}

func (h *house) routes() []web.Route {
	record := func(ctx context.Context, e audit.Entry) error { return h.store.Record(ctx, []audit.Entry{e}) }
	h.fhir = fhirapi.Options{
		Live: h.live, Records: h.store, Record: record, Evaluate: h.evaluate, Jobs: h.jobs, Decided: h.decided,
		BaseURL: h.baseURL, CursorKey: h.secret, Version: built(), Started: h.started, Now: time.Now, // the clock of the requests themselves, whatever day is stayed on
	}
	return append(fhirapi.Routes(h.fhir), api.Routes(api.Options{
		Live: h.live, Decisions: h.decisions, Rules: h.rulesNow, Versions: h.store, Run: h.makeRun, Record: record,
		Background: h.background, CursorKey: h.secret, Log: h.log,
	})...)
}

// rulesNow is what trial files are checked against.
func (h *house) rulesNow() api.Rules {
	return api.Rules{
		Checker: h.checker, Site: h.rules.made(), Missing: h.rules.Site.Missing, Book: h.rules,
		Packed: func() ([]byte, [32]byte, error) { return h.packed(context.Background()) },
	}
}

// packed is all files of rules as they are in force: those of the folder, with the trials that were approved here.
func (h *house) packed(ctx context.Context) ([]byte, [32]byte, error) {
	files := map[string][]byte{}
	for name, data := range h.rules.Files {
		if filepath.Dir(name) != "trials" {
			files[name] = data
		}
	}
	for _, t := range h.live.Trials() {
		v, err := h.store.Trial(ctx, t.Version.No)
		if err != nil {
			return nil, [32]byte{}, fmt.Errorf("reading the rules in force: %w", err)
		}
		files["trials/"+v.ID+".yaml"] = v.Source
	}
	return (&rulebook.Book{Files: files}).Pack()
}

// serve answers until ctx ends, moving the day on as it comes.
func (h *house) serve(ctx context.Context, srv *server.Server) error {
	h.background(h.tick)
	h.background(h.work)
	err := srv.Run(ctx)
	h.end()
	h.going.Wait()
	return err
}

// background runs what goes on after an answer, until the server ends.
func (h *house) background(run func(context.Context)) { h.going.Go(func() { run(h.ending) }) }

// work carries jobs out until ctx ends.
func (h *house) work(ctx context.Context) {
	if err := h.jobs.Run(ctx, h.fhir); err != nil && ctx.Err() == nil {
		h.log.Error("jobs are carried out no more; a restart goes on with them", "kind", fmt.Sprintf("%T", err))
	}
}

// tick moves the rows on when the site's day has changed.
func (h *house) tick(ctx context.Context) {
	every := time.NewTicker(30 * time.Second)
	defer every.Stop()
	dropped := screen.NoDay
	for {
		if day := h.live.Day(); day != dropped {
			h.drop(ctx, day)
			dropped = day
		}
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
		if err := h.live.Tick(ctx, h.now(), nil); err != nil && ctx.Err() == nil {
			h.log.Error("the rows could not be moved on to today; it is tried again", "kind", fmt.Sprintf("%T", err))
		}
	}
}

// drop forgets versions that were replaced longer ago than they are to be kept.
func (h *house) drop(ctx context.Context, today dates.Day) {
	if h.keep.IsZero() {
		return
	}
	n, err := h.store.Keep(ctx, startOf(today.Sub(h.keep)))
	if err != nil && ctx.Err() == nil {
		h.log.Error("old versions could not be dropped; it is tried again tomorrow", "kind", fmt.Sprintf("%T", err))
	}
	h.log.Info("old versions dropped", "count", n)
}

// startOf is the moment at which a day begins.
func startOf(d dates.Day) time.Time {
	y, m, day := d.Civil()
	return time.Date(y, time.Month(m), day, 0, 0, 0, 0, time.UTC)
}

// gauges are the totals for metrics.
func (h *house) gauges() []server.Gauge {
	c := h.live.Counts()
	return []server.Gauge{
		{Name: "prescreen_patients", Help: "Patients in the store", Value: float64(c.Patients)},
		{Name: "prescreen_resources", Help: "Resources in their newest versions", Value: float64(c.Resources)},
		{Name: "prescreen_trials", Help: "Trials in force", Value: float64(c.Trials)},
		{Name: "prescreen_writes_total", Help: "Resources taken in", Value: float64(c.Writes), Counter: true},
		{Name: "prescreen_refused_total", Help: "Resources refused", Value: float64(c.Refused), Counter: true},
		{Name: "prescreen_charts_screened_total", Help: "Charts screened again", Value: float64(c.ChartsScreened), Counter: true},
		{Name: "prescreen_trials_screened_total", Help: "Charts times trials that were evaluated", Value: float64(c.TrialsScreened), Counter: true},
		{Name: "prescreen_flips_total", Help: "Verdicts that changed", Value: float64(c.FlipsWritten), Counter: true},
	}
}

// decided is what people's decision makes of a candidate's ResearchSubject.
func (h *house) decided(ctx context.Context, trialID string, chart int64) (string, error) {
	board, err := h.decisions.Board(ctx, trialID)
	if err != nil {
		return "", err
	}
	d := board.Of(chart)
	if d == nil {
		return "", nil
	}
	switch d.Values.Status {
	case decision.Told, decision.Contacted:
		return "candidate", nil
	case decision.Consented:
		return "screening", nil
	case decision.Enrolled:
		return "on-study", nil
	case decision.ScreenFailure:
		return "ineligible", nil
	case decision.Declined:
		return "not-registered", nil
	}
	return "", nil
}

// evaluate screens records that are not kept: their codes are numbered in a dictionary of their own.
func (h *house) evaluate(ctx context.Context, q fhirapi.Question) (*report.Document, func() error, error) {
	trials, err := h.asked(q.Trials)
	if err != nil {
		return nil, nil, err
	}
	o := intake.Options{Zone: h.rules.Site.Location, UniqueIdentifiers: h.rules.Site.UniqueIdentifiers, Workers: 1}
	cohort, err := intake.Read(ctx, o, []string{"-"}, bytes.NewReader(q.Records))
	if err != nil {
		return nil, nil, err
	}
	if broken := len(cohort.Rejected) > 0 && cohort.Resources == 0; broken || cohort.Patients == 0 {
		return nil, nil, errors.Join(nothingToEvaluate(cohort), cohort.Close())
	}
	book := *h.rules.Book
	book.Trials = trials
	s := screening{all: q.All, asked: asked{workers: 1}}
	document, _, err := s.document(ctx, &rules{&book}, cohort, q.AsOf)
	if err != nil {
		return nil, nil, errors.Join(err, cohort.Close())
	}
	for i := range document.Run.Rejected {
		document.Run.Rejected[i].Input = "body"
	}
	return document, cohort.Close, nil
}

func nothingToEvaluate(c *intake.Cohort) error {
	var issues []web.Issue
	for _, r := range c.Rejected {
		issues = append(issues, web.Issue{Code: "structure", Message: r.Reason, Expression: r.Pointer})
	}
	if len(issues) == 0 {
		issues = []web.Issue{{Code: "required", Message: "there is no Patient in it", Expression: "Bundle.entry"}}
	}
	return web.Unprocessable("there is nothing to screen: send a Bundle with a Patient and its records", issues...)
}

// asked gives trials in force by their ids.
func (h *house) asked(ids []string) ([]*trial.Trial, error) {
	var out []*trial.Trial
	for _, id := range ids {
		found := false
		for _, t := range h.live.Trials() {
			if t.Trial.ID == id {
				out, found = append(out, t.Trial), true
			}
		}
		if !found {
			return nil, web.NotFound("no such trial is in force: see /fhir/ResearchStudy")
		}
	}
	return out, nil
}

// makeRun screens what was known at a moment by packed rules, and writes the document of the run.
func (h *house) makeRun(ctx context.Context, w io.Writer, of live.Run, packed []byte) (live.Run, error) {
	book, err := rulebook.Unpack(packed)
	if err != nil {
		return of, err
	}
	book.Library.Over(h.rules.Library.Hierarchies())
	book.Site.SilenceOpen = book.Site.SilenceOpen || h.rules.Site.SilenceOpen
	if of.RulesSha256 != "" && (of.RulesSha256 != book.RulesDigest() || of.SettingsSha256 != book.SettingsDigest()) {
		return of, web.Gone("this run can no longer be made again: the hierarchies or settings that it used are not loaded")
	}
	if of.Engine != 0 && of.Engine != screen.Engine {
		return of, web.Gone("this run can no longer be made again: its answers were made by another version of the semantics")
	}
	if of.Known == 0 {
		if of.Known, _, err = h.store.LastSeq(ctx); err != nil {
			return of, err
		}
	}
	cohort, err := h.live.Cohort(ctx, of.Known)
	if err != nil {
		return of, err
	}
	s := screening{all: true, asked: asked{workers: runtime.GOMAXPROCS(0)}}
	document, _, err := s.document(ctx, &rules{book}, cohort, of.AsOf)
	if err == nil {
		err = report.Write(w, "json", document, report.Options{})
	}
	if err = errors.Join(err, cohort.Close()); err != nil {
		return of, err
	}
	of.Zone, of.Engine, of.RulesSha256, of.SettingsSha256 = document.Run.Zone, document.Run.Engine, document.Run.RulesSha256, document.Run.SettingsSha256
	of.Patients = document.Run.Patients
	return of, nil
}

func (d *database) close() error {
	if err := d.store.Close(); err != nil {
		return failed(fmt.Errorf("closing the store: %w", err))
	}
	return nil
}
