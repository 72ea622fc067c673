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
		if each := c.eachByItself(t, w, args); each != "" {
			c.tellTerm(codeInBrackets, t, "each word asks about one value set", each)
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

// eachByItself writes diagnosed("a" or "b") and diagnosed(["a", "b"]) as one word for each set, with the when phrases behind
// them; "" for anything else. Beside other questions brackets keep it together.
func (c *checker) eachByItself(call *term, w *Word, args []*term) string {
	a := args[0]
	if len(a.args) == 0 || a.kind != termAnd && a.kind != termOr && a.kind != termList || w.Form != YesNo {
		return ""
	}
	when := ""
	if len(args) > 1 {
		when = ", " + c.slice(c.first(args[1]), c.last(args[len(args)-1]))
	}
	var parts []string
	for _, t := range a.args {
		if t.kind != termText {
			return ""
		}
		parts = append(parts, w.Name+`("`+c.pieces[t.piece].value+`"`+when+")")
	}
	joint := " or "
	if a.kind == termAnd {
		joint = " and "
	}
	if each := strings.Join(parts, joint); c.first(call) == c.pieces[0].from && c.last(call) == c.pieces[len(c.pieces)-1].to {
		return each
	}
	return "(" + strings.Join(parts, joint) + ")"
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
	var fit, all []string
	for _, n := range c.lib.Names() {
		v, ok := c.lib.Find(n)
		if !ok || anotherThing(name, n) {
			continue
		}
		if all = append(all, n); slices.Contains(w.Domains, v.Domain) {
			fit = append(fit, n)
		}
	}
	if near := mistake.Nearest(name, fit); near != "" {
		return near
	}
	return mistake.Nearest(name, all)
}

// anotherThing tells names that lie near each other in letters and far in meaning: hepatitis A and B, type 1 and type 2,
// hypotension and hypertension, LDL and HDL.
func anotherThing(a, b string) bool {
	a, b = strings.ToLower(a), strings.ToLower(b)
	for _, mark := range []string{"hyper", "hypo", "brady", "tachy", "non", "without", "anti", "chronic", "acute"} {
		if strings.Contains(a, mark) != strings.Contains(b, mark) {
			return true
		}
	}
	if min(utf8.RuneCountInString(a), utf8.RuneCountInString(b)) <= 3 && !strings.Contains(b, a) && !sameLetters(a, b) {
		return true
	}
	one, two := digitsOf(a), digitsOf(b)
	return one != two && one != "" && two != "" || !slices.Equal(marksOf(a), marksOf(b))
}

func sameLetters(a, b string) bool {
	one, two := []rune(a), []rune(b)
	slices.Sort(one)
	slices.Sort(two)
	return slices.Equal(one, two)
}

func digitsOf(name string) string {
	return strings.Map(func(r rune) rune {
		if isDigit(r) {
			return r
		}
		return -1
	}, name)
}

// marksOf gives the single letters and the numbers, Roman ones too, that stand in a name as words of their own.
func marksOf(name string) []string {
	return slices.DeleteFunc(strings.FieldsFunc(name, func(r rune) bool { return r == ' ' || r == '-' }), func(word string) bool {
		return utf8.RuneCountInString(word) > 1 && strings.Trim(word, "0123456789") != "" && strings.Trim(word, "ivx") != ""
	})
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
