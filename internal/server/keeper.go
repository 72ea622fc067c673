package server

import (
	"context"

	"prescreen/internal/access"
	"prescreen/internal/audit"
)

// Keeper is what the server asks of package access, whose *access.Keeper it is: who calls, and the list of who may.
type Keeper interface {
	HasUsers(ctx context.Context) (bool, error)
	CallerOfSession(ctx context.Context, secret string) (access.Caller, error)
	CallerOfToken(ctx context.Context, clear string) (access.Caller, error)

	Login(ctx context.Context, name, password string, by audit.Entry) (secret string, c access.Caller, err error)
	Logout(ctx context.Context, secret string, by audit.Entry) error
	Setup(ctx context.Context, secret, name, display, password string, by audit.Entry) (access.User, error)
	ChangePassword(ctx context.Context, id, old, password string, by audit.Entry) error

	ListUsers(ctx context.Context) ([]access.User, error)
	CreateUser(ctx context.Context, name, display, password string, grants []access.Grant, by audit.Entry) (access.User, error)
	SetGrants(ctx context.Context, id string, grants []access.Grant, by audit.Entry) error
	SetDisplay(ctx context.Context, id, display string, by audit.Entry) error
	SetPassword(ctx context.Context, id, password string, by audit.Entry) error
	Disable(ctx context.Context, id string, disabled bool, by audit.Entry) error

	ListTokens(ctx context.Context) ([]access.Token, error)
	CreateToken(ctx context.Context, n access.NewToken, by audit.Entry) (clear string, t access.Token, err error)
	RevokeToken(ctx context.Context, id string, by audit.Entry) error

	ListClients(ctx context.Context) ([]access.Client, error)
	CreateClient(ctx context.Context, n access.NewClient, by audit.Entry) (access.Client, error)
	RevokeClient(ctx context.Context, id string, by audit.Entry) error
	ClientToken(ctx context.Context, r access.TokenRequest, by audit.Entry) (access.IssuedToken, error)
}

// Trail is what the server asks of the audit log: *store.Store has it.
type Trail interface {
	Record(ctx context.Context, entries []audit.Entry) error
	Audit(ctx context.Context, f audit.Filter, after int64, limit int) ([]audit.Entry, error)
	AuditCheckpoint(ctx context.Context) (audit.Checkpoint, error)
	VerifyAudit(ctx context.Context, kept ...audit.Checkpoint) (audit.Checkpoint, error)
}
