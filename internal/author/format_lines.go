package author

import (
	"reflect"
	"slices"
	"strings"

	"prescreen/internal/mistake"
)

// formatter moves whole lines: to another depth, and into another order. It never writes a line anew but for its blanks.
type formatter struct {
	page  *mistake.Page
	block map[int]bool // lines that belong to a text below | or >
	flow  map[int]bool // lines that go on with a text or a bracket of the line above
}

// findBlocks notes the lines whose blanks are part of a text.
func (f *formatter) findBlocks(root *mistake.Node) {
	f.block, f.flow = map[int]bool{}, map[int]bool{}
	rows := f.page.Rows()
	var walk func(n *mistake.Node)
	walk = func(n *mistake.Node) {
		if n.Kind == mistake.TextNode && (n.Style == mistake.Block || n.Style == mistake.Folded) && n.Column > 0 && strings.TrimSpace(n.Text) != "" {
			for line := n.Line; line <= len(rows) && (blank(rows[line-1]) || indentOf(rows[line-1]) >= n.Column-1); line++ {
				f.block[line] = true
			}
			for line := n.Line; line <= len(rows) && f.block[line]; line++ { // empty lines at the end are none of it
				if f.allBlank(line) {
					delete(f.block, line)
				}
			}
		}
		for _, item := range n.Items {
			walk(item)
		}
		for _, field := range n.Fields {
			walk(field.Value)
		}
	}
	walk(root)
}

// allBlank tells that from a line on only empty lines of the block are left.
func (f *formatter) allBlank(line int) bool {
	for ; f.block[line]; line++ {
		if !blank(f.page.Row(line)) {
			return false
		}
	}
	return true
}

// part is a key or an entry with all its lines, and the comments and empty lines above it.
type part struct {
	above, lines []int
	key          string
	node         *mistake.Node
}

// file writes the whole file. Comments above the first key speak about the file and stay at its top.
func (f *formatter) file(root *mistake.Node, shape reflect.Type) string {
	last := len(f.page.Rows())
	for last > 0 && blank(f.page.Row(last)) {
		last--
	}
	parts, tail := f.parts(root, 1, last)
	head := parts[0].above
	parts[0].above = nil
	var out lines
	f.trivia(&out, head, 0, 0)
	f.group(&out, parts, shape, 0)
	f.trivia(&out, tail, 0, 0)
	for len(out) > 0 && out[0] == "" {
		out = out[1:]
	}
	return strings.Join(out, "\n") + "\n"
}

// lines are written lines; two empty ones never follow each other outside of a text.
type lines []string

func (l *lines) add(text string) { *l = append(*l, text) }

func (l *lines) empty() {
	if n := len(*l); n > 0 && (*l)[n-1] != "" {
		*l = append(*l, "")
	}
}

// parts cuts the lines from first to last into the keys of a group or the entries of a list. What is left behind the last
// one at a smaller depth is given as the tail.
func (f *formatter) parts(n *mistake.Node, first, last int) (parts []part, tail []int) {
	var starts []part
	depth := 0
	if n.Kind == mistake.GroupNode {
		for _, field := range n.Fields {
			starts = append(starts, part{lines: []int{field.Key.Line}, key: field.Key.Value, node: field.Value})
			depth = field.Key.Column - 1
		}
	} else {
		for _, item := range n.Items {
			line := f.dashOf(item, first)
			starts = append(starts, part{lines: []int{line}, node: item})
			depth = dashColumn(f.page.Row(line))
		}
	}
	slices.SortStableFunc(starts, func(a, b part) int { return a.lines[0] - b.lines[0] })
	from := first
	for i, p := range starts {
		begin, end := p.lines[0], last
		if i+1 < len(starts) {
			end = starts[i+1].lines[0] - 1
		}
		p.above = numbers(from, begin-1)
		from = f.endOf(begin, end, depth) + 1
		p.lines = numbers(begin, from-1)
		parts = append(parts, p)
	}
	return parts, numbers(from, last)
}

