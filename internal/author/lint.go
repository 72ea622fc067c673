package author

import (
	"slices"
	"strings"
	"unicode/utf8"

	"prescreen/internal/mistake"
	"prescreen/internal/rule"
	"prescreen/internal/terms"
	"prescreen/internal/trial"
	"prescreen/internal/verdict"
)

// Lint is one thing that a file may say and its author not mean. A code keeps its meaning for good.
type Lint struct {
	Code     string
	Severity mistake.Severity
	Title    string
	Why      string // one line, told with every one
	wide     bool   // needs the whole folder or a cohort
}

// The codes. L051 to L065 are the questions that every eligibility criterion leaves open in the same order.
const (
	noReason    = "L001"
	idleSilence = "L002"

	unusedSet     = "L011"
	emptiedSet    = "L012"
	sameCodes     = "L013"
	mixedSays     = "L014"
	mixedSpecimen = "L015"
	mixedKidney   = "L016"

	exactValue    = "L021"
	noWindow      = "L022"
	alwaysMet     = "L023"
	neverMet      = "L024"
	contradiction = "L025"
	saidTwice     = "L026"
	negated       = "L027"
	shortWindow   = "L028"
	noCourse      = "L029"
	wrongKidney   = "L030"
	untested      = "L031"
	noTests       = "L032"
	lineLeftOut   = "L033"
	numberLeftOut = "L034"
	otherNumber   = "L035"

	neverSent   = "L041"
	neverOccurs = "L042"

	askHours     = "L051"
	askWhich     = "L052"
	askAnchor    = "L053"
	askBound     = "L054"
	askMolar     = "L055"
	askUpper     = "L056"
	askActive    = "L057"
	askTherapy   = "L058"
	askBegan     = "L059"
	askMissing   = "L060"
	askMonths    = "L061"
	askSpecimen  = "L062"
	askException = "L063"
	askPlanned   = "L064"
	askRepeated  = "L065"
)

var lints = []Lint{
	{noReason, mistake.Warning, "a lint answered without a reason", "the next reader must be able to judge whether it still holds", false},
	{idleSilence, mistake.Warning, "an answer to nothing", "a comment that answers nothing today hides a mistake tomorrow", false},
	{unusedSet, mistake.Question, "a value set that nobody uses", "unused lists grow old unseen; take them away, or use them", true},
	{emptiedSet, mistake.Warning, "a value set without a code left", "a set that matches nothing leaves its criteria to silence", false},
	{sameCodes, mistake.Warning, "two value sets with the same codes", "one of two equal lists is forgotten when codes are added; make the second name a synonym", false},
	{mixedSays, mistake.Warning, "a disease mixed with its history or suspicion", "\"history of stroke\" is no stroke in the last 90 days, and \"suspected\" is no stroke at all: the code needs its says", false},
	{mixedSpecimen, mistake.Question, "specimens mixed in one set", "fasting and random, blood and urine give different numbers for the same patient", false},
	{mixedKidney, mistake.Warning, "eGFR and creatinine clearance in one set", "one is per 1.73 m2 of body surface and the other is not; near a limit they decide differently", false},
	{exactValue, mistake.Warning, "a measured value asked for exactly", "7.5 is not 7.50001: hardly any patient ever has exactly this value", false},
	{noWindow, mistake.Warning, "a result of any age", "without a window a value of ten years ago decides", false},
	{alwaysMet, mistake.Warning, "always met", "it asks nothing: whatever is on record answers it", false},
	{neverMet, mistake.Warning, "never met", "no patient can ever meet it", false},
	{contradiction, mistake.Warning, "two criteria that exclude each other", "together they leave no patient at all", false},
	{saidTwice, mistake.Warning, "the same question twice", "one of the two was probably meant to ask something else", false},
	{negated, mistake.Warning, "an exclusion written with not", "an exclusion says who is barred: \"no stroke\" as an exclusion bars everybody without one", false},
	{shortWindow, mistake.Warning, "a fresh result asked for before the visit", "a result of so few days is made at the visit; without settled: visit nobody is ever potentially eligible", false},
	{noCourse, mistake.Question, "a window on a diagnosis without a course", "whether a disease is over is judged by its course: event, chronic or episode", false},
	{wrongKidney, mistake.Warning, "eGFR taken for creatinine clearance", "the protocol names one and the expression asks the other", false},
	{untested, mistake.Warning, "a criterion without a test in each state", "a criterion that was never seen to fail may never fail", false},
	{noTests, mistake.Warning, "a trial without tests", "tests show that the criteria answer as they are read", false},
	{lineLeftOut, mistake.Warning, "a line of the protocol without a criterion", "a line that is left out makes patients eligible", false},
	{numberLeftOut, mistake.Question, "a number left out", "the ids of criteria usually follow the protocol's numbers, so one that is missing may be a line that was forgotten", false},
	{otherNumber, mistake.Question, "a number that the protocol's line does not name", "a slip of one digit is the mistake that is hardest to see", false},
	{neverSent, mistake.Warning, "a kind of record that the source never sends", "silence about it decides nothing, so the criterion stays open for everybody", true},
	{neverOccurs, mistake.Warning, "a value set of which no code occurs", "a list of which nothing occurs is most often a list of the wrong codes", true},
	{askHours, mistake.Question, "hours", "windows are whole calendar days, and the day itself counts", false},
	{askWhich, mistake.Question, "which of several results", "the latest one answers unless the phrase says any, all, highest, lowest, first or an average", false},
	{askAnchor, mistake.Question, "counted from which day", "windows are counted back from the day of screening", false},
	{askBound, mistake.Question, "the limit itself", "at least and more than differ for the patient who stands exactly on the limit; nothing is ever rounded", false},
	{askMolar, mistake.Question, "the other unit", "laboratories write the same substance by mass or by amount; what is in no listed unit stays open", false},
	{askUpper, mistake.Question, "whose limit of normal", "where a result carries no reference range, only the site's own table can say it", false},
	{askActive, mistake.Question, "ever, or still there", "diagnosed without a phrase asks whether there ever was one; \"current\" whether it is there today", false},
	{askTherapy, mistake.Question, "a therapy: now, ever, unchanged", "taking covers the day itself, took any time in its window, \"for at least\" an unbroken stretch", false},
	{askBegan, mistake.Question, "began, or was there", "a window on a diagnosis asks when it began; \"present in\" asks whether it was there", false},
	{askMissing, mistake.Question, "an assumption about missing data", "whoever has nothing on record is judged by this line alone", false},
	{askMonths, mistake.Question, "another length of time", "12 weeks are 84 days, 3 months are 89 to 92; months follow the calendar", false},
	{askSpecimen, mistake.Question, "fasting, and which specimen", "the value set decides which specimens and circumstances count", false},
	{askException, mistake.Question, "an exception", "the protocol's line has an exception and the expression none", false},
	{askPlanned, mistake.Question, "planned, suspected, in the family", "only what has happened to the patient counts, unless a word asks otherwise", false},
	{askRepeated, mistake.Question, "how events are counted", "times counts days on record: one event recorded on two days counts twice, two on one day count once", false},
}

