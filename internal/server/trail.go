package server

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"strconv"
	"time"

	"prescreen/internal/access"
	"prescreen/internal/audit"
	"prescreen/internal/web"
)

const (
	trailPath  = "/api/v1/audit"
	trailPage  = 200 // entries of a page if nothing else is asked
	trailPages = 1000
)

// trailRoutes tell of the audit log, whose readers stand in it too.
func (s *Server) trailRoutes() []web.Route {
	if s.Trail == nil {
		return nil
	}
	return []web.Route{
		{
			Method: http.MethodGet, Pattern: trailPath, Needs: access.SeeAudit, Stream: true, Handle: s.trail,
			Doc: web.Doc{
				ID: "audit", Summary: "Entries of the audit log: a page as JSON, or everything as FHIR AuditEvents, one a line", Response: trailEntries{},
				Media: web.JSON + ", " + web.NDJSON,
				Query: []web.Param{
					{Name: "after", Type: "integer", Summary: "only entries with a higher number"},
					{Name: "limit", Type: "integer", Summary: "of a page: at most 1000; 200 if none is given"},
					{Name: "who", Type: "string", Summary: "only of this user or token, by id"},
					{Name: "trial", Type: "string", Summary: "only about this trial"},
					{Name: "from", Type: "date-time", Summary: "only from this moment on"},
					{Name: "to", Type: "date-time", Summary: "only before this moment"},
				},
			},
		},
		{
			Method: http.MethodGet, Pattern: trailPath + "/checkpoint", Needs: access.SeeAudit, Handle: s.checkpoint,
			Doc: web.Doc{ID: "auditCheckpoint", Summary: "What the log is now, to be kept where nobody who reaches the log can change it", Response: checkpoint{}},
		},
		{
			Method: http.MethodPost, Pattern: trailPath + "/verification", Needs: access.SeeAudit, Stream: true, Body: smallBody, Handle: s.verifyTrail,
			Doc: web.Doc{
				ID: "verifyAudit", Summary: "Make the log's tree anew from every entry, and hold it against what is stored and a checkpoint kept elsewhere",
				Request: verification{}, Response: verified{},
			},
		},
	}
}

type (
	trailEntries struct {
		Entries []trailEntry `json:"entries"`
		Next    int64        `json:"next,omitzero" doc:"after of the next page; absent at the end"`
	}
	trailEntry struct {
		No       int64        `json:"no"`
		At       time.Time    `json:"at"`
		Who      string       `json:"who" doc:"id of a user or token; system"`
		Role     string       `json:"role,omitempty"`
		Action   audit.Action `json:"action"`
		Route    string       `json:"route"`
		Trial    string       `json:"trial,omitempty"`
		Object   string       `json:"object,omitempty"`
		Outcome  string       `json:"outcome"`
		Request  string       `json:"request,omitempty"`
		Patients []string     `json:"patients,omitempty" doc:"pseudonyms"`
	}
	checkpoint struct {
		Size       int64  `json:"size"`
		Checkpoint string `json:"checkpoint"`
	}
	verification struct {
		Checkpoint string `json:"checkpoint,omitempty" doc:"as an earlier verification gave it"`
	}
	verified struct {
		Whole      bool   `json:"whole"`
		Size       int64  `json:"size" doc:"entries that are there and right"`
		Checkpoint string `json:"checkpoint" doc:"to be kept where nobody who reaches the log can change it"`
		Damage     string `json:"damage,omitempty"`
		Entry      int64  `json:"entry,omitzero" doc:"the first that is not as it was written"`
	}
)

func (s *Server) trail(w http.ResponseWriter, r *http.Request) error {
	filter, err := filterOf(r)
	if err != nil {
		return err
	}
	after, err := number(r, "after", 0, 1<<62)
	if err != nil {
		return err
	}
	most, err := number(r, "limit", trailPage, trailPages)
	if err != nil {
		return err
	}
	limit := max(int(most), 1)
	media, err := web.Negotiate(r, web.JSON, web.NDJSON)
	if err != nil {
		return err
	}
	if err := s.noteReader(r, audit.Read); err != nil {
		return err
	}
	if media == web.NDJSON {
		w.Header().Set("Content-Type", web.NDJSON)
		return audit.WriteEvents(w, s.entriesAfter(r.Context(), filter, after))
	}
	page, err := s.Trail.Audit(r.Context(), filter, after, limit+1)
	if err != nil {
		return err
	}
	return web.WriteJSON(w, r, http.StatusOK, pageOf(page, limit))
}

