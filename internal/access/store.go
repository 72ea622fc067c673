package access

import (
	"context"
	"time"

	"prescreen/internal/audit"
)

// User is a person who signs in.
type User struct {
	ID       string
	Name     string // to sign in with: lower case, see checkName
	Display  string // for lists and logs that people read
	Password string // PHC string; "" for those whom another issuer signs in
	External string // issuer and subject of who comes from another issuer; "" for others
	Grants   []Grant
	Disabled bool
	Created  time.Time
	SignedIn time.Time // last time; zero for never
}

// Session is one browser that is signed in.
type Session struct {
	Digest  Digest // of the cookie
	User    string
	Created time.Time
	Seen    time.Time // last use, at most a minute old
}

// Token lets a machine in.
type Token struct {
	ID      string
	Name    string
	Digest  Digest // of the token
	Scopes  []Right
	Trials  []string // none for all
	Source  string   // the feed that what it sends belongs to
	By      string   // id of the user who made it
	Created time.Time
	Expires time.Time
	Used    time.Time // last use, at most a minute old; zero for never
	Revoked time.Time // zero while it holds
}

// Client is a machine that proves who it is with a key of its own instead of a token
// (https://hl7.org/fhir/smart-app-launch/backend-services.html).
type Client struct {
	ID      string
	Name    string
	Keys    []byte // public keys, as a JWK Set
	Scopes  []Right
	Trials  []string
	Source  string
	By      string
	Created time.Time
	Revoked time.Time
}

// SetupLink is the one-time secret with which the first user is made.
type SetupLink struct {
	Digest  Digest
	Expires time.Time
}

// Store keeps users and what lets them in. Whatever changes who may do what comes with an entry of the audit log, which is
// written in the same transaction. What is not there is ErrNotFound.
type Store interface {
	HasUsers(ctx context.Context) (bool, error)
	Users(ctx context.Context) ([]User, error) // by name
	User(ctx context.Context, id string) (User, error)
	UserNamed(ctx context.Context, name string) (User, error)
	UserExternal(ctx context.Context, external string) (User, error)
	// AddUser is ErrTaken where the name is; AddFirstUser is ErrSetUp where there is any user, and takes the set-up link away.
	AddUser(ctx context.Context, u User, a audit.Entry) error
	AddFirstUser(ctx context.Context, u User, a audit.Entry) error
	// SaveUser writes a user in place of what was there, and may end all of the user's sessions.
	SaveUser(ctx context.Context, u User, endSessions bool, a audit.Entry) error

	// AddSession signs a user in: it writes the user too, and takes away sessions that were created or seen before a time.
	AddSession(ctx context.Context, s Session, u User, created, seen time.Time, a audit.Entry) error
	Session(ctx context.Context, d Digest) (Session, User, error)
	SeeSession(ctx context.Context, d Digest, at time.Time) error
	EndSession(ctx context.Context, d Digest, a audit.Entry) error

	Tokens(ctx context.Context) ([]Token, error) // by time of making
	TokenOf(ctx context.Context, d Digest) (Token, error)
	AddToken(ctx context.Context, t Token, a audit.Entry) error
	RevokeToken(ctx context.Context, id string, at time.Time, a audit.Entry) error
	UseToken(ctx context.Context, d Digest, at time.Time) error

	Clients(ctx context.Context) ([]Client, error) // by time of making
	Client(ctx context.Context, id string) (Client, error)
	AddClient(ctx context.Context, c Client, a audit.Entry) error
	RevokeClient(ctx context.Context, id string, at time.Time, a audit.Entry) error
	// Once notes a digest until it expires; fresh is false if it was noted before. What expired before now is dropped.
	Once(ctx context.Context, d Digest, expires, now time.Time) (fresh bool, err error)

	SetupLink(ctx context.Context) (SetupLink, error)
	SaveSetupLink(ctx context.Context, l SetupLink, a audit.Entry) error

	Record(ctx context.Context, entries []audit.Entry) error
}
