package live

import (
	"time"

	"prescreen/internal/audit"
)

// entryOf begins an entry of the audit log.
func entryOf(by Actor, at time.Time, action audit.Action) audit.Entry {
	if by.Who == "" {
		by.Who = "system"
	}
	return audit.Entry{At: at, Who: by.Who, Role: by.Role, Action: action, Route: by.Route, Request: by.Request, Outcome: "ok"}
}
