// Package synth makes synthetic patients in the shape of Synthea's FHIR R4 export.
//
// A patient is made in three steps that know nothing of each other: a profile (named, or drawn from a mixture) says what
// is fixed; the courses of its diseases and its visits make a record; a writer turns the record into resources. The
// draws of a patient come from the seed and the patient's number alone: the same options give the same bytes, and a
// patient is the same however many others are made. No clock is read and no map is ranged over.
//
// The first forty patients of any run hold every named profile: for each trial that ships with the program somebody
// who is potentially eligible, needs review, is not yet eligible, is ineligible, or misses nearly. All the rest is
// drawn. Nobody here is real: the digits in the names say so.
package synth

import (
	"fmt"
	"io"
	"os"
	"strconv"

	"prescreen/internal/dates"
)

// Options say what to make. AsOf is the last day that anything is recorded on or before; NDJSON asks for a Bulk Data
// export, one file per resource type, in place of one bundle per patient; Gzip compresses most of the files: bundles but
// for every eighth, resource types but for every fourth, so that a folder holds both.
type Options struct {
	Patients int
	Seed     uint64
	AsOf     dates.Day
	NDJSON   bool
	Gzip     bool
}

// Sink takes the files as they are made; a name holds no folder.
type Sink interface {
	Create(name string) (io.WriteCloser, error)
}

// Generate makes the files of a run. Progress, if not nil, is told after every patient.
func Generate(o Options, out Sink, progress func(done, total int)) error {
	if o.Patients < 0 {
		return fmt.Errorf("%d patients: the number may not be negative", o.Patients)
	}
	if o.NDJSON {
		return generateBulk(o, out, progress)
	}
	return generateBundles(o, out, progress)
}

// Write is Generate into a folder, which is made if need be.
func Write(dir string, o Options, progress func(done, total int)) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("making the output folder: %w", err)
	}
	return Generate(o, folder(dir), progress)
}

// generateBundles writes one transaction bundle per patient, and the bundles of houses and practitioners that the
// conditional references of some of them point to.
func generateBundles(o Options, out Sink, progress func(done, total int)) error {
	s := newStaff(o.Seed)
	if err := siteBundles(s, o, out); err != nil {
		return err
	}
	b := newBundle("transaction")
	for n := range o.Patients {
		r := live(o.Seed, n, o.AsOf)
		b.reset()
		w := writer{record: r, staff: s, emit: b.add}
		w.write()
		if err := save(out, r.fileName(), b.finish(), o.Gzip && n%8 != 0); err != nil {
			return err
		}
		if progress != nil {
			progress(n+1, o.Patients)
		}
	}
	return nil
}

// fileName is the name of a patient's bundle: with the patient's name in the older style.
func (r *record) fileName() string {
	if r.style == newer {
		return r.person.id + ".json"
	}
	return r.person.given + "_" + r.person.family + "_" + r.person.id + ".json"
}

// siteBundles writes the houses and the practitioners, if there is a patient whose bundle refers to them.
func siteBundles(s *staff, o Options, out Sink) error {
	houses, people := newBundle("batch"), newBundle("batch")
	for _, h := range s.houses {
		houses.add("Organization", h.id, h.organization(newer))
		houses.add("Location", h.site, h.location())
	}
	for _, m := range s.doctors {
		people.add("Practitioner", m.id, m.practitioner(newer))
	}
	moment := strconv.FormatInt(int64(o.AsOf)*86400000, 10)
	if err := save(out, "hospitalInformation"+moment+".json", houses.finish(), false); err != nil {
		return err
	}
	return save(out, "practitionerInformation"+moment+".json", people.finish(), false)
}
