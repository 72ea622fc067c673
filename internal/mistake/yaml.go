package mistake

import (
	"bytes"
	"errors"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// The limits keep a file from taking the process with it: the parser is recursive.
const (
	maxBytes = 1 << 20
	maxDepth = 64
)

// parse reads the plain part of YAML that our files are written in: keys, lists, texts. Scalars stay texts as they were
// written, so that 1.10 is not 1.1 and 0123 is not 83. What YAML adds beyond that (anchors, tags, several documents) is
// refused, because it hides from the reader what a file says.
func parse(p *Page) (*Node, List) {
	if m, bad := unreadable(p); bad {
		return nil, List{m}
	}
	file, err := parseBytes(p.data)
	if err != nil {
		return nil, syntaxMistakes(p, err)
	}
	t := tree{page: p}
	var root *Node
	for _, d := range file.Docs {
		switch {
		case d.Body == nil || d.Body.Type() == ast.CommentType:
		case root == nil:
			root = t.node(d.Body)
		default:
			t.tell(t.node(d.Body).Place, TwoDocuments, "a file holds one document: take the line --- away")
		}
	}
	if root == nil {
		m := p.Mistake(Place{}, EmptyFile, "nothing is written in this file")
		t.mistakes = append(t.mistakes, m)
	}
	return root, t.mistakes
}

// parseBytes turns a crash of the parser into an error: no text may end the program.
func parseBytes(data []byte) (f *ast.File, err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("the parser gave up")
		}
	}()
	return parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
}

func unreadable(p *Page) (Mistake, bool) {
	if len(p.data) > maxBytes {
		return p.Mistake(Place{}, TooLarge, "the file is larger than 1 MiB; split it"), true
	}
	for i, row := range p.rows {
		at := strings.IndexFunc(row, func(r rune) bool { return r == utf8.RuneError || r < ' ' && r != '\t' })
		if at >= 0 {
			where := Place{i + 1, utf8.RuneCountInString(row[:at]) + 1, 1}
			return p.Mistake(where, NotText, "a character here is no text; save the file as UTF-8"), true
		}
		if strings.Count(row, "- ") > maxDepth && strings.HasPrefix(strings.TrimLeft(row, " "), strings.Repeat("- ", maxDepth)) {
			return p.Mistake(Place{i + 1, 1, 1}, TooLarge, "lists are nested too deeply"), true
		}
	}
	open := 0
	for i, c := range p.data {
		switch c {
		case '[', '{':
			open++
		case ']', '}':
			open = max(open-1, 0)
		}
		if open > maxDepth {
			line := bytes.Count(p.data[:i], []byte("\n")) + 1
			return p.Mistake(Place{line, 1, 1}, TooLarge, "brackets are nested too deeply"), true
		}
	}
	return Mistake{}, false
}

// tree builds our own nodes of the parser's.
type tree struct {
	page     *Page
	mistakes List
}

func (t *tree) tell(at Place, code, message string) {
	t.mistakes = append(t.mistakes, t.page.Mistake(at, code, message))
}

func (t *tree) place(tk *token.Token) Place {
	first, _, _ := strings.Cut(strings.TrimSpace(tk.Origin), "\n")
	return Place{tk.Position.Line, max(tk.Position.Column, 1), utf8.RuneCountInString(strings.TrimSpace(first))}
}

func (t *tree) node(n ast.Node) *Node {
	at := t.place(n.GetToken())
	switch n := n.(type) {
	case *ast.MappingNode:
		return t.group(n, at)
	case *ast.MappingValueNode:
		return t.group(&ast.MappingNode{BaseNode: n.BaseNode, Start: n.Start, Values: []*ast.MappingValueNode{n}}, at)
	case *ast.SequenceNode:
		list := &Node{Place: at, Kind: ListNode}
		for _, v := range n.Values {
			list.Items = append(list.Items, t.node(v))
		}
		return list
	case *ast.NullNode:
		return &Node{Place: at, Kind: NullNode}
	case *ast.LiteralNode:
		return t.block(n)
	case *ast.StringNode:
		return &Node{Place: at, Kind: TextNode, Text: n.Value, Style: styleOf(n.Token)}
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode, *ast.MergeKeyNode:
		t.tell(at, NotPlainYAML, "&, *, ! and << have a meaning of their own in YAML and are not used here: write the text out, in quotes if it begins with one of them")
		return &Node{Place: at, Kind: BadNode}
	}
	return &Node{Place: at, Kind: TextNode, Text: n.GetToken().Value}
}

func styleOf(tk *token.Token) Style {
	switch tk.Type {
	case token.DoubleQuoteType, token.SingleQuoteType:
		return Quoted
	}
	return Plain
}

func (t *tree) group(n *ast.MappingNode, at Place) *Node {
	g := &Node{Place: at, Kind: GroupNode}
	for i, v := range n.Values {
		key := t.place(v.Key.GetToken())
		if i == 0 && !n.IsFlowStyle {
			g.Place = key
		}
		if _, plain := v.Key.(ast.ScalarNode); !plain || v.Key.IsMergeKey() {
			t.tell(key, NotPlainYAML, "a key is a plain word before a colon")
			continue
		}
		name := v.Key.GetToken().Value
		g.Fields = append(g.Fields, Field{Key: Text{Place: key, Value: name}, Value: t.node(v.Value)})
	}
	return g
}

