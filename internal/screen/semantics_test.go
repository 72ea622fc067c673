package screen_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/intake"
	"prescreen/internal/mistake"
	"prescreen/internal/quantity"
	"prescreen/internal/rule"
	"prescreen/internal/screen"
	"prescreen/internal/site"
	"prescreen/internal/terms"
	"prescreen/internal/trial"
)

// The files of testdata/semantics hold, rule by rule, the record that made the rule necessary, the question, and what the
// answer must be. They were written from the clinical semantics, not from the code.

type caseFile struct {
	Section string                      `yaml:"section"`
	AsOf    string                      `yaml:"as_of"`
	Sets    string                      `yaml:"sets"`
	Records map[string][]map[string]any `yaml:"records"`
	Cases   []oneCase                   `yaml:"cases"`
	Trials  []trialCase                 `yaml:"trials"`
}

type oneCase struct {
	Name    string           `yaml:"name"`
	AsOf    string           `yaml:"as_of"`
	Kind    string           `yaml:"kind"`
	Records []string         `yaml:"records"`
	Add     []map[string]any `yaml:"add"`
	Site    map[string]any   `yaml:"site"`
	Missing string           `yaml:"missing"`
	Expr    string           `yaml:"expr"`
	Want    want             `yaml:"want"`
}

type want struct {
	Verdict     string   `yaml:"verdict"`
	Basis       string   `yaml:"basis"`
	Cause       string   `yaml:"cause"`
	Causes      []string `yaml:"causes"`
	Evidence    []string `yaml:"evidence"`
	EvidenceHas []string `yaml:"evidence_has"`
	FlipsOn     string   `yaml:"flips_on"`
	FlipsTo     string   `yaml:"flips_to"`
	Effect      string   `yaml:"effect"`
	ReasonHas   []string `yaml:"reason_has"`
	ReasonOnce  []string `yaml:"reason_once"`
}

type trialCase struct {
	Name            string              `yaml:"name"`
	AsOf            string              `yaml:"as_of"`
	NCT             string              `yaml:"nct"`
	RecruitmentEnds string              `yaml:"recruitment_ends"`
	Site            map[string]any      `yaml:"site"`
	Criteria        []map[string]any    `yaml:"criteria"`
	Patients        map[string]*patient `yaml:"patients"`
	Want            map[string]any      `yaml:"want"`
}

type patient struct {
	Records []string         `yaml:"records"`
	Add     []map[string]any `yaml:"add"`
}

func TestSemantics(t *testing.T) {
	files, err := filepath.Glob("testdata/semantics*/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var f caseFile
		if err := yaml.UnmarshalWithOptions(data, &f, yaml.Strict()); err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) { f.run(t) })
	}
}

func (f *caseFile) run(t *testing.T) {
	lib := terms.NewLibrary(nil)
	if strings.Contains(f.Sets, "- name:") {
		read, list := terms.ReadSets(map[string][]byte{"sets.yaml": []byte(f.Sets)})
		if list.HasErrors() {
			t.Fatal(list)
		}
		lib = read
	}
	for i := range f.Cases {
		c := &f.Cases[i]
		t.Run(c.Name, func(t *testing.T) { f.ask(t, lib, c) })
	}
	for i := range f.Trials {
		c := &f.Trials[i]
		t.Run(c.Name, func(t *testing.T) { f.screen(t, lib, c) })
	}
}

// cohort reads the resources of some patients, each as its own resource in NDJSON.
func (f *caseFile) cohort(t *testing.T, s site.Settings, patients ...*patient) *world {
	t.Helper()
	w := &world{dict: terms.NewDictionary(), units: chart.NewUnits(), site: s}
	w.charts = f.read(t, w, patients...)
	return w
}

func (f *caseFile) read(t *testing.T, w *world, patients ...*patient) []*chart.Chart {
	t.Helper()
	var ndjson bytes.Buffer
	for _, p := range patients {
		resources := []map[string]any{}
		for _, group := range p.Records {
			g, ok := f.Records[group]
			if !ok {
				t.Fatalf("no records named %q", group)
			}
			resources = append(resources, g...)
		}
		for _, r := range append(resources, p.Add...) {
			line, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			ndjson.Write(append(line, '\n'))
		}
	}
	charts, rejected, err := intake.ReadBundle(t.Context(), intake.Options{Zone: w.site.Location, Dictionary: w.dict, Units: w.units}, &ndjson)
	if err != nil {
		t.Fatal(err)
	}
	w.rejected = rejected
	return charts
}

