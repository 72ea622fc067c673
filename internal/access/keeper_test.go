package access_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prescreen/internal/access"
	"prescreen/internal/audit"
	"prescreen/internal/store"
)

const (
	good   = "four words nobody guesses"
	better = "other words nobody guesses"
)

// house is a Keeper over a real store, and its clock.
type house struct {
	*access.Keeper
	store *store.Store
	now   time.Time
	t     *testing.T
}

func open(t *testing.T) *house {
	t.Helper()
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "s.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	h := &house{store: s, now: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC), t: t}
	h.Keeper = access.New(s.Access(), access.Cheap(h.options()))
	return h
}

func (h *house) options() access.Options {
	return access.Options{Now: func() time.Time { return h.now }, TokenEndpoint: endpoint}
}

// withAnn has a first user, ann, who is admin.
func withAnn(t *testing.T) (*house, access.User) {
	h := open(t)
	secret, err := h.NewSetup(t.Context(), by("system"))
	if err != nil {
		t.Fatal(err)
	}
	ann, err := h.Setup(t.Context(), secret, "Ann", "Dr. Ann", good, audit.Entry{})
	if err != nil {
		t.Fatal(err)
	}
	return h, ann
}

func by(who string) audit.Entry {
	return audit.Entry{Who: who, Role: "admin", Route: "/api/v1/users", Request: "r"}
}

func (h *house) login(name, password string) string {
	h.t.Helper()
	secret, _, err := h.Login(h.t.Context(), name, password, audit.Entry{})
	if err != nil {
		h.t.Fatal(err)
	}
	return secret
}

func (h *house) wants(want error) func(_ any, err error) {
	return func(_ any, err error) {
		h.t.Helper()
		if !errors.Is(err, want) || (want == nil) != (err == nil) {
			h.t.Errorf("got %v, want %v", err, want)
		}
	}
}

// told gives the log's entries from one on, by what they say.
func (h *house) told() (out []string) {
	h.t.Helper()
	entries, err := h.store.Audit(h.t.Context(), audit.Filter{}, 0, 1000)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, e := range entries {
		kind, _, _ := strings.Cut(e.Object, "-")
		out = append(out, strings.Join([]string{string(e.Action), kind, e.Outcome}, " "))
	}
	return out
}

func TestSetup(t *testing.T) {
	h := open(t)
	ctx := t.Context()
	setup := func(secret string) (access.User, error) {
		return h.Setup(ctx, secret, "ann", "Ann", good, audit.Entry{})
	}
	if has, err := h.HasUsers(ctx); has || err != nil {
		t.Fatalf("at first: %v, %v", has, err)
	}
	h.wants(access.ErrWrong)(setup(""))
	first, _ := h.NewSetup(ctx, by("system"))
	second, err := h.NewSetup(ctx, by("system"))
	if err != nil {
		t.Fatal(err)
	}
	h.wants(access.ErrWrong)(setup(first))
	h.wants(access.ErrWrong)(setup(second + "x"))
	h.wants(access.ErrWeak)(h.Setup(ctx, second, "ann", "Ann", "short", audit.Entry{}))
	h.wants(access.ErrBad)(h.Setup(ctx, second, "a b", "Ann", good, audit.Entry{}))
	h.now = h.now.Add(24 * time.Hour)
	h.wants(access.ErrExpired)(setup(second))

	third, _ := h.NewSetup(ctx, by("system"))
	h.now = h.now.Add(24*time.Hour - time.Second)
	var made sync.Map
	var all sync.WaitGroup
	for i := range 5 {
		all.Go(func() { _, err := setup(third); made.Store(i, err) })
	}
	all.Wait()
	users := 0
	made.Range(func(_, err any) bool {
		switch {
		case err == nil:
			users++
		case !errors.Is(err.(error), access.ErrSetUp):
			t.Errorf("one of several at once: %v", err)
		}
		return true
	})
	if list, _ := h.ListUsers(ctx); users != 1 || len(list) != 1 || !slices.Equal(list[0].Grants, []access.Grant{{Role: access.Admin}}) {
		t.Errorf("%d users were made: %v", users, list)
	}
	h.wants(access.ErrSetUp)(h.NewSetup(ctx, by("system")))
	h.wants(access.ErrSetUp)(setup(third))
}

