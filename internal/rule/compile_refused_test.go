package rule

import (
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prescreen/internal/mistake"
)

var updateRefused = flag.Bool("update-refused", false, "write testdata/refused.txt anew; read every line of the difference")

// told writes an expression with each mistake below its line: a caret, the code, the message and what to write instead.
func toldText(text string, list mistake.List) string {
	var b strings.Builder
	for i, line := range strings.Split(text, "\n") {
		b.WriteString("> " + line + "\n")
		for _, m := range list {
			if m.Line != 10+i {
				continue
			}
			b.WriteString("  " + strings.Repeat(" ", m.Column-7) + strings.Repeat("^", m.Length) + " " + m.Code)
			if m.Severity != mistake.Error {
				b.WriteString(" " + m.Severity.String())
			}
			b.WriteString(" " + m.Message)
			if m.Fix != "" {
				b.WriteString(" => " + m.Fix)
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}

// refusedTexts gives the expressions of testdata/refused.txt.
func refusedTexts(t testing.TB) (texts []string, file string) {
	t.Helper()
	raw, err := os.ReadFile("testdata/refused.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range strings.Split(strings.TrimSpace(string(raw)), "\n\n") {
		var lines []string
		for _, line := range strings.Split(block, "\n") {
			if rest, ok := strings.CutPrefix(line, ">"); ok {
				lines = append(lines, strings.TrimPrefix(rest, " "))
			}
		}
		texts = append(texts, strings.Join(lines, "\n"))
	}
	return texts, string(raw)
}

// Every message and caret stands in the file, so that another version of the parser, or a careless change here, shows.
func TestRefused(t *testing.T) {
	texts, want := refusedTexts(t)
	var blocks []string
	for _, text := range texts {
		_, list := compileText(t, text)
		if len(list) == 0 {
			t.Errorf("nothing is told about %s", text)
		}
		blocks = append(blocks, toldText(text, list))
	}
	got := strings.Join(blocks, "\n")
	if *updateRefused {
		if err := os.WriteFile("testdata/refused.txt", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// What coordinators type, and the answer that is promised for each.
func TestTyped(t *testing.T) {
	for text, promised := range map[string]string{
		`hba1c >= 7.5 %`:                `a quantity needs quotes: "7.5 %"`,
		`age between 18 and 75`:         `18 <= age <= 75`,
		`age = 7`:                       "`==` (equal)",
		`age => 7`:                      "`>=` (at least)",
		`deceased AND age > 18`:         "small letters: `and`",
		`age ≥ 18`:                      "`>=`",
		`diagnosed(“stroke”)`:           `straight quotes`,
		`lab("HbA1c") > 7,5`:            `decimal point: 7.5`,
		`age > 18 # note`:               `comments start with //`,
		`conditon("x")`:                 "did you mean `diagnosed`?",
		`lab("HbA1c", 90) > "7 %"`:      `a when phrase in quotes`,
		`diagnosed("stroke") > 3`:       `did you mean times(…)?`,
		`age > 18 and lab("HbA1c") > 9`: `a number without a unit is read as "9 %"`,
	} {
		_, list := compileText(t, text)
		if !strings.Contains(list.Error(), promised) {
			t.Errorf("%s: %q is promised, told is\n%v", text, promised, list)
		}
	}
}

var foreignToAuthors = regexp.MustCompile(`(?i)\b(int|int64|integer|string|float|float64|nil|interface|func|function|struct|token|operator|ast|node|parse|parser|parsing|syntax|eof|undefined|identifier|literal|bool|boolean|array|slice|rune|argument|parameter|panic|regexp|runtime|expr|binary|unary|callee|lexer|unexpected|predicate|pointer|%!.*)\b`)

func TestMessagesSpeakPlainly(t *testing.T) {
	var said []string
	for _, c := range Codes() {
		said = append(said, c.Title, c.Why)
	}
	for _, w := range Words() {
		said = append(said, w.Doc, w.Silence)
	}
	for _, p := range Phrases() {
		said = append(said, p.Doc)
	}
	texts, _ := refusedTexts(t)
	for _, text := range texts {
		_, list := compileText(t, text)
		for _, m := range list {
			if foreign := foreignToAuthors.FindString(m.Message); foreign != "" && !strings.Contains(text, foreign) {
				t.Errorf("%s: %q holds %q", text, m.Message, foreign)
			}
		}
	}
	for _, s := range said {
		if foreign := foreignToAuthors.FindString(s); foreign != "" {
			t.Errorf("%q holds %q", s, foreign)
		}
	}
}

func TestEveryCodeIsTold(t *testing.T) {
	seen := map[string]bool{codeTooLong: true, codeTooComplex: true, codeFormulaSet: true} // see TestLimits and the tests of derived values
	texts, _ := refusedTexts(t)
	for _, text := range texts {
		_, list := compileText(t, text)
		for _, m := range list {
			seen[m.Code] = true
			if m.Why == "" {
				t.Errorf("%s has no explanation", m.Code)
			}
		}
	}
	for i, c := range Codes() {
		if !seen[c.Code] {
			t.Errorf("%s (%s) is never told in testdata/refused.txt", c.Code, c.Title)
		}
		if i > 0 && Codes()[i-1].Code >= c.Code {
			t.Errorf("%s is out of order or there twice", c.Code)
		}
	}
}
