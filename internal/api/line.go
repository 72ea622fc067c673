package api

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"prescreen/internal/dates"
	"prescreen/internal/decision"
	"prescreen/internal/live"
	"prescreen/internal/verdict"
	"prescreen/internal/web"
)

// Edit is all values of a line, as they are to be from now on.
type Edit struct {
	Status  string      `json:"status,omitempty"` // new if left out
	Reason  *WhyNot     `json:"reason,omitempty"`
	Answers []NewAnswer `json:"answers,omitempty"`
	Owner   string      `json:"owner,omitempty"`
	Next    string      `json:"next,omitempty"`
	Due     string      `json:"due,omitempty"`
	Recheck string      `json:"recheck,omitempty"`
	Note    string      `json:"note,omitempty"`

	CorrectionReason string `json:"correctionReason,omitempty"` // why something that was said is taken back
	CloseAgain       bool   `json:"closeAgain,omitzero"`        // the line came back, was looked at, and stays closed
}

// Opening is the first decision about a patient.
type Opening struct {
	Patient PatientKey `json:"patient"`
	Edit
}

// PatientKey names a patient's record.
type PatientKey struct {
	Source string `json:"source,omitempty"`
	ID     string `json:"id"`
}

// WhyNot is why a candidate is not pursued.
type WhyNot struct {
	Why       string `json:"why"`
	Criterion string `json:"criterion,omitempty"` // of "fails" and "could not be assessed"
}

// NewAnswer is what a person says about a criterion.
type NewAnswer struct {
	Criterion string `json:"criterion"`
	Verdict   string `json:"verdict"`
	Note      string `json:"note,omitempty"`
}

// GivenAnswer is an answer with who gave it and when.
type GivenAnswer struct {
	Criterion string `json:"criterion"`
	Verdict   string `json:"verdict"`
	Note      string `json:"note,omitempty"`
	By        string `json:"by"`
	At        string `json:"at"`
}

// Line is a line of the log. Of one that was erased, or that may not be shown, nothing but the number is left.
type Line struct {
	Trial    string         `json:"trial"`
	Log      int            `json:"log"`
	Version  int            `json:"version"`
	Removed  bool           `json:"removed,omitzero"`
	Patient  *LinePatient   `json:"patient,omitempty"`
	Proposed string         `json:"proposed,omitempty"`
	Then     *decision.Then `json:"then,omitempty"`
	Status   string         `json:"status,omitempty"`
	Steps    []LineStep     `json:"steps,omitempty"`
	Reason   *WhyNot        `json:"reason,omitempty"`
	Answers  []GivenAnswer  `json:"answers,omitempty"`
	Owner    string         `json:"owner,omitempty"`
	Next     string         `json:"next,omitempty"`
	Due      string         `json:"due,omitempty"`
	Recheck  string         `json:"recheck,omitempty"`
	Note     string         `json:"note,omitempty"`
	Closed   bool           `json:"closed,omitzero"`
	ClosedOn string         `json:"closedOn,omitempty"`
	Returned string         `json:"returnedBecause,omitempty"`
	Opened   string         `json:"opened,omitempty"`
	Changed  string         `json:"changed,omitempty"`
	By       string         `json:"changedBy,omitempty"`
}

// LinePatient is whom a line is about.
type LinePatient struct {
	Source    string `json:"source,omitempty"`
	ID        string `json:"id"`
	Sex       string `json:"sex,omitempty"`
	BirthDate string `json:"birthDate,omitempty"`
}

// LineStep is a status with the day on which it was reached.
type LineStep struct {
	Status string `json:"status"`
	On     string `json:"on"`
}

// Lines is a page of a log.
type Lines struct {
	Trial string `json:"trial"`
	Lines []Line `json:"lines"`
	Next  int    `json:"next,omitzero"` // after, for the next page
}

