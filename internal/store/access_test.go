package store

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prescreen/internal/access"
	"prescreen/internal/audit"
)

func someUser(id string) access.User {
	return access.User{
		ID: "user-" + id, Name: id, Display: "Zoë " + id, Password: "$argon2id$x", Created: seenAt, SignedIn: seenAt,
		Grants: []access.Grant{{Role: access.Viewer, Trial: "T"}, {Role: access.Admin}},
	}
}

func alike(t testing.TB, what string, want, got any, err error) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%s: %v\n%s", what, err, diff)
	}
}

func failsWith(t testing.TB, what string, want, err error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}

func TestUsersInTheStore(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		s, ctx := p.open(t).Access(), t.Context()
		has, err := s.HasUsers(ctx)
		alike(t, "at first", false, has, err)
		_, err = s.SetupLink(ctx)
		failsWith(t, "no link", access.ErrNotFound, err)
		for _, link := range []access.SetupLink{{Digest: access.Digest{1}, Expires: seenAt}, {Digest: access.Digest{2}, Expires: seenAt.Add(1)}} {
			if err := s.SaveSetupLink(ctx, link, audit.Entry{}); err != nil {
				t.Fatal(err)
			}
			got, err := s.SetupLink(ctx)
			alike(t, "link", link, got, err)
		}

		ann, ben := someUser("ann"), access.User{ID: "user-ben", Name: "ben", Display: "Ben", External: "https://issuer|1", Disabled: true}
		if err := errors.Join(s.AddFirstUser(ctx, ann, audit.Entry{}), s.AddUser(ctx, ben, audit.Entry{})); err != nil {
			t.Fatal(err)
		}
		_, err = s.SetupLink(ctx)
		failsWith(t, "the link after the first user", access.ErrNotFound, err)
		failsWith(t, "a first user again", access.ErrSetUp, s.AddFirstUser(ctx, someUser("cem"), audit.Entry{}))
		failsWith(t, "a name again", access.ErrTaken, s.AddUser(ctx, access.User{ID: "user-x", Name: "ann"}, audit.Entry{}))
		failsWith(t, "an external one again", access.ErrTaken, s.AddUser(ctx, access.User{ID: "user-x", Name: "x", External: ben.External}, audit.Entry{}))
		has, err = s.HasUsers(ctx)
		alike(t, "then", true, has, err)
		all, err := s.Users(ctx)
		alike(t, "all", []access.User{ann, ben}, all, err)
		got, err := s.UserNamed(ctx, "ann")
		alike(t, "by name", ann, got, err)
		got, err = s.UserExternal(ctx, ben.External)
		alike(t, "by issuer", ben, got, err)
		_, err = s.UserExternal(ctx, "")
		failsWith(t, "by no issuer", access.ErrNotFound, err)
		_, err = s.User(ctx, "user-x")
		failsWith(t, "nobody", access.ErrNotFound, err)

		ann.Display, ann.Password, ann.Grants, ann.Disabled, ann.SignedIn = "A", "", nil, true, time.Time{}
		if err := s.SaveUser(ctx, ann, false, audit.Entry{}); err != nil {
			t.Fatal(err)
		}
		got, err = s.User(ctx, ann.ID)
		alike(t, "changed", ann, got, err)
		failsWith(t, "changing nobody", access.ErrNotFound, s.SaveUser(ctx, someUser("x"), false, audit.Entry{}))
	})
}

