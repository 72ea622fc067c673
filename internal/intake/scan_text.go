package intake

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// space steps over white space; indentation goes eight bytes at a time.
func space(src []byte, i int) int {
	for i < len(src) {
		switch src[i] {
		case ' ':
			i++
			for i+8 <= len(src) && binary.LittleEndian.Uint64(src[i:]) == 0x2020202020202020 {
				i += 8
			}
		case '\n', '\r', '\t':
			i++
		default:
			return i
		}
	}
	return i
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// str finds the closing quote of the string whose first byte is src[i].
func (s *scanner) str(i int) (end int, escaped bool, err error) {
	src := s.src
	for {
		for i+8 <= len(src) {
			x := binary.LittleEndian.Uint64(src[i:])
			quote, slash := x^(ones*'"'), x^(ones*'\\')
			m := (x | (x-ones*0x20)&^x | (quote-ones)&^quote | (slash-ones)&^slash) & highs
			if m != 0 {
				i += bits.TrailingZeros64(m) >> 3
				break
			}
			i += 8
		}
		if i >= len(src) {
			return i, escaped, errEnd
		}
		switch c := src[i]; {
		case c == '"':
			return i, escaped, nil
		case c == '\\':
			escaped = true
			if i, err = s.escape(i + 1); err != nil {
				return i, escaped, err
			}
		case c < 0x20:
			return i, escaped, errSyntax
		case c < utf8.RuneSelf:
			i++
		default:
			r, n := utf8.DecodeRune(src[i:])
			if r == utf8.RuneError && n == 1 {
				if !utf8.FullRune(src[i:]) {
					return i, escaped, errEnd
				}
				s.report(badText)
			}
			i += n
		}
	}
}

// escape reads what follows a backslash; a lone surrogate is a fault, for it stands for no character.
func (s *scanner) escape(i int) (int, error) {
	if i >= len(s.src) {
		return i, errEnd
	}
	switch s.src[i] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 1, nil
	case 'u':
	default:
		return i, errSyntax
	}
	r, err := hex4(s.src, i+1)
	if err != nil {
		return i, err
	}
	i += 5
	if r < 0xD800 || r > 0xDFFF {
		return i, nil
	}
	if r < 0xDC00 && i+1 < len(s.src) && s.src[i] == '\\' && s.src[i+1] == 'u' {
		low, err := hex4(s.src, i+2)
		if err != nil {
			return i, err
		}
		if low >= 0xDC00 && low <= 0xDFFF {
			return i + 6, nil
		}
	}
	if i+1 >= len(s.src) {
		return i, errEnd
	}
	s.report(badText)
	return i, nil
}

func hex4(src []byte, i int) (rune, error) {
	var r rune
	for k := range 4 {
		if i+k >= len(src) {
			return 0, errEnd
		}
		switch c := src[i+k]; {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, errSyntax
		}
	}
	return r, nil
}

// scalar reads a number or one of the three literals.
func (s *scanner) scalar(i int) (int, kind, error) {
	switch s.src[i] {
	case 't':
		return literal(s.src, i, "true", truth)
	case 'f':
		return literal(s.src, i, "false", falsity)
	case 'n':
		return literal(s.src, i, "null", null)
	}
	end, err := s.number(i)
	return end, number, err
}

func literal(src []byte, i int, word string, k kind) (int, kind, error) {
	for n := range len(word) {
		if i+n >= len(src) {
			return i + n, k, errEnd
		}
		if src[i+n] != word[n] {
			return i + n, k, errSyntax
		}
	}
	return i + len(word), k, nil
}

// number checks the grammar and, for what a record may hold, the limits: 30 significant digits, exponent within 30.
func (s *scanner) number(i int) (int, error) {
	src, start := s.src, i
	if src[i] == '-' {
		i++
	}
	whole := i
	i, significant := digitsFrom(src, i, 0)
	if i == whole {
		return i, short(src, i)
	}
	if src[whole] == '0' && i > whole+1 {
		return whole + 1, errSyntax
	}
	if i < len(src) && src[i] == '.' {
		point := i + 1
		if i, significant = digitsFrom(src, point, significant); i == point {
			return i, short(src, i)
		}
	}
	exponent := 0
	if i < len(src) && src[i]|0x20 == 'e' {
		i++
		if i < len(src) && (src[i] == '+' || src[i] == '-') {
			i++
		}
		first := i
		for ; i < len(src) && src[i]-'0' <= 9; i++ {
			exponent = min(exponent*10+int(src[i]-'0'), 1000)
		}
		if i == first {
			return i, short(src, i)
		}
	}
	if significant > 30 || exponent > 30 || i-start > 64 {
		s.report(longNumber)
	}
	return i, nil
}

// digitsFrom steps over digits and counts the significant ones.
func digitsFrom(src []byte, i, significant int) (int, int) {
	for ; i < len(src) && src[i]-'0' <= 9; i++ {
		if significant > 0 || src[i] != '0' {
			significant++
		}
	}
	return i, significant
}

// short tells a text that stops from one that is wrong.
func short(src []byte, i int) error {
	if i >= len(src) {
		return errEnd
	}
	return errSyntax
}