// endOf gives the last line that belongs to what begins at a line: all content before the next key, and the comments below
// it that are indented more deeply than the key.
func (f *formatter) endOf(begin, end, depth int) int {
	to := end
	for to > begin && !f.block[to] && (blank(f.page.Row(to)) || isYAMLComment(f.page.Row(to))) {
		to--
	}
	for line := to + 1; line <= end; line++ {
		row := f.page.Row(line)
		if !blank(row) && indentOf(row) <= depth {
			break
		}
		if !blank(row) {
			to = line
		}
	}
	return to
}

func isYAMLComment(row string) bool { return strings.HasPrefix(strings.TrimLeft(row, " "), "#") }

// dashOf gives the line of the dash before an entry.
func (f *formatter) dashOf(item *mistake.Node, first int) int {
	for line := item.Line; line >= first; line-- {
		if !f.block[line] && strings.HasPrefix(strings.TrimLeft(f.page.Row(line), " "), "-") {
			return line
		}
	}
	return item.Line
}

func dashColumn(row string) int { return indentOf(row) }

func numbers(from, to int) []int {
	var all []int
	for i := from; i <= to; i++ {
		all = append(all, i)
	}
	return all
}

// trivia writes comments and empty lines, moved by as much as what they stand above.
func (f *formatter) trivia(out *lines, rows []int, from, to int) {
	for _, line := range rows {
		row := strings.TrimRight(f.page.Row(line), " \t")
		if row == "" {
			out.empty()
			continue
		}
		out.add(moved(row, from, to))
	}
}

// moved gives a line another depth; what stood to the left of where its neighbours begin stays at least at the margin.
func moved(row string, from, to int) string {
	text := strings.TrimLeft(row, " ")
	return strings.Repeat(" ", max(0, len(row)-len(text)-from+to)) + text
}

// group writes the keys of a group in order, at a depth.
func (f *formatter) group(out *lines, parts []part, shape reflect.Type, depth int) {
	if shape != nil {
		order := rank(shape)
		slices.SortStableFunc(parts, func(a, b part) int { return order[a.key] - order[b.key] })
	}
	for i := range parts {
		if i == 0 {
			parts[i].above = f.withoutBlank(parts[i].above)
		}
		f.key(out, &parts[i], keyShape(shape, parts[i].key), depth)
	}
}

// withoutBlank leaves out the empty lines at the beginning: what is inside begins right below its key.
func (f *formatter) withoutBlank(rows []int) []int {
	for len(rows) > 0 && blank(f.page.Row(rows[0])) {
		rows = rows[1:]
	}
	return rows
}

// key writes one key with all that belongs to it.
func (f *formatter) key(out *lines, p *part, shape reflect.Type, depth int) {
	first := p.lines[0]
	row, from := f.keyRow(first)
	f.trivia(out, p.above, from, depth)
	out.add(strings.Repeat(" ", depth) + f.oneBlank(row, p.node, first))
	if rest := p.lines[1:]; len(rest) > 0 {
		f.inside(out, p.node, shape, rest, from, depth)
	}
}

// keyRow is a key's line without what stands before the key, and the key's depth.
func (f *formatter) keyRow(line int) (text string, depth int) {
	row := strings.TrimRight(f.page.Row(line), " \t")
	text = strings.TrimLeft(row, " ")
	for strings.HasPrefix(text, "- ") {
		text = strings.TrimLeft(text[1:], " ")
	}
	return text, len(row) - len(text)
}

// oneBlank leaves one blank between a key's colon and what follows on its line.
func (f *formatter) oneBlank(row string, value *mistake.Node, line int) string {
	i := strings.Index(row, ":")
	if i < 0 || strings.HasPrefix(row, `"`) || strings.HasPrefix(row, "'") || i+1 == len(row) || row[i+1] != ' ' {
		return row
	}
	rest := strings.TrimLeft(row[i+1:], " ")
	if strings.HasPrefix(rest, "#") && value.Line != line { // a comment keeps its distance
		return row
	}
	return row[:i+1] + " " + rest
}

