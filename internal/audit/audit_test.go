package audit_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"prescreen/internal/audit"
)

var day = time.Date(2026, 11, 22, 9, 30, 0, 123456000, time.UTC)

func made(n int) []audit.Entry {
	out := make([]audit.Entry, n)
	for i := range out {
		out[i] = audit.Entry{
			At: day.Add(time.Duration(i) * time.Second), Who: "u" + strconv.Itoa(i%3), Role: "coordinator",
			Action: audit.Read, Route: "/fhir/{type}/{id}", Trial: "NCT1", Object: "o", Outcome: audit.OK,
			Request: "r" + strconv.Itoa(i), Patients: []string{strings.Repeat("ab", 16)},
		}
	}
	return out
}

// log is a log in memory.
type log struct {
	entries []audit.Entry
	hashes  []audit.Stored
}

func (l *log) Entries(_ context.Context, after int64, limit int) ([]audit.Entry, error) {
	sorted := slices.Clone(l.entries)
	slices.SortFunc(sorted, func(a, b audit.Entry) int { return cmp.Compare(a.No, b.No) })
	sorted = slices.DeleteFunc(sorted, func(e audit.Entry) bool { return e.No <= after })
	return sorted[:min(limit, len(sorted))], nil
}

func (l *log) Hashes(_ context.Context, from int64, limit int) ([]audit.Stored, error) {
	out := slices.DeleteFunc(slices.Clone(l.hashes), func(h audit.Stored) bool { return h.Index < from })
	return out[:min(limit, len(out))], nil
}

func (l *log) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var out []tlog.Hash
	for _, i := range indexes {
		out = append(out, l.hashes[i].Hash)
	}
	return out, nil
}

// append continues the log as a store does: from the hashes of the edge alone.
func (l *log) append(t testing.TB, entries []audit.Entry) {
	t.Helper()
	size, err := audit.SizeOf(int64(len(l.hashes)) - 1)
	if err != nil {
		t.Fatal(err)
	}
	edge, _ := l.ReadHashes(audit.Edge(size))
	tree, err := audit.NewTree(size, edge)
	if err != nil {
		t.Fatal(err)
	}
	hashes, err := tree.Append(entries)
	if err != nil {
		t.Fatal(err)
	}
	l.entries, l.hashes = append(l.entries, entries...), append(l.hashes, hashes...)
}

func filled(t testing.TB, n int) *log {
	l := &log{}
	l.append(t, made(n))
	return l
}

func (l *log) checkpoint(t testing.TB) audit.Checkpoint {
	t.Helper()
	c, err := audit.Verify(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCanonicalForm(t *testing.T) {
	e := audit.Entry{
		No: 3, At: time.UnixMicro(-2), Who: "ann", Role: "viewer", Action: audit.Read, Route: "/a/{b}", Trial: "T",
		Outcome: "ok", Request: "q", Patients: []string{"0f", "10"},
	}
	want := "\x01" + "\x06" + "\x03" + "\x03ann" + "\x06viewer" + "\x01R" + "\x06/a/{b}" + "\x01T" + "\x00" + "\x02ok" + "\x01q" + "\x02" + "\x020f" + "\x0210"
	if got := string(e.Canonical()); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if leaf := sha256.Sum256([]byte("\x00" + want)); tlog.Hash(leaf) != e.Leaf() {
		t.Errorf("the leaf is %v", e.Leaf())
	}
	e.Subjects = []int64{7}
	if string(e.Canonical()) != want {
		t.Error("the number of a person is part of the leaf")
	}
}

// TestEveryFieldIsInTheLeaf fails when a field is added to Entry and forgotten in its canonical form.
func TestEveryFieldIsInTheLeaf(t *testing.T) {
	plain := audit.Entry{}
	for i := range reflect.TypeFor[audit.Entry]().NumField() {
		e := audit.Entry{}
		name := reflect.TypeOf(e).Field(i).Name
		switch f := reflect.ValueOf(&e).Elem().Field(i); f.Interface().(type) {
		case string, audit.Action:
			f.SetString("x")
		case int64:
			f.SetInt(1)
		case time.Time:
			f.Set(reflect.ValueOf(day))
		case []string:
			f.Set(reflect.ValueOf([]string{""}))
		case []int64:
			f.Set(reflect.ValueOf([]int64{1}))
		default:
			t.Fatalf("%s: how is it to be set?", name)
		}
		if differs := e.Leaf() != plain.Leaf(); differs == (name == "Subjects") {
			t.Errorf("%s: in the leaf: %v", name, differs)
		}
	}
}

// rfc6962 is the Merkle tree hash as the standard defines it.
func rfc6962(entries []audit.Entry) tlog.Hash {
	switch len(entries) {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return sha256.Sum256(append([]byte{0}, entries[0].Canonical()...))
	}
	k := 1
	for k*2 < len(entries) {
		k *= 2
	}
	l, r := rfc6962(entries[:k]), rfc6962(entries[k:])
	return sha256.Sum256(slices.Concat([]byte{1}, l[:], r[:]))
}

func TestTreeIsTheStandardsWhateverTheBatches(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		l := &log{}
		for _, n := range rapid.SliceOfN(rapid.IntRange(0, 17), 0, 12).Draw(rt, "batches") {
			l.append(t, made(n))
		}
		c, err := audit.Verify(t.Context(), l)
		if err != nil {
			rt.Fatal(err)
		}
		if c.Size != int64(len(l.entries)) || c.Root != rfc6962(l.entries) {
			rt.Fatalf("%d entries: size %d, root %v", len(l.entries), c.Size, c.Root)
		}
	})
}

