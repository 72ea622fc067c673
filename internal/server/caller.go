package server

import (
	"net/http"
	"strings"

	"prescreen/internal/access"
	"prescreen/internal/web"
)

// caller tells who a request comes from. A token or session that is sent and not good is refused, never passed over: who
// thinks to be logged in is told when that is over. A cookie is not looked at where nobody need be known: it would keep who
// holds an old one from logging in.
func (s *Server) caller(r *http.Request, route *web.Route) (access.Caller, error) {
	sent := r.Header.Values("Authorization")
	if len(sent) == 0 {
		session := access.SessionOf(r, s.overTLS())
		if session == "" || route.Needs == access.Anybody {
			return access.Caller{}, nil
		}
		return s.Access.CallerOfSession(r.Context(), session)
	}
	scheme, token, ok := strings.Cut(sent[0], " ")
	if len(sent) > 1 || !ok || !strings.EqualFold(scheme, "Bearer") || token == "" {
		return access.Caller{}, web.Unauthorized("send one token: Authorization: Bearer …")
	}
	return s.Access.CallerOfToken(r.Context(), strings.TrimSpace(token))
}

// rights are those that a route may name.
var rights = map[access.Right]bool{
	access.Anybody: true, access.SignedIn: true, access.SeeTrials: true, access.SeeCandidates: true, access.Decide: true,
	access.Confirm: true, access.SeeRecords: true, access.SendRecords: true, access.Evaluate: true, access.EraseRecords: true,
	access.WriteRules: true, access.ApproveRules: true, access.Run: true, access.SeeAudit: true, access.Administer: true,
}

func knownRight(r access.Right) bool { return rights[r] }