// Lints gives the table of lints, for the reference.
func Lints() []Lint { return slices.Clone(lints) }

func findLint(code string) (Lint, bool) {
	for _, l := range lints {
		if l.Code == code {
			return l, true
		}
	}
	return Lint{}, false
}

// told makes the mistake that a lint is.
func told(page *mistake.Page, at mistake.Place, code, message string) mistake.Mistake {
	l, _ := findLint(code)
	m := page.Mistake(at, code, message)
	m.Severity, m.Why = l.Severity, l.Why
	return m
}

// linter looks at one trial file.
type linter struct {
	page  *mistake.Page
	trial *trial.Trial
	check *Checker
	nodes []*mistake.Node // the criteria as they stand in the file, in the order of trial.Criteria
	list  mistake.List
}

func newLinter(page *mistake.Page, t *trial.Trial, c *Checker) *linter {
	l := &linter{page: page, trial: t, check: c}
	if root, _ := page.Tree(); root != nil {
		if n := fieldOf(root, "criteria"); n != nil {
			l.nodes = n.Items
		}
	}
	return l
}

// fieldOf gives what stands behind a key of a group, nil if nothing does.
func fieldOf(n *mistake.Node, key string) *mistake.Node {
	for _, f := range n.Fields {
		if f.Key.Value == key {
			return f.Value
		}
	}
	return nil
}

func (l *linter) tell(at mistake.Place, code, message string) *mistake.Mistake {
	l.list = append(l.list, told(l.page, at, code, message))
	return &l.list[len(l.list)-1]
}

// at is the place of a key's value in a criterion, or of the criterion itself where it has none.
func (l *linter) at(i int, key string) mistake.Place {
	if i < len(l.nodes) {
		if n := fieldOf(l.nodes[i], key); n != nil && n.Given() {
			return n.Place
		}
	}
	return l.atID(i)
}

func (l *linter) atID(i int) mistake.Place {
	if i < len(l.nodes) {
		if n := fieldOf(l.nodes[i], "id"); n != nil && n.Given() {
			return n.Place
		}
		return l.nodes[i].Place
	}
	return mistake.Place{Line: max(l.trial.Criteria[i].Line, 1), Column: 1, Length: 1}
}

// leafPlace is where a question stands in the file.
func leafPlace(src *rule.Source, q *rule.Leaf) mistake.Place {
	text := []rune(src.Text)
	before := string(text[:min(max(q.At, 0), len(text))])
	p := mistake.Place{Line: src.Line + strings.Count(before, "\n"), Length: max(q.Len, 1)}
	p.Column = src.Column + utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
	return p
}

// hard tells that a criterion decides by itself.
func hard(c *trial.Criterion) bool { return !c.Soft && c.Check == trial.Auto && c.Program != nil }

// isResult tells words that ask for results, or compute with them.
func isResult(q *rule.Leaf) bool {
	return q.Derived != nil || q.Set != nil && q.Set.Domain.OfResults() && q.Word != "times" && q.Word != "days_since"
}

// subjectOf names what a question is about.
func subjectOf(q *rule.Leaf) string {
	if q.Set == nil {
		return q.Word
	}
	return q.Set.Name
}

func isDiagnosis(q *rule.Leaf) bool {
	return q.Set != nil && q.Set.Domain == terms.Diagnosis && q.Word == "diagnosed"
}

func exclusion(c *trial.Criterion) bool { return c.Kind == verdict.Exclusion }

func foldCase(s string) string { return strings.ToLower(s) }

// joined writes a few names in a row, and how many more there are.
func joined(names []string) string {
	const most = 6
	if len(names) > most {
		return strings.Join(names[:most], ", ") + " and others"
	}
	return strings.Join(names, ", ")
}
