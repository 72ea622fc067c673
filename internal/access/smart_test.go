package access_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prescreen/internal/access"
	"prescreen/internal/audit"
)

const endpoint = "https://prescreen.example/auth/token"

var (
	rsaKey  = must(rsa.GenerateKey(rand.Reader, 2048))
	ecKey   = must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))
	another = must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func asJSON(v any) []byte { return must(json.Marshal(v)) }

type object = map[string]any

// public writes keys as RFC 7517 and 7518 have them, by hand.
func public() []byte {
	return asJSON(object{"keys": []object{rsaJWK("r", &rsaKey.PublicKey), ecJWK("e", &ecKey.PublicKey)}})
}

func rsaJWK(kid string, k *rsa.PublicKey) object {
	return object{"kty": "RSA", "kid": kid, "n": b64(k.N.Bytes()), "e": b64(big.NewInt(int64(k.E)).Bytes())}
}

func ecJWK(kid string, k *ecdsa.PublicKey) object {
	point := must(k.Bytes())
	size := (len(point) - 1) / 2
	return object{"kty": "EC", "kid": kid, "crv": k.Params().Name, "x": b64(point[1 : 1+size]), "y": b64(point[1+size:])}
}

// signed makes a JWT by hand (RFC 7515, 7518): an independent signer.
func signed(header, claims object, key crypto.Signer) string {
	text := b64(asJSON(header)) + "." + b64(asJSON(claims))
	sum := sha512.Sum384([]byte(text))
	switch key := key.(type) {
	case *rsa.PrivateKey:
		return text + "." + b64(must(rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA384, sum[:])))
	case *ecdsa.PrivateKey:
		r, s, err := ecdsa.Sign(rand.Reader, key, sum[:])
		return text + "." + b64(append(must(r, err).FillBytes(make([]byte, 48)), s.FillBytes(make([]byte, 48))...))
	}
	return text + "."
}

func withClient(t *testing.T) (*house, access.Client) {
	h, ann := withAnn(t)
	c, err := h.CreateClient(t.Context(), access.NewClient{
		Name: "warehouse", Keys: public(), Scopes: []access.Right{access.SeeTrials, access.SeeCandidates, access.SeeRecords},
	}, by(ann.ID))
	if err != nil {
		t.Fatal(err)
	}
	return h, c
}

func request(assertion string) access.TokenRequest {
	return access.TokenRequest{
		GrantType: "client_credentials", Scope: "system/*.read system/*.write system/Group.rs x",
		AssertionType: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", Assertion: assertion,
	}
}

func (h *house) claims(c access.Client, jti string) object {
	return object{"iss": c.ID, "sub": c.ID, "aud": endpoint, "exp": h.now.Add(5 * time.Minute).Unix(), "jti": jti}
}

func TestClientGetsAToken(t *testing.T) {
	h, c := withClient(t)
	for name, assertion := range map[string]string{
		"RS384":          signed(object{"alg": "RS384", "kid": "r", "typ": "JWT"}, h.claims(c, "1"), rsaKey),
		"ES384":          signed(object{"alg": "ES384", "kid": "e", "typ": "JWT"}, h.claims(c, "2"), ecKey),
		"several aud":    signed(object{"alg": "ES384", "kid": "e"}, with(h.claims(c, "3"), "aud", []string{"x", endpoint}), ecKey),
		"iat":            signed(object{"alg": "ES384", "kid": "e"}, with(h.claims(c, "4"), "iat", h.now.Unix()), ecKey),
		"clocks differ":  signed(object{"alg": "ES384", "kid": "e"}, with(h.claims(c, "5"), "exp", h.now.Add(5*time.Minute+9*time.Second).Unix()), ecKey),
		"almost expired": signed(object{"alg": "ES384", "kid": "e"}, with(h.claims(c, "6"), "exp", h.now.Add(-9*time.Second).Unix()), ecKey),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := h.ClientToken(t.Context(), request(assertion), audit.Entry{})
			if err != nil {
				t.Fatal(err)
			}
			if got.Scope != "system/*.read system/Group.rs" || got.Holds != 5*time.Minute {
				t.Errorf("scope %q for %v", got.Scope, got.Holds)
			}
			who, err := h.CallerOfToken(t.Context(), got.Token)
			want := access.Caller{ID: c.ID, Name: "warehouse", Token: true, Scopes: []access.Right{access.SeeCandidates, access.SeeRecords, access.SeeTrials}, Trials: c.Trials}
			if diff := cmp.Diff(want, who); diff != "" || err != nil {
				t.Error(diff, err)
			}
			if _, err = h.ClientToken(t.Context(), request(assertion), audit.Entry{}); !is(err, "invalid_client") {
				t.Errorf("a second time: %v", err)
			}
		})
	}
}

