package fhirapi

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"mime/multipart"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/samply/golang-fhir-models/fhir-models/fhir"
	"go.uber.org/goleak"

	"prescreen/internal/web"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// running does the house's jobs until the returned function is called.
func (h *house) running() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() { _ = h.jobs.Run(ctx, h.options()) })
	return func() { cancel(); done.Wait() }
}

// began gives the path of a job that was accepted.
func (a answer) began() string {
	a.t.Helper()
	a.want(202)
	return strings.TrimPrefix(a.Header().Get("Content-Location"), "http://example.test")
}

// until asks about a job until it is done.
func (h *house) until(path string) manifest {
	h.t.Helper()
	for {
		got := h.ask("GET", path, "")
		if got.Code != 202 {
			return read[manifest](got.want(200))
		}
		if got.Header().Get("X-Progress") == "" {
			h.t.Fatal("no progress is told")
		}
		time.Sleep(time.Millisecond)
	}
}

func lines(resources ...string) string { return strings.Join(resources, "\n") + "\n" }

// NDJSON is taken in as a job, line by line; what cannot be used is told by its line.
func TestImport(t *testing.T) {
	h := newHouse(t, "dapagliflozin-ckd")
	defer h.running()()
	body := lines(
		patient(`,"id":"p"`), "", result("7", `,"id":"o"`+about("Patient/p")), `{"resourceType":"Organization","id":"x"}`,
		result(`"x"`, `,"id":"bad"`+about("Patient/p")), `{`, result("8", `,"id":"o2"`+about("Patient/p")),
	)
	var form bytes.Buffer
	parts := multipart.NewWriter(&form)
	for _, text := range []string{body[:strings.Index(body, "\n")], body[strings.Index(body, "\n"):]} {
		part, err := parts.CreateFormFile("file", "name")
		if err != nil {
			t.Fatal(err)
		}
		_, _ = part.Write([]byte(text))
	}
	_ = parts.Close()
	for i, c := range [][2]string{{body, web.NDJSON}, {form.String(), parts.FormDataContentType()}} {
		job := h.ask("POST", "/fhir/$import", c[0], "Content-Type: "+c[1]).began()
		m := h.until(job)
		created := []int{3, 0}[i]
		if m.Counts["created"] != created || m.Counts["not kept"] != 1 || m.Counts["refused"] != 2 || len(m.Error) != 1 || m.Error[0].Count != 2 {
			t.Fatalf("%d: %+v", i, m)
		}
		faults := h.ask("GET", strings.TrimPrefix(m.Error[0].URL, "http://example.test"), "").want(200).Body.String()
		if strings.Count(faults, "\n") != 2 || !strings.Contains(faults, "OperationOutcome") || !strings.Contains(faults, "line ") {
			t.Errorf("%d: %s", i, faults)
		}
		for _, id := range []string{"Patient/p", "Observation/o", "Observation/o2"} {
			h.ask("GET", "/fhir/"+id, "").want(200)
		}
		h.ask("DELETE", job, "").want(202)
		h.ask("GET", job, "").want(404)
		h.ask("DELETE", job, "").want(404)
	}
	if left, _ := os.ReadDir(h.jobs.spool); len(left) != 0 {
		t.Errorf("%d folders are left", len(left))
	}
}

