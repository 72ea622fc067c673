package rule

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/verdict"
)

// Sentence tells a judgement: fact first, limit second, source last, then what time alone will change and what would
// settle it. It never names the patient. flip is nil when nothing changes within the horizon.
func (e *Evaluator) Sentence(b *Bound, c *chart.Chart, j *verdict.Judgement, asOf dates.Day, flip *verdict.Flip) string {
	t := teller{b: b, chart: c, asOf: asOf, anchor: asOf, kind: b.Program.Source.Kind, judgement: j, flip: flip}
	if b.anchor != nil {
		if e.look(c, asOf, asOf); e.moveTo(b) {
			t.anchor = e.on
		}
		e.on, e.anchored = asOf, false
	}
	told := make([]string, 0, 3)
	var silent []string
	for i := range j.Leaves {
		t.leaf, t.bound = &j.Leaves[i], &b.leaves[j.Leaves[i].Number]
		if clause, ok := t.silentClause(); ok {
			silent = once(silent, clause)
			continue
		}
		told = once(told, t.tell())
	}
	if len(told) > 3 {
		told = append(told[:2], fmt.Sprintf("And %d more.", len(told)-2))
	}
	if len(silent) > 0 {
		told = append(told, t.nothing(silent))
	}
	if s := t.countedFrom(); s != "" && len(j.Leaves) > 0 && b.anchor != nil && j.Leaves[0].Code != sayNoAnchor && j.Leaves[0].Code != sayAnchorUnclear {
		told = append(told, s)
	}
	if s := t.flips(); s != "" {
		told = append(told, s)
	}
	return strings.Join(told, " ")
}

// once adds what has not been said: two limits of one result that is missing are one sentence.
func once(told []string, s string) []string {
	if slices.Contains(told, s) {
		return told
	}
	return append(told, s)
}

// teller holds what a sentence is made from.
type teller struct {
	b         *Bound
	chart     *chart.Chart
	asOf      dates.Day
	anchor    dates.Day // the day that windows are counted back from
	kind      verdict.Kind
	judgement *verdict.Judgement
	flip      *verdict.Flip
	leaf      *verdict.Leaf
	bound     *boundLeaf
}

// sentences is the table of one language: what is said for each reason. To add a language is to add a table.
var sentences = [sayCount]func(*teller) string{
	sayNothing:        func(t *teller) string { return "" },
	sayDiagnosed:      (*teller).diagnosed,
	sayEnded:          (*teller).ended,
	sayRefuted:        (*teller).refuted,
	saySuspected:      (*teller).suspected,
	sayConflict:       (*teller).conflict,
	sayPartialDate:    (*teller).partialDate,
	sayChronic:        (*teller).chronic,
	sayExposed:        (*teller).exposed,
	sayOldOrder:       (*teller).oldOrder,
	sayStatusUnknown:  (*teller).statusUnknown,
	sayHappened:       (*teller).happened,
	sayAllergic:       (*teller).allergic,
	sayNoKnownAllergy: func(t *teller) string { return "“" + t.source(0).Display + "” is on the allergy list." },
	sayOutside:        (*teller).outside,
	sayNever:          (*teller).never,
	saySilence:        (*teller).silence,
	saySilenceOpen:    (*teller).silenceOpen,
	saySuggested:      (*teller).suggestedBy,
	sayValue:          (*teller).value,
	sayBound:          (*teller).bounded,
	saySameTime:       (*teller).sameTime,
	sayUnusable:       (*teller).unusable,
	sayNewerUnusable:  (*teller).newerUnusable,
	sayAny:            (*teller).value,
	sayAll:            (*teller).several,
	sayAverage:        (*teller).several,
	sayTooFew:         (*teller).tooFew,
	sayAge:            (*teller).age,
	sayNoBirthDate:    func(t *teller) string { return "No birth date on record. To settle: ask for it." },
	saySex:            (*teller).sex,
	saySexDiffers: func(t *teller) string {
		return "Sex is recorded differently in different fields. To settle: read the chart."
	},
	saySexUnknown: func(t *teller) string { return "Sex is not recorded as female or male. To settle: ask." },
	sayDeceased:   (*teller).deceased,
	sayManual:     func(t *teller) string { return "To ask: " + t.bound.Question },
	sayTimes:      (*teller).times,
	sayDerived:    (*teller).derived,
	sayHierarchy:  (*teller).hierarchy,

	sayPlaceUnknown:  (*teller).placeUnknown,
	sayUnread:        (*teller).unread,
	sayInWords:       (*teller).inWords,
	sayNoEvent:       (*teller).noEvent,
	sayEventUnclear:  (*teller).eventUnclear,
	sayNoAnchor:      (*teller).noAnchor,
	sayAnchorUnclear: (*teller).anchorUnclear,
	sayFamily:        (*teller).family,
	sayPregnant:      (*teller).pregnant,
	sayDueDate:       (*teller).dueDate,
	sayTooOld:        (*teller).tooOld,
	saySexExcludes:   (*teller).sexExcludes,
	sayNoWomb:        (*teller).wombRemoved,
	sayDenied:        (*teller).denied,
	sayPregnancyOpen: (*teller).pregnancyOpen,
	sayBreastfeeding: (*teller).denied,
	sayChildbearing:  (*teller).childbearing,
	sayTooYoung:      (*teller).tooYoung,
	sayOnTrial:       (*teller).onTrial,
	sayFlagged:       (*teller).flagged,
	sayFlagEnded:     (*teller).flagEnded,
	sayInsured:       (*teller).insured,
	saySpeaks:        (*teller).speaks,
	saySpeaksOthers:  (*teller).speaks,
	sayNoteOnly:      (*teller).noteOnly,
	sayAgeAt:         (*teller).ageAt,
	sayDaysSince:     (*teller).daysSince,
	sayChange:        (*teller).change,
	sayOneResult:     (*teller).oneResult,
	sayDose:          (*teller).dose,
	sayDoseUnclear:   (*teller).doseUnclear,
	sayNoProcedures: func(t *teller) string {
		return "The chart lists no procedures, so it cannot tell whether the uterus or the ovaries were removed. To settle: ask."
	},
}

