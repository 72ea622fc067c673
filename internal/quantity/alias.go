package quantity

import (
	"regexp"
	"strings"
)

// bodySurface is the one spelling of "per 1.73 square metres of body surface"; for UCUM it is an annotation.
const bodySurface = "/{1.73_m2}"

// Alias gives the UCUM spelling of a unit as it is found in records: mmHg is mm[Hg], mcg is ug, "mL/min/1.73 m2" is
// mL/min/{1.73_m2}. changed is true exactly when the written unit is not UCUM for what it says, which is worth a warning:
// pH, C, F, K/uL, G/L and mL/min/1.73.m2 parse as UCUM but say picohenry, coulomb, farad, kelvin, gauss and 73 m2 there.
// Valid units come back in one spelling (dl as dL, [IU] as [iU], 10^ as 10*) with changed false, and text that is in no
// table comes back as it is, also with changed false: it is no unit, and only a list of accepted units can say so.
func Alias(unit string) (ucum string, changed bool) {
	if a, ok := perBodySurface(unit); ok {
		return a, !validUnit(unit) || !strings.Contains(unit, "{1.73")
	}
	if validUnit(unit) {
		spelt := spell(unit)
		if a, ok := misread[spelt]; ok {
			return a, true
		}
		return spelt, false
	}
	if a, ok := repair(unit); ok {
		return a, true
	}
	return unit, false
}

func validUnit(s string) bool {
	_, err := ParseUnit(s)
	return err == nil
}

// repair turns text that is not UCUM into UCUM, by the tables and the habits of writing that they stand for.
func repair(unit string) (string, bool) {
	if len(unit) > maxUnitLength {
		return "", false
	}
	s := typed(unit)
	if a, ok := wholeUnits[strings.ToLower(s)]; ok {
		return a, true
	}
	if word, ok := bracketed(s); ok {
		return word, true
	}
	s = powerOfTen.ReplaceAllString(s, "10*$1")
	s = written.ReplaceAllString(s, "$1$2")
	s = mapTokens(s, unitWord)
	if !validUnit(s) {
		return "", false
	}
	s = spell(s)
	if a, ok := misread[s]; ok {
		return a, true
	}
	return s, true
}

// unitWord looks a token up as it is written, then without its capitals unless they are UCUM.
func unitWord(token string) string {
	if a, ok := unitWords[token]; ok {
		return a
	}
	if a, ok := unitWords[strings.ToLower(token)]; ok && !validUnit(token) {
		return a
	}
	return token
}

var (
	// 10^9, x10^9, x10E9, 10e9, 10(9) and 10**9 at the start of a unit.
	powerOfTen = regexp.MustCompile(`^[xX*]?10(?:\^|\*\*?|[eE]|\()\+?([0-9]{1,2})\)?`)
	// m^2 and m**2.
	written = regexp.MustCompile(`([a-zA-Z\]])(?:\^|\*\*?)([0-9])`)
	// (score)
	words = regexp.MustCompile(`^\(([A-Za-z][A-Za-z _-]*)\)$`)
	// What is left of "/1.73 m2" and its relatives once spaces, braces and underscores are gone.
	surface = regexp.MustCompile(`^1[.,]73(?:[.*]?m\^?\*{0,2}2|sqm)?$`)
)

var typewriter = strings.NewReplacer(
	"\u00b5", "u", "\u03bc", "u", // micro sign, Greek mu
	"\u00b2", "2", "\u00b3", "3", "\u2079", "^9", "\u2076", "^6",
	"\u00d7", "x", "\u00b7", ".", "\u22c5", ".", "\u2044", "/", "\u2215", "/",
	"\u00b0", "deg",
	"\u00a0", " ", "\u2009", " ", "\u202f", " ",
)

// typed replaces what a typewriter does not have and drops spaces, which become underscores inside braces.
func typed(s string) string {
	s = strings.TrimSpace(typewriter.Replace(s))
	var b strings.Builder
	inside := false
	for _, r := range s {
		switch {
		case r == '{':
			inside = true
		case r == '}':
			inside = false
		case r == ' ' && inside:
			r = '_'
		case r == ' ':
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// bracketed reads "(score)" as {score}.
func bracketed(s string) (string, bool) {
	m := words.FindStringSubmatch(s)
	if m == nil {
		return "", false
	}
	return "{" + strings.ReplaceAll(m[1], " ", "_") + "}", true
}

// perBodySurface recognises a clearance per 1.73 m2 however it is written.
func perBodySurface(unit string) (string, bool) {
	if len(unit) > maxUnitLength || !strings.Contains(unit, "73") {
		return "", false
	}
	s := typewriter.Replace(unit)
	at := strings.Index(s, "1.73")
	if at < 0 {
		at = strings.Index(s, "1,73")
	}
	if at < 0 {
		return "", false
	}
	above := strings.TrimRight(s[:at], " {")
	above, slash := strings.CutSuffix(above, "/")
	if !slash {
		if above, slash = strings.CutSuffix(above, " per"); !slash {
			return "", false
		}
	}
	below := strings.NewReplacer(" ", "", "_", "", "{", "", "}", "").Replace(s[at:])
	if !surface.MatchString(below) {
		return "", false
	}
	rate, _ := Alias(above)
	return rate + bodySurface, rate != "" && validUnit(rate+bodySurface)
}

// spell gives a valid unit in the one spelling that units are compared in.
func spell(code string) string {
	return mapTokens(code, func(token string) string {
		name := strings.TrimRight(token, "0123456789+-")
		exponent := token[len(name):]
		// No atom but the litre itself is a prefix and an l.
		prefix, litre := strings.CutSuffix(name, "l")
		if litre && (prefix == "" || isPrefix(prefix)) {
			name = prefix + "L"
		}
		name = strings.Replace(name, "[IU]", "[iU]", 1)
		if name == "10^" {
			name = "10*"
		}
		return name + exponent
	})
}

func isPrefix(s string) bool {
	for _, p := range prefixes {
		if p.code == s {
			return true
		}
	}
	return false
}

// mapTokens replaces what stands between the operators of a unit and leaves annotations alone.
func mapTokens(s string, f func(token string) string) string {
	var b strings.Builder
	start, annotation := 0, false
	flush := func(end int) {
		if start < end {
			b.WriteString(f(s[start:end]))
		}
	}
	for i := range len(s) {
		c := s[i]
		switch {
		case annotation:
			annotation = c != '}'
		case strings.IndexByte("./(){", c) >= 0:
			flush(i)
			annotation = c == '{'
		default:
			continue
		}
		b.WriteByte(c)
		start = i + 1
	}
	flush(len(s))
	return b.String()
}
