package rule

import (
	"slices"
	"sort"

	"github.com/expr-lang/expr/ast"
)

// termKind is what a part of an expression is, as far as its shape tells.
type termKind uint8

const (
	termNumber termKind = iota
	termText
	termName
	termCall
	termList
	termCompare // args with signs between them; a chain is one comparison
	termAnd
	termOr
	termNot
	termBroken // told already
)

// term is a part of an expression with its place.
type term struct {
	kind     termKind
	piece    int // its number, text, name or operator
	from, to int // the pieces it covers, without brackets around it
	args     []*term
	signs    []int // pieces of the comparison signs
}

// grower turns expr's tree into terms. Only the kinds of node listed here exist for us.
type grower struct {
	*reader
	starts []int // place of each piece in the text that was parsed
}

func (g *grower) pieceAt(n ast.Node) int {
	return max(sort.SearchInts(g.starts, n.Location().From+1)-1, 0)
}

func (g *grower) grow(n ast.Node) *term {
	switch n := n.(type) {
	case *ast.IntegerNode:
		return g.single(termNumber, n)
	case *ast.StringNode:
		return g.single(termText, n)
	case *ast.IdentifierNode:
		return g.single(termName, n)
	case *ast.CallNode:
		if _, ok := n.Callee.(*ast.IdentifierNode); ok {
			return g.bracketedTerm(termCall, n, g.pieceAt(n)+1, n.Arguments)
		}
	case *ast.ArrayNode:
		return g.bracketedTerm(termList, n, g.pieceAt(n), n.Nodes)
	case *ast.UnaryNode:
		if n.Operator == "not" {
			return g.not(n)
		}
	case *ast.BinaryNode:
		return g.binary(n)
	}
	return g.refuse(n)
}

func (g *grower) refuse(n ast.Node) *term {
	i := g.pieceAt(n)
	p := g.pieces[i]
	g.tellOnce(codeForeign, p.from, p.to, notOurs, "")
	return &term{kind: termBroken, piece: i, from: i, to: i + 1}
}

func (g *grower) single(kind termKind, n ast.Node) *term {
	i := g.pieceAt(n)
	if g.pieces[i].masked {
		kind = termBroken
	}
	return &term{kind: kind, piece: i, from: i, to: i + 1}
}

// bracketedTerm is a call or a list, whose bracket is a piece.
func (g *grower) bracketedTerm(kind termKind, n ast.Node, bracket int, nodes []ast.Node) *term {
	t := &term{kind: kind, piece: g.pieceAt(n), from: g.pieceAt(n), to: g.pieces[bracket].pair + 1}
	for _, a := range nodes {
		t.args = append(t.args, g.grow(a))
	}
	return t
}

// not binds tighter than a comparison for expr's parser; "not age >= 18" is meant, and read, as not (age >= 18), which is
// why comparisons look for a not at their left end. "x not in [...]" has its own not behind x.
func (g *grower) not(n *ast.UnaryNode) *term {
	t := &term{kind: termNot, piece: g.pieceAt(n), args: []*term{g.grow(n.Node)}}
	t.from, t.to = g.outside(t.args[0])
	t.from = min(t.from, t.piece)
	return t
}

func (g *grower) binary(n *ast.BinaryNode) *term {
	switch sign := &g.pieces[g.pieceAt(n)]; {
	case n.Operator == "and" || n.Operator == "or":
		return g.join(n)
	case n.Operator == "&&" && sign.kind == pieceSign: // how expr's parser writes a chain
		return g.chain(n)
	case slices.Contains([]string{"==", "!=", "<", "<=", ">", ">=", "in"}, n.Operator):
		return g.compare(g.grow(n.Left), g.pieceAt(n), g.grow(n.Right))
	}
	return g.refuse(n)
}

func (g *grower) join(n *ast.BinaryNode) *term {
	kind := termAnd
	if n.Operator == "or" {
		kind = termOr
	}
	t := &term{kind: kind, piece: g.pieceAt(n)}
	left, right := g.grow(n.Left), g.grow(n.Right)
	if left.kind == kind {
		t.args = append(t.args, left.args...)
	} else {
		t.args = append(t.args, left)
	}
	t.args = append(t.args, right)
	t.from, _ = g.outside(left)
	_, t.to = g.outside(right)
	return t
}

// compare joins two terms by a comparison sign; a not in front of it is taken out to stand before the whole comparison.
func (g *grower) compare(left *term, sign int, right *term) *term {
	if left.kind == termNot && left.piece == left.from && !g.pieces[sign-1].closes(left.from) {
		inner := g.compare(left.args[0], sign, right)
		return &term{kind: termNot, piece: left.piece, from: left.from, to: inner.to, args: []*term{inner}}
	}
	t := &term{kind: termCompare, piece: sign, args: []*term{left, right}, signs: []int{sign}}
	t.from, _ = g.outside(left)
	_, t.to = g.outside(right)
	return t
}

// closes tells whether a piece is the bracket that closes one opened before piece i.
func (p *piece) closes(i int) bool { return p.is(pieceBracket, ")") && p.pair < i }

// chain puts a <= b <= c together again: expr's parser writes it as two comparisons that share the node of b.
func (g *grower) chain(n *ast.BinaryNode) *term {
	last, ok := n.Right.(*ast.BinaryNode)
	if !ok || lastOperand(n.Left) != last.Left {
		return g.refuse(n)
	}
	t := g.grow(n.Left)
	chain := t
	for chain.kind == termNot {
		chain = chain.args[0]
	}
	if chain.kind != termCompare {
		return g.refuse(n)
	}
	right := g.grow(last.Right)
	chain.args = append(chain.args, right)
	chain.signs = append(chain.signs, g.pieceAt(last))
	_, chain.to = g.outside(right)
	t.to = chain.to
	return t
}

func lastOperand(n ast.Node) ast.Node {
	b, ok := n.(*ast.BinaryNode)
	if !ok {
		return nil
	}
	if b.Operator == "&&" {
		return lastOperand(b.Right)
	}
	return b.Right
}

// outside gives the pieces of a term with the brackets around it.
func (g *grower) outside(t *term) (from, to int) {
	from, to = t.from, t.to
	for from > 0 && to < len(g.pieces) && g.pieces[from-1].is(pieceBracket, "(") && g.pieces[from-1].pair == to && !g.calls(from-1) {
		from, to = from-1, to+1
	}
	return from, to
}
