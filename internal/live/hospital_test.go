package live_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/intake"
	"prescreen/internal/live"
	"prescreen/internal/rulebook"
	"prescreen/internal/screen"
	"prescreen/internal/store"
	"prescreen/internal/trial"
)

const (
	feed         = "hospital"
	uniqueSystem = "https://example.org/national-id"
	localSystem  = "https://example.org/ward-number"
)

var firstDay = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// hospital is a Live over a store of its own.
type hospital struct {
	*live.Live
	t        testing.TB
	path     string
	store    *store.Store
	book     *rulebook.Book
	settings live.Settings
	now      time.Time
}

func shipped(t testing.TB, ids ...string) *rulebook.Book {
	t.Helper()
	b, mistakes, err := rulebook.Read("../../rules", ids...)
	if err != nil || mistakes.HasErrors() {
		t.Fatal(err, mistakes)
	}
	return b
}

// newHospital opens an empty store with trials in force on the first day.
func newHospital(t testing.TB, ids ...string) *hospital {
	t.Helper()
	return hospitalWith(t, shipped(t, ids...))
}

func hospitalWith(t testing.TB, b *rulebook.Book) *hospital {
	t.Helper()
	h := &hospital{t: t, path: filepath.Join(t.TempDir(), "store.db"), book: b, now: firstDay}
	h.settings = live.Settings{
		Zone: time.UTC, UniqueIdentifiers: []string{uniqueSystem}, Originals: live.Full,
		Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return h.now },
	}
	h.open()
	t.Cleanup(h.close)
	h.tick(firstDay)
	h.setTrials(h.book)
	return h
}

func (h *hospital) open() {
	h.t.Helper()
	var err error
	if h.store, err = store.Open(context.Background(), h.path, store.Options{Uses: intake.Uses, Listed: h.book.Lists}); err != nil {
		h.t.Fatal(err)
	}
	if h.Live, err = live.Open(context.Background(), h.store, h.book, h.settings); err != nil {
		h.t.Fatal(err)
	}
}

func (h *hospital) close() {
	h.t.Helper()
	if h.store == nil {
		return
	}
	if err := h.store.Close(); err != nil {
		h.t.Error(err)
	}
	h.store = nil
}

func (h *hospital) tick(now time.Time) {
	h.t.Helper()
	h.now = now
	if err := h.Tick(context.Background(), now, nil); err != nil {
		h.t.Fatal(err)
	}
}

func (h *hospital) setTrials(b *rulebook.Book) {
	h.t.Helper()
	h.book = b
	if err := h.SetTrials(context.Background(), b, b.Trials, b.Files, live.Actor{Who: "test"}, nil); err != nil {
		h.t.Fatal(err)
	}
}

// resource is FHIR as a test writes it.
type resource map[string]any

func (r resource) typ() string { return r["resourceType"].(string) }
func (r resource) id() string  { return r["id"].(string) }

func (r resource) json() []byte {
	b, err := json.Marshal(r)
	if err != nil {
		panic(err)
	}
	return b
}

func patient(id string, more ...resource) resource {
	return with(resource{"resourceType": "Patient", "id": id, "birthDate": "1960-05-04", "gender": "female"}, more...)
}

func with(r resource, more ...resource) resource {
	for _, m := range more {
		for k, v := range m {
			r[k] = v
		}
	}
	return r
}

func ref(to string) resource { return resource{"reference": to} }

func concept(system, code string) resource {
	return resource{"coding": []resource{{"system": system, "code": code, "display": code}}}
}

func hba1c(id, patient, value, day string) resource {
	return resource{
		"resourceType": "Observation", "id": id, "status": "final", "code": resource{
			"coding": []resource{{"system": "http://loinc.org", "code": "4548-4"}}, "text": "HbA1c",
		}, "subject": ref(patient), "effectiveDateTime": day, "valueQuantity": resource{
			"value": json.Number(value), "unit": "%", "system": "http://unitsofmeasure.org", "code": "%",
		},
	}
}

func diabetes(id, patient, day string) resource {
	return resource{
		"resourceType": "Condition", "id": id, "subject": ref(patient), "code": concept("http://snomed.info/sct", "44054006"),
		"clinicalStatus":     concept("http://terminology.hl7.org/CodeSystem/condition-clinical", "active"),
		"verificationStatus": concept("http://terminology.hl7.org/CodeSystem/condition-ver-status", "confirmed"),
		"onsetDateTime":      day, "recordedDate": day,
	}
}

