package rule

import (
	"fmt"
	"slices"
	"strings"

	"prescreen/internal/terms"
)

// said is one phrase of a question with its place in the author's text.
type said struct {
	*Phrase
	from, to int
	text     string
}

// when checks the when phrases of a word, separated by commas within one text or given as several, and fills in w.
func (c *checker) when(l *Leaf, word *Word, args []*term) bool {
	w := &l.When
	ok := true
	var all []said
	for _, a := range args {
		if a.kind != termText {
			c.notPhrase(word, a)
			ok = false
			continue
		}
		p := &c.pieces[a.piece]
		from := p.from
		for _, part := range splitPhrases(p.value) {
			ok = c.phrase(l, word, &all, part, from+c.quoteWidth(p), p) && ok
			from += len([]rune(part)) + 1
		}
	}
	if !c.clashes(w, word, all) || !ok {
		return false
	}
	var texts []string
	for _, s := range all {
		texts = append(texts, s.text)
	}
	w.Text = strings.Join(texts, ", ")
	return true
}

// quoteWidth is 1 for a text in quotes, 0 for one whose quotes were missing.
func (c *checker) quoteWidth(p *piece) int {
	if p.from < len(c.text) && isQuote(c.text[p.from]) {
		return 1
	}
	return 0
}

func (c *checker) notPhrase(word *Word, a *term) {
	if a.kind == termBroken {
		return
	}
	if a.kind == termCall {
		c.loose(&term{args: []*term{a}})
	}
	if len(word.When) == 0 {
		c.tellTerm(codeInBrackets, a, fmt.Sprintf("%s takes only the name of a value set: %s", word.Name, word.Example), "")
		return
	}
	fix := ""
	if a.kind == termNumber && word.takes(WindowPhrase) {
		fix = `"last ` + c.textOf(a) + ` days"`
	}
	c.tellTerm(codeInBrackets, a, `a when phrase in quotes is expected here, such as "`+exampleFor(word)+`"`, fix)
}

func exampleFor(word *Word) string {
	for i := range phrases {
		if phrases[i].Kind == word.When[0] && phrases[i].Form != "ever" {
			return phrases[i].Example
		}
	}
	return phrases[0].Example
}

// phrase reads one phrase that stands at a place of the author's text.
func (c *checker) phrase(l *Leaf, word *Word, all *[]said, text string, at int, in *piece) bool {
	p, s, f := parsePhrase(word, text)
	if f != nil {
		c.unquotedName(f, text)
		if set, ok := c.lib.Find(strings.TrimSpace(text)); ok {
			f.message, f.fix = quoted(set.Name)+" is the name of a value set, where a when phrase is expected; each word asks about one value set", ""
		}
		c.tellPhrase(f, text, at, in)
		return false
	}
	list := fields(text)
	this := said{p, at + list[0].from, at + list[len(list)-1].to, strings.Join(strings.Fields(text), " ")}
	if !word.takes(p.Kind) {
		message, fix := wrongPhrase(word, this)
		c.tell(codePhraseUse, this.from, this.to, message, fix)
		return false
	}
	for _, other := range *all {
		if other.Kind == p.Kind && p.Kind != ExceptPhrase || isWindow(other.Kind) && isWindow(p.Kind) {
			c.tell(codePhraseClash, this.from, this.to, fmt.Sprintf("%s and %s cannot both hold: one question has one %s", quoted(other.text), quoted(this.text), kindNames[p.Kind]), "")
			return false
		}
	}
	*all = append(*all, this)
	p.fill(&l.When, s)
	return c.phraseName(l, word, p, s.name, at)
}

