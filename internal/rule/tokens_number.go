package rule

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"prescreen/internal/dates"
	"prescreen/internal/quantity"
)

// maxBareDigits keeps a number without quotes within what every reader of the text can hold.
const maxBareDigits = 15

// number reads a number and, if people left out the quotes, the unit behind it.
func (s *scanner) number() {
	if s.date() {
		return
	}
	start, end := s.i, s.digits(s.i)
	value, sound := string(s.text[start:end]), true
	switch {
	case s.at(end) == '.' && isDigit(s.at(end+1)):
		end = s.digits(end + 1)
		value = string(s.text[start:end])
	case s.at(end) == ',' && isDigit(s.at(end+1)) && s.square == 0:
		comma := end
		end = s.digits(end + 1)
		value, sound = s.decimalComma(start, comma, end)
	}
	if n := s.unit(end); n > end {
		s.bareQuantity(start, end, n, value)
		return
	}
	if isWordRune(s.at(end)) {
		for isWordRune(s.at(end)) {
			end++
		}
		s.tell(codeNumber, start, end, quoted(string(s.text[start:end]))+" is not a number: write digits and a decimal point only", "")
		s.broken(end - start)
		return
	}
	if !s.checkNumber(start, end, value) || !sound {
		s.broken(end - start)
		return
	}
	s.add(pieceNumber, value, end-start)
}

// broken adds a piece whose mistake was told: it takes part in no further check.
func (s *scanner) broken(n int) {
	s.add(pieceName, "_", n)
	s.pieces[len(s.pieces)-1].masked = true
}

func (s *scanner) checkNumber(start, end int, value string) bool {
	switch {
	case len(value) > maxBareDigits:
		s.tell(codeNumber, start, end, fmt.Sprintf("a number of more than %d digits", maxBareDigits), "")
	case len(value) > 1 && value[0] == '0' && value[1] != '.':
		s.tell(codeNumber, start, end, "a number does not begin with 0", strings.TrimLeft(value[:len(value)-1], "0")+value[len(value)-1:])
	default:
		return true
	}
	return false
}

// date tells a day outside quotes, as in 2024-03-01 or 01.03.2024, and passes it over whole.
func (s *scanner) date() bool {
	end := s.i
	for isDigit(s.at(end)) || strings.ContainsRune(".-/", s.at(end)) && s.at(end) != 0 && isDigit(s.at(end+1)) {
		end++
	}
	text := string(s.text[s.i:end])
	day, ok := dates.DayMeant(text)
	if !ok {
		return false
	}
	s.tell(codeNumber, s.i, end, fmt.Sprintf("%s is a day, and days stand only in a when phrase: \"since %s\"; ages are whole years: age >= 18", quoted(text), day), "")
	s.broken(end - s.i)
	return true
}

func (s *scanner) digits(i int) int {
	for isDigit(s.at(i)) {
		i++
	}
	return i
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

// decimalComma tells the comma and gives the number that was meant; ok is false when three digits behind it may as well be
// thousands.
func (s *scanner) decimalComma(start, comma, end int) (value string, ok bool) {
	whole, part := string(s.text[start:comma]), string(s.text[comma+1:end])
	value = whole + "." + part
	if len(part) == 3 {
		s.tell(codeNumber, start, end, fmt.Sprintf("%s,%s may be %s or %s%s: write a decimal point, or no sign for thousands", whole, part, value, whole, part), "")
		return value, false
	}
	s.tell(codeNumber, start, end, "a number is written with a decimal point: "+value, value)
	return value, true
}

var ageUnits = []string{"years", "year", "yrs", "yr", "y", "y/o", "yo"}

// unit gives the end of a unit that follows a number without quotes, or end if there is none.
func (s *scanner) unit(end int) int {
	i := end
	for s.at(i) == ' ' {
		i++
	}
	start := i
	for r := s.at(i); r != 0 && !unicode.IsSpace(r) && !strings.ContainsRune("()<>=!,;&|\"'`", r) && !isQuote(r); r = s.at(i) {
		i++
	}
	text := string(s.text[start:i])
	if n := len(s.pieces); n > 0 && s.pieces[n-1].kind == pieceName && s.pieces[n-1].value != "between" {
		return end // a when phrase without its quotes: last 3 months
	}
	if _, ok := unitWords[text]; ok && !slices.Contains(ageUnits, text) {
		return end
	}
	switch {
	case text == "*ULN" || text == "*LLN":
		return i
	case text == "" || s.at(i) == '(' || text != "*" && s.reserved(text):
		return end
	case (text == "x" || text == "×" || text == "*") && (s.after(i, " ULN") || s.after(i, " LLN")):
		return i + 4
	case slices.Contains(ageUnits, text) || strings.HasSuffix(text, "ULN") || strings.HasSuffix(text, "LLN") || strings.HasPrefix(text, "%"):
		return i
	case isDigit(s.at(start)) && !strings.HasPrefix(text, "10*") && !strings.HasPrefix(text, "10^"):
		return end
	}
	ucum, _ := quantity.Alias(text)
	if _, err := quantity.ParseUnit(ucum); err != nil {
		return end
	}
	return i
}

// reserved tells words of the language from units: "in" is no inch here.
func (s *scanner) reserved(text string) bool {
	for _, j := range joining {
		if strings.EqualFold(text, j) {
			return true
		}
	}
	r := []rune(text)[0]
	return findWord(text) != nil || foreignWords[text] != "" || strings.ContainsRune(".*/+-:?#]}^~@$\\≥≤≠", r)
}

// bareQuantity tells a number with a unit outside quotes. Years stay a number: ages are counted in them.
func (s *scanner) bareQuantity(start, number, end int, value string) {
	unit := strings.TrimSpace(string(s.text[number:end]))
	if slices.Contains(ageUnits, unit) {
		s.tell(codeBareQuantity, start, end, "ages are whole years and need no unit: "+value, value)
		s.add(pieceNumber, value, end-start)
		return
	}
	if normal := strings.TrimLeft(unit, "*x× "); normal == "ULN" || normal == "LLN" {
		unit = "x" + normal
	}
	meant := value + " " + unit
	s.tell(codeBareQuantity, start, end, `a quantity needs quotes: "`+meant+`"`, `"`+meant+`"`)
	s.add(pieceText, meant, end-start)
}
