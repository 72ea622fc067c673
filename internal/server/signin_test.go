package server_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"prescreen/internal/access"
	"prescreen/internal/audit"
	"prescreen/internal/server"
)

// issued answers as access.OIDC would, with an error or without.
type issued struct{ err error }

func (i issued) Begin() (string, string, error) {
	return "https://issuer.example/authorize?x=1", "of-flow", i.err
}

func (i issued) Finish(_ context.Context, secret string, sent url.Values, by audit.Entry) (string, access.Caller, error) {
	if i.err == nil && (secret != "of-flow" || sent.Get("code") != "c" || by.Route != server.SignedInPath || by.Request == "") {
		return "", access.Caller{}, fmt.Errorf("with %q, %v, %+v", secret, sent, by)
	}
	return "of-ann", admin, i.err
}

func TestSignIn(t *testing.T) {
	const flow = "Cookie: prescreen-signin=of-flow"
	for name, c := range map[string]struct {
		err         error
		begin, back int
	}{
		"well":                {nil, 303, 303},
		"no role":             {access.ErrNoRole, 403, 403},
		"the issuer's fault":  {fmt.Errorf("%w: of Jane Doe", access.ErrIssuer), 502, 401},
		"too late":            {access.ErrExpired, 401, 401},
		"too many":            {&access.BackoffError{}, 429, 429},
		"a user who is out":   {access.ErrWrong, 401, 401},
		"a store that is out": {errBroken, 500, 500},
	} {
		t.Run(name, func(t *testing.T) {
			s, log := up(t, func(o *server.Options) { o.SignIn = issued{c.err} })
			begun := ask(s, "GET", "/auth/oidc", "", "Accept: text/html,*/*;q=0.8")
			back := ask(s, "GET", "/auth/oidc/back?code=c&state=s", "", flow, "Accept: text/html,*/*;q=0.8", "Sec-Fetch-Site: cross-site")
			if begun.Code != c.begin || back.Code != c.back {
				t.Error(begun.Code, begun.Body, back.Code, back.Body)
			}
			if (begun.Header().Get("Set-Cookie") != "") != (c.err == nil) || (begun.Header().Get("Location") != "") != (c.err == nil) {
				t.Error(begun.Header())
			}
			set := back.Header().Values("Set-Cookie")
			if !strings.Contains(set[0], "prescreen-signin=; ") || (len(set) == 2) != (c.err == nil) {
				t.Error(set)
			}
			if strings.Contains(begun.Body.String()+back.Body.String()+log.String(), "Jane") {
				t.Error(begun.Body, back.Body, log)
			}
			if c.begin != 403 { // that one cannot come of beginning
				conforms(t, s, "GET", "/auth/oidc", begun)
			}
			conforms(t, s, "GET", "/auth/oidc/back", back)
		})
	}
}

// Beginnings are remembered, so that nobody may make many.
func TestSignInsBegunInARow(t *testing.T) {
	s, _ := up(t, func(o *server.Options) { o.SignIn = issued{} })
	status := 0
	for range 30 {
		status = ask(s, "GET", "/auth/oidc", "").Code
	}
	if status != 429 {
		t.Error(status)
	}
}

// The token endpoint refuses in OAuth's form (https://www.rfc-editor.org/rfc/rfc6749#section-5.2).
func TestTokensRefused(t *testing.T) {
	const form = "Content-Type: application/x-www-form-urlencoded"
	for body, c := range map[string]struct {
		err    error
		status int
		code   string
	}{
		"grant_type=x":                {&access.OAuthError{Code: "unsupported_grant_type", Todo: "t"}, 400, "unsupported_grant_type"},
		"scope=x":                     {&access.OAuthError{Code: "invalid_scope", Todo: "t"}, 400, "invalid_scope"},
		"client_assertion=x":          {&access.OAuthError{Code: "invalid_client", Todo: "t"}, 401, "invalid_client"},
		"grant_type=x&grant_type=x":   {nil, 400, "invalid_request"},
		"%zz":                         {nil, 400, "invalid_request"},
		"grant_type=" + "broken":      {errBroken, 500, ""},
		strings.Repeat("x=1&", 10000): {nil, 413, ""},
	} {
		s, _ := up(t, func(o *server.Options) {
			o.Access, o.TokenEndpoint = refusing{newDoor(), c.err}, "https://prescreen.example/auth/token"
		})
		w := ask(s, "POST", "/auth/token", body, form)
		if w.Code != c.status || c.code != "" && !strings.HasPrefix(w.Body.String(), `{"error":"`+c.code+`","error_description":"`) {
			t.Errorf("%.30s: %d %s", body, w.Code, w.Body)
		}
		if w.Header().Get("Cache-Control") != "no-store" || (w.Code == 401) != (w.Header().Get("WWW-Authenticate") != "") {
			t.Error(w.Header())
		}
		conforms(t, s, "POST", "/auth/token", w)
	}
}

type refusing struct {
	*door
	err error
}

func (r refusing) ClientToken(context.Context, access.TokenRequest, audit.Entry) (access.IssuedToken, error) {
	return access.IssuedToken{}, r.err
}
