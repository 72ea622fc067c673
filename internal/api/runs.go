package api

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"net/http"
	"slices"
	"strings"

	"prescreen/internal/access"
	"prescreen/internal/audit"
	"prescreen/internal/dates"
	"prescreen/internal/live"
	"prescreen/internal/web"
)

func (a *api) runRoutes() []web.Route {
	one := base + "/runs/{run:[A-Z0-9]+}"
	return []web.Route{
		{
			Method: http.MethodPost, Pattern: base + "/runs", Needs: access.Run, Body: 4096, Stream: true, Handle: a.makeRun,
			Doc: web.Doc{ID: "makeRun", Summary: "Screen everything that is known now, as of a day, and keep what is needed to do it again", Request: RunRequest{}, Response: Run{}, Status: http.StatusCreated},
		},
		{
			Method: http.MethodGet, Pattern: base + "/runs", Needs: access.Run, Handle: a.runs,
			Doc: web.Doc{ID: "listRuns", Summary: "The runs that were made, the newest first", Response: Runs{}},
		},
		{
			Method: http.MethodGet, Pattern: one, Needs: access.Run, Handle: a.run,
			Doc: web.Doc{ID: "getRun", Summary: "One run: its day, what was known, its digests", Response: Run{}},
		},
		{
			Method: http.MethodPost, Pattern: one + "/replay", Needs: access.Run, Stream: true, Handle: a.replay,
			Doc: web.Doc{ID: "replayRun", Summary: "Make a run again from what was known then, and hold its bytes against the first ones", Response: Replay{}},
		},
	}
}

// RunRequest is what a run is to be of.
type RunRequest struct {
	AsOf string `json:"asOf,omitempty"` // today's list if left out
}

// Runs is the runs that were made.
type Runs struct {
	Runs []Run `json:"runs"`
}

// Run is one screening of the store that can be made again.
type Run struct {
	ID             string `json:"id"`
	At             string `json:"at"`
	By             string `json:"by"`
	AsOf           string `json:"asOf"`
	KnownAt        int64  `json:"knownAt"` // state of the store
	Zone           string `json:"zone,omitempty"`
	Engine         int    `json:"engine"`
	RulesSha256    string `json:"rulesSha256"`
	SettingsSha256 string `json:"settingsSha256"`
	Patients       int    `json:"patients"`
	Sha256         string `json:"sha256"` // of its document
}

// Replay is what making a run again came to.
type Replay struct {
	Run    string `json:"run"`
	Same   bool   `json:"same"`
	Sha256 string `json:"sha256"`
	Was    string `json:"was"`
}

func runOf(r *live.Run) Run {
	return Run{
		ID: r.ID, At: stamp(r.At), By: r.By, AsOf: dayOf(r.AsOf), KnownAt: int64(r.Known), Zone: r.Zone, Engine: r.Engine,
		RulesSha256: r.RulesSha256, SettingsSha256: r.SettingsSha256, Patients: r.Patients, Sha256: r.Sha256,
	}
}

// errNoRuns: the server was started without what runs need.
var errNoRuns = web.Refuse(http.StatusConflict, "this server makes no runs: use prescreen screen on its store")

func (a *api) makeRun(w http.ResponseWriter, r *http.Request) error {
	body, err := web.DecodeJSON[RunRequest](r, 0)
	if err != nil {
		return err
	}
	of := live.Run{ID: rand.Text(), At: web.At(r.Context()), By: web.Caller(r.Context()).ID, AsOf: a.Live.Day()}
	if body.AsOf != "" {
		if of.AsOf, err = dates.ParseDay(body.AsOf); err != nil {
			return web.Unprocessable("the run cannot be made", web.Issue{Code: "value", Message: "write the day as YYYY-MM-DD", Expression: "/asOf"})
		}
	}
	if a.Run == nil {
		return errNoRuns
	}
	packed, digest, err := a.Rules().Packed()
	if err != nil {
		return err
	}
	of.Book = digest[:]
	sum := sha256.New()
	if of, err = a.Run(r.Context(), sum, of, packed); err != nil {
		return err
	}
	of.Sha256 = hexOf(sum)
	if err := a.Versions.SaveBook(r.Context(), of.Book, packed); err != nil {
		return err
	}
	e := web.Entry(r, audit.Execute)
	e.Object = of.ID
	if err := a.Versions.SaveRun(r.Context(), of, e); err != nil {
		return err
	}
	w.Header().Set("Location", base+"/runs/"+of.ID)
	return web.WriteJSON(w, r, http.StatusCreated, runOf(&of))
}

func hexOf(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }

func (a *api) runs(w http.ResponseWriter, r *http.Request) error {
	all, err := a.Versions.Runs(r.Context())
	if err != nil {
		return err
	}
	out := Runs{Runs: []Run{}}
	for i := range slices.Backward(all) {
		out.Runs = append(out.Runs, runOf(&all[i]))
	}
	return web.WriteJSON(w, r, http.StatusOK, out)
}

// findRun gives the run that a path names.
func (a *api) findRun(r *http.Request) (live.Run, error) {
	all, err := a.Versions.Runs(r.Context())
	if err != nil {
		return live.Run{}, err
	}
	for i := range all {
		if all[i].ID == r.PathValue("run") {
			return all[i], nil
		}
	}
	return live.Run{}, web.NotFound("there is no such run: see /api/v1/runs")
}

func (a *api) run(w http.ResponseWriter, r *http.Request) error {
	one, err := a.findRun(r)
	if err != nil {
		return err
	}
	return web.WriteJSON(w, r, http.StatusOK, runOf(&one))
}

func (a *api) replay(w http.ResponseWriter, r *http.Request) error {
	one, err := a.findRun(r)
	if err != nil {
		return err
	}
	if a.Run == nil {
		return errNoRuns
	}
	dropped := web.Gone("this run can no longer be made again: versions or rules that it used were dropped")
	there, err := a.Versions.Replayable(r.Context(), one.Known)
	if err != nil {
		return err
	}
	packed, err := a.Versions.Book(r.Context(), one.Book)
	if errors.Is(err, live.ErrNotFound) || err == nil && (!there || len(packed) == 0) {
		return dropped
	}
	if err != nil {
		return err
	}
	sum := sha256.New()
	if _, err := a.Run(r.Context(), sum, one, packed); err != nil {
		return err
	}
	// Whoever replays reads what the run read; the entry names the run, whose own says the rest.
	if err := a.record(r, "", one.ID, nil); err != nil {
		return err
	}
	got := hexOf(sum)
	return web.WriteJSON(w, r, http.StatusOK, Replay{Run: one.ID, Same: strings.EqualFold(got, one.Sha256), Sha256: got, Was: one.Sha256})
}
