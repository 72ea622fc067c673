// Package intake reads patients' FHIR R4: bundles, single resources, NDJSON and archives in, charts out. It is the only
// reader of patients' FHIR.
package intake

import (
	"time"

	"prescreen/internal/chart"
	"prescreen/internal/terms"
)

// Source names a feed: everything under Path belongs to it. What lies under no Source's path belongs to the feed "".
type Source struct{ Name, Path string }

// Options say how to read. The zero value is usable: UTC-free days as written, 256 MiB, all cores.
type Options struct {
	Zone              *time.Location // of the site; nil takes the day of an instant as written
	Memory            int64          // bytes of packed fragments kept before they are spilled; 0 is 256 MiB
	Workers           int            // 0 is GOMAXPROCS
	Sources           []Source
	TempDir           string // where spilled runs go; "" is the system's
	Limits            Limits
	UniqueIdentifiers []string // identifier systems that name one person: charts that share one are joined
	Progress          func(Progress)
	// Dictionary and Units are used and grown when given; else the cohort makes its own.
	Dictionary *terms.Dictionary
	Units      *chart.Units
}

// Limits keep hostile input from costing more than plain input. Zero fields take the defaults of DefaultLimits.
type Limits struct {
	Line    int64 // bytes of one NDJSON line, and of one resource in a bundle
	Member  int64 // unpacked bytes of one compressed file or archive member
	Archive int64 // unpacked bytes of one archive
	Members int   // members of one archive
	Ratio   int64 // unpacked bytes per packed byte, judged beyond the first 16 MiB
}

// Progress is told now and then while reading, never at the same time by two goroutines.
type Progress struct {
	Files, FilesTotal int
	Patients          int
	Bytes, BytesTotal int64 // of the inputs as stored; BytesTotal is 0 where it is not known
}

// Rejected is an input, or a resource of one, that could not be used. Nothing in it but Input comes from the data.
type Rejected struct {
	Input   string // file name, or archive and member: for the person at the terminal, never for a log
	Number  int    // of the input, in the order of their names, from 1: for logs
	Pointer string // JSON pointer (RFC 6901); for NDJSON "line N" and the pointer inside it; "" for the whole input
	Reason  string
}

// GapCount counts the gaps of one kind in a run.
type GapCount struct {
	Kind  chart.GapKind
	Count int
}
