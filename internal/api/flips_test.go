package api

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"prescreen/internal/access"
	"prescreen/internal/live"
	"prescreen/internal/verdict"
	"prescreen/internal/web"
)

func TestFlipSentences(t *testing.T) {
	for want, f := range map[string]live.Flip{
		"HbA1c 7.9 % of 2026-11-12 moved INC-4 from unknown to met": {What: "HbA1c 7.9 % of 2026-11-12", Resource: "Observation/1", Why: "resource"},
		"A change of Observation/1 moved INC-4 from unknown to met": {Resource: "Observation/1", Why: "resource"},
		"A change of the record moved INC-4 from unknown to met":    {Why: "resource"},
		"Time alone moved INC-4 from unknown to met":                {Why: "time"},
		"A change of the rules moved INC-4 from unknown to met":     {Why: "rules"},
	} {
		f.Criterion, f.From, f.To = "INC-4", verdict.Unknown, verdict.Met
		if got := FlipSentence(&f); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// moving ingests a result that moves a verdict of somebody under the kidney trial.
func (s *site) moving(n int) {
	s.t.Helper()
	all, _ := s.pages("limit=200&decided=all")
	before := s.live.LastFlip()
	for i := range all {
		s.ingest(observation(all[i].Patient.ID, n*1000+i))
		if s.live.LastFlip() > before {
			return
		}
	}
	s.t.Fatal("no creatinine moves any verdict of anybody")
}

func TestFlipsSinceANumberOrAMoment(t *testing.T) {
	s := newSite(t)
	var before, after Flips
	s.call(coordinator, "GET", "/flips?limit=1000", nil).is(200).into(&before)
	s.mu.Lock()
	s.now = morning.Add(time.Hour)
	s.mu.Unlock()
	s.moving(1)
	s.call(coordinator, "GET", "/flips?since="+itoa(int(before.Next)), nil).is(200).into(&after)
	if len(after.Flips) == 0 {
		t.Fatal("no flips")
	}
	f := after.Flips[0]
	if f.No <= before.Next || f.Why != "resource" || !strings.Contains(f.Sentence, " moved "+f.Criterion+" from "+f.From+" to "+f.To) {
		t.Errorf("%+v", f)
	}
	for since, want := range map[string]int{
		morning.Add(30 * time.Minute).Format(time.RFC3339): len(after.Flips),
		morning.Add(2 * time.Hour).Format(time.RFC3339):    0,
		"2020-01-01T00:00:00Z":                             len(before.Flips) + len(after.Flips),
	} {
		var got Flips
		s.call(coordinator, "GET", "/flips?limit=1000&since="+since, nil).is(200).into(&got)
		if len(got.Flips) != want {
			t.Errorf("since %s: %d flips, want %d", since, len(got.Flips), want)
		}
	}
	s.call(coordinator, "GET", "/flips?since=yesterday", nil).is(400)
	one := access.Caller{ID: "x", Grants: []access.Grant{{Role: access.Coordinator, Trial: diabetes}}}
	s.call(one, "GET", "/flips?trial="+kidney, nil).is(403)
	var got Flips
	s.call(one, "GET", "/flips?limit=1000", nil).is(200).into(&got)
	for _, f := range got.Flips {
		if f.Trial != diabetes {
			t.Errorf("somebody of %s is told of %s", diabetes, f.Trial)
		}
	}
}

// TestEventsGoOnAfterTheLastOne listens, goes away, and comes again.
func TestEventsGoOnAfterTheLastOne(t *testing.T) {
	s := newSite(t, func(o *Options) { o.Heartbeat = 20 * time.Millisecond })
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mux.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), asCaller{}, coordinator)))
	}))
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	defer server.Close()
	first := listen(t, server, "")
	if line := first.next("still here"); line == "" {
		t.Fatal("no heartbeat")
	}
	s.moving(1)
	id := strings.TrimPrefix(first.next("id: "), "id: ")
	var f Flip
	if err := json.Unmarshal([]byte(strings.TrimPrefix(first.next("data: "), "data: ")), &f); err != nil || itoa(int(f.No)) != id || f.Sentence == "" {
		t.Fatalf("%+v, %v", f, err)
	}
	first.close()
	s.moving(2)
	second := listen(t, server, id)
	if got := strings.TrimPrefix(second.next("id: "), "id: "); got != itoa(int(f.No)+1) {
		t.Errorf("after %s comes %s", id, got)
	}
	second.close()
	if last := s.lastEntry(); len(last.Subjects) != 1 || last.Object != "flips" {
		t.Errorf("%+v", last)
	}
}

type listener struct {
	t     *testing.T
	lines *bufio.Scanner
	close func()
}

func listen(t *testing.T, server *httptest.Server, after string) *listener {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	r, err := http.NewRequestWithContext(ctx, "GET", server.URL+base+"/flips/stream?trial="+kidney, nil)
	if err != nil {
		t.Fatal(err)
	}
	if after != "" {
		r.Header.Set("Last-Event-ID", after)
	}
	answer, err := server.Client().Do(r)
	if err != nil || answer.StatusCode != 200 || answer.Header.Get("Content-Type") != web.EventStream {
		t.Fatal(answer, err)
	}
	return &listener{t, bufio.NewScanner(answer.Body), func() { answer.Body.Close(); cancel() }}
}

// next reads on to a line that holds a text.
func (l *listener) next(text string) string {
	l.t.Helper()
	for l.lines.Scan() {
		if strings.Contains(l.lines.Text(), text) {
			return l.lines.Text()
		}
	}
	l.t.Fatalf("the stream ended before %q: %v", text, l.lines.Err())
	return ""
}
