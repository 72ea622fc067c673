package trial

import (
	"crypto/sha256"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"prescreen/internal/dates"
	"prescreen/internal/mistake"
	"prescreen/internal/rule"
	"prescreen/internal/terms"
)

// The codes of mistakes in trial files.
const (
	badID           = "E401"
	idTwice         = "E402"
	badNCT          = "E403"
	notADay         = "E404"
	noCriteria      = "E405"
	noQuestion      = "E406"
	twoQuestions    = "E407"
	notForQuestion  = "E408"
	unknownSet      = "E409"
	unknownArm      = "E410"
	unknownFile     = "E411"
	setNotUsed      = "E412"
	notApproved     = "E413"
	badExpectation  = "E414"
	badQuantity     = "E415"
	badPatient      = "E416"
	trialTwice      = "E417"
	unknownTrial    = "E418"
	questionUnasked = "E419"
	noAnchor        = "E420"
)

// compiler is rule.Compile, or what stands for it.
type compiler func(rule.Source, *terms.Library) (*rule.Program, mistake.List)

// Read reads and compiles a trial file and tells all its mistakes at once. With any error there is no trial.
func Read(file string, data []byte, lib *terms.Library) (*Trial, mistake.List) {
	t, mistakes := read(file, data, lib, rule.Compile)
	if mistakes.HasErrors() {
		return nil, mistakes
	}
	return t, mistakes
}

type reader struct {
	page          *mistake.Page
	lib           *terms.Library
	compile       compiler
	trial         *Trial
	mistakes      mistake.List
	defaultAnchor *anchorText
}

// read gives what could be read even of a file with errors, so that its trial's id is known.
func read(file string, data []byte, lib *terms.Library, compile compiler) (*Trial, mistake.List) {
	t, mistakes := readPage(mistake.NewPage(file, data), lib, compile)
	t.Digest = sha256.Sum256(data)
	return t, mistakes
}

func readPage(page *mistake.Page, lib *terms.Library, compile compiler) (*Trial, mistake.List) {
	var f trialFile
	r := reader{page: page, lib: lib, compile: compile}
	r.mistakes = mistake.Decode(r.page, &f)
	r.trial = &Trial{File: page.Name, Missing: map[terms.Domain]bool{}}
	r.head(f.Trial)
	r.rules(f.Rules)
	r.use(f.Use)
	if f.Defaults != nil {
		r.trial.Missing = f.Defaults.Missing.NotMet()
		r.defaultAnchor = f.Defaults.Anchor
	}
	r.criteria(f.Criteria)
	for _, t := range f.Tests {
		r.trial.Tests = append(r.trial.Tests, r.test(t))
	}
	if f.Criteria != nil && len(f.Criteria) == 0 {
		r.tell(mistake.Place{}, noCriteria, "a trial without criteria would take everybody")
	}
	r.mistakes.Sort()
	return r.trial, r.mistakes
}

func (r *reader) tell(at mistake.Place, code, message string) *mistake.Mistake {
	r.mistakes = append(r.mistakes, r.page.Mistake(at, code, message))
	return &r.mistakes[len(r.mistakes)-1]
}

var (
	idForm  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)
	nctForm = regexp.MustCompile(`^NCT[0-9]{8}$`)
)

func (r *reader) id(t mistake.Text) {
	if t.Given() && !idForm.MatchString(t.Value) {
		m := r.tell(t.Place, badID, "an id is made of letters, digits, dots, hyphens and underscores")
		if joined := strings.Join(strings.Fields(t.Value), "-"); idForm.MatchString(joined) {
			m.Fix = joined
		}
	}
}

func (r *reader) head(t trialText) {
	r.id(t.ID)
	if t.NCT.Given() && !nctForm.MatchString(t.NCT.Value) {
		r.tell(t.NCT.Place, badNCT, "a registry number is NCT and eight digits")
	}
	tr := r.trial
	tr.ID, tr.NCT, tr.Title, tr.Phase, tr.Sponsor = t.ID.Value, t.NCT.Value, t.Title.Value, t.Phase.Value, t.Sponsor.Value
	tr.Version, tr.ModelledOn, tr.RecruitmentEnds = t.Version.Value, t.ModelledOn.Value, r.day(t.RecruitmentEnds)
	tr.Recruiting = Recruiting(max(slices.Index(recruitingNames, t.Recruiting.Value), 0))
	tr.Arms = values(t.Arms)
	for i, a := range t.Arms {
		if slices.Contains(tr.Arms[:i], a.Value) {
			r.tell(a.Place, idTwice, fmt.Sprintf("the arm %q stands here a second time", a.Value))
		}
	}
}

func (r *reader) rules(t rulesText) {
	rules := &r.trial.Rules
	rules.Version, rules.Authors = t.Version.Value, values(t.Authors)
	rules.State = State(max(slices.Index(stateNames, t.State.Value), 0))
	if t.Approval != nil {
		rules.Approval = Approval{By: t.Approval.By.Value, On: r.day(t.Approval.On)}
	}
	if rules.State == Approved && t.Approval == nil {
		r.tell(t.State.Place, notApproved, "approved rules name who approved them and when: add the key \"approval\"")
	}
	for _, c := range t.Changes {
		rules.Changes = append(rules.Changes, Change{Version: c.Version.Value, On: r.day(c.On), By: c.By.Value, What: c.What.Value})
	}
}

func (r *reader) use(files []mistake.Text) {
	var known []string
	for _, s := range r.lib.Sets() {
		known = append(known, path.Base(s.File))
	}
	for _, f := range files {
		if !slices.Contains(known, f.Value) {
			m := r.tell(f.Place, unknownFile, fmt.Sprintf("there is no value-set file %q", f.Value))
			m.Fix = mistake.Nearest(f.Value, known)
		}
		r.trial.Use = append(r.trial.Use, f.Value)
	}
}

func (r *reader) day(t mistake.Text) dates.Day {
	if !t.Given() {
		return 0
	}
	d, err := dates.ParseDay(t.Value)
	if err != nil {
		m := r.tell(t.Place, notADay, fmt.Sprintf("%q is no day: write it as YYYY-MM-DD", t.Value))
		if day, ok := dates.DayMeant(t.Value); ok {
			m.Fix = day.String()
		}
		return 0
	}
	return d
}

func values(texts []mistake.Text) []string {
	var list []string
	for _, t := range texts {
		if t.Given() {
			list = append(list, t.Value)
		}
	}
	return list
}

// oneLine joins a text that its author wrote over several lines.
func oneLine(t mistake.Text) string { return strings.Join(strings.Fields(t.Value), " ") }
