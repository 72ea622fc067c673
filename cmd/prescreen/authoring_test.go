package main

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

// TestAuthoringPageIsTriedAsWritten holds docs/authoring.md and its script together: the same commands in the same order, the
// same files. TestScripts runs the script.
func TestAuthoringPageIsTriedAsWritten(t *testing.T) {
	page, err := os.ReadFile("../../docs/authoring.md")
	if err != nil {
		t.Fatal(err)
	}
	script, err := txtar.ParseFile("testdata/script/authoring.txtar")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(commandsOf(page), commandsRun(script.Comment)); d != "" {
		t.Errorf("the commands of the page and of the script (-page +script):\n%s", d)
	}
	var shown, used []string
	for _, m := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllSubmatch(page, -1) {
		shown = append(shown, string(m[1]))
	}
	for _, f := range script.Files {
		if strings.HasPrefix(f.Name, "page-") {
			used = append(used, string(f.Data))
		}
	}
	if d := cmp.Diff(shown, used); d != "" {
		t.Errorf("the files of the page and of the script (-page +script):\n%s", d)
	}
}

// commandsOf are the lines of the page's console blocks.
func commandsOf(page []byte) []string {
	var out []string
	for line := range strings.Lines(string(page)) {
		if c, ok := strings.CutPrefix(strings.TrimSpace(line), "$ "); ok {
			out = append(out, c)
		}
	}
	return out
}

// commandsRun are the commands of the script as a person types them; what it writes to a file is "> file".
func commandsRun(script []byte) []string {
	var out []string
	for _, line := range bytes.Split(script, []byte("\n")) {
		words := strings.Fields(string(line))
		switch {
		case len(words) > 2 && words[0] == "exits" && words[2] == "prescreen":
			out = append(out, strings.Join(words[2:], " "))
		case len(words) > 1 && words[0] == "exec" && words[1] == "prescreen":
			out = append(out, strings.Join(words[1:], " "))
		case len(words) == 3 && words[0] == "cp" && words[1] == "stdout" && len(out) > 0 && strings.HasPrefix(out[len(out)-1], "prescreen"):
			out[len(out)-1] += " > " + words[2]
		case len(words) == 3 && words[0] == "cp" && !strings.HasPrefix(words[1], "page-"):
			out = append(out, strings.Join(words, " "))
		}
	}
	return out
}