// inside writes the lines below a key: a list or a group at its own depth, anything else moved as a whole.
func (f *formatter) inside(out *lines, n *mistake.Node, shape reflect.Type, rows []int, from, depth int) {
	below := n.Line >= rows[0] && !f.bracketed(n)
	switch {
	case n.Kind == mistake.GroupNode && below:
		parts, tail := f.parts(n, rows[0], rows[len(rows)-1])
		f.group(out, parts, elemShape(shape), depth+2)
		f.trivia(out, tail, n.Column-1, depth+2)
	case n.Kind == mistake.ListNode && below:
		parts, tail := f.parts(n, rows[0], rows[len(rows)-1])
		for i := range parts {
			if i == 0 {
				parts[i].above = f.withoutBlank(parts[i].above)
			}
			f.entry(out, &parts[i], elemShape(shape), depth+2)
		}
		f.trivia(out, tail, n.Column-1, depth+2)
	case f.block[rows[0]] || n.Style == mistake.Block || n.Style == mistake.Folded:
		f.shift(out, rows, f.blockDepth(rows), depth+2)
	default:
		f.shift(out, rows, from, depth)
	}
}

// bracketed tells groups and lists that are written in { } and [ ].
func (f *formatter) bracketed(n *mistake.Node) bool {
	row := []rune(f.page.Row(n.Line))
	at := n.Column - 1
	return at >= 0 && at < len(row) && (row[at] == '{' || row[at] == '[')
}

// blockDepth is the depth of a text's first line that is not empty, which sets that of all.
func (f *formatter) blockDepth(rows []int) int {
	for _, line := range rows {
		if row := f.page.Row(line); f.block[line] && !blank(row) {
			return indentOf(row)
		}
	}
	return indentOf(f.page.Row(rows[0]))
}

// shift moves lines as a whole; empty lines within a text all stay.
func (f *formatter) shift(out *lines, rows []int, from, to int) {
	for _, line := range rows {
		row := strings.TrimRight(f.page.Row(line), " \t")
		switch {
		case row == "" && f.block[line]:
			out.add("")
		case row == "":
			out.empty()
		default:
			out.add(moved(row, from, to))
		}
	}
}

// entry writes one entry of a list, its dash at a depth.
func (f *formatter) entry(out *lines, p *part, shape reflect.Type, depth int) {
	first := p.lines[0]
	row := strings.TrimRight(f.page.Row(first), " \t")
	from := indentOf(row)
	f.trivia(out, p.above, from, depth)
	text := strings.TrimLeft(strings.TrimPrefix(strings.TrimLeft(row, " "), "-"), " ")
	if p.node.Kind != mistake.GroupNode || f.bracketed(p.node) || p.node.Line != first {
		out.add(strings.Repeat(" ", depth) + strings.TrimRight("- "+text, " "))
		if len(p.lines) > 1 {
			f.shift(out, p.lines[1:], from, depth)
		}
		return
	}
	parts, tail := f.parts(p.node, first, p.lines[len(p.lines)-1])
	var inner lines
	f.group(&inner, parts, shape, depth+2)
	f.trivia(&inner, tail, p.node.Column-1, depth+2)
	f.dash(out, inner, depth)
}

// dash puts an entry's dash before its first key; comments that came to stand above that key go to the depth of the dash.
func (f *formatter) dash(out *lines, inner lines, depth int) {
	done := false
	for _, row := range inner {
		switch {
		case done:
			out.add(row)
		case row == "":
			out.empty()
		case isYAMLComment(row):
			out.add(moved(row, depth+2, depth))
		default:
			out.add(strings.Repeat(" ", depth) + "- " + strings.TrimLeft(row, " "))
			done = true
		}
	}
}
