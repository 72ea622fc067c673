// Package site holds what a hospital says of itself: its time zone, how far its records can be trusted to be complete,
// its upper limits of normal, its consent model, and the lengths of time that the clinical rules leave open.
//
// Nothing here is about a trial or a patient. The settings reach the packages that need them as plain values; the digest
// of the effective settings, defaults included, stands on every run, so that two runs can be told to have been made under
// the same ones.
package site

import (
	"time"

	"prescreen/internal/dates"
	"prescreen/internal/terms"
)

// Settings are the effective settings: what the file says, and the default for everything it leaves out.
type Settings struct {
	Zone     string         // IANA name; "" means that a day is the day as written
	Location *time.Location // of Zone; nil for ""

	SilenceOpen bool // nothing on record decides nothing

	RecordAtLeast dates.Period // length of record before `ever` may be answered by silence
	ContactWithin dates.Period // the last contact of any kind is not longer ago
	RefillGap     dates.Period // consecutive orders merge over gaps up to this
	OldOrder      dates.Period // an active order without an end goes on this long after the last order
	StoppedWithin dates.Period // a stopped order without an end ended within this
	Horizon       dates.Period // how far `not yet` looks ahead

	Feeds       []Feed       // in the order of the file
	UpperLimits []UpperLimit // in the order of the file

	OptIn             bool     // only patients with a consent on record are shown; else all who are not opposed
	UniqueIdentifiers []string // identifier systems that name one person only, sorted

	// Missing says per kind of record what nothing on record means: true is "not met", false "unknown". A kind that is
	// not in it follows the silence rule.
	Missing map[terms.Domain]bool

	// Hierarchies are where code systems' hierarchies stand, in the order of the file; nothing of them is in the digest,
	// because what they answer is in that of the rules.
	Hierarchies []Hierarchy

	File string // where it was read from; "" for the defaults
}

// Hierarchy is a file or folder that a code system's hierarchy is read from.
type Hierarchy struct {
	System string // by its canonical URI
	Path   string // as written: relative to the folder of the rules
	Line   int
}

// Feed is what a site says of its records of one kind.
type Feed struct {
	Kind          terms.Domain
	CompleteSince dates.Day    // dates.Min when not said
	Partial       bool         // never complete, so its silence decides nothing
	LateBy        dates.Period // the newest records arrive this late
}

// UpperLimit is one line of the site's table of upper limits of normal.
type UpperLimit struct {
	Set      string    // name of the value set
	Sex      string    // "male", "female", or "" for all
	From, To dates.Day // the days of the result it holds for, both included; Min and Max when open
	Value    string    // the number as written
	Unit     string
	Line     int
}

// Default is what holds where a site says nothing.
func Default() Settings {
	return Settings{
		RecordAtLeast: dates.Period{N: 24, Unit: dates.Months},
		ContactWithin: dates.Period{N: 15, Unit: dates.Months},
		RefillGap:     dates.Period{N: 30, Unit: dates.Days},
		OldOrder:      dates.Period{N: 15, Unit: dates.Months},
		StoppedWithin: dates.Period{N: 12, Unit: dates.Months},
		Horizon:       dates.Period{N: 180, Unit: dates.Days},
		Missing:       map[terms.Domain]bool{},
	}
}
