package web

import (
	"cmp"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"prescreen/internal/access"
)

// OpenAPI writes the document of all routes (https://spec.openapis.org/oas/v3.1.1). It follows from the routes and the Go
// types of their bodies alone, whatever their order.
func OpenAPI(routes []Route, version string) ([]byte, error) {
	s := newSchemas()
	paths := schema{}
	sorted := slices.SortedFunc(slices.Values(routes), func(a, b Route) int {
		return cmp.Or(strings.Compare(a.Pattern, b.Pattern), strings.Compare(a.Method, b.Method))
	})
	for _, route := range sorted {
		path, _ := pathOf(route.Pattern)
		item, _ := paths[path].(schema)
		if item == nil {
			item = schema{}
			paths[path] = item
		}
		item[strings.ToLower(route.Method)] = s.operation(route)
	}
	s.of(reflect.TypeFor[Failure]())
	named := schema{}
	for name, form := range s.named {
		named[name] = form
	}
	return json.Marshal(schema{
		"openapi": "3.1.0",
		"info": schema{
			"title": "prescreen", "version": version,
			"description": "Prescreening of patients' records for clinical trials. Lists propose; people decide.",
		},
		"paths": paths,
		"components": schema{
			"schemas":   named,
			"responses": refusals(),
			"securitySchemes": schema{
				"token":   schema{"type": "http", "scheme": "bearer", "description": "of a machine"},
				"session": schema{"type": "apiKey", "in": "cookie", "name": "__Host-prescreen", "description": "of a person; without TLS, on the machine itself, its name is prescreen"},
			},
		},
	}, json.Deterministic(true), jsontext.WithIndent("  "))
}

var pathParam = regexp.MustCompile(`\{([A-Za-z]+)(?::([^{}]+))?\}`)

// pathOf writes chi's pattern as OpenAPI's path, and gives its parameters.
func pathOf(pattern string) (string, []any) {
	var params []any
	for _, m := range pathParam.FindAllStringSubmatch(pattern, -1) {
		form := schema{"type": "string"}
		if m[2] != "" {
			form["pattern"] = "^" + strings.Trim(m[2], "^$") + "$"
		}
		params = append(params, schema{"name": m[1], "in": "path", "required": true, "schema": form})
	}
	return pathParam.ReplaceAllString(pattern, "{$1}"), params
}

func (s *schemas) operation(route Route) schema {
	d := route.Doc
	path, params := pathOf(route.Pattern)
	for _, q := range d.Query {
		params = append(params, schema{"name": q.Name, "in": "query", "description": q.Summary, "schema": queryForm(q.Type)})
	}
	op := schema{
		"operationId": cmp.Or(d.ID, operationID(route.Method, path)),
		"summary":     d.Summary,
		"responses":   s.responses(route),
		"security":    []any{schema{"token": []any{}}, schema{"session": []any{}}},
		"x-right":     string(route.Needs),
	}
	if route.Needs == access.Anybody {
		op["security"] = []any{}
	}
	if len(params) > 0 {
		op["parameters"] = params
	}
	if body := s.requestBody(route); body != nil {
		op["requestBody"] = body
	}
	return op
}

func (s *schemas) requestBody(route Route) schema {
	switch {
	case route.Doc.Takes != "":
		return schema{"content": schema{route.Doc.Takes: schema{}}}
	case route.Doc.Request != nil:
		return schema{"required": true, "content": schema{JSON: schema{"schema": s.of(reflect.TypeOf(route.Doc.Request))}}}
	case route.Body > 0 && isFHIR(route.Pattern):
		return schema{"content": schema{FHIR: schema{}}}
	case route.Body > 0:
		return schema{"content": schema{JSON: schema{}}}
	}
	return nil
}

func (s *schemas) responses(route Route) schema {
	d := route.Doc
	status := cmp.Or(d.Status, http.StatusOK)
	ok := schema{"description": http.StatusText(status)}
	if status >= http.StatusMultipleChoices {
		ok["headers"] = schema{"Location": schema{"schema": schema{"type": "string"}}}
	} else if status != http.StatusNoContent {
		content := schema{}
		for i, media := range route.Media() {
			content[media] = schema{}
			if d.Response != nil && (i == 0 || media == JSON) {
				content[media] = schema{"schema": s.of(reflect.TypeOf(d.Response))}
			}
		}
		ok["content"] = content
	}
	out := schema{strconv.Itoa(status): ok}
	for _, status := range refusalsOf(route) {
		out[strconv.Itoa(status)] = schema{"$ref": "#/components/responses/" + responseName(status)}
		if own := status == http.StatusBadRequest || status == http.StatusUnauthorized; own && d.Refused != nil {
			out[strconv.Itoa(status)] = schema{"description": http.StatusText(status), "content": schema{
				JSON:    schema{"schema": s.of(reflect.TypeOf(d.Refused))},
				Problem: schema{"schema": schema{"$ref": "#/components/schemas/Failure"}},
			}}
		}
	}
	return out
}

// Media are the media types a route answers in, best first.
func (r Route) Media() []string {
	switch {
	case r.Doc.Media != "":
		list := strings.Split(r.Doc.Media, ",")
		for i := range list {
			list[i] = strings.TrimSpace(list[i])
		}
		return list
	case isFHIR(r.Pattern):
		return []string{FHIR, JSON}
	}
	return []string{JSON}
}

func isFHIR(pattern string) bool { return pattern == "/fhir" || strings.HasPrefix(pattern, "/fhir/") }

// refusalsOf are the statuses that a route may answer with beside its own.
func refusalsOf(route Route) []int {
	list := append([]int{400, 401, 404, 406, 429, 500, 503}, route.Doc.Refusals...)
	if route.Needs != access.Anybody {
		list = append(list, 403)
	}
	if route.Body > 0 {
		list = append(list, 408, 413, 415, 422)
	}
	if route.Method != http.MethodGet && route.Method != http.MethodHead {
		list = append(list, 403, 409, 410, 412, 428)
	} else if isFHIR(route.Pattern) {
		list = append(list, 410)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// refusals are the error answers, one for each status.
func refusals() schema {
	out := schema{}
	for status := range codes {
		headers := schema{}
		if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
			headers["Retry-After"] = schema{"description": "seconds", "schema": schema{"type": "integer"}}
		}
		if status == http.StatusUnauthorized {
			headers["WWW-Authenticate"] = schema{"schema": schema{"type": "string"}}
		}
		one := schema{"description": http.StatusText(status), "content": schema{
			Problem: schema{"schema": schema{"$ref": "#/components/schemas/Failure"}},
			FHIR:    schema{"schema": schema{"type": "object", "required": []any{"resourceType", "issue"}}},
		}}
		if len(headers) > 0 {
			one["headers"] = headers
		}
		out[responseName(status)] = one
	}
	return out
}

func responseName(status int) string {
	return strings.NewReplacer(" ", "", "-", "").Replace(http.StatusText(status))
}

func queryForm(typ string) schema {
	switch typ {
	case "date":
		return schema{"type": "string", "format": "date"}
	case "date-time", "instant":
		return schema{"type": "string", "format": "date-time"}
	case "integer", "boolean", "number", "string":
		return schema{"type": typ}
	}
	return schema{"type": "string"}
}

// operationID is made from method and path where a route names none.
func operationID(method, path string) string {
	id := strings.ToLower(method)
	for _, part := range strings.FieldsFunc(path, func(r rune) bool { return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9') }) {
		id += strings.ToUpper(part[:1]) + part[1:]
	}
	return id
}
