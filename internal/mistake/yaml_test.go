package mistake_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prescreen/internal/mistake"
)

// Where an expression's first character stands, whatever surrounds it: mistakes inside it point from there.
func TestPlaceOfABlock(t *testing.T) {
	for name, c := range map[string]struct {
		file, text string
		line, col  int
	}{
		"plain":                   {"title: t\nrule: |\n  a and b\n", "a and b\n", 3, 3},
		"nested":                  {"title: t\nother:\n    rule: |\n        a\n", "a\n", 4, 9},
		"deeper lines":            {"title: t\nrule: |\n  a\n    or b\n", "a\n  or b\n", 3, 3},
		"a blank line first":      {"title: t\nrule: |\n\n  a\n", "\na\n", 3, 3},
		"stripped":                {"title: t\nrule: |-\n  a\n", "a", 3, 3},
		"Windows line ends":       {"title: t\r\nrule: |\r\n  a\r\n  or b\r\n", "a\nor b\n", 3, 3},
		"byte order mark":         {"\ufefftitle: t\nrule: |\n  a\n", "a\n", 3, 3},
		"a comment after the bar": {"title: t\nrule: | # why\n  a # b\n", "a # b\n", 3, 3},
		"letters beyond ASCII":    {"title: é\nrule: |\n  \"é\" ≥ a\n", "\"é\" ≥ a\n", 3, 3},
		"one blank":               {"title: t\nrule: |\n a\n", "a\n", 3, 2},
		"quotes and colons":       {"title: t\nrule: |\n  \"7 %\" <= lab(\"x: y\")\n", "\"7 %\" <= lab(\"x: y\")\n", 3, 3},
	} {
		t.Run(name, func(t *testing.T) {
			s, list := decode("f.yaml", []byte(c.file))
			if len(list) > 0 {
				t.Fatal(list)
			}
			rule := s.Rule
			if s.Other != nil {
				rule = s.Other.Rule
			}
			want := mistake.Text{Place: mistake.Place{Line: c.line, Column: c.col, Length: 1}, Value: c.text, Style: mistake.Block}
			if d := cmp.Diff(want, rule); d != "" {
				t.Error(d)
			}
		})
	}
}

// Texts stay as they were written: YAML would read these as numbers, and lose what the author meant.
func TestTextsAsWritten(t *testing.T) {
	for _, written := range []string{"1.10", "0123", "4548-4", "1e3", "0x1F", "2026-11-23", "true", "12:30", "1_000", "44054006"} {
		s, list := decode("f.yaml", []byte("title: "+written+"\n"))
		if len(list) > 0 || s.Title.Value != written {
			t.Errorf("%s: read %q, %v", written, s.Title.Value, list)
		}
	}
}

func TestShapesOfAFile(t *testing.T) {
	s, list := decode("f.yaml", []byte("title: \"a: b\"\nopen: true\nsteps: [one, {name: two}]\nwords:\n- x\n- 'y'\npairs: {k: v, l: 2}\nraw:\n  - any: thing\n"))
	if len(list) > 0 {
		t.Fatal(list)
	}
	got := []string{s.Title.Value, s.Steps[0].Name.Value, s.Steps[1].Name.Value, s.Words[1].Value, s.Pairs[1].Key.Value, s.Pairs[1].Value.Value, s.Raw.Items[0].Fields[0].Key.Value}
	if d := cmp.Diff([]string{"a: b", "one", "two", "y", "l", "2", "any"}, got); d != "" {
		t.Error(d)
	}
	if !s.Open || s.Place.Line != 1 || s.Steps[1].Line != 3 {
		t.Errorf("open %t, line %d, second step line %d", s.Open, s.Place.Line, s.Steps[1].Line)
	}
}

// What a hostile file could do to the process is refused before it is parsed.
func TestTooLarge(t *testing.T) {
	for name, text := range map[string]string{
		"brackets": "title: " + strings.Repeat("[", 100000),
		"lists":    strings.Repeat("- ", 100000),
		"bytes":    "title: " + strings.Repeat("x", 1<<20),
	} {
		_, list := decode("f.yaml", []byte(text))
		if len(list) != 1 || list[0].Code != mistake.TooLarge {
			t.Errorf("%s: %d mistakes", name, len(list))
		}
	}
}

// No text may crash the reader, and no mistake may fall outside the file.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{"title: x", "rule: |\n  a", "a: &x [*x]", "? {a: b}\n: c", "- - - x", "%YAML 1.2\n---\n...", "a: |2-\n   x", "\t", "\"\\x", "<<: *a"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		page := mistake.NewPage("f", data)
		var s sample
		for _, m := range mistake.Decode(page, &s) {
			if m.Line < 0 || m.Line > strings.Count(string(data), "\n")+1 || m.Line > 0 && m.Column < 1 || m.Length < 1 {
				t.Errorf("%d:%d+%d in %q", m.Line, m.Column, m.Length, data)
			}
			_ = m.String()
		}
	})
}
