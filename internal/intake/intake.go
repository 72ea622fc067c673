// Package intake reads patients' FHIR R4: bundles, single resources, NDJSON and archives in, charts out. It is the only
// reader of patients' FHIR.
//
// Reading goes in two passes. Read takes every input apart and keeps, packed and by patient, what each resource states;
// Each and Chart put one patient together: every resource once, references resolved, facts sorted. Nothing that comes out
// depends on the order in which it came in, nor on the number of workers.
//
// JSON is checked by a scanner of our own (scan.go), which tests and fuzzing hold to what jsontext accepts. A token stream
// cannot do what is needed here: go on with the next entry of a Bundle after one with a name twice or bad UTF-8, bound the
// depth inside resources that are skipped, and step over what nobody asks for without reading it twice. On the tape that it
// leaves, the common kinds are read by small readers of our own (fields.go): decoding them into golang-fhir-models' types
// cost more than all the rest, for the sake of elements nobody asks for; that concerns CodeableConcept, Coding, Quantity,
// Period, Reference and Timing. The rarer kinds (models.go, consent.go) use the library's types in small structs whose
// codes may be absent.
//
// A document that breaks off is rejected whole, for half a chart would be taken for a whole one; a line of NDJSON and a
// resource that cannot be used are rejected alone, and the patient's chart has a gap. The attachments of a report or note are
// told apart by their place in content or presentedForm.
//
// A store takes documents apart instead: ReadDocument reads each resource by the same readers and leaves it packed, and a
// Gathering puts packed resources together by the same second pass. So a chart made from a store is the one that a Read of
// the resources in it would make; tests compare the two wherever they read anything.
package intake

import (
	"time"

	"prescreen/internal/chart"
	"prescreen/internal/terms"
)

// Source names a feed: everything under Path belongs to it. What lies under no Source's path belongs to the feed "".
type Source struct{ Name, Path string }

// Options say how to read. The zero value is usable: days as written, 256 MiB, all cores.
type Options struct {
	Zone              *time.Location // of the site; nil takes the day of an instant as written
	Memory            int64          // bytes that fragments may take before they are spilled, half of it for what the collector has not freed; 0 is 256 MiB
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
