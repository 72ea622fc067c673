package quantity

import (
	"fmt"
	"math/big"
	"strings"
	"sync"
)

// atom is one row of UCUM's tables: code, value, and the unit the value is in. The unit of a special atom is
// "function(value unit)"; a base has no value.
type atom struct {
	code  string
	kind  atomKind
	value string
	unit  string
}

type atomKind uint8

const (
	metric  atomKind = 1 << iota // takes prefixes
	base                         // a dimension of its own
	onScale                      // special: unit names the function
	plain   atomKind = 0
)

// prefixes of https://ucum.org/ucum#section-Prefixes and of the powers of two; the longer come first where one begins
// another.
var prefixes = []struct{ code, value string }{
	{"da", "1e1"},
	{"Ki", "1024"},
	{"Mi", "1048576"},
	{"Gi", "1073741824"},
	{"Ti", "1099511627776"},
	{"Y", "1e24"},
	{"Z", "1e21"},
	{"E", "1e18"},
	{"P", "1e15"},
	{"T", "1e12"},
	{"G", "1e9"},
	{"M", "1e6"},
	{"k", "1e3"},
	{"h", "1e2"},
	{"d", "1e-1"},
	{"c", "1e-2"},
	{"m", "1e-3"},
	{"u", "1e-6"},
	{"n", "1e-9"},
	{"p", "1e-12"},
	{"f", "1e-15"},
	{"a", "1e-18"},
	{"z", "1e-21"},
	{"y", "1e-24"},
}

// prefixed is a prefix with its value read.
type prefixed struct {
	code  string
	value *big.Rat
}

// atomSet answers for codes; it is filled once and then only read.
type atomSet struct {
	rows     map[string]atom
	units    map[string]Unit
	prefixes []prefixed
}

// allAtoms resolves the tables. A row that does not parse is a mistake in this package, so it panics.
var allAtoms = sync.OnceValue(func() *atomSet {
	s := &atomSet{rows: map[string]atom{}, units: map[string]Unit{}}
	for _, p := range prefixes {
		s.prefixes = append(s.prefixes, prefixed{p.code, mustRat(p.value)})
	}
	for _, table := range [][]atom{scientificAtoms, customaryAtoms, clinicalAtoms} {
		for _, a := range table {
			if _, twice := s.rows[a.code]; twice {
				panic("quantity: atom listed twice: " + a.code)
			}
			s.rows[a.code] = a
		}
	}
	for code := range s.rows {
		if _, err := s.resolve(code); err != nil {
			panic(fmt.Sprintf("quantity: atom %s: %v", code, err))
		}
	}
	return s
})

func mustRat(s string) *big.Rat {
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		panic("quantity: not a number: " + s)
	}
	return r
}

// lookup finds an atom, alone or behind a prefix. The atom alone wins: cd is the candela.
func (s *atomSet) lookup(name string) (Unit, error) {
	if _, ok := s.rows[name]; ok {
		return s.resolve(name)
	}
	for _, p := range s.prefixes {
		rest, ok := strings.CutPrefix(name, p.code)
		if !ok {
			continue
		}
		if a, ok := s.rows[rest]; ok && a.kind&metric != 0 {
			u, err := s.resolve(rest)
			return u.prefixed(name, p.value), err
		}
	}
	return Unit{}, fmt.Errorf("it has no unit %q", name)
}

func (u Unit) prefixed(code string, value *big.Rat) Unit {
	u.code = code
	if u.special != nil {
		special := *u.special
		special.prefix = value
		u.special = &special
		return u
	}
	u.scale = new(big.Rat).Mul(u.size(), value)
	return u
}

// resolve expands an atom into base units, by way of the atoms its definition names.
func (s *atomSet) resolve(code string) (Unit, error) {
	if u, done := s.units[code]; done {
		return u, nil
	}
	u, err := s.expand(s.rows[code])
	if err != nil {
		return Unit{}, err
	}
	u.code = code
	s.units[code] = u
	return u, nil
}

func (s *atomSet) expand(a atom) (Unit, error) {
	if a.kind&base != 0 {
		return Unit{dims: dimension{a.code: 1}, scale: one}, nil
	}
	name, special := "", a.kind&onScale != 0
	definition := a.unit
	if special {
		var ok bool
		if name, definition, ok = strings.Cut(strings.TrimSuffix(a.unit, ")"), "("); !ok {
			return Unit{}, fmt.Errorf("no function in %q", a.unit)
		}
	}
	u, err := parseUnit(definition, s)
	if err != nil {
		return Unit{}, err
	}
	u.scale = new(big.Rat).Mul(u.size(), mustRat(a.value))
	if special {
		fn, ok := specialFunctions[name]
		if !ok {
			return Unit{}, fmt.Errorf("no function %q", name)
		}
		u.special = &scaleUnit{atom: a.code, prefix: one, fn: fn}
	}
	return u, nil
}
