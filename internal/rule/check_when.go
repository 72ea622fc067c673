package rule

import (
	"fmt"
	"strings"
)

// said is one phrase of a question with its place in the author's text.
type said struct {
	*Phrase
	from, to int
	text     string
}

// when checks the when phrases of a word, separated by commas within one text or given as several, and fills in w.
func (c *checker) when(w *When, word *Word, args []*term) bool {
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
		for _, part := range strings.Split(p.value, ",") {
			ok = c.phrase(w, word, &all, part, from+c.quoteWidth(p)) && ok
			from += len([]rune(part)) + 1
		}
	}
	if !c.clashes(w, all) || !ok {
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
func (c *checker) phrase(w *When, word *Word, all *[]said, text string, at int) bool {
	p, s, f := parsePhrase(word, text)
	if f != nil {
		if set, ok := c.lib.Find(strings.TrimSpace(text)); ok {
			f.message, f.fix = quoted(set.Name)+" is the name of a value set, where a when phrase is expected; each word asks about one value set", ""
		}
		fix := f.fix
		if fix != "" {
			fix = `"` + fix + `"`
		}
		c.tell(f.code, at+f.from, at+f.to, f.message, fix)
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
		if other.Kind == p.Kind || isWindow(other.Kind) && isWindow(p.Kind) {
			c.tell(codePhraseClash, this.from, this.to, fmt.Sprintf("%s and %s cannot both hold: one question has one %s", quoted(other.text), quoted(this.text), kindNames[p.Kind]), "")
			return false
		}
	}
	*all = append(*all, this)
	p.fill(w, s)
	return true
}

func isWindow(k PhraseKind) bool {
	return k == WindowPhrase || k == CurrentPhrase || k == PresentPhrase
}

var kindNames = map[PhraseKind]string{
	WindowPhrase: "window", CurrentPhrase: "window", PresentPhrase: "window", ForPhrase: "duration", PickPhrase: "choice of results",
	ApartPhrase: "distance",
}

// clashes checks what one phrase needs of another.
func (c *checker) clashes(w *When, all []said) bool {
	for _, s := range all {
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
	case s.Kind == PickPhrase || s.Kind == ApartPhrase:
		return fmt.Sprintf("%s chooses among results, and %s asks about none; it belongs to lab and vital", quoted(s.text), word.Name), ""
	case s.Kind == ForPhrase:
		return fmt.Sprintf("%s is about taking a medication; it belongs to taking and took", quoted(s.text)), ""
	case s.Kind == CurrentPhrase && word.takes(PickPhrase):
		return fmt.Sprintf("a result is never current; write how old it may be, such as \"last 3 months\", after %s", word.Name), ""
	}
	return fmt.Sprintf("%s is about how long a diagnosis lasts; it belongs to diagnosed", quoted(s.text)), ""
}
