// Package report writes what a run has found: one file per output.
//
// Nothing is decided here. A document hands out its candidates one at a time, in their order, so that a list of any length
// is written in little memory. Files and JSON speak of verdicts (met, not met, unknown); whatever a person reads speaks of
// effects (fulfilled, does not apply, open), and every colour has a sign beside it.
package report

import (
	"fmt"
	"io"
	"iter"
	"strings"

	"prescreen/internal/screen"
	"prescreen/internal/trial"
)

// Document is a run and its lists.
type Document struct {
	Run     screen.Run
	Records screen.Records // how fresh the records are: on every list that people read
	Trials  []Trial
}

// Trial is one trial's list.
type Trial struct {
	Trial      *trial.Trial
	Funnel     []screen.Step
	Outcomes   [screen.OutcomeCount]int
	NearMiss   int // of the ineligible
	BySilence  int // of the ineligible, those by silence alone
	Listed     int // candidates that Candidates would give without an upper end
	Candidates iter.Seq2[*screen.Candidate, error]
}

// Options are about the place where an output is read.
type Options struct {
	Width  int  // columns of the terminal; 0 for a default
	Colour bool // the place shows colours
}

// defaultWidth is what a list takes where nobody says how wide the place is.
const defaultWidth = 110

func (o Options) width() int {
	if o.Width <= 0 {
		return defaultWidth
	}
	return o.Width
}

// formats is the table of outputs, in the order in which they are offered.
var formats = []struct {
	name  string
	write func(io.Writer, *Document, Options) error
}{
	{"table", writeTable},
	{"json", writeJSON},
	{"ndjson", writeNDJSON},
	{"csv", writeCSV},
	{"csv-verdicts", writeCSVVerdicts},
}

// Formats gives the names of the outputs.
func Formats() []string {
	names := make([]string, len(formats))
	for i, f := range formats {
		names[i] = f.name
	}
	return names
}

// CheckFormat refuses a name that is no output, before any work is done for it.
func CheckFormat(name string) error {
	for _, f := range formats {
		if f.name == name {
			return nil
		}
	}
	return fmt.Errorf("unknown format %q: use one of %s", name, strings.Join(Formats(), ", "))
}

// Write writes a document in a format.
func Write(w io.Writer, format string, d *Document, o Options) error {
	if err := CheckFormat(format); err != nil {
		return err
	}
	for _, f := range formats {
		if f.name == format {
			return f.write(w, d, o)
		}
	}
	return nil
}
