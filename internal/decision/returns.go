package decision

import (
	"strings"

	"prescreen/internal/dates"
	"prescreen/internal/verdict"
)

// State is how a person stands now.
type State struct {
	Day      dates.Day
	Protocol string // version
	// Verdict gives that of a criterion; asked is false where the trial has no such criterion any more. Nil where nothing is
	// known of the person, who is withheld: then no criterion brings a line back.
	Verdict func(criterion string) (v verdict.Verdict, asked bool)
}

// final tells whether a line never comes back by itself: a no of the patient or of the physician stands until a person
// changes it, and nobody is to be called about somebody who died or takes part.
func (v *Values) final() bool {
	switch v.Reason.Kind {
	case HasDeclined, Opposed, PhysicianDisagrees, Died:
		return true
	}
	return v.Status == Declined || v.Status == Enrolled
}

// Returns tells whether a closed line belongs in the working list again, and why: the criterion it names has another
// verdict than when it was closed, the protocol has another version, or its re-check day has come. An open line is there
// anyway.
func (d *Decision) Returns(now State) (why string, back bool) {
	if d.Erased || !d.Closed() || d.Closing == nil || d.Values.final() {
		return "", false
	}
	var all []string
	if s := d.moved(now); s != "" {
		all = append(all, s)
	}
	if now.Protocol != d.Closing.Protocol {
		all = append(all, "the protocol is version "+named(now.Protocol)+" now, it was "+named(d.Closing.Protocol))
	}
	if r := d.Values.Recheck; r != NoDay && r <= now.Day {
		all = append(all, "its re-check day "+r.String()+" has come")
	}
	return strings.Join(all, "; "), len(all) > 0
}

// moved tells how the criterion that closed the line stands otherwise than then.
func (d *Decision) moved(now State) string {
	c := d.Values.Reason.Criterion
	if !d.Values.Reason.Kind.NamesCriterion() || !d.Closing.Asked || now.Verdict == nil {
		return ""
	}
	v, asked := now.Verdict(c)
	switch {
	case !asked:
		return c + " is no longer asked"
	case v != d.Closing.Verdict:
		return c + " is " + v.String() + " now, it was " + d.Closing.Verdict.String()
	}
	return ""
}

func named(version string) string {
	if version == "" {
		return "without a number"
	}
	return version
}

// closing notes how things stand for a line that is closed now.
func closing(v *Values, now State) *Closing {
	c := &Closing{On: now.Day, Protocol: now.Protocol}
	if v.Reason.Kind.NamesCriterion() && now.Verdict != nil {
		c.Verdict, c.Asked = now.Verdict(v.Reason.Criterion)
	}
	return c
}
