package web

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// maxIssues is how many things wrong with a body are told: more help nobody.
const maxIssues = 50

// DecodeJSON reads a JSON body into a T, strictly: unknown and repeated members are refused, and so is anything after the
// value. What is wrong with its members is told for each of them, with a JSON pointer (https://www.rfc-editor.org/rfc/rfc6901)
// and never with a value.
func DecodeJSON[T any](r *http.Request, limit int64) (T, error) {
	var v T
	if err := Accepts(r, JSON); err != nil {
		return v, err
	}
	body, err := ReadBody(r, limit)
	if err != nil {
		return v, err
	}
	if err := decode(body, &v); err != nil {
		var zero T
		return zero, err
	}
	return v, nil
}

func decode(body []byte, v any) error {
	if len(body) == 0 {
		return BadRequest("a JSON body is needed")
	}
	strict := []json.Options{json.RejectUnknownMembers(true)}
	err := json.Unmarshal(body, v, strict...)
	var syntax *jsontext.SyntacticError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &syntax):
		return BadRequest("the body is no JSON", notJSON(syntax, reflect.TypeOf(v)))
	}
	issues := memberByMember(body, v, strict)
	if len(issues) == 0 {
		issues = []Issue{misfit(err, reflect.TypeOf(v))}
	}
	return Unprocessable("the body does not have the form this operation takes", issues...)
}

func notJSON(e *jsontext.SyntacticError, t reflect.Type) Issue {
	message := fmt.Sprintf("no JSON from byte %d on", e.ByteOffset)
	if errors.Is(e, jsontext.ErrDuplicateName) {
		message = "this member stands twice in one object"
	}
	at, _ := placeIn(t, e.JSONPointer)
	return Issue{Code: "structure", Message: message, Expression: at}
}

// memberByMember reads each member of an object on its own, because the decoder stops at the first it cannot take.
func memberByMember(body []byte, v any, options []json.Options) []Issue {
	fresh := reflect.New(reflect.TypeOf(v).Elem())
	var issues []Issue
	dec := jsontext.NewDecoder(bytes.NewReader(body))
	if begin, err := dec.ReadToken(); err != nil || begin.Kind() != '{' {
		return nil
	}
	for dec.PeekKind() == '"' && len(issues) < maxIssues {
		one := []byte{'{'}
		for _, sign := range []byte{':', '}'} {
			part, err := dec.ReadValue()
			if err != nil {
				return issues
			}
			one = append(append(one, part...), sign)
		}
		if err := json.Unmarshal(one, fresh.Interface(), options...); err != nil {
			issues = append(issues, misfit(err, reflect.TypeOf(v)))
		}
	}
	return issues
}

// misfit says what a member does not fit, without its value.
func misfit(err error, t reflect.Type) Issue {
	var e *json.SemanticError
	if !errors.As(err, &e) {
		return Issue{Code: "structure", Message: "this does not have the form asked for"}
	}
	place, beside := placeIn(t, e.JSONPointer)
	at := Issue{Code: "structure", Expression: place}
	switch {
	case errors.Is(err, json.ErrUnknownName):
		at.Message = "there is no such member here; those there are: " + strings.Join(beside, ", ")
	case e.GoType != nil && e.Err != nil && e.JSONKind != 0 && fits(e.JSONKind, e.GoType):
		at.Code, at.Message = "value", "this value cannot be read as "+asked(e.GoType)
	case e.GoType != nil:
		at.Message = asked(e.GoType) + " is asked for here"
	default:
		at.Message = "this does not have the form asked for"
	}
	return at
}

// fits tells whether a kind of JSON value is that of a Go type, so that only its content can be wrong.
func fits(kind jsontext.Kind, t reflect.Type) bool {
	switch deref(t).Kind() {
	case reflect.Bool:
		return kind == 't' || kind == 'f'
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint, reflect.Uint8,
		reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Float32, reflect.Float64:
		return kind == '0'
	case reflect.Slice, reflect.Array:
		return kind == '['
	}
	return kind == '"'
}

// asked names what a Go type is written as in JSON.
func asked(t reflect.Type) string {
	schema := schemaOf(deref(t))
	switch {
	case schema["format"] == "date-time":
		return "a moment like 2026-11-23T10:00:00Z"
	case schema["format"] == "date":
		return "a day like 2026-11-23"
	case schema["type"] == "integer":
		return "a whole number"
	case schema["type"] == "array":
		return "a list"
	case schema["type"] == "boolean":
		return "true or false"
	case schema["type"] == "string":
		return "a text"
	case schema["type"] == "object", schema["$ref"] != nil:
		return "an object"
	case schema["type"] == "number":
		return "a number"
	}
	return "another form"
}

func deref(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}
