package author

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// token is one piece of an expression's text, with its place in bytes. Texts in quotes are one token each, without the
// quotes.
type token struct {
	kind     tokenKind
	text     string
	from, to int
	group    int // the bracket and, in it, the place between commas: what and and or join
}

type tokenKind uint8

const (
	sign tokenKind = iota
	name
	digits
	quoted
)

// tokens cuts an expression that compiles into its pieces. Comments are left out.
func tokens(s string) []token {
	var list []token
	c := cutter{s: s, open: []int{0}}
	for c.at < len(s) {
		if t, ok := c.next(); ok {
			list = append(list, t)
		}
	}
	return list
}

type cutter struct {
	s      string
	at     int
	groups int
	open   []int // groups of the brackets around
}

func (c *cutter) next() (token, bool) {
	r, n := utf8.DecodeRuneInString(c.s[c.at:])
	from := c.at
	switch {
	case unicode.IsSpace(r):
		c.at += n
		return token{}, false
	case strings.HasPrefix(c.s[c.at:], "//") || r == '#':
		c.at = c.end("\n")
		return token{}, false
	case strings.HasPrefix(c.s[c.at:], "/*"):
		c.at = c.end("*/")
		return token{}, false
	case r == '"' || r == '\'' || r == '`':
		c.at += n
		to := c.closing(byte(r))
		return c.token(quoted, from+1, to-1), true
	case unicode.IsLetter(r) || r == '_':
		c.while(func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' })
		return c.token(name, from, c.at), true
	case unicode.IsDigit(r):
		c.while(func(r rune) bool { return unicode.IsDigit(r) || r == '.' })
		return c.token(digits, from, c.at), true
	}
	return c.sign(from, n), true
}

func (c *cutter) token(k tokenKind, from, to int) token {
	return token{k, c.s[from:to], from, to, c.open[len(c.open)-1]}
}

func (c *cutter) while(in func(rune) bool) {
	for c.at < len(c.s) {
		r, n := utf8.DecodeRuneInString(c.s[c.at:])
		if !in(r) {
			return
		}
		c.at += n
	}
}

func (c *cutter) end(mark string) int {
	if i := strings.Index(c.s[c.at:], mark); i >= 0 {
		return c.at + i + len(mark)
	}
	return len(c.s)
}

// closing moves behind the quote that closes a text.
func (c *cutter) closing(quote byte) int {
	for ; c.at < len(c.s) && c.s[c.at] != quote; c.at++ {
		if c.s[c.at] == '\\' && quote != '`' {
			c.at++
		}
	}
	c.at = min(c.at+1, len(c.s))
	return c.at
}

func (c *cutter) sign(from, n int) token {
	for _, two := range [...]string{"<=", ">=", "==", "!=", "&&", "||"} {
		if strings.HasPrefix(c.s[from:], two) {
			n = 2
		}
	}
	c.at += n
	t := c.token(sign, from, c.at)
	switch t.text {
	case "(", "[":
		c.groups++
		c.open = append(c.open, c.groups)
	case ")", "]":
		c.open = c.open[:max(len(c.open)-1, 1)]
	case ",":
		c.groups++
		c.open[len(c.open)-1] = c.groups
	}
	return t
}
