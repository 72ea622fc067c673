package mistake

import (
	"strings"
	"testing"
)

// A line of any length is shown around its caret, and nothing in it steers the terminal.
func TestAHostileLineIsShownInPart(t *testing.T) {
	m := Mistake{
		Code: "E011", File: "a.yaml", Line: 1, Column: 5001, Length: 7000, Message: "\x1b]0;x\x07 here",
		Source: "\x1b[31m" + strings.Repeat("ä", 4995) + "|" + strings.Repeat("\u009b", 5000),
	}
	got := m.String()
	if len(got) > 2000 {
		t.Errorf("%d bytes", len(got))
	}
	if strings.ContainsAny(got, "\x1b\x07\u009b") {
		t.Errorf("%q", got)
	}
	rows := strings.Split(got, "\n")
	if i, j := strings.Index(rows[2], "^"), strings.Index(rows[1], "|"); i < 0 || j < 0 || len([]rune(rows[2][:i])) != len([]rune(rows[1][:j])) {
		t.Errorf("the caret stands elsewhere:\n%s\n%s", rows[1], rows[2])
	}
	short := Mistake{Code: "E001", File: "a.yaml", Line: 1, Column: 2, Length: 2, Source: "\tab", Message: "m"}
	if want := "a.yaml:1:2: error E001: m\n  \tab\n  \t^^\n"; short.String() != want {
		t.Errorf("%q", short.String())
	}
}
