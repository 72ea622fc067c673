package author_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"prescreen/internal/author"
	"prescreen/internal/mistake"
	"prescreen/internal/site"
	"prescreen/internal/trial"
)

// unused are codes whose kind of mistake is told by another one; their numbers stay taken.
var unused = []string{"E013"}

// inFolders are codes that no example of one file can show; TestCodesThatNeedMoreThanOneFile shows them.
var inFolders = []string{"E015", "E417", "E418", "L011", "L041", "L042"}

var codeInSource = regexp.MustCompile(`= "([EL][0-9]{3})"`)

// codes reads the codes of the program out of its source files.
func codes(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, dir := range []string{"mistake", "rule", "terms", "site", "trial", "author"} {
		files, err := filepath.Glob("../" + dir + "/*.go")
		if err != nil || len(files) == 0 {
			t.Fatal("no source in ", dir)
		}
		for _, f := range files {
			data, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range codeInSource.FindAllStringSubmatch(string(data), -1) {
				if !strings.HasSuffix(f, "_test.go") && !slices.Contains(unused, m[1]) {
					all = append(all, m[1])
				}
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func TestEveryCodeHasAPageAndEveryPageACode(t *testing.T) {
	have, want := author.PageCodes(), codes(t)
	for _, c := range want {
		if !slices.Contains(have, c) {
			t.Errorf("%s has no page", c)
		}
	}
	for _, c := range have {
		if !slices.Contains(want, c) {
			t.Errorf("pages/%s.md explains a code that does not exist", c)
		}
	}
	for _, l := range author.Lints() {
		if l.Title == "" || l.Why == "" {
			t.Errorf("%s says too little", l.Code)
		}
	}
}

// Every page's first example brings its code about, and its second does not.
func TestPagesShowWhatTheySay(t *testing.T) {
	for _, code := range author.PageCodes() {
		p, _ := author.PageOf(code)
		if p.Title == "" || p.Why == "" || !strings.HasSuffix(p.Why, ".") {
			t.Errorf("%s: a page has a title and a reason", code)
		}
		if slices.Contains(inFolders, code) {
			continue
		}
		avoid, prefer := tellExample(t, code, p.Avoid), tellExample(t, code, p.Prefer)
		if !slices.ContainsFunc(avoid, func(m mistake.Mistake) bool { return m.Code == code }) {
			t.Errorf("%s: what it says to avoid is told as\n%s", code, avoid.Error())
		}
		if slices.ContainsFunc(prefer, func(m mistake.Mistake) bool { return m.Code == code || m.Severity == mistake.Error }) {
			t.Errorf("%s: what it says to prefer is told as\n%s", code, prefer.Error())
		}
	}
}

const (
	headOfExample = "format: 1\ntrial: {id: example, title: Example}\nrules: {version: \"1\", state: draft, authors: [A. Author]}\n"
	exprExample   = "criteria:\n  - id: INC-1\n    kind: inclusion\n    text: as the expression says\n    expr: |\n"
	oneCriterion  = "criteria:\n  - id: INC-1\n    kind: inclusion\n    text: Adults\n    expr: |\n      age >= 18\n"
)

var example = regexp.MustCompile("(?s)```([a-z0-9]+)\n(.*?)\n```")

func indented(text string, n int) string {
	var b strings.Builder
	for line := range strings.Lines(text + "\n") {
		b.WriteString(strings.Repeat(" ", n) + line)
	}
	return b.String()
}

// baseSets are the value sets that examples name.
func baseSets(t *testing.T) map[string][]byte {
	t.Helper()
	sets, err := os.ReadFile("testdata/pages/sets.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{"valuesets/sets.yaml": sets, "valuesets/other.yaml": []byte("format: 1\nsets: [{name: other, domain: procedure, codes: [{system: cpt, code: \"90935\"}]}]\n")}
}

// tellExample completes an example to a file and tells its mistakes.
func tellExample(t *testing.T, code, block string) mistake.List {
	t.Helper()
	m := example.FindStringSubmatch(block)
	if m == nil {
		t.Fatalf("%s: no example in %q", code, block)
	}
	text, sets := m[2], baseSets(t)
	switch m[1] {
	case "expr":
		text = headOfExample + exprExample + indented(text, 6)
	case "criterion":
		text = headOfExample + "criteria:\n" + indented(text, 2)
	case "test":
		text = headOfExample + oneCriterion + "tests:\n" + indented(text, 2)
	case "latin1":
		text = strings.ReplaceAll(text, "ü", "\xfc")
	case "nested":
		text = "authors: " + strings.Repeat("[", 65)
	case "long":
		text = headOfExample + exprExample + indented(strings.Repeat("deceased or ", 400)+"deceased", 6)
	case "trial":
	case "sets":
		sets["valuesets/example.yaml"] = []byte("format: 1\nsets:\n" + indented(text, 2))
		return author.NewChecker(sets).Sets()
	case "site":
		data := []byte("format: 1\n" + text + "\n")
		s, told := site.Read("site.yaml", data)
		return append(told, s.Check(mistake.NewPage("site.yaml", data), author.NewChecker(sets).Library())...)
	default:
		t.Fatalf("%s: an example of kind %q", code, m[1])
	}
	return author.NewChecker(sets).Trial("trials/example.yaml", []byte(text)).Mistakes
}

// Some codes are about several files, or about records.
func TestCodesThatNeedMoreThanOneFile(t *testing.T) {
	dir := t.TempDir()
	one := headOfExample + oneCriterion
	for name, text := range map[string]string{"trials/a.yaml": one, "trials/b.yaml": one, "valuesets/s.yaml": string(baseSets(t)["valuesets/sets.yaml"])} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("nowhere.yaml", filepath.Join(dir, "trials/c.yaml")); err != nil {
		t.Fatal(err)
	}
	rules, err := author.Open(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	rep := rules.Check(author.NewChecker(rules.Sets), nil)
	_, _, asked := trial.ReadFolder(dir, "nothing-of-this-name")
	told := fmt.Sprint(append(rep.Mistakes, asked...))
	for _, code := range []string{"E015", "E417", "E418", "L011"} {
		if !strings.Contains(told, code) {
			t.Errorf("%s is not told:\n%s", code, told)
		}
	}
}

func TestPageForATerminal(t *testing.T) {
	p, ok := author.PageOf("e107")
	if !ok {
		t.Fatal("no page")
	}
	want := "E107  The sign of a comparison\n\nAvoid:\n\n    age ≥ 18\n\nPrefer:\n\n    age >= 18\n\nWhy:\n\n"
	if text := p.Text(); !strings.HasPrefix(text, want) || strings.Contains(text, "```") {
		t.Errorf("%s", text)
	}
	if near := author.NearestCode("E170"); near == "" {
		t.Error("no code is near E170")
	}
}

// docs/mistakes.md lists every code; it is made from the pages.
func TestListOfCodesIsCurrent(t *testing.T) {
	var b strings.Builder
	b.WriteString("# What prescreen check tells\n\nEvery code keeps its meaning for good. `prescreen check --explain CODE` prints its page: what to avoid, what to write\ninstead, and why. This list is made from the pages; `go test ./internal/author -update` writes it.\n")
	parts := []struct{ prefix, title string }{
		{"E0", "The file itself"},
		{"E1", "Expressions"},
		{"E2", "Value sets"},
		{"E3", "The site's settings"},
		{"E4", "Trial files"},
		{"L00", "Answers to lints"},
		{"L01", "Lints of value sets"},
		{"L02", "Lints of criteria"},
		{"L03", "Lints of criteria and tests"},
		{"L04", "Lints that need records (--against)"},
		{"L05", "Questions that a protocol's line leaves open"},
		{"L06", "More questions"},
	}
	listed := 0
	for _, part := range parts {
		b.WriteString("\n## " + part.title + "\n\n")
		for _, code := range author.PageCodes() {
			if strings.HasPrefix(code, part.prefix) {
				p, _ := author.PageOf(code)
				b.WriteString("- [" + code + "](../internal/author/pages/" + code + ".md) " + p.Title + "\n")
				listed++
			}
		}
	}
	if listed != len(author.PageCodes()) {
		t.Errorf("%d of %d codes are listed", listed, len(author.PageCodes()))
	}
	golden(t, "../../docs/mistakes.md", []byte(b.String()))
}
