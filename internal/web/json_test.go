package web_test

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prescreen/internal/web"
)

type answer struct {
	Name string    `json:"name"`
	Age  int       `json:"age,omitempty"`
	Due  time.Time `json:"due,omitzero"`
	Tags []string  `json:"tags,omitempty"`
	In   *inner    `json:"in,omitempty"`
}

type inner struct {
	Yes bool `json:"yes"`
}

func TestDecodeJSON(t *testing.T) {
	for body, c := range map[string]struct {
		status int
		at     []string // pointer: message
	}{
		`{"name":"a","age":3,"due":"2026-11-23T10:00:00Z","tags":["x"],"in":{"yes":true}}`: {200, nil},
		`{}`:                            {200, nil},
		``:                              {400, nil},
		`{`:                             {400, []string{": no JSON from byte 1 on"}},
		`{"name":"a"} x`:                {400, []string{": no JSON from byte 13 on"}},
		`{"name":"a","name":"b"}`:       {400, []string{"/name: this member stands twice in one object"}},
		`{"name":"` + "\xff" + `"}`:     {400, []string{"/name: no JSON from byte 9 on"}},
		`{"Name":"a"}`:                  {422, []string{"/?: there is no such member here; those there are: name, age, due, tags, in"}},
		`{"x":1,"y":2,"age":"3"}`:       {422, []string{"/?: there is no such member here; those there are: name, age, due, tags, in", "/?: there is no such member here; those there are: name, age, due, tags, in", "/age: a whole number is asked for here"}},
		`{"in":{"no":1}}`:               {422, []string{"/in/?: there is no such member here; those there are: yes"}},
		`{"secret":{"secret":{}}}`:      {422, []string{"/?: there is no such member here; those there are: name, age, due, tags, in"}},
		`{"secret":1,"secret":2}`:       {422, nil},
		`{"in":{"yes":"secret"}}`:       {422, []string{"/in/yes: true or false is asked for here"}},
		`{"due":"secret","tags":"x"}`:   {422, []string{"/due: this value cannot be read as a moment like 2026-11-23T10:00:00Z", "/tags: a list is asked for here"}},
		`{"age":1.5}`:                   {422, []string{"/age: this value cannot be read as a whole number"}},
		`{"tags":["x",{"secret":1}]}`:   {422, []string{"/tags/1: a text is asked for here"}},
		`[]`:                            {422, []string{": an object is asked for here"}},
		`"secret"`:                      {422, []string{": an object is asked for here"}},
		strings.Repeat(`{"in":`, 20000): {422, nil},
		strings.Repeat(`[`, 20000):      {422, nil},
	} {
		t.Run(body[:min(len(body), 40)], func(t *testing.T) {
			r := httptest.NewRequest("POST", "/", strings.NewReader(body))
			r.Header.Set("Content-Type", "application/json")
			v, err := web.DecodeJSON[answer](r, 1<<20)
			if got := statusOf(t, err); got != c.status {
				t.Fatalf("%d: %v", got, err)
			}
			var e *web.Error
			var at []string
			if errors.As(err, &e) {
				for _, i := range e.Issues {
					at = append(at, i.Expression+": "+i.Message)
				}
				if strings.Contains(strings.Join(at, " ")+e.Message, "secret") {
					t.Error("the error holds a value")
				}
				if d := cmp.Diff(answer{}, v); d != "" {
					t.Error(d)
				}
			}
			if d := cmp.Diff(c.at, at); d != "" && c.at != nil {
				t.Error(d)
			}
		})
	}
}

func TestDecodeJSONMedia(t *testing.T) {
	r := httptest.NewRequest("POST", "/", strings.NewReader(`{}`))
	r.Header.Set("Content-Type", "text/plain")
	if _, err := web.DecodeJSON[answer](r, 100); statusOf(t, err) != 415 {
		t.Error(err)
	}
}

// A hundred faults are told up to a number that somebody reads.
func TestDecodeJSONManyFaults(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"name":"a"`)
	for i := range 100 {
		b.WriteString(`,"x` + strings.Repeat("y", i) + `":1`)
	}
	r := httptest.NewRequest("POST", "/", strings.NewReader(b.String()+`}`))
	r.Header.Set("Content-Type", "application/json")
	var e *web.Error
	if _, err := web.DecodeJSON[answer](r, 1<<20); !errors.As(err, &e) || len(e.Issues) != 50 {
		t.Error(err)
	}
}
