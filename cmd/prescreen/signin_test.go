package main

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// loopbackIssuer is a small OpenID provider on the machine itself (https://openid.net/specs/openid-connect-core-1_0.html).
type loopbackIssuer struct {
	*httptest.Server
	key       *rsa.PrivateKey
	challenge string // of the sign-in under way
	nonce     string
	groups    []string
	calls     int
}

func newLoopbackIssuer(t *testing.T) *loopbackIssuer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	i := &loopbackIssuer{key: key}
	tell := func(w http.ResponseWriter, v any) {
		i.calls++
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		tell(w, map[string]any{"issuer": i.URL, "authorization_endpoint": i.URL + "/authorize", "token_endpoint": i.URL + "/token", "jwks_uri": i.URL + "/keys"})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		tell(w, map[string]any{"keys": []any{map[string]any{
			"kty": "RSA", "kid": "k", "alg": "RS256", "n": raw64(key.N.Bytes()), "e": raw64(big.NewInt(int64(key.E)).Bytes()),
		}}})
	})
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
		if id, secret, _ := r.BasicAuth(); r.FormValue("code") != "planted-code" || raw64(sum[:]) != i.challenge || id != "prescreen" || secret != "planted-client-secret" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		tell(w, map[string]any{"access_token": "a", "token_type": "Bearer", "id_token": i.idToken()})
	})
	i.Server = httptest.NewServer(mux)
	t.Cleanup(i.Close)
	return i
}

func raw64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (i *loopbackIssuer) idToken() string {
	day := time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC)
	claims, _ := json.Marshal(map[string]any{
		"iss": i.URL, "sub": "planted-subject", "aud": "prescreen", "exp": day.Add(time.Minute).Unix(), "iat": day.Unix(), "nonce": i.nonce,
		"name": "Dr. Planted", "preferred_username": "cem", "groups": i.groups,
	})
	text := raw64([]byte(`{"alg":"RS256","kid":"k"}`)) + "." + raw64(claims)
	sum := sha256.Sum256([]byte(text))
	sign, _ := rsa.SignPKCS1v15(nil, i.key, crypto.SHA256, sum[:])
	return text + "." + raw64(sign)
}

// People sign in by the house's issuer, through the server as it runs.
func TestSigningInByAnIssuer(t *testing.T) {
	i, dir := newLoopbackIssuer(t), t.TempDir()
	secret := filepath.Join(dir, "secret")
	if err := os.WriteFile(secret, []byte("planted-client-secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := serveIn(t, dir, twoTrials(t), "--url", "http://prescreen.example/", "--oidc-issuer", i.URL, "--oidc-client-id", "prescreen",
		"--oidc-client-secret-file", secret, "--oidc-groups", groupsFile(t))
	if i.calls != 0 {
		t.Error("the issuer was asked before anybody signed in")
	}

	// begun goes to the issuer, as a browser would, and gives what comes back with it.
	begun := func() (flow string, back url.Values) {
		t.Helper()
		a := p.must(303, "GET", "/auth/oidc", "")
		u, err := url.Parse(a.header.Get("Location"))
		q := u.Query()
		if err != nil || !strings.HasPrefix(u.String(), i.URL+"/authorize?") || q.Get("code_challenge_method") != "S256" || q.Get("response_type") != "code" ||
			q.Get("redirect_uri") != "http://prescreen.example/auth/oidc/back" || q.Get("nonce") == "" || q.Get("client_id") != "prescreen" {
			t.Fatal(err, u)
		}
		if set := a.header.Get("Set-Cookie"); !strings.Contains(set, "HttpOnly") || !strings.Contains(set, "SameSite=Lax") {
			t.Error(set)
		}
		i.challenge, i.nonce = q.Get("code_challenge"), q.Get("nonce")
		return a.cookie(), url.Values{"code": {"planted-code"}, "state": {q.Get("state")}}
	}
	back := func(status int, flow string, sent url.Values) heard {
		t.Helper()
		a := p.must(status, "GET", "/auth/oidc/back?"+sent.Encode(), "", flow, "Sec-Fetch-Site: cross-site")
		cookies := strings.Join(a.header.Values("Set-Cookie"), "\n")
		if !strings.Contains(cookies, "prescreen-signin=;") || strings.Contains(cookies, "prescreen=") != (status == 303) {
			t.Error(status, cookies)
		}
		return a
	}
	session := func(a heard) string {
		t.Helper()
		for _, set := range a.header.Values("Set-Cookie") {
			if value, rest, _ := strings.Cut(set, ";"); strings.HasPrefix(value, "prescreen=") {
				if !strings.Contains(rest, "HttpOnly") || !strings.Contains(rest, "SameSite=Strict") || a.header.Get("Location") != "/" {
					t.Error(set, a.header)
				}
				return "Cookie: " + value
			}
		}
		t.Fatal(a)
		return ""
	}

	flow, sent := begun()
	i.groups = []string{"oncology"}
	back(403, flow, sent) // while there is no user, an admin is to be the first
	flow, sent = begun()
	i.groups = []string{"it"}
	admin := session(back(303, flow, sent))
	p.must(200, "GET", "/api/v1/users", "", admin)
	back(401, flow, sent) // a second time
	flow, sent = begun()
	i.groups = []string{"oncology", "canteen"}
	eve := "prescreen-signin=eves"
	back(401, "Cookie: "+eve, sent) // with the address that somebody else was sent back with
	sent.Set("state", "x")
	back(401, flow, sent)
	flow, sent = begun()
	cem := session(back(303, flow, sent))
	if cem == admin {
		t.Error("a session was taken up again")
	}
	var me struct {
		Name   string
		Grants []map[string]string
	}
	p.must(200, "GET", "/api/v1/session", "", cem).into(t, &me)
	if me.Name != "Dr. Planted" || len(me.Grants) != 2 || me.Grants[0]["role"] != "viewer" || me.Grants[1]["trial"] != "T1" {
		t.Errorf("%+v", me)
	}
	p.must(200, "GET", "/api/v1/trials/T1/log", "", cem)
	p.must(403, "GET", "/api/v1/users", "", cem)
	flow, sent = begun()
	i.groups = []string{"canteen"}
	back(403, flow, sent)
	p.must(401, "GET", "/api/v1/session", "", cem) // whoever has no role any more is out at once
	flow, sent = begun()
	sent.Set("code", "another")
	back(401, flow, sent)

	page := p.must(200, "GET", "/", "")
	if !strings.Contains(page.body, `href="/auth/oidc"`) {
		t.Error(page.body)
	}
	for _, word := range []string{"planted", "Dr. ", "cem", i.challenge, i.nonce, sent.Get("state")} {
		if strings.Contains(p.log(), word) {
			t.Errorf("%s is in the log", word)
		}
	}
	p.stop()
	done := prescreen(t, dir, "audit", "verify", "--db", "records.db")
	if !strings.Contains(done, "the audit log is whole") {
		t.Error(done)
	}
}

// Without an issuer nothing of it is there; one that is not there is told, and the rest goes on.
func TestNoIssuer(t *testing.T) {
	p := serveIn(t, t.TempDir(), twoTrials(t))
	p.must(404, "GET", "/auth/oidc", "")
	p.must(404, "GET", "/auth/oidc/back?code=x&state=y", "")
	if page := p.must(200, "GET", "/", ""); strings.Contains(page.body, "oidc") {
		t.Error(page.body)
	}
	_, _, srv := inHouse(t, func() time.Time { return time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC) })
	w := door{t, srv}.must(502, "GET", "/auth/oidc", "")
	if w.Header().Get("Set-Cookie") != "" || strings.Contains(w.Body.String(), "127.0.0.1") {
		t.Error(w.Header(), w.Body)
	}
}