func TestLogin(t *testing.T) {
	h, ann := withAnn(t)
	ctx := t.Context()
	try := func(name, password string) (access.Caller, error) {
		h.now = h.now.Add(time.Hour) // past any wait
		_, c, err := h.Login(ctx, name, password, audit.Entry{})
		return c, err
	}
	c, err := try(" ANN ", good)
	want := access.Caller{ID: ann.ID, Name: "Dr. Ann", Grants: []access.Grant{{Role: access.Admin}}}
	if diff := cmp.Diff(want, c); diff != "" || err != nil {
		t.Error(diff, err)
	}
	h.wants(access.ErrWrong)(try("ann", good+" "))
	h.wants(access.ErrWrong)(try("ann", ""))
	h.wants(access.ErrWrong)(try("nobody", good))
	h.wants(access.ErrWrong)(try("", ""))
	users, _ := h.ListUsers(ctx)
	if users[0].Password != "" {
		t.Error("the list holds hashes")
	}
	if at := h.now.Add(-4 * time.Hour); !users[0].SignedIn.Equal(at) {
		t.Errorf("signed in last %v, not %v", users[0].SignedIn, at)
	}
	ben, err := h.CreateUser(ctx, "ben", "", good, nil, by(ann.ID))
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Disable(ctx, ben.ID, true, by(ann.ID)); err != nil {
		t.Fatal(err)
	}
	h.wants(access.ErrWrong)(try("ben", good))
	if err := h.Disable(ctx, ben.ID, false, by(ann.ID)); err != nil {
		t.Fatal(err)
	}
	h.wants(nil)(try("ben", good))
}

func TestLoginBacksOff(t *testing.T) {
	h, ann := withAnn(t)
	ben, err := h.CreateUser(t.Context(), "ben", "", good, nil, by(ann.ID))
	if err := errors.Join(err, h.Disable(t.Context(), ben.ID, true, by(ann.ID))); err != nil {
		t.Fatal(err)
	}
	for name, password := range map[string]string{"ann": "wrong", "nobody": good, "ben": good} {
		for range 5 {
			_, _, err := h.Login(t.Context(), name, password, audit.Entry{})
			h.wants(access.ErrWrong)(nil, err)
		}
		_, _, err := h.Login(t.Context(), name, good, audit.Entry{})
		var e *access.BackoffError
		if !errors.As(err, &e) || e.RetryAfter != time.Second {
			t.Errorf("%s: %v", name, err)
		}
	}
	h.now = h.now.Add(time.Second)
	h.login("ann", good)
}

func TestPasswordIsHashedAnewWhenThatCostsMore(t *testing.T) {
	h, ann := withAnn(t)
	hash := func() string {
		u, err := h.store.Access().User(t.Context(), ann.ID)
		if err != nil {
			t.Fatal(err)
		}
		return u.Password
	}
	before := hash()
	h.login("ann", good)
	if hash() != before {
		t.Error("it was hashed anew for nothing")
	}
	h.Keeper = access.New(h.store.Access(), access.Dearer(h.options()))
	h.login("ann", good)
	if !strings.Contains(hash(), "m=16,") {
		t.Errorf("it was not: %s", hash())
	}
	h.login("ann", good)
}

func TestSessionsEnd(t *testing.T) {
	ctx := context.Background()
	for name, c := range map[string]struct {
		do   func(h *house, id, secret string) error
		want error
	}{
		"used all the time": {func(h *house, _, secret string) error {
			for range 23 {
				h.now = h.now.Add(30 * time.Minute)
				if _, err := h.CallerOfSession(ctx, secret); err != nil {
					return err
				}
			}
			return nil
		}, nil},
		"too old": {func(h *house, _, secret string) error {
			for range 24 {
				h.now = h.now.Add(30 * time.Minute)
				_, _ = h.CallerOfSession(ctx, secret)
			}
			h.now = h.now.Add(time.Second)
			return nil
		}, access.ErrExpired},
		"not used": {func(h *house, _, _ string) error {
			h.now = h.now.Add(30*time.Minute + time.Second)
			return nil
		}, access.ErrExpired},
		"logged out":           {func(h *house, id, secret string) error { return h.Logout(ctx, secret, by(id)) }, access.ErrWrong},
		"another password":     {func(h *house, id, _ string) error { return h.SetPassword(ctx, id, better, by("x")) }, access.ErrWrong},
		"changed the password": {func(h *house, id, _ string) error { return h.ChangePassword(ctx, id, good, better, by(id)) }, access.ErrWrong},
		"not changed": {func(h *house, id, _ string) error {
			if err := h.ChangePassword(ctx, id, better, better, by(id)); !errors.Is(err, access.ErrWrong) {
				return errors.New("the old password was not asked for")
			}
			return nil
		}, nil},
		"disabled": {func(h *house, id, _ string) error { return h.Disable(ctx, id, true, by("x")) }, access.ErrWrong},
		"disabled and again": {func(h *house, id, _ string) error {
			return errors.Join(h.Disable(ctx, id, true, by("x")), h.Disable(ctx, id, false, by("x")))
		}, access.ErrWrong},
		"another's ended": {func(h *house, id, _ string) error {
			return h.Logout(ctx, h.login("ann", good), by(id))
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			h, ann := withAnn(t)
			ben, err := h.CreateUser(ctx, "ben", "Ben", good, []access.Grant{{Role: access.Viewer, Trial: "T"}}, by(ann.ID))
			if err != nil {
				t.Fatal(err)
			}
			secret := h.login("ben", good)
			if err := c.do(h, ben.ID, secret); err != nil {
				t.Fatal(err)
			}
			who, err := h.CallerOfSession(ctx, secret)
			h.wants(c.want)(who, err)
			if err == nil && who.ID != ben.ID {
				t.Errorf("it is %v's", who)
			}
		})
	}
	h, _ := withAnn(t)
	h.wants(access.ErrWrong)(h.CallerOfSession(ctx, ""))
	h.wants(access.ErrWrong)(h.CallerOfSession(ctx, "x"))
}

