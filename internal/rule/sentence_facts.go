package rule

import (
	"strconv"
	"strings"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/terms"
	"prescreen/internal/verdict"
)

func (t *teller) diagnosed() string {
	i := t.last()
	f, s := t.fact(i), t.source(i)
	parts := []string{t.thing(i), t.began(i)}
	if f.Begin.Exact() && !t.isHistory(f) {
		parts = append(parts, t.ago(f.Begin.From))
	}
	if f.End.Known() && f.End.From <= t.asOf {
		parts = append(parts, "ended "+t.day(f.End, s.DateEnd))
	}
	return strings.Join(parts, ", ") + t.asks() + ". " + t.standing(f)
}

// began tells the onset, or that only the recording is known.
func (t *teller) began(i int) string {
	f, s := t.fact(i), t.source(i)
	switch {
	case !f.Begin.Known():
		return "no date on record"
	case t.isHistory(f):
		return "at an unknown day up to " + f.Begin.To.String()
	case f.Flags.Has(chart.RecordedFor):
		return "first recorded " + f.Begin.To.String()
	case f.Flags.Has(chart.ByVisit):
		return "recorded at a visit of " + f.Begin.To.String()
	}
	return "began " + t.day(f.Begin, s.Date)
}

// isHistory tells that the record's code says "history of", so that its date is no onset.
func (t *teller) isHistory(f *chart.Fact) bool {
	for _, id := range t.chart.CodesIn(f.Codes) {
		if t.bound.picked.has(id) && t.bound.picked.says(id) == terms.History {
			return true
		}
	}
	return false
}

// standing tells where the record stands and how sure it is.
func (t *teller) standing(f *chart.Fact) string {
	certainty := [...]string{chart.Unsaid: "", chart.Confirmed: ", confirmed", chart.Doubtful: ", not confirmed", chart.Refuted: ", refuted"}[f.Certainty]
	status := ""
	switch f.Status {
	case chart.Active, chart.Recurrence, chart.Relapse:
		status = ", active"
	case chart.Inactive:
		status = ", inactive"
	case chart.Remission:
		status = ", in remission"
	case chart.Resolved:
		status = ", resolved"
	}
	return "Diagnosis list" + status + certainty + "."
}

func (t *teller) ended() string {
	i := t.last()
	f, s := t.fact(i), t.source(i)
	end := ""
	if f.End.Known() {
		end = ", ended " + t.day(f.End, s.DateEnd)
	}
	return t.thing(i) + ", " + t.began(i) + end + ": not current. " + t.standing(f)
}

func (t *teller) refuted() string {
	return t.thing(t.last()) + " is recorded as refuted."
}

func (t *teller) suspected() string {
	i := t.last()
	return t.thing(i) + ", " + t.began(i) + ": only suspected, not confirmed. To settle: read the chart."
}

func (t *teller) conflict() string {
	i := t.last()
	return t.thing(i) + ": the records contradict each other. Not decided. To settle: read them."
}

func (t *teller) partialDate() string {
	i := t.last()
	f := t.fact(i)
	if t.bound.kind == chart.Medication {
		return t.drug(i) + ", end not on record: may or may not count" + t.windowDays() + ". To settle: ask when it ended."
	}
	what := t.thing(i) + ", " + t.began(i)
	if f.Kind == chart.Result {
		what = t.valued(i)
	} else if f.Kind != chart.Diagnosis {
		what = t.thing(i) + " on " + t.day(f.Begin, t.source(i).Date)
	}
	recorded := ""
	if f.Noted.Exact() && !f.Flags.Has(chart.RecordedFor) && !f.Begin.Exact() {
		recorded = ", first recorded " + f.Noted.From.String()
	}
	return what + recorded + ": may or may not lie" + t.windowDays() + ". To settle: date of the event."
}

// windowDays is " within 90 days (since 2026-08-25)".
func (t *teller) windowDays() string {
	w := t.within()
	if w == "" || w == "now" {
		return " in the time asked for"
	}
	if days := t.bound.window(t.anchor); days.From > dates.Min && t.bound.When.Window.Kind != dates.Since {
		return " " + w + " (since " + days.From.String() + ")"
	}
	return " " + w
}

func (t *teller) chronic() string {
	i := t.last()
	f, s := t.fact(i), t.source(i)
	marked := "marked resolved"
	if f.Status == chart.Inactive {
		marked = "marked inactive"
	}
	if f.End.Known() {
		marked += " " + t.day(f.End, s.DateEnd)
	}
	return t.thing(i) + " " + marked + ", a chronic disease. To settle: read the chart."
}

// drug names an order and how it came about: an order is not a dose.
func (t *teller) drug(i int) string {
	f, s := t.fact(i), t.source(i)
	return t.thing(i) + " " + medicated[f.Origin] + " " + t.day(begun(f), s.Date)
}

// medicated is what came about with a drug.
var medicated = map[chart.Origin]string{
	chart.FromMedicationRequest: "ordered", chart.FromMedicationStatement: "reported",
	chart.FromMedicationAdministration: "given", chart.FromMedicationDispense: "dispensed",
}

func (t *teller) exposed() string {
	i := t.last()
	f := t.fact(i)
	end := ""
	switch {
	case f.End.Exact() && f.End.From <= t.asOf:
		end = ", until " + f.End.From.String()
	case f.End.Exact():
		end = ", lasting to " + f.End.From.String()
	case f.Status == chart.Active:
		end = ", order active"
	}
	more := ""
	if n := len(t.leaf.Facts); n > 1 {
		more = " Newest of " + strconv.Itoa(n) + " shown."
	}
	lasting := ""
	if p := t.bound.When.ForAtLeast; !p.IsZero() {
		lasting = "; asked for at least " + p.String()
	}
	return t.drug(i) + end + lasting + t.asks() + "." + more
}

