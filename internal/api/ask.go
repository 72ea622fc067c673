package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"prescreen/internal/decision"
	"prescreen/internal/live"
	"prescreen/internal/screen"
	"prescreen/internal/verdict"
	"prescreen/internal/web"
)

// Pages of a list.
const (
	usualPage   = 25
	largestPage = 200
)

// ask is what somebody wants of a list.
type ask struct {
	outcomes  []screen.Outcome
	action    int // of verdict.Action; -1 for any
	criterion string
	effect    verdict.Effect
	arm       string
	decided   string
	owner     string
	patient   string
	sort      string
	limit     int
}

var sorts = []string{"rank", "eligibleFrom", "lastContact", "likelihood", "open"}

// readAsk reads the query, and tells everything wrong with it at once.
func readAsk(r *http.Request) (ask, error) {
	q := r.URL.Query()
	a := ask{criterion: q.Get("criterion"), arm: q.Get("arm"), owner: q.Get("owner"), patient: q.Get("q"), action: -1}
	var wrong []web.Issue
	say := func(name, message string) {
		wrong = append(wrong, web.Issue{Code: "value", Message: message, Expression: name})
	}
	for _, name := range listed(q.Get("outcome")) {
		o := outcomeNamed(name)
		if o == screen.OutcomeCount {
			say("outcome", "use potentially eligible, needs review, not yet or ineligible")
			continue
		}
		a.outcomes = append(a.outcomes, o)
	}
	a.readMore(q.Get, say)
	if len(wrong) > 0 {
		return a, web.BadRequest("the query cannot be read", wrong...)
	}
	return a, nil
}

func (a *ask) readMore(get func(string) string, say func(name, message string)) {
	if name := get("action"); name != "" {
		for one := verdict.Order; one < verdict.ActionCount; one++ {
			if one.String() == name {
				a.action = int(one)
			}
		}
		if a.action < 0 {
			say("action", "use order, ask, read, repair or wait")
		}
	}
	effects := map[string]verdict.Effect{"": verdict.Open, "open": verdict.Open, "pass": verdict.Pass, "fail": verdict.Fail}
	effect, ok := effects[get("effect")]
	if a.effect = effect; !ok || get("effect") != "" && a.criterion == "" {
		say("effect", "use pass, fail or open, together with criterion")
	}
	usual := "working"
	if a.patient != "" {
		usual = "all"
	}
	a.decided = cmp.Or(get("decided"), usual)
	_, status := decision.ParseStatus(a.decided)
	if !status && !slices.Contains([]string{"working", "all", "none", "open", "closed", "returned"}, a.decided) {
		say("decided", "use working, all, none, open, closed, returned or a status of the log")
	}
	if a.sort = cmp.Or(get("sort"), sorts[0]); !slices.Contains(sorts, a.sort) {
		say("sort", "use "+strings.Join(sorts, ", "))
	}
	var err error
	if a.limit, err = limitOf(get("limit"), usualPage, largestPage); err != nil {
		say("limit", err.Error())
	}
}

// limitOf reads a limit; more than the most is the most.
func limitOf(text string, usual, most int) (int, error) {
	if text == "" {
		return usual, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return usual, web.BadRequest("use a whole number from 1 to " + strconv.Itoa(most))
	}
	return min(n, most), nil
}

func listed(text string) []string {
	var out []string
	for _, one := range strings.Split(text, ",") {
		if one = strings.TrimSpace(one); one != "" {
			out = append(out, one)
		}
	}
	return out
}

func outcomeNamed(name string) screen.Outcome {
	for o := screen.PotentiallyEligible; o < screen.OutcomeCount; o++ {
		if o.String() == name {
			return o
		}
	}
	return screen.OutcomeCount
}

// fits refuses what the trial does not have: an empty list would look like an answer.
func (a *ask) fits(l *live.Listing) error {
	if a.criterion != "" && criterionOf(l.Trial, a.criterion) < 0 {
		return web.BadRequest("the trial has no such criterion: see its protocol lines", web.Issue{Code: "value", Expression: "criterion"})
	}
	if a.arm != "" && !slices.Contains(l.Trial.Arms, a.arm) {
		return web.BadRequest("the trial has no such arm", web.Issue{Code: "value", Expression: "arm"})
	}
	return nil
}

// choice is a candidate that was chosen: its place in the list, and in the order that was asked for.
type choice struct{ place, order int }