// Only files of the folder of imports can be named.
func TestImportByName(t *testing.T) {
	h := newHouse(t, "dapagliflozin-ckd")
	h.ask("POST", "/fhir/$import", `{"input":[{"url":"file:a.ndjson"}]}`).want(422)
	dir, spool := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.ndjson"), []byte(lines(patient(`,"id":"p"`))), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	var err error
	if h.jobs, err = OpenJobs(spool, dir, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	defer h.jobs.Close()
	h.mount(h.options())
	defer h.running()()
	for _, url := range []string{"https://example.test/a.ndjson", "file://other/a.ndjson", "file:../a.ndjson", "file:///etc/passwd", "file:link", "file:.", "file:none"} {
		h.ask("POST", "/fhir/$import", `{"input":[{"url":"`+url+`"}]}`).want(400)
	}
	for _, body := range []string{
		`{"inputFormat":"application/fhir+ndjson","input":[{"type":"Patient","url":"file:a.ndjson"}]}`,
		`{"resourceType":"Parameters","parameter":[{"name":"input","part":[{"name":"url","valueUrl":"file:///a.ndjson"}]}]}`,
	} {
		if m := h.until(h.ask("POST", "/fhir/$import", body).began()); m.Counts["refused"] != 0 || len(m.Counts) != 1 {
			t.Errorf("%+v", m)
		}
	}
	h.ask("GET", "/fhir/Patient/p", "").want(200)
}

// An import that the end of the process interrupted goes on behind the last line that was taken in.
func TestImportGoesOn(t *testing.T) {
	h := newHouse(t, "dapagliflozin-ckd")
	all := []string{patient(`,"id":"p"`)}
	for i := range 8 * importLines {
		all = append(all, result("7", fmt.Sprintf(`,"id":"o%d"`, i)+about("Patient/p")))
	}
	all = append(all, "{")
	job := h.ask("POST", "/fhir/$import", lines(all...), "Content-Type: "+web.NDJSON).began()
	id := filepath.Base(job)
	for range 3 { // the process ends amid a write
		ctx, cancel := context.WithCancel(context.Background())
		writes := 0
		h.clock = func() {
			if writes++; writes > 4 {
				cancel()
			}
		}
		_ = h.jobs.Run(ctx, h.options())
		var err error
		if h.jobs, err = OpenJobs(h.jobs.spool, "", slog.New(slog.DiscardHandler)); err != nil {
			t.Fatal(err)
		}
		h.mount(h.options())
	}
	if s, _ := h.jobs.see(id, h.caller.ID, h.now); s.State != jobWaits || s.Offset == 0 {
		t.Errorf("it was not interrupted: %s at line %d", s.State, s.Line)
	}
	h.clock = func() {}
	defer h.running()()
	m := h.until(job)
	if n := m.Counts["created"] + m.Counts["taken in"]; n != len(all)-1 || m.Error[0].Count != 1 {
		t.Errorf("%+v", m)
	}
	h.ask("GET", fmt.Sprintf("/fhir/Observation/o%d", 8*importLines-1), "").want(200)
}

// A trial's candidates are exported with all their records, and the files are the owner's for as long as everybody in
// them may be listed.
func TestExport(t *testing.T) {
	h := newHouse(t).cohort()
	defer h.running()()
	trial := ""
	var group fhir.Group
	for _, x := range h.book.Trials {
		if g := read[fhir.Group](h.ask("GET", "/fhir/Group/"+x.ID, "").want(200)); len(g.Member) > len(group.Member) {
			trial, group = x.ID, g
		}
	}
	job := h.ask("GET", "/fhir/Group/"+trial+"/$export", "", "Prefer: respond-async").began()
	m := h.until(job)
	found := map[string]manifestFile{}
	for _, f := range m.Output {
		found[f.Type] = f
	}
	if found["Patient"].Count != len(group.Member) || found["Observation"].Count == 0 || !m.RequiresAccessToken || len(m.Error) != 0 {
		t.Fatalf("%d members: %+v", len(group.Member), m)
	}
	h.log = nil
	path := strings.TrimPrefix(found["Patient"].URL, "http://example.test")
	text := h.ask("GET", path, "").want(200)
	if n := strings.Count(text.Body.String(), "\n"); n != len(group.Member) || text.Header().Get("Content-Type") != web.NDJSON {
		t.Errorf("%d lines", n)
	}
	for line := range strings.Lines(text.Body.String()) {
		p, err := fhir.UnmarshalPatient([]byte(line))
		if err != nil || !strings.Contains(fmt.Sprint(members(group)), "Patient/"+*p.Id) {
			t.Errorf("%v: somebody who is no member", err)
		}
	}
	if len(h.log) != 1 || len(h.log[0].Subjects) != len(group.Member) || h.log[0].Trial != trial {
		t.Errorf("audit %+v", h.log)
	}
	only := h.until(h.ask("GET", "/fhir/Group/"+trial+"/$export?_type=Condition,Patient&_since=2026-06-30T00:00:00Z", "").began())
	if len(only.Output) != 2 || only.Output[0].Type != "Condition" {
		t.Errorf("%+v", only.Output)
	}
	if none := h.until(h.ask("GET", "/fhir/Group/"+trial+"/$export?_since=2027-01-01T00:00:00Z", "").began()); len(none.Output) != 0 {
		t.Errorf("%+v", none.Output)
	}
	for _, q := range []string{"?_type=Organization", "?_since=today", "?_outputFormat=csv", "?patient=1"} {
		h.ask("GET", "/fhir/Group/"+trial+"/$export"+q, "").want(400)
	}
	owner := h.caller
	h.caller.ID = "somebody else"
	h.ask("GET", job, "").want(404)
	h.ask("GET", path, "").want(404)
	h.ask("DELETE", job, "").want(404)
	h.caller = owner
	h.ask("PUT", "/fhir/Consent/no", `{"resourceType":"Consent","id":"no","status":"active","scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"research"}]},`+
		`"patient":{"reference":"`+*group.Member[0].Entity.Reference+`"},"provision":{"type":"deny"}}`).want(201)
	h.ask("GET", path, "").want(410)
	h.ask("DELETE", "/fhir/"+*group.Member[0].Entity.Reference, "").want(204)
	h.ask("GET", job, "").want(404)
}

func members(g fhir.Group) (out []string) {
	for _, m := range g.Member {
		out = append(out, *m.Entity.Reference)
	}
	return out
}

// One caller has a bounded number of jobs.
func TestJobsEach(t *testing.T) {
	h := newHouse(t, "dapagliflozin-ckd")
	var first string
	for range jobsEach {
		first = h.ask("POST", "/fhir/$import", "\n", "Content-Type: "+web.NDJSON).began()
	}
	h.ask("POST", "/fhir/$import", "\n", "Content-Type: "+web.NDJSON).want(429)
	h.ask("DELETE", first, "").want(202)
	h.ask("POST", "/fhir/$import", "\n", "Content-Type: "+web.NDJSON).want(202)
}
