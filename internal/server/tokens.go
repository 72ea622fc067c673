package server

import (
	"net/http"
	"time"

	"prescreen/internal/access"
	"prescreen/internal/audit"
	"prescreen/internal/web"
)

const tokensPath = "/api/v1/tokens"

// tokenRoutes are the list of machines that are let in.
func (s *Server) tokenRoutes() []web.Route {
	return []web.Route{
		{
			Method: http.MethodGet, Pattern: tokensPath, Needs: access.Administer,
			Doc: web.Doc{ID: "tokens", Summary: "All tokens, those that hold no more too", Response: tokens{}}, Handle: s.listTokens,
		},
		{
			Method: http.MethodPost, Pattern: tokensPath, Needs: access.Administer, Body: smallBody,
			Doc:    web.Doc{ID: "createToken", Summary: "Make a token: it is told this once", Request: newToken{}, Response: madeToken{}, Status: http.StatusCreated},
			Handle: s.createToken,
		},
		{
			Method: http.MethodDelete, Pattern: tokensPath + "/{token}", Needs: access.Administer,
			Doc: web.Doc{ID: "revokeToken", Summary: "End a token at once", Status: http.StatusNoContent}, Handle: s.revokeToken,
		},
	}
}

type (
	tokens struct {
		Tokens []token `json:"tokens"`
	}
	token struct {
		ID      string         `json:"id"`
		Name    string         `json:"name"`
		Scopes  []access.Right `json:"scopes"`
		Trials  []string       `json:"trials" doc:"none for all"`
		Source  string         `json:"source,omitempty" doc:"the feed that what it sends belongs to"`
		By      string         `json:"by" doc:"id of the user who made it"`
		Created time.Time      `json:"created"`
		Expires time.Time      `json:"expires"`
		Used    time.Time      `json:"used,omitzero" doc:"last time; absent for never"`
		Revoked time.Time      `json:"revoked,omitzero" doc:"absent while it holds"`
	}
	newToken struct {
		Name    string         `json:"name"`
		Scopes  []access.Right `json:"scopes"`
		Trials  []string       `json:"trials,omitempty"`
		Source  string         `json:"source,omitempty"`
		Expires time.Time      `json:"expires"`
	}
	madeToken struct {
		Token string `json:"token" doc:"for Authorization: Bearer; it is kept nowhere and told this once"`
		About token  `json:"about"`
	}
)

func tokenOf(t access.Token) token {
	return token{t.ID, t.Name, t.Scopes, t.Trials, t.Source, t.By, t.Created, t.Expires, t.Used, t.Revoked}
}

func (s *Server) listTokens(w http.ResponseWriter, r *http.Request) error {
	all, err := s.Access.ListTokens(r.Context())
	if err != nil {
		return err
	}
	out := tokens{Tokens: []token{}}
	for _, t := range all {
		out.Tokens = append(out.Tokens, tokenOf(t))
	}
	return web.WriteJSON(w, r, http.StatusOK, out)
}

func (s *Server) createToken(w http.ResponseWriter, r *http.Request) error {
	in, err := web.DecodeJSON[newToken](r, 0)
	if err != nil {
		return err
	}
	n := access.NewToken{Name: in.Name, Scopes: in.Scopes, Trials: in.Trials, Source: in.Source, Expires: in.Expires}
	clear, t, err := s.Access.CreateToken(r.Context(), n, web.Entry(r, audit.Create))
	if err != nil {
		return err
	}
	return web.WriteJSON(w, r, http.StatusCreated, madeToken{clear, tokenOf(t)})
}

func (s *Server) revokeToken(w http.ResponseWriter, r *http.Request) error {
	if err := s.Access.RevokeToken(r.Context(), r.PathValue("token"), web.Entry(r, audit.Delete)); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