func TestGrantsHoldAtOnce(t *testing.T) {
	h, ann := withAnn(t)
	secret := h.login("ann", good)
	grants := []access.Grant{{Role: access.Viewer, Trial: "T2"}, {Role: access.Admin}, {Role: access.Viewer, Trial: "T2"}}
	if err := h.SetGrants(t.Context(), ann.ID, grants, by(ann.ID)); err != nil {
		t.Fatal(err)
	}
	c, err := h.CallerOfSession(t.Context(), secret)
	if err != nil || !c.May(access.SeeCandidates, "T2") || len(c.Grants) != 2 {
		t.Errorf("%v, %v", c, err)
	}
	h.wants(access.ErrBad)(nil, h.SetGrants(t.Context(), ann.ID, []access.Grant{{Role: "king"}}, by(ann.ID)))
	h.wants(access.ErrNotFound)(nil, h.SetGrants(t.Context(), "user-x", nil, by(ann.ID)))
}

func TestSomebodyMustAdminister(t *testing.T) {
	h, ann := withAnn(t)
	ctx := t.Context()
	h.wants(access.ErrLast)(nil, h.Disable(ctx, ann.ID, true, by(ann.ID)))
	h.wants(access.ErrLast)(nil, h.SetGrants(ctx, ann.ID, []access.Grant{{Role: access.Admin, Trial: "T"}}, by(ann.ID)))
	ben, err := h.CreateUser(ctx, "ben", "Ben", good, []access.Grant{{Role: access.Admin}}, by(ann.ID))
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	var errs [2]error
	for i, id := range []string{ann.ID, ben.ID} {
		all.Go(func() { errs[i] = h.Disable(ctx, id, true, by("x")) })
	}
	all.Wait()
	if (errs[0] == nil) == (errs[1] == nil) {
		t.Errorf("of two who disable each other at once: %v", errs)
	}
}

func TestUsersThatAreRefused(t *testing.T) {
	h, ann := withAnn(t)
	create := func(name, display, password string, g ...access.Grant) (access.User, error) {
		return h.CreateUser(t.Context(), name, display, password, g, by(ann.ID))
	}
	h.wants(access.ErrTaken)(create("ANN", "", good))
	h.wants(access.ErrBad)(create("", "", good))
	h.wants(access.ErrBad)(create("ben\x00", "", good))
	h.wants(access.ErrBad)(create("ben", "a\nb", good))
	h.wants(access.ErrBad)(create("ben", "", good, access.Grant{Role: "root"}))
	h.wants(access.ErrWeak)(create("ben", "", "ben"))
	if users, _ := h.ListUsers(t.Context()); len(users) != 1 {
		t.Errorf("%d users", len(users))
	}
}

func TestTokens(t *testing.T) {
	h, ann := withAnn(t)
	ctx := t.Context()
	n := access.NewToken{Name: "lab feed", Scopes: []access.Right{access.SendRecords, access.SendRecords}, Source: "lab", Expires: h.now.Add(time.Hour)}
	clear, token, err := h.CreateToken(ctx, n, by(ann.ID))
	if err != nil {
		t.Fatal(err)
	}
	c, err := h.CallerOfToken(ctx, clear)
	want := access.Caller{ID: token.ID, Name: "lab feed", Token: true, Scopes: []access.Right{access.SendRecords}, Source: "lab"}
	if diff := cmp.Diff(want, c); diff != "" || err != nil {
		t.Error(diff, err)
	}
	used := func() time.Time { list, _ := h.ListTokens(ctx); return list[0].Used }
	first := h.now
	for _, after := range []time.Duration{0, 59 * time.Second, time.Second} {
		h.now = h.now.Add(after)
		_, _ = h.CallerOfToken(ctx, clear)
		if want := first.Add(h.now.Sub(first).Truncate(time.Minute)); !used().Equal(want) {
			t.Errorf("after %v: used %v, want %v", h.now.Sub(first), used(), want)
		}
	}
	h.wants(access.ErrWrong)(h.CallerOfToken(ctx, ""))
	h.wants(access.ErrWrong)(h.CallerOfToken(ctx, clear[:len(clear)-1]+"!"))
	h.now = h.now.Add(time.Hour)
	h.wants(access.ErrExpired)(h.CallerOfToken(ctx, clear))
	h.now = h.now.Add(-time.Hour)
	if err := h.RevokeToken(ctx, token.ID, by(ann.ID)); err != nil {
		t.Fatal(err)
	}
	h.wants(access.ErrWrong)(h.CallerOfToken(ctx, clear))
	h.wants(access.ErrNotFound)(nil, h.RevokeToken(ctx, token.ID, by(ann.ID)))
}

