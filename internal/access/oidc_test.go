package access_test

import (
	"crypto/sha256"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"prescreen/internal/access"
	"prescreen/internal/audit"
)

// issuer is a small OpenID provider on the machine itself.
type issuer struct {
	*httptest.Server
	h         *house
	challenge string              // of the sign-in under way
	claims    func(claims object) // edits the next ID token
	header    object
	said      object
}

func newIssuer(t *testing.T, h *house) *issuer {
	i := &issuer{h: h, header: object{"alg": "RS384", "kid": "r"}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, object{
			"issuer": i.URL, "authorization_endpoint": i.URL + "/authorize", "token_endpoint": i.URL + "/token", "jwks_uri": i.URL + "/keys",
			"id_token_signing_alg_values_supported": []string{"RS384", "none", "HS256"},
		})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, object{"keys": []object{rsaJWK("r", &rsaKey.PublicKey)}})
	})
	mux.HandleFunc("POST /token", i.token)
	i.Server = httptest.NewServer(mux)
	t.Cleanup(i.Close)
	return i
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(asJSON(v))
}

func (i *issuer) token(w http.ResponseWriter, r *http.Request) {
	id, secret, _ := r.BasicAuth()
	sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	if r.FormValue("code") != "c0de" || b64(sum[:]) != i.challenge || id != "prescreen" || secret != "s" {
		w.WriteHeader(http.StatusBadRequest)
		answer(w, object{"error": "invalid_grant"})
		return
	}
	i.claims(i.said)
	answer(w, object{"access_token": "a", "token_type": "Bearer", "id_token": signed(i.header, i.said, rsaKey)})
}

// settings map groups as a house would.
func (i *issuer) settings() access.Issuer {
	return access.Issuer{
		URL: i.URL, ClientID: "prescreen", ClientSecret: "s", Redirect: "https://prescreen.example/back",
		Groups: map[string][]access.Grant{
			"trials":   {{Role: access.Coordinator}},
			"oncology": {{Role: access.Viewer, Trial: "T2"}, {Role: access.Coordinator}},
			"it":       {{Role: access.Admin}},
		},
	}
}

// signIn goes through the flow as a browser and an issuer do.
func (i *issuer) signIn(t *testing.T, o *access.OIDC, claims func(object), back func(url.Values)) (string, access.Caller, error) {
	t.Helper()
	address, secret, err := o.Begin()
	if err != nil {
		t.Fatal(err)
	}
	u, _ := url.Parse(address)
	q := u.Query()
	if q.Get("code_challenge_method") != "S256" || q.Get("response_type") != "code" || !strings.HasPrefix(address, i.URL+"/authorize?") {
		t.Fatalf("sent to %s", address)
	}
	i.challenge, i.claims = q.Get("code_challenge"), claims
	i.said = object{
		"iss": i.URL, "sub": "4711", "aud": "prescreen", "exp": i.h.now.Add(time.Minute).Unix(), "iat": i.h.now.Unix(), "nonce": q.Get("nonce"),
		"name": "Dr. Cem", "preferred_username": "Cem", "groups": []string{"oncology", "trials", "other"},
	}
	sent := url.Values{"code": {"c0de"}, "state": {q.Get("state")}}
	back(sent)
	session, c, err := o.Finish(t.Context(), secret, sent, audit.Entry{})
	if _, _, again := o.Finish(t.Context(), secret, sent, audit.Entry{}); !errors.Is(again, access.ErrExpired) {
		t.Errorf("a second time: %v", again)
	}
	return session, c, err
}

func asSaid(object) {}

func asSent(url.Values) {}

func TestOIDC(t *testing.T) {
	h, ann := withAnn(t)
	i := newIssuer(t, h)
	o, err := h.OIDC(i.settings())
	if err != nil {
		t.Fatal(err)
	}
	secret, c, err := i.signIn(t, o, asSaid, asSent)
	want := []access.Grant{{Role: access.Coordinator}, {Role: access.Viewer, Trial: "T2"}}
	if err != nil || c.Name != "Dr. Cem" || !slices.Equal(c.Grants, want) {
		t.Fatalf("%v, %v", c, err)
	}
	if again, err := h.CallerOfSession(t.Context(), secret); err != nil || again.ID != c.ID {
		t.Errorf("the session: %v, %v", again, err)
	}
	_, other, err := i.signIn(t, o, func(c object) { c["groups"] = "it" }, asSent)
	if err != nil || other.ID != c.ID || !slices.Equal(other.Grants, []access.Grant{{Role: access.Admin}}) {
		t.Errorf("in another group: %v, %v", other, err)
	}
	if _, _, err := h.Login(t.Context(), "cem", "", audit.Entry{}); !errors.Is(err, access.ErrWrong) {
		t.Errorf("without a password: %v", err)
	}
	if err := h.SetPassword(t.Context(), c.ID, good, by(ann.ID)); !errors.Is(err, access.ErrBad) {
		t.Errorf("with one: %v", err)
	}

	_, _, err = i.signIn(t, o, func(c object) { delete(c, "groups") }, asSent)
	h.wants(access.ErrNoRole)(nil, err)
	h.wants(access.ErrWrong)(h.CallerOfSession(t.Context(), secret)) // ended

	_, eve, err := i.signIn(t, o, func(c object) { c["sub"], c["preferred_username"], c["name"] = "6", "ann", "An\nn" }, asSent)
	named, _ := h.store.Access().UserNamed(t.Context(), "ann")
	if err != nil || eve.ID == ann.ID || named.ID != ann.ID {
		t.Errorf("somebody else's name: %v, %v", eve, err)
	}
	if err := h.Disable(t.Context(), eve.ID, true, by(ann.ID)); err != nil {
		t.Fatal(err)
	}
	_, _, err = i.signIn(t, o, func(c object) { c["sub"] = "6" }, asSent)
	h.wants(access.ErrWrong)(nil, err)
	_, _, err = i.signIn(t, o, func(c object) { c["sub"], c["groups"] = "7", nil }, asSent)
	h.wants(access.ErrNoRole)(nil, err)
	if users, _ := h.ListUsers(t.Context()); len(users) != 3 {
		t.Errorf("%d users", len(users))
	}
}

