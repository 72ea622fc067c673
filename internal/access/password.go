package access

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

// cost is what argon2id spends on a password.
type cost struct {
	Memory uint32 // KiB
	Time   uint32
	Lanes  uint8
}

// owasp is the cost that OWASP asks for at least
// (https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#argon2id).
var owasp = cost{Memory: 19 * 1024, Time: 2, Lanes: 1}

const (
	saltBytes = 16
	hashBytes = 32

	passwordRunes = 12
	passwordBytes = 256
	passwordKinds = 5 // different characters
)

// hasher hashes passwords, few at a time: each takes the memory of its cost, so that many logins at once must wait.
type hasher struct {
	cost  cost
	turns chan struct{}
	dummy string // a hash that no password has
}

func newHasher(c cost) *hasher {
	h := &hasher{cost: c, turns: make(chan struct{}, 2)}
	h.dummy = encode(c, make([]byte, saltBytes), make([]byte, hashBytes))
	return h
}

// hash gives a password's hash as a PHC string (https://github.com/P-H-C/phc-string-format/blob/master/phc-sf-spec.md).
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt) // never fails
	key, err := h.key(ctx, h.cost, password, salt)
	if err != nil {
		return "", err
	}
	return encode(h.cost, salt, key), nil
}

// right tells whether a password has a hash, in the same time whether there is a hash or not; and whether the hash is of a
// lesser cost than asked for now.
func (h *hasher) right(ctx context.Context, password, encoded string) (ok, weaker bool, err error) {
	known := encoded != ""
	if !known {
		encoded = h.dummy
	}
	c, salt, want, err := decode(encoded)
	if err != nil {
		return false, false, err
	}
	if len(password) > passwordBytes {
		password, known = password[:passwordBytes], false
	}
	got, err := h.key(ctx, c, password, salt)
	if err != nil {
		return false, false, err
	}
	ok = subtle.ConstantTimeCompare(got, want) == 1 && known
	return ok, c.Memory < h.cost.Memory || c.Time < h.cost.Time, nil
}

// key waits for its turn. The same password typed on different machines is the same: it is compared in Unicode's NFKC, as
// https://pages.nist.gov/800-63-4/sp800-63b.html#passwordver asks.
func (h *hasher) key(ctx context.Context, c cost, password string, salt []byte) ([]byte, error) {
	select {
	case h.turns <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-h.turns }()
	return argon2.IDKey([]byte(norm.NFKC.String(password)), salt, c.Time, c.Memory, c.Lanes, hashBytes), nil
}

func encode(c cost, salt, key []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.Memory, c.Time, c.Lanes, b64.EncodeToString(salt), b64.EncodeToString(key))
}

func decode(encoded string) (c cost, salt, key []byte, err error) {
	parts := strings.Split(encoded, "$")
	if len(parts) == 6 && parts[0] == "" && parts[1] == "argon2id" && parts[2] == fmt.Sprintf("v=%d", argon2.Version) {
		_, err = fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.Memory, &c.Time, &c.Lanes)
		if err == nil {
			salt, err = base64.RawStdEncoding.DecodeString(parts[4])
		}
		if err == nil {
			key, err = base64.RawStdEncoding.DecodeString(parts[5])
		}
		if err == nil && len(key) == hashBytes && c.Time > 0 && c.Lanes > 0 && c.Memory <= 1<<20 && c.Time <= 64 {
			return c, salt, key, nil
		}
	}
	return cost{}, nil, nil, errHash
}

// checkPassword says what is wrong with a new password of a user; nil if it will do.
func checkPassword(password, name string) error {
	kinds := map[rune]bool{}
	for _, r := range password {
		kinds[r] = true
	}
	switch {
	case !utf8.ValidString(password):
		return &WeakError{"type it again: it holds bytes that are no characters"}
	case len(password) > passwordBytes:
		return &WeakError{fmt.Sprintf("take one of at most %d bytes", passwordBytes)}
	case utf8.RuneCountInString(password) < passwordRunes:
		return &WeakError{fmt.Sprintf("take one of at least %d characters: a few words that have nothing to do with each other", passwordRunes)}
	case strings.EqualFold(strings.TrimSpace(password), name):
		return &WeakError{"take one that is not the user's name"}
	case len(kinds) < passwordKinds:
		return &WeakError{fmt.Sprintf("take one of at least %d different characters", passwordKinds)}
	}
	return nil
}
