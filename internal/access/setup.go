package access

import (
	"context"
	"crypto/subtle"
	"errors"

	"prescreen/internal/audit"
)

// NewSetup makes the secret of a set-up link, in place of any before; ErrSetUp where there is a user already.
func (k *Keeper) NewSetup(ctx context.Context, by audit.Entry) (secret string, err error) {
	if has, err := k.store.HasUsers(ctx); err != nil || has {
		return "", errors.Join(err, setUp(has))
	}
	secret = newSecret()
	l := SetupLink{Digest: digest(secret), Expires: audit.Instant(k.now().Add(SetupHolds))}
	if err := k.store.SaveSetupLink(ctx, l, k.entry(by, audit.Create, "set-up link")); err != nil {
		return "", err
	}
	return secret, nil
}

func setUp(has bool) error {
	if has {
		return ErrSetUp
	}
	return nil
}

// Setup makes the first user, an admin, for who has the secret of the set-up link.
func (k *Keeper) Setup(ctx context.Context, secret, name, display, password string, by audit.Entry) (User, error) {
	if has, err := k.store.HasUsers(ctx); err != nil || has {
		return User{}, errors.Join(err, setUp(has))
	}
	l, err := k.store.SetupLink(ctx)
	given := digest(secret)
	switch {
	case errors.Is(err, ErrNotFound):
		return User{}, ErrWrong
	case err != nil:
		return User{}, err
	case subtle.ConstantTimeCompare(given[:], l.Digest[:]) != 1:
		return User{}, k.refused(ctx, by, "set-up link", ErrWrong)
	case !k.now().Before(l.Expires):
		return User{}, ErrExpired
	}
	u, err := k.newUser(ctx, name, display, password, []Grant{{Role: Admin}})
	if err != nil {
		return User{}, err
	}
	by.Who = u.ID
	if err := k.store.AddFirstUser(ctx, u, k.entry(by, audit.Create, u.ID)); err != nil {
		return User{}, err
	}
	u.Password = ""
	return u, nil
}
