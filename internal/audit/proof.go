package audit

import (
	"golang.org/x/mod/sumdb/tlog"
)

// Inclusion proves that an entry stands in the log of a size
// (https://www.rfc-editor.org/rfc/rfc6962#section-2.1.1).
func Inclusion(size, no int64, r tlog.HashReader) (tlog.RecordProof, error) {
	return tlog.ProveRecord(size, no-1, r)
}

// CheckInclusion tells whether a proof holds: nil if the entry stands in the log that the checkpoint is of.
func CheckInclusion(p tlog.RecordProof, in Checkpoint, e *Entry) error {
	return tlog.CheckRecord(p, in.Size, in.Root, e.No-1, e.Leaf())
}

// Consistency proves that a log only grew from an older size to a newer
// (https://www.rfc-editor.org/rfc/rfc6962#section-2.1.2).
func Consistency(newer, older int64, r tlog.HashReader) (tlog.TreeProof, error) {
	return tlog.ProveTree(newer, older, r)
}

// CheckConsistency tells whether a proof holds: nil if the log of the older checkpoint is the beginning of the newer one's.
func CheckConsistency(p tlog.TreeProof, newer, older Checkpoint) error {
	return tlog.CheckTree(p, newer.Size, newer.Root, older.Size, older.Root)
}
