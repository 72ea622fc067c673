package author

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"charm.land/lipgloss/v2"

	"prescreen/internal/rule"
)

// The language reference is made from the tables of words and when phrases and from nothing else: a word that the checker
// knows stands here, and one that stands here the checker knows.

// formTitles are the chapters of the reference, in their order.
var formTitles = []struct {
	form  rule.Form
	title string
	lead  string
}{
	{rule.YesNo, "Words that answer", "They answer met, not met or unknown by themselves."},
	{rule.Value, "Words that give a value", "Their value is held against a limit: `age >= 18`, `\"7.0 %\" <= lab(\"HbA1c\", \"last 3 months\") <= \"10.5 %\"`. A comparison with two limits is one question about one value."},
	{rule.Connective, "Words that join and count answers", "Beside `and`, `or` and `not`. Where `and` and `or` meet, brackets say which belongs together."},
}

// brackets is what stands in the brackets of a word, as an author would write it.
func brackets(w *rule.Word) string {
	if len(w.Params) == 0 {
		return w.Name
	}
	var parts []string
	for _, p := range w.Params {
		parts = append(parts, paramText(p))
	}
	return w.Name + "(" + strings.Join(parts, ", ") + ")"
}

func paramText(p rule.Param) string {
	switch p {
	case rule.SetParam:
		return `"value set"`
	case rule.WhenParam:
		return `"when", …`
	case rule.QuestionParam:
		return `"question"`
	case rule.CountParam:
		return "N"
	case rule.AnswersParam:
		return "answer, …"
	case rule.AnswerParam:
		return "answer"
	case rule.ValueParam:
		return "value"
	case rule.ReasonParam:
		return `"reason"`
	case rule.LanguageParam:
		return `"language"`
	case rule.OptionalSetParam:
		return `"value set"?`
	}
	return "…"
}

// compared says what the value of a word is held against.
func compared(w *rule.Word) string {
	switch w.Gives {
	case rule.Amount:
		return "a quantity with its unit, such as \"7.5 %\""
	case rule.Whole:
		return "a whole number"
	case rule.Choice:
		return "one of " + strings.Join(w.Choices, ", ")
	case rule.Graded:
		return "one of the answers of the value set, in their order, or a number"
	case rule.Difference:
		return "a quantity with its unit, or per cent of the first value"
	case rule.Dose:
		return "a quantity with its unit, taken in a day"
	}
	return ""
}

// phrasesOf are the forms of the when phrases that a word takes.
func phrasesOf(w *rule.Word) []string {
	var forms []string
	for _, p := range rule.Phrases() {
		if slices.Contains(w.When, p.Kind) {
			forms = append(forms, p.Form)
		}
	}
	return forms
}

// wordsTaking are the words that take a phrase.
func wordsTaking(p *rule.Phrase) []string {
	var names []string
	for _, w := range rule.Words() {
		if slices.Contains(w.When, p.Kind) {
			names = append(names, w.Name)
		}
	}
	return names
}

func domainsOf(w *rule.Word) string {
	var names []string
	for _, d := range w.Domains {
		names = append(names, d.String())
	}
	return strings.Join(names, ", ")
}

// entry is what the reference says of a word, line by line, in both formats.
type entry struct{ label, text string }

func entriesOf(w *rule.Word) []entry {
	list := []entry{{"Means", w.Doc}}
	if d := domainsOf(w); d != "" {
		list = append(list, entry{"Value set of", d})
	}
	if c := compared(w); c != "" {
		list = append(list, entry{"Held against", c})
	}
	if f := phrasesOf(w); len(f) > 0 {
		list = append(list, entry{"When", strings.Join(f, " · ")})
	}
	list = append(list, entry{"Nothing on record", w.Silence})
	if len(w.Instead) > 0 {
		list = append(list, entry{"Not", strings.Join(w.Instead, ", ")})
	}
	return list
}

// knownWord refuses what is no word, with the word that is written for it.
func knownWord(name string) error {
	for _, w := range rule.Words() {
		if w.Name == name {
			return nil
		}
	}
	for _, w := range rule.Words() {
		if slices.Contains(w.Instead, name) {
			return fmt.Errorf("no word of the language is %s; did you mean %s?", name, w.Name)
		}
	}
	return fmt.Errorf("no word of the language is %s: prescreen words lists all", name)
}

