package intake

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"prescreen/internal/chart"
	"prescreen/internal/quantity"
	"prescreen/internal/terms"
)

// told is a chart free of numbers that depend on the order of arrival: codes and units by what they stand for.
type told struct {
	Person  chart.Person
	Facts   []string
	Gaps    []chart.Gap
	Contact string
	Index   int
}

func tellAll(c *Cohort, charts []*chart.Chart) (all []told) {
	for _, ch := range charts {
		one := told{Person: ch.Person, Gaps: ch.Gaps, Contact: fmt.Sprint(ch.Contacts), Index: len(ch.Index)}
		one.Person.Languages = nil
		for i := range ch.Facts {
			f, s := ch.Facts[i], ch.Sources[i]
			line := tell(c, ch, i) + fmt.Sprintf(" %+v %s %d", s, f.Value, f.Begin.Milli)
			for _, r := range ch.Ranges[f.Ranges.At : f.Ranges.At+uint32(f.Ranges.Len)] {
				line += fmt.Sprintf(" %s..%s", r.Low, r.High)
			}
			one.Facts = append(one.Facts, line)
		}
		all = append(all, one)
	}
	return all
}

var sameTold = cmp.Options{cmpopts.EquateEmpty(), cmp.Comparer(func(a, b quantity.Decimal) bool { return a.String() == b.String() })}

type bundleEntry struct {
	FullURL  string          `json:"fullUrl"`
	Resource json.RawMessage `json:"resource"`
}

func entriesOf(t testing.TB, bundle []byte) []bundleEntry {
	t.Helper()
	var b struct {
		Entry []bundleEntry `json:"entry"`
	}
	if err := json.Unmarshal(bundle, &b); err != nil {
		t.Fatal(err)
	}
	return b.Entry
}

