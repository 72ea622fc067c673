package quantity

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// Limits on the text of a unit; the longest in use have some forty characters, and exponents go to 23.
const (
	maxUnitLength   = 128
	maxUnitDepth    = 8
	maxUnitExponent = 40
)

// ParseUnit reads a case-sensitive UCUM unit in full: prefixes, exponents, products, quotients, brackets, annotations and
// integer factors. https://ucum.org/ucum#section-Syntax-Rules
func ParseUnit(code string) (Unit, error) {
	return parseUnit(code, allAtoms())
}

func parseUnit(code string, atoms *atomSet) (Unit, error) {
	if code == "" {
		return Unit{}, fmt.Errorf("the unit is missing")
	}
	if len(code) > maxUnitLength {
		return Unit{}, fmt.Errorf("a unit of more than %d characters", maxUnitLength)
	}
	for i := range len(code) {
		if code[i] <= ' ' || code[i] > '~' {
			return Unit{}, fmt.Errorf("%q is not UCUM: only plain characters without spaces may stand in a unit", code)
		}
	}
	p := &unitParser{text: code, atoms: atoms}
	u, err := p.mainTerm()
	if err != nil {
		return Unit{}, fmt.Errorf("%q is not UCUM: %w", code, err)
	}
	u.code = code
	return u, nil
}

type unitParser struct {
	text  string
	pos   int
	depth int
	atoms *atomSet
}

func (p *unitParser) peek() byte {
	if p.pos < len(p.text) {
		return p.text[p.pos]
	}
	return 0
}

func (p *unitParser) mainTerm() (Unit, error) {
	u, err := p.term()
	if err == nil && p.pos < len(p.text) {
		err = fmt.Errorf("%q does not belong here", p.text[p.pos:])
	}
	return u, err
}

// term is a chain of components; quotients bind to the left, so a/b.c is (a/b).c, and a leading slash is 1 over.
func (p *unitParser) term() (Unit, error) {
	var u Unit
	first := true
	for {
		op := p.peek()
		switch {
		case op == '/' || op == '.' && !first:
			p.pos++
		case first:
			op = 0
		default:
			return u, nil
		}
		v, err := p.component()
		if err != nil {
			return Unit{}, err
		}
		if op == 0 {
			u = v
		} else if u, err = u.combine(v, op); err != nil {
			return Unit{}, err
		}
		first = false
	}
}

func (p *unitParser) component() (Unit, error) {
	switch p.peek() {
	case 0:
		return Unit{}, fmt.Errorf("a unit is missing at the end")
	case '(':
		return p.group()
	case '{':
		return Unit{}, p.annotation()
	}
	u, err := p.simple(p.token())
	if err == nil && p.peek() == '{' {
		err = p.annotation()
	}
	return u, err
}

func (p *unitParser) group() (Unit, error) {
	if p.depth++; p.depth > maxUnitDepth {
		return Unit{}, fmt.Errorf("too many brackets")
	}
	p.pos++
	u, err := p.term()
	if err != nil {
		return Unit{}, err
	}
	if p.peek() != ')' {
		return Unit{}, fmt.Errorf("a closing bracket is missing")
	}
	p.pos++
	p.depth--
	return u, nil
}

// annotation skips {text}; it changes nothing for UCUM.
func (p *unitParser) annotation() error {
	end := strings.IndexByte(p.text[p.pos:], '}')
	if end < 2 || strings.IndexByte(p.text[p.pos+1:p.pos+end], '{') >= 0 {
		return fmt.Errorf("an annotation is written in braces, as in {score}")
	}
	p.pos += end + 1
	return nil
}

// token is the text up to the next operator; square brackets hide operators, as in [m/s2/Hz^(1/2)].
func (p *unitParser) token() string {
	start, inside := p.pos, false
	for ; p.pos < len(p.text); p.pos++ {
		switch c := p.text[p.pos]; {
		case c == '[':
			inside = true
		case c == ']':
			inside = false
		case !inside && strings.IndexByte("./(){}", c) >= 0:
			return p.text[start:p.pos]
		}
	}
	return p.text[start:]
}

// simple reads an integer factor, or an atom with prefix and exponent.
func (p *unitParser) simple(token string) (Unit, error) {
	name, exp, err := splitExponent(token)
	if err != nil {
		return Unit{}, err
	}
	if name == "" {
		n, ok := new(big.Int).SetString(token, 10)
		if !ok || n.Sign() <= 0 || token[0] == '+' || len(token) > maxDigits {
			return Unit{}, fmt.Errorf("%q is not a number to multiply by", token)
		}
		return Unit{code: token, scale: new(big.Rat).SetInt(n)}, nil
	}
	u, err := p.atoms.lookup(name)
	if err != nil || exp == 1 {
		return u, err
	}
	if u.special != nil {
		return Unit{}, fmt.Errorf("%s is read on a scale of its own and cannot have an exponent", name)
	}
	return u.power(exp), nil
}

// splitExponent cuts the trailing exponent off; no atom ends in a digit. A token of digits alone has no name.
func splitExponent(token string) (name string, exp int, err error) {
	name = strings.TrimRight(token, "0123456789")
	digits := token[len(name):]
	if digits == "" {
		return name, 1, nil
	}
	if name == "" {
		return "", 0, nil
	}
	if last := name[len(name)-1]; last == '-' || last == '+' {
		name, digits = name[:len(name)-1], token[len(name)-1:]
	}
	exp, err = strconv.Atoi(digits)
	if err != nil || exp == 0 || exp > maxUnitExponent || exp < -maxUnitExponent {
		return "", 0, fmt.Errorf("%q is not an exponent", digits)
	}
	if name == "" {
		return "", 0, fmt.Errorf("%q has no unit before it", token)
	}
	return name, exp, nil
}