// tellPhrase points at what is wrong in a phrase or, where another is offered, at all that it takes the place of: the text
// with its quotes, or this one of several phrases in it.
func (c *checker) tellPhrase(f *fault, text string, at int, in *piece) {
	switch {
	case f.fix == "":
		c.tell(f.code, at+f.from, at+f.to, f.message, "")
	case text == in.value:
		c.tell(f.code, in.from, in.to, f.message, `"`+f.fix+`"`)
	default:
		list := fields(text)
		c.tell(f.code, at+list[0].from, at+list[len(list)-1].to, f.message, f.fix)
	}
}

// phraseName looks up the value set or drug that a phrase names.
func (c *checker) phraseName(l *Leaf, word *Word, p *Phrase, name field, at int) bool {
	if p.Kind == AsPhrase {
		return c.equivalents(l, name, at)
	}
	if p.Kind != EventPhrase && p.Kind != ExceptPhrase {
		return true
	}
	set, ok := c.lib.Find(name.text)
	if !ok {
		fix, message := "", "there is no value set "+quoted(name.text)
		if near := c.nearestSet(word, name.text); near != "" {
			fix, message = near, message+"; did you mean "+quoted(near)+"?"
		}
		c.tell(codeUnknownSet, at+name.from, at+name.to, message, fix)
		return false
	}
	l.Besides = append(l.Besides, set)
	if p.Kind == EventPhrase {
		l.When.Event.Set = set
		return c.hasTime(set, name, at)
	}
	l.When.Except = append(l.When.Except, set)
	return c.sameRecords(l, set, name, at)
}

// hasTime refuses an event that has no day.
func (c *checker) hasTime(set *terms.ValueSet, name field, at int) bool {
	if slices.Contains(findWord("days_since").Domains, set.Domain) {
		return true
	}
	c.tell(codeDomain, at+name.from, at+name.to, fmt.Sprintf("%s is a set of %s, which have no day to count from", quoted(set.Name), domainNames[set.Domain]), "")
	return false
}

// sameRecords refuses an exception that could never be one.
func (c *checker) sameRecords(l *Leaf, set *terms.ValueSet, name field, at int) bool {
	if l.Set == nil || kindOf(l.Set.Domain) == kindOf(set.Domain) {
		return true
	}
	c.tell(codeDomain, at+name.from, at+name.to, fmt.Sprintf("%s is a set of %s and can except nothing from %s, a set of %s", quoted(set.Name), domainNames[set.Domain], quoted(l.Set.Name), domainNames[l.Set.Domain]), "")
	return false
}

// equivalents finds the table of doses that a phrase asks for.
func (c *checker) equivalents(l *Leaf, name field, at int) bool {
	if l.Set == nil {
		return true
	}
	if _, ok := l.Set.EquivalentsAs(name.text); ok {
		return true
	}
	var names []string
	for i := range l.Set.Equivalents {
		names = append(names, l.Set.Equivalents[i].As)
	}
	message, fix := fmt.Sprintf("the value set %s has no table of doses as %s; add its equivalents", quoted(l.Set.Name), quoted(name.text)), ""
	if len(names) > 0 {
		message, fix = fmt.Sprintf("the value set %s has no table of doses as %s, only as %s", quoted(l.Set.Name), quoted(name.text), strings.Join(names, " and ")), "as "+names[0]
	}
	c.tell(codePhraseUse, at+name.from, at+name.to, message, fix)
	return false
}

// unquotedName tells a phrase that names a value set without the quotes it needs inside the phrase.
func (c *checker) unquotedName(f *fault, text string) {
	list := fields(text)
	for i := range list {
		if i == 0 || !slices.Contains([]string{"before", "after", "of", "except"}, strings.ToLower(list[i-1].text)) {
			continue
		}
		rest := string([]rune(text)[list[i].from:list[len(list)-1].to])
		if quoteEnd([]rune(rest), 0) > 0 {
			return
		}
		set, ok := c.lib.Find(strings.Trim(rest, `'"`))
		if !ok {
			continue
		}
		f.code, f.from, f.to = codePhrase, list[i].from, list[len(list)-1].to
		f.fix = string([]rune(text)[list[0].from:list[i].from]) + "'" + set.Name + "'"
		f.message = "inside a when phrase the name of a value set stands in single quotes: " + f.fix
		return
	}
}

