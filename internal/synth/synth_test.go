package synth

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"prescreen/internal/dates"

	"github.com/google/go-cmp/cmp"
)

var asOf = dates.NewDay(2026, 6, 30)

// shelf is a Sink in memory.
type shelf map[string]*bytes.Buffer

func (s shelf) Create(name string) (io.WriteCloser, error) {
	if _, twice := s[name]; twice {
		return nil, errors.New("a file was created twice")
	}
	s[name] = &bytes.Buffer{}
	return open{s[name]}, nil
}

type open struct{ *bytes.Buffer }

func (open) Close() error { return nil }

func made(t *testing.T, o Options) map[string]string {
	t.Helper()
	s := shelf{}
	if err := Generate(o, s, nil); err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for name, b := range s {
		files[name] = b.String()
	}
	return files
}

func unpacked(t *testing.T, name, content string) string {
	t.Helper()
	if !strings.HasSuffix(name, ".gz") {
		return content
	}
	z, err := gzip.NewReader(strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	if z.Name != "" || !z.ModTime.IsZero() {
		t.Errorf("%s: the archive's header carries a name or a time", name)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestSameOptionsGiveTheSameBytes(t *testing.T) {
	for name, o := range map[string]Options{
		"bundles":    {Patients: 6, Seed: 7, AsOf: asOf},
		"compressed": {Patients: 6, Seed: 7, AsOf: asOf, Gzip: true},
		"bulk":       {Patients: 6, Seed: 7, AsOf: asOf, NDJSON: true},
	} {
		if d := cmp.Diff(made(t, o), made(t, o)); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
	a, b := made(t, Options{Patients: 2, Seed: 7, AsOf: asOf}), made(t, Options{Patients: 2, Seed: 8, AsOf: asOf})
	for name := range a {
		if _, same := b[name]; same && !strings.Contains(name, "Information") {
			t.Error("another seed gave the same patient")
		}
	}
}

func TestAPatientIsTheSameWhateverTheNumber(t *testing.T) {
	few, many := made(t, Options{Patients: 3, Seed: 5, AsOf: asOf}), made(t, Options{Patients: 42, Seed: 5, AsOf: asOf})
	for name, content := range few {
		if many[name] != content {
			t.Errorf("a file of 3 patients differs among 42")
		}
	}
	if len(few) != 5 || len(many) != 44 {
		t.Errorf("%d and %d files, want one for each patient and two for the houses and practitioners", len(few), len(many))
	}
}

func TestProgressCountsEveryPatient(t *testing.T) {
	for _, ndjson := range []bool{false, true} {
		var seen []int
		err := Generate(Options{Patients: 3, AsOf: asOf, NDJSON: ndjson}, shelf{}, func(done, total int) { seen = append(seen, done*10+total) })
		if err != nil || !slices.Equal(seen, []int{13, 23, 33}) {
			t.Errorf("ndjson %v: told %v, %v", ndjson, seen, err)
		}
	}
}

func TestNegativeNumberIsRefused(t *testing.T) {
	if err := Generate(Options{Patients: -1}, shelf{}, nil); err == nil {
		t.Error("no error")
	}
}

type refusing struct{ after int }

func (r *refusing) Create(string) (io.WriteCloser, error) {
	if r.after--; r.after < 0 {
		return nil, errors.New("disk full")
	}
	return r, nil
}
func (r *refusing) Write(b []byte) (int, error) { return 0, errors.New("disk full") }
func (r *refusing) Close() error                { return nil }

func TestFailuresOfTheSinkAreTold(t *testing.T) {
	for _, o := range []Options{{Patients: 2, AsOf: asOf}, {Patients: 2, AsOf: asOf, NDJSON: true}, {Patients: 2, AsOf: asOf, NDJSON: true, Gzip: true}} {
		for after := range 3 {
			if err := Generate(o, &refusing{after}, nil); err == nil {
				t.Errorf("%+v, failing after %d files: no error", o, after)
			}
		}
	}
}

// node is a resource as read back by another decoder.
type node = map[string]any

func decode(t *testing.T, text string) node {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var n node
	if err := d.Decode(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// references collects every reference below a value.
func references(v any, found []string) []string {
	switch v := v.(type) {
	case node:
		for k, w := range v {
			if s, ok := w.(string); ok && k == "reference" {
				found = append(found, s)
			} else {
				found = references(w, found)
			}
		}
	case []any:
		for _, w := range v {
			found = references(w, found)
		}
	}
	return found
}

func TestBundlesHoldOnePatientAndEveryReferenceResolves(t *testing.T) {
	files := made(t, Options{Patients: 42, Seed: 3, AsOf: asOf})
	staffed := map[string]bool{}
	for name, text := range files {
		if strings.Contains(name, "Information") {
			for _, e := range decode(t, text)["entry"].([]any) {
				r := e.(node)["resource"].(node)
				id := r["identifier"].([]any)[0].(node)
				staffed[r["resourceType"].(string)+"?identifier="+id["system"].(string)+"|"+id["value"].(string)] = true
			}
		}
	}
	everywhere := map[string]string{}
	for name, text := range files {
		if strings.Contains(name, "Information") {
			continue
		}
		if !strings.HasPrefix(text, `{"resourceType":"Bundle","type":"transaction","entry":[{"fullUrl":"urn:uuid:`) {
			t.Errorf("a bundle begins with %.60s", text)
		}
		ids, refs, patients := map[string]bool{}, []string(nil), 0
		for _, e := range decode(t, text)["entry"].([]any) {
			r := e.(node)["resource"].(node)
			kind, id := r["resourceType"].(string), r["id"].(string)
			if e.(node)["fullUrl"] != "urn:uuid:"+id || ids["urn:uuid:"+id] {
				t.Fatalf("%s: an id that is used twice or is not its fullUrl", kind)
			}
			if q := e.(node)["request"].(node); q["method"] != "POST" || q["url"] != kind {
				t.Errorf("%s: request %v", kind, q)
			}
			if other, shared := everywhere[id]; shared && other != name && kind != "Organization" && kind != "Practitioner" {
				t.Errorf("%s: an id of another patient's bundle", kind)
			}
			ids["urn:uuid:"+id], everywhere[id] = true, name
			refs = references(r, refs)
			if kind == "Patient" {
				patients++
			}
		}
		if patients != 1 {
			t.Errorf("%d patients in a bundle", patients)
		}
		for _, r := range refs {
			if r != "#coverage" && r != "#referral" && !ids[r] && !staffed[r] {
				t.Fatalf("a reference that leads nowhere: %.40s", r)
			}
		}
	}
}

func TestBulkExportRefersByTypeAndID(t *testing.T) {
	files := made(t, Options{Patients: 14, Seed: 3, AsOf: asOf, NDJSON: true})
	ids, refs, patients := map[string]bool{}, []string(nil), 0
	for name, text := range files {
		kind := strings.TrimSuffix(name, ".000.ndjson")
		for line := range strings.Lines(text) {
			if !strings.HasPrefix(line, `{"resourceType":"`+kind+`","id":"`) {
				t.Fatalf("%s: a line begins with %.40s", name, line)
			}
			r := decode(t, line)
			id := kind + "/" + r["id"].(string)
			if ids[id] {
				t.Errorf("%s: an id that is used twice", kind)
			}
			ids[id] = true
			refs = references(r, refs)
			if kind == "Patient" {
				patients++
			}
		}
	}
	if patients != 14 {
		t.Errorf("%d patients, want 14", patients)
	}
	for _, r := range refs {
		if !ids[r] && !strings.HasPrefix(r, "#") {
			t.Fatalf("a reference that leads nowhere: %.40s", r)
		}
	}
}

// TestTheTwoFormsTellTheSame compares what a bundle and an export say of a patient, references aside.
func TestTheTwoFormsTellTheSame(t *testing.T) {
	count := func(files map[string]string, kind string) (n int) {
		for _, text := range files {
			n += strings.Count(text, `{"resourceType":"`+kind+`","id":"`)
		}
		return n
	}
	o := Options{Patients: 12, Seed: 4, AsOf: asOf}
	bundles := made(t, o)
	o.NDJSON = true
	bulk := made(t, o)
	for _, kind := range []string{"Patient", "Encounter", "Condition", "Observation", "MedicationRequest", "Procedure", "Claim", "DocumentReference"} {
		if a, b := count(bundles, kind), count(bulk, kind); a != b || a == 0 {
			t.Errorf("%s: %d in bundles, %d in the export", kind, a, b)
		}
	}
}
