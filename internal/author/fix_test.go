package author_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"prescreen/internal/author"
)

func TestFixWritesOnlyWhatIsSafe(t *testing.T) {
	c := author.NewChecker(baseSets(t))
	file := func(expr string) string {
		return "\ufeff" + strings.ReplaceAll(headOfExample+"criteria:\n  - id: INC-1 # ≥ stays, “here” too\n    kind: inclusion\n    text: Age ≥ 18 AND more\n    expr: |\n      "+expr+"\n", "\n", "\r\n")
	}
	for from, to := range map[string]string{
		`age ≥ 18`:                       `age >= 18`,
		`18 ≤ age ≤ 75`:                  `18 <= age <= 75`,
		`age >= 18 AND NOT deceased`:     `age >= 18 and not deceased`,
		`deceased Or deceased`:           `deceased or deceased`,
		`diagnosed(“stroke”)`:            `diagnosed("stroke")`,
		`diagnosed(‘stroke’) AND age≥18`: `diagnosed("stroke") and age>=18`,
		`diagnosed("stroke”)`:            `diagnosed("stroke")`,
		`age ≠ 18`:                       `age ≠ 18`,
		`age => 18`:                      `age => 18`,
		`age = 18`:                       `age = 18`,
		`age >= 18 && deceased`:          `age >= 18 && deceased`,
		`lab("HbA1c") >= "7,5 %"`:        `lab("HbA1c") >= "7,5 %"`,
		`conditon(“stroke”)`:             `conditon("stroke")`,
		`diagnosed("a ≥ b AND “c”")`:     `diagnosed("a ≥ b AND “c”")`,
		`age >= 18 // “note” ≥ AND`:      `age >= 18 // “note” ≥ AND`,
	} {
		text, changed := c.Fix("x.yaml", []byte(file(from)))
		if got := string(text); got != file(to) {
			t.Errorf("%s becomes\n%q", from, got)
		}
		if (len(changed) > 0) != (from != to) {
			t.Errorf("%s: told %v", from, changed)
		}
	}
}

func TestWriteFileKeepsPermissionsAndLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "a.yaml")
	if err := os.WriteFile(name, []byte("old"), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := author.WriteFile(name, []byte("new")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(name)
	if err != nil || info.Mode().Perm() != 0o640 || string(mustRead(t, name)) != "new" {
		t.Errorf("%v %v", info, err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
	if author.WriteFile(filepath.Join(dir, "none.yaml"), nil) == nil {
		t.Error("a file that is not there was written")
	}
}
