package author

import (
	"embed"
	"io/fs"
	"slices"
	"strings"

	"prescreen/internal/mistake"
)

//go:embed pages/*.md
var pageFiles embed.FS

// Page explains one code: what to avoid, what to write instead, and why. It is a Markdown file in the folder pages, with a
// title, a block under "Avoid", one under "Prefer", and the text under "Why".
type Page struct {
	Code, Title   string
	Avoid, Prefer string
	Why           string
	Markdown      string
}

// PageOf gives the page of a code, whatever the case of its letter.
func PageOf(code string) (Page, bool) {
	code = strings.ToUpper(strings.TrimSpace(code))
	data, err := pageFiles.ReadFile("pages/" + code + ".md")
	if err != nil {
		return Page{}, false
	}
	return readPage(code, string(data)), true
}

// PageCodes gives the codes that have a page, sorted.
func PageCodes() []string {
	names, _ := fs.Glob(pageFiles, "pages/*.md")
	for i, n := range names {
		names[i] = strings.TrimSuffix(strings.TrimPrefix(n, "pages/"), ".md")
	}
	slices.Sort(names)
	return names
}

// NearestCode gives the code that a misspelt one may mean, "" if none is near.
func NearestCode(code string) string {
	return mistake.Nearest(strings.ToUpper(code), PageCodes())
}

func readPage(code, text string) Page {
	p := Page{Code: code, Markdown: text}
	var section string
	parts := map[string]*strings.Builder{"Avoid": {}, "Prefer": {}, "Why": {}}
	inBlock := false
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "```") {
			inBlock = !inBlock
		}
		switch {
		case inBlock && parts[section] != nil:
			parts[section].WriteString(line)
		case strings.HasPrefix(line, "# "):
			p.Title = strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(line, "# "), code))
		case strings.HasPrefix(line, "## "):
			section = strings.TrimSpace(line[3:])
		case parts[section] != nil:
			parts[section].WriteString(line)
		}
	}
	p.Avoid, p.Prefer, p.Why = parts["Avoid"].String(), parts["Prefer"].String(), strings.TrimSpace(parts["Why"].String())
	return p
}

// Text is the page for a terminal: blocks indented, without their marks.
func (p Page) Text() string {
	var b strings.Builder
	b.WriteString(p.Code + "  " + p.Title + "\n")
	inBlock := false
	for line := range strings.Lines(p.Markdown) {
		text := strings.TrimRight(line, "\n")
		switch {
		case strings.HasPrefix(text, "```"):
			inBlock = !inBlock
		case inBlock && text != "":
			b.WriteString("    " + text + "\n")
		case strings.HasPrefix(text, "# "):
		case strings.HasPrefix(text, "## "):
			b.WriteString(text[3:] + ":\n")
		default:
			b.WriteString(text + "\n")
		}
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}
