package api

import (
	"errors"
	"net/http"
	"path"
	"strings"

	"prescreen/internal/access"
	"prescreen/internal/author"
	"prescreen/internal/mistake"
	"prescreen/internal/trial"
	"prescreen/internal/web"
)

const ruleBody = 1 << 20

func (a *api) ruleRoutes() []web.Route {
	route := func(name, id, summary string, response any, handle web.Handler) web.Route {
		return web.Route{
			Method: http.MethodPost, Pattern: base + "/rules/" + name, Needs: access.WriteRules, Each: true, Body: ruleBody, Handle: handle,
			Doc: web.Doc{ID: id, Summary: summary, Request: RuleText{}, Response: response},
		}
	}
	return []web.Route{
		route("check", "checkRules", "Everything that an author should change in a trial file", Checked{}, a.check),
		route("read", "readRules", "A trial file told back in plain English", ReadBack{}, a.readBack),
		route("test", "testRules", "Run the tests that stand in a trial file", Tested{}, a.test),
	}
}

// RuleText is a trial file as its author writes it.
type RuleText struct {
	File string `json:"file,omitempty"` // its name
	Text string `json:"text"`
}

// Checked is what is to be changed in a trial file.
type Checked struct {
	Trial    string    `json:"trial,omitempty"`
	Usable   bool      `json:"usable"` // nothing in it is an error
	Mistakes []Mistake `json:"mistakes"`
}

// Mistake is one thing to change.
type Mistake struct {
	Code     string `json:"code"`
	Severity string `json:"severity"`
	File     string `json:"file"`
	Line     int    `json:"line"`   // from 1; 0 when the whole file is meant
	Column   int    `json:"column"` // from 1, in characters
	Length   int    `json:"length"`
	Source   string `json:"source,omitempty"` // the line as it stands in the file
	Caret    string `json:"caret,omitempty"`  // what to print below it
	Message  string `json:"message"`
	Why      string `json:"why,omitempty"`
	Fix      string `json:"fix,omitempty"` // what to write instead
}

func mistakesOf(list mistake.List) []Mistake {
	out := []Mistake{}
	for _, m := range list {
		one := Mistake{
			Code: m.Code, Severity: m.Severity.String(), File: m.File, Line: m.Line, Column: m.Column, Length: m.Length,
			Source: m.Source, Message: m.Message, Why: m.Why, Fix: m.Fix,
		}
		if m.Source != "" && m.Column > 0 {
			one.Caret = strings.Repeat(" ", m.Column-1) + strings.Repeat("^", max(m.Length, 1))
		}
		out = append(out, one)
	}
	return out
}

