package access

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"

	"prescreen/internal/audit"
)

// What SMART Backend Services asks of an assertion (https://hl7.org/fhir/smart-app-launch/client-confidential-asymmetric.html).
const (
	assertionType   = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	assertionAtMost = 5 * time.Minute
	assertionSkew   = 10 * time.Second // between two clocks
	assertionBytes  = 8 << 10

	// ClientTokenHolds is how long an access token holds.
	ClientTokenHolds = 5 * time.Minute
	mostIssued       = 10_000
)

// smartScopes is the table from SMART's scopes to rights, in its first and second form.
var smartScopes = map[string][]Right{
	"system/*.read":               {SeeTrials, SeeCandidates, SeeRecords},
	"system/*.rs":                 {SeeTrials, SeeCandidates, SeeRecords},
	"system/*.write":              {SendRecords},
	"system/*.cu":                 {SendRecords},
	"system/ResearchStudy.read":   {SeeTrials},
	"system/ResearchStudy.rs":     {SeeTrials},
	"system/ResearchSubject.read": {SeeCandidates},
	"system/ResearchSubject.rs":   {SeeCandidates},
	"system/Group.read":           {SeeCandidates},
	"system/Group.rs":             {SeeCandidates},
	"system/List.read":            {SeeCandidates},
	"system/List.rs":              {SeeCandidates},
}

// SMARTScopes gives the scopes that a client may ask for, in alphabetical order.
func SMARTScopes() []string {
	var out []string
	for scope := range smartScopes {
		out = append(out, scope)
	}
	slices.Sort(out)
	return out
}

// OAuthError refuses an access token (https://www.rfc-editor.org/rfc/rfc6749#section-5.2).
type OAuthError struct {
	Code string // "invalid_client" is answered with 401, any other with 400
	Todo string
}

func (e *OAuthError) Error() string { return e.Code + ": " + e.Todo }

func invalidClient(todo string) error { return &OAuthError{"invalid_client", todo} }

// clients keeps the access tokens that were issued: in memory, as they hold for minutes and a client asks for another at any
// time.
type clients struct {
	endpoint string
	mu       sync.Mutex
	issued   map[Digest]issued
}

type issued struct {
	caller  Caller
	expires time.Time
}

// caller tells whose an access token is; ok is false where none was issued.
func (c *clients) caller(d Digest, now time.Time) (who Caller, ok bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	i, ok := c.issued[d]
	if ok && !now.Before(i.expires) {
		return Caller{}, true, ErrExpired
	}
	return i.caller, ok, nil
}

func (c *clients) issue(who Caller, now time.Time) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for d, i := range c.issued {
		if now.Sub(i.expires) > ClientTokenHolds { // a while longer, so that it is told to be expired
			delete(c.issued, d)
		}
	}
	if len(c.issued) >= mostIssued {
		return "", &BackoffError{RetryAfter: time.Minute}
	}
	if c.issued == nil {
		c.issued = map[Digest]issued{}
	}
	clear := newToken()
	c.issued[digest(clear)] = issued{who, now.Add(ClientTokenHolds)}
	return clear, nil
}

func (c *clients) revoke(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for d, i := range c.issued {
		if i.caller.ID == id {
			delete(c.issued, d)
		}
	}
}

// NewClient is what a client shall be. Keys is a JWK Set of its public keys: RSA of 2048 bits and more for RS384, P-384 for
// ES384, each with its kid.
type NewClient struct {
	Name   string
	Keys   []byte
	Scopes []Right
	Trials []string
	Source string
}

// CreateClient registers a client.
func (k *Keeper) CreateClient(ctx context.Context, n NewClient, by audit.Entry) (Client, error) {
	scopes, err := checkMachine(n.Name, n.Scopes, n.Trials, n.Source)
	if err != nil {
		return Client{}, err
	}
	if _, err := publicKeys(n.Keys); err != nil {
		return Client{}, err
	}
	c := Client{
		ID: newID("client"), Name: n.Name, Keys: slices.Clone(n.Keys), Scopes: scopes, Trials: sorted(n.Trials), Source: n.Source,
		By: by.Who, Created: audit.Instant(k.now()),
	}
	return c, k.store.AddClient(ctx, c, k.entry(by, audit.Create, c.ID))
}

// ListClients gives all clients, those that hold no more too.
func (k *Keeper) ListClients(ctx context.Context) ([]Client, error) { return k.store.Clients(ctx) }

