package web_test

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"prescreen/internal/access"
	"prescreen/internal/web"
)

type place struct {
	Seq   int64 `json:"seq"`
	After int   `json:"after"`
}

func TestCursor(t *testing.T) {
	key, day := []byte(strings.Repeat("k", 32)), time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	mark, err := web.EncodeCursor(key, ask("/api/v1/trials/T-1/candidates?sort=rank", "u1", "/a", day), place{7, 50})
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := base64.RawURLEncoding.DecodeString(mark)
	for i := range raw {
		forged := append([]byte{}, raw...)
		forged[i] ^= 1
		var p place
		r := ask("/api/v1/trials/T-1/candidates?sort=rank", "u1", "/a", day)
		if err := web.DecodeCursor(key, r, base64.RawURLEncoding.EncodeToString(forged), &p); statusOf(t, err) != 400 {
			t.Errorf("a mark with byte %d changed was taken", i)
		}
	}
	for name, c := range map[string]struct {
		url, who, pattern string
		at                time.Time
		key, mark         string
		ok                bool
	}{
		"the same question":       {"/api/v1/trials/T-1/candidates?sort=rank", "u1", "/a", day, "k", mark, true},
		"with the mark in it":     {"/api/v1/trials/T-1/candidates?cursor=x&sort=rank", "u1", "/a", day, "k", mark, true},
		"the day after":           {"/api/v1/trials/T-1/candidates?sort=rank", "u1", "/a", day.AddDate(0, 0, 1), "k", mark, true},
		"two days after":          {"/api/v1/trials/T-1/candidates?sort=rank", "u1", "/a", day.AddDate(0, 0, 2), "k", mark, false},
		"the day before":          {"/api/v1/trials/T-1/candidates?sort=rank", "u1", "/a", day.AddDate(0, 0, -1), "k", mark, false},
		"another trial":           {"/api/v1/trials/T-2/candidates?sort=rank", "u1", "/a", day, "k", mark, false},
		"another order":           {"/api/v1/trials/T-1/candidates?sort=age", "u1", "/a", day, "k", mark, false},
		"one more filter":         {"/api/v1/trials/T-1/candidates?sort=rank&arm=1", "u1", "/a", day, "k", mark, false},
		"another caller":          {"/api/v1/trials/T-1/candidates?sort=rank", "u2", "/a", day, "k", mark, false},
		"another route":           {"/api/v1/trials/T-1/candidates?sort=rank", "u1", "/b", day, "k", mark, false},
		"another key":             {"/api/v1/trials/T-1/candidates?sort=rank", "u1", "/a", day, "l", mark, false},
		"nothing":                 {"/api/v1/trials/T-1/candidates?sort=rank", "u1", "/a", day, "k", "", false},
		"cut":                     {"/api/v1/trials/T-1/candidates?sort=rank", "u1", "/a", day, "k", mark[:20], false},
		"no base64":               {"/api/v1/trials/T-1/candidates?sort=rank", "u1", "/a", day, "k", "ä" + mark, false},
		"a thousand times longer": {"/api/v1/trials/T-1/candidates?sort=rank", "u1", "/a", day, "k", strings.Repeat(mark, 1000), false},
	} {
		t.Run(name, func(t *testing.T) {
			var p place
			err := web.DecodeCursor([]byte(strings.Repeat(c.key, 32)), ask(c.url, c.who, c.pattern, c.at), c.mark, &p)
			if (err == nil) != c.ok || c.ok && p != (place{7, 50}) || !c.ok && (statusOf(t, err) != 400 || !strings.Contains(err.Error(), "first page")) {
				t.Error(err, p)
			}
		})
	}
	again, _ := web.EncodeCursor(key, ask("/api/v1/trials/T-1/candidates?sort=rank", "u1", "/a", day), place{7, 50})
	other, _ := web.EncodeCursor(key, ask("/api/v1/trials/T-1/candidates?sort=rank", "u1", "/a", day), place{7, 51})
	if again != mark || other == mark || strings.Contains(string(raw), "seq") {
		t.Error("a mark is not opaque, or not the same for the same place")
	}
}

func ask(url, who, pattern string, at time.Time) *http.Request {
	r := httptest.NewRequest("GET", url, nil)
	ctx := web.WithRequest(r.Context(), web.Request{ID: requestID, At: at, Route: &web.Route{Method: "GET", Pattern: pattern}})
	return r.WithContext(web.WithCaller(ctx, access.Caller{ID: who}))
}
