package author

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"prescreen/internal/mistake"
	"prescreen/internal/terms"
	"prescreen/internal/trial"
)

// setLinter looks at one file of value sets.
type setLinter struct {
	page *mistake.Page
	lib  *terms.Library
	list mistake.List
}

func lintSets(page *mistake.Page, lib *terms.Library) mistake.List {
	l := &setLinter{page: page, lib: lib}
	var own []*terms.ValueSet
	for _, s := range lib.Sets() {
		if s.File == page.Name {
			own = append(own, s)
		}
	}
	slices.SortFunc(own, func(a, b *terms.ValueSet) int { return cmp.Compare(a.Line, b.Line) })
	var oneUnit []string
	for _, s := range own {
		l.emptied(s)
		l.same(s)
		l.says(s)
		l.specimens(s)
		l.kidney(s)
		if onlyMass(s) {
			oneUnit = append(oneUnit, s.Name)
		}
	}
	if len(oneUnit) > 0 {
		first, _ := lib.Find(oneUnit[0])
		l.tell(first, askMolar, fmt.Sprintf("only units of mass are listed for %s: does no laboratory here write mmol/L?", joined(oneUnit))).
			Fix = `units: [{unit: mmol/L, factor: "…"}]`
	}
	return l.list
}

// tell places a mistake at a set's name.
func (l *setLinter) tell(s *terms.ValueSet, code, message string) *mistake.Mistake {
	l.list = append(l.list, told(l.page, setPlace(l.page, s), code, message))
	return &l.list[len(l.list)-1]
}

func setPlace(page *mistake.Page, s *terms.ValueSet) mistake.Place {
	row := page.Row(s.Line)
	column := 1 + indentOf(row)
	if i := strings.Index(row, s.Name); i >= 0 {
		return mistake.Place{Line: s.Line, Column: len([]rune(row[:i])) + 1, Length: len([]rune(s.Name))}
	}
	return mistake.Place{Line: s.Line, Column: column, Length: len([]rune(row)) - column + 1}
}

func (l *setLinter) emptied(s *terms.ValueSet) {
	left := slices.ContainsFunc(s.Entries, func(e terms.Entry) bool {
		return !slices.ContainsFunc(s.Exclude, func(x terms.Entry) bool { return entryCovers(x, e) })
	})
	if len(s.Entries) > 0 && !left {
		l.tell(s, emptiedSet, fmt.Sprintf("all codes of %q are excluded again", s.Name))
	}
}

// same tells a set whose codes are those of another one.
func (l *setLinter) same(s *terms.ValueSet) {
	if len(s.Entries) == 0 {
		return
	}
	for _, o := range l.lib.Sets() {
		if o == s || o.Domain != s.Domain || len(o.Entries) != len(s.Entries) || !earlier(o, s) || !partOf(s, o) || !partOf(o, s) || len(s.Exclude) > 0 {
			continue
		}
		if sameAnswers(s, o) {
			l.tell(s, sameCodes, fmt.Sprintf("%q holds the same codes as %q in %s, line %d", s.Name, o.Name, o.File, o.Line)).
				Fix = "synonyms: [" + s.Name + "] at " + o.Name
		}
	}
}

// sameAnswers: results of one code may be two sets if their units part them.
func sameAnswers(a, b *terms.ValueSet) bool {
	return a.Analyte == nil || b.Analyte == nil || a.Analyte.Canonical == b.Analyte.Canonical
}

func earlier(a, b *terms.ValueSet) bool {
	return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line)) < 0
}

var statements = []struct {
	says  terms.Says
	words []string
}{
	{terms.History, []string{"history of", "personal history", "old myocardial", "past history", "h/o"}},
	{terms.Suspected, []string{"suspected", "possible", "probable", "rule out", "suspicion"}},
	{terms.Family, []string{"family history"}},
	{terms.Screening, []string{"screening for", "encounter for screening"}},
}

// says tells codes whose own words state something else than the disease.
func (l *setLinter) says(s *terms.ValueSet) {
	if s.Domain != terms.Diagnosis {
		return
	}
	for _, e := range s.Entries {
		if e.Says != terms.Disease || !l.own(s, e) {
			continue
		}
		if says, ok := stated(e); ok {
			m := l.tell(s, mixedSays, fmt.Sprintf("%q holds %s %q, which states no disease but %s", s.Name, e.Code, e.Display, saidAs(says)))
			m.Fix = "says: " + says.String()
		}
	}
}

// own tells entries that stand in the set itself, not in a set that it is made of.
func (l *setLinter) own(s *terms.ValueSet, e terms.Entry) bool {
	return !slices.ContainsFunc(l.lib.Sets(), func(o *terms.ValueSet) bool {
		return o != s && o.Domain == s.Domain && len(o.Entries) < len(s.Entries) && slices.Contains(o.Entries, e) && partOf(o, s)
	})
}

