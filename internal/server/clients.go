package server

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"prescreen/internal/access"
	"prescreen/internal/audit"
	"prescreen/internal/web"
)

const clientsPath = "/api/v1/clients"

// clientRoutes are the list of machines that prove who they are with a key, and the endpoint at which they do
// (https://hl7.org/fhir/smart-app-launch/backend-services.html).
func (s *Server) clientRoutes() []web.Route {
	routes := []web.Route{
		{
			Method: http.MethodGet, Pattern: clientsPath, Needs: access.Administer,
			Doc: web.Doc{ID: "clients", Summary: "All clients, those that hold no more too", Response: clients{}}, Handle: s.listClients,
		},
		{
			Method: http.MethodPost, Pattern: clientsPath, Needs: access.Administer, Body: 128 << 10,
			Doc:    web.Doc{ID: "createClient", Summary: "Register a client with its public keys", Request: newClient{}, Response: client{}, Status: http.StatusCreated},
			Handle: s.createClient,
		},
		{
			Method: http.MethodDelete, Pattern: clientsPath + "/{client}", Needs: access.Administer,
			Doc: web.Doc{ID: "revokeClient", Summary: "End a client and its access tokens at once", Status: http.StatusNoContent}, Handle: s.revokeClient,
		},
	}
	if s.TokenEndpoint == "" {
		return routes
	}
	return append(routes,
		web.Route{
			Method: http.MethodPost, Pattern: "/auth/token", Needs: access.Anybody, Body: smallBody, Handle: s.clientToken,
			Doc: web.Doc{ID: "token", Summary: "Ask for an access token with a signed assertion", Takes: formMedia, Response: accessToken{}, Refused: oauthError{}},
		},
		open("/fhir/.well-known/smart-configuration", web.Doc{ID: "smartConfiguration", Summary: "What SMART Backend Services needs to know", Response: smart{}, Media: web.JSON}, s.smart))
}

const formMedia = "application/x-www-form-urlencoded"

type (
	clients struct {
		Clients []client `json:"clients"`
	}
	client struct {
		ID      string         `json:"id" doc:"client_id"`
		Name    string         `json:"name"`
		Keys    jsontext.Value `json:"keys" doc:"JWK Set of public keys"`
		Scopes  []access.Right `json:"scopes"`
		Trials  []string       `json:"trials" doc:"none for all"`
		Source  string         `json:"source,omitempty"`
		By      string         `json:"by"`
		Created time.Time      `json:"created"`
		Revoked time.Time      `json:"revoked,omitzero" doc:"absent while it holds"`
	}
	newClient struct {
		Name   string         `json:"name"`
		Keys   jsontext.Value `json:"keys"`
		Scopes []access.Right `json:"scopes"`
		Trials []string       `json:"trials,omitempty"`
		Source string         `json:"source,omitempty"`
	}
	accessToken struct {
		Token   string `json:"access_token"`
		Type    string `json:"token_type"`
		Expires int    `json:"expires_in"`
		Scope   string `json:"scope"`
	}
	oauthError struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	smart struct {
		TokenEndpoint string   `json:"token_endpoint"`
		GrantTypes    []string `json:"grant_types_supported"`
		AuthMethods   []string `json:"token_endpoint_auth_methods_supported"`
		SigningAlgs   []string `json:"token_endpoint_auth_signing_alg_values_supported"`
		Scopes        []string `json:"scopes_supported"`
		Capabilities  []string `json:"capabilities"`
	}
)

func clientOf(c access.Client) client {
	return client{c.ID, c.Name, c.Keys, c.Scopes, c.Trials, c.Source, c.By, c.Created, c.Revoked}
}

func (s *Server) listClients(w http.ResponseWriter, r *http.Request) error {
	all, err := s.Access.ListClients(r.Context())
	if err != nil {
		return err
	}
	out := clients{Clients: []client{}}
	for _, c := range all {
		out.Clients = append(out.Clients, clientOf(c))
	}
	return web.WriteJSON(w, r, http.StatusOK, out)
}

func (s *Server) createClient(w http.ResponseWriter, r *http.Request) error {
	in, err := web.DecodeJSON[newClient](r, 0)
	if err != nil {
		return err
	}
	n := access.NewClient{Name: in.Name, Keys: in.Keys, Scopes: in.Scopes, Trials: in.Trials, Source: in.Source}
	c, err := s.Access.CreateClient(r.Context(), n, web.Entry(r, audit.Create))
	if err != nil {
		return err
	}
	return web.WriteJSON(w, r, http.StatusCreated, clientOf(c))
}

func (s *Server) revokeClient(w http.ResponseWriter, r *http.Request) error {
	if err := s.Access.RevokeClient(r.Context(), r.PathValue("client"), web.Entry(r, audit.Delete)); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// clientToken answers as OAuth 2 does (https://www.rfc-editor.org/rfc/rfc6749#section-5), errors too.
func (s *Server) clientToken(w http.ResponseWriter, r *http.Request) error {
	if err := s.guess(r); err != nil {
		return err
	}
	if err := web.Accepts(r, formMedia); err != nil {
		return err
	}
	body, err := web.ReadBody(r, 0)
	if err != nil {
		return err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return web.WriteJSON(w, r, http.StatusBadRequest, oauthError{"invalid_request", "send a form"})
	}
	for _, values := range form {
		if len(values) > 1 {
			return web.WriteJSON(w, r, http.StatusBadRequest, oauthError{"invalid_request", "send each parameter once"})
		}
	}
	issued, err := s.Access.ClientToken(r.Context(), access.TokenRequest{
		GrantType: form.Get("grant_type"), Scope: form.Get("scope"),
		AssertionType: form.Get("client_assertion_type"), Assertion: form.Get("client_assertion"),
	}, web.Entry(r, audit.Execute))
	var refused *access.OAuthError
	switch {
	case errors.As(err, &refused) && refused.Code == "invalid_client":
		w.Header().Set("WWW-Authenticate", `Bearer realm="prescreen"`)
		return web.WriteJSON(w, r, http.StatusUnauthorized, oauthError{refused.Code, refused.Todo})
	case refused != nil:
		return web.WriteJSON(w, r, http.StatusBadRequest, oauthError{refused.Code, refused.Todo})
	case err != nil:
		return err
	}
	return web.WriteJSON(w, r, http.StatusOK, accessToken{issued.Token, "bearer", int(issued.Holds / time.Second), issued.Scope})
}

func (s *Server) smart(w http.ResponseWriter, r *http.Request) error {
	return web.WriteJSON(w, r, http.StatusOK, smart{
		TokenEndpoint: s.TokenEndpoint, GrantTypes: []string{"client_credentials"}, AuthMethods: []string{"private_key_jwt"},
		SigningAlgs: []string{"RS384", "ES384"}, Scopes: access.SMARTScopes(),
		Capabilities: []string{"client-confidential-asymmetric", "permission-v1", "permission-v2"},
	})
}