func with(o object, key string, value any) object {
	o = maps.Clone(o)
	if o[key] = value; value == nil {
		delete(o, key)
	}
	return o
}

func is(err error, code string) bool {
	var e *access.OAuthError
	return errors.As(err, &e) && e.Code == code
}

func TestAssertionsThatAreRefused(t *testing.T) {
	h, c := withClient(t)
	header, claims := object{"alg": "ES384", "kid": "e"}, h.claims(c, "j")
	whole := signed(header, claims, ecKey)
	parts := strings.Split(whole, ".")
	for name, assertion := range map[string]string{
		"nothing":                "",
		"not a JWT":              "x.y.z",
		"another's key":          signed(header, claims, another),
		"changed claims":         parts[0] + "." + b64(asJSON(with(claims, "jti", "k"))) + "." + parts[2],
		"no signature":           parts[0] + "." + parts[1] + ".",
		"alg none":               signed(with(header, "alg", "none"), claims, nil),
		"alg none, unsigned":     b64(asJSON(object{"alg": "none"})) + "." + parts[1] + ".",
		"alg of another size":    signed(with(header, "alg", "ES256"), claims, ecKey),
		"alg of the other key":   signed(object{"alg": "RS384", "kid": "e"}, claims, rsaKey),
		"kid of the other key":   signed(object{"alg": "RS384", "kid": "e"}, claims, ecKey),
		"no kid":                 signed(with(header, "kid", nil), claims, ecKey),
		"unknown kid":            signed(with(header, "kid", "q"), claims, ecKey),
		"a key in the header":    signed(with(with(header, "kid", nil), "jwk", ecJWK("", &another.PublicKey)), claims, another),
		"critical extension":     signed(with(with(header, "crit", []string{"x"}), "x", 1), claims, ecKey),
		"unknown client":         signed(header, with(with(claims, "iss", "q"), "sub", "q"), ecKey),
		"iss is not sub":         signed(header, with(claims, "sub", "q"), ecKey),
		"no iss":                 signed(header, with(claims, "iss", nil), ecKey),
		"for somebody else":      signed(header, with(claims, "aud", "https://other.example/token"), ecKey),
		"for nobody":             signed(header, with(claims, "aud", nil), ecKey),
		"expired":                signed(header, with(claims, "exp", h.now.Add(-11*time.Second).Unix()), ecKey),
		"expires too late":       signed(header, with(claims, "exp", h.now.Add(5*time.Minute+11*time.Second).Unix()), ecKey),
		"expires at the end":     signed(header, with(claims, "exp", int64(1)<<62), ecKey),
		"expires never":          signed(header, with(claims, "exp", nil), ecKey),
		"exp is a text":          signed(header, with(claims, "exp", "soon"), ecKey),
		"not yet":                signed(header, with(claims, "nbf", h.now.Add(time.Minute).Unix()), ecKey),
		"issued ahead":           signed(header, with(claims, "iat", h.now.Add(time.Minute).Unix()), ecKey),
		"no jti":                 signed(header, with(claims, "jti", nil), ecKey),
		"long jti":               signed(header, with(claims, "jti", strings.Repeat("j", 257)), ecKey),
		"longer than any":        signed(header, with(claims, "x", strings.Repeat("j", 9000)), ecKey),
		"JSON serialization":     fmt.Sprintf(`{"payload":%q,"signatures":[{"protected":%q,"signature":%q}]}`, parts[1], parts[0], parts[2]),
		"something put in front": "x" + whole,
	} {
		if _, err := h.ClientToken(t.Context(), request(assertion), audit.Entry{}); !is(err, "invalid_client") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, edit := range map[string]func(*access.TokenRequest){
		"unsupported_grant_type": func(r *access.TokenRequest) { r.GrantType = "password" },
		"invalid_request":        func(r *access.TokenRequest) { r.AssertionType = "" },
		"invalid_scope":          func(r *access.TokenRequest) { r.Scope = "system/*.write openid" },
	} {
		r := request(whole)
		edit(&r)
		if _, err := h.ClientToken(t.Context(), r, audit.Entry{}); !is(err, name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestClientTokensEnd(t *testing.T) {
	h, c := withClient(t)
	n := 0
	fresh := func() string {
		n++
		got, err := h.ClientToken(t.Context(), request(signed(object{"alg": "ES384", "kid": "e"}, h.claims(c, fmt.Sprint(n)), ecKey)), audit.Entry{})
		if err != nil {
			t.Fatal(err)
		}
		return got.Token
	}
	first := fresh()
	h.now = h.now.Add(5*time.Minute - time.Second)
	h.wants(nil)(h.CallerOfToken(t.Context(), first))
	h.now = h.now.Add(time.Second)
	h.wants(access.ErrExpired)(h.CallerOfToken(t.Context(), first))
	second := fresh()
	if err := h.RevokeClient(t.Context(), c.ID, by("x")); err != nil {
		t.Fatal(err)
	}
	h.wants(access.ErrWrong)(h.CallerOfToken(t.Context(), second))
	late := signed(object{"alg": "ES384", "kid": "e"}, h.claims(c, "late"), ecKey)
	if _, err := h.ClientToken(t.Context(), request(late), audit.Entry{}); !is(err, "invalid_client") {
		t.Errorf("after it was revoked: %v", err)
	}
}

// TestAssertionCountsOnceOverARestart: what was seen is kept in the store.
func TestAssertionCountsOnceOverARestart(t *testing.T) {
	h, c := withClient(t)
	r := request(signed(object{"alg": "RS384", "kid": "r"}, h.claims(c, "1"), rsaKey))
	if _, err := h.ClientToken(t.Context(), r, audit.Entry{}); err != nil {
		t.Fatal(err)
	}
	h.Keeper = access.New(h.store.Access(), access.Cheap(h.options()))
	h.now = h.now.Add(5*time.Minute + 9*time.Second)
	if _, err := h.ClientToken(t.Context(), r, audit.Entry{}); !is(err, "invalid_client") {
		t.Errorf("it counted again: %v", err)
	}
}

func TestKeysThatAreRefused(t *testing.T) {
	h, ann := withAnn(t)
	set := func(keys ...object) []byte { return asJSON(object{"keys": keys}) }
	good := ecJWK("e", &ecKey.PublicKey)
	small := must(rsa.GenerateKey(rand.Reader, 1024))
	p256 := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	for name, keys := range map[string][]byte{
		"nothing":         nil,
		"no JSON":         []byte("x"),
		"no keys":         set(),
		"a private key":   set(with(good, "d", b64(must(ecKey.Bytes())))),
		"a shared secret": set(object{"kty": "oct", "kid": "o", "k": "c2VjcmV0"}),
		"short RSA":       set(rsaJWK("r", &small.PublicKey)),
		"P-256":           set(ecJWK("p", &p256.PublicKey)),
		"for encryption":  set(with(good, "use", "enc")),
		"no kid":          set(with(good, "kid", nil)),
		"a kid twice":     set(good, rsaJWK("e", &rsaKey.PublicKey)),
		"one of two":      set(good, ecJWK("p", &p256.PublicKey)),
		"too long":        append(public(), strings.Repeat(" ", 64<<10)...),
	} {
		_, err := h.CreateClient(t.Context(), access.NewClient{Name: "x", Keys: keys, Scopes: []access.Right{access.SeeTrials}}, by(ann.ID))
		if !errors.Is(err, access.ErrBad) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