// RevokeClient ends a client and its access tokens at once.
func (k *Keeper) RevokeClient(ctx context.Context, id string, by audit.Entry) error {
	if err := k.store.RevokeClient(ctx, id, k.now(), k.entry(by, audit.Delete, id)); err != nil {
		return err
	}
	k.clients.revoke(id)
	return nil
}

// publicKeys reads a JWK Set (https://www.rfc-editor.org/rfc/rfc7517#section-5) and refuses what is not for verifying.
func publicKeys(set []byte) (jwk.Set, error) {
	if len(set) > 64<<10 {
		return nil, bad("the JWK Set is larger than 64 KiB: leave out keys that are not in use")
	}
	keys, err := jwk.Parse(set)
	if err != nil {
		return nil, bad("the keys are no JWK Set: give a JSON object with \"keys\"")
	}
	if keys.Len() == 0 || keys.Len() > 16 {
		return nil, bad("give 1 to 16 keys")
	}
	seen := map[string]bool{}
	for i := range keys.Len() {
		key, _ := keys.Key(i)
		kid, _ := key.KeyID()
		if _, ok := algorithmOf(key); !ok || kid == "" || seen[kid] {
			return nil, bad("give public keys only: RSA of at least 2048 bits or EC on P-384, each with a kid of its own")
		}
		seen[kid] = true
	}
	return keys, nil
}

// algorithmOf gives the one algorithm that a key is taken for, whatever a header says.
func algorithmOf(key jwk.Key) (jwa.SignatureAlgorithm, bool) {
	if private, err := jwk.IsPrivateKey(key); err != nil || private {
		return jwa.EmptySignatureAlgorithm(), false
	}
	use, ok := key.KeyUsage()
	if ok && use != string(jwk.ForSignature) {
		return jwa.EmptySignatureAlgorithm(), false
	}
	switch key := key.(type) {
	case jwk.RSAPublicKey:
		n, _ := key.N()
		return jwa.RS384(), len(n) >= 256
	case jwk.ECDSAPublicKey:
		curve, _ := key.Crv()
		return jwa.ES384(), curve == jwa.P384()
	}
	return jwa.EmptySignatureAlgorithm(), false
}

// TokenRequest is what a client posts to the token endpoint.
type TokenRequest struct{ GrantType, Scope, AssertionType, Assertion string }

// IssuedToken answers it.
type IssuedToken struct {
	Token string
	Holds time.Duration
	Scope string
}

// ClientToken gives an access token to a client that proves who it is by an assertion signed with one of its keys. An
// assertion counts once. Whatever is wrong with it is an *OAuthError.
func (k *Keeper) ClientToken(ctx context.Context, r TokenRequest, by audit.Entry) (IssuedToken, error) {
	switch {
	case k.clients.endpoint == "":
		return IssuedToken{}, &OAuthError{"invalid_request", "this server has no token endpoint: ask for its address to be configured"}
	case r.GrantType == "":
		return IssuedToken{}, &OAuthError{"invalid_request", "send grant_type=client_credentials"}
	case r.GrantType != "client_credentials":
		return IssuedToken{}, &OAuthError{"unsupported_grant_type", "send grant_type=client_credentials"}
	case r.AssertionType != assertionType:
		return IssuedToken{}, &OAuthError{"invalid_request", "send client_assertion_type=" + assertionType}
	}
	c, err := k.clientOf(ctx, r.Assertion)
	if err != nil {
		var refused *OAuthError
		if errors.As(err, &refused) {
			return IssuedToken{}, k.refused(ctx, by, c.ID, err)
		}
		return IssuedToken{}, err
	}
	granted, rights := grantScopes(c, r.Scope)
	if len(granted) == 0 {
		return IssuedToken{}, &OAuthError{"invalid_scope", "ask for scopes that the client is registered for: " + strings.Join(SMARTScopes(), " ")}
	}
	clear, err := k.clients.issue(Caller{ID: c.ID, Name: c.Name, Token: true, Scopes: rights, Trials: c.Trials, Source: c.Source}, k.now())
	if err != nil {
		return IssuedToken{}, err
	}
	by.Who = c.ID
	if err := k.store.Record(ctx, []audit.Entry{k.entry(by, audit.Execute, c.ID)}); err != nil {
		return IssuedToken{}, err
	}
	return IssuedToken{Token: clear, Holds: ClientTokenHolds, Scope: strings.Join(granted, " ")}, nil
}

