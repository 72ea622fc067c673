package audit

import (
	"encoding/binary"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// leafForm is the first byte of a canonical form. Another form takes the next number; entries written in an older one keep it.
const leafForm = 1

// Canonical is what the leaf of an entry is made from. Equal entries have equal bytes, and different ones different bytes:
//
//	1 (the form), then as varint (https://protobuf.dev/programming-guides/encoding/#varints) No and the microseconds of At
//	since 1970, both in zig-zag; then Who, Role, Action, Route, Trial, Object, Outcome and Request, each its length in
//	bytes as a varint and its bytes; then the number of Patients as a varint, and each of them like the texts.
func (e *Entry) Canonical() []byte {
	b := []byte{leafForm}
	b = binary.AppendVarint(b, e.No)
	b = binary.AppendVarint(b, e.At.UnixMicro())
	for _, text := range []string{e.Who, e.Role, string(e.Action), e.Route, e.Trial, e.Object, e.Outcome, e.Request} {
		b = appendText(b, text)
	}
	b = binary.AppendUvarint(b, uint64(len(e.Patients)))
	for _, p := range e.Patients {
		b = appendText(b, p)
	}
	return b
}

func appendText(b []byte, text string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

// Leaf is the hash of an entry in the tree (https://www.rfc-editor.org/rfc/rfc6962#section-2.1).
func (e *Entry) Leaf() tlog.Hash { return tlog.RecordHash(e.Canonical()) }

// Instant is a time as the log keeps it: whole microseconds, in UTC.
func Instant(t time.Time) time.Time { return time.UnixMicro(t.UnixMicro()).UTC() }
