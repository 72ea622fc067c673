package author_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prescreen/internal/author"
	"prescreen/internal/trial"
)

// escapes are the colours of a terminal.
var escapes = regexp.MustCompile("\x1b\\[[0-9;]*m")

// Every key of the shorthand becomes a record that intake reads and that answers the question it is about.
func TestEveryKeyOfTheShorthandAnswers(t *testing.T) {
	tr, s := read(t, "everything.yaml")
	ran := run(t, tr, s)
	if len(ran) != 1+len(tr.Tests[0].Cases) {
		t.Fatalf("%d cases were run", len(ran))
	}
	for i := range ran {
		if ran[i].Problem != "" {
			t.Errorf("%s: %s", ran[i].Name(), ran[i].Problem)
		}
		for _, c := range ran[i].Cells {
			if c.Failed() {
				reason := ""
				if c.Told != nil {
					reason = c.Told.Reason
				}
				t.Errorf("%s: %s: expected %s, answered %s: %s", ran[i].Name(), c.Criterion, c.Want, c.Got, reason)
			}
		}
	}
}

func TestFailuresAreShownWithReasonAndEvidence(t *testing.T) {
	tr, s := read(t, "otherwise.yaml")
	ran := run(t, tr, s)
	for _, c := range []struct {
		name  string
		place author.Place
	}{{"otherwise-wide.txt", author.Place{Width: 100}}, {"otherwise-narrow.txt", author.Place{Width: 40}}} {
		var b bytes.Buffer
		author.WriteTests(&b, tr, ran, c.place, true)
		golden(t, "testdata/made-up/"+c.name, b.Bytes())
		for _, line := range strings.Split(b.String(), "\n") {
			if n := len([]rune(line)); n > c.place.Width && !strings.Contains(line, ".yaml") {
				t.Errorf("%s: a line of %d columns: %s", c.name, n, line)
			}
		}
	}
	var b bytes.Buffer
	if err := author.WriteJUnit(&b, []author.Suite{{Trial: tr, Ran: ran}}); err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/made-up/otherwise.xml", b.Bytes())
	var sum author.Sum
	sum.Add(ran)
	if want := (author.Sum{Cases: 5, Failed: 4, Cells: 7, Otherwise: 3}); sum != want {
		t.Errorf("%+v, want %+v", sum, want)
	}
}

// Colours add nothing that is not written: without its escapes a coloured matrix is the plain one.
func TestColoursSayNothing(t *testing.T) {
	tr, s := read(t, "otherwise.yaml")
	ran := run(t, tr, s)
	var plain, coloured bytes.Buffer
	author.WriteTests(&plain, tr, ran, author.Place{Width: 80}, true)
	author.WriteTests(&coloured, tr, ran, author.Place{Width: 80, Colour: true}, true)
	if coloured.String() == plain.String() {
		t.Fatal("no colours")
	}
	if d := cmp.Diff(plain.String(), escapes.ReplaceAllString(coloured.String(), "")); d != "" {
		t.Error(d)
	}
}

func TestOnlyNamedCasesAreRun(t *testing.T) {
	tr, s := read(t, "otherwise.yaml")
	for name, want := range map[string]int{"": 5, "OTHER WAY": 1, "a man with": 5, "bundle": 1, "nothing like it": 0} {
		bench, err := author.NewBench(t.Context(), tr, s, author.Named(name))
		if err != nil {
			t.Fatal(err)
		}
		if got := len(bench.Run(tr)); got != want {
			t.Errorf("%q: %d cases, want %d", name, got, want)
		}
	}
}

// What a case says of a value set takes the place of all that the test's patient has of it.
func TestCasesReplaceWholeSets(t *testing.T) {
	of := func(set string) trial.Of { return trial.Of{Set: set} }
	base := trial.Patient{
		Sex: "female", Labs: []trial.Result{{Of: of("HbA1c"), Unit: "%"}, {Of: of("HbA1c")}, {Of: of("ALT")}},
		Diagnoses: []trial.Diagnosis{{Of: of("stroke")}, {Of: of("diabetes")}},
	}
	but := trial.Patient{Labs: []trial.Result{{Of: of("HbA1c"), Unit: "mmol/mol"}}, Languages: []string{"fr"}}
	want := trial.Patient{
		Sex: "female", Labs: []trial.Result{{Of: of("ALT")}, {Of: of("HbA1c"), Unit: "mmol/mol"}},
		Diagnoses: []trial.Diagnosis{{Of: of("diabetes")}}, Languages: []string{"fr"},
	}
	got := author.CasePatient(&base, &but, []string{"stroke"})
	if d := cmp.Diff(want, got, cmp.Comparer(func(a, b trial.Result) bool { return a.Of == b.Of && a.Unit == b.Unit })); d != "" {
		t.Error(d)
	}
	if len(base.Labs) != 3 || len(base.Diagnoses) != 2 {
		t.Error("the test's own patient was changed")
	}
	if p := author.CasePatient(&base, &trial.Patient{Bundle: "x.json"}, nil); p.Bundle != "x.json" || p.Labs != nil {
		t.Error("a case with a bundle is that patient alone")
	}
}

func TestUntestedStates(t *testing.T) {
	tr, _ := read(t, "otherwise.yaml")
	var got []string
	for _, u := range author.UntestedOf(tr) {
		for _, v := range u.States {
			got = append(got, u.Criterion.ID+" "+v.String())
		}
	}
	if d := cmp.Diff([]string{"INC-1 not met", "INC-1 unknown", "EXC-1 met", "EXC-1 unknown"}, got); d != "" {
		t.Error(d)
	}
}