func (t *teller) tell() string {
	s := sentences[t.leaf.Code](t)
	if set := t.unloadedSet(); set != nil && t.leaf.Verdict == verdict.Unknown && t.leaf.Code != sayHierarchy {
		s += " And further codes of " + set.Name + " are not known: " + t.notLoaded(set)
	}
	if t.leaf.Basis == verdict.Assumed && t.bound.reason != "" {
		return "assumed, by the rule (" + t.bound.reason + "): " + s
	}
	if t.leaf.Basis == verdict.Assumed {
		return "assumed, by the rule, to be " + t.leaf.Verdict.String() + ": " + s
	}
	return s
}

// flips tells the first change by time alone, in words of the criterion's effect.
func (t *teller) flips() string {
	if t.flip == nil {
		return ""
	}
	from, to := t.kind.Effect(t.judgement.Verdict), t.kind.Effect(t.flip.To)
	on := t.flip.On.String()
	bySupply, byCourse := false, false
	for i := range t.judgement.Leaves {
		l := &t.judgement.Leaves[i]
		course := len(personWords[t.b.leaves[l.Number].Word]) > 0
		bySupply, byCourse = bySupply || l.BySupply && !course, byCourse || l.BySupply && course
	}
	switch {
	case byCourse && from == verdict.Fail:
		return "To be asked again from " + on + "."
	case bySupply && from == verdict.Fail && to == verdict.Pass:
		return "Could join from " + on + " if not ordered again."
	case from == verdict.Pass:
		return "Valid until " + (t.flip.On - 1).String() + "."
	case from == verdict.Fail && to == verdict.Pass && t.kind == verdict.Exclusion:
		return "No longer excludes from " + on + "."
	case to == verdict.Pass && t.kind == verdict.Exclusion:
		return "Does not apply from " + on + "."
	case to == verdict.Pass:
		return "Fulfilled from " + on + "."
	case to == verdict.Fail:
		return "Counts against the patient from " + on + "."
	}
	return "Open from " + on + "."
}

// byLast tells what the last value, outside the window, would have done: in words of the criterion's effect where the
// question is the whole criterion, else of the question alone.
func (t *teller) byLast() string {
	v := t.leaf.ByLast
	if v == verdict.Unknown || t.bound.known {
		return ""
	}
	if len(t.b.Program.Leaves) > 1 {
		return " By its last value this would " + map[verdict.Verdict]string{verdict.Met: "hold.", verdict.NotMet: "not hold."}[v]
	}
	if _, negative, _ := t.b.Program.polarity(); negative[0] {
		v = v.Not()
	}
	return " By its last value it would " + map[verdict.Kind]map[verdict.Effect]string{
		verdict.Inclusion: {verdict.Pass: "be fulfilled.", verdict.Fail: "not be fulfilled."},
		verdict.Exclusion: {verdict.Pass: "not apply.", verdict.Fail: "exclude."},
	}[t.kind][t.kind.Effect(v)]
}

