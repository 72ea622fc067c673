package screen_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/goccy/go-yaml"
	"pgregory.net/rapid"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/intake"
	"prescreen/internal/quantity"
	"prescreen/internal/rule"
	"prescreen/internal/rulebook"
	"prescreen/internal/screen"
	"prescreen/internal/site"
	"prescreen/internal/terms"
	"prescreen/internal/trial"
)

// stock is trials with charts to screen for them, for properties that hold whatever the rules and the records.
type stock struct {
	name   string
	trials []*trial.Trial
	terms  *boundOnce
	site   site.Settings
	charts []*chart.Chart
	codes  []terms.CodeID // of all charts
	coding func(terms.Coding) terms.CodeID
	units  int
}

// boundOnce binds each program once, for plans of many days.
type boundOnce struct {
	screen.Terms
	mu    sync.Mutex
	bound map[*rule.Program]*rule.Bound
}

func (b *boundOnce) Bind(t *trial.Trial, p *rule.Program) *rule.Bound {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.bound[p] == nil {
		b.bound[p] = b.Terms.Bind(t, p)
	}
	return b.bound[p]
}

// String names a stock in the report of a fault.
func (s *stock) String() string { return s.name }

func newStock(name string, trials []*trial.Trial, t screen.Terms, s site.Settings, charts []*chart.Chart, units *chart.Units) *stock {
	out := &stock{name: name, trials: trials, terms: &boundOnce{Terms: t, bound: map[*rule.Program]*rule.Bound{}}, site: s, units: units.Len()}
	for _, c := range charts {
		if len(c.Facts) > 0 {
			out.charts = append(out.charts, c)
			out.codes = append(out.codes, c.Codes...)
		}
	}
	slices.Sort(out.codes)
	out.codes = slices.Compact(out.codes)
	return out
}

func (s *stock) plan(d dates.Day) *screen.Plan {
	return screen.NewPlan(s.trials, s.terms, screen.Settings{AsOf: d, Horizon: s.site.Horizon, OptIn: s.site.OptIn})
}

// onShelf holds what was read for one test and serves the next.
var onShelf sync.Map

// shipped gives the trials of the repository, with the gallery if asked for, and the charts of some paths.
func shipped(t testing.TB, gallery bool, paths ...string) *stock {
	t.Helper()
	key := fmt.Sprint(gallery, paths)
	if s, ok := onShelf.Load(key); ok {
		return s.(*stock)
	}
	s := readShipped(t, gallery, paths...)
	onShelf.Store(key, s)
	return s
}

