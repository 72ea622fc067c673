package rule

import (
	"strings"
	"testing"

	"prescreen/internal/mistake"
)

func FuzzCompile(f *testing.F) {
	for _, w := range Words() {
		f.Add(w.Example)
	}
	texts, _ := refusedTexts(f)
	for _, text := range texts {
		f.Add(text)
	}
	lib := compileLibrary(f)
	f.Fuzz(func(t *testing.T, text string) {
		p, list := Compile(Source{File: "f", Line: 1, Column: 3, Text: text}, lib)
		if (p == nil) != list.HasErrors() {
			t.Fatalf("a program: %v, but %v", p != nil, list)
		}
		for _, m := range list {
			checkMistake(t, text, m)
		}
		if p != nil {
			checkProgram(t, p)
			sameAsLexer(t, text)
		}
	})
}

func checkMistake(t *testing.T, text string, m mistake.Mistake) {
	t.Helper()
	lower := strings.ToLower(text)
	for _, foreign := range foreignToAuthors.FindAllString(m.Message, -1) {
		if !strings.Contains(lower, strings.ToLower(foreign)) {
			t.Errorf("%q holds %q", m.Message, foreign)
		}
	}
	if m.Message == cannotRead || m.Message == notOurs {
		t.Errorf("only the parser noticed: %q", text)
	}
	if m.Line < 1 || m.Line > 1+strings.Count(text, "\n") || m.Column < 3 || m.Length < 1 || m.Code == "" || m.Why == "" {
		t.Errorf("incomplete: %+v", m)
	}
	if len(m.Message) > 1000 {
		t.Errorf("a message of %d bytes", len(m.Message))
	}
}

// checkProgram checks what evaluation relies on.
func checkProgram(t *testing.T, p *Program) {
	t.Helper()
	used := make([]int, len(p.Nodes))
	leaf := 0
	for i, n := range p.Nodes {
		switch n.Op {
		case OpLeaf, OpKnown:
			if n.Leaf != leaf || len(n.Args) > 0 {
				t.Fatalf("node %d asks leaf %d; leaves are asked in order, once", i, n.Leaf)
			}
			leaf++
		case OpAtLeast:
			if n.N < 1 || n.N > len(n.Args) {
				t.Fatalf("at least %d of %d", n.N, len(n.Args))
			}
		case OpNot, OpAssume:
			if len(n.Args) != 1 {
				t.Fatalf("not of %d", len(n.Args))
			}
		}
		for _, a := range n.Args {
			if a >= i {
				t.Fatalf("node %d rests on node %d", i, a)
			}
			used[a]++
		}
	}
	if leaf != len(p.Leaves) || leaf == 0 {
		t.Fatalf("%d leaves of %d are asked", leaf, len(p.Leaves))
	}
	for i, n := range used {
		if want := 1; i < len(used)-1 && n != want || i == len(used)-1 && n != 0 {
			t.Fatalf("node %d is used %d times", i, n)
		}
	}
	for i := range p.Leaves {
		l := &p.Leaves[i]
		if findWord(l.Word) == nil || l.At < 0 || l.Len < 1 || l.At+l.Len > len([]rune(p.Source.Text)) {
			t.Fatalf("leaf %+v", l)
		}
		if l.Limit != nil && l.Limit.Range.Low == nil && l.Limit.Range.High == nil && len(l.OneOf) == 0 {
			t.Fatalf("leaf %d asks for any value", i)
		}
	}
}

func BenchmarkCompile(b *testing.B) {
	lib := compileLibrary(b)
	texts := []string{
		`18 <= age <= 75`, `sex == "female"`, `diagnosed("diabetes", "more than 6 months ago")`,
		`"7.0 %" <= lab("HbA1c", "last 3 months") <= "10.5 %"`, `taking("metformin", "for at least 3 months")`,
		`diagnosed("myocardial infarction", "last 90 days") or diagnosed("stroke", "last 90 days")`,
		`lab("eGFR", "last 6 months") < "30 mL/min/{1.73_m2}" or procedure("dialysis", "last 3 months")`,
		`at_least(2, age >= 65, diagnosed("hypertension", "current"), vital("systolic blood pressure", "average of latest 3") >= "140 mm[Hg]")`,
		`none_of(took("GLP-1 receptor agonist", "last 90 days"), allergic("penicillin"), times("asthma exacerbation", "last 12 months") >= 2)`,
		`manual("Is the life expectancy more than 12 months?")`,
	}
	for b.Loop() {
		for _, text := range texts {
			if p, list := Compile(Source{Text: text}, lib); p == nil {
				b.Fatal(list)
			}
		}
	}
}
