package web

import (
	"reflect"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// placeIn writes a JSON pointer into a body that is to be read as a t, and gives the members of the last object on the way
// that t knows. Only names that t has itself are shown, others are "?": anything else may be a value in the wrong place.
func placeIn(t reflect.Type, p jsontext.Pointer) (place string, beside []string) {
	var b strings.Builder
	for token := range p.Tokens() {
		if b.Len() > 200 {
			break
		}
		if t != nil {
			t = deref(t)
		}
		shown := "?"
		switch {
		case t == nil:
		case t.Kind() == reflect.Struct:
			fields := membersOf(t)
			beside = fields.names
			t = fields.types[token]
			if t != nil {
				shown = token
			}
		case t.Kind() == reflect.Slice || t.Kind() == reflect.Array:
			t = t.Elem()
			if _, err := strconv.ParseUint(token, 10, 32); err == nil {
				shown = token
			}
		case t.Kind() == reflect.Map:
			t = t.Elem()
		default:
			t = nil
		}
		b.WriteString("/" + shown)
	}
	return b.String(), beside
}

// members are those of an object by their names in JSON.
type members struct {
	names []string
	types map[string]reflect.Type
}

func membersOf(t reflect.Type) members {
	m := members{types: map[string]reflect.Type{}}
	for _, f := range reflect.VisibleFields(t) {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case !f.IsExported() || name == "-" && options == "", f.Anonymous && name == "":
			continue
		case name == "":
			name = f.Name
		}
		m.names = append(m.names, name)
		m.types[name] = f.Type
	}
	return m
}