func TestSessionsInTheStore(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		s, ctx := p.open(t).Access(), t.Context()
		ann, ben := someUser("ann"), someUser("ben")
		if err := errors.Join(s.AddUser(ctx, ann, audit.Entry{}), s.AddUser(ctx, ben, audit.Entry{})); err != nil {
			t.Fatal(err)
		}
		begin := func(n byte, u access.User, at, created, seen time.Time) {
			t.Helper()
			one := access.Session{Digest: access.Digest{n}, User: u.ID, Created: at, Seen: at}
			if err := s.AddSession(ctx, one, u, created, seen, audit.Entry{}); err != nil {
				t.Fatal(err)
			}
		}
		is := func(n byte, there bool) {
			t.Helper()
			_, _, err := s.Session(ctx, access.Digest{n})
			if there == (err != nil) || !there && !errors.Is(err, access.ErrNotFound) {
				t.Errorf("session %d: %v", n, err)
			}
		}
		begin(1, ann, seenAt, time.Time{}, time.Time{})
		begin(2, ann, seenAt.Add(time.Hour), time.Time{}, time.Time{})
		ben.SignedIn = seenAt.Add(time.Minute)
		begin(3, ben, seenAt.Add(2*time.Hour), seenAt, seenAt.Add(time.Hour)) // 1 was not seen for long enough
		is(1, false)
		is(2, true)
		if err := s.SeeSession(ctx, access.Digest{3}, seenAt.Add(3*time.Hour)); err != nil {
			t.Fatal(err)
		}
		got, who, err := s.Session(ctx, access.Digest{3})
		alike(t, "session", access.Session{Digest: access.Digest{3}, User: ben.ID, Created: seenAt.Add(2 * time.Hour), Seen: seenAt.Add(3 * time.Hour)}, got, err)
		alike(t, "whose", ben, who, err)
		if err := s.SaveUser(ctx, ann, true, audit.Entry{}); err != nil {
			t.Fatal(err)
		}
		is(2, false)
		is(3, true)
		if err := s.EndSession(ctx, access.Digest{3}, audit.Entry{}); err != nil {
			t.Fatal(err)
		}
		is(3, false)
		failsWith(t, "ended again", access.ErrNotFound, s.EndSession(ctx, access.Digest{3}, audit.Entry{}))
	})
}

func TestMachinesInTheStore(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		s, ctx := p.open(t).Access(), t.Context()
		one := access.Token{
			ID: "token-1", Name: "feed", Digest: access.Digest{1}, Scopes: []access.Right{access.SendRecords}, Source: "lab",
			By: "user-1", Created: seenAt, Expires: seenAt.Add(time.Hour),
		}
		two := access.Token{ID: "token-2", Name: "x", Digest: access.Digest{2}, Trials: []string{"T"}, Created: seenAt, Expires: seenAt}
		client := access.Client{ID: "client-1", Name: "c", Keys: []byte(`{"keys":[]}`), Scopes: []access.Right{access.SeeTrials}, Trials: []string{"T"}, By: "u", Created: seenAt}
		if err := errors.Join(s.AddToken(ctx, two, audit.Entry{}), s.AddToken(ctx, one, audit.Entry{}), s.AddClient(ctx, client, audit.Entry{})); err != nil {
			t.Fatal(err)
		}
		at := seenAt.Add(time.Minute)
		if err := errors.Join(s.UseToken(ctx, one.Digest, at), s.RevokeToken(ctx, one.ID, at, audit.Entry{})); err != nil {
			t.Fatal(err)
		}
		one.Used, one.Revoked = at, at
		got, err := s.TokenOf(ctx, one.Digest)
		alike(t, "token", one, got, err)
		all, err := s.Tokens(ctx)
		alike(t, "tokens", []access.Token{one, two}, all, err)
		_, err = s.TokenOf(ctx, access.Digest{9})
		failsWith(t, "no token", access.ErrNotFound, err)
		failsWith(t, "revoked again", access.ErrNotFound, s.RevokeToken(ctx, one.ID, at, audit.Entry{}))

		kept, err := s.Client(ctx, client.ID)
		alike(t, "client", client, kept, err)
		if err := s.RevokeClient(ctx, client.ID, at, audit.Entry{}); err != nil {
			t.Fatal(err)
		}
		client.Revoked = at
		clients, err := s.Clients(ctx)
		alike(t, "clients", []access.Client{client}, clients, err)
		_, err = s.Client(ctx, "")
		failsWith(t, "no client", access.ErrNotFound, err)

		for i, c := range []struct {
			digest byte
			now    time.Time
			fresh  bool
		}{{1, seenAt, true}, {1, seenAt, false}, {2, at, true}, {1, at, false}, {1, at.Add(1), true}} {
			fresh, err := s.Once(ctx, access.Digest{c.digest}, at, c.now)
			alike(t, "once "+string(rune('0'+i)), c.fresh, fresh, err)
		}
	})
}

// TestNothingChangesWithoutItsEntry: where the log cannot be written, nothing is.
func TestNothingChangesWithoutItsEntry(t *testing.T) {
	s := atSQLite(t).open(t)
	broken := audit.Entry{Patients: []string{"no pseudonym"}}
	if err := s.Access().AddUser(context.Background(), someUser("ann"), broken); err == nil {
		t.Fatal("the entry was written")
	}
	if has, err := s.Access().HasUsers(context.Background()); has || err != nil {
		t.Errorf("the user was: %v", err)
	}
}
