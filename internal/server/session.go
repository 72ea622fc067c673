package server

import (
	"errors"
	"net/http"

	"prescreen/internal/access"
	"prescreen/internal/audit"
	"prescreen/internal/web"
)

const (
	sessionPath = "/api/v1/session"
	smallBody   = 16 << 10
)

// sessionRoutes are what people do about themselves: log in and out, set up, change the password, see what they may.
func (s *Server) sessionRoutes() []web.Route {
	return []web.Route{
		{
			Method: http.MethodGet, Pattern: sessionPath, Needs: access.SignedIn,
			Doc: web.Doc{ID: "me", Summary: "Who is logged in, and what they may do", Response: me{}},
			Handle: func(w http.ResponseWriter, r *http.Request) error {
				return writeMe(w, r, http.StatusOK, web.Caller(r.Context()))
			},
		},
		{
			Method: http.MethodPost, Pattern: sessionPath, Needs: access.Anybody, Body: smallBody,
			Doc: web.Doc{ID: "login", Summary: "Log in: the session comes as a cookie", Request: login{}, Response: me{}}, Handle: s.login,
		},
		{
			Method: http.MethodDelete, Pattern: sessionPath, Needs: access.SignedIn,
			Doc: web.Doc{ID: "logout", Summary: "Log out", Status: http.StatusNoContent}, Handle: s.logout,
		},
		{
			Method: http.MethodPost, Pattern: sessionPath + "/setup", Needs: access.Anybody, Body: smallBody,
			Doc:    web.Doc{ID: "setUp", Summary: "Make the first user, an admin, with the secret of the set-up link", Request: setUp{}, Response: me{}, Status: http.StatusCreated},
			Handle: s.setUp,
		},
		{
			Method: http.MethodPut, Pattern: sessionPath + "/password", Needs: access.SignedIn, Body: smallBody,
			Doc:    web.Doc{ID: "changePassword", Summary: "Change one's own password; all sessions end", Request: newPassword{}, Status: http.StatusNoContent},
			Handle: s.changePassword,
		},
	}
}

type login struct {
	Name     string `json:"name"`
	Password string `json:"password"`
}

type setUp struct {
	Secret   string `json:"secret" doc:"of the set-up link"`
	Name     string `json:"name" doc:"to log in with"`
	Display  string `json:"display,omitempty" doc:"for lists and logs; the name if there is none"`
	Password string `json:"password"`
}

type newPassword struct {
	Old string `json:"old"`
	New string `json:"new"`
}

// me is a caller as told to the caller.
type me struct {
	ID     string         `json:"id"`
	Name   string         `json:"name"`
	Kind   string         `json:"kind" doc:"user or token"`
	Grants []access.Grant `json:"grants,omitempty" doc:"roles of a user, on one trial or on all"`
	Scopes []access.Right `json:"scopes,omitempty" doc:"rights of a token"`
	Trials []string       `json:"trials,omitempty" doc:"that a token is for; none for all"`
	Source string         `json:"source,omitempty" doc:"the feed that what a token sends belongs to"`
}

func writeMe(w http.ResponseWriter, r *http.Request, status int, c access.Caller) error {
	return web.WriteJSON(w, r, status, me{c.ID, c.Name, kindOfCaller(c), c.Grants, c.Scopes, c.Trials, c.Source})
}

// guess holds one address to a rate of tries of passwords.
func (s *Server) guess(r *http.Request) error {
	if wait := s.logins.wait(addressOf(r)); wait > 0 {
		return web.TooMany("too many attempts: wait as long as Retry-After says", wait)
	}
	return nil
}

func (s *Server) login(w http.ResponseWriter, r *http.Request) error {
	if err := s.guess(r); err != nil {
		return err
	}
	in, err := web.DecodeJSON[login](r, 0)
	if err != nil {
		return err
	}
	return s.enterAs(w, r, http.StatusOK, in)
}

// enterAs begins a session.
func (s *Server) enterAs(w http.ResponseWriter, r *http.Request, status int, in login) error {
	secret, c, err := s.Access.Login(r.Context(), in.Name, in.Password, web.Entry(r, audit.Execute))
	if err != nil {
		return err
	}
	http.SetCookie(w, access.Cookie(secret, s.overTLS()))
	return writeMe(w, r, status, c)
}

func (s *Server) logout(w http.ResponseWriter, r *http.Request) error {
	if secret := access.SessionOf(r, s.overTLS()); secret != "" && !web.Caller(r.Context()).Token {
		if err := s.Access.Logout(r.Context(), secret, web.Entry(r, audit.Execute)); err != nil {
			return err
		}
	}
	http.SetCookie(w, access.Cookie("", s.overTLS()))
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Server) setUp(w http.ResponseWriter, r *http.Request) error {
	if err := s.guess(r); err != nil {
		return err
	}
	in, err := web.DecodeJSON[setUp](r, 0)
	if err != nil {
		return err
	}
	if _, err := s.Access.Setup(r.Context(), in.Secret, in.Name, in.Display, in.Password, web.Entry(r, audit.Create)); err != nil {
		return err
	}
	return s.enterAs(w, r, http.StatusCreated, login{in.Name, in.Password})
}

func (s *Server) changePassword(w http.ResponseWriter, r *http.Request) error {
	c := web.Caller(r.Context())
	if c.Token {
		return web.Forbidden("a token has no password: log in as a user")
	}
	if err := s.guess(r); err != nil {
		return err
	}
	in, err := web.DecodeJSON[newPassword](r, 0)
	if err != nil {
		return err
	}
	err = s.Access.ChangePassword(r.Context(), c.ID, in.Old, in.New, web.Entry(r, audit.Update))
	if errors.Is(err, access.ErrWrong) {
		return web.Unprocessable("the old password is not right", web.Issue{Code: "value", Expression: "/old"})
	}
	if err != nil {
		return err
	}
	http.SetCookie(w, access.Cookie("", s.overTLS()))
	w.WriteHeader(http.StatusNoContent)
	return nil
}
