package fhirapi

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"prescreen/internal/access"
	"prescreen/internal/audit"
	"prescreen/internal/live"
	"prescreen/internal/web"
)

// importLimit is the most that one $import may carry.
const importLimit = 16 << 30

func (a *api) jobRoutes() []web.Route {
	export := web.Route{
		Method: http.MethodGet, Pattern: "/fhir/Group/{id}/$export", Needs: access.SeeRecords, Each: true, Handle: a.startExport,
		Doc: doc("fhirGroupExport", "Export the records of a trial's candidates as NDJSON, as a job (Bulk Data)"),
	}
	export.Doc.Status = http.StatusAccepted
	export.Doc.Query = []web.Param{
		{Name: "_type", Type: "string", Summary: "resource types, separated by commas; all if left out"},
		{Name: "_since", Type: "string", Summary: "only what was taken in from this instant on"},
		{Name: "_outputFormat", Type: "string", Summary: "application/fhir+ndjson"},
	}
	take := web.Route{
		Method: http.MethodPost, Pattern: "/fhir/$import", Needs: access.SendRecords, Body: importLimit, Stream: true, Handle: a.startImport,
		Doc: doc("fhirImport", "Take in NDJSON as a job: the body itself, or files of the folder of imports"),
	}
	take.Doc.Status = http.StatusAccepted
	status := web.Route{
		Method: http.MethodGet, Pattern: "/fhir/$job/{job}", Needs: access.SignedIn, Handle: a.jobStatus, Doc: doc("fhirJob", "How far a job has come, and what it gave"),
	}
	status.Doc.Media = web.JSON + ", " + web.FHIR
	file := web.Route{
		Method: http.MethodGet, Pattern: "/fhir/$job/{job}/{file}", Needs: access.SignedIn, Stream: true, Handle: a.jobFile,
		Doc: doc("fhirJobFile", "A file that a job gave"),
	}
	file.Doc.Media = web.NDJSON + ", application/ndjson, application/x-ndjson, application/octet-stream"
	return []web.Route{
		export, take, status, file,
		{Method: http.MethodDelete, Pattern: "/fhir/$job/{job}", Needs: access.SignedIn, Handle: a.jobCancel, Doc: web.Doc{ID: "fhirJobCancel", Summary: "Stop a job and remove its files", Status: http.StatusAccepted}},
	}
}

// accepted answers with the place where a job is asked about (https://hl7.org/fhir/R4/async.html).
func (a *api) accepted(w http.ResponseWriter, r *http.Request, s jobState) error {
	s.Owner, s.At, s.By = web.Caller(r.Context()).ID, web.At(r.Context()), senderOf(r).by
	s.Address = a.base(r) + strings.TrimPrefix(r.URL.Path, "/fhir")
	s.Counts = map[string]int{}
	if err := a.Jobs.add(s); err != nil {
		a.Jobs.drop(s.ID)
		return fmt.Errorf("beginning a job: %w", err)
	}
	w.Header().Set("Content-Location", a.base(r)+"/$job/"+s.ID)
	w.WriteHeader(http.StatusAccepted)
	return nil
}

// newFolder makes a job's folder.
func (a *api) newFolder(r *http.Request) (string, error) {
	id, err := a.Jobs.folder(web.Caller(r.Context()).ID, web.At(r.Context()))
	if errors.Is(err, errTooMany) {
		return "", web.TooMany(fmt.Sprintf("you have %d jobs: wait for one, or cancel those you do not need with DELETE", jobsEach), time.Minute)
	}
	return id, err
}

// startExport begins https://hl7.org/fhir/uv/bulkdata/export.html#endpoint---group-of-patients for a trial's candidates.
func (a *api) startExport(w http.ResponseWriter, r *http.Request) error {
	t, err := a.inForce(r, r.PathValue("id"), access.SeeRecords, access.SeeCandidates)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	if err := onlyParams(q, "_type", "_since", "_outputFormat"); err != nil {
		return err
	}
	s := jobState{Kind: exporting, Trial: t.Trial.ID}
	switch strings.ReplaceAll(q.Get("_outputFormat"), " ", "+") {
	case "", web.NDJSON, "application/ndjson", "ndjson":
	default:
		return web.BadRequest("_outputFormat is " + web.NDJSON)
	}
	for _, list := range q["_type"] {
		for kind := range strings.SplitSeq(list, ",") {
			if !a.kinds[kind] {
				return web.BadRequest("_type lists resource types that prescreen reads: see /fhir/metadata")
			}
			s.Types = append(s.Types, kind)
		}
	}
	if since := q.Get("_since"); since != "" {
		if s.Since, err = time.Parse(time.RFC3339, strings.ReplaceAll(since, " ", "+")); err != nil {
			return web.BadRequest("_since is an instant, as 2026-01-31T08:00:00Z")
		}
	}
	if s.ID, err = a.newFolder(r); err != nil {
		return err
	}
	return a.accepted(w, r, s)
}

