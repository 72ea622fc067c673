package quantity

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// kinds names what is measured, by dimension; more specific rows are tried before their parts are named one by one.
var kinds = map[string]string{
	"":             "a number",
	"m":            "length",
	"m2":           "area",
	"m3":           "volume",
	"s":            "time",
	"g":            "mass",
	"K":            "temperature",
	"rad":          "angle",
	"C":            "electric charge",
	"cd":           "luminous intensity",
	"mol":          "amount of substance",
	"eq":           "equivalents",
	"osm":          "osmoles",
	"bit":          "information",
	"[iU]":         "international units",
	"[arb'U]":      "arbitrary units",
	"[CFU]":        "colony forming units",
	"[HPF]":        "high power fields",
	"[LPF]":        "low power fields",
	"g.m-1.s-2":    "pressure",
	"g.m.s-2":      "force",
	"g.m2.s-2":     "energy",
	"g.m2.s-3":     "power",
	"mol.s-1":      "catalytic activity",
	"C.s-1":        "electric current",
	"g.m2.C-1.s-2": "voltage",
	"g.m-1.s-1":    "viscosity",
}

// key writes a dimension in one order, mass and amounts first, which is how kinds and sentences name them.
func (d dimension) key() string {
	bases := make([]string, 0, len(d))
	for base := range d {
		bases = append(bases, base)
	}
	slices.SortFunc(bases, func(a, b string) int {
		if ra, rb := rank(a), rank(b); ra != rb {
			return ra - rb
		}
		return strings.Compare(a, b)
	})
	for i, base := range bases {
		if n := d[base]; n != 1 {
			bases[i] += strconv.Itoa(n)
		}
	}
	return strings.Join(bases, ".")
}

func rank(base string) int {
	switch base {
	case "g", "mol":
		return 0
	case "m":
		return 1
	case "C":
		return 2
	case "s":
		return 3
	}
	return 1
}

// per are the denominators that results are given in, tried in this order.
var per = []struct {
	name string
	dims dimension
}{
	{"volume", dimension{"m": 3}},
	{"mass", dimension{"g": 1}},
	{"area", dimension{"m": 2}},
	{"time", dimension{"s": 1}},
	{"amount of substance", dimension{"mol": 1}},
	{"volume and time", dimension{"m": 3, "s": 1}},
	{"mass and time", dimension{"g": 1, "s": 1}},
}

// what names what a unit measures, as in "mass per volume".
func (u Unit) what() string {
	if name, ok := kinds[u.dims.key()]; ok {
		return name
	}
	for _, p := range per {
		if name, ok := kinds[u.dims.add(p.dims, 1).key()]; ok {
			return name + " per " + p.name
		}
	}
	above, below := dimension{}, dimension{}
	for base, n := range u.dims {
		if n > 0 {
			above[base] = n
		} else {
			below[base] = -n
		}
	}
	if len(below) == 0 {
		return above.words()
	}
	return above.words() + " per " + below.words()
}

// words names a dimension without denominators.
func (d dimension) words() string {
	if name, ok := kinds[d.key()]; ok {
		return name
	}
	var parts []string
	for _, part := range strings.Split(d.key(), ".") {
		base := strings.TrimRight(part, "0123456789")
		name, ok := kinds[part]
		if !ok {
			if name, ok = kinds[base]; !ok {
				name = base
			}
			if n := part[len(base):]; n != "" {
				name += " to the power of " + n
			}
		}
		parts = append(parts, name)
	}
	return strings.Join(parts, " and ")
}

// incomparable says in a sentence why UCUM does not convert u into v.
func incomparable(u, v Unit) error {
	if u.Dimensionless() && v.Dimensionless() {
		return fmt.Errorf("%s and %s are both plain numbers, and nothing says that they count the same: they convert only through the analyte",
			u.name(), v.name())
	}
	way := "they do not convert"
	if u.throughAnalyte() && v.throughAnalyte() {
		way = "they convert only through the analyte"
	}
	return fmt.Errorf("%s measures %s, %s %s: %s", u.name(), u.what(), v.name(), v.what(), way)
}

func (u Unit) name() string {
	if u.code == "" {
		return "no unit"
	}
	return u.code
}

// throughAnalyte says that knowing the substance could turn this unit into another kind: it counts mass, particles or
// activity.
func (u Unit) throughAnalyte() bool {
	for base, n := range u.dims {
		if n > 0 && (base == "g" && u.dims["s"] >= -1 || base == "mol" || base == "eq" || base == "osm" || strings.HasPrefix(base, "[")) {
			return true
		}
	}
	return u.Dimensionless()
}
