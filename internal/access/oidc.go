package access

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"prescreen/internal/audit"
)

// Issuer is a server of the house that signs people in (https://openid.net/specs/openid-connect-core-1_0.html).
type Issuer struct {
	URL          string // https, or http on the machine itself
	ClientID     string
	ClientSecret string
	Redirect     string // address that the issuer sends people back to
	GroupsClaim  string // "" for "groups"

	// Groups gives the roles of each group. They are set anew at each sign-in: what the issuer says counts.
	Groups map[string][]Grant

	Client *http.Client // nil for one that gives up after ten seconds
}

const (
	flowHolds = 10 * time.Minute
	mostFlows = 10_000
	flowName  = "prescreen-signin"
)

// Refusals of somebody whom an issuer knows, or of what it sent.
var (
	ErrNoRole = errors.New("you are in no group that has a role here: ask for one to be given")
	ErrIssuer = errors.New("signing in did not work out: begin again, and if it goes on ask who runs this server")
)

// OIDC signs people in by an issuer: the code flow, with PKCE, state and nonce.
type OIDC struct {
	keeper *Keeper
	issuer Issuer

	mu       sync.Mutex
	provider *oidc.Provider // once the issuer has answered
	flows    map[Digest]flow
}

// flow is one sign-in that was begun.
type flow struct {
	state, nonce, verifier string
	expires                time.Time
}

// OIDC prepares signing in by an issuer. The issuer is asked for its addresses and keys when somebody first signs in.
func (k *Keeper) OIDC(i Issuer) (*OIDC, error) {
	u, err := url.Parse(i.URL)
	if err != nil || u.Host == "" || u.Scheme != "https" && !(u.Scheme == "http" && onMachine(u.Hostname())) {
		return nil, bad("give the issuer's address with https")
	}
	if i.ClientID == "" || i.Redirect == "" {
		return nil, bad("give the client's id at the issuer and the address it sends people back to")
	}
	for _, grants := range i.Groups {
		if _, err := checkGrants(grants); err != nil {
			return nil, err
		}
	}
	if i.GroupsClaim == "" {
		i.GroupsClaim = "groups"
	}
	if i.Client == nil {
		i.Client = &http.Client{Timeout: 10 * time.Second}
	}
	return &OIDC{keeper: k, issuer: i, flows: map[Digest]flow{}}, nil
}

func onMachine(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// config asks the issuer for its addresses; once it has answered, not again.
func (o *OIDC) config() (*oidc.Provider, *oauth2.Config, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.provider == nil {
		// Not a request's context: the provider keeps it for fetching keys later.
		p, err := oidc.NewProvider(oidc.ClientContext(context.Background(), o.issuer.Client), o.issuer.URL)
		if err != nil {
			return nil, nil, fmt.Errorf("%w: %w", ErrIssuer, err)
		}
		o.provider = p
	}
	return o.provider, &oauth2.Config{
		ClientID: o.issuer.ClientID, ClientSecret: o.issuer.ClientSecret, RedirectURL: o.issuer.Redirect,
		Endpoint: o.provider.Endpoint(), Scopes: []string{oidc.ScopeOpenID, "profile"},
	}, nil
}

// Begin gives the address to send the browser to, and a secret for FlowCookie by which it is known when it comes back.
func (o *OIDC) Begin() (address, secret string, err error) {
	_, config, err := o.config()
	if err != nil {
		return "", "", err
	}
	f := flow{newSecret(), newSecret(), oauth2.GenerateVerifier(), o.keeper.now().Add(flowHolds)}
	secret = newSecret()
	if err := o.keep(digest(secret), f); err != nil {
		return "", "", err
	}
	return config.AuthCodeURL(f.state, oidc.Nonce(f.nonce), oauth2.S256ChallengeOption(f.verifier)), secret, nil
}

func (o *OIDC) keep(d Digest, f flow) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := o.keeper.now()
	for old, f := range o.flows {
		if !now.Before(f.expires) {
			delete(o.flows, old)
		}
	}
	if len(o.flows) >= mostFlows {
		return &BackoffError{RetryAfter: time.Minute}
	}
	o.flows[d] = f
	return nil
}

// take gives a flow, once.
func (o *OIDC) take(secret string) (flow, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	d := digest(secret)
	f, ok := o.flows[d]
	delete(o.flows, d)
	return f, ok && o.keeper.now().Before(f.expires)
}

// FlowCookie carries Begin's secret. It comes back with a navigation that the issuer began, so it cannot be strict.
func FlowCookie(secret string, tls bool) *http.Cookie {
	c := Cookie(secret, tls)
	c.Name, c.SameSite = flowCookieName(tls), http.SameSiteLaxMode
	if secret != "" {
		c.MaxAge = int(flowHolds / time.Second)
	}
	return c
}

func flowCookieName(tls bool) string {
	if tls {
		return "__Host-" + flowName
	}
	return flowName
}

// FlowOf gives the secret of a request's FlowCookie; "" for none.
func FlowOf(r *http.Request, tls bool) string {
	c, err := r.Cookie(flowCookieName(tls))
	if err != nil {
		return ""
	}
	return c.Value
}

