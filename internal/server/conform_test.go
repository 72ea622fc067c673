package server_test

import (
	"bytes"
	"encoding/json"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"prescreen/internal/server"
)

// conforms holds an answer to what the OpenAPI document of the server says about it.
func conforms(t *testing.T, s *server.Server, method, path string, w *httptest.ResponseRecorder) {
	t.Helper()
	c, pointer, params := documentOf(t, s), "", 100
	path, _, _ = strings.Cut(path, "?")
	for pattern, item := range c.paths {
		op, offered := item[strings.ToLower(method)]
		if shape := regexp.MustCompile(`^` + placeholder.ReplaceAllString(regexp.QuoteMeta(pattern), `[^/]+`) + `$`); !offered || !shape.MatchString(path) || strings.Count(pattern, "{") >= params {
			continue
		}
		params = strings.Count(pattern, "{") // of two patterns the router takes the one that names more
		answer, said := op.Responses[strconv.Itoa(w.Code)]
		if !said {
			t.Errorf("%s %s: the document tells nothing of %d", method, pattern, w.Code)
			return
		}
		media, _, _ := strings.Cut(w.Header().Get("Content-Type"), ";")
		if pointer = "/paths/" + escape(pattern) + "/" + strings.ToLower(method) + "/responses/" + strconv.Itoa(w.Code); answer.Ref != "" {
			pointer = strings.TrimPrefix(answer.Ref, "#")
		}
		pointer += "/content/" + escape(media) + "/schema"
	}
	switch {
	case pointer == "":
		t.Errorf("%s %s is not in the document", method, path)
	case w.Body.Len() > 0:
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(w.Body.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.compile(t, pointer).Validate(value); err != nil {
			t.Errorf("%s %s: %v\n%s", method, path, err, w.Body)
		}
	}
}

var placeholder = regexp.MustCompile(`\\\{[a-zA-Z]+\\\}`)

func escape(part string) string {
	return strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D").Replace(part)
}

type document struct {
	whole any
	paths map[string]map[string]struct {
		Responses map[string]struct {
			Ref string `json:"$ref"`
		}
	}
}

var documents sync.Map // of the servers of this run

func documentOf(t *testing.T, s *server.Server) document {
	t.Helper()
	if d, ok := documents.Load(s); ok {
		return d.(document)
	}
	w := ask(s, "GET", "/openapi.json", "")
	var d document
	var parts struct {
		Paths json.RawMessage
	}
	if err := json.Unmarshal(w.Body.Bytes(), &parts); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(parts.Paths, &d.paths); err != nil {
		t.Fatal(err)
	}
	var err error
	if d.whole, err = jsonschema.UnmarshalJSON(bytes.NewReader(w.Body.Bytes())); err != nil {
		t.Fatal(err)
	}
	documents.Store(s, d)
	return d
}

func (d document) compile(t *testing.T, pointer string) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	if err := c.AddResource("mem:///openapi.json", d.whole); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("mem:///openapi.json#" + pointer)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Every route that is mounted is in the document, and nothing else is.
func TestDocumentIsOfAllRoutes(t *testing.T) {
	s, _ := up(t, func(o *server.Options) { o.TokenEndpoint, o.SignIn = "https://prescreen.example/auth/token", issued{} })
	d, told := documentOf(t, s), 0
	regex := regexp.MustCompile(`\{([a-zA-Z]+):[^}]*\}`)
	for _, route := range s.Routes() {
		if _, ok := d.paths[regex.ReplaceAllString(route.Pattern, "{$1}")][strings.ToLower(route.Method)]; !ok {
			t.Errorf("%s %s is not in the document", route.Method, route.Pattern)
		}
	}
	for _, item := range d.paths {
		told += len(item)
	}
	if told != len(s.Routes()) {
		t.Errorf("the document tells of %d operations, not %d", told, len(s.Routes()))
	}
	conforms(t, s, "GET", "/healthz", ask(s, "GET", "/healthz", ""))
	conforms(t, s, "GET", "/fhir/.well-known/smart-configuration", ask(s, "GET", "/fhir/.well-known/smart-configuration", ""))
}