// WriteWords writes the language reference for a terminal, or only what names holds.
func WriteWords(out io.Writer, names []string, p Place) error {
	for _, name := range names {
		if err := knownWord(name); err != nil {
			return err
		}
	}
	for _, chapter := range formTitles {
		head := false
		for _, w := range rule.Words() {
			if w.Form != chapter.form || len(names) > 0 && !slices.Contains(names, w.Name) {
				continue
			}
			if !head && len(names) == 0 {
				fmt.Fprintln(out, p.bold(chapter.title))
				fmt.Fprintln(out, p.faint(strings.Join(wrapped(strings.ReplaceAll(chapter.lead, "`", ""), p.width()), "\n"))+"\n")
			}
			head = true
			writeWord(out, &w, p)
		}
	}
	if len(names) == 0 {
		writePhrases(out, p)
	}
	return nil
}

func writeWord(out io.Writer, w *rule.Word, p Place) {
	fmt.Fprintln(out, p.bold(brackets(w)))
	label := 0
	for _, e := range entriesOf(w) {
		label = max(label, lipgloss.Width(e.label))
	}
	for _, e := range entriesOf(w) {
		fmt.Fprintln(out, hang("  "+pad(e.label, label)+"  ", e.text, p.width()))
	}
	fmt.Fprintln(out, "  "+pad("Example", label)+"  "+w.Example+"\n")
}

func writePhrases(out io.Writer, p Place) {
	fmt.Fprintln(out, p.bold("When phrases"))
	fmt.Fprintln(out, p.faint("N and M are whole numbers, UNIT is days, weeks, months or years, DATE is YYYY-MM-DD.")+"\n")
	for _, ph := range rule.Phrases() {
		fmt.Fprintln(out, p.bold(ph.Form))
		fmt.Fprintln(out, hang("  ", ph.Doc+"; such as \""+ph.Example+"\"", p.width()))
		fmt.Fprintln(out, hang("  ", "for "+strings.Join(wordsTaking(&ph), ", "), p.width())+"\n")
	}
}

const wordsHead = `# The criteria language

Made by ` + "`prescreen words --format markdown`" + ` from the tables of the language; a test keeps it current.

A criterion asks about one patient and answers **met**, **not met** or **unknown**. An inclusion has to be met, an exclusion
that is met bars the patient; exclusions are written as the protocol states them. Unknown is never taken for yes or no.

- ` + "`and`, `or`, `not`" + ` join answers; an unknown part leaves the whole unknown unless the others decide it.
- ` + "`<`, `<=`, `==`, `!=`, `>=`, `>`" + ` hold a value against a limit. Quantities are texts with their unit: ` + "`\"7.5 %\"`" + `.
- The first thing in the brackets is the name of a value set; when phrases follow it, each in quotes or several in one with commas.
- Windows are whole days, both ends included: ` + "`last 28 days`" + ` is the day asked about and the 28 days before it.
`

// WriteWordsMarkdown writes the language reference as the page docs/language.md.
func WriteWordsMarkdown(out io.Writer) {
	fmt.Fprint(out, wordsHead)
	for _, chapter := range formTitles {
		fmt.Fprintf(out, "\n## %s\n\n%s\n", chapter.title, chapter.lead)
		for _, w := range rule.Words() {
			if w.Form != chapter.form {
				continue
			}
			fmt.Fprintf(out, "\n### `%s`\n\n", brackets(&w))
			for _, e := range entriesOf(&w) {
				fmt.Fprintf(out, "- **%s**: %s\n", e.label, markdown(e))
			}
			fmt.Fprintf(out, "\n```\n%s\n```\n", w.Example)
		}
	}
	fmt.Fprint(out, "\n## When phrases\n\nN and M are whole numbers, UNIT is days, weeks, months or years, DATE is YYYY-MM-DD.\n\n")
	fmt.Fprint(out, "| phrase | means | example | for |\n|---|---|---|---|\n")
	for _, ph := range rule.Phrases() {
		fmt.Fprintf(out, "| `%s` | %s | `%s` | %s |\n", ph.Form, bars(ph.Doc), ph.Example, strings.Join(wordsTaking(&ph), ", "))
	}
}

// markdown marks what is written in the language.
func markdown(e entry) string {
	if e.label != "When" && e.label != "Not" {
		return e.text
	}
	sep := ", "
	if e.label == "When" {
		sep = " · "
	}
	parts := strings.Split(e.text, sep)
	for i := range parts {
		parts[i] = "`" + parts[i] + "`"
	}
	return strings.Join(parts, sep)
}

// bars keeps a cell of a Markdown table in one cell.
func bars(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