// What is said of an issuer and cannot hold is told at the start.
func TestIssuersThatCannotBe(t *testing.T) {
	dir, rules := t.TempDir(), twoTrials(t)
	file := func(name, text string) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	good := groupsFile(t)
	for name, c := range map[string]struct {
		says string
		args []string
	}{
		"no issuer":     {"--oidc-issuer", []string{"--oidc-client-id", "c"}},
		"no address":    {"--url", []string{"--oidc-issuer", "https://i.example", "--oidc-client-id", "c", "--oidc-groups", good}},
		"no groups":     {"--oidc-groups", []string{"--url", "https://p.example", "--oidc-issuer", "https://i.example", "--oidc-client-id", "c"}},
		"no client":     {"client's id", []string{"--url", "https://p.example", "--oidc-issuer", "https://i.example", "--oidc-groups", good}},
		"without TLS":   {"https", []string{"--url", "https://p.example", "--oidc-issuer", "http://i.example", "--oidc-client-id", "c", "--oidc-groups", good}},
		"no such role":  {"one of the roles", []string{"--url", "https://p.example", "--oidc-issuer", "https://i.example", "--oidc-client-id", "c", "--oidc-groups", file("role", "g: [{role: king}]")}},
		"another key":   {"for each group", []string{"--url", "https://p.example", "--oidc-issuer", "https://i.example", "--oidc-client-id", "c", "--oidc-groups", file("key", "g: [{role: viewer, study: T1}]")}},
		"an empty file": {"for each group", []string{"--url", "https://p.example", "--oidc-issuer", "https://i.example", "--oidc-client-id", "c", "--oidc-groups", file("none", "")}},
		"no secret":     {"secret-file", []string{"--url", "https://p.example", "--oidc-issuer", "https://i.example", "--oidc-client-id", "c", "--oidc-groups", good, "--oidc-client-secret-file", file("secret", "\n")}},
	} {
		var told strings.Builder
		code := run(append([]string{"serve", "--db", filepath.Join(dir, "r.db"), "--rules", rules, "--listen", "127.0.0.1:0", "--metrics", "off"}, c.args...), nil, &told, &told)
		if code != exitUsage || !strings.Contains(told.String(), c.says) {
			t.Errorf("%s: %d %s", name, code, told.String())
		}
	}
	json := issuer{groupsFile: file("json", `{"oncology":[{"role":"coordinator","trial":"T1"}]}`)}
	if groups, err := json.groups(); err != nil || groups["oncology"][0].Trial != "T1" {
		t.Error(groups, err)
	}
}
