package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files again")

// listing is what these tests read of the JSON document.
type listing struct {
	Run struct {
		Files, Patients, Resources int
		Withheld                   []struct {
			Why   string
			Count int
		}
		Rejected []struct{ Input, Pointer, Reason string }
	}
	Trials []struct {
		ID         string
		Candidates []candidate
	}
}

type candidate struct {
	Patient  struct{ ID string }
	Outcome  string
	NearMiss string
	Criteria json.RawMessage
}

// screened runs prescreen screen with the shipped rules and reads what it prints.
func screened(t *testing.T, args ...string) listing {
	t.Helper()
	var out, told bytes.Buffer
	args = append([]string{"screen", "--rules", "../../rules", "--format", "json", "--all"}, args...)
	if code := run(args, strings.NewReader(""), &out, &told); code != exitDone {
		t.Fatalf("exit code %d: %s", code, told.String())
	}
	var l listing
	if err := json.Unmarshal(out.Bytes(), &l); err != nil {
		t.Fatal(err)
	}
	return l
}

// What is said of a patient does not depend on who else is read: neither outcome nor any verdict, reason or evidence.
func TestOneFileGivesWhatTheCohortGives(t *testing.T) {
	files, err := filepath.Glob("../../fixtures/cohort/*")
	if err != nil || len(files) == 0 {
		t.Fatal("no fixtures/cohort: run make fixtures")
	}
	type place struct{ trial, patient string }
	whole := map[place]candidate{}
	for _, tr := range screened(t, "--as-of", "2026-06-30", "../../fixtures/cohort").Trials {
		for _, c := range tr.Candidates {
			whole[place{tr.ID, c.Patient.ID}] = c
		}
	}
	compared := 0
	for i, file := range files {
		if i%3 > 0 {
			continue // reading all of them again takes long, and adds no new case
		}
		if code := run([]string{"screen", "--rules", "../../rules", "--as-of", "2026-06-30", file}, nil, io.Discard, io.Discard); code != exitDone {
			continue // a file without a patient
		}
		for _, tr := range screened(t, "--as-of", "2026-06-30", file).Trials {
			for _, c := range tr.Candidates {
				if diff := cmp.Diff(whole[place{tr.ID, c.Patient.ID}], c); diff != "" {
					t.Errorf("%s: %s", tr.ID, diff)
				}
				compared++
			}
		}
	}
	if compared < 40 {
		t.Errorf("only %d compared", compared)
	}
}

// The golden files hold, per cohort, what was read and how many of each outcome the shipped trials find.
func TestCohorts(t *testing.T) {
	data := filepath.Join("..", "..", "..", "shared", "data")
	for _, c := range []struct{ name, path, asOf string }{
		{"fixtures", "../../fixtures/cohort", "2026-06-30"},
		{"fixtures-bulk", "../../fixtures/bulk", "2026-06-30"},
		{"synthea-r4", filepath.Join(data, "synthea-r4.zip"), "2021-04-01"},
		{"synthea-r4-notes", filepath.Join(data, "synthea-r4-notes.zip"), "2021-07-10"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := os.Stat(c.path); err != nil {
				t.Skipf("%s is not here", filepath.Base(c.path))
			}
			got := summary(screened(t, "--as-of", c.asOf, c.path))
			file := filepath.Join("testdata", "cohorts", c.name+".txt")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// summary writes a listing as lines: counts only, no patient.
func summary(l listing) string {
	var b strings.Builder
	fmt.Fprintf(&b, "files %d, patients %d, resources %d, rejected %d\n", l.Run.Files, l.Run.Patients, l.Run.Resources, len(l.Run.Rejected))
	for _, w := range l.Run.Withheld {
		fmt.Fprintf(&b, "withheld %s %d\n", w.Why, w.Count)
	}
	for _, tr := range l.Trials {
		counts := map[string]int{}
		for _, c := range tr.Candidates {
			if c.NearMiss != "" {
				counts["near miss"]++
			}
			counts[c.Outcome]++
		}
		fmt.Fprintf(&b, "%s:", tr.ID)
		for _, o := range []string{"potentially eligible", "needs review", "not yet", "ineligible", "near miss"} {
			fmt.Fprintf(&b, " %s %d;", o, counts[o])
		}
		b.WriteString("\n")
	}
	return b.String()
}
