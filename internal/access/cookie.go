package access

import (
	"net/http"
	"time"
)

// Names of the cookie of a session. The prefix has browsers take it only over TLS, for this host and all of its paths
// (https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis#section-4.1.3.2); without TLS, which is for the
// machine itself alone, they would refuse it.
const (
	secureCookie = "__Host-prescreen"
	plainCookie  = "prescreen"
)

func cookieName(tls bool) string {
	if tls {
		return secureCookie
	}
	return plainCookie
}

// Cookie carries a session's secret to the browser; it ends with the browser or the session. The secret "" takes it away.
func Cookie(secret string, tls bool) *http.Cookie {
	c := &http.Cookie{
		Name: cookieName(tls), Value: secret, Path: "/", Secure: tls, HttpOnly: true, SameSite: http.SameSiteStrictMode,
		MaxAge: int(SessionAtMost / time.Second),
	}
	if secret == "" {
		c.MaxAge = -1
	}
	return c
}

// SessionOf gives the secret of a request's session; "" for none.
func SessionOf(r *http.Request, tls bool) string {
	c, err := r.Cookie(cookieName(tls))
	if err != nil {
		return ""
	}
	return c.Value
}