// identity is what an ID token says.
type identity struct {
	external, name, display string
	groups                  []string
}

// Finish signs in who came back, with the parameters that the issuer sent along, and gives the secret for the cookie. Who is
// signed in for the first time becomes a user.
func (o *OIDC) Finish(ctx context.Context, secret string, sent url.Values, by audit.Entry) (session string, c Caller, err error) {
	f, ok := o.take(secret)
	if !ok {
		return "", Caller{}, ErrExpired
	}
	who, err := o.identify(ctx, f, sent)
	if err != nil {
		return "", Caller{}, o.keeper.refused(ctx, by, "", fmt.Errorf("%w: %w", ErrIssuer, err))
	}
	grants := o.grants(who.groups)
	u, err := o.keeper.external(ctx, who, grants, by)
	if errors.Is(err, ErrNoRole) {
		return "", Caller{}, o.keeper.refused(ctx, by, u.ID, err)
	}
	if err != nil {
		return "", Caller{}, err
	}
	if u.Disabled {
		return "", Caller{}, o.keeper.refused(ctx, by, u.ID, ErrWrong)
	}
	return o.keeper.signIn(ctx, u, by)
}

// identify exchanges the code for an ID token and holds it to what was begun.
func (o *OIDC) identify(ctx context.Context, f flow, sent url.Values) (identity, error) {
	if subtle.ConstantTimeCompare([]byte(sent.Get("state")), []byte(f.state)) != 1 {
		return identity{}, errors.New("another state came back")
	}
	if sent.Get("code") == "" {
		return identity{}, errors.New("no code came back")
	}
	provider, config, err := o.config()
	if err != nil {
		return identity{}, err
	}
	token, err := config.Exchange(oidc.ClientContext(ctx, o.issuer.Client), sent.Get("code"), oauth2.VerifierOption(f.verifier))
	if err != nil {
		return identity{}, errors.New("the issuer did not take the code")
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := provider.Verifier(&oidc.Config{ClientID: o.issuer.ClientID, Now: o.keeper.now}).Verify(ctx, raw)
	if err != nil {
		return identity{}, errors.New("the ID token does not hold")
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(f.nonce)) != 1 {
		return identity{}, errors.New("the ID token is of another sign-in")
	}
	return o.read(id)
}

func (o *OIDC) read(id *oidc.IDToken) (identity, error) {
	var said struct {
		Name     string `json:"name"`
		Username string `json:"preferred_username"`
	}
	all := map[string]any{}
	if err := errors.Join(id.Claims(&said), id.Claims(&all)); err != nil || id.Subject == "" {
		return identity{}, errors.New("the ID token's claims cannot be read")
	}
	who := identity{external: id.Issuer + " " + id.Subject, name: login(said.Username), display: said.Name}
	if who.display == "" {
		who.display = said.Username
	}
	switch groups := all[o.issuer.GroupsClaim].(type) {
	case string:
		who.groups = []string{groups}
	case []any:
		for _, g := range groups {
			if name, ok := g.(string); ok {
				who.groups = append(who.groups, name)
			}
		}
	}
	return who, nil
}

// grants gives the roles of groups.
func (o *OIDC) grants(groups []string) []Grant {
	var out []Grant
	for _, g := range groups {
		out = append(out, o.issuer.Groups[g]...)
	}
	out, _ = checkGrants(out) // each was checked before
	return out
}

// external brings the user whom an issuer knows up to date, or makes one. While there is no user at all, only an admin may
// become one: it would end set-up.
func (k *Keeper) external(ctx context.Context, who identity, grants []Grant, by audit.Entry) (User, error) {
	k.changes.Lock()
	defer k.changes.Unlock()
	u, err := k.store.UserExternal(ctx, who.external)
	switch {
	case errors.Is(err, ErrNotFound):
		return k.newExternal(ctx, who, grants, by)
	case err != nil:
		return User{}, err
	}
	by.Who = u.ID
	if !slices.Equal(u.Grants, grants) {
		u.Grants = grants
		if err := k.store.SaveUser(ctx, u, len(grants) == 0, k.entry(by, audit.Update, u.ID)); err != nil {
			return u, err
		}
	}
	if len(grants) == 0 {
		return u, ErrNoRole
	}
	return u, nil
}

func (k *Keeper) newExternal(ctx context.Context, who identity, grants []Grant, by audit.Entry) (User, error) {
	u := User{ID: newID("user"), Name: who.name, Display: who.display, External: who.external, Grants: grants, Created: audit.Instant(k.now())}
	has, err := k.store.HasUsers(ctx)
	if err != nil {
		return User{}, err
	}
	if len(grants) == 0 || !has && !u.administers() {
		return User{}, ErrNoRole
	}
	if checkName(u.Name) != nil {
		u.Name = u.ID
	}
	if checkText(u.Display) != nil {
		u.Display = u.Name
	}
	by.Who = u.ID
	a := k.entry(by, audit.Create, u.ID)
	err = k.store.AddUser(ctx, u, a)
	if errors.Is(err, ErrTaken) { // by somebody who signs in here: the name goes to whoever had it first
		u.Name = u.ID
		err = k.store.AddUser(ctx, u, a)
	}
	return u, err
}