func readShipped(t testing.TB, gallery bool, paths ...string) *stock {
	t.Helper()
	book, list, err := rulebook.Read("../../rules")
	if err != nil || list.HasErrors() {
		t.Fatal(err, list)
	}
	if gallery {
		files, _ := filepath.Glob("../../rules/gallery/*.yaml")
		for _, f := range files {
			data, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			tr, told := trial.Read(f, data, book.Library)
			if tr == nil {
				t.Fatal(told)
			}
			book.Trials = append(book.Trials, tr)
		}
	}
	cohort, err := intake.Read(t.Context(), intake.Options{Zone: book.Site.Location}, paths, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer cohort.Close()
	var charts []*chart.Chart
	for _, key := range cohort.Keys() {
		c, err := cohort.Chart(key)
		if err != nil {
			t.Fatal(err)
		}
		charts = append(charts, c)
	}
	s := newStock("shipped", book.Trials, book.Codes(cohort.Dictionary, cohort.Units), book.Site, charts, cohort.Units)
	s.coding = cohort.Dictionary.ID
	return s
}

// synthea gives the path of Synthea's records, "" where they are not.
func synthea() string {
	path := filepath.Join("..", "..", "..", "shared", "data", "synthea-r4.zip")
	if _, err := os.Stat(path); err != nil {
		return ""
	}
	return path
}

// stocks are the shipped trials and the gallery over all charts there are, and the cases of semantics, a trial for each.
func stocks(t *testing.T) []*stock {
	t.Helper()
	paths := []string{"../../fixtures/cohort"}
	if s := synthea(); s != "" {
		paths = append(paths, s)
	} else {
		t.Log("no synthea-r4.zip in ../shared/data: with made-up patients alone")
	}
	all := []*stock{shipped(t, true, paths...)}
	files, _ := filepath.Glob("testdata/semantics*/*.yaml")
	for _, file := range files {
		if s := ofCases(t, file); len(s.charts) > 0 && len(s.trials) > 0 {
			all = append(all, s)
		}
	}
	return all
}

// ofCases makes a trial of each question of a file of cases, and asks them of all its patients.
func ofCases(t *testing.T, file string) *stock {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var f caseFile
	if err := yaml.Unmarshal(data, &f); err != nil {
		t.Fatal(err)
	}
	lib := terms.NewLibrary(nil)
	if strings.Contains(f.Sets, "- name:") {
		lib, _ = terms.ReadSets(map[string][]byte{"sets.yaml": []byte(f.Sets)})
	}
	w := &world{dict: terms.NewDictionary(), units: chart.NewUnits(), site: settingsOf(t, nil), lib: lib}
	var trials []*trial.Trial
	var charts []*chart.Chart
	for i := range f.Cases {
		c := &f.Cases[i]
		kind := "inclusion"
		if c.Kind != "" {
			kind = c.Kind
		}
		criterion := map[string]any{"id": "C-1", "kind": kind, "text": "As asked", "expr": c.Expr}
		if c.Missing != "" {
			criterion["missing"] = c.Missing
		}
		trials = append(trials, readTrial(t, lib, &trialCase{Criteria: []map[string]any{criterion}}))
		charts = append(charts, f.read(t, w, &patient{Records: c.Records, Add: c.Add})...)
	}
	for i := range f.Cases { // with two others, as one trial: what one question waits for, another may refuse
		joint := &trialCase{}
		for k, kind := range []string{"inclusion", "exclusion", "inclusion"} {
			expr := f.Cases[(i+k*5)%len(f.Cases)].Expr
			joint.Criteria = append(joint.Criteria, map[string]any{"id": "C-" + strconv.Itoa(k), "kind": kind, "text": "As asked", "expr": expr})
		}
		trials = append(trials, readTrial(t, lib, joint))
	}
	for i := range f.Trials {
		c := &f.Trials[i]
		trials = append(trials, readTrial(t, lib, c))
		for _, name := range slices.Sorted(maps.Keys(c.Patients)) {
			charts = append(charts, f.read(t, w, c.Patients[name])...)
		}
	}
	return newStock(filepath.Base(file), trials, w, w.site, charts, w.units)
}

// aDay draws a day around one of the dates of a chart.
func aDay(t *rapid.T, c *chart.Chart) dates.Day {
	f := &c.Facts[rapid.IntRange(0, len(c.Facts)-1).Draw(t, "fact of the day")]
	day := dates.NewDay(2026, 11, 23)
	for _, w := range [...]dates.When{f.Begin, f.Noted, f.End} {
		if w.Known() && w.To < dates.NewDay(2100, 1, 1) && w.To > dates.NewDay(1900, 1, 1) {
			day = w.To
			break
		}
	}
	return day + dates.Day(rapid.SampledFrom([]int{0, 0, 1, 2, 13, 27, 29, 60, 89, 91, 178, 200, 363, 400, 728, -1, -3}).Draw(t, "days after"))
}

// itemsOf takes a chart apart, so that it can be changed and built again.
func itemsOf(c *chart.Chart) []chart.Item {
	items := make([]chart.Item, len(c.Facts))
	for i := range c.Facts {
		f := c.Facts[i]
		it := chart.Item{
			Codes: c.CodesIn(f.Codes), Answer: c.CodesIn(f.Answer), Ranges: c.Ranges[f.Ranges.At : f.Ranges.At+uint32(f.Ranges.Len)],
			Source: &chart.Source{}, ID: []byte(strconv.Itoa(i)),
		}
		if len(c.Sources) > 0 {
			it.ID, it.Feed, it.Source = []byte(c.Sources[i].ID), c.Sources[i].Feed, &c.Sources[i]
			it.Position, it.Text = i, []byte(c.Sources[i].Value)
		}
		if f.Supply >= 0 {
			it.Supply = c.Supplies[f.Supply]
		}
		f.Flags &^= chart.Repeat
		it.Fact = f
		items[i] = it
	}
	return items
}

func built(p chart.Person, items []chart.Item) *chart.Chart {
	var b chart.Builder
	for i := range items {
		*b.Grow() = items[i]
	}
	return b.Build(p, nil, true)
}

// alter changes some records as senders do: adds, drops, dates otherwise, corrects, and sometimes the person.
func (s *stock) alter(t *rapid.T, p chart.Person, items []chart.Item, on dates.Day) (chart.Person, []chart.Item) {
	items = slices.Clone(items)
	for n := range rapid.IntRange(1, 3).Draw(t, "changes") {
		if len(items) == 0 {
			break
		}
		i := rapid.IntRange(0, len(items)-1).Draw(t, "which")
		switch rapid.IntRange(0, 9).Draw(t, "change") {
		case 0:
			items = slices.Delete(items, i, i+1)
		case 1, 2: // another record like it
			it := items[i]
			it.ID = append(slices.Clone(it.ID), "-again"[:1+n]...)
			s.vary(t, &it, on)
			items = append(items, it)
		case 3: // somebody else's
			of := itemsOf(s.charts[rapid.IntRange(0, len(s.charts)-1).Draw(t, "other chart")])
			it := of[rapid.IntRange(0, len(of)-1).Draw(t, "other fact")]
			s.vary(t, &it, on)
			items = append(items, it)
		case 4:
			alterPerson(t, &p, on)
		case 5:
			items = append(items, further(t, on))
		default:
			s.vary(t, &items[i], on)
		}
	}
	return p, items
}

func (s *stock) vary(t *rapid.T, it *chart.Item, on dates.Day) {
	f := &it.Fact
	switch rapid.IntRange(0, 9).Draw(t, "what") {
	case 0:
		f.Begin = aTime(t, on)
	case 1:
		f.End = aTime(t, on)
	case 2:
		f.Noted = aTime(t, on)
	case 3:
		f.Status = rapid.SampledFrom(statuses[f.Kind]).Draw(t, "status")
	case 4:
		f.Value = quantity.FromInt(int64(rapid.IntRange(0, 200).Draw(t, "value")))
	case 5:
		f.Unit = chart.UnitID(rapid.IntRange(0, s.units-1).Draw(t, "unit"))
	case 6:
		f.Flags ^= 1 << rapid.IntRange(0, 15).Draw(t, "flag") &^ chart.Repeat
	case 7:
		it.Codes = []terms.CodeID{rapid.SampledFrom(s.codes).Draw(t, "code")}
	case 8:
		f.Certainty = chart.Certainty(rapid.IntRange(0, 3).Draw(t, "certainty"))
	case 9:
		it.Codes = nil
	}
}

func aTime(t *rapid.T, on dates.Day) dates.When {
	d := on + dates.Day(rapid.IntRange(-500, 40).Draw(t, "day"))
	switch rapid.IntRange(0, 6).Draw(t, "precision") {
	case 0:
		return dates.When{}
	case 1:
		y, _, _ := d.Civil()
		return dates.When{From: dates.NewDay(y, 1, 1), To: dates.NewDay(y, 12, 31), Precision: dates.ToYear}
	case 2:
		return dates.Within(dates.Min, d)
	case 3:
		return dates.On(on)
	}
	return dates.On(d)
}

func alterPerson(t *rapid.T, p *chart.Person, on dates.Day) {
	switch rapid.IntRange(0, 4).Draw(t, "of the person") {
	case 0:
		if p.Birth = aTime(t, on); rapid.Bool().Draw(t, "a baby") {
			return
		}
		p.Birth = dates.On(on.Sub(dates.Period{N: rapid.IntRange(0, 90).Draw(t, "age"), Unit: dates.Years}) + dates.Day(rapid.IntRange(-100, 100).Draw(t, "birthday")))
	case 1:
		p.Gender = chart.Sex(rapid.IntRange(0, 4).Draw(t, "sex"))
	case 2:
		p.Deceased, p.Death = true, aTime(t, on)
	case 3:
		p.Practitioners = append(slices.Clone(p.Practitioners), "Practitioner/1")
	case 4:
		p.BirthSex = chart.Sex(rapid.IntRange(0, 4).Draw(t, "birth sex"))
	}
}

// hot gives the chart as it is kept: without its cold part.
func hot(t interface{ Fatal(...any) }, c *chart.Chart) *chart.Chart {
	out, err := chart.DecodeHot(c.AppendHot(nil))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// statuses are those that a kind of record may have.
var statuses = map[chart.Kind][]chart.Status{
	chart.Diagnosis:     {chart.NoStatus, chart.Active, chart.Recurrence, chart.Inactive, chart.Remission, chart.Resolved},
	chart.Result:        {chart.Final, chart.Preliminary, chart.Cancelled, chart.OtherStatus},
	chart.Medication:    {chart.Active, chart.Completed, chart.Stopped, chart.OnHold, chart.Draft, chart.NotTaken, chart.OtherStatus, chart.InProgress},
	chart.Procedure:     {chart.Completed, chart.InProgress, chart.NotTaken, chart.Stopped, chart.OtherStatus},
	chart.Allergy:       {chart.NoStatus, chart.Active, chart.Inactive, chart.Resolved},
	chart.Vaccination:   {chart.Completed, chart.NotTaken},
	chart.Visit:         {chart.Completed, chart.InProgress, chart.Planned, chart.Cancelled},
	chart.Appointment:   {chart.Planned, chart.Cancelled},
	chart.FamilyHistory: {chart.Completed, chart.OtherStatus},
	chart.Document:      {chart.Final, chart.Preliminary},
	chart.Consent:       {chart.Active, chart.Inactive},
	chart.Enrolment:     {chart.OnTrial, chart.OffTrial, chart.Candidate},
	chart.Coverage:      {chart.Active, chart.Cancelled, chart.Draft},
	chart.Flag:          {chart.Active, chart.Inactive},
	chart.Team:          {chart.Active, chart.Inactive},
}

// further draws a record of a sort that few charts have.
func further(t *rapid.T, on dates.Day) chart.Item {
	it := chart.Item{ID: []byte("further"), Source: &chart.Source{}, Fact: chart.Fact{Begin: aTime(t, on), End: aTime(t, on)}}
	f := &it.Fact
	switch rapid.IntRange(0, 4).Draw(t, "sort") {
	case 0, 1:
		f.Kind, f.Origin, f.Status = chart.Consent, chart.FromConsent, chart.Active
		f.Flags = chart.Research | rapid.SampledFrom([]chart.Flags{0, chart.Deny}).Draw(t, "provision")
	case 2:
		f.Kind, f.Origin, f.Status = chart.Coverage, chart.FromCoverage, chart.Active
	case 3:
		f.Kind, f.Origin, f.Status = chart.Visit, chart.FromEncounter, rapid.SampledFrom(statuses[chart.Visit]).Draw(t, "visit")
	case 4:
		f.Kind, f.Origin = chart.Enrolment, chart.FromResearchSubject
		f.Status = rapid.SampledFrom(statuses[chart.Enrolment]).Draw(t, "enrolment")
	}
	return it
}

// facts writes down what a chart holds, for the report of a fault.
func facts(c *chart.Chart) string {
	var b strings.Builder
	fmt.Fprintf(&b, "birth %v-%v, death %v\n", c.Person.Birth.From, c.Person.Birth.To, c.Person.Death)
	for i := range c.Facts {
		f := &c.Facts[i]
		fmt.Fprintf(&b, "%v %v %v codes %v begin %v..%v end %v..%v noted %v..%v flags %b value %v\n", f.Kind, f.Origin, f.Status, c.CodesIn(f.Codes),
			f.Begin.From, f.Begin.To, f.End.From, f.End.To, f.Noted.From, f.Noted.To, f.Flags, f.Value)
	}
	return b.String()
}