func TestTokensThatAreRefused(t *testing.T) {
	h, ann := withAnn(t)
	for name, edit := range map[string]func(*access.NewToken){
		"without name":              func(n *access.NewToken) { n.Name = "" },
		"without scope":             func(n *access.NewToken) { n.Scopes = nil },
		"unknown scope":             func(n *access.NewToken) { n.Scopes = []access.Right{"fly"} },
		"open to anybody":           func(n *access.NewToken) { n.Scopes = []access.Right{access.Anybody} },
		"administers":               func(n *access.NewToken) { n.Scopes = []access.Right{access.Administer} },
		"confirms":                  func(n *access.NewToken) { n.Scopes = []access.Right{access.Confirm} },
		"sends for one trial":       func(n *access.NewToken) { n.Trials = []string{"T"} },
		"an empty trial":            func(n *access.NewToken) { n.Scopes, n.Trials = []access.Right{access.Run}, []string{""} },
		"sends, without its source": func(n *access.NewToken) { n.Source = "" },
		"a source with a NUL":       func(n *access.NewToken) { n.Source = "lab\x00" },
		"expired":                   func(n *access.NewToken) { n.Expires = h.now },
		"holds for ever":            func(n *access.NewToken) { n.Expires = h.now.AddDate(3, 0, 0) },
		"no expiry":                 func(n *access.NewToken) { n.Expires = time.Time{} },
	} {
		n := access.NewToken{Name: "x", Scopes: []access.Right{access.SendRecords}, Source: "lab", Expires: h.now.Add(time.Hour)}
		edit(&n)
		if _, _, err := h.CreateToken(t.Context(), n, by(ann.ID)); !errors.Is(err, access.ErrBad) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEveryChangeIsInTheLog(t *testing.T) {
	h, ann := withAnn(t)
	ctx := t.Context()
	ben, _ := h.CreateUser(ctx, "ben", "", good, nil, by(ann.ID))
	secret := h.login("ben", good)
	_, _, _ = h.Login(ctx, "ben", "wrong", audit.Entry{})
	_, _, _ = h.Login(ctx, "a patient's name", "wrong", audit.Entry{})
	_ = h.Logout(ctx, secret, by(ben.ID))
	_ = h.Logout(ctx, secret, by(ben.ID))
	_ = h.SetGrants(ctx, ben.ID, nil, by(ann.ID))
	_ = h.SetDisplay(ctx, ben.ID, "Benno", by(ann.ID))
	_ = h.SetPassword(ctx, ben.ID, better, by(ann.ID))
	_ = h.Disable(ctx, ben.ID, true, by(ann.ID))
	_, token, _ := h.CreateToken(ctx, access.NewToken{Name: "x", Scopes: []access.Right{access.Run}, Expires: h.now.Add(time.Hour)}, by(ann.ID))
	_ = h.RevokeToken(ctx, token.ID, by(ann.ID))
	want := []string{
		"C set ok", "C user ok", "C user ok", "E user ok", "E user refused", "E  refused", "E user ok", "U user ok", "U user ok",
		"U user ok", "U user ok", "C token ok", "D token ok",
	}
	if diff := cmp.Diff(want, h.told()); diff != "" {
		t.Error(diff)
	}
	if _, err := h.store.VerifyAudit(ctx); err != nil {
		t.Error(err)
	}
}

func TestCookie(t *testing.T) {
	for _, tls := range []bool{true, false} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		c := access.Cookie("s3cret", tls)
		r.AddCookie(c)
		if access.SessionOf(r, tls) != "s3cret" || access.SessionOf(r, !tls) != "" {
			t.Errorf("TLS %v: not found again, or found without TLS", tls)
		}
		if c.Valid() != nil || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Secure != tls || c.Path != "/" || c.Domain != "" {
			t.Errorf("TLS %v: %v", tls, c)
		}
		if strings.HasPrefix(c.Name, "__Host-") != tls {
			t.Errorf("TLS %v: named %s", tls, c.Name)
		}
		if access.Cookie("", tls).MaxAge >= 0 {
			t.Error("it is not taken away")
		}
	}
}
