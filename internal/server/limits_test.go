package server

import (
	"net/http/httptest"
	"strconv"
	"testing"
	"time"
)

func TestAddressOf(t *testing.T) {
	for remote, want := range map[string]string{
		"10.1.2.3:4711":               "10.1.2.3",
		"[::ffff:10.1.2.3]:4711":      "10.1.2.3",
		"[2001:db8:1:2:3:4:5:6]:4711": "2001:db8:1:2::/64",
		"[2001:db8:1:2::9]:4711":      "2001:db8:1:2::/64",
		"[fe80::1%eth0]:4711":         "fe80::/64",
		"@":                           "",
		"":                            "",
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = remote
		for _, name := range []string{"X-Forwarded-For", "X-Real-Ip", "Forwarded", "True-Client-Ip"} {
			r.Header.Set(name, "192.0.2.1")
		}
		if got := addressOf(r); got != want {
			t.Errorf("%s: %q", remote, got)
		}
	}
}

// A flood of keys takes bounded memory, and does not free the key that is held up.
func TestLimiterForgets(t *testing.T) {
	now := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	l := newLimiter(Rate{1, 2}, func() time.Time { return now })
	for i := range 3 * mostKeys {
		if i%1000 == 0 {
			now = now.Add(time.Second)
		}
		l.wait(strconv.Itoa(i))
		l.wait("held")
		l.wait("held")
		if len(l.keys) > mostKeys {
			t.Fatal(len(l.keys))
		}
		if l.wait("held") == 0 && i > 10 {
			t.Fatal("the key that is held up was freed", i)
		}
	}
}
