package terms

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// writeSet writes a set's codes as value-set files have them, one line for each.
func writeSet(b *bytes.Buffer, v *ValueSet, note string) {
	fmt.Fprintf(b, "  - name: %s\n", yamlText(v.Name))
	if len(v.Synonyms) > 0 {
		list := make([]string, len(v.Synonyms))
		for i, s := range v.Synonyms {
			list[i] = yamlText(s)
		}
		fmt.Fprintf(b, "    synonyms: [%s]\n", strings.Join(list, ", "))
	}
	fmt.Fprintf(b, "    domain: %s\n", v.Domain)
	if v.Course != NoCourse {
		fmt.Fprintf(b, "    course: %s\n", v.Course)
	}
	if v.Panel != "" {
		fmt.Fprintf(b, "    panel: %s\n", yamlText(v.Panel))
	}
	if note != "" {
		fmt.Fprintf(b, "    note: %s\n", yamlText(note))
	}
	writeEntries(b, "codes", v.Entries)
	writeEntries(b, "exclude", v.Exclude)
}

func writeEntries(b *bytes.Buffer, key string, entries []Entry) {
	if len(entries) == 0 {
		return
	}
	fmt.Fprintf(b, "    %s:\n", key)
	for _, e := range entries {
		fmt.Fprintf(b, "      - %s\n", e.yaml())
	}
}

// yaml is an entry as it stands in a list of codes. The code is always quoted: 1E5 would be a number, and 0123 another.
func (e *Entry) yaml() string {
	parts := []string{"system: " + yamlText(ShortName(e.System)), "code: " + quotedText(e.Code)}
	if e.Include != Self {
		parts = append(parts, "include: "+includeNames[e.Include])
	}
	if e.Display != "" {
		parts = append(parts, "display: "+yamlText(e.Display))
	}
	if e.Says != Disease {
		parts = append(parts, "says: "+e.Says.String())
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

var (
	plain    = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9 ()/+.'-]*$`)
	notPlain = regexp.MustCompile(`(?i)^(y|n|yes|no|on|off|true|false|null|nan|inf)$| $`)
)

// yamlText writes a text plainly where every reader of YAML takes it for the text it is, else in quotes.
func yamlText(s string) string {
	if plain.MatchString(s) && !notPlain.MatchString(s) {
		return s
	}
	return quotedText(s)
}

func quotedText(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		return `""` // a text can always be written
	}
	return strings.TrimSuffix(b.String(), "\n")
}
