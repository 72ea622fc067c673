package web_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"prescreen/internal/web"
)

func pack(t *testing.T, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// onRoute is a request that has come to a route.
func onRoute(r *http.Request, route web.Route) *http.Request {
	return r.WithContext(web.WithRequest(r.Context(), web.Request{ID: requestID, Route: &route}))
}

const requestID = "8f14e45f-ceea-467f-a0e0-1d2c3b4a5f60"

func statusOf(t *testing.T, err error) int {
	t.Helper()
	if err == nil {
		return 200
	}
	var e *web.Error
	if !errors.As(err, &e) {
		t.Fatalf("%T is no refusal: %v", err, err)
	}
	return e.Status
}

func TestReadBody(t *testing.T) {
	for name, c := range map[string]struct {
		body   []byte
		coding string
		limit  int64
		want   string
		status int
	}{
		"as it is":              {[]byte("abc"), "", 10, "abc", 200},
		"identity":              {[]byte("abc"), "identity", 10, "abc", 200},
		"gzip":                  {pack(t, []byte("abc")), "gzip", 100, "abc", 200},
		"gzip in capitals":      {pack(t, []byte("abc")), "GZIP", 100, "abc", 200},
		"two gzips in a row":    {append(pack(t, []byte("ab")), pack(t, []byte("c"))...), "gzip", 100, "abc", 200},
		"just fits":             {[]byte("abc"), "", 3, "abc", 200},
		"empty":                 {nil, "", 3, "", 200},
		"one too long":          {[]byte("abcd"), "", 3, "", 413},
		"none taken":            {[]byte("a"), "", 0, "", 413},
		"unpacks just fitting":  {pack(t, bytes.Repeat([]byte("a"), 1000)), "gzip", 1000, strings.Repeat("a", 1000), 200},
		"unpacks to one more":   {pack(t, bytes.Repeat([]byte("a"), 1001)), "gzip", 1000, "", 413},
		"packed too long":       {pack(t, []byte("abc")), "gzip", 5, "", 413},
		"no gzip":               {[]byte("abcdefghijklmnop"), "gzip", 100, "", 400},
		"gzip broken off":       {pack(t, []byte("abcdefgh"))[:20], "gzip", 100, "", 400},
		"gzip with wrong sum":   {flipped(pack(t, []byte("abcdefgh"))), "gzip", 100, "", 400},
		"empty gzip":            {nil, "gzip", 100, "", 400},
		"brotli":                {[]byte("abc"), "br", 10, "", 415},
		"gzip twice":            {pack(t, pack(t, []byte("abc"))), "gzip, gzip", 1000, "", 415},
		"a bomb in 8 kB":        {pack(t, make([]byte, 8<<20)), "gzip", 1 << 20, "", 413},
		"garbage behind a gzip": {append(pack(t, []byte("abc")), "xyz"...), "gzip", 100, "", 400},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest("POST", "/", bytes.NewReader(c.body))
			r.Header.Set("Content-Encoding", c.coding)
			for _, chunked := range []bool{false, true} {
				r.Body = io.NopCloser(bytes.NewReader(c.body))
				if chunked {
					r.ContentLength = -1
				}
				got, err := web.ReadBody(r, c.limit)
				if status := statusOf(t, err); status != c.status || err == nil && string(got) != c.want {
					t.Errorf("chunked %t: %d %v, %d bytes", chunked, status, err, len(got))
				}
			}
		})
	}
}

func flipped(b []byte) []byte {
	b[len(b)-6] ^= 1
	return b
}

// What a route takes goes before what a handler asks for.
func TestReadBodyOfRoute(t *testing.T) {
	for limit, want := range map[int64]int{0: 413, 2: 413, 3: 413, 100: 413} {
		r := onRoute(httptest.NewRequest("POST", "/", strings.NewReader("abcd")), web.Route{Body: 3})
		if _, err := web.ReadBody(r, limit); statusOf(t, err) != want {
			t.Errorf("limit %d: %v", limit, err)
		}
	}
	r := onRoute(httptest.NewRequest("POST", "/", strings.NewReader("abc")), web.Route{Body: 3})
	if b, err := web.ReadBody(r, 0); err != nil || string(b) != "abc" {
		t.Errorf("%q %v", b, err)
	}
}

// A bomb costs no more memory than a body that is taken.
func TestBombInMemory(t *testing.T) {
	bomb := pack(t, make([]byte, 64<<20))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r := httptest.NewRequest("POST", "/", bytes.NewReader(bomb))
	r.Header.Set("Content-Encoding", "gzip")
	if _, err := web.ReadBody(r, 1<<20); statusOf(t, err) != 413 {
		t.Error(err)
	}
	runtime.ReadMemStats(&after)
	if grew := after.TotalAlloc - before.TotalAlloc; grew > 16<<20 {
		t.Errorf("%d bytes were taken for a body of at most 1 MiB", grew)
	}
}

func TestBrokenOff(t *testing.T) {
	r := httptest.NewRequest("POST", "/", io.MultiReader(strings.NewReader("abc"), &failing{io.ErrUnexpectedEOF}))
	if _, err := web.ReadBody(r, 10); statusOf(t, err) != 400 {
		t.Error(err)
	}
}

type failing struct{ err error }

func (f *failing) Read([]byte) (int, error) { return 0, f.err }

func TestAccepts(t *testing.T) {
	for sent, ok := range map[string]bool{
		"application/fhir+json":                   true,
		"application/fhir+json; fhirVersion=4.0":  true,
		"Application/JSON":                        true,
		"application/json; charset=utf-8":         true,
		"application/json;charset=UTF-8":          true,
		"application/json; charset=iso-8859-1":    false,
		"application/xml":                         false,
		"text/plain":                              false,
		"":                                        false,
		"application/json, application/fhir+json": false,
		"application/x-www-form-urlencoded":       false,
		"application/jsonx":                       false,
	} {
		r := httptest.NewRequest("POST", "/", nil)
		r.Header.Set("Content-Type", sent)
		err := web.Accepts(r, web.FHIR, web.JSON)
		if (err == nil) != ok {
			t.Errorf("%q: %v", sent, err)
		}
		if err != nil && (statusOf(t, err) != 415 || !strings.Contains(err.Error(), "UTF-8") && !strings.Contains(err.Error(), web.FHIR)) {
			t.Errorf("%q: %v does not say what is taken", sent, err)
		}
	}
}
