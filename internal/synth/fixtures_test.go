package synth

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the fixtures anew")

// shipped are the fixtures that this package makes. They are what `prescreen synth` writes with these options.
var shipped = map[string]Options{
	"cohort": {Patients: 40, Seed: 1, AsOf: asOf, Gzip: true},
	"bulk":   {Patients: 8, Seed: 2, AsOf: asOf, NDJSON: true, Gzip: true},
}

// TestFixturesAreWhatTheGeneratorMakes compares what is committed with what is made now, unpacked: another release of
// Go may compress otherwise.
func TestFixturesAreWhatTheGeneratorMakes(t *testing.T) {
	for name, o := range shipped {
		dir := filepath.Join("..", "..", "fixtures", name)
		if *update {
			rewrite(t, dir, o)
		}
		want, total := made(t, o), 0
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			b, err := os.ReadFile(filepath.Join(dir, e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			total += len(b)
			w, ok := want[e.Name()]
			switch {
			case !ok:
				t.Errorf("fixtures/%s holds a file that is not made", name)
			case unpacked(t, e.Name(), string(b)) != unpacked(t, e.Name(), w):
				t.Errorf("fixtures/%s: a file differs from what is made; run make fixtures", name)
			}
			delete(want, e.Name())
		}
		if len(want) != 0 {
			t.Errorf("fixtures/%s lacks %d files", name, len(want))
		}
		if total > 12<<20 {
			t.Errorf("fixtures/%s has %d bytes, more than 12 MB", name, total)
		}
	}
}

// TestProfileListIsCurrent keeps the list of who is who beside the cohort.
func TestProfileListIsCurrent(t *testing.T) {
	var b strings.Builder
	b.WriteString("number\tpatient\tprofile\n")
	for n := range shipped["cohort"].Patients {
		fmt.Fprintf(&b, "%d\t%s\t%s\n", n, live(1, n, asOf).person.id, Profile(n))
	}
	path := filepath.Join("..", "..", "fixtures", "profiles.tsv")
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != b.String() {
		t.Error("fixtures/profiles.tsv is not current; run make fixtures")
	}
}

func rewrite(t *testing.T, dir string, o Options) {
	t.Helper()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := Write(dir, o, nil); err != nil {
		t.Fatal(err)
	}
}

func BenchmarkPatients(b *testing.B) {
	s := newStaff(1)
	bytes := 0
	for n := 0; b.Loop(); n++ {
		out := newBundle("transaction")
		w := writer{record: live(1, n, asOf), staff: s, emit: out.add}
		w.write()
		bytes += len(out.finish())
	}
	b.ReportMetric(float64(bytes)/1e6/b.Elapsed().Seconds(), "MB/s")
}

// TestInputsAreAllExplained keeps the table of the hand-made inputs whole.
func TestInputsAreAllExplained(t *testing.T) {
	dir := filepath.Join("..", "..", "fixtures", "inputs")
	text, err := os.ReadFile(filepath.Join(dir, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if cells := strings.Split(line, "|"); len(cells) == 4 {
			for name := range strings.SplitSeq(cells[1], ",") {
				named[strings.TrimSpace(name)] = true
			}
		}
	}
	for _, kind := range []string{"good", "bad"} {
		entries, err := os.ReadDir(filepath.Join(dir, kind))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if !named[e.Name()] {
				t.Errorf("inputs/%s/%s is not explained", kind, e.Name())
			}
			delete(named, e.Name())
		}
	}
	delete(named, "file")
	delete(named, "---")
	for name := range named {
		t.Errorf("the table explains %s, which is not there", name)
	}
}
