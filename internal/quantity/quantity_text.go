package quantity

import (
	"fmt"
	"strings"
)

// ParseQuantity reads a quantity as a rule writes it: a number and a unit, such as "7.5 %", "1.5 mg/dL", "3 xULN" or "5". The
// unit is returned as written, "" if there is none; whether it means anything is for the analyte to say. Its errors quote
// the text, which is an author's and never a patient's.
func ParseQuantity(s string) (value Decimal, unit string, err error) {
	text := strings.TrimSpace(s)
	if text == "" {
		return Decimal{}, "", fmt.Errorf("a number with its unit is missing")
	}
	number := numberPrefix(text)
	rest := text[len(number):]
	if err := misspelt(text, number, rest); err != nil {
		return Decimal{}, "", err
	}
	value, err = Parse(number)
	if err != nil {
		return Decimal{}, "", fmt.Errorf("%q: %w", s, err)
	}
	return value, strings.TrimSpace(rest), nil
}

// numberPrefix is the longest start of s that looks like a number. An e counts only with digits behind it, so that the unit
// of "5 eq/L" or "5eq/L" stays whole.
func numberPrefix(s string) string {
	i := 0
	if s[0] == '+' || s[0] == '-' {
		i++
	}
	i = pastDigits(s, i)
	if i < len(s) && s[i] == '.' {
		i = pastDigits(s, i+1)
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		j := i + 1
		if j < len(s) && (s[j] == '+' || s[j] == '-') {
			j++
		}
		if end := pastDigits(s, j); end > j {
			i = end
		}
	}
	return s[:i]
}

func pastDigits(s string, i int) int {
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	return i
}

// misspelt finds what people write where a number should stand, and offers the right spelling.
func misspelt(text, number, rest string) error {
	switch {
	case strings.HasPrefix(text, "\u2212") || strings.HasPrefix(text, "\u2013"):
		return fmt.Errorf("%q begins with a dash: write a minus as -", text)
	case text[0] == '<' || text[0] == '>' || text[0] == '=' || strings.HasPrefix(text, "\u2264") || strings.HasPrefix(text, "\u2265"):
		return fmt.Errorf("%q: the comparison stands outside the quotation marks, as in lab(\"...\") < \"5 mg/L\"", text)
	case strings.HasPrefix(rest, ","):
		return decimalComma(text, number, rest)
	case number == "" || number == "+" || number == "-":
		return fmt.Errorf("%q does not begin with a number", text)
	case strings.HasPrefix(rest, "*") || strings.HasPrefix(rest, "^"):
		return fmt.Errorf("%q begins with its unit: the number is missing", text)
	}
	if after := strings.TrimSpace(rest); after != rest && startsNumber(after) && !tenPower(after) {
		return fmt.Errorf("%q holds two numbers: write %s without a space", text, number+after[:pastDigits(after, 0)])
	}
	return nil
}

// startsNumber says that a unit begins with digits; tenPower excuses 10*9/L and its spellings.
func startsNumber(s string) bool { return s != "" && s[0] >= '0' && s[0] <= '9' }

func tenPower(s string) bool {
	return strings.HasPrefix(s, "10*") || powerOfTen.MatchString(s) || validUnit(s) && s[:pastDigits(s, 0)] == "1"
}

// decimalComma offers the decimal point, and both readings where three digits follow, as in 1,000.
func decimalComma(text, number, rest string) error {
	end := pastDigits(rest, 1)
	if end == 1 {
		return fmt.Errorf("%q: a comma does not belong into a number; write a decimal point", text)
	}
	if strings.Trim(number, "+-") == "" {
		number += "0"
	}
	point := number + "." + rest[1:end] + rest[end:]
	if end-1 == 3 {
		return fmt.Errorf("%q: write a decimal point, %q, or no separator for thousands, %q", text, point, number+rest[1:end]+rest[end:])
	}
	return fmt.Errorf("%q is written with a decimal comma: write a decimal point, %q", text, point)
}
