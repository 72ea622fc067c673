package rule

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"prescreen/internal/mistake"
	"prescreen/internal/terms"
)

// set checks the first thing in a word's brackets, the name of a value set.
func (c *checker) set(l *Leaf, t *term, w *Word, args []*term) bool {
	if len(args) == 0 {
		c.tellTerm(codeInBrackets, t, fmt.Sprintf("%s needs the name of a value set: %s", w.Name, w.Example), "")
		return false
	}
	a := args[0]
	if a.kind != termText {
		if each := c.eachByItself(w, a); each != "" {
			c.tellTerm(codeInBrackets, a, "each word asks about one value set", each)
		} else if a.kind != termBroken {
			c.tellTerm(codeInBrackets, a, "the name of a value set, in quotes, is expected here, as in "+w.Example, "")
		}
		return false
	}
	name := strings.TrimSpace(c.pieces[a.piece].value)
	set, ok := c.lib.Find(name)
	if !ok {
		c.unknownSet(a, w, name)
		return false
	}
	if !slices.Contains(w.Domains, set.Domain) {
		right := wordsFor(set.Domain)
		c.tellTerm(codeDomain, a, fmt.Sprintf("%s is a set of %s: use %s", quoted(set.Name), domainNames[set.Domain], strings.Join(right, " or ")), "")
		return false
	}
	l.Set = set
	return true
}

// eachByItself writes diagnosed("a" or "b") and diagnosed(["a", "b"]) as one word for each set; "" for anything else.
func (c *checker) eachByItself(w *Word, a *term) string {
	if len(a.args) == 0 || a.kind != termAnd && a.kind != termOr && a.kind != termList || w.Form != YesNo {
		return ""
	}
	var parts []string
	for _, t := range a.args {
		if t.kind != termText {
			return ""
		}
		parts = append(parts, w.Name+`("`+c.pieces[t.piece].value+`")`)
	}
	if a.kind == termAnd {
		return strings.Join(parts, " and ")
	}
	return strings.Join(parts, " or ")
}

func (c *checker) unknownSet(a *term, w *Word, name string) {
	message, fix := "there is no value set "+quoted(name), ""
	if _, _, fault := parsePhrase(w, name); fault == nil {
		message = fmt.Sprintf("%s is a when phrase; the name of a value set comes first: %s", quoted(name), w.Example)
	} else if near := c.nearestSet(w, name); near != "" {
		message += fmt.Sprintf("; did you mean %s?", quoted(near))
		fix = `"` + near + `"`
	}
	c.tellTerm(codeUnknownSet, a, message, fix)
}

// nearestSet prefers names that the word can ask about.
func (c *checker) nearestSet(w *Word, name string) string {
	if utf8.RuneCountInString(name) > maxGuessed {
		return ""
	}
	var fit []string
	for _, n := range c.lib.Names() {
		if v, ok := c.lib.Find(n); ok && slices.Contains(w.Domains, v.Domain) {
			fit = append(fit, n)
		}
	}
	if near := mistake.Nearest(name, fit); near != "" {
		return near
	}
	return mistake.Nearest(name, c.lib.Names())
}

// domainNames says what a value set of each domain holds.
var domainNames = map[terms.Domain]string{
	terms.Diagnosis: "diagnoses", terms.Procedure: "procedures", terms.Medication: "medications", terms.Allergy: "allergies",
	terms.Vaccine: "vaccines", terms.Visit: "visits", terms.Lab: "laboratory results", terms.Vital: "vital signs",
	terms.Score: "scores", terms.Marker: "markers", terms.Stage: "stages", terms.FamilyHistory: "diseases of the family",
	terms.Alert: "flags", terms.Language: "languages", terms.Insurance: "insurance covers",
}

// wordsFor gives the words that ask about a domain itself.
func wordsFor(d terms.Domain) []string {
	for _, own := range []func(*Word) bool{
		func(w *Word) bool { return len(w.Domains) == 1 && w.Domains[0] == d },
		func(w *Word) bool { return len(w.Domains) > 0 && w.Domains[0] == d },
		func(w *Word) bool { return slices.Contains(w.Domains, d) },
	} {
		var names []string
		for i := range words {
			if own(&words[i]) {
				names = append(names, words[i].Name)
			}
		}
		if len(names) > 0 {
			return names
		}
	}
	return nil
}
