package rule

import (
	"slices"
	"strconv"
	"strings"

	"prescreen/internal/dates"
)

// PhraseKind groups when phrases: a word takes whole kinds, and a question holds at most one phrase of each kind.
type PhraseKind uint8

// The kinds.
const (
	WindowPhrase  PhraseKind = iota // ever, last, more than … ago, between … ago, since
	CurrentPhrase                   // current
	PresentPhrase                   // present in the last …
	ForPhrase                       // for at least …
	PickPhrase                      // latest, highest, average of latest 3 …
	ApartPhrase                     // at least … apart
	EventPhrase                     // before, after, within … of a record of another set
	ExceptPhrase                    // except …
	PlacePhrase                     // outpatient, inpatient
	RegularPhrase                   // not as needed
	AsPhrase                        // as the dose of another drug
)

// Phrase is one form of when phrase. In Form, N and M stand for whole numbers, UNIT for days, weeks, months or years, DATE
// for a day as YYYY-MM-DD, 'NAME' for the name of a value set in its own quotes, DRUG for the name of a drug.
type Phrase struct {
	Form    string
	Kind    PhraseKind
	Doc     string
	Example string
	fill    func(*When, slots)
}

// slots are what stood at N, M, UNIT, DATE, 'NAME' and DRUG.
type slots struct {
	n, m   int
	period dates.Period // N UNIT
	far    dates.Period // M UNIT
	day    dates.Day
	name   field // of a value set or drug, without its quotes
}

func window(kind dates.Kind) func(*When, slots) {
	return func(w *When, s slots) {
		w.HasWindow = true
		w.Window = dates.Lookback{Kind: kind}
		switch kind {
		case dates.Last:
			w.Window.Far = s.period
		case dates.Ago:
			w.Window.Near = s.period
		case dates.Between:
			w.Window.Near, w.Window.Far = s.period, s.far
		case dates.Since:
			w.Window.From = s.day
		}
	}
}

// event ties to a record of another set; the set is looked up where the value sets are known.
func event(side Side) func(*When, slots) {
	return func(w *When, s slots) { w.Event = Event{Side: side, Within: s.period} }
}

func at(p Place) func(*When, slots) { return func(w *When, _ slots) { w.Place = p } }

func picks(p Pick) func(*When, slots) { return func(w *When, _ slots) { w.Pick = p } }

// several picks the latest n; the latest one is just the latest.
func several(e Each) func(*When, slots) {
	return func(w *When, s slots) {
		if s.n > 1 {
			w.Pick, w.Each, w.N = LatestN, e, s.n
		}
	}
}

// severalDays picks all results of the newest n calendar days that have any.
func severalDays(e Each) func(*When, slots) {
	return func(w *When, s slots) { w.Pick, w.Each, w.N, w.Days = LatestN, e, s.n, true }
}