// choose gives the candidates that fit, in the order that was asked for. The order is of the whole list, so that a decision
// made between two pages moves nobody from one to the other.
func (a *api) choose(ctx context.Context, l *live.Listing, q ask, board *decision.Board) ([]choice, error) {
	var x *index
	if q.action >= 0 {
		var err error
		if x, err = a.index(ctx, l); err != nil {
			return nil, err
		}
	}
	k := criterionOf(l.Trial, q.criterion)
	out := []choice{}
	for order, place := range ordered(l, q.sort) {
		switch {
		case !q.fitsRow(l.At(place)):
		case k >= 0 && l.Trial.Criteria[k].Kind.Effect(l.Verdict(place, k)) != q.effect:
		case x != nil && x.actions[place][q.action] == 0:
		case !q.fitsLine(board.Of(l.Chart[place]), func() decision.State { return stateAt(l, place) }):
		default:
			out = append(out, choice{place, order})
		}
	}
	return out, nil
}

func (a *ask) fitsRow(c *screen.Ranked) bool {
	switch {
	case len(a.outcomes) > 0 && !slices.Contains(a.outcomes, c.Outcome):
		return false
	case a.arm != "" && c.Arm != a.arm:
		return false
	case a.patient != "" && c.Key.ID != a.patient && screen.ShownID(c.Key) != a.patient:
		return false
	}
	return true
}

// fitsLine holds what was decided about a candidate against what is asked for.
func (a *ask) fitsLine(d *decision.Decision, now func() decision.State) bool {
	if a.owner != "" && (d == nil || d.Values.Owner != a.owner) {
		return false
	}
	returned := func() bool {
		_, back := d.Returns(now())
		return back
	}
	switch a.decided {
	case "all":
		return true
	case "none":
		return d == nil
	case "working":
		return d == nil || !d.Closed() || returned()
	case "open":
		return d != nil && !d.Closed()
	case "closed":
		return d != nil && d.Closed() && !returned()
	case "returned":
		return d != nil && returned()
	}
	return d != nil && d.Values.Status.String() == a.decided
}

// ordered gives the places of a list in an order; what is alike in it stays as ranked, and who has no such day comes last.
func ordered(l *live.Listing, by string) []int {
	out := make([]int, l.Len())
	for i := range out {
		out[i] = i
	}
	if by == "rank" {
		return out
	}
	type key struct{ a, b float64 }
	keys := make([]key, l.Len())
	for i := range keys {
		c := l.At(i)
		switch by {
		case "eligibleFrom":
			keys[i].a = float64(c.EligibleFrom)
			if c.EligibleFrom == screen.NoDay {
				keys[i].a = float64(1 << 40)
			}
		case "lastContact":
			keys[i].a = -float64(c.LastContact)
		case "likelihood":
			keys[i].a, keys[i].b = float64(c.Outcome/screen.Ineligible), -c.Likelihood
		case "open":
			keys[i].a, keys[i].b = float64(c.Outcome/screen.Ineligible), float64(c.Open)
		}
	}
	slices.SortStableFunc(out, func(x, y int) int {
		return cmp.Or(cmp.Compare(keys[x].a, keys[y].a), cmp.Compare(keys[x].b, keys[y].b))
	})
	return out
}

// stateAt is how a patient stands in a list, for lines of the log to compare with.
func stateAt(l *live.Listing, place int) decision.State {
	return decision.State{Day: l.Day, Protocol: l.Trial.Version, Verdict: func(criterion string) (verdict.Verdict, bool) {
		k := criterionOf(l.Trial, criterion)
		if k < 0 {
			return verdict.Unknown, false
		}
		return l.Verdict(place, k), true
	}}
}

// stateOf is how a patient stands on a sheet. Of whoever is withheld nothing brings a line back by a criterion.
func stateOf(c *screen.Candidate, t live.InForce, s *live.Sheet) decision.State {
	now := decision.State{Day: s.Day, Protocol: t.Trial.Version}
	if c.Withheld != screen.NotWithheld {
		return now
	}
	now.Verdict = func(criterion string) (verdict.Verdict, bool) {
		for i := range c.Criteria {
			if c.Criteria[i].Criterion.ID == criterion {
				return c.Criteria[i].Answer.Verdict, true
			}
		}
		return verdict.Unknown, false
	}
	return now
}
