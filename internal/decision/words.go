package decision

import (
	"errors"
	"strconv"
)

// Status is how far a candidate has come.
type Status uint8

// The statuses, in the order in which they are reached.
const (
	New  Status = iota
	Told        // the treating physician
	Contacted
	Consented
	Declined
	ScreenFailure
	Enrolled
	statusCount
)

var statusNames = [statusCount]string{
	"new", "told the physician", "contacted", "consented", "declined", "screen failure", "enrolled",
}

// String writes the status as logs and JSON do.
func (s Status) String() string { return nameOf(statusNames[:], int(s)) }

// ParseStatus reads what String writes.
func ParseStatus(text string) (Status, bool) {
	i, ok := indexOf(statusNames[:], text)
	return Status(i), ok
}

// Statuses gives their names, in order.
func Statuses() []string { return append([]string(nil), statusNames[:]...) }

// Kind is why a candidate is not pursued.
type Kind uint8

// The reasons. Fails and NotAssessed name a criterion.
const (
	NoReason Kind = iota
	Fails
	NotAssessed
	HasDeclined
	Opposed
	PhysicianDisagrees
	NoSlot
	OtherTrial
	DistanceOrLanguage
	NotReachable
	Moved
	Died
	kindCount
)

var kindNames = [kindCount]string{
	"", "fails", "could not be assessed", "declined", "opposed", "physician disagrees", "no slot", "other trial",
	"distance or language", "not reachable", "moved", "died",
}

// kindCodes are the short forms of coded logs, which hold no text.
var kindCodes = [kindCount]string{
	"", "FAIL", "NOTASS", "DECL", "OPP", "PHYS", "SLOT", "OTHER", "DIST", "REACH", "MOVED", "DIED",
}

// String writes the reason as logs and JSON do.
func (k Kind) String() string { return nameOf(kindNames[:], int(k)) }

// Code is the reason in a coded log.
func (k Kind) Code() string { return nameOf(kindCodes[:], int(k)) }

// ParseKind reads what String writes.
func ParseKind(text string) (Kind, bool) {
	i, ok := indexOf(kindNames[:], text)
	return Kind(i), ok && i > 0
}

// Kinds gives the names of the reasons, in order.
func Kinds() []string { return append([]string(nil), kindNames[1:]...) }

// NamesCriterion tells whether the reason is about a criterion.
func (k Kind) NamesCriterion() bool { return k == Fails || k == NotAssessed }

// Reason is why a candidate is not pursued; the zero one is none.
type Reason struct {
	Kind      Kind
	Criterion string // of Fails and NotAssessed
}

// String tells it in words: "INC-4 fails".
func (r Reason) String() string {
	if r.Kind.NamesCriterion() {
		return r.Criterion + " " + r.Kind.String()
	}
	return r.Kind.String()
}

func nameOf(names []string, i int) string {
	if i < len(names) {
		return names[i]
	}
	return strconv.Itoa(i)
}

func indexOf(names []string, text string) (int, bool) {
	for i, n := range names {
		if n == text {
			return i, true
		}
	}
	return 0, false
}

// MarshalText writes the name: statuses and reasons are kept by it, so that their numbers may change.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (s *Status) UnmarshalText(text []byte) error {
	one, ok := ParseStatus(string(text))
	if !ok {
		return errors.New("no status of the log")
	}
	*s = one
	return nil
}

// MarshalText writes the reason's name.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (k *Kind) UnmarshalText(text []byte) error {
	i, ok := indexOf(kindNames[:], string(text))
	if !ok {
		return errors.New("no reason of the log")
	}
	*k = Kind(i)
	return nil
}

// Values lists the names, for the document of the interface.
func (Status) Values() []string { return Statuses() }

// Values lists the names.
func (Kind) Values() []string { return Kinds() }