var phrases = []Phrase{
	{"ever", WindowPhrase, "at any time up to the day asked about", "ever", window(dates.Ever)},
	{"last N UNIT", WindowPhrase, "in the N units up to the day asked about, that day and the first one included", "last 90 days", window(dates.Last)},
	{"more than N UNIT ago", WindowPhrase, "at least N units before the day asked about", "more than 6 months ago", window(dates.Ago)},
	{"between N and M UNIT ago", WindowPhrase, "from M to N units before the day asked about", "between 3 and 12 months ago", window(dates.Between)},
	{"between N UNIT and M UNIT ago", WindowPhrase, "the same in two units", "between 4 weeks and 12 months ago", window(dates.Between)},
	{"since DATE", WindowPhrase, "from a fixed day on", "since 2020-01-01", window(dates.Since)},
	{"current", CurrentPhrase, "there on the day asked about", "current", func(w *When, _ slots) { w.Current = true }},
	{"present in the last N UNIT", PresentPhrase, "there at any time in the window, whenever it began", "present in the last 5 years", func(w *When, s slots) {
		window(dates.Last)(w, s)
		w.Present = true
	}},
	{"for at least N UNIT", ForPhrase, "without a gap for so long", "for at least 4 weeks", func(w *When, s slots) { w.ForAtLeast = s.period }},
	{"latest", PickPhrase, "the newest result that could answer; the default", "latest", picks(Latest)},
	{"first", PickPhrase, "the oldest result in the window", "first", picks(First)},
	{"highest", PickPhrase, "the highest result in the window", "highest", picks(Highest)},
	{"lowest", PickPhrase, "the lowest result in the window", "lowest", picks(Lowest)},
	{"any", PickPhrase, "some one result in the window", "any", picks(AnyOf)},
	{"all", PickPhrase, "every result in the window", "all", picks(AllOf)},
	{"latest N", PickPhrase, "every one of the newest N results", "latest 3", several(EachAll)},
	{"average of latest N", PickPhrase, "the average of the newest N results", "average of latest 3", several(Average)},
	{"all of latest N", PickPhrase, "every one of the newest N results", "all of latest 2", several(EachAll)},
	{"any of latest N", PickPhrase, "some one of the newest N results", "any of latest 3", several(EachAny)},
	{"at least N UNIT apart", ApartPhrase, "the results of latest N lie at least so far from each other", "at least 90 days apart", func(w *When, s slots) { w.Apart = s.period }},
	{"latest N days", PickPhrase, "every result of the newest N days that have one", "latest 3 days", severalDays(EachAll)},
	{"all of latest N days", PickPhrase, "every result of the newest N days that have one", "all of latest 2 days", severalDays(EachAll)},
	{"any of latest N days", PickPhrase, "some one result of the newest N days that have one", "any of latest 3 days", severalDays(EachAny)},
	{"before 'NAME'", EventPhrase, "on an earlier day than the record of that set: the result that the criterion itself used, else the latest one", "before 'stroke'", event(Before)},
	{"after 'NAME'", EventPhrase, "on a later day than that record", "after 'stroke'", event(After)},
	{"within N UNIT of 'NAME'", EventPhrase, "at most N units before or after that record", "within 7 days of 'creatinine'", event(Around)},
	{"within N UNIT before 'NAME'", EventPhrase, "at most N units before that record, its day included", "within 14 days before 'creatinine'", event(Before)},
	{"within N UNIT after 'NAME'", EventPhrase, "at most N units after that record, its day included", "within 30 days after 'stroke'", event(After)},
	{"except 'NAME'", ExceptPhrase, "records that carry a code of that set do not count", "except 'transient stroke'", func(*When, slots) {}},
	{"outpatient", PlacePhrase, "recorded at a visit that was no stay; unknown where no visit is on record", "outpatient", at(AsOutpatient)},
	{"inpatient", PlacePhrase, "recorded during a stay; unknown where no visit is on record", "inpatient", at(AsInpatient)},
	{"not as needed", RegularPhrase, "orders to be taken as needed do not count", "not as needed", func(w *When, _ slots) { w.Regular = true }},
	{"as DRUG", AsPhrase, "doses are counted as doses of that drug, by the table of the value set", "as prednisone", func(w *When, s slots) { w.As = s.name.text }},
}

// Phrases gives the table of when phrases in the order of the reference page.
func Phrases() []Phrase { return slices.Clone(phrases) }

// fault is a mistake inside a phrase, with its place in the phrase's text in characters.
type fault struct {
	code     string
	from, to int
	message  string
	fix      string // the phrase to write instead
}

// field is one word of a phrase with its place.
type field struct {
	text     string
	from, to int
}

func fields(s string) []field {
	var list []field
	runes := []rune(s)
	for i := 0; i < len(runes); {
		if isBlank(runes[i]) {
			i++
			continue
		}
		end := fieldEnd(runes, i)
		list = append(list, field{string(runes[i:end]), i, end})
		i = end
	}
	return list
}

func isBlank(r rune) bool { return strings.ContainsRune(" \t\u00a0\u2009\u202f", r) }

// fieldEnd gives the end of the field that begins at i. A name in quotes is one field; its quotes close where a blank or
// nothing follows, so that a name may hold an apostrophe.
func fieldEnd(runes []rune, i int) int {
	if end := quoteEnd(runes, i); end > 0 && (end == len(runes) || isBlank(runes[end])) {
		return end
	}
	for i < len(runes) && !isBlank(runes[i]) {
		i++
	}
	return i
}

