package web

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

// CursorParam is the query parameter in which a cursor comes back.
const CursorParam = "cursor"

// cursorForm is raised when what a cursor is made of changes: older ones are then refused.
const cursorForm = 1

// EncodeCursor makes the opaque mark of the place where a next page begins. It is sealed with the key, so that nobody can
// read or make one, and bound to the route, its path, the rest of the query and the caller: with any other it is refused.
// The same place on the same day has the same mark.
func EncodeCursor(key []byte, r *http.Request, v any) (string, error) {
	place, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		return "", err
	}
	plain := append(binary.BigEndian.AppendUint32(nil, uint32(cursorDay(r))), place...)
	seal, bound := sealer(key), boundTo(r)
	// The nonce follows from all that is sealed, so that two different texts never share one.
	mac := hmac.New(sha256.New, derived(key, "nonce"))
	mac.Write(bound)
	mac.Write(plain)
	nonce := mac.Sum(nil)[:seal.NonceSize()]
	out := append([]byte{cursorForm}, nonce...)
	return base64.RawURLEncoding.EncodeToString(seal.Seal(out, nonce, plain, bound)), nil
}

// DecodeCursor reads what EncodeCursor sealed for the same question on this day or the one before.
func DecodeCursor(key []byte, r *http.Request, cursor string, v any) error {
	stale := BadRequest("this mark of a page cannot be used here or is too old: ask for the first page again")
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	seal := sealer(key)
	if err != nil || len(cursor) > 4096 || len(raw) < 1+seal.NonceSize() || raw[0] != cursorForm {
		return stale
	}
	nonce, sealed := raw[1:1+seal.NonceSize()], raw[1+seal.NonceSize():]
	plain, err := seal.Open(nil, nonce, sealed, boundTo(r))
	if err != nil || len(plain) < 4 {
		return stale
	}
	made := int64(binary.BigEndian.Uint32(plain))
	if age := cursorDay(r) - made; age < 0 || age > 1 || json.Unmarshal(plain[4:], v) != nil {
		return stale
	}
	return nil
}

func cursorDay(r *http.Request) int64 {
	return At(r.Context()).Unix() / int64(24*time.Hour/time.Second)
}

func sealer(key []byte) cipher.AEAD {
	block, err := aes.NewCipher(derived(key, "seal"))
	if err != nil {
		panic("a key of 32 bytes is a key of AES: " + err.Error())
	}
	seal, err := cipher.NewGCM(block)
	if err != nil {
		panic("AES has blocks of 16 bytes: " + err.Error())
	}
	return seal
}

// derived makes keys for different ends from one.
func derived(key []byte, end string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("cursor " + end))
	return mac.Sum(nil)
}

// boundTo is what a cursor may be used for: everything of the question but the cursor itself.
func boundTo(r *http.Request) []byte {
	rest := url.Values{}
	for name, values := range r.URL.Query() {
		if name != CursorParam {
			rest[name] = values
		}
	}
	pattern := ""
	if route := about(r.Context()).Route; route != nil {
		pattern = route.Method + " " + route.Pattern
	}
	return []byte(strings.Join([]string{pattern, r.URL.Path, rest.Encode(), Caller(r.Context()).ID}, "\x00"))
}
