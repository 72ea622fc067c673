package author_test

import (
	"os"
	"path/filepath"
	"testing"

	"prescreen/internal/author"
	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/rule"
	"prescreen/internal/screen"
	"prescreen/internal/terms"
	"prescreen/internal/trial"
)

// world is what made-up patients are asked under in these tests: the default settings of a site.
type world struct {
	lib   *terms.Library
	dict  *terms.Dictionary
	units *chart.Units
}

func (w *world) Bind(t *trial.Trial, p *rule.Program) *rule.Bound {
	s := rule.Defaults()
	s.Missing = t.Missing
	return rule.Bind(p, w.lib, w.dict, w.units, s)
}

func (w *world) Coding(_ *rule.Leaf, c *chart.Chart, f *chart.Fact) (system, code string) {
	for _, id := range c.CodesIn(f.Codes) {
		coding := w.dict.Coding(id)
		return coding.System, coding.Code
	}
	return "", ""
}

func (w *world) Codes(*chart.Chart, chart.Span) []string { return nil }

func (w *world) Records(string, *chart.Chart) []uint32 { return nil }

func (w *world) Occurring(*rule.Leaf) (listed, occurring int) { return 0, 0 }

func madeUpSite(lib *terms.Library) author.Site {
	return author.Site{
		Library: lib, Horizon: dates.Period{N: 180},
		Terms: func(d *terms.Dictionary, u *chart.Units) screen.Terms { return &world{lib, d, u} },
	}
}

func library(t *testing.T) *terms.Library {
	t.Helper()
	data, err := os.ReadFile("testdata/made-up/sets.yaml")
	if err != nil {
		t.Fatal(err)
	}
	lib, told := terms.ReadSets(map[string][]byte{"sets.yaml": data})
	if told.HasErrors() {
		t.Fatal(told)
	}
	return lib
}

// read reads a trial of testdata/made-up.
func read(t *testing.T, name string) (*trial.Trial, author.Site) {
	t.Helper()
	file := filepath.Join("testdata", "made-up", name)
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, file, string(data))
}

func parse(t *testing.T, file, text string) (*trial.Trial, author.Site) {
	t.Helper()
	lib := library(t)
	tr, told := trial.Read(file, []byte(text), lib)
	if tr == nil {
		t.Fatal(told)
	}
	return tr, madeUpSite(lib)
}

// run runs the tests of a trial.
func run(t *testing.T, tr *trial.Trial, s author.Site) []author.Ran {
	t.Helper()
	bench, err := author.NewBench(t.Context(), tr, s, nil)
	if err != nil {
		t.Fatal(err)
	}
	return bench.Run(tr)
}