func (t *teller) oldOrder() string {
	return t.drug(t.last()) + ": the order still reads active, but nothing newer is on record. To settle: ask whether it is still taken."
}

func (t *teller) statusUnknown() string {
	i := t.last()
	return t.thing(i) + " on " + t.day(t.fact(i).Begin, t.source(i).Date) + ": recorded with unknown status. To settle: read the chart."
}

func (t *teller) happened() string {
	i := t.last()
	f, s := t.fact(i), t.source(i)
	when := "on " + t.day(f.Begin, s.Date)
	if f.Begin.Exact() {
		when += ", " + t.ago(f.Begin.From)
	}
	return t.thing(i) + " " + when + t.asks() + "."
}

func (t *teller) allergic() string { return t.thing(t.last()) + " is on the allergy list." }

func (t *teller) silence() string {
	if t.bound.kind == chart.Allergy {
		return "Nothing on record: " + t.name() + " is not on the allergy list. Absence is assumed, not proven."
	}
	if t.soFar() {
		i := t.last()
		begin := t.fact(i).Begin
		return t.drug(i) + ", " + strconv.Itoa(int(t.asOf-begin.From)) + " days so far; asked for at least " +
			t.bound.When.ForAtLeast.String() + ". Nothing before that on record."
	}
	clause, _ := t.silentClause()
	return t.nothing([]string{clause})
}

// soFar tells that there is exposure, only not for long enough.
func (t *teller) soFar() bool {
	return !t.bound.When.ForAtLeast.IsZero() && len(t.leaf.Facts) > 0 && t.fact(t.last()).Begin.Exact()
}

// silentClause is what one question adds to a sentence about silence: "no stroke among 14 diagnoses since 2011".
func (t *teller) silentClause() (string, bool) {
	if t.leaf.Code != saySilence || t.leaf.Basis == verdict.Assumed || t.bound.kind == chart.Allergy || t.soFar() {
		return "", false
	}
	n, since := t.counted()
	among := ""
	if n > 0 {
		among = " among " + t.bound.kind.Count(n) + since
	}
	w := t.within()
	if w != "" {
		w = " " + w
	}
	before := ""
	if len(t.leaf.Facts) > 0 {
		i := t.last()
		before = " (" + t.day(t.fact(i).Begin, t.source(i).Date) + " lies outside)"
	}
	return "no " + t.name() + w + before + among, true
}

// nothing joins the clauses about silence.
func (t *teller) nothing(clauses []string) string {
	last := ""
	if k := contactsUpTo(t.chart, t.asOf); k.any {
		last = "; last seen " + k.last.String()
	}
	if len(clauses) > 3 {
		clauses = append(clauses[:2:2], "and "+strconv.Itoa(len(clauses)-2)+" more")
	}
	return "Nothing on record: " + strings.Join(clauses, "; ") + last + ". Absence is assumed, not proven."
}

// counted tells how many records of the leaf's kind there are, and since when.
func (t *teller) counted() (n int, since string) {
	_, facts := t.chart.Of(t.bound.kind)
	first := dates.Max
	for i := range facts {
		if facts[i].Begin.Known() && facts[i].Begin.From > t.asOf {
			continue
		}
		n++
		if facts[i].Begin.Known() && facts[i].Begin.From > dates.Min {
			first = min(first, facts[i].Begin.From)
		}
	}
	if first < dates.Max {
		y, _, _ := first.Civil()
		since = " since " + strconv.Itoa(y)
	}
	return n, since
}

func (t *teller) silenceOpen() string {
	none := "No " + t.name() + " on record"
	switch t.leaf.Cause {
	case verdict.ListEmpty:
		return none + ", but the chart lists no " + t.bound.kind.String() + " at all. To settle: ask."
	case verdict.RecordTooShort:
		if k := contactsUpTo(t.chart, t.asOf); k.any {
			return none + ", but the record only begins " + k.first.String() + ". To settle: ask, or read outside reports."
		}
		return none + ", and no visit either. To settle: ask, or read outside reports."
	case verdict.NotSeenSince:
		return none + ", but last seen " + t.leaf.Day.String() + " (" + t.ago(t.leaf.Day) + "). To settle: ask."
	case verdict.FeedLate:
		return none + ", but the site's " + t.bound.kind.String() + " are not complete for this time. To settle: check the feed."
	}
	return none + ". To settle: ask, or read the chart."
}

func (t *teller) suggestedBy() string {
	i := t.last()
	f, s := t.fact(i), t.source(i)
	what := s.Display
	if what == "" {
		what = "something"
	}
	switch f.Kind {
	case chart.Medication:
		what += " was ordered (" + t.day(f.Begin, s.Date) + ")"
	case chart.Result:
		what += " was " + s.Value + " " + s.Unit + " on " + t.day(f.Begin, s.Date)
	default:
		what += " is on record (" + t.day(f.Begin, s.Date) + ")"
	}
	return t.subject() + " is not coded, but " + what + ". To settle: read the chart."
}

func (t *teller) times() string {
	n := len(t.leaf.Facts)
	counted := "No " + t.name()
	if n > 0 {
		days := make([]string, 0, n)
		for i := range t.leaf.Facts {
			days = append(days, t.day(t.fact(i).Begin, t.source(i).Date))
		}
		counted = t.subject() + " on record: " + strings.Join(days, ", ")
	} else {
		counted += " on record"
	}
	s := counted + t.asked() + " (days)."
	switch {
	case t.leaf.Verdict == verdict.Unknown:
		s += " There may be others. To settle: ask, or read the chart."
	case t.leaf.Basis == verdict.Silence:
		s += " Absence is assumed, not proven."
	}
	return s
}
