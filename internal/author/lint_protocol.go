package author

import (
	"fmt"
	"slices"
	"strings"

	"prescreen/internal/mistake"
)

// protocol tells lines of the protocol that no criterion takes up. It is asked only of files that list the lines: a line is
// taken up by a criterion whose text holds it, or is a part of it.
func (l *linter) protocol() {
	root, _ := l.page.Tree()
	if root == nil {
		return
	}
	lines := fieldOf(root, "protocol_lines")
	if lines == nil {
		return
	}
	var texts []string
	for i := range l.trial.Criteria {
		texts = append(texts, plain(l.trial.Criteria[i].Text))
	}
	for _, n := range lines.Items {
		line := plain(n.Text)
		if n.Kind != mistake.TextNode || line == "" {
			continue
		}
		if !slices.ContainsFunc(texts, func(t string) bool { return t != "" && (strings.Contains(t, line) || strings.Contains(line, t)) }) {
			l.tell(n.Place, lineLeftOut, fmt.Sprintf("no criterion takes up this line of the protocol: %s", shortened(n.Text))).
				Fix = "- id: …\n         kind: inclusion\n         text: " + strings.Join(strings.Fields(n.Text), " ") + "\n         manual: …"
		}
	}
}

// plain is a text without letter case, signs and blanks that do not matter.
func plain(text string) string { return strings.Join(wordsOf(text), " ") }

func shortened(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return text
}