// noteReader enters who looks at the log in it.
func (s *Server) noteReader(r *http.Request, action audit.Action) error {
	entry := web.Entry(r, action)
	entry.Object = "audit log"
	if err := s.Trail.Record(r.Context(), []audit.Entry{entry}); err != nil {
		return fmt.Errorf("entering a look at the audit log: %w", err)
	}
	return nil
}

func filterOf(r *http.Request) (f audit.Filter, err error) {
	f.Who, f.Trial = r.URL.Query().Get("who"), r.URL.Query().Get("trial")
	if f.From, err = moment(r, "from"); err == nil {
		f.To, err = moment(r, "to")
	}
	return f, err
}

// moment reads a query parameter that is a moment; the zero time where there is none.
func moment(r *http.Request, name string) (time.Time, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, web.BadRequest(name + " is to be a moment like 2026-11-23T10:00:00Z")
	}
	return at, nil
}

func (s *Server) checkpoint(w http.ResponseWriter, r *http.Request) error {
	c, err := s.Trail.AuditCheckpoint(r.Context())
	if err != nil {
		return err
	}
	return web.WriteJSON(w, r, http.StatusOK, checkpoint{c.Size, c.String()})
}

func pageOf(entries []audit.Entry, limit int) trailEntries {
	out := trailEntries{Entries: []trailEntry{}}
	for i, e := range entries {
		if i == limit {
			out.Next = entries[i-1].No
			break
		}
		out.Entries = append(out.Entries, trailEntry{e.No, e.At, e.Who, e.Role, e.Action, e.Route, e.Trial, e.Object, e.Outcome, e.Request, e.Patients})
	}
	return out
}

// entriesAfter gives all entries from a number on.
func (s *Server) entriesAfter(ctx context.Context, filter audit.Filter, after int64) iter.Seq2[audit.Entry, error] {
	return func(yield func(audit.Entry, error) bool) {
		for {
			page, err := s.Trail.Audit(ctx, filter, after, trailPages)
			if err != nil {
				yield(audit.Entry{}, err)
				return
			}
			for _, e := range page {
				if !yield(e, nil) {
					return
				}
				after = e.No
			}
			if len(page) < trailPages {
				return
			}
		}
	}
}

func (s *Server) verifyTrail(w http.ResponseWriter, r *http.Request) error {
	in, err := web.DecodeJSON[verification](r, 0)
	if err != nil {
		return err
	}
	var checkpoints []audit.Checkpoint
	if in.Checkpoint != "" {
		c, err := audit.ParseCheckpoint(in.Checkpoint)
		if err != nil {
			return web.Unprocessable("this is no checkpoint: send one as it was given", web.Issue{Code: "value", Expression: "/checkpoint"})
		}
		checkpoints = append(checkpoints, c)
	}
	if err := s.noteReader(r, audit.Execute); err != nil {
		return err
	}
	found, err := s.Trail.VerifyAudit(r.Context(), checkpoints...)
	out := verified{Whole: err == nil, Size: found.Size, Checkpoint: found.String()}
	var damage *audit.Damage
	switch {
	case errors.As(err, &damage):
		out.Damage, out.Entry = damage.Error(), damage.Entry
	case err != nil:
		return err
	}
	return web.WriteJSON(w, r, http.StatusOK, out)
}

// number reads a query parameter that is a whole number from 0 to most; fallback where there is none.
func number(r *http.Request, name string, fallback, most int64) (int64, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return fallback, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > most {
		return 0, web.BadRequest(fmt.Sprintf("%s is to be a whole number from 0 to %d", name, most))
	}
	return n, nil
}
