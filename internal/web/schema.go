package web

import (
	"encoding"
	"reflect"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Values is implemented by types of text that have few values: the document then lists them.
type Values interface{ Values() []string }

var (
	timeType  = reflect.TypeFor[time.Time]()
	anyJSON   = reflect.TypeFor[jsontext.Value]()
	textType  = reflect.TypeFor[encoding.TextMarshaler]()
	valueType = reflect.TypeFor[Values]()
)

type schema = map[string]any

// schemas makes JSON Schemas (2020-12) of Go types as go-json-experiment writes them; named structs are put aside and
// referred to.
type schemas struct {
	named map[string]schema
	types map[string]reflect.Type
}

func newSchemas() *schemas {
	return &schemas{named: map[string]schema{}, types: map[string]reflect.Type{}}
}

// schemaOf is the schema of a type by itself.
func schemaOf(t reflect.Type) schema { return newSchemas().of(t) }

func (s *schemas) of(t reflect.Type) schema {
	if known := knownForm(t); known != nil {
		return known
	}
	switch t.Kind() {
	case reflect.Pointer:
		return schema{"anyOf": []any{s.of(t.Elem()), schema{"type": "null"}}}
	case reflect.Bool:
		return schema{"type": "boolean"}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return schema{"type": "integer"}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return schema{"type": "integer", "minimum": 0}
	case reflect.Float32, reflect.Float64:
		return schema{"type": "number"}
	case reflect.String:
		return schema{"type": "string"}
	case reflect.Slice, reflect.Array:
		return schema{"type": "array", "items": s.of(t.Elem())}
	case reflect.Map:
		return schema{"type": "object", "additionalProperties": s.of(t.Elem())}
	case reflect.Struct:
		return s.ofStruct(t)
	}
	return schema{} // any value
}

// knownForm is the schema of types that do not write themselves as their kind.
func knownForm(t reflect.Type) schema {
	switch {
	case t == timeType:
		return schema{"type": "string", "format": "date-time"}
	case t == anyJSON, t.Kind() == reflect.Slice && strings.HasSuffix(t.String(), "json.RawMessage"):
		return schema{}
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8:
		return schema{"type": "string", "contentEncoding": "base64"}
	case t.Kind() != reflect.Pointer && t.Implements(valueType):
		values, _ := reflect.Zero(t).Interface().(Values)
		list := []any{}
		for _, v := range values.Values() {
			list = append(list, v)
		}
		return schema{"type": "string", "enum": list}
	case t.Kind() != reflect.Pointer && (t.Implements(textType) || reflect.PointerTo(t).Implements(textType)):
		return schema{"type": "string"}
	}
	return nil
}

func (s *schemas) ofStruct(t reflect.Type) schema {
	if t.Name() == "" || strings.ContainsAny(t.Name(), "[·") {
		return s.members(t)
	}
	name := s.name(t)
	if _, done := s.named[name]; !done {
		s.named[name] = nil // a type may hold itself
		s.named[name] = s.members(t)
	}
	return schema{"$ref": "#/components/schemas/" + name}
}

// name is a type's own, with its package in front where another type has it already.
func (s *schemas) name(t reflect.Type) string {
	name := t.Name()
	if other, taken := s.types[name]; taken && other != t {
		path := strings.Split(t.PkgPath(), "/")
		name = path[len(path)-1] + "." + name
	}
	s.types[name] = t
	return name
}

func (s *schemas) members(t reflect.Type) schema {
	properties, required := schema{}, []any{}
	s.collect(t, properties, &required)
	out := schema{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		out["required"] = required
	}
	return out
}

func (s *schemas) collect(t reflect.Type, properties schema, required *[]any) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		embedded := f.Anonymous && name == "" || strings.Contains(options, "inline")
		switch {
		case name == "-" && options == "":
			continue
		case embedded && deref(f.Type).Kind() == reflect.Struct:
			s.collect(deref(f.Type), properties, required)
			continue
		case !f.IsExported():
			continue
		case name == "":
			name = f.Name
		}
		form := s.of(f.Type)
		if strings.Contains(options, "string") {
			form = schema{"type": "string"}
		}
		if doc := f.Tag.Get("doc"); doc != "" {
			form["description"] = doc
		}
		properties[name] = form
		if !strings.Contains(options, "omitempty") && !strings.Contains(options, "omitzero") {
			*required = append(*required, name)
		}
	}
}
