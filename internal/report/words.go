package report

import (
	"fmt"
	"strings"

	"prescreen/internal/screen"
	"prescreen/internal/verdict"
)

// effectWords are what people read, by kind of criterion.
var effectWords = [2][3]string{
	verdict.Inclusion: {verdict.Open: "open", verdict.Pass: "fulfilled", verdict.Fail: "not fulfilled"},
	verdict.Exclusion: {verdict.Open: "open", verdict.Pass: "does not apply", verdict.Fail: "excludes"},
}

func effectWord(k verdict.Kind, e verdict.Effect) string { return effectWords[k][e] }

// Signs stand beside every colour.
var effectSigns = [...]string{verdict.Open: "?", verdict.Pass: "✓", verdict.Fail: "✗"}

var outcomeSigns = [...]string{
	screen.PotentiallyEligible: "✓", screen.NeedsReview: "?", screen.NotYet: "◷", screen.Ineligible: "✗",
}

// outcomeWord names an outcome; among the ineligible, what is worth a second look is told apart.
func outcomeWord(c *screen.Candidate) string {
	switch {
	case len(c.NearMiss) > 0:
		return "near miss"
	case c.BySilence:
		return "ineligible by silence"
	}
	return c.Outcome.String()
}

// left says what is left to do: "2 to order, 1 to read".
func left(c *screen.Candidate) string {
	var parts []string
	for a := verdict.Order; a < verdict.ActionCount; a++ {
		if n := c.Actions[a]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d to %s", n, a))
		}
	}
	return strings.Join(parts, ", ")
}

// failing and holding pick the criteria that a list tells of.
func failing(t *screen.Told) bool { return t.Effect == verdict.Fail && decides(t) }

func holding(t *screen.Told) bool {
	return t.Effect == verdict.Open && t.Role == "" && !t.OnlyAsked()
}

// closing picks the criteria that pass only until the day a candidate closes.
func closing(c *screen.Candidate) func(*screen.Told) bool {
	return func(t *screen.Told) bool {
		return t.Role == "" && t.Effect == verdict.Pass && t.Flip != nil && t.Flip.On == c.ClosesOn
	}
}

// decides tells whether failing the criterion counts.
func decides(t *screen.Told) bool { return t.Role == "" || t.Role == screen.RoleVisit }

func ids(c *screen.Candidate, of func(*screen.Told) bool) string {
	var out []string
	for i := range c.Criteria {
		if of(&c.Criteria[i]) {
			out = append(out, c.Criteria[i].Criterion.ID)
		}
	}
	return strings.Join(out, " ")
}

// why gives the sentences that explain an outcome, the most telling first.
func why(c *screen.Candidate) []string {
	var out []string
	if len(c.NearMiss) > 0 {
		for i, n := range c.NearMiss {
			out = append(out, nthFailing(c, i)+": "+n+".")
		}
		return out
	}
	of := holding
	switch c.Outcome {
	case screen.PotentiallyEligible:
		of = closing(c)
	case screen.NotYet, screen.Ineligible:
		of = failing
	}
	for i := range c.Criteria {
		if t := &c.Criteria[i]; of(t) {
			out = append(out, t.Criterion.ID+": "+t.Reason)
		}
	}
	if c.Outcome == screen.PotentiallyEligible {
		out = append([]string{fulfilled(c)}, out...)
	}
	return out
}

// fulfilled counts what holds for somebody whom nothing holds back, and how much of it rests on silence.
func fulfilled(c *screen.Candidate) string {
	all, silent := 0, 0
	for i := range c.Criteria {
		t := &c.Criteria[i]
		if !decides(t) || t.Effect != verdict.Pass {
			continue
		}
		all++
		if t.Answer.Basis == verdict.Silence {
			silent++
		}
	}
	return fmt.Sprintf("Passes all %d criteria that the record answers, %d of them by silence.", all, silent)
}

// besides is what is said after the sentences of why, however many of those are told.
func besides(c *screen.Candidate) []string {
	var out []string
	if s := shareSentence(c); s != "" {
		out = append(out, s)
	}
	if len(c.ToRepeat) > 0 {
		out = append(out, "To be repeated by then: "+strings.Join(c.ToRepeat, ", ")+".")
	}
	return out
}

// shareSentence tells the lowest share of what is open, as a share of patients and never as a chance.
func shareSentence(c *screen.Candidate) string {
	var lowest *screen.Share
	for i := range c.Shares {
		s := &c.Shares[i]
		if (s.By == screen.ByOthers || s.By == screen.ByCohort) && (lowest == nil || s.Pass*lowest.Of < lowest.Pass*s.Of) {
			lowest = s
		}
	}
	if lowest == nil || c.Outcome == screen.Ineligible {
		return ""
	}
	who := "here of whom it is known"
	if lowest.By == screen.ByOthers {
		who = "here who fail nothing else"
	}
	return fmt.Sprintf("Of %d patients %s, %d pass %s.", lowest.Of, who, lowest.Pass, c.Criteria[lowest.Criterion].Criterion.ID)
}

func nthFailing(c *screen.Candidate, n int) string {
	for i := range c.Criteria {
		if failing(&c.Criteria[i]) {
			if n == 0 {
				return c.Criteria[i].Criterion.ID
			}
			n--
		}
	}
	return ""
}

// nearest is the date that matters most about a candidate.
func nearest(c *screen.Candidate) string {
	switch {
	case c.EligibleFrom != screen.NoDay:
		return "from " + c.EligibleFrom.String()
	case c.ClosesOn != screen.NoDay && (c.NextVisit == screen.NoDay || c.ClosesOn <= c.NextVisit):
		return "closes " + c.ClosesOn.String()
	case c.NextVisit != screen.NoDay:
		return "visit " + c.NextVisit.String()
	}
	return ""
}

// evidenceLine tells a fact: resource, date, what, value.
func evidenceLine(e screen.Evidence) string {
	var parts []string
	for _, s := range []string{e.Resource, clinicalDay(e.Date), e.Display, strings.TrimSpace(e.Value + " " + e.Unit)} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, " · ")
}

// clinicalDay cuts an instant as recorded to its day: hours say nothing to a reader of a list.
func clinicalDay(s string) string {
	if i := strings.IndexByte(s, 'T'); i > 0 {
		return s[:i]
	}
	return s
}

// plural writes a count with its noun.
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