// world is what one case takes place in.
type world struct {
	dict     *terms.Dictionary
	units    *chart.Units
	site     site.Settings
	charts   []*chart.Chart
	rejected []intake.Rejected
	lib      *terms.Library
}

func (w *world) settings(t *trial.Trial) rule.Settings {
	s := rule.Settings{
		SilenceOpen: w.site.SilenceOpen, RecordAtLeast: w.site.RecordAtLeast, ContactWithin: w.site.ContactWithin,
		RefillGap: w.site.RefillGap, OldOrder: w.site.OldOrder, StoppedWithin: w.site.StoppedWithin, Missing: w.site.Missing,
	}
	for _, f := range w.site.Feeds {
		s.Feeds = append(s.Feeds, rule.Feed{Kind: f.Kind.String(), CompleteSince: f.CompleteSince, Partial: f.Partial, LateBy: f.LateBy})
	}
	for _, l := range w.site.UpperLimits {
		value, err := quantity.Parse(l.Value)
		if err != nil {
			panic(err) // the site's file was read without a mistake
		}
		s.UpperLimits = append(s.UpperLimits, rule.UpperLimit{Set: l.Set, Sex: l.Sex, From: l.From, To: l.To, Value: value, Unit: l.Unit})
	}
	return s
}

// Bind, Coding, Codes and Occurring are what screening asks about codes.
func (w *world) Bind(t *trial.Trial, p *rule.Program) *rule.Bound {
	return rule.Bind(p, w.lib, w.dict, w.units, w.settings(t))
}

func (w *world) Coding(_ *rule.Leaf, c *chart.Chart, f *chart.Fact) (system, code string) {
	for _, id := range c.CodesIn(f.Codes) {
		coding := w.dict.Coding(id)
		return coding.System, coding.Code
	}
	return "", ""
}

func (w *world) Codes(c *chart.Chart, s chart.Span) []string {
	var codes []string
	for _, id := range c.CodesIn(s) {
		codes = append(codes, w.dict.Coding(id).Code)
	}
	return codes
}

func (*world) Records(string, *chart.Chart) []uint32 { return nil }

func (w *world) Occurring(*rule.Leaf) (listed, occurring int) { return 0, 0 }

func settingsOf(t *testing.T, keys map[string]any) site.Settings {
	t.Helper()
	file := map[string]any{"format": 1}
	for k, v := range keys {
		file[k] = v
	}
	data, err := yaml.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	s, list := site.Read("site.yaml", data)
	if list.HasErrors() {
		t.Fatal(list)
	}
	return s
}

func mustDay(t *testing.T, s string) dates.Day {
	t.Helper()
	d, err := dates.ParseDay(s)
	if err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	return d
}

