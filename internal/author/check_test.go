package author_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"prescreen/internal/author"
	"prescreen/internal/mistake"
)

func mustRead(tb testing.TB, name string) []byte {
	tb.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

// The likeliest mistakes, each in a file of its own beside what its author reads.
func TestLikelyMistakes(t *testing.T) {
	c := author.NewChecker(baseSets(t))
	files, _ := filepath.Glob("testdata/mistakes/*.yaml")
	if len(files) < 15 {
		t.Fatal("only ", len(files))
	}
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			told := c.Trial(filepath.Base(f), mustRead(t, f)).Mistakes
			if len(told) == 0 {
				t.Error("nothing is told")
			}
			golden(t, strings.TrimSuffix(f, ".yaml")+".txt", []byte(told.Error()+"\n"))
		})
	}
}

// ours are words of those who write programs; an author never reads one.
var ours = []string{
	"AST", "nil", " struct", "unmarshal", "token", "interface", "type mismatch", "goroutine", "panic", "runtime", "ident", "operand",
	"syntax error", "unexpected", "invalid", "parse", "compile", "regexp", "boolean", "integer", "<nil>", "%!",
}

// No page, no lint and no likely mistake speaks of how the program is made.
func TestAuthorsReadPlainWords(t *testing.T) {
	texts := map[string]string{}
	for _, l := range author.Lints() {
		texts[l.Code] = l.Title + " " + l.Why
	}
	for _, code := range author.PageCodes() {
		p, _ := author.PageOf(code)
		texts["page "+code] = p.Title + " " + p.Why
	}
	for _, pattern := range []string{"testdata/mistakes/*.txt", "../*/testdata/*.bad.txt"} {
		files, _ := filepath.Glob(pattern)
		for _, f := range files {
			texts[f] = toldOnly(string(mustRead(t, f)))
		}
	}
	for name, text := range texts {
		for _, word := range ours {
			if strings.Contains(text, word) {
				t.Errorf("%s says %q", name, word)
			}
		}
	}
}

// toldOnly leaves out the lines that show an author's own text.
func toldOnly(text string) string {
	var told []string
	for line := range strings.Lines(text) {
		if strings.Contains(line, ".yaml:") || strings.HasPrefix(line, "  why:") || strings.HasPrefix(line, "  write:") {
			told = append(told, line)
		}
	}
	return strings.Join(told, "")
}

// A broken file hides nothing of the others, and its own value sets are not called unknown.
func TestABrokenFileHidesNothing(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"valuesets/good.yaml":   string(baseSets(t)["valuesets/sets.yaml"]),
		"valuesets/broken.yaml": "format: 1\nsets:\n  - name: gout\n   domain: diagnosis\n",
		"trials/broken.yaml":    "format: 1\ntrial: {id: a\n",
		"trials/uses.yaml":      headOfExample + "criteria:\n  - id: EXC-1\n    kind: exclusion\n    text: Gout\n    expr: |\n      diagnosed(\"gout\") AND age ≥ 18\n",
		"trials/other.yaml":     headOfExample + "criteria:\n  - id: EXC-1\n    kind: exclusion\n    text: Stroke\n    expr: |\n      conditon(\"stroke\")\n",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	rules, err := author.Open(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	rep := rules.Check(author.NewChecker(rules.Sets), nil)
	for file, code := range map[string]string{"valuesets/broken.yaml": "E001", "trials/broken.yaml": "E001", "trials/uses.yaml": "E107", "trials/other.yaml": "E116"} {
		if !has(rep.Mistakes, filepath.Join(dir, file), code) {
			t.Errorf("%s of %s is not told:\n%s", code, file, rep.Mistakes.Error())
		}
	}
	for _, m := range rep.Mistakes {
		if m.Code == "E119" && !strings.Contains(m.Why, "broken.yaml cannot be read") {
			t.Errorf("the name is blamed: %s", m)
		}
	}
}

func has(list mistake.List, file, code string) bool {
	for _, m := range list {
		if m.Code == code && (file == "" || m.File == filepath.ToSlash(file)) {
			return true
		}
	}
	return false
}

// No text, however broken, ends the check, and every place that is told lies in the file.
func FuzzCheck(f *testing.F) {
	files, _ := filepath.Glob("testdata/mistakes/*.yaml")
	for _, name := range files {
		f.Add(mustRead(f, name))
	}
	sets, err := os.ReadFile("testdata/pages/sets.yaml")
	if err != nil {
		f.Fatal(err)
	}
	c := author.NewChecker(map[string][]byte{"sets.yaml": sets})
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, m := range c.Trial("x.yaml", data).Mistakes {
			if m.Line > strings.Count(string(data), "\n")+1 || m.Line > 0 && m.Column < 1 || m.Message == "" || m.Code == "" {
				t.Fatalf("%+v", m)
			}
		}
		fixed, changed := c.Fix("x.yaml", data)
		if (len(changed) == 0) != (string(fixed) == string(data)) {
			t.Fatalf("%v\n%q\n%q", changed, data, fixed)
		}
	})
}

// One file that is asked about is told with what keeps its value sets from being used, and nothing else.
func TestOneFileOfAFolder(t *testing.T) {
	rules, err := author.Open("../../rules/trials/dapagliflozin-ckd.yaml", "")
	if err != nil {
		t.Fatal(err)
	}
	rep := rules.Check(author.NewChecker(rules.Sets), nil)
	for _, m := range rep.Mistakes {
		if m.File != rules.Only && m.Severity != mistake.Error {
			t.Errorf("also told: %s", m)
		}
	}
	if len(rep.Files) != 1 || len(rep.Checked) != 1 || rep.Checked[0].Trial.ID != "dapagliflozin-ckd" {
		t.Errorf("%v", rep.Files)
	}
}

func TestShippedRulesHaveNoErrors(t *testing.T) {
	rules, err := author.Open("../../rules", "")
	if err != nil {
		t.Fatal(err)
	}
	rep := rules.Check(author.NewChecker(rules.Sets), nil)
	for _, m := range rep.Mistakes {
		if m.Severity == mistake.Error {
			t.Error(m)
		}
	}
}