func stated(e terms.Entry) (terms.Says, bool) {
	display := foldCase(e.Display)
	family := strings.Contains(display, "family history")
	for _, st := range statements {
		if family && st.says != terms.Family {
			continue
		}
		for _, w := range st.words {
			if strings.Contains(display, w) {
				return st.says, true
			}
		}
	}
	if e.System == terms.ICD10CM || e.System == terms.ICD10 {
		switch code := strings.ToUpper(e.Code); {
		case strings.HasPrefix(code, "Z85"), strings.HasPrefix(code, "Z86"), strings.HasPrefix(code, "Z87"):
			return terms.History, true
		case strings.HasPrefix(code, "Z80"), strings.HasPrefix(code, "Z81"), strings.HasPrefix(code, "Z82"), strings.HasPrefix(code, "Z83"), strings.HasPrefix(code, "Z84"):
			return terms.Family, true
		case strings.HasPrefix(code, "Z12"), strings.HasPrefix(code, "Z13"):
			return terms.Screening, true
		}
	}
	return 0, false
}

func saidAs(s terms.Says) string {
	return map[terms.Says]string{
		terms.History: "a history of it", terms.Suspected: "a suspicion", terms.Family: "a disease of the family", terms.Screening: "a search for it",
	}[s]
}

var specimenGroups = [][2]string{
	{"fasting", "random"},
	{"fasting", "post"},
	{" in urine", " in serum"},
	{" in urine", " in blood"},
	{" in capillary", " in serum"},
	{"cerebral spinal fluid", " in serum"},
}

func (l *setLinter) specimens(s *terms.ValueSet) {
	if s.Domain != terms.Lab {
		return
	}
	has := func(word string) bool {
		return slices.ContainsFunc(s.Entries, func(e terms.Entry) bool { return strings.Contains(foldCase(e.Display), word) })
	}
	for _, g := range specimenGroups {
		if has(g[0]) && has(g[1]) {
			l.tell(s, mixedSpecimen, fmt.Sprintf("%q mixes %q with %q: is one set meant to answer for both?", s.Name, strings.TrimSpace(g[0]), strings.TrimSpace(g[1])))
			return
		}
	}
}

func (l *setLinter) kidney(s *terms.ValueSet) {
	if s.Domain != terms.Lab {
		return
	}
	gfr, clearance := "", ""
	for _, e := range s.Entries {
		switch {
		case isClearance(e.Display):
			clearance = e.Code
		case isEGFR(e.Display):
			gfr = e.Code
		}
	}
	if gfr != "" && clearance != "" {
		l.tell(s, mixedKidney, fmt.Sprintf("%q holds the eGFR %s and the creatinine clearance %s", s.Name, gfr, clearance))
	}
}

// onlyMass tells laboratory results per volume that are listed by mass alone, for substances that are also written in moles.
func onlyMass(s *terms.ValueSet) bool {
	if s.Domain != terms.Lab || s.Analyte == nil || !strings.Contains(s.Analyte.Units(), "g/dL") && !strings.Contains(s.Analyte.Units(), "g/mL") {
		return false
	}
	return !strings.Contains(s.Analyte.Units(), "mol/") && slices.ContainsFunc(s.Entries, func(e terms.Entry) bool {
		return strings.Contains(e.Display, "[Moles/") || strings.Contains(e.Display, "Moles/volume")
	})
}

// unusedSets gives, by file, the sets that no trial, no other set and no suggestion names.
func unusedSets(trials []*trial.Trial, lib *terms.Library) map[string][]*terms.ValueSet {
	used := map[*terms.ValueSet]bool{}
	for _, t := range trials {
		for _, s := range t.Sets(lib) {
			used[s] = true
		}
		for _, name := range shorthandSets(t) {
			if s, ok := lib.Find(name); ok {
				used[s] = true
			}
		}
	}
	idle := map[string][]*terms.ValueSet{}
	for _, s := range lib.Sets() {
		part := slices.ContainsFunc(lib.Sets(), func(o *terms.ValueSet) bool { return o != s && o.Domain == s.Domain && partOf(s, o) && used[o] })
		if !used[s] && !part {
			idle[s.File] = append(idle[s.File], s)
		}
	}
	return idle
}

// shorthandSets are the sets that a trial's tests speak of.
func shorthandSets(t *trial.Trial) []string {
	var names []string
	add := func(p *trial.Patient) {
		for _, d := range p.Diagnoses {
			names = append(names, d.Set)
		}
		for _, m := range p.Medications {
			names = append(names, m.Set)
		}
		for _, list := range [][]trial.Event{p.Procedures, p.Allergies, p.Vaccines, p.Visits, p.Family, p.Flags} {
			for _, e := range list {
				names = append(names, e.Set)
			}
		}
		for _, list := range [][]trial.Result{p.Labs, p.Vitals, p.Scores} {
			for _, r := range list {
				names = append(names, r.Set)
			}
		}
	}
	for i := range t.Tests {
		add(&t.Tests[i].Patient)
		for k := range t.Tests[i].Cases {
			add(&t.Tests[i].Cases[k].But)
		}
	}
	return names
}
