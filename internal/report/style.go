package report

import (
	"image/color"
	"strings"

	"charm.land/lipgloss/v2"

	"prescreen/internal/verdict"
)

// palette paints text where the place shows colours; else it leaves it as it is.
type palette struct{ on bool }

// The colours of the terminal's own sixteen, so that they suit its background.
var (
	green  = lipgloss.Green
	red    = lipgloss.Red
	yellow = lipgloss.Yellow
)

func (p palette) paint(s string, c color.Color) string {
	return p.each(s, lipgloss.NewStyle().Foreground(c))
}

func (p palette) bold(s string) string { return p.each(s, lipgloss.NewStyle().Bold(true)) }

func (p palette) faint(s string) string { return p.each(s, lipgloss.NewStyle().Faint(true)) }

// each styles line by line: styled as a whole, lines would be padded to the longest.
func (p palette) each(s string, style lipgloss.Style) string {
	if !p.on || s == "" {
		return s
	}
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = style.Render(lines[i])
	}
	return strings.Join(lines, "\n")
}

func (p palette) effect(s string, e verdict.Effect) string {
	return p.paint(s, [...]color.Color{verdict.Open: yellow, verdict.Pass: green, verdict.Fail: red}[e])
}

// wrap breaks text at spaces into lines of at most width columns, each but the first after an indent. A date or an id is
// never broken, unless it alone is wider than the place.
func wrap(text string, width int, indent string) string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		for _, piece := range chunks(word, max(width, 8)) {
			switch {
			case line == "":
				line = piece
			case lipgloss.Width(line)+1+lipgloss.Width(piece) > width:
				lines = append(lines, line)
				line = piece
			default:
				line += " " + piece
			}
		}
	}
	return strings.Join(append(lines, line), "\n"+indent)
}

// chunks cuts a word that is wider than a line; a painted one stays whole, for it holds more than is seen.
func chunks(word string, width int) []string {
	if lipgloss.Width(word) <= width {
		return []string{word}
	}
	var out []string
	from, n := 0, 0
	for i, r := range word {
		w := lipgloss.Width(string(r))
		if n+w > width {
			out = append(out, word[from:i])
			from, n = i, 0
		}
		n += w
	}
	return append(out, word[from:])
}

// clean keeps control characters of a record from steering the terminal.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return ' '
		}
		return r
	}, s)
}