// fileName is the name a text is told of by: its last part only, so that nothing on this machine is named by it.
func (t *RuleText) fileName() string {
	name := path.Base(strings.ReplaceAll(t.File, `\`, "/"))
	if name == "." || name == "/" || name == ".." || len(name) > 200 {
		return "trial.yaml"
	}
	return name
}

func (a *api) check(w http.ResponseWriter, r *http.Request) error {
	body, err := web.DecodeJSON[RuleText](r, 0)
	if err != nil {
		return err
	}
	checked := a.Rules().Checker.Trial(body.fileName(), []byte(body.Text))
	out := Checked{Usable: !checked.Mistakes.HasErrors(), Mistakes: mistakesOf(checked.Mistakes)}
	if checked.Trial != nil {
		out.Trial = checked.Trial.ID
	}
	return web.WriteJSON(w, r, http.StatusOK, out)
}

// compiled reads a trial file that is to be used, or tells what is wrong with it.
func (a *api) compiled(body *RuleText) (*trial.Trial, error) {
	t, err := a.Rules().Book.Compile(body.fileName(), []byte(body.Text))
	var told mistake.List
	if errors.As(err, &told) {
		return nil, unusable(told)
	}
	return t, err
}

// ReadBack is a trial told back.
type ReadBack struct {
	Trial    string    `json:"trial"`
	Day      string    `json:"day"` // that the dates of windows are counted from
	Criteria []Reading `json:"criteria"`
}

// Reading is one criterion told back.
type Reading struct {
	Criterion string     `json:"criterion"`
	Kind      string     `json:"kind"`
	Text      string     `json:"text"`
	Asks      []AskLine  `json:"asks"`
	Codes     []SetCodes `json:"codes"`
	Silence   []string   `json:"silence"` // what is made of a record that says nothing
	Besides   []string   `json:"besides"`
}

// AskLine is a line of an outline.
type AskLine struct {
	Depth int    `json:"depth"`
	Text  string `json:"text"`
}

// SetCodes is what a value set comes to.
type SetCodes struct {
	Name  string `json:"name"`
	Codes string `json:"codes"`
}

func (a *api) readBack(w http.ResponseWriter, r *http.Request) error {
	body, err := web.DecodeJSON[RuleText](r, 0)
	if err != nil {
		return err
	}
	t, err := a.compiled(&body)
	if err != nil {
		return err
	}
	out := ReadBack{Trial: t.ID, Day: dayOf(a.Live.Day()), Criteria: []Reading{}}
	for _, x := range author.ReadBack(t, a.Rules().Missing, a.Live.Day()) {
		one := Reading{
			Criterion: x.Criterion.ID, Kind: x.Criterion.Kind.String(), Text: x.Criterion.Text, Asks: []AskLine{}, Codes: []SetCodes{},
			Silence: x.Silence, Besides: x.Besides,
		}
		for _, l := range x.Asks {
			one.Asks = append(one.Asks, AskLine(l))
		}
		for _, c := range x.Codes {
			one.Codes = append(one.Codes, SetCodes(c))
		}
		out.Criteria = append(out.Criteria, one)
	}
	return web.WriteJSON(w, r, http.StatusOK, out)
}

// Tested is what the tests of a trial file came to.
type Tested struct {
	Trial  string       `json:"trial"`
	Cases  int          `json:"cases"`
	Failed int          `json:"failed"`
	Ran    []TestedCase `json:"ran"`
}

// TestedCase is one case that was run.
type TestedCase struct {
	Test    string       `json:"test"`
	Case    string       `json:"case,omitempty"`
	Line    int          `json:"line"`
	AsOf    string       `json:"asOf"`
	Failed  bool         `json:"failed"`
	Problem string       `json:"problem,omitempty"`
	Cells   []TestedCell `json:"cells"`
}

// TestedCell is one expectation.
type TestedCell struct {
	Criterion string `json:"criterion"` // or outcome
	Want      string `json:"want"`
	Got       string `json:"got"`
	Line      int    `json:"line"`
	Reason    string `json:"reason,omitempty"`
	Failed    bool   `json:"failed"`
}

func (a *api) test(w http.ResponseWriter, r *http.Request) error {
	body, err := web.DecodeJSON[RuleText](r, 0)
	if err != nil {
		return err
	}
	t, err := a.compiled(&body)
	if err != nil {
		return err
	}
	if namesFiles(t) {
		return web.Unprocessable("tests whose patient is a bundle by path run where that file is (prescreen test): write the patient in the test itself")
	}
	bench, err := author.NewBench(r.Context(), t, a.Rules().Site, nil)
	if err != nil {
		return err
	}
	ran := bench.Run(t)
	var sum author.Sum
	sum.Add(ran)
	out := Tested{Trial: t.ID, Cases: sum.Cases, Failed: sum.Failed, Ran: []TestedCase{}}
	for i := range ran {
		out.Ran = append(out.Ran, testedCase(&ran[i]))
	}
	return web.WriteJSON(w, r, http.StatusOK, out)
}

// namesFiles tells whether a test would have this machine open a file that whoever wrote it names.
func namesFiles(t *trial.Trial) bool {
	for i := range t.Tests {
		if t.Tests[i].Patient.Bundle != "" {
			return true
		}
		for k := range t.Tests[i].Cases {
			if t.Tests[i].Cases[k].But.Bundle != "" {
				return true
			}
		}
	}
	return false
}

func testedCase(ran *author.Ran) TestedCase {
	out := TestedCase{
		Test: ran.Test, Case: ran.Case, Line: ran.Line, AsOf: dayOf(ran.AsOf), Failed: ran.Failed(), Problem: ran.Problem, Cells: []TestedCell{},
	}
	for _, c := range ran.Cells {
		cell := TestedCell{Criterion: c.Criterion, Want: c.Want, Got: c.Got, Line: c.Line, Failed: c.Failed()}
		if c.Told != nil {
			cell.Reason = c.Told.Reason
		}
		out.Cells = append(out.Cells, cell)
	}
	return out
}
