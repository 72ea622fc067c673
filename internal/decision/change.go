package decision

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"prescreen/internal/dates"
)

// Change is one entry of a line's history, which only grows.
type Change struct {
	Version int // of the line after it
	At      time.Time
	By      string
	Why     string // of a correction
	Fields  []Field
}

// Field is one value that became another.
type Field struct{ Name, Was, Is string }

// Edit is what somebody wants a line to hold from now on.
type Edit struct {
	Values Values
	Why    string // asked for when something that was said is taken back
	Again  bool   // a line that came back was looked at, and stays closed
	By     string
	At     time.Time
	Now    State
	Known  func(criterion string) bool // whether the trial has such a criterion
}

// Refused is an edit that cannot be made: every reason at once, each with the field it is about.
type Refused []Problem

// Problem is one reason.
type Problem struct{ Field, Message string }

func (r Refused) Error() string {
	var all []string
	for _, p := range r {
		all = append(all, p.Field+": "+p.Message)
	}
	return strings.Join(all, "; ")
}

// ErrSame is an edit that changes nothing.
var ErrSame = errors.New("nothing is changed")

// transitions says which status may follow which. Whatever is not in it is a correction, which needs its reason.
var transitions = [statusCount][]Status{
	New:       {Told, Contacted, Consented, Declined},
	Told:      {Contacted, Consented, Declined},
	Contacted: {Consented, Declined},
	Consented: {Declined, ScreenFailure, Enrolled},
}

// Follows tells whether a status may follow another without being a correction.
func (s Status) Follows(was Status) bool { return slices.Contains(transitions[was], s) }

// NeedsInvestigator tells whether only an investigator may go from one status to another: whoever says, or takes back, that
// somebody is enrolled or failed screening.
func NeedsInvestigator(from, to Status) bool {
	confirmed := func(s Status) bool { return s == ScreenFailure || s == Enrolled }
	return from != to && (confirmed(from) || confirmed(to))
}

// First makes the line of a person who has none.
func First(d Decision, e Edit) (Decision, Change, error) {
	d.Version, d.Opened = 0, e.At
	d.Values = Values{Due: NoDay, Recheck: NoDay}
	d.Steps = []Step{{New, e.Now.Day}}
	out, c, err := d.Apply(e)
	if errors.Is(err, ErrSame) {
		out = d
		out.Version, out.At, out.By = 1, e.At, e.By
		c, err = Change{Version: 1, At: e.At, By: e.By}, nil
	}
	return out, c, err
}

// Apply gives the line as it is after an edit, and what changed. The line itself stays as it is.
func (d *Decision) Apply(e Edit) (Decision, Change, error) {
	if d.Erased {
		return Decision{}, Change{}, ErrErased
	}
	twice := repeated(e.Values.Answers)
	e.Values.Answers = stamped(d.Values.Answers, e)
	if e.Values.Status == Declined && e.Values.Reason.Kind == NoReason {
		e.Values.Reason = Reason{Kind: HasDeclined}
	}
	fields, corrects := differences(&d.Values, &e.Values)
	if wrong := append(d.refusals(e, corrects), twice...); len(wrong) > 0 {
		return Decision{}, Change{}, wrong
	}
	if len(fields) == 0 && !e.Again {
		return Decision{}, Change{}, ErrSame
	}
	out := *d
	out.Values, out.Version, out.At, out.By = e.Values, d.Version+1, e.At, e.By
	out.Steps = stepsAfter(d.Steps, d.Values.Status, e.Values.Status, e.Now.Day)
	out.Closing = d.closingAfter(e)
	if e.Again {
		fields = append(fields, Field{"closed again", d.closedOn(), e.Now.Day.String()})
	}
	return out, Change{Version: out.Version, At: e.At, By: e.By, Why: e.Why, Fields: fields}, nil
}

func (d *Decision) closedOn() string {
	if d.Closing == nil {
		return ""
	}
	return d.Closing.On.String()
}

// closingAfter keeps how things stood as long as what closed the line stays the same.
func (d *Decision) closingAfter(e Edit) *Closing {
	switch {
	case !e.Values.closed():
		return nil
	case d.Closing != nil && !e.Again && d.Values.Status == e.Values.Status && d.Values.Reason == e.Values.Reason:
		return d.Closing
	}
	return closing(&e.Values, e.Now)
}

