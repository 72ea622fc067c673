package intake

import (
	"bytes"
	"encoding/hex"
	"strings"

	"prescreen/internal/chart"
)

// Conditional takes a conditional reference or search apart, Type?identifier=system|value: the type, and the digest of the
// identifier as Resource.Identifiers holds it. ok is false for every other search.
func Conditional(reference string) (typ string, identifier []byte, ok bool) {
	r := parseReference([]byte(reference))
	if r.identity == (identity{}) {
		return "", nil, false
	}
	return string(r.kind), bytes.Clone(r.identity[:]), true
}

// StandIn takes the key of a stand-in apart: the feed, and the digest of the identifier that its Patient is waited for by.
func StandIn(k chart.Key) (source string, identifier []byte, ok bool) {
	source, ok = strings.CutSuffix(k.Source, standIn)
	if !ok {
		return "", nil, false
	}
	identifier, err := hex.DecodeString(k.ID)
	return source, identifier, err == nil
}
