package rule

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"prescreen/internal/dates"
	"prescreen/internal/mistake"
)

// unreadable tells a phrase of no known form, with what its author most likely meant.
func unreadable(w *Word, text string, list []field) *fault {
	f := &fault{code: codePhrase, to: len([]rune(text))}
	if len(list) == 0 {
		f.message = "a when phrase is missing here"
		return f
	}
	f.from, f.to = list[0].from, list[len(list)-1].to
	if hour, ok := hoursIn(list); ok {
		f.code, f.message = codeHours, "hours are not available: windows are counted in whole days"
		f.fix = meantPhrase(list, hour)
		return f
	}
	f.message = quoted(strings.TrimSpace(text)) + " is not a when phrase"
	if len(text) > maxGuessed {
		return f
	}
	if f.fix = meantPhrase(list, nil); f.fix == "" {
		f.fix = nearestPhrase(w, list)
	}
	if !w.takesPhrase(f.fix) {
		f.fix = ""
	}
	if f.fix != "" {
		f.message += `; did you mean "` + f.fix + `"?`
	}
	return f
}

// takesPhrase tells whether a phrase can be read and is of a kind that the word takes.
func (w *Word) takesPhrase(text string) bool {
	list := fields(text)
	for i := range phrases {
		if fits(strings.Fields(phrases[i].Form), list) {
			return w.takes(phrases[i].Kind)
		}
	}
	return false
}

// lengths finds numbers with units in a phrase, however they are written: "90d", "three months", "90 days".
func lengths(list []field) []dates.Period {
	var found []dates.Period
	var n int // of the field before
	for i, f := range list {
		word := strings.ToLower(strings.Trim(f.text, "().;"))
		digits := strings.TrimRightFunc(word, func(r rune) bool { return !unicode.IsDigit(r) })
		if v, err := strconv.Atoi(digits); err == nil && v > 0 {
			n = v
			word = strings.TrimLeft(word[len(digits):], "-")
		} else if v := numberWords[word]; v > 0 {
			n = v
			continue
		}
		u := nearestUnit(word)
		if i > 0 && n == 0 && u != "" && (len(list) == 2 || oneOf[strings.ToLower(list[i-1].text)]) { // last month, in the past year
			n = 1
		}
		if u != "" && n > 0 {
			found = append(found, dates.Period{N: n, Unit: unitWords[u]})
			n = 0
		}
	}
	return found
}

// oneOf are words that make one of the unit behind them.
var oneOf = map[string]bool{"last": true, "past": true, "previous": true, "preceding": true, "a": true, "one": true}

// nearestUnit gives the unit that a word means, "" if none.
func nearestUnit(word string) string {
	if _, ok := unitWords[word]; ok {
		return word
	}
	if u, ok := unitSlips[word]; ok {
		return u
	}
	if len(word) < 3 || len(word) > maxGuessed || isHours(word) {
		return ""
	}
	return mistake.Nearest(word, []string{"days", "weeks", "months", "years", "day", "week", "month", "year"})
}

// hoursIn finds hours and gives them as whole days.
func hoursIn(list []field) ([]dates.Period, bool) {
	n := 0
	for _, f := range list {
		word := strings.ToLower(f.text)
		digits := strings.TrimRightFunc(word, func(r rune) bool { return !unicode.IsDigit(r) })
		if v, err := strconv.Atoi(digits); err == nil && v > 0 && v < 10000 {
			n, word = v, word[len(digits):]
		}
		if isHours(word) {
			if n == 0 || !strings.HasPrefix(word, "h") {
				return nil, true
			}
			return []dates.Period{{N: (n + 23) / 24}}, true
		}
	}
	return nil, false
}

// meantPhrase builds the phrase that the words of another one point to; given replaces the lengths found in it.
func meantPhrase(list []field, given []dates.Period) string {
	has := func(words ...string) bool {
		return slices.ContainsFunc(list, func(f field) bool { return slices.Contains(words, strings.ToLower(f.text)) })
	}
	if given == nil {
		given = lengths(list)
	}
	if len(given) == 0 {
		return ""
	}
	p := given[0].String()
	switch {
	case has("apart"):
		return "at least " + p + " apart"
	case has("between") && len(given) > 1 && roughDays(given[0]) < roughDays(given[1]):
		return "between " + p + " and " + given[1].String() + " ago"
	case has("between"):
		return ""
	case has("present", "active"):
		return "present in the last " + p
	case has("ago", "before", "earlier", "prior"):
		return "more than " + p + " ago"
	case has("for", "least", "stable"):
		return "for at least " + p
	}
	return "last " + p
}

// phraseSlips are single words that people write for a phrase.
var phraseSlips = map[string]string{
	"now": "current", "today": "current", "active": "current", "ongoing": "current", "presently": "current",
	"always": "ever", "anytime": "ever", "history": "ever",
	"newest": "latest", "recent": "latest", "last": "latest", "most": "latest",
	"max": "highest", "maximum": "highest", "peak": "highest", "worst": "highest",
	"min": "lowest", "minimum": "lowest", "nadir": "lowest",
	"earliest": "first", "oldest": "first", "baseline": "first",
	"mean": "average of latest 3", "average": "average of latest 3", "avg": "average of latest 3",
	"each": "all", "every": "all", "some": "any",
}

func nearestPhrase(w *Word, list []field) string {
	var text []string
	for _, f := range list {
		text = append(text, f.text)
	}
	if len(list) == 2 && text[0] == "last" {
		if n, err := strconv.Atoi(text[1]); err == nil && n > 1 {
			if w.takes(PickPhrase) {
				return "latest " + text[1]
			}
			return "last " + text[1] + " days"
		}
	}
	if p, ok := phraseSlips[strings.ToLower(list[0].text)]; ok && len(list) < 3 {
		return p
	} else if n, err := strconv.Atoi(text[len(text)-1]); ok && err == nil && n > 1 && strings.HasPrefix(p, "average of latest") {
		return "average of latest " + text[len(text)-1]
	}
	var examples []string
	for i := range phrases {
		if w.takes(phrases[i].Kind) {
			examples = append(examples, phrases[i].Example)
		}
	}
	if near := mistake.Nearest(strings.Join(text, " "), examples); len(text) > 1 || !strings.Contains(near, "'") { // no name is guessed
		return near
	}
	return ""
}
