package synth

import (
	"fmt"
	"strconv"
)

// member is one name and value of a JSON object.
type member struct {
	name  string
	value any
}

// object is a JSON object whose members keep the order they were written in: resourceType comes first, as in the
// exports whose shape is followed, which the struct types of a FHIR library cannot say.
type object []member

// list is a JSON array.
type list []any

// number is a JSON number by its text: digits are kept as made.
type number string

// appendJSON writes a value compactly. A member without a value (nil, "", no members, no items) is left out, as FHIR
// knows no empty value: https://hl7.org/fhir/R4/json.html.
func appendJSON(b []byte, v any) []byte {
	switch v := v.(type) {
	case string:
		return appendString(b, v)
	case number:
		return append(b, v...)
	case int:
		return strconv.AppendInt(b, int64(v), 10)
	case bool:
		return strconv.AppendBool(b, v)
	case object:
		return appendObject(b, v)
	case list:
		return appendList(b, v)
	}
	panic(fmt.Sprintf("synth: no JSON for a %T", v))
}

func appendObject(b []byte, o object) []byte {
	b = append(b, '{')
	first := true
	for _, m := range o {
		if absent(m.value) {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(appendString(b, m.name), ':')
		b = appendJSON(b, m.value)
	}
	return append(b, '}')
}

func appendList(b []byte, l list) []byte {
	b = append(b, '[')
	for i, v := range l {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendJSON(b, v)
	}
	return append(b, ']')
}

func absent(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case number:
		return v == ""
	case object:
		return len(v) == 0
	case list:
		return len(v) == 0
	}
	return false
}

func appendString(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, '\\', 'n')
		case c < ' ':
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}
