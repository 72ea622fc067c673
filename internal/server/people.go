package server

import (
	"net/http"
	"time"

	"prescreen/internal/access"
	"prescreen/internal/audit"
	"prescreen/internal/web"
)

const usersPath = "/api/v1/users"

// userRoutes are the list of people who log in.
func (s *Server) userRoutes() []web.Route {
	admin := func(method, pattern string, doc web.Doc, handle web.Handler) web.Route {
		one := web.Route{Method: method, Pattern: pattern, Needs: access.Administer, Doc: doc, Handle: handle}
		if method != http.MethodGet {
			one.Body = smallBody
		}
		return one
	}
	done := http.StatusNoContent
	return []web.Route{
		admin(http.MethodGet, usersPath, web.Doc{ID: "users", Summary: "All users", Response: users{}}, s.listUsers),
		admin(http.MethodPost, usersPath, web.Doc{ID: "createUser", Summary: "Add a user", Request: newUser{}, Response: user{}, Status: http.StatusCreated}, s.createUser),
		admin(http.MethodPut, usersPath+"/{user}/grants", web.Doc{ID: "setGrants", Summary: "Give a user other roles", Request: grants{}, Status: done},
			edit(func(r *http.Request, id string, in grants) error {
				return s.Access.SetGrants(r.Context(), id, in.Grants, web.Entry(r, audit.Update))
			})),
		admin(http.MethodPut, usersPath+"/{user}/display", web.Doc{ID: "setDisplay", Summary: "Give a user another name for lists and logs", Request: display{}, Status: done},
			edit(func(r *http.Request, id string, in display) error {
				return s.Access.SetDisplay(r.Context(), id, in.Display, web.Entry(r, audit.Update))
			})),
		admin(http.MethodPut, usersPath+"/{user}/password", web.Doc{ID: "setPassword", Summary: "Give a user another password; the user's sessions end", Request: password{}, Status: done},
			edit(func(r *http.Request, id string, in password) error {
				return s.Access.SetPassword(r.Context(), id, in.Password, web.Entry(r, audit.Update))
			})),
		admin(http.MethodPut, usersPath+"/{user}/disabled", web.Doc{ID: "setDisabled", Summary: "Keep a user out at once, or let the user in again", Request: disabled{}, Status: done},
			edit(func(r *http.Request, id string, in disabled) error {
				return s.Access.Disable(r.Context(), id, in.Disabled, web.Entry(r, audit.Update))
			})),
	}
}

type (
	users struct {
		Users []user `json:"users"`
	}
	user struct {
		ID       string         `json:"id"`
		Name     string         `json:"name" doc:"to log in with"`
		Display  string         `json:"display" doc:"for lists and logs"`
		Grants   []access.Grant `json:"grants"`
		Disabled bool           `json:"disabled"`
		External bool           `json:"external" doc:"logs in by another issuer"`
		Created  time.Time      `json:"created"`
		SignedIn time.Time      `json:"signedIn,omitzero" doc:"last time; absent for never"`
	}
	newUser struct {
		Name     string         `json:"name"`
		Display  string         `json:"display,omitempty"`
		Password string         `json:"password"`
		Grants   []access.Grant `json:"grants,omitempty"`
	}
	grants struct {
		Grants []access.Grant `json:"grants"`
	}
	display struct {
		Display string `json:"display"`
	}
	password struct {
		Password string `json:"password"`
	}
	disabled struct {
		Disabled bool `json:"disabled"`
	}
)

func userOf(u access.User) user {
	return user{u.ID, u.Name, u.Display, u.Grants, u.Disabled, u.External != "", u.Created, u.SignedIn}
}

// edit is a change of one user.
func edit[T any](change func(r *http.Request, id string, in T) error) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		in, err := web.DecodeJSON[T](r, 0)
		if err == nil {
			err = change(r, r.PathValue("user"), in)
		}
		if err != nil {
			return err
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
}

func (s *Server) listUsers(w http.ResponseWriter, r *http.Request) error {
	all, err := s.Access.ListUsers(r.Context())
	if err != nil {
		return err
	}
	out := users{Users: []user{}}
	for _, u := range all {
		out.Users = append(out.Users, userOf(u))
	}
	return web.WriteJSON(w, r, http.StatusOK, out)
}

func (s *Server) createUser(w http.ResponseWriter, r *http.Request) error {
	in, err := web.DecodeJSON[newUser](r, 0)
	if err != nil {
		return err
	}
	u, err := s.Access.CreateUser(r.Context(), in.Name, in.Display, in.Password, in.Grants, web.Entry(r, audit.Create))
	if err != nil {
		return err
	}
	return web.WriteJSON(w, r, http.StatusCreated, userOf(u))
}
