package access

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"hash/crc32"
	"math/big"
	"strings"
)

// Digest is what the store keeps of a secret: whoever reads the store cannot use it. The secrets are random and long, so a
// plain hash will do.
type Digest [sha256.Size]byte

func digest(secret string) Digest { return sha256.Sum256([]byte(secret)) }

// tokenMark begins every token, so that scanners for leaked secrets find it.
const tokenMark = "prescreen_"

const (
	tokenChars = 43 // of 32 bytes in base62
	checkChars = 6  // of a CRC-32 in base62
	base62     = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// newToken makes a token: the mark, 256 random bits, and a checksum by which a mistyped one is refused without a look into
// the store.
func newToken() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	body := inBase62(new(big.Int).SetBytes(b[:]), tokenChars)
	return tokenMark + body + checksum(body)
}

// isToken tells whether a text has the form of a token.
func isToken(text string) bool {
	body, ok := strings.CutPrefix(text, tokenMark)
	return ok && len(body) == tokenChars+checkChars && checksum(body[:tokenChars]) == body[tokenChars:]
}

func checksum(body string) string {
	return inBase62(big.NewInt(int64(crc32.ChecksumIEEE([]byte(tokenMark+body)))), checkChars)
}

func inBase62(n *big.Int, chars int) string {
	out, rest, base := make([]byte, chars), new(big.Int), big.NewInt(int64(len(base62)))
	n = new(big.Int).Set(n)
	for i := range out {
		n.DivMod(n, base, rest)
		out[chars-1-i] = base62[rest.Int64()]
	}
	return string(out)
}

// newSecret makes a secret of 256 random bits for a cookie or a link.
func newSecret() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// newID makes an id that tells nothing: of kind "user", "token" or "client".
func newID(kind string) string {
	return kind + "-" + strings.ToLower(rand.Text()[:16])
}
