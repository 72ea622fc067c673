package trial

import (
	"fmt"
	"reflect"
	"strings"

	"prescreen/internal/mistake"
	"prescreen/internal/rule"
	"prescreen/internal/terms"
)

// ReadDraft reads a trial file for its author: it gives what could be read even of a file with errors, its criteria in the order
// of the file, those that could not be compiled without a program. A draft is for checking and must never be screened with.
func ReadDraft(page *mistake.Page, lib *terms.Library) (*Trial, mistake.List) {
	return readPage(page, lib, rule.Compile)
}

// SameID tells the trials whose id another one has already.
func SameID(trials []*Trial) mistake.List {
	first := map[string]string{}
	var told mistake.List
	for _, t := range trials {
		key := strings.ToLower(t.ID)
		other, twice := first[key]
		switch {
		case key == "":
		case twice:
			told = append(told, mistake.Mistake{Code: trialTwice, File: t.File, Message: fmt.Sprintf("%q is the id of the trial in %s", t.ID, other)})
		default:
			first[key] = t.File
		}
	}
	return told
}

// FileShape is the struct that trial files are decoded into, for those who describe the form of the file to its authors.
func FileShape() reflect.Type { return reflect.TypeFor[trialFile]() }
