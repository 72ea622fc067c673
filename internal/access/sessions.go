package access

import (
	"context"
	"errors"
	"strings"

	"prescreen/internal/audit"
)

// Login signs a user in and gives the secret for the cookie. Whether the name is unknown, the password wrong or the user
// disabled, it is ErrWrong after the same time; after a few of these it is a BackoffError for a while.
func (k *Keeper) Login(ctx context.Context, name, password string, by audit.Entry) (secret string, c Caller, err error) {
	name = login(name)
	if err := k.backoff.begin(name, k.now()); err != nil {
		return "", Caller{}, err
	}
	u, err := k.store.UserNamed(ctx, name)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return "", Caller{}, err
	}
	ok, weaker, err := k.hasher.right(ctx, password, u.Password)
	if err != nil {
		return "", Caller{}, err
	}
	if !ok || u.Disabled {
		return "", Caller{}, k.refused(ctx, by, u.ID, ErrWrong)
	}
	k.backoff.succeeded(name)
	if weaker {
		if u.Password, err = k.hasher.hash(ctx, password); err != nil {
			return "", Caller{}, err
		}
	}
	return k.signIn(ctx, u, by)
}

// signIn begins a session for a user who has shown to be it.
func (k *Keeper) signIn(ctx context.Context, u User, by audit.Entry) (secret string, c Caller, err error) {
	k.changes.Lock()
	defer k.changes.Unlock()
	fresh, err := k.store.User(ctx, u.ID)
	if err != nil {
		return "", Caller{}, err
	}
	if fresh.Disabled {
		return "", Caller{}, ErrWrong
	}
	now := audit.Instant(k.now())
	secret = newSecret()
	fresh.Password, fresh.SignedIn = u.Password, now
	s := Session{Digest: digest(secret), User: u.ID, Created: now, Seen: now}
	by.Who = u.ID
	err = k.store.AddSession(ctx, s, fresh, now.Add(-SessionAtMost), now.Add(-SessionIdle), k.entry(by, audit.Execute, u.ID))
	if err != nil {
		return "", Caller{}, err
	}
	return secret, fresh.caller(), nil
}

// refused notes in the audit log that somebody was not let in; of an unknown name nothing is kept, as people type passwords
// and patients' names into the wrong field.
func (k *Keeper) refused(ctx context.Context, by audit.Entry, id string, why error) error {
	if by.Who == "" {
		by.Who = id
	}
	by.Outcome = "refused"
	if err := k.store.Record(ctx, []audit.Entry{k.entry(by, audit.Execute, id)}); err != nil {
		return err
	}
	return why
}

// CallerOfSession tells who a cookie's secret belongs to: ErrWrong where there is no such session, ErrExpired where it was
// not used for SessionIdle or is older than SessionAtMost.
func (k *Keeper) CallerOfSession(ctx context.Context, secret string) (Caller, error) {
	d := digest(secret)
	s, u, err := k.store.Session(ctx, d)
	switch {
	case errors.Is(err, ErrNotFound):
		return Caller{}, ErrWrong
	case err != nil:
		return Caller{}, err
	case u.Disabled:
		return Caller{}, ErrWrong
	}
	now := k.now()
	if now.Sub(s.Seen) > SessionIdle || now.Sub(s.Created) > SessionAtMost {
		return Caller{}, ErrExpired
	}
	if k.seldom.due(d, s.Seen, now) {
		if err := k.store.SeeSession(ctx, d, now); err != nil {
			return Caller{}, err
		}
	}
	return u.caller(), nil
}

// Logout ends a session; one that is over already is no error.
func (k *Keeper) Logout(ctx context.Context, secret string, by audit.Entry) error {
	err := k.store.EndSession(ctx, digest(secret), k.entry(by, audit.Execute, by.Who))
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

func compareGrants(a, b Grant) int {
	if c := strings.Compare(a.Trial, b.Trial); c != 0 {
		return c
	}
	return strings.Compare(string(a.Role), string(b.Role))
}
