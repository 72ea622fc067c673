package server

import (
	"bytes"
	"embed"
	"net/http"

	"prescreen/internal/web"
)

//go:embed pages
var pages embed.FS

// signInLink is where a page offers to sign in by an issuer.
const signInLink = `<p><a id="signin" href="` + SignInPath + `">Sign in</a></p>`

// ownScripts lets a page run our own script and ask our own server, and nothing else.
const ownScripts = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"

// ownPages are the page that a set-up link opens, the one on which signing in ends, and what they are made of. They hold
// nothing of anybody: what a page tells it asks for, so that it may be opened without a login.
func (s *Server) ownPages() []web.Route {
	page := func(pattern, file, media, id string) web.Route {
		doc := web.Doc{ID: id, Summary: "A page, or part of one", Media: media}
		return open(pattern, doc, func(w http.ResponseWriter, _ *http.Request) error {
			data, err := pages.ReadFile("pages/" + file)
			if err != nil {
				return err
			}
			if s.SignIn == nil {
				data = bytes.ReplaceAll(data, []byte(signInLink), nil)
			}
			w.Header().Set("Content-Type", media+"; charset=utf-8")
			w.Header().Set("Content-Security-Policy", ownScripts)
			_, _ = w.Write(data) // whoever has gone needs no page
			return nil
		})
	}
	return []web.Route{
		page("/setup", "setup.html", "text/html", "setUpPage"),
		page("/setup.js", "setup.js", "text/javascript", "setUpScript"),
		page("/setup.css", "setup.css", "text/css", "setUpStyle"),
		page("/", "home.html", "text/html", "homePage"),
		page("/home.js", "home.js", "text/javascript", "homeScript"),
	}
}
