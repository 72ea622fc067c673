package rule

import (
	"slices"
	"strings"
	"testing"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/builtin"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/parser/lexer"
	"github.com/google/go-cmp/cmp"

	"prescreen/internal/mistake"
)

func TestLimits(t *testing.T) {
	for name, test := range map[string]struct{ text, code string }{
		"too long":            {"age > 18" + strings.Repeat(" ", maxText), codeTooLong},
		"half a million (":    {strings.Repeat("(", 520_000), codeTooLong},
		"4096 (":              {strings.Repeat("(", 4096), codeTooComplex},
		"33 (":                {strings.Repeat("(", 33) + "deceased" + strings.Repeat(")", 33), codeTooComplex},
		"too many pieces":     {strings.Repeat("not ", 1001) + "deceased", codeTooComplex},
		"no UTF-8":            {"age > 18 // \xff", codeCharacter},
		"long, and no UTF-8":  {"\xff" + strings.Repeat(" ", maxText), codeTooLong},
		"one long name":       {strings.Repeat("x", 4096), codeUnknownWord},
		"one long value set":  {`diagnosed("` + strings.Repeat("x", 4000) + `")`, codeUnknownSet},
		"one long phrase":     {`diagnosed("stroke", "` + strings.Repeat("1d ", 1300) + `")`, codePhrase},
		"one long number":     {strings.Repeat("9", 4000) + " < age", codeNumber},
		"a thousand commas":   {`diagnosed("stroke", "` + strings.Repeat(",", 900) + `")`, codePhrase},
		"a thousand brackets": {strings.Repeat("() ", 490), codeOrder},
	} {
		t.Run(name, func(t *testing.T) {
			p, list := compileText(t, test.text)
			if p != nil || len(list) == 0 || list[0].Code != test.code {
				t.Errorf("got a program: %v, mistakes %.500v; want %s", p != nil, list, test.code)
			}
		})
	}
	if _, list := compileText(t, strings.Repeat("\x01", 4000)); len(list) != maxErrors {
		t.Errorf("%d mistakes are told", len(list))
	}
	for name, text := range map[string]string{
		"32 (":          strings.Repeat("(", 32) + "deceased" + strings.Repeat(")", 32),
		"999 times not": strings.Repeat("not ", 999) + "deceased",
		"4096 bytes":    "deceased" + strings.Repeat(" ", maxText-8),
		"499 times or":  strings.Repeat("deceased or ", 340) + "deceased",
	} {
		if p, list := compileText(t, text); p == nil {
			t.Errorf("%s: %.500v", name, list)
		}
	}
}

func TestPlaces(t *testing.T) {
	lib := compileLibrary(t)
	_, list := Compile(Source{File: "a.yaml", Line: 41, Column: 7, Text: "age >= 18\n  and conditon(\"é\")\r\n  and lab(\"HbA1c\", \"ever, curent\") > \"7 %\"\n"}, lib)
	want := mistake.List{
		{Code: codeUnknownWord, File: "a.yaml", Line: 42, Column: 13, Length: 8, Source: `        and conditon("é")`, Message: "\"conditon\" is not a word of the language; did you mean `diagnosed`?", Why: findCode(codeUnknownWord).Why, Fix: "diagnosed"},
		{Code: codePhrase, File: "a.yaml", Line: 43, Column: 33, Length: 6, Source: `        and lab("HbA1c", "ever, curent") > "7 %"`, Message: `"curent" is not a when phrase`, Why: findCode(codePhrase).Why},
	}
	if diff := cmp.Diff(want, list); diff != "" {
		t.Error(diff)
	}
}

func TestWordsTable(t *testing.T) {
	library := compileLibrary(t)
	for _, w := range Words() {
		t.Run(w.Name, func(t *testing.T) {
			if _, taken := builtin.Index[w.Name]; taken {
				t.Error("expr parses this name as a function of its own")
			}
			if tree, err := parser.Parse(w.Name); err != nil || tree.Node.String() != w.Name {
				t.Errorf("expr reads this name as something else: %v", err)
			}
			if w.Doc == "" || w.Silence == "" || w.Example == "" || len(w.Instead) == 0 {
				t.Error("a column is empty")
			}
			if (w.Form == Value) != (w.Gives != Nothing) || (w.Gives == Choice) != (len(w.Choices) > 0) {
				t.Error("the kind of value does not fit the form")
			}
			if names := slices.ContainsFunc(w.Params, func(p Param) bool { return p == SetParam || p == OptionalSetParam || p == LanguageParam }); names != (len(w.Domains) > 0) {
				t.Error("domains belong to words that name a value set")
			}
			if slices.Contains(w.Params, WhenParam) != (len(w.When) > 0) {
				t.Error("a word takes when phrases, or it does not")
			}
			p, list := Compile(Source{Text: w.Example, Line: 1, Column: 1}, library)
			if p == nil || len(list) > 0 {
				t.Errorf("%s: %v", w.Example, list)
			}
			if !strings.Contains(w.Example, w.Name) {
				t.Error("the example does not show the word")
			}
			for _, typed := range w.Instead {
				if near := nearestWord(typed); near == nil || near.Name != w.Name {
					t.Errorf("%s is suggested for %s", near.Name, typed)
				}
			}
		})
	}
}

