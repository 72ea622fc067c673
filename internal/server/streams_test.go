package server_test

import (
	"bufio"
	"context"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"prescreen/internal/access"
	"prescreen/internal/server"
)

// leaving is a door whose sessions may end, or come to mean less, while it is open.
type leaving struct {
	*door
	gone, less atomic.Bool
}

func (l *leaving) CallerOfSession(ctx context.Context, s string) (access.Caller, error) {
	c, err := l.door.CallerOfSession(ctx, s)
	switch {
	case l.gone.Load():
		return access.Caller{}, access.ErrExpired
	case l.less.Load():
		c.Grants = []access.Grant{{Role: access.Viewer, Trial: "T-2"}}
	}
	return c, err
}

const eventsAsAnn = "GET /api/v1/events HTTP/1.1\r\nHost: x\r\nCookie: prescreen=of-ann\r\n\r\n"

// Events end with the right to them.
func TestEventsEndWithTheRight(t *testing.T) {
	for name, change := range map[string]func(*leaving){
		"the session is over":   func(l *leaving) { l.gone.Store(true) },
		"the roles are others":  func(l *leaving) { l.less.Store(true) },
		"nothing, for a moment": nil,
	} {
		t.Run(name, func(t *testing.T) {
			l := &leaving{door: newDoor()}
			r := run(t, func(o *server.Options) { o.Access, o.Limits.Again = l, 10*time.Millisecond })
			c := r.say(eventsAsAnn)
			events := bufio.NewReader(c)
			for line := ""; line != "data: 1\n"; {
				var err error
				if line, err = events.ReadString('\n'); err != nil {
					t.Fatal(err)
				}
			}
			if change == nil {
				_ = c.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
				rest, err := io.ReadAll(events)
				if err == nil || strings.Contains(string(rest), "0\r\n\r\n") {
					t.Errorf("the events ended: %q", rest)
				}
				return
			}
			change(l)
			for line := ""; line != "0\r\n"; {
				var err error
				if line, err = events.ReadString('\n'); err != nil {
					t.Fatal("the events went on:", err)
				}
			}
		})
	}
}

// One caller cannot take all places for long answers from the others.
func TestStreamsOfOneCaller(t *testing.T) {
	r := run(t, func(o *server.Options) { o.Limits.StreamsOf = 2 })
	open := func(as string) (status string, close func()) {
		c := r.say(strings.Replace(eventsAsAnn, "of-ann", as, 1))
		line, err := bufio.NewReader(c).ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		return line[9:12], func() { c.Close() }
	}
	_, end := open("of-ann")
	for _, want := range []string{"200", "429", "429"} {
		if status, _ := open("of-ann"); status != want {
			t.Error(status, want)
		}
	}
	if status, _ := open("viewer"); status != "200" {
		t.Error("somebody else was kept out:", status)
	}
	end()
	for range 200 { // the server learns of it a moment later
		status, _ := open("of-ann")
		if status == "200" {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("the place was not given back")
}