func isWindow(k PhraseKind) bool {
	return k == WindowPhrase || k == CurrentPhrase || k == PresentPhrase
}

var kindNames = map[PhraseKind]string{
	EventPhrase: "event", PlacePhrase: "place", RegularPhrase: "way of taking", AsPhrase: "table of doses", ExceptPhrase: "exception",
	WindowPhrase: "window", CurrentPhrase: "window", PresentPhrase: "window", ForPhrase: "duration", PickPhrase: "choice of results",
	ApartPhrase: "distance",
}

// clashes checks what one phrase needs of another.
func (c *checker) clashes(w *When, word *Word, all []said) bool {
	for _, s := range all {
		if s.Kind == EventPhrase && (w.Current || w.Present) {
			c.tell(codePhraseClash, s.from, s.to, quoted(s.text)+" asks when a diagnosis began, and current or present when it was there: ask the two in one question each", "")
			return false
		}
		if s.Kind == ForPhrase && word.Name == "daily_dose" && w.HasWindow {
			c.tell(codePhraseClash, s.from, s.to, quoted(s.text)+" is about the time up to the day asked about: leave the window out", "")
			return false
		}
		if s.Kind == ApartPhrase && w.Pick != LatestN {
			c.tell(codePhraseClash, s.from, s.to, quoted(s.text)+` needs several results: add "latest 2" or more`, `"latest 2, `+s.text+`"`)
			return false
		}
	}
	return true
}

// wrongPhrase says in plain words why a word does not take a phrase, and what does.
func wrongPhrase(word *Word, s said) (message, fix string) {
	switch {
	case len(word.When) == 0:
		return fmt.Sprintf("%s takes no when phrase", word.Name), ""
	case word.Name == "taking" && s.Kind == CurrentPhrase:
		return "taking already asks about the day itself: leave \"current\" out", ""
	case word.Name == "taking" && isWindow(s.Kind):
		return fmt.Sprintf("taking asks about the day itself; a window is asked with took: took(\"...\", %s)", quoted(s.text)), ""
	case word.Name == "diagnosed" && s.Kind == ForPhrase:
		fix = `"more than ` + strings.TrimPrefix(strings.ToLower(s.text), "for at least ") + ` ago"`
		return "diagnosed asks when a diagnosis began: write " + fix, fix
	case s.Kind == EventPhrase || s.Kind == ExceptPhrase || s.Kind == PlacePhrase:
		return fmt.Sprintf("%s takes no %s", word.Name, kindNames[s.Kind]), ""
	case s.Kind == RegularPhrase:
		return fmt.Sprintf("%s is about orders of a medication; it belongs to taking, took and daily_dose", quoted(s.text)), ""
	case s.Kind == AsPhrase:
		return fmt.Sprintf("%s is about doses; it belongs to daily_dose", quoted(s.text)), ""
	case s.Kind == WindowPhrase && len(word.When) > 0:
		return fmt.Sprintf("%s asks about any time up to the day asked about: leave %s out", word.Name, quoted(s.text)), ""
	case s.Kind == PickPhrase || s.Kind == ApartPhrase:
		return fmt.Sprintf("%s chooses among results, and %s asks about none; it belongs to lab and vital", quoted(s.text), word.Name), ""
	case s.Kind == ForPhrase:
		return fmt.Sprintf("%s is about taking a medication; it belongs to taking and took", quoted(s.text)), ""
	case s.Kind == CurrentPhrase && word.takes(PickPhrase):
		return fmt.Sprintf("a result is never current; write how old it may be, such as \"last 3 months\", after %s", word.Name), ""
	}
	return fmt.Sprintf("%s is about how long a diagnosis lasts; it belongs to diagnosed", quoted(s.text)), ""
}
