package author

import (
	"image/color"
	"strings"

	"charm.land/lipgloss/v2"
)

// Place is where a text is shown: its width in columns, 0 for one that has none, such as a file; and whether it shows
// colours. Colours never say anything that is not written too.
type Place struct {
	Width  int
	Colour bool
}

const (
	usualWidth = 100 // where a place has none
	leastWidth = 40
	narrow     = 90 // below it a table becomes paragraphs
)

func (p Place) width() int {
	if p.Width <= 0 {
		return usualWidth
	}
	return max(p.Width, leastWidth)
}

// styled renders line by line, blanks at the ends left plain, so that taking them away later takes them all.
func (p Place) styled(s string, style lipgloss.Style) string {
	if !p.Colour {
		return s
	}
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		text := strings.Trim(l, " ")
		if text == "" {
			continue
		}
		at := strings.Index(l, text)
		lines[i] = l[:at] + style.Render(text) + l[at+len(text):]
	}
	return strings.Join(lines, "\n")
}

func (p Place) paint(s string, c color.Color) string {
	return p.styled(s, lipgloss.NewStyle().Foreground(c))
}

func (p Place) bold(s string) string  { return p.styled(s, lipgloss.NewStyle().Bold(true)) }
func (p Place) faint(s string) string { return p.styled(s, lipgloss.NewStyle().Faint(true)) }

func (p Place) good(s string) string { return p.paint(s, lipgloss.Green) }
func (p Place) bad(s string) string  { return p.paint(s, lipgloss.Red) }
func (p Place) open(s string) string { return p.paint(s, lipgloss.Yellow) }

// pad fills a text up to a width.
func pad(s string, width int) string { return s + strings.Repeat(" ", max(width-lipgloss.Width(s), 0)) }

// cut shortens a text that is too wide.
func cut(s string, width int) string {
	if lipgloss.Width(s) <= width {
		return s
	}
	runes := []rune(s)
	for len(runes) > 0 && lipgloss.Width(string(runes))+1 > width {
		runes = runes[:len(runes)-1]
	}
	return strings.TrimRight(string(runes), " ") + "…"
}

// wrapped breaks a text at spaces into lines of at most so many columns. A word that is wider stays whole.
func wrapped(s string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		switch {
		case line == "":
			line = word
		case lipgloss.Width(line)+1+lipgloss.Width(word) > width:
			lines = append(lines, line)
			line = word
		default:
			line += " " + word
		}
	}
	if line != "" || len(lines) == 0 {
		lines = append(lines, line)
	}
	return lines
}

// hang writes a text after a head, its further lines below the place where the text begins.
func hang(head, s string, width int) string {
	room := max(width-lipgloss.Width(head), 16)
	return head + strings.Join(wrapped(s, room), "\n"+strings.Repeat(" ", lipgloss.Width(head)))
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