// block is a text after | or >. Its place is that of its first character, of its mark if nothing follows; the indentation
// is not part of the text.
func (t *tree) block(n *ast.LiteralNode) *Node {
	if strings.TrimSpace(n.Value.Value) == "" {
		return &Node{Place: t.place(n.Start), Kind: TextNode, Style: Block}
	}
	line := n.Start.Position.Line + 1
	indent := 0
	for l := line; l <= len(t.page.rows); l++ {
		if row := t.page.Row(l); strings.TrimSpace(row) != "" {
			indent = len(row) - len(strings.TrimLeft(row, " "))
			break
		}
	}
	style := Block
	if n.Start.Value != "|" && n.Start.Value != "|-" && n.Start.Value != "|+" {
		style = Folded
	}
	return &Node{Place: Place{line, indent + 1, 1}, Kind: TextNode, Text: n.Value.Value, Style: style}
}

// exprLine finds an expression written on the line of its key, where YAML cuts or refuses it.
var exprLine = regexp.MustCompile(`^( *(?:- +)?expr: *)([^|\s#].*?)\s*(?:\s#.*)?$`)

// colonLine finds a text that holds a colon and stands in no quotes.
var colonLine = regexp.MustCompile(`^\s*((?:- +)?[a-z_]+:) +([^"'|>\[{#&*!][^"]*: [^"]*?)\s*$`)

// syntaxMistakes says in plain words what keeps the file from being read. An expression outside a block is by far the
// commonest reason, and all of them are told.
func syntaxMistakes(p *Page, err error) List {
	var list List
	for i, row := range p.rows {
		if m := exprLine.FindStringSubmatch(row); m != nil {
			at := Place{i + 1, utf8.RuneCountInString(m[1]) + 1, utf8.RuneCountInString(m[2])}
			list = append(list, notInBlock(p, at, "expr", m[2]))
		}
	}
	var syntax *yaml.SyntaxError
	if !errors.As(err, &syntax) || syntax.Token == nil {
		return append(list, p.Mistake(Place{}, Syntax, "this file cannot be read: check indentation, quotes and colons"))
	}
	at := stopped(p, syntax.Token)
	for _, m := range list {
		if m.Line == at.Line {
			return list
		}
	}
	message, why := plainWords(syntax.Message)
	m := p.Mistake(at, Syntax, message)
	m.Why = why
	if c := colonLine.FindStringSubmatch(p.Row(at.Line)); c != nil && why != "" && !strings.HasPrefix(message, "a tab") {
		m.Fix = strings.TrimSpace(c[1]) + ` "` + c[2] + `"`
	}
	return append(list, m)
}

// stopped is the place of the token at which reading stopped. A tab is looked for, because the parser names the line before.
func stopped(p *Page, tk *token.Token) Place {
	at := Place{tk.Position.Line, max(tk.Position.Column, 1), 1}
	if strings.Contains(tk.Origin, "\t") || strings.Contains(tk.Value, "\t") {
		for l := at.Line; l <= len(p.rows); l++ {
			if i := strings.IndexByte(p.Row(l), '\t'); i >= 0 && strings.TrimSpace(p.Row(l)[:i]) == "" {
				return Place{l, i + 1, 1}
			}
		}
	}
	return at
}

func notInBlock(p *Page, at Place, key, text string) Mistake {
	m := p.Mistake(at, NotInBlock, "an expression is written below its key, after a |")
	m.Because("on the key's own line YAML takes quotes for itself and cuts everything after # without a word",
		key+": |\n           "+strings.TrimSpace(text))
	return m
}

// plainWords puts a parser's message into an author's words; the parser's own are never shown.
func plainWords(message string) (what, why string) {
	has := func(s string) bool { return strings.Contains(message, s) }
	switch {
	case has(`\t`), has("\t"):
		return "a tab cannot indent a line: write blanks", "YAML measures indentation in blanks"
	case has("could not find end character"):
		return "a quote that opens here is never closed", ""
	case has("flow mapping"), has("must be specified"), has("flow sequence"):
		return "a bracket that was opened is not closed, or a comma is missing", ""
	case has("reserved character"):
		return "a text cannot begin with this character unless it stands in quotes", ""
	case has("header option"):
		return "a text that begins with | or > is a block in YAML: put it in quotes", ""
	case has("mapping value is not allowed"), has("map key-value is pre-defined"):
		return "this line cannot be read", "its indentation differs from its neighbours', or its text holds a colon or begins with a quote and needs quotes around the whole"
	case has("sequence entries are not allowed"):
		return "a list begins on a line of its own", ""
	case has("value is not allowed"):
		return "this line stands at no level of the lines above: check its indentation", ""
	}
	return "this line cannot be read: check indentation, quotes and colons", ""
}