// collection is a Bundle of resources as they stand.
func collection(list ...resource) []byte {
	entries := []resource{}
	for _, r := range list {
		entries = append(entries, resource{"resource": r})
	}
	return resource{"resourceType": "Bundle", "type": "collection", "entry": entries}.json()
}

// transaction is a Bundle of creates under urns.
func transaction(list ...resource) []byte {
	entries := []resource{}
	for _, r := range list {
		entries = append(entries, resource{
			"fullUrl": "urn:uuid:" + r.id(), "resource": r, "request": resource{"method": "POST", "url": r.typ()},
		})
	}
	return resource{"resourceType": "Bundle", "type": "transaction", "entry": entries}.json()
}

// batchOf reads a Bundle to a batch, as the FHIR endpoints do.
func (h *hospital) batchOf(bundle []byte) live.Batch {
	h.t.Helper()
	doc, err := intake.ReadDocument(h.Options(), bundle)
	if err != nil || len(doc.Problems) > 0 {
		h.t.Fatal(err, doc.Problems)
	}
	b := live.Batch{Source: feed, Document: doc, Atomic: doc.Type == "transaction", By: live.Actor{Who: "test"}}
	for i := range doc.Resources {
		r := &doc.Resources[i]
		w := live.Write{Verb: live.Put, Resource: r, Type: r.Type, ID: r.ID}
		if r.Request.Method == "POST" {
			w = live.Write{Verb: live.Create, Resource: r, Type: r.Type, IfNoneExist: r.Request.IfNoneExist}
		}
		b.Writes = append(b.Writes, w)
	}
	return b
}

func (h *hospital) post(bundle []byte) []live.Result {
	h.t.Helper()
	results, err := h.Apply(context.Background(), h.batchOf(bundle))
	if err != nil {
		h.t.Fatal(err)
	}
	return results
}

func (h *hospital) put(list ...resource) []live.Result {
	h.t.Helper()
	return h.post(collection(list...))
}

func (h *hospital) delete(typ, id string) live.Result {
	h.t.Helper()
	b := live.Batch{Source: feed, Writes: []live.Write{{Verb: live.Delete, Type: typ, ID: id}}}
	results, err := h.Apply(context.Background(), b)
	if err != nil {
		h.t.Fatal(err)
	}
	return results[0]
}

func (h *hospital) seq() live.Seq {
	h.t.Helper()
	seq, _, err := h.store.LastSeq(context.Background())
	if err != nil {
		h.t.Fatal(err)
	}
	return seq
}

func (h *hospital) flips() []live.Flip {
	h.t.Helper()
	list, err := h.store.Flips(context.Background(), 0, "", 0, 0)
	if err != nil {
		h.t.Fatal(err)
	}
	return list
}

func (h *hospital) check() {
	h.t.Helper()
	wrong, err := h.Check(context.Background(), nil)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, w := range wrong {
		h.t.Error(w)
	}
}

func (h *hospital) key(id string) chart.Key { return chart.Key{Source: feed, ID: id} }

func (h *hospital) verdictsOf(id, trialID string) *screen.Row {
	h.t.Helper()
	_, no, err := h.Person(context.Background(), h.key(id))
	if err != nil {
		h.t.Fatal(err)
	}
	row, _, err := h.Verdicts(context.Background(), no, trialID)
	if err != nil {
		h.t.Fatal(err)
	}
	return row
}

// screened is a fresh screening of resources in files.
type screened struct {
	plan   *screen.Plan
	cohort *intake.Cohort
	lists  []*screen.List
	newest live.Newest
}

func screenFiles(t testing.TB, dir string, b *rulebook.Book, trials []*trial.Trial, texts [][]byte, day dates.Day) *screened {
	t.Helper()
	path := filepath.Join(dir, "records.ndjson")
	var all []byte
	for _, text := range texts {
		all = append(append(all, text...), '\n')
	}
	if err := os.WriteFile(path, all, 0o600); err != nil {
		t.Fatal(err)
	}
	cohort, err := intake.Read(context.Background(), intake.Options{
		Zone: time.UTC, UniqueIdentifiers: []string{uniqueSystem}, Sources: []intake.Source{{Name: feed, Path: dir}}, Workers: 1,
	}, []string{path}, nil)
	if err != nil {
		t.Fatal(err)
	}
	s := &screened{plan: b.Plan(trials, cohort.Dictionary, cohort.Units, day), cohort: cohort}
	w, tally := s.plan.NewWorker(), s.plan.NewTally()
	err = cohort.Each(context.Background(), 1, func(v intake.Visit) error {
		tally.Add(v.Chart, w.Screen(v.Chart))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	s.lists, s.newest = tally.Lists(), tally.Report().Records.Newest
	return s
}