func TestSizeOf(t *testing.T) {
	for size := range int64(70) {
		if got, err := audit.SizeOf(tlog.StoredHashCount(size) - 1); got != size || err != nil {
			t.Errorf("%d: %d, %v", size, got, err)
		}
	}
	if _, err := audit.SizeOf(1); !errors.Is(err, audit.ErrTree) { // two leaves without the hash over both
		t.Errorf("half an entry: %v", err)
	}
}

func TestVerifyNamesTheFirstHarm(t *testing.T) {
	const n = 3000 // several pages
	for name, c := range map[string]struct {
		harm func(*log)
		want audit.Damage
	}{
		"changed":              {func(l *log) { l.entries[1499].Who = "x" }, audit.Damage{Harm: audit.Changed, Entry: 1500}},
		"its patients changed": {func(l *log) { l.entries[0].Patients = nil }, audit.Damage{Harm: audit.Changed, Entry: 1}},
		"two changed":          {func(l *log) { l.entries[9].Who = "x"; l.entries[3].Who = "x" }, audit.Damage{Harm: audit.Changed, Entry: 4}},
		"removed":              {func(l *log) { l.entries = slices.Delete(l.entries, 1023, 1024) }, audit.Damage{Harm: audit.Removed, Entry: 1024, Other: 1024}},
		"the first removed":    {func(l *log) { l.entries = l.entries[2:] }, audit.Damage{Harm: audit.Removed, Entry: 1, Other: 2}},
		"the last removed":     {func(l *log) { l.entries = l.entries[:n-1] }, audit.Damage{Harm: audit.Removed, Entry: n, Other: n}},
		"all removed":          {func(l *log) { l.entries = nil }, audit.Damage{Harm: audit.Removed, Entry: 1, Other: n}},
		"removed, closed up":   {func(l *log) { l.entries = closedUp(slices.Delete(l.entries, 6, 7)) }, audit.Damage{Harm: audit.Moved, Entry: 7, Other: 8}},
		"two in each other's place": {func(l *log) {
			l.entries[10].No, l.entries[2000].No = 2001, 11
		}, audit.Damage{Harm: audit.Moved, Entry: 11, Other: 2001}},
		"added at the end":    {func(l *log) { l.entries = append(l.entries, audit.Entry{No: n + 1}) }, audit.Damage{Harm: audit.Added, Entry: n + 1}},
		"added far beyond":    {func(l *log) { l.entries = append(l.entries, audit.Entry{No: math.MaxInt64}) }, audit.Damage{Harm: audit.Added, Entry: math.MaxInt64}},
		"added before":        {func(l *log) { l.entries = append(l.entries, audit.Entry{No: 0}) }, audit.Damage{Harm: audit.Added, Entry: 0}},
		"added far before":    {func(l *log) { l.entries = append(l.entries, audit.Entry{No: math.MinInt64 + 1}) }, audit.Damage{Harm: audit.Added, Entry: math.MinInt64 + 1}},
		"a leaf's hash":       {func(l *log) { l.hashes[0].Hash[5] ^= 1 }, audit.Damage{Harm: audit.Changed, Entry: 1}},
		"a hash within":       {func(l *log) { l.hashes[2].Hash[5] ^= 1 }, audit.Damage{Harm: audit.TreeHarm, Entry: 2}},
		"a hash removed":      {func(l *log) { l.hashes = slices.Delete(l.hashes, 2, 3) }, audit.Damage{Harm: audit.TreeHarm, Entry: 2}},
		"last hashes removed": {func(l *log) { l.hashes = l.hashes[:len(l.hashes)-1] }, audit.Damage{Harm: audit.TreeHarm, Entry: n}},
		"a hash added":        {func(l *log) { l.hashes = append(l.hashes, audit.Stored{Index: math.MaxInt64}) }, audit.Damage{Harm: audit.TreeHarm, Entry: n}},
		"a hash before":       {func(l *log) { l.hashes = slices.Insert(l.hashes, 0, audit.Stored{Index: -1}) }, audit.Damage{Harm: audit.TreeHarm, Entry: 1}},
		"end cut off":         {func(l *log) { *l = log{l.entries[:100], l.hashes[:tlog.StoredHashCount(100)]} }, audit.Damage{Harm: audit.Removed, Entry: 101, Other: n}},
		"emptied":             {func(l *log) { *l = log{} }, audit.Damage{Harm: audit.Removed, Entry: 1, Other: n}},
	} {
		t.Run(name, func(t *testing.T) {
			l := filled(t, n)
			before := l.checkpoint(t)
			c.harm(l)
			_, err := audit.Verify(t.Context(), l, before)
			d, ok := errors.AsType[*audit.Damage](err)
			if !ok {
				t.Fatalf("not found: %v", err)
			}
			if diff := gocmp.Diff(c.want, *d); diff != "" {
				t.Error(diff)
			}
			if d.Error() == "" {
				t.Error("it says nothing")
			}
		})
	}
}