// refusals tells everything that stands against an edit.
func (d *Decision) refusals(e Edit, corrects []string) Refused {
	var out Refused
	say := func(field, format string, args ...any) {
		out = append(out, Problem{field, fmt.Sprintf(format, args...)})
	}
	v := &e.Values
	if len(corrects) > 0 && strings.TrimSpace(e.Why) == "" {
		say("correctionReason", "this takes back what was said (%s): say why", strings.Join(corrects, ", "))
	}
	switch {
	case v.Reason.Kind.NamesCriterion() && v.Reason.Criterion == "":
		say("reason.criterion", "name the criterion")
	case v.Reason.Kind.NamesCriterion() && v.Reason != d.Values.Reason && !e.Known(v.Reason.Criterion):
		say("reason.criterion", "the trial has no such criterion: use the id of a protocol line")
	case !v.Reason.Kind.NamesCriterion() && v.Reason.Criterion != "":
		say("reason.criterion", "only \"fails\" and \"could not be assessed\" name a criterion")
	}
	if v.Status == Enrolled && v.Reason.Kind != NoReason {
		say("reason", "somebody who is enrolled has no reason not to be pursued: leave it out")
	}
	if v.Status == ScreenFailure && v.Reason.Kind == NoReason {
		say("reason", "a screen failure needs its reason")
	}
	for _, a := range v.Answers {
		if _, had := d.Values.Answer(a.Criterion); !had && !e.Known(a.Criterion) {
			say("answers", "the trial has no such criterion: use the id of a protocol line")
		}
	}
	for _, t := range []struct {
		field, text string
		most        int
	}{{"owner", v.Owner, 200}, {"next", v.Next, 500}, {"note", v.Note, 4000}, {"correctionReason", e.Why, 500}} {
		if utf8.RuneCountInString(t.text) > t.most {
			say(t.field, "write at most %d characters", t.most)
		}
	}
	d.refuseRecheck(e, say)
	return out
}

// repeated tells of criteria that are answered twice: which of the two is meant is not ours to say.
func repeated(answers []Answer) Refused {
	seen := map[string]bool{}
	for _, a := range answers {
		if seen[a.Criterion] {
			return Refused{{"answers", "a criterion is answered twice: leave one of the answers out"}}
		}
		seen[a.Criterion] = true
	}
	return nil
}

// refuseRecheck: a day that would be passed over in silence, or bring the line back at once, is told.
func (d *Decision) refuseRecheck(e Edit, say func(string, string, ...any)) {
	v := &e.Values
	if v.Recheck != NoDay && v.closed() && v.final() {
		say("recheck", "nobody comes back by itself after this: leave the re-check day out")
		return
	}
	if v.Recheck != NoDay && v.Recheck <= e.Now.Day && (v.Recheck != d.Values.Recheck || e.Again) {
		say("recheck", "the re-check day must lie ahead: give a later one, or none")
	}
	if e.Again && !v.closed() {
		say("closeAgain", "the line is not closed: give a reason, or leave this out")
	}
}

// differences lists what changes, and which of it takes back what was said. Owner, next action and days are plans: they
// move without a reason.
func differences(was, is *Values) (fields []Field, corrects []string) {
	add := func(name, a, b string, corrected bool) {
		if a == b {
			return
		}
		fields = append(fields, Field{name, a, b})
		if corrected {
			corrects = append(corrects, name)
		}
	}
	add("status", was.Status.String(), is.Status.String(), !is.Status.Follows(was.Status))
	add("reason", was.Reason.String(), is.Reason.String(), was.Reason.Kind != NoReason)
	for _, id := range criteriaOf(was, is) {
		a, had := was.Answer(id)
		b, has := is.Answer(id)
		add("answer "+id, answerText(a, had), answerText(b, has), had)
	}
	add("owner", was.Owner, is.Owner, false)
	add("next", was.Next, is.Next, false)
	add("due", dayText(was.Due), dayText(is.Due), false)
	add("recheck", dayText(was.Recheck), dayText(is.Recheck), false)
	add("note", was.Note, is.Note, was.Note != "")
	return fields, corrects
}

func criteriaOf(a, b *Values) []string {
	var ids []string
	for _, list := range [][]Answer{a.Answers, b.Answers} {
		for _, x := range list {
			ids = append(ids, x.Criterion)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

func answerText(a Answer, given bool) string {
	if !given {
		return ""
	}
	if a.Note == "" {
		return a.Verdict.String()
	}
	return a.Verdict.String() + ": " + a.Note
}

func dayText(d dates.Day) string {
	if d == NoDay {
		return ""
	}
	return d.String()
}

// stamped gives the answers of an edit who gave them and when: those that stay as they were keep theirs.
func stamped(was []Answer, e Edit) []Answer {
	out := slices.Clone(e.Values.Answers)
	for i := range out {
		out[i].By, out[i].At = e.By, e.At
		for _, a := range was {
			if a.Criterion == out[i].Criterion && a.Verdict == out[i].Verdict && a.Note == out[i].Note {
				out[i] = a
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Answer) int { return cmp.Compare(a.Criterion, b.Criterion) })
	return out
}

// stepsAfter keeps the steps that lead to a status: a correction takes back the one that was wrong, and all that cannot
// stand before the new one.
func stepsAfter(steps []Step, from, to Status, on dates.Day) []Step {
	if from == to {
		return steps
	}
	var out []Step
	for _, s := range steps {
		if s.Status == to {
			return append(out, s) // it was reached then, and what followed is taken back
		}
		if to.Follows(s.Status) || s.Status != from && leads(s.Status, to) {
			out = append(out, s)
		}
	}
	return append(out, Step{to, on})
}

// leads tells whether a status may stand before another.
func leads(from, to Status) bool {
	if to.Follows(from) {
		return true
	}
	return slices.ContainsFunc(transitions[from], func(next Status) bool { return leads(next, to) })
}