func TestOIDCThatIsRefused(t *testing.T) {
	h, _ := withAnn(t)
	i := newIssuer(t, h)
	o, err := h.OIDC(i.settings())
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		claims func(object)
		back   func(url.Values)
	}{
		"another state":     {asSaid, func(v url.Values) { v.Set("state", "x") }},
		"no state":          {asSaid, func(v url.Values) { v.Del("state") }},
		"no code":           {asSaid, func(v url.Values) { v.Del("code"); v.Set("error", "access_denied") }},
		"another code":      {asSaid, func(v url.Values) { v.Set("code", "x") }},
		"another nonce":     {func(c object) { c["nonce"] = "x" }, asSent},
		"no nonce":          {func(c object) { delete(c, "nonce") }, asSent},
		"expired":           {func(c object) { c["exp"] = h.now.Add(-time.Minute).Unix() }, asSent},
		"for somebody else": {func(c object) { c["aud"] = "other" }, asSent},
		"another issuer":    {func(c object) { c["iss"] = "https://other.example" }, asSent},
		"no subject":        {func(c object) { delete(c, "sub") }, asSent},
		"another verifier":  {asSaid, func(url.Values) { i.challenge = "x" }},
		"unsigned":          {func(object) { i.header = object{"alg": "none"} }, asSent},
		"another algorithm": {func(object) { i.header = object{"alg": "HS256"} }, asSent},
		"an unknown key":    {func(object) { i.header = object{"alg": "RS384", "kid": "q"} }, asSent},
	} {
		_, _, err := i.signIn(t, o, c.claims, c.back)
		i.header = object{"alg": "RS384", "kid": "r"}
		if !errors.Is(err, access.ErrIssuer) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := i.signIn(t, o, asSaid, asSent); err != nil {
		t.Errorf("as it should be: %v", err)
	}
	_, secret, _ := o.Begin()
	h.now = h.now.Add(10 * time.Minute)
	for name, secret := range map[string]string{"too late": secret, "not begun": "x", "no cookie": ""} {
		if _, _, err := o.Finish(t.Context(), secret, url.Values{}, audit.Entry{}); !errors.Is(err, access.ErrExpired) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestOIDCBeforeSetUp: only an admin may end set-up.
func TestOIDCBeforeSetUp(t *testing.T) {
	h := open(t)
	i := newIssuer(t, h)
	o, err := h.OIDC(i.settings())
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = i.signIn(t, o, asSaid, asSent)
	h.wants(access.ErrNoRole)(nil, err)
	_, c, err := i.signIn(t, o, func(c object) { c["groups"] = []string{"it"} }, asSent)
	if err != nil || !c.May(access.Administer, "") {
		t.Errorf("%v, %v", c, err)
	}
}

func TestIssuersThatAreRefused(t *testing.T) {
	h := open(t)
	for name, edit := range map[string]func(*access.Issuer){
		"http":        func(i *access.Issuer) { i.URL = "http://issuer.example" },
		"no address":  func(i *access.Issuer) { i.URL = "" },
		"no client":   func(i *access.Issuer) { i.ClientID = "" },
		"no way back": func(i *access.Issuer) { i.Redirect = "" },
		"no role":     func(i *access.Issuer) { i.Groups = map[string][]access.Grant{"g": {{Role: "root"}}} },
	} {
		i := access.Issuer{URL: "https://issuer.example", ClientID: "c", Redirect: "r"}
		edit(&i)
		if _, err := h.OIDC(i); !errors.Is(err, access.ErrBad) {
			t.Errorf("%s: %v", name, err)
		}
	}
	o, err := h.OIDC(access.Issuer{URL: "http://127.0.0.1:1", ClientID: "c", Redirect: "r"})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := o.Begin(); !errors.Is(err, access.ErrIssuer) {
		t.Errorf("an issuer that does not answer: %v", err)
	}
}

func TestFlowCookie(t *testing.T) {
	for _, tls := range []bool{true, false} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		c := access.FlowCookie("f", tls)
		r.AddCookie(c)
		if access.FlowOf(r, tls) != "f" || access.SessionOf(r, tls) != "" || c.SameSite != http.SameSiteLaxMode || !c.HttpOnly || c.Secure != tls {
			t.Errorf("TLS %v: %v", tls, c)
		}
	}
}