func lineOf(d *decision.Decision, returned string) Line {
	v := &d.Values
	l := Line{
		Trial: d.Trial, Log: d.Log, Version: d.Version, Patient: &LinePatient{d.Source, d.Patient, d.Sex, d.Born},
		Proposed: dayOf(d.Proposed), Then: &d.Then, Status: v.Status.String(), Answers: answersOf(v.Answers), Owner: v.Owner,
		Next: v.Next, Due: dayOf(v.Due), Recheck: dayOf(v.Recheck), Note: v.Note, Closed: d.Closed(), Returned: returned,
		Opened: stamp(d.Opened), Changed: stamp(d.At), By: d.By,
	}
	if v.Reason.Kind != decision.NoReason {
		l.Reason = &WhyNot{v.Reason.Kind.String(), v.Reason.Criterion}
	}
	if d.Closing != nil {
		l.ClosedOn = dayOf(d.Closing.On)
	}
	for _, s := range d.Steps {
		l.Steps = append(l.Steps, LineStep{s.Status.String(), dayOf(s.On)})
	}
	return l
}

func answersOf(list []decision.Answer) []GivenAnswer {
	var out []GivenAnswer
	for _, a := range list {
		out = append(out, GivenAnswer{a.Criterion, a.Verdict.String(), a.Note, a.By, stamp(a.At)})
	}
	return out
}

// stamp writes a moment, nothing for none.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// edit reads what somebody wants a line to hold.
func (e *Edit) edit(r *http.Request, of live.InForce, now decision.State) (decision.Edit, error) {
	var wrong []web.Issue
	say := func(at, message string) {
		wrong = append(wrong, web.Issue{Code: "value", Message: message, Expression: "/" + at})
	}
	v := decision.Values{Owner: e.Owner, Next: e.Next, Note: e.Note}
	var ok bool
	if v.Status, ok = decision.ParseStatus(cmp.Or(e.Status, decision.New.String())); !ok {
		say("status", "use a status of the log: new, told the physician, contacted, consented, declined, screen failure, enrolled")
	}
	if e.Reason != nil {
		if v.Reason.Kind, ok = decision.ParseKind(e.Reason.Why); !ok {
			say("reason/why", "use a reason of the log: "+strings.Join(decision.Kinds(), ", "))
		}
		v.Reason.Criterion = e.Reason.Criterion
	}
	for i, x := range e.Answers {
		one, ok := verdict.Parse(x.Verdict)
		if !ok {
			say("answers/"+strconv.Itoa(i)+"/verdict", "use met, not met or unknown")
		}
		v.Answers = append(v.Answers, decision.Answer{Criterion: x.Criterion, Verdict: one, Note: x.Note})
	}
	v.Due = readDay(e.Due, "due", say)
	v.Recheck = readDay(e.Recheck, "recheck", say)
	if len(wrong) > 0 {
		return decision.Edit{}, web.Unprocessable("the decision cannot be recorded like this", wrong...)
	}
	known := func(id string) bool { return criterionOf(of.Trial, id) >= 0 }
	return decision.Edit{Values: v, Why: e.CorrectionReason, Again: e.CloseAgain, By: callerName(r), At: web.At(r.Context()), Now: now, Known: known}, nil
}

// callerName is how logs of people's decisions name who made them.
func callerName(r *http.Request) string {
	c := web.Caller(r.Context())
	return cmp.Or(c.Name, c.ID)
}

func readDay(text, field string, say func(at, message string)) dates.Day {
	if text == "" {
		return decision.NoDay
	}
	d, err := dates.ParseDay(text)
	if err != nil {
		say(field, "write the day as YYYY-MM-DD")
		return decision.NoDay
	}
	return d
}

// refusal turns what decision refuses into an answer.
func refusal(err error) error {
	var wrong decision.Refused
	switch {
	case errors.As(err, &wrong):
		var issues []web.Issue
		for _, p := range wrong {
			issues = append(issues, web.Issue{Code: "business-rule", Message: p.Message, Expression: p.Field})
		}
		return web.Unprocessable("the decision cannot be recorded like this", issues...)
	case errors.Is(err, decision.ErrNone):
		return web.NotFound(err.Error())
	case errors.Is(err, decision.ErrTaken):
		return web.Conflict(err.Error() + ": change that one")
	case errors.Is(err, decision.ErrConflict):
		return web.PreconditionFailed(err.Error())
	case errors.Is(err, decision.ErrErased):
		return web.Gone(err.Error())
	}
	return err
}

// persons are those whom lines tell of.
func persons(lines []decision.Decision, hidden func(*decision.Decision) bool) []int64 {
	var out []int64
	for i := range lines {
		if d := &lines[i]; !d.Erased && !hidden(d) && !slices.Contains(out, d.Person) {
			out = append(out, d.Person)
		}
	}
	return out
}