// trialFile writes criteria as a trial file, expressions as blocks.
func trialFile(t *testing.T, c *trialCase) []byte {
	t.Helper()
	var b strings.Builder
	nct := c.NCT
	if nct == "" {
		nct = "NCT00000000"
	}
	fmt.Fprintf(&b, "format: 1\ntrial:\n  id: T1\n  nct: %s\n  title: A trial\n  recruiting: open\n  protocol: \"1\"\n", nct)
	if c.RecruitmentEnds != "" {
		fmt.Fprintf(&b, "  recruitment_ends: %s\n", c.RecruitmentEnds)
	}
	if arms := armsOf(c.Criteria); len(arms) > 0 {
		fmt.Fprintf(&b, "  arms: [%s]\n", strings.Join(arms, ", "))
	}
	b.WriteString("rules:\n  version: \"1\"\n  state: draft\n  authors: [tester]\ncriteria:\n")
	for _, k := range c.Criteria {
		keys := make([]string, 0, len(k))
		for key := range k {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		fmt.Fprintf(&b, "  - id: %v\n", k["id"])
		for _, key := range keys {
			switch key {
			case "id":
			case "expr":
				fmt.Fprintf(&b, "    expr: |\n      %s\n", strings.ReplaceAll(strings.TrimSpace(k[key].(string)), "\n", "\n      "))
			case "repeatable":
				fmt.Fprintf(&b, "    %s: %v\n", key, k[key])
			case "arm":
				fmt.Fprintf(&b, "    arm: [%v]\n", k[key])
			default:
				fmt.Fprintf(&b, "    %s: %q\n", key, fmt.Sprint(k[key]))
			}
		}
	}
	return []byte(b.String())
}

func armsOf(criteria []map[string]any) []string {
	var arms []string
	for _, k := range criteria {
		if arm, ok := k["arm"]; ok && !slices.Contains(arms, fmt.Sprint(arm)) {
			arms = append(arms, fmt.Sprint(arm))
		}
	}
	return arms
}

func readTrial(t *testing.T, lib *terms.Library, c *trialCase) *trial.Trial {
	t.Helper()
	tr, list := trial.Read("trial.yaml", trialFile(t, c), lib)
	var errs mistake.List
	for _, m := range list {
		if m.Severity == mistake.Error {
			errs = append(errs, m)
		}
	}
	if len(errs) > 0 {
		t.Fatalf("%v\n%s", errs, trialFile(t, c))
	}
	return tr
}

func (f *caseFile) ask(t *testing.T, lib *terms.Library, c *oneCase) {
	asOf := f.AsOf
	if c.AsOf != "" {
		asOf = c.AsOf
	}
	kind := "inclusion"
	if c.Kind != "" {
		kind = c.Kind
	}
	criterion := map[string]any{"id": "C-1", "kind": kind, "text": "As asked", "expr": c.Expr}
	if c.Missing != "" {
		criterion["missing"] = c.Missing
	}
	tr := readTrial(t, lib, &trialCase{Criteria: []map[string]any{criterion}})
	w := f.cohort(t, settingsOf(t, c.Site), &patient{Records: c.Records, Add: c.Add})
	w.lib = lib
	if len(w.charts) != 1 {
		t.Fatalf("%d charts, rejected %v", len(w.charts), w.rejected)
	}
	day := mustDay(t, asOf)
	plan := screen.NewPlan([]*trial.Trial{tr}, w, screen.Settings{AsOf: day, Horizon: w.site.Horizon, OptIn: w.site.OptIn})
	told := plan.NewWorker().Describe(w.charts[0], 0).Criteria[0]
	c.Want.check(t, &told)
	if t.Failed() {
		t.Logf("reason: %s", told.Reason)
	}
}

func (w *want) check(t *testing.T, told *screen.Told) {
	t.Helper()
	same := func(what, got, wanted string) {
		if wanted != "" && got != wanted {
			t.Errorf("%s %q, want %q", what, got, wanted)
		}
	}
	same("verdict", told.Answer.Verdict.String(), w.Verdict)
	same("basis", told.Answer.Basis.String(), w.Basis)
	same("effect", told.Effect.String(), w.Effect)
	causes := []string{}
	for _, c := range told.Causes {
		causes = append(causes, c.String())
	}
	first := ""
	if len(causes) > 0 {
		first = causes[0]
	}
	same("cause", first, w.Cause)
	if w.Causes != nil {
		same("causes", sorted(causes), sorted(w.Causes))
	}
	flipOn, flipTo := "never", ""
	if told.Flip != nil {
		flipOn, flipTo = told.Flip.On.String(), told.Flip.To.String()
	}
	same("flips on", flipOn, w.FlipsOn)
	same("flips to", flipTo, w.FlipsTo)
	evidence := []string{}
	for _, e := range told.Evidence {
		evidence = append(evidence, e.Resource)
	}
	if w.Evidence != nil {
		same("evidence", sorted(slices.Compact(evidence)), sorted(w.Evidence))
	}
	for _, r := range w.EvidenceHas {
		if !slices.Contains(evidence, r) {
			t.Errorf("evidence %v lacks %s", evidence, r)
		}
	}
	for _, s := range w.ReasonHas {
		if !strings.Contains(told.Reason, s) {
			t.Errorf("the reason lacks %q", s)
		}
	}
	for _, s := range w.ReasonOnce {
		if n := strings.Count(told.Reason, s); n != 1 {
			t.Errorf("the reason says %q %d times", s, n)
		}
	}
}

func sorted(s []string) string {
	s = slices.Clone(s)
	slices.Sort(s)
	return strings.Join(slices.Compact(s), " ")
}

// screen runs a whole trial over a small cohort.
func (f *caseFile) screen(t *testing.T, lib *terms.Library, c *trialCase) {
	asOf := f.AsOf
	if c.AsOf != "" {
		asOf = c.AsOf
	}
	tr := readTrial(t, lib, c)
	names := make([]string, 0, len(c.Patients))
	for name := range c.Patients {
		names = append(names, name)
	}
	slices.Sort(names)
	all := make([]*patient, 0, len(names))
	for _, name := range names {
		all = append(all, c.Patients[name])
	}
	w := f.cohort(t, settingsOf(t, c.Site), all...)
	w.lib = lib
	day := mustDay(t, asOf)
	plan := screen.NewPlan([]*trial.Trial{tr}, w, screen.Settings{AsOf: day, Horizon: w.site.Horizon, OptIn: w.site.OptIn})
	tally, worker := plan.NewTally(), plan.NewWorker()
	withheld := map[string]string{}
	for _, ch := range w.charts {
		s := worker.Screen(ch)
		tally.Add(ch, s)
		withheld[s.Key.ID] = s.Rows[0].Withheld.String()
	}
	list := tally.Lists()[0]
	places := map[string]*screen.Ranked{}
	var order []string
	for i := range list.Len() {
		r := list.At(i)
		places[r.Key.ID] = r
		order = append(order, r.Key.ID)
	}
	for name, want := range c.Want {
		switch name {
		case "order":
			checkOrder(t, order, want)
		case "likelihood":
			for who, l := range want.(map[string]any) {
				var wanted float64
				if _, err := fmt.Sscan(fmt.Sprint(l), &wanted); err != nil {
					t.Fatal(err)
				}
				if r := places[who]; r == nil || r.Likelihood < wanted-1e-5 || r.Likelihood > wanted+1e-5 {
					t.Errorf("%s: likelihood %+v, want %v", who, r, wanted)
				}
			}
		default:
			checkPatient(t, name, want.(map[string]any), withheld[name], places[name])
		}
	}
	for who := range places {
		if _, named := c.Patients[who]; !named {
			t.Errorf("%s is in the list", who)
		}
	}
	if t.Failed() {
		for _, ch := range w.charts {
			d := worker.Describe(ch, 0)
			for _, k := range d.Criteria {
				t.Logf("%s %s: %v %v %v: %s", ch.Person.Key.ID, k.Criterion.ID, k.Answer.Verdict, k.Effect, k.Causes, k.Reason)
			}
		}
	}
}

func checkOrder(t *testing.T, order []string, want any) {
	t.Helper()
	var wanted []string
	for _, w := range want.([]any) {
		wanted = append(wanted, fmt.Sprint(w))
	}
	var got []string
	for _, who := range order {
		if slices.Contains(wanted, who) {
			got = append(got, who)
		}
	}
	if !slices.Equal(got, wanted) {
		t.Errorf("order %v, want %v", got, wanted)
	}
}

func checkPatient(t *testing.T, name string, want map[string]any, withheld string, r *screen.Ranked) {
	t.Helper()
	outcome := fmt.Sprint(want["outcome"])
	if outcome == "withheld" {
		if withheld != fmt.Sprint(want["why"]) || r != nil {
			t.Errorf("%s: withheld %q, want %v", name, withheld, want["why"])
		}
		return
	}
	if r == nil {
		t.Errorf("%s is in no list (withheld: %q), want %s", name, withheld, outcome)
		return
	}
	if r.Outcome.String() != outcome {
		t.Errorf("%s: %v, want %s", name, r.Outcome, outcome)
	}
	if near, ok := want["near_miss"].(bool); ok && near != r.NearMiss {
		t.Errorf("%s: near miss %v, want %v", name, r.NearMiss, near)
	}
	if from, ok := want["eligible_from"]; ok && r.EligibleFrom.String() != fmt.Sprint(from) {
		t.Errorf("%s: eligible from %v, want %v", name, r.EligibleFrom, from)
	}
}