// quoteEnd gives the place behind the quote that closes the one at i, 0 if there is none.
func quoteEnd(runes []rune, i int) int {
	if q := runes[i]; q == '\'' || q == '"' {
		for k := i + 1; k < len(runes); k++ {
			if runes[k] == q && (k+1 == len(runes) || isBlank(runes[k+1]) || runes[k+1] == ',') {
				return k + 1
			}
		}
	}
	return 0
}

// splitPhrases cuts a text at the commas that do not stand in quotes.
func splitPhrases(s string) []string {
	var parts []string
	runes := []rune(s)
	start, between := 0, true
	for i := 0; i < len(runes); i++ {
		switch {
		case runes[i] == ',':
			parts = append(parts, string(runes[start:i]))
			start, between = i+1, true
		case isBlank(runes[i]):
			between = true
		case between:
			if end := quoteEnd(runes, i); end > 0 {
				i = end - 1
			}
			between = false
		}
	}
	return append(parts, string(runes[start:]))
}

// parsePhrase reads one phrase and gives its form and slots. Suggestions are such that the word takes them.
func parsePhrase(w *Word, text string) (*Phrase, slots, *fault) {
	list := fields(text)
	for i := range phrases {
		if form := strings.Fields(phrases[i].Form); fits(form, list) {
			s, f := readSlots(form, list)
			return &phrases[i], s, f
		}
	}
	return nil, slots{}, unreadable(w, text, list)
}

// fits tells whether the fixed words of a form stand at their places. Letter case does not matter.
func fits(form []string, list []field) bool {
	if len(form) != len(list) {
		return false
	}
	for i, word := range form {
		switch {
		case word == nameSlot:
			if quoteEnd([]rune(list[i].text), 0) == 0 {
				return false
			}
		case !isSlot(word) && !strings.EqualFold(word, list[i].text):
			return false
		}
	}
	return true
}

const nameSlot = "'NAME'"

func isSlot(word string) bool {
	return slices.Contains([]string{"N", "M", "UNIT", "DATE", "DRUG", nameSlot}, word)
}

func readSlots(form []string, list []field) (s slots, f *fault) {
	numbers := []*int{&s.n, &s.m}
	var units []dates.Unit
	for i, word := range form {
		if !isSlot(word) {
			continue
		}
		switch at := list[i]; word {
		case "N", "M":
			*numbers[0], f = readCount(at, list, i)
			numbers = numbers[1:]
		case "UNIT":
			var u dates.Unit
			u, f = readUnit(at, list, i)
			units = append(units, u)
		case "DATE":
			s.day, f = readDay(at)
		case "DRUG":
			s.name = at
		case nameSlot:
			n := len(at.text) - 1
			s.name = field{strings.TrimSpace(at.text[1:n]), at.from + 1, at.to - 1}
		}
		if f != nil {
			return s, f
		}
	}
	if len(units) > 0 {
		s.period = dates.Period{N: s.n, Unit: units[0]}
		s.far = dates.Period{N: s.m, Unit: units[len(units)-1]}
		f = checkLengths(&s, form, list)
	} else if s.n > maxResults {
		f = &fault{codePhraseNumber, list[len(list)-1].from, list[len(list)-1].to, "at most 100 results can be asked for", ""}
	}
	return s, f
}

// maxResults and maxYears bound what a phrase may ask for.
const (
	maxResults = 100
	maxYears   = 150
)

func readCount(at field, list []field, i int) (int, *fault) {
	n, err := strconv.Atoi(at.text)
	switch {
	case err == nil && n > 0 && at.text[0] != '+' && at.text[0] != '0':
		return n, nil
	case err == nil && n == 0:
		fix := ""
		if strings.EqualFold(list[0].text, "between") && i == 1 && len(list) == 6 {
			fix = "last " + list[3].text + " " + list[4].text
		}
		return 0, &fault{codePhraseNumber, at.from, at.to, "0 asks for nothing: the number is at least 1", fix}
	}
	if v, ok := numberWords[strings.ToLower(at.text)]; ok {
		return 0, &fault{codePhraseNumber, at.from, at.to, "numbers are written in digits: " + strconv.Itoa(v), replaceFields(list, i, strconv.Itoa(v))}
	}
	return 0, &fault{codePhraseNumber, at.from, at.to, "a whole number is expected here, not " + quoted(at.text), ""}
}