// grantScopes gives those of the scopes asked for whose rights the client has, and these rights.
func grantScopes(c Client, asked string) (granted []string, rights []Right) {
	for scope := range strings.FieldsSeq(asked) {
		needs, known := smartScopes[scope]
		lacks := slices.ContainsFunc(needs, func(r Right) bool { return !slices.Contains(c.Scopes, r) })
		if known && !lacks && !slices.Contains(granted, scope) {
			granted, rights = append(granted, scope), append(rights, needs...)
		}
	}
	slices.Sort(rights)
	return granted, slices.Compact(rights)
}

// claims are those of an assertion.
type claims struct {
	Issuer    string   `json:"iss"`
	Subject   string   `json:"sub"`
	Audience  audience `json:"aud"`
	Expires   int64    `json:"exp"`
	NotBefore int64    `json:"nbf"`
	Issued    int64    `json:"iat"`
	ID        string   `json:"jti"`
}

// audience is one text or several (https://www.rfc-editor.org/rfc/rfc7519#section-4.1.3).
type audience []string

// UnmarshalJSON reads either.
func (a *audience) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*a = audience{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(a))
}

// clientOf finds the client that signed an assertion. The client is given also where its assertion is refused.
func (k *Keeper) clientOf(ctx context.Context, assertion string) (Client, error) {
	var said claims
	message, err := jws.Parse([]byte(assertion), jws.WithCompact())
	if err != nil || len(assertion) > assertionBytes || len(message.Signatures()) != 1 || json.Unmarshal(message.Payload(), &said) != nil {
		return Client{}, invalidClient("send a JWT in its compact form as client_assertion")
	}
	c, err := k.store.Client(ctx, said.Issuer)
	if errors.Is(err, ErrNotFound) || err == nil && !c.Revoked.IsZero() {
		return Client{}, invalidClient("the client is not registered here: put its client_id into iss")
	}
	if err != nil {
		return Client{}, err
	}
	if err := verify(c, message, assertion); err != nil {
		return c, err
	}
	now := k.now()
	if err := k.checkClaims(said, now); err != nil {
		return c, err
	}
	fresh, err := k.store.Once(ctx, digest(said.Issuer+"\x00"+said.ID), time.Unix(said.Expires, 0).Add(assertionSkew), now)
	if err != nil {
		return c, err
	}
	if !fresh {
		return c, invalidClient("an assertion counts once: make another with a jti of its own")
	}
	return c, nil
}

// verify holds a signature against the client's key that the header names.
func verify(c Client, message *jws.Message, assertion string) error {
	keys, err := publicKeys(c.Keys)
	if err != nil {
		return err
	}
	header := message.Signatures()[0].ProtectedHeaders()
	if _, critical := header.Critical(); critical {
		return invalidClient("leave crit out of the header: no extension is known here")
	}
	kid, _ := header.KeyID()
	key, ok := keys.LookupKeyID(kid)
	if !ok {
		return invalidClient("name one of the client's registered keys as kid in the header")
	}
	alg, _ := algorithmOf(key)
	if said, ok := header.Algorithm(); !ok || said != alg {
		return invalidClient("sign with RS384 by an RSA key, or with ES384 by one on P-384, and say so in the header")
	}
	if _, err := jws.Verify([]byte(assertion), jws.WithKey(alg, key)); err != nil {
		return invalidClient("the signature is not by the key that the header names")
	}
	return nil
}

func (k *Keeper) checkClaims(c claims, now time.Time) error {
	expires := time.Unix(c.Expires, 0)
	switch {
	case c.Subject != c.Issuer:
		return invalidClient("put the client_id into both iss and sub")
	case !slices.Contains(c.Audience, k.clients.endpoint):
		return invalidClient("make the assertion out (aud) to the address of this token endpoint: " + k.clients.endpoint)
	case c.ID == "" || len(c.ID) > 256:
		return invalidClient("give the assertion a jti of its own, of at most 256 bytes")
	case !expires.Add(assertionSkew).After(now):
		return invalidClient("the assertion has expired: make another, and see that the clocks agree")
	case expires.Sub(now) > assertionAtMost+assertionSkew:
		return invalidClient("let the assertion expire within five minutes, and see that the clocks agree")
	case time.Unix(max(c.NotBefore, c.Issued), 0).Sub(now) > assertionSkew:
		return invalidClient("the assertion is of a later time: see that the clocks agree")
	}
	return nil
}
