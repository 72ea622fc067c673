package web_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"prescreen/internal/access"
	"prescreen/internal/web"
)

type colour string

func (colour) Values() []string { return []string{"red", "blue"} }

type page struct {
	Items  []item            `json:"items"`
	Next   string            `json:"next,omitempty"`
	ByName map[string]int    `json:"byName"`
	Best   *item             `json:"best"`
	Self   []page            `json:"self,omitempty"`
	At     time.Time         `json:"at"`
	Digest []byte            `json:"digest"`
	Colour colour            `json:"colour" doc:"of the wall"`
	Share  float64           `json:"share"`
	Labels map[string]string `json:"labels,omitempty"`
	Never  int               `json:"-"`
	base
}

type base struct {
	Total int64 `json:"total"`
}

type item struct {
	Rank int  `json:"rank"`
	Open bool `json:"open"`
}

var sample = []web.Route{
	{Method: "GET", Pattern: "/api/v1/trials/{trial}/candidates", Needs: access.SeeCandidates, Trial: "trial", Doc: web.Doc{ID: "candidates", Summary: "The list", Query: []web.Param{{"limit", "integer", "at most"}, {"since", "date", "from"}}, Response: page{}}},
	{Method: "POST", Pattern: "/api/v1/trials", Needs: access.WriteRules, Body: 100, Doc: web.Doc{ID: "save", Summary: "Save", Request: item{}, Response: page{}, Status: 201}},
	{Method: "DELETE", Pattern: "/api/v1/trials/{trial:[A-Z0-9-]+}", Needs: access.ApproveRules, Trial: "trial", Doc: web.Doc{Summary: "Retire", Status: 204}},
	{Method: "POST", Pattern: "/fhir", Needs: access.SendRecords, Body: 100, Doc: web.Doc{Summary: "A bundle"}},
	{Method: "GET", Pattern: "/healthz", Needs: access.Anybody, Doc: web.Doc{Summary: "Health"}},
}

func TestOpenAPI(t *testing.T) {
	document, err := web.OpenAPI(sample, "1")
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		shuffled := slices.Clone(sample)
		rand.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		if again, _ := web.OpenAPI(shuffled, "1"); !bytes.Equal(document, again) {
			t.Fatal("the document depends on the order of the routes")
		}
	}
	var d struct {
		OpenAPI string
		Paths   map[string]map[string]struct {
			OperationID string
			Parameters  []struct {
				Name, In string
				Required bool
			}
			RequestBody any
			Responses   map[string]any
			Security    []any
		}
	}
	if err := json.Unmarshal(document, &d); err != nil {
		t.Fatal(err)
	}
	get := d.Paths["/api/v1/trials/{trial}/candidates"]["get"]
	if d.OpenAPI != "3.1.0" || get.OperationID != "candidates" || len(get.Parameters) != 3 || get.Parameters[0].In != "path" || !get.Parameters[0].Required || len(get.Security) != 2 {
		t.Errorf("%+v", get)
	}
	post, gone := d.Paths["/api/v1/trials"]["post"], d.Paths["/api/v1/trials/{trial}"]["delete"]
	if post.RequestBody == nil || post.Responses["201"] == nil || post.Responses["422"] == nil || gone.Responses["204"] == nil || gone.OperationID != "deleteApiV1TrialsTrial" {
		t.Errorf("%+v %+v", post, gone)
	}
	if health := d.Paths["/healthz"]["get"]; len(health.Security) != 0 || health.Responses["403"] != nil {
		t.Errorf("%+v", health)
	}
}

// Every reference of the document leads somewhere, and what is written of a type fits the schema made of it.
func TestOpenAPISchemas(t *testing.T) {
	document, err := web.OpenAPI(sample, "1")
	if err != nil {
		t.Fatal(err)
	}
	compiled := compileSchema(t, document, "/components/schemas/page")
	at := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	full := page{Items: []item{{1, true}}, Next: "x", ByName: map[string]int{"a": 1}, Best: &item{}, Self: []page{{Colour: "red"}}, At: at, Digest: []byte{1}, Colour: "blue"}
	for name, c := range map[string]struct {
		v  any
		ok bool
	}{
		"full":           {full, true},
		"zero":           {page{Colour: "red"}, true},
		"a wrong value":  {page{Colour: "green"}, false},
		"another member": {map[string]any{"extra": 1}, false},
	} {
		b, err := jsonv2.Marshal(c.v)
		if err != nil {
			t.Fatal(err)
		}
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		if err := compiled.Validate(value); (err == nil) != c.ok {
			t.Errorf("%s: %v\n%s", name, err, b)
		}
	}
	for _, ref := range strings.Split(string(document), `"$ref": "#/components/`)[1:] {
		kind, name, _ := strings.Cut(ref[:strings.IndexByte(ref, '"')], "/")
		var d struct{ Components map[string]map[string]any }
		if err := json.Unmarshal(document, &d); err != nil || d.Components[kind][name] == nil {
			t.Errorf("%s/%s leads nowhere", kind, name)
		}
	}
}

func compileSchema(t *testing.T, document []byte, pointer string) *jsonschema.Schema {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("mem:///openapi.json", value); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("mem:///openapi.json#" + pointer)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