var numberWords = map[string]int{
	"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
	"eleven": 11, "twelve": 12,
}

var unitWords = map[string]dates.Unit{
	"day": dates.Days, "days": dates.Days, "week": dates.Weeks, "weeks": dates.Weeks,
	"month": dates.Months, "months": dates.Months, "year": dates.Years, "years": dates.Years,
}

// unitSlips are other ways to write a unit.
var unitSlips = map[string]string{
	"d": "days", "wk": "weeks", "wks": "weeks", "w": "weeks", "mo": "months", "mos": "months", "mth": "months", "mths": "months",
	"yr": "years", "yrs": "years", "y": "years", "calendar": "days",
}

func isHours(unit string) bool {
	return slices.Contains([]string{"h", "hr", "hrs", "hour", "hours", "minute", "minutes", "min"}, strings.ToLower(unit))
}

func readUnit(at field, list []field, i int) (dates.Unit, *fault) {
	lower := strings.ToLower(at.text)
	if u, ok := unitWords[lower]; ok {
		return u, nil
	}
	if isHours(lower) {
		fix := ""
		if n, err := strconv.Atoi(list[max(i-1, 0)].text); err == nil && strings.HasPrefix(lower, "h") && n > 0 && n < 10000 {
			fix = replaceFields(list, i-1, dates.Period{N: (n + 23) / 24}.String())
		}
		return 0, &fault{codeHours, at.from, at.to, "hours are not available: windows are counted in whole days", fix}
	}
	message, fix := quoted(at.text)+" is not days, weeks, months or years", ""
	if meant := nearestUnit(lower); meant != "" {
		fix = replaceFields(list, i, meant)
	}
	return 0, &fault{codePhraseNumber, at.from, at.to, message, fix}
}

// replaceFields writes a phrase with two fields, a number and its unit, or only the unit at place i, replaced.
func replaceFields(list []field, i int, by string) string {
	var b []string
	n := len(strings.Fields(by))
	for k := 0; k < len(list); k++ {
		if k == i {
			b = append(b, by)
			k += n - 1
			continue
		}
		b = append(b, list[k].text)
	}
	return strings.Join(b, " ")
}

func readDay(at field) (dates.Day, *fault) {
	d, err := dates.ParseDay(at.text)
	if err == nil {
		return d, nil
	}
	fix := ""
	for _, rest := range []string{"-01", "-01-01"} {
		if _, err := dates.ParseDay(at.text + rest); err == nil {
			fix = "since " + at.text + rest
		}
	}
	if day, ok := dates.DayMeant(at.text); ok {
		fix = "since " + day.String()
	}
	return 0, &fault{codePhraseNumber, at.from, at.to, quoted(at.text) + " is not a calendar day: write it as YYYY-MM-DD", fix}
}

// days is a rough length, for telling which of two periods is longer.
func roughDays(p dates.Period) float64 {
	return float64(p.N) * [...]float64{1, 7, 30.44, 365.25}[p.Unit]
}

func checkLengths(s *slots, form []string, list []field) *fault {
	first, last := list[0].from, list[len(list)-1].to
	if max(roughDays(s.period), roughDays(s.far)) > maxYears*366 {
		return &fault{codePhraseNumber, first, last, "longer than 150 years", ""}
	}
	if form[0] != "between" {
		return nil
	}
	switch near, far := roughDays(s.period), roughDays(s.far); {
	case near > far:
		fix := "between " + s.far.String() + " and " + s.period.String() + " ago"
		if s.period.Unit == s.far.Unit {
			fix = "between " + strconv.Itoa(s.m) + " and " + s.period.String() + " ago"
		}
		return &fault{codePhraseNumber, first, last, "the shorter time comes first", fix}
	case near == far:
		return &fault{codePhraseNumber, first, last, "the two times are the same, so the window is a single day", ""}
	}
	return nil
}