// subject is the value set's name at the beginning of a sentence.
func (t *teller) subject() string { return capital(t.name()) }

func (t *teller) name() string {
	switch {
	case t.bound.Set != nil:
		return t.bound.Set.Name
	case t.bound.Language.Name != "":
		return t.bound.Language.Name
	case t.bound.Word == "enrolled":
		return "trial"
	case t.bound.Word == "insured":
		return "coverage"
	}
	return t.bound.Word
}

// capital begins a sentence; a name that is written small on purpose, such as eGFR, stays as it is.
func capital(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if next, _ := utf8.DecodeRuneInString(s[n:]); unicode.IsUpper(next) || next == '-' {
		return s
	}
	return string(unicode.ToUpper(r)) + s[n:]
}

// fact and source give the i-th fact of the evidence.
func (t *teller) fact(i int) *chart.Fact { return &t.chart.Facts[t.leaf.Facts[i]] }

func (t *teller) source(i int) chart.Source {
	if n := int(t.leaf.Facts[i]); n < len(t.chart.Sources) {
		return t.chart.Sources[n]
	}
	return chart.Source{}
}

// last is the position of the newest fact of the evidence.
func (t *teller) last() int { return len(t.leaf.Facts) - 1 }

// thing names the record itself, with the set's name before it where the two differ.
func (t *teller) thing(i int) string {
	display := t.source(i).Display
	if display == "" || strings.EqualFold(display, t.name()) {
		return t.subject()
	}
	return t.subject() + " (" + display + ")"
}

// day writes a clinical time as a day, or as it was recorded where it is no single day.
func (t *teller) day(w dates.When, recorded string) string {
	switch {
	case !w.Known():
		return "an unknown day"
	case w.Exact():
		return w.From.String()
	case recorded != "":
		return "“" + recorded + "” (day not given)"
	case w.From <= dates.Min:
		return "an unknown day up to " + w.To.String()
	}
	return "a day between " + w.From.String() + " and " + w.To.String()
}

// ago tells the age of a day in the unit that people use for it.
func (t *teller) ago(d dates.Day) string {
	n := int(t.asOf - d)
	switch {
	case n == 0:
		return "today"
	case n == 1:
		return "1 day ago"
	case n < 0:
		return "ahead"
	case n < 60:
		return strconv.Itoa(n) + " days ago"
	}
	months := 0
	for m := 1; d.Add(dates.Period{N: m, Unit: dates.Months}) <= t.asOf && m <= 24; m++ {
		months = m
	}
	if months < 2 {
		return strconv.Itoa(n) + " days ago"
	}
	if months < 24 {
		return strconv.Itoa(months) + " months ago"
	}
	return strconv.Itoa(dates.YearsOn(d, t.asOf)) + " years ago"
}

// dated is "on 2026-10-14 (40 days ago)".
func (t *teller) dated(i int) string {
	f, s := t.fact(i), t.source(i)
	if f.Begin.Exact() {
		return "on " + f.Begin.From.String() + " (" + t.ago(f.Begin.From) + ")"
	}
	return "on " + t.day(f.Begin, s.Date)
}

// within tells the window of the leaf, with its first day.
func (t *teller) within() string {
	w := t.bound.When
	switch {
	case w.Current:
		return "now"
	case !w.HasWindow:
		return ""
	}
	switch l := w.Window; l.Kind {
	case dates.Last:
		return "within " + l.Far.String()
	case dates.Ago:
		return "more than " + l.Near.String() + " ago"
	case dates.Between:
		return "between " + l.Near.String() + " and " + l.Far.String() + " ago"
	case dates.Since:
		return "since " + l.From.String()
	}
	return ""
}

// asked joins limit and window: "asked 7.0-10.5 % within 3 months".
func (t *teller) asked() string {
	parts := []string{}
	if t.bound.Limit != nil {
		parts = append(parts, t.bound.Limit.Text)
	}
	if w := t.within(); w != "" {
		parts = append(parts, w)
	}
	if w := t.tied(); w != "" {
		parts = append(parts, w)
	}
	if len(parts) == 0 {
		return ""
	}
	return ", asked " + strings.Join(parts, " ")
}

// asks is the clause of yes/no words: "; excluded within 90 days".
func (t *teller) asks() string {
	w := strings.TrimSpace(t.within() + " " + t.tied())
	if w == "" {
		return ""
	}
	if t.kind == verdict.Exclusion {
		return "; excluded " + w
	}
	return "; asked " + w
}
