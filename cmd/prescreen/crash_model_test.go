package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"prescreen/internal/intake"
	"prescreen/internal/live"
)

// entry is one resource of a bundle as it is sent.
type entry struct {
	name string // type and id; "" for what is of a kind that is not kept
	text string
}

// model is what a store must hold: plainly, every resource by its name, as it was acknowledged last.
type model struct {
	mu    sync.Mutex
	has   map[string]resource
	fresh map[string]bool // since they were held against the store
	named map[string]string
	acks  int
}

type resource struct {
	text    []byte
	version int
	deleted bool
}

func newModel() *model {
	return &model{has: map[string]resource{}, fresh: map[string]bool{}, named: map[string]string{}}
}

// write is what becomes of one resource if an attempt succeeds.
type write struct {
	name   string
	text   []byte
	delete bool
}

func (m *model) apply(writes []write) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.acks++
	for _, w := range writes {
		r := m.has[w.name]
		m.has[w.name] = resource{w.text, r.version + 1, w.delete}
		m.fresh[w.name] = true
	}
}

// name notes what entries of a bundle are called outside of it.
func (m *model) name(writes []write) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, w := range writes {
		_, id, _ := strings.Cut(w.name, "/")
		m.named["urn:uuid:"+id] = w.name
	}
}

func (m *model) acknowledged() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.acks
}

func (m *model) of(name string) resource {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.has[name]
}

// counts gives how many versions there are in all, and how many resources.
func (m *model) counts() (versions, open int) {
	for _, r := range m.has {
		versions += r.version
		if !r.deleted {
			open++
		}
	}
	return versions, open
}

var byUUID = regexp.MustCompile(`"reference": ?"(urn:uuid:[^"]*)"`)

// linked writes references to entries of a bundle as those to resources, as a server has to.
func (m *model) linked(text []byte) []byte {
	return byUUID.ReplaceAllFunc(text, func(ref []byte) []byte {
		if name, ok := m.named[string(byUUID.FindSubmatch(ref)[1])]; ok {
			return fmt.Appendf(nil, `"reference":%q`, name)
		}
		return ref
	})
}

// file writes the model as a reader of files would get it.
func (m *model) file(t *testing.T) string {
	t.Helper()
	var out bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(m.has)) {
		if r := m.has[name]; !r.deleted {
			out.Write(m.linked(r.text))
			out.WriteByte('\n')
		}
	}
	path := filepath.Join(t.TempDir(), "model.ndjson")
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// held holds the store beside a server against the model: what was written since the last time one by one, all by their
// numbers.
func (m *model) held(w *ward) {
	w.t.Helper()
	s, err := w.stored.reading(context.Background())
	if err != nil {
		w.t.Fatal(err)
	}
	defer s.Close()
	for name := range m.fresh {
		want := m.has[name]
		typ, id, _ := strings.Cut(name, "/")
		got, err := s.Version(context.Background(), live.ResourceKey{Source: feed, Type: typ, ID: id}, 0)
		switch {
		case err != nil:
			w.t.Errorf("an acknowledged %s, in its version %d, is lost: %v", typ, want.version, err)
		case got.Number != want.version || got.Deleted != want.deleted:
			w.t.Errorf("%s: version %d, deleted %v; acknowledged were %d, %v", typ, got.Number, got.Deleted, want.version, want.deleted)
		case !want.deleted && !sameJSON(got.Raw, m.linked(want.text)):
			w.t.Errorf("%s is not what was acknowledged:\n%s\n%s", typ, got.Raw, m.linked(want.text))
		}
		if w.t.Failed() {
			return
		}
	}
	clear(m.fresh)
	versions, open := m.counts()
	if n := w.number(`SELECT count(*) FROM version`); n != versions {
		w.t.Errorf("%d versions in the store, %d were acknowledged", n, versions)
	}
	if n := w.number(`SELECT count(*) FROM version WHERE until = 0 AND deleted = 0`); n != open {
		w.t.Errorf("%d resources in the store, %d were acknowledged", n, open)
	}
}