func bundleOf(t testing.TB, entries []bundleEntry) string {
	t.Helper()
	b, err := json.Marshal(map[string]any{"entry": entries, "resourceType": "Bundle", "type": "collection"})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func readString(t testing.TB, files map[string]string) []told {
	t.Helper()
	co, charts := readAll(t, Options{Workers: 2}, folder(t, files))
	if len(co.Rejected) > 0 {
		t.Fatal(co.Rejected[0])
	}
	return tellAll(co, charts)
}

// TestOrderAndPackagingChangeNothing: shuffled entries, a bundle split over files, NDJSON in place of a bundle, a bundle
// read twice: always the same charts.
func TestOrderAndPackagingChangeNothing(t *testing.T) {
	_, files := members(t, "synthea-r4-notes.zip")
	r := rand.New(rand.NewPCG(1, 2))
	for _, file := range files[2:8] {
		want := readString(t, map[string]string{"a.json": string(file)})
		entries := entriesOf(t, file)
		same := func(what string, files map[string]string) {
			t.Helper()
			if diff := cmp.Diff(want, readString(t, files), sameTold); diff != "" {
				t.Errorf("%s: %.2000s", what, diff)
			}
		}
		same("twice", map[string]string{"a.json": string(file), "b.json": string(file)})
		shuffled := append([]bundleEntry(nil), entries...)
		r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		same("shuffled", map[string]string{"a.json": bundleOf(t, shuffled)})
		half := len(shuffled) / 2
		same("split", map[string]string{"a.json": bundleOf(t, shuffled[:half]), "b.json": bundleOf(t, shuffled[half:])})
		var nd strings.Builder
		for _, e := range shuffled {
			var line bytes.Buffer
			if err := json.Compact(&line, e.Resource); err != nil {
				t.Fatal(err)
			}
			nd.WriteString(line.String() + "\n")
		}
		same("lines", map[string]string{"a.ndjson": nd.String()})
	}
}

// TestRenamedIDsChangeOnlyTheIDs: two bundles that differ in their uuids alone give the same facts.
func TestRenamedIDsChangeOnlyTheIDs(t *testing.T) {
	_, files := members(t, "synthea-r4-notes.zip")
	file := files[4]
	plain := func(text string) string {
		var lines []string
		for _, one := range readString(t, map[string]string{"a.json": text}) {
			for _, f := range one.Facts {
				head, _, _ := strings.Cut(f, " {")
				lines = append(lines, head)
			}
			lines = append(lines, one.Contact)
		}
		return strings.Join(lines, "\n")
	}
	renamed := string(file)
	for i, e := range entriesOf(t, file) {
		id := strings.TrimPrefix(e.FullURL, "urn:uuid:")
		// The order of ids decides the order of facts of one time, so the new ones keep it.
		renamed = strings.ReplaceAll(renamed, id, id[:8]+"-0000-"+id[9:18]+fmt.Sprintf("%08x", i))
	}
	if diff := cmp.Diff(plain(string(file)), plain(renamed)); diff != "" {
		t.Errorf("%.3000s", diff)
	}
}

// TestWorkersChangeNothing: charts, rejected inputs and gaps are the same whatever the number of workers.
func TestWorkersChangeNothing(t *testing.T) {
	var parts []string
	for n := range 3000 {
		switch n % 50 {
		case 7:
			parts = append(parts, `{"text":`)
		case 13:
			parts = append(parts, labOf("x", ref("Patient/p1"), `,"status":"final"`))
		case 21:
			parts = append(parts, labOf(fmt.Sprint("w", n), ref("Patient/p2"), `,"effectiveDateTime":"nonsense"`))
		default:
			parts = append(parts, labOf(fmt.Sprint("o", n), ref(fmt.Sprint("Patient/p", n%5)), strings.Repeat(" ", 900)))
		}
	}
	for p := range 5 {
		parts = append(parts, patientNamed(fmt.Sprint("p", p), ""))
	}
	dir := folder(t, map[string]string{"a.ndjson": strings.Join(parts, "\n"), "b.json": "{", "c/d.json": "[", "e.json": patientNamed("e", "")})
	var want string
	for _, workers := range []int{1, 2, 5} {
		co, charts := readAll(t, Options{Workers: workers}, dir)
		each(t, co)
		got := fmt.Sprint(tellAll(co, charts), co.Rejected, co.Gaps(), co.Files, co.Resources, co.Skipped)
		if want == "" {
			want = got
		}
		if got != want {
			t.Errorf("%d workers give another result", workers)
		}
	}
}

// TestNaughtyStringsStayWhatTheyAre: strings that break programs, as codes, systems, displays and values.
func TestNaughtyStringsStayWhatTheyAre(t *testing.T) {
	b, err := os.ReadFile(sharedData(t, "naughty-strings.json"))
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	if err := json.Unmarshal(b, &list); err != nil {
		t.Fatal(err)
	}
	var nd []string
	for i, s := range list {
		q, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		nd = append(nd, fmt.Sprintf(`{"resourceType":"Observation","id":"o%03d","status":"final","subject":{"reference":"Patient/p"},"code":{"coding":[{"system":%s,"code":%s}],"text":%s},"valueString":%s}`, i, q, q, q, q))
	}
	co, charts := readText(t, lines(append(nd, onePatient)...))
	if len(co.Rejected) > 0 || len(charts) != 1 || len(charts[0].Facts) != len(list) {
		t.Fatalf("%v, %d charts", co.Rejected, len(charts))
	}
	for i, s := range list {
		s = strings.TrimSpace(s) // lines of the helper are trimmed; the strings inside are not
		if got := charts[0].Sources[i]; strings.TrimSpace(got.Display) != s || strings.TrimSpace(got.Value) != s {
			t.Errorf("string %d came out as another one", i)
		}
		for _, id := range charts[0].CodesIn(charts[0].Facts[i].Codes) {
			if c := co.Dictionary.Coding(id); c.Code != list[i] || c.System != terms.CanonicalSystem(list[i]) {
				t.Errorf("code %d came out as another one", i)
			}
		}
	}
}

func TestRecordsUnpackToWhatWasPacked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bytesOf := func(label string) []byte {
			if s := rapid.String().Draw(t, label); s != "" {
				return []byte(s)
			}
			return nil
		}
		d := draft{origin: chart.FromObservation, id: bytesOf("id"), version: bytesOf("version"), updated: bytesOf("updated"), alias: bytesOf("alias")}
		d.subject.base = bytesOf("base")
		d.gap(GapDate, rapid.String().Draw(t, "pointer"))
		e := d.add(chart.Kind(rapid.IntRange(0, int(chart.KindCount)-1).Draw(t, "kind")))
		e.fact.Flags = chart.Flags(rapid.Uint16().Draw(t, "flags"))
		e.fact.Unit = chart.UnitID(rapid.Uint32().Draw(t, "unit"))
		e.codes = []terms.CodeID{1, terms.CodeID(rapid.Uint32().Draw(t, "code"))}
		e.visit, e.display, e.value, e.date, e.medication = bytesOf("visit"), bytesOf("display"), bytesOf("value"), bytesOf("date"), bytesOf("medication")
		e.supply = chart.Supply{Days: rapid.Int32().Draw(t, "days"), Refills: rapid.Int32().Draw(t, "refills")}
		e.onsetAge = span{ageYears, rapid.Int32().Draw(t, "low"), rapid.Int32().Draw(t, "high")}
		if e.fact.Unit == 0 {
			e.unit = nil
		} else {
			e.unit = bytesOf("unit text")
		}
		h, rest, err := nextRecord(appendRecord(nil, &d))
		if err != nil || len(rest) > 0 {
			t.Fatal(err)
		}
		if h.origin != d.origin || !bytes.Equal(h.id, d.id) || !bytes.Equal(h.version, d.version) || !bytes.Equal(h.alias, d.alias) {
			t.Fatal("head differs")
		}
		c := h.open()
		var got entry
		c.next(&got)
		if c.u.Bad || len(c.u.Rest) > 0 || c.facts != 1 {
			t.Fatal("body damaged")
		}
		if diff := cmp.Diff(*e, got, cmp.AllowUnexported(entry{}, span{}), cmpopts.IgnoreFields(chart.Fact{}, "Origin"), sameTold); diff != "" {
			t.Fatal(diff)
		}
	})
}

// TestManyMisfitsAreNamedUpToALimit: the first ones by line whatever the workers, the rest counted.
func TestManyMisfitsAreNamedUpToALimit(t *testing.T) {
	text := onePatient + "\n" + strings.Repeat(`{"text":`+strings.Repeat(" ", 500)+"\n", 12_345)
	dir := folder(t, map[string]string{"a.ndjson": text})
	for _, workers := range []int{1, 4} {
		co, charts := readAll(t, Options{Workers: workers}, dir)
		if len(charts) != 1 || len(co.Rejected) != maxMisfits+1 {
			t.Fatalf("%d charts, %d rejected", len(charts), len(co.Rejected))
		}
		for i, r := range co.Rejected[:maxMisfits] {
			if want := fmt.Sprintf("line %d/text", i+2); r.Pointer != want {
				t.Fatalf("%s, want %s", r.Pointer, want)
			}
		}
		if got := co.Rejected[maxMisfits].Reason; got != "and 11345 more of this input" {
			t.Error(got)
		}
	}
}
