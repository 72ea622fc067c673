package verdict

import "math/bits"

// Basis says what a verdict rests on.
type Basis uint8

// The bases, weakest claim last. The zero one is Record.
const (
	Record  Basis = iota // facts in the chart
	Silence              // nothing on record, in a chart that would have it
	Derived              // a value computed from facts
	Note                 // clinical text
	Assumed              // the rule's own assumption about missing data
	Person               // somebody's answer
)

// String writes the basis as the JSON document does.
func (b Basis) String() string {
	return [...]string{"record", "silence", "derived", "note", "assumed", "person"}[b]
}

// Cause says why a verdict is unknown.
type Cause uint8

// The causes, grouped by the action that settles them.
const (
	NoCause Cause = iota

	NeverRecorded
	OutsideWindow

	ListEmpty
	Manual
	OldOrderActive
	RecordTooShort
	NotSeenSince

	OnlySuspected
	NoteOnly
	SuggestedNotCoded
	SourcesConflict
	ResolvedButChronic

	UnitNotConvertible
	Bound
	Implausible
	SameTimeResults
	NoReferenceRange
	HierarchyNotLoaded
	ResultNotUnderstood
	FeedLate
	InternalError

	PartialDate

	causeCount
)

var causeNames = [causeCount]string{
	"", "never-recorded", "outside-window",
	"list-empty", "manual", "old-order-active", "record-too-short", "not-seen-since",
	"only-suspected", "note-only", "suggested-not-coded", "sources-conflict", "resolved-but-chronic",
	"unit", "bound", "implausible", "same-time-results", "no-reference-range", "hierarchy-not-loaded",
	"result-not-understood", "feed-late", "internal-error",
	"partial-date",
}

// String writes the cause as the JSON document does.
func (c Cause) String() string { return causeNames[c] }

// ParseCause reads what String writes.
func ParseCause(s string) (Cause, bool) {
	for i, n := range causeNames {
		if n == s && i > 0 {
			return Cause(i), true
		}
	}
	return NoCause, false
}

// Action is what a person does about an unknown.
type Action uint8

// The actions, in the order in which a candidate lists them.
const (
	Order Action = iota
	Ask
	Read
	Repair
	Wait
	ActionCount
)

// String writes the action as the JSON document does.
func (a Action) String() string { return [...]string{"order", "ask", "read", "repair", "wait"}[a] }

// Action tells what settles a cause.
func (c Cause) Action() Action {
	switch {
	case c <= OutsideWindow:
		return Order
	case c <= NotSeenSince:
		return Ask
	case c <= ResolvedButChronic:
		return Read
	case c <= InternalError:
		return Repair
	}
	return Wait
}

// Causes is a set of causes.
type Causes uint32

// With adds a cause.
func (s Causes) With(c Cause) Causes {
	if c == NoCause {
		return s
	}
	return s | 1<<c
}

// Has tells whether a cause is in the set.
func (s Causes) Has(c Cause) bool { return s&(1<<c) != 0 }

// Len counts the causes.
func (s Causes) Len() int { return bits.OnesCount32(uint32(s)) }

// Within tells whether every cause of s is one of the allowed, and there is at least one.
func (s Causes) Within(allowed Causes) bool { return s != 0 && s&^allowed == 0 }