// jobOf gives the job that a request names, if it is the caller's.
func (a *api) jobOf(r *http.Request) (jobState, error) {
	s, ok := a.Jobs.see(r.PathValue("job"), web.Caller(r.Context()).ID, web.At(r.Context()))
	if !ok {
		return s, web.NotFound("you have no such job: it was cancelled, its files were removed, or it never was")
	}
	return s, nil
}

// manifest is what a job gave (https://hl7.org/fhir/uv/bulkdata/export.html#response---complete-status).
type manifest struct {
	TransactionTime     string         `json:"transactionTime"`
	Request             string         `json:"request"`
	RequiresAccessToken bool           `json:"requiresAccessToken"`
	Output              []manifestFile `json:"output"`
	Error               []manifestFile `json:"error"`
	Counts              map[string]int `json:"counts,omitempty"` // of an import: resources by what became of them
}

type manifestFile struct {
	Type  string `json:"type"`
	URL   string `json:"url"`
	Count int    `json:"count"`
}

// jobStatus tells how far a job has come: 202 until it is done.
func (a *api) jobStatus(w http.ResponseWriter, r *http.Request) error {
	s, err := a.jobOf(r)
	if err != nil {
		return err
	}
	switch s.State {
	case jobWaits:
		progress := "waiting"
		if s.All > 0 {
			progress = strconv.FormatInt(s.Done*100/s.All, 10) + " %"
		}
		w.Header().Set("X-Progress", progress)
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusAccepted)
		return nil
	case jobFails:
		return web.Refuse(http.StatusInternalServerError, "the job failed; what it took in before stays. Begin it again, and if it fails again tell your administrator the id of the job")
	}
	m := manifest{
		TransactionTime: instant(s.At), Request: s.Address, RequiresAccessToken: true, Output: []manifestFile{}, Error: []manifestFile{}, Counts: s.Counts,
	}
	for _, f := range s.Files {
		told := manifestFile{f.Type, a.base(r) + "/$job/" + s.ID + "/" + f.Name, f.Count}
		if f.Name == faultsFile {
			m.Error = append(m.Error, told)
		} else {
			m.Output = append(m.Output, told)
		}
	}
	w.Header().Set("Expires", s.Ended.Add(jobKept).UTC().Format(http.TimeFormat))
	return web.WriteJSON(w, r, http.StatusOK, m)
}

// jobCancel stops a job.
func (a *api) jobCancel(w http.ResponseWriter, r *http.Request) error {
	if !a.Jobs.cancel(r.PathValue("job"), web.Caller(r.Context()).ID) {
		return web.NotFound("you have no such job")
	}
	w.WriteHeader(http.StatusAccepted)
	return nil
}

// jobFile answers with a file of a job. An export's is given only while the caller has the rights that it was made with,
// and everybody in it may still be listed.
func (a *api) jobFile(w http.ResponseWriter, r *http.Request) error {
	s, err := a.jobOf(r)
	if err != nil {
		return err
	}
	n := slices.IndexFunc(s.Files, func(f jobFile) bool { return f.Name == r.PathValue("file") })
	if n < 0 || s.State != jobDone {
		return web.NotFound("the job gave no such file")
	}
	entry := web.Entry(r, audit.Read)
	if s.Kind == exporting {
		if err := a.stillListed(r, &s); err != nil {
			return err
		}
		entry.Trial, entry.Subjects = s.Trial, s.Charts
	}
	if err := a.record(r.Context(), entry); err != nil {
		return err
	}
	f, err := os.Open(a.Jobs.path(s.ID, s.Files[n].Name))
	if err != nil {
		return fmt.Errorf("opening a job's file: %w", errors.Unwrap(err))
	}
	defer f.Close()
	w.Header().Set("Content-Type", web.NDJSON)
	http.ServeContent(w, r, "", s.Ended, f)
	return nil
}

// stillListed refuses an export of whose patients one is withheld by now.
func (a *api) stillListed(r *http.Request, s *jobState) error {
	if _, err := a.inForce(r, nameOf(s.Trial), access.SeeRecords, access.SeeCandidates); err != nil {
		return err
	}
	of, err := a.Live.List(r.Context(), s.Trial)
	if errors.Is(err, live.ErrNotFound) {
		return web.NotFound("the trial is in force no more")
	} else if err != nil {
		return err
	}
	listed := map[int64]bool{}
	for _, c := range of.Chart {
		listed[c] = true
	}
	for _, c := range s.Charts {
		if !listed[c] {
			return web.Gone("somebody of this export is not to be listed any more: export again")
		}
	}
	return nil
}
