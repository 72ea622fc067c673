package access

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"time"

	"prescreen/internal/audit"
)

// NewToken is what a token shall be.
type NewToken struct {
	Name    string
	Scopes  []Right
	Trials  []string // none for all
	Source  string   // feed of what it sends; asked for where it may send
	Expires time.Time
}

// sources are the names a feed may have; those of site settings are of this form.
var sources = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// CreateToken makes a token and gives it in clear, this once.
func (k *Keeper) CreateToken(ctx context.Context, n NewToken, by audit.Entry) (clear string, t Token, err error) {
	now := audit.Instant(k.now())
	if !n.Expires.After(now) || n.Expires.Sub(now) > TokenAtMost {
		return "", Token{}, bad("let the token expire within the next two years")
	}
	scopes, err := checkMachine(n.Name, n.Scopes, n.Trials, n.Source)
	if err != nil {
		return "", Token{}, err
	}
	clear = newToken()
	t = Token{
		ID: newID("token"), Name: n.Name, Digest: digest(clear), Scopes: scopes, Trials: sorted(n.Trials), Source: n.Source,
		By: by.Who, Created: now, Expires: audit.Instant(n.Expires),
	}
	if err := k.store.AddToken(ctx, t, k.entry(by, audit.Create, t.ID)); err != nil {
		return "", Token{}, err
	}
	return clear, t, nil
}

// checkMachine holds what is asked for a token or client to what machines may have.
func checkMachine(name string, scopes []Right, trials []string, source string) ([]Right, error) {
	if err := checkText(name); err != nil {
		return nil, err
	}
	out := slices.Clone(scopes)
	slices.Sort(out)
	out = slices.Compact(out)
	if len(out) == 0 {
		return nil, bad("name at least one scope")
	}
	for _, s := range out {
		switch r, ok := rules[s]; {
		case !ok:
			return nil, bad("a scope is none of those there are")
		case r.person:
			return nil, bad("confirming, approving rules and administering are for people: leave these scopes out")
		case r.wide && len(trials) > 0:
			return nil, bad("seeing, sending and erasing records and seeing the audit log are about no trial: name no trials, or leave these scopes out")
		}
	}
	if slices.Contains(trials, "") {
		return nil, bad("name trials by their ids, or none for all")
	}
	if (source != "" || slices.Contains(out, SendRecords)) && !sources.MatchString(source) {
		return nil, bad("name the source (the feed) that what it sends belongs to: letters, digits and . _ -")
	}
	return out, nil
}

func sorted(trials []string) []string {
	out := slices.Clone(trials)
	slices.Sort(out)
	return slices.Compact(out)
}

// CallerOfToken tells who a token belongs to: ErrWrong where there is none such or it was revoked, ErrExpired where its time
// is over.
func (k *Keeper) CallerOfToken(ctx context.Context, clear string) (Caller, error) {
	if !isToken(clear) {
		return Caller{}, ErrWrong
	}
	d, now := digest(clear), k.now()
	if c, ok, err := k.clients.caller(d, now); ok {
		return c, err
	}
	t, err := k.store.TokenOf(ctx, d)
	switch {
	case errors.Is(err, ErrNotFound):
		return Caller{}, ErrWrong
	case err != nil:
		return Caller{}, err
	case !t.Revoked.IsZero():
		return Caller{}, ErrWrong
	case !now.Before(t.Expires):
		return Caller{}, ErrExpired
	}
	if k.seldom.due(d, t.Used, now) {
		if err := k.store.UseToken(ctx, d, now); err != nil {
			return Caller{}, err
		}
	}
	return Caller{ID: t.ID, Name: t.Name, Token: true, Scopes: t.Scopes, Trials: t.Trials, Source: t.Source}, nil
}

// RevokeToken ends a token at once.
func (k *Keeper) RevokeToken(ctx context.Context, id string, by audit.Entry) error {
	return k.store.RevokeToken(ctx, id, k.now(), k.entry(by, audit.Delete, id))
}

// ListTokens gives all tokens, those that hold no more too.
func (k *Keeper) ListTokens(ctx context.Context) ([]Token, error) { return k.store.Tokens(ctx) }