func TestPhrasesTable(t *testing.T) {
	for _, p := range Phrases() {
		t.Run(p.Form, func(t *testing.T) {
			word := &Word{When: []PhraseKind{p.Kind}}
			got, _, fault := parsePhrase(word, p.Example)
			if fault != nil || got.Form != p.Form {
				t.Errorf("%s: %v", p.Example, fault)
			}
			if p.Doc == "" {
				t.Error("no explanation")
			}
			takers := 0
			for _, w := range Words() {
				if w.takes(p.Kind) {
					takers++
				}
			}
			if takers == 0 {
				t.Error("no word takes it")
			}
		})
	}
}

// Whatever expr's parser could hand over beside what is known here is refused, also when the scan before it has a hole.
func TestOnlyKnownNodes(t *testing.T) {
	for _, text := range []string{
		`a ? b : c`, `let x = 1; x`, `a?.b`, `a.b`, `a[0]`, `a[1:2]`, `{"a": 1}`, `nil`, `true`, `1.5`, `1..2`, `a + b`, `a * b`,
		`a % b`, `a ** b`, `a matches "x"`, `a contains "x"`, `a startsWith "x"`, `a | abs()`, `all([1], # > 0)`, `filter([1], true)`,
		`-a`, `+a`, `!a`, `a || b`, `a && b`, `a ?? b`, `a; b`, `b'x'`, `a.b()`, `if a {b} else {c}`, `$env["x"]`, `len(a)`,
	} {
		tree, err := parser.Parse(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		told := newTold(Source{Text: text, Line: 1, Column: 1})
		g := &grower{reader: &reader{told: told, pieces: []piece{{kind: pieceName, value: "a", to: 1}}}, starts: []int{0}}
		if root := g.grow(tree.Node); root.kind != termBroken || len(told.list) != 1 || told.list[0].Code != codeForeign {
			t.Errorf("%s is read as %+v: %v", text, root, told.list)
		}
	}
}

// Text that has no slips is cut into the same pieces here and by expr.
func sameAsLexer(t testing.TB, text string) {
	t.Helper()
	pieces, ok := scan(newTold(Source{Text: text}))
	if !ok {
		t.Fatalf("%s cannot be read", text)
	}
	tokens, err := lexer.Lex(file.NewSource(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	type place struct {
		Value    string
		From, To int
	}
	var ours, theirs []place
	for _, p := range pieces {
		ours = append(ours, place{p.value, p.from, p.to})
	}
	for _, k := range tokens {
		if k.Kind != lexer.EOF {
			theirs = append(theirs, place{k.Value, k.From, k.To})
		}
	}
	if diff := cmp.Diff(theirs, ours); diff != "" {
		t.Errorf("%s: -expr +ours\n%s", text, diff)
	}
	if _, err := parser.Parse(text); err != nil {
		t.Errorf("%s: expr refuses what was accepted: %v", text, err)
	}
}

func TestSameAsLexer(t *testing.T) {
	for _, w := range Words() {
		sameAsLexer(t, w.Example)
	}
	sameAsLexer(t, "age >= 18 // é\n\tand not (diagnosed('stroke','ever') or sex not in [\"male\" , 'female'])")
}

// A chain is fused only where both halves share the very node in the middle.
func TestChainSharesItsMiddle(t *testing.T) {
	tree, err := parser.Parse("1 < a < 3")
	if err != nil {
		t.Fatal(err)
	}
	chain := tree.Node.(*ast.BinaryNode)
	grow := func() (*term, mistake.List) {
		told := newTold(Source{Text: "1 < a < 3", Line: 1, Column: 1})
		pieces, _ := scan(told)
		g := &grower{reader: &reader{told: told, pieces: pieces}, starts: []int{0, 2, 4, 6, 8}}
		return g.grow(chain), told.list
	}
	if root, list := grow(); root.kind != termCompare || len(root.args) != 3 || len(list) > 0 {
		t.Errorf("the chain is read as %+v: %v", root, list)
	}
	middle := *chain.Right.(*ast.BinaryNode).Left.(*ast.IdentifierNode)
	chain.Right.(*ast.BinaryNode).Left = &middle
	if root, list := grow(); root.kind != termBroken || len(list) != 1 {
		t.Errorf("two comparisons are read as a chain %+v: %v", root, list)
	}
}
