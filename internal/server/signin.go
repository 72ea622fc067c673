package server

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"prescreen/internal/access"
	"prescreen/internal/audit"
	"prescreen/internal/web"
)

// SignIn lets people in who are known to an issuer of the house: *access.OIDC does.
type SignIn interface {
	Begin() (address, secret string, err error)
	Finish(ctx context.Context, secret string, sent url.Values, by audit.Entry) (session string, c access.Caller, err error)
}

// SignInPath begins a sign-in by the issuer, SignedInPath is where the issuer sends people back to.
const (
	SignInPath   = "/auth/oidc"
	SignedInPath = SignInPath + "/back"
)

// signInRoutes send a browser to the issuer and take it back. Both are navigations, so they answer with where to go on.
func (s *Server) signInRoutes() []web.Route {
	if s.SignIn == nil {
		return nil
	}
	return []web.Route{
		open(SignInPath, web.Doc{
			ID: "signIn", Summary: "Sign in by the issuer of the house: goes on there", Status: http.StatusSeeOther, Refusals: []int{http.StatusBadGateway},
		}, s.beginSignIn),
		open(SignedInPath, web.Doc{
			ID: "signedIn", Summary: "Where the issuer sends people back to: begins their session", Status: http.StatusSeeOther, Refusals: []int{http.StatusForbidden},
			Query: []web.Param{
				{Name: "code", Type: "string", Summary: "as the issuer gave it"},
				{Name: "state", Type: "string", Summary: "as it was sent to the issuer"},
			},
		}, s.finishSignIn),
	}
}

func (s *Server) beginSignIn(w http.ResponseWriter, r *http.Request) error {
	if err := s.guess(r); err != nil { // each beginning is remembered for a while
		return err
	}
	address, secret, err := s.SignIn.Begin()
	if errors.Is(err, access.ErrIssuer) {
		e := web.Refuse(http.StatusBadGateway, "the server that signs people in does not answer: try again soon, and if it goes on ask who runs this server")
		e.Err = err
		return e
	}
	if err != nil {
		return err
	}
	http.SetCookie(w, access.FlowCookie(secret, s.overTLS()))
	return goOn(w, address)
}

func (s *Server) finishSignIn(w http.ResponseWriter, r *http.Request) error {
	if err := s.guess(r); err != nil {
		return err
	}
	secret := access.FlowOf(r, s.overTLS())
	http.SetCookie(w, access.FlowCookie("", s.overTLS())) // it counts once, whatever comes of it
	session, _, err := s.SignIn.Finish(r.Context(), secret, r.URL.Query(), web.Entry(r, audit.Execute))
	if err != nil {
		return err
	}
	http.SetCookie(w, access.Cookie(session, s.overTLS()))
	return goOn(w, "/")
}

func goOn(w http.ResponseWriter, address string) error {
	w.Header().Set("Location", address)
	w.WriteHeader(http.StatusSeeOther)
	return nil
}
