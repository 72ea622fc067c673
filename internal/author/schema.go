package author

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"prescreen/internal/mistake"
)

// Schema writes the JSON Schema (draft 7, which editors know best) of a kind of file from the struct that such files are
// decoded into, so that an editor completes and refuses what the program reads. A number or a date is a text to the program,
// so a schema lets both through.
func Schema(title string, shape reflect.Type) ([]byte, error) {
	s := schema{defs: map[string]object{}}
	root := s.group(shape)
	doc := append(object{
		{"$schema", "http://json-schema.org/draft-07/schema#"},
		{"title", title},
	}, root...)
	var defs object
	for _, name := range s.order {
		defs = append(defs, member{name, s.defs[name]})
	}
	doc = append(doc, member{"definitions", defs})
	var b bytes.Buffer
	if err := json.MarshalWrite(&b, doc, jsontext.WithIndent("  ")); err != nil {
		return nil, fmt.Errorf("writing the schema: %w", err)
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

// object is a JSON object whose members keep their order.
type object []member

type member struct {
	name  string
	value any
}

// MarshalJSONTo writes the members in their order.
func (o object) MarshalJSONTo(e *jsontext.Encoder) error {
	if err := e.WriteToken(jsontext.BeginObject); err != nil {
		return err
	}
	for _, m := range o {
		if err := e.WriteToken(jsontext.String(m.name)); err != nil {
			return err
		}
		if err := json.MarshalEncode(e, m.value); err != nil {
			return err
		}
	}
	return e.WriteToken(jsontext.EndObject)
}

type schema struct {
	defs  map[string]object
	order []string
}

// shapeName is how descriptions call a struct: criterionText is a criterion.
func shapeName(t reflect.Type) string {
	name := strings.TrimSuffix(strings.TrimSuffix(t.Name(), "Text"), "File")
	return strings.ToLower(name)
}

// group describes a group of keys.
func (s *schema) group(t reflect.Type) object {
	properties := object{}
	var required []string
	for _, k := range mistake.Keys(t) {
		p := s.key(k)
		if about := keyAbout[shapeName(t)+"."+k.Name]; about != "" {
			p = append(object{{"description", about}}, p...)
		}
		properties = append(properties, member{k.Name, p})
		if k.Required {
			required = append(required, k.Name)
		}
	}
	o := object{{"type", "object"}, {"additionalProperties", false}}
	if required != nil {
		o = append(o, member{"required", required})
	}
	return append(o, member{"properties", properties})
}

func (s *schema) key(k mistake.Key) object {
	if len(k.Words) > 0 {
		return object{{"enum", choices(k.Words)}}
	}
	if k.Block {
		return object{{"type", "string"}}
	}
	return s.value(k.Type)
}

// choices lists words; one that YAML reads as a number or as yes and no is listed as that too.
func choices(words []string) []any {
	var all []any
	for _, w := range words {
		all = append(all, w)
		if strings.Trim(w, "0123456789") == "" {
			all = append(all, jsontext.Value(w))
		}
	}
	return all
}

func (s *schema) value(t reflect.Type) object {
	kind, elem := mistake.Shape(t)
	switch kind {
	case mistake.AText:
		return object{{"type", []string{"string", "number", "boolean"}}}
	case mistake.AYesNo:
		return object{{"type", "boolean"}}
	case mistake.AList:
		return object{{"type", "array"}, {"items", s.value(elem)}}
	case mistake.APairs:
		return object{{"type", "object"}, {"additionalProperties", object{{"type", []string{"string", "number", "boolean"}}}}}
	case mistake.AGroup:
		return s.ref(elem)
	}
	return object{}
}

// ref describes a group once and points to it. A text may stand in its place where one of its keys says so.
func (s *schema) ref(t reflect.Type) object {
	name := shapeName(t)
	if _, known := s.defs[name]; !known {
		s.defs[name] = nil
		s.order = append(s.order, name)
		s.defs[name] = s.group(t)
	}
	to := object{{"$ref", "#/definitions/" + name}}
	for _, k := range mistake.Keys(t) {
		if k.Bare {
			return object{{"anyOf", []object{to, s.key(k)}}}
		}
	}
	return to
}