// screensAlike: what the store gives is what files of all that was acknowledged give.
func (m *model) screensAlike(w *ward) {
	w.t.Helper()
	from := w.listing("--db", w.stored.db)
	if plain := w.listing("--source", feed+"="+m.file(w.t)); from != plain {
		a, b := filepath.Join(os.TempDir(), "prescreen-from-store.json"), filepath.Join(os.TempDir(), "prescreen-from-model.json")
		_, _ = os.WriteFile(a, []byte(from), 0o600), os.WriteFile(b, []byte(plain), 0o600)
		w.t.Errorf("the store screens otherwise than what was acknowledged: diff %s %s", a, b)
	}
}

func sameJSON(a, b []byte) bool {
	var x, y map[string]any
	if json.Unmarshal(a, &x) != nil || json.Unmarshal(b, &y) != nil {
		return false
	}
	for _, v := range []map[string]any{x, y} {
		if meta, ok := v["meta"].(map[string]any); ok {
			delete(meta, "versionId")
			delete(meta, "lastUpdated")
			if len(meta) == 0 {
				delete(v, "meta")
			}
		}
	}
	p, _ := json.Marshal(x)
	q, _ := json.Marshal(y)
	return bytes.Equal(p, q)
}

// cohort gives the entries of the fixtures' bundles, one list for each patient, the Patient first.
func cohort(t *testing.T) (out [][]entry) {
	t.Helper()
	paths, err := filepath.Glob("../../fixtures/cohort/*.json*")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		var bundle struct {
			Entry []struct{ Resource json.RawMessage }
		}
		if err := json.Unmarshal(unpacked(t, path), &bundle); err != nil {
			t.Fatal(err)
		}
		var list []entry
		for _, e := range bundle.Entry {
			var is struct{ ResourceType, ID string }
			if err := json.Unmarshal(e.Resource, &is); err != nil {
				t.Fatal(err)
			}
			one := entry{is.ResourceType + "/" + is.ID, string(e.Resource)}
			if !slices.Contains(intake.Kinds(), is.ResourceType) {
				one.name = ""
			}
			list = append(list, one)
		}
		if strings.HasPrefix(list[0].name, "Patient/") {
			out = append(out, list)
		}
	}
	if len(out) < 30 {
		t.Fatal("the fixtures are not where they were")
	}
	return out
}

func unpacked(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err == nil && strings.HasSuffix(path, ".gz") {
		var z *gzip.Reader
		if z, err = gzip.NewReader(bytes.NewReader(text)); err == nil {
			text, err = io.ReadAll(z)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return text
}

var uuids = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// another gives the same text about somebody else.
func another(text string, salt uint32) string {
	return uuids.ReplaceAllStringFunc(text, func(id string) string {
		n, _ := strconv.ParseUint(id[:8], 16, 32)
		return fmt.Sprintf("%08x%s", uint32(n)^salt, id[8:])
	})
}

// bundleOf writes entries as a bundle and gives what it writes. Of a collection an entry has no request.
func bundleOf(kind string, entries []entry) (body []byte, writes []write) {
	var out bytes.Buffer
	fmt.Fprintf(&out, `{"resourceType":"Bundle","type":%q,"entry":[`, kind)
	for i, e := range entries {
		if i > 0 {
			out.WriteByte(',')
		}
		var is struct{ ResourceType, ID string }
		_ = json.Unmarshal([]byte(e.text), &is)
		fmt.Fprintf(&out, `{"fullUrl":"urn:uuid:%s","resource":%s`, is.ID, e.text)
		if kind != "collection" {
			fmt.Fprintf(&out, `,"request":{"method":"PUT","url":"%s/%s"}`, is.ResourceType, is.ID)
		}
		out.WriteByte('}')
		if e.name != "" {
			writes = append(writes, write{name: e.name, text: []byte(e.text)})
		}
	}
	out.WriteString(`]}`)
	return out.Bytes(), writes
}
