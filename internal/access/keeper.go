package access

import (
	"context"
	"regexp"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"prescreen/internal/audit"
)

// How long what lets somebody in holds.
const (
	SessionIdle   = 30 * time.Minute
	SessionAtMost = 12 * time.Hour
	SetupHolds    = 24 * time.Hour
	TokenAtMost   = 2 * 366 * 24 * time.Hour

	coarse = time.Minute // how exactly last uses are noted
)

// Options are what a Keeper needs beside its store.
type Options struct {
	Now func() time.Time

	// TokenEndpoint is the address under which clients ask for access tokens; their assertions must be made out to it. "" for
	// none.
	TokenEndpoint string

	cost cost // of tests; zero for owasp
}

// Keeper lets people and machines in, and keeps the list of them. Sessions are kept here and not by a session library: they
// lie in the store as digests only, are ended together with what they rest on in one transaction with the audit log, and
// hold nothing but who it is.
type Keeper struct {
	store   Store
	now     func() time.Time
	hasher  *hasher
	backoff backoff
	seldom  seldom
	changes sync.Mutex // of users: what is asked of all of them must still hold when one is written
	clients clients
}

// New is a Keeper over a store.
func New(s Store, o Options) *Keeper {
	if o.cost == (cost{}) {
		o.cost = owasp
	}
	return &Keeper{store: s, now: o.Now, hasher: newHasher(o.cost), clients: clients{endpoint: o.TokenEndpoint}}
}

// HasUsers tells whether set-up is over.
func (k *Keeper) HasUsers(ctx context.Context) (bool, error) { return k.store.HasUsers(ctx) }

// entry fills in what a method knows of an entry that the server began.
func (k *Keeper) entry(by audit.Entry, action audit.Action, object string) audit.Entry {
	by.At, by.Action, by.Object = k.now(), action, object
	if by.Outcome == "" {
		by.Outcome = audit.OK
	}
	return by
}

var names = regexp.MustCompile(`^[a-z0-9][a-z0-9._@+-]{0,63}$`)

// login is a name as it is kept: people type it in either case.
func login(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

func checkName(name string) error {
	if !names.MatchString(name) {
		return bad("take a name of 1 to 64 letters a-z, digits and . _ - + @")
	}
	return nil
}

// checkText holds a display name or the name of a token to what can be printed in one line.
func checkText(text string) error {
	if text == "" || !utf8.ValidString(text) || utf8.RuneCountInString(text) > 100 || strings.ContainsFunc(text, unicode.IsControl) {
		return bad("give it a name of 1 to 100 characters, without line breaks")
	}
	return nil
}