func closedUp(entries []audit.Entry) []audit.Entry {
	for i := range entries {
		entries[i].No = int64(i) + 1
	}
	return entries
}

// TestRewritten: a log made anew, whole in itself, is not the one that the checkpoints were made of.
func TestRewritten(t *testing.T) {
	l := filled(t, 10)
	first := l.checkpoint(t)
	l.append(t, made(10))
	second := l.checkpoint(t)
	if _, err := audit.Verify(t.Context(), l, second, first); err != nil {
		t.Fatal(err)
	}
	entries := slices.Clone(l.entries)
	entries[14].Who = "x"
	anew := &log{}
	anew.append(t, entries)
	_, err := audit.Verify(t.Context(), anew, second, first)
	if d, ok := errors.AsType[*audit.Damage](err); !ok || *d != (audit.Damage{Harm: audit.Rewritten, Entry: 11, Other: 20}) {
		t.Errorf("got %v", err)
	}
}

func TestProofs(t *testing.T) {
	l := filled(t, 23)
	older := l.checkpoint(t)
	l.append(t, made(14))
	newer := l.checkpoint(t)
	for i := range l.entries {
		p, err := audit.Inclusion(newer.Size, l.entries[i].No, l)
		if err != nil {
			t.Fatal(err)
		}
		if err := audit.CheckInclusion(p, newer, &l.entries[i]); err != nil {
			t.Errorf("entry %d: %v", i+1, err)
		}
		other := l.entries[i]
		other.Outcome = "x"
		if audit.CheckInclusion(p, newer, &other) == nil {
			t.Errorf("entry %d: another one is proved too", i+1)
		}
	}
	p, err := audit.Consistency(newer.Size, older.Size, l)
	if err != nil {
		t.Fatal(err)
	}
	if err := audit.CheckConsistency(p, newer, older); err != nil {
		t.Error(err)
	}
	older.Root[0] ^= 1
	if audit.CheckConsistency(p, newer, older) == nil {
		t.Error("another beginning is proved too")
	}
}

func TestCheckpointFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.checkpoint")
	if _, ok, err := audit.ReadCheckpoint(path); ok || err != nil {
		t.Fatalf("absent: %v, %v", ok, err)
	}
	for _, n := range []int{0, 5, 6} {
		c := filled(t, n).checkpoint(t)
		if err := audit.WriteCheckpoint(path, c); err != nil {
			t.Fatal(err)
		}
		if got, ok, err := audit.ReadCheckpoint(path); got != c || !ok || err != nil {
			t.Errorf("%d: %v, %v, %v", n, got, ok, err)
		}
	}
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
		t.Errorf("%d files are left", len(left))
	}
	whole := filled(t, 5).checkpoint(t).String()
	for name, text := range map[string]string{
		"empty": "", "cut": whole[:len(whole)-1], "longer": whole + "\n", "another": "x" + whole,
		"negative": strings.Replace(whole, "5", "-5", 1), "short hash": strings.Replace(whole, "=\n", "\n", 1),
	} {
		if _, err := audit.ParseCheckpoint(text); err == nil {
			t.Errorf("%s: is read", name)
		}
	}
}

func TestEvents(t *testing.T) {
	e := made(1)[0]
	e.No, e.Outcome, e.Action = 12, "not-found", audit.Execute
	var out bytes.Buffer
	twice := func(yield func(audit.Entry, error) bool) {
		for range 2 {
			if !yield(e, nil) {
				return
			}
		}
	}
	err := audit.WriteEvents(&out, twice)
	if err != nil {
		t.Fatal(err)
	}
	first, second, _ := strings.Cut(out.String(), "\n")
	if first+"\n" != second {
		t.Error("one entry is not one line")
	}
	want := `{"resourceType":"AuditEvent","id":"12",
		"type":{"system":"http://terminology.hl7.org/CodeSystem/audit-event-type","code":"rest","display":"RESTful Operation"},
		"subtype":[{"system":"http://hl7.org/fhir/restful-interaction","code":"operation","display":"operation"}],
		"action":"E","recorded":"2026-11-22T09:30:00.123456Z","outcome":"4","outcomeDesc":"not-found",
		"agent":[{"who":{"identifier":{"system":"urn:prescreen:user","value":"u0"}},"role":[{"text":"coordinator"}],"requestor":true}],
		"source":{"observer":{"display":"prescreen"},"type":[{"system":"http://terminology.hl7.org/CodeSystem/security-source-type","code":"4","display":"Application Server"}]},
		"entity":[
			{"what":{"identifier":{"system":"urn:prescreen:pseudonym","value":"abababababababababababababababab"}},
			 "type":{"system":"http://terminology.hl7.org/CodeSystem/audit-entity-type","code":"1","display":"Person"},
			 "role":{"system":"http://terminology.hl7.org/CodeSystem/object-role","code":"1","display":"Patient"}},
			{"what":{"identifier":{"system":"urn:prescreen:study","value":"NCT1"}},
			 "type":{"system":"http://terminology.hl7.org/CodeSystem/audit-entity-type","code":"2","display":"System Object"}},
			{"what":{"identifier":{"system":"urn:prescreen:object","value":"o"}},
			 "type":{"system":"http://terminology.hl7.org/CodeSystem/audit-entity-type","code":"2","display":"System Object"}},
			{"what":{"identifier":{"system":"urn:prescreen:request","value":"r0"}},"name":"/fhir/{type}/{id}",
			 "type":{"system":"http://terminology.hl7.org/CodeSystem/audit-entity-type","code":"2","display":"System Object"}}]}`
	if diff := gocmp.Diff(parsed(t, want), parsed(t, first)); diff != "" {
		t.Error(diff)
	}
}

func TestOutcomesOfEvents(t *testing.T) {
	for of, want := range map[string]string{audit.OK: "0", audit.Failed: "8", "forbidden": "4"} {
		if got := audit.Event(&audit.Entry{Outcome: of}).Outcome.Code(); got != want {
			t.Errorf("%s: %s", of, got)
		}
	}
}

func parsed(t *testing.T, text string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// BenchmarkAppend tells what the tree costs an entry, in the hashing of its leaf alone.
func BenchmarkAppend(b *testing.B) {
	entries := made(64)
	var leaves time.Duration
	for b.Loop() {
		start := time.Now()
		for i := range entries {
			_ = entries[i].Leaf()
		}
		leaves += time.Since(start)
		(&log{}).append(b, entries)
	}
	b.ReportMetric(float64(b.Elapsed()-leaves)/float64(leaves), "x-leaf")
}
