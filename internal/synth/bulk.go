package synth

import (
	"fmt"
	"io"
)

// export is a Bulk Data export under way: one file per resource type
// (https://hl7.org/fhir/uv/bulkdata/export.html).
type export struct {
	out   Sink
	gzip  bool
	kinds []string // in the order in which they were first met
	files []io.WriteCloser
	line  []byte
	err   error
}

func (x *export) add(kind, _ string, r object) {
	if x.err != nil {
		return
	}
	f, err := x.file(kind)
	if err != nil {
		x.err = err
		return
	}
	x.line = append(appendJSON(x.line[:0], r), '\n')
	if _, err := f.Write(x.line); err != nil {
		x.err = fmt.Errorf("writing an output file: %w", err)
	}
}

func (x *export) file(kind string) (io.WriteCloser, error) {
	for i, k := range x.kinds {
		if k == kind {
			return x.files[i], nil
		}
	}
	name, packed := kind+".000.ndjson", x.gzip && len(x.kinds)%4 != 0
	if packed {
		name += ".gz"
	}
	f, err := x.out.Create(name)
	if err != nil {
		return nil, err
	}
	if packed {
		f = newArchive(f)
	}
	x.kinds, x.files = append(x.kinds, kind), append(x.files, f)
	return f, nil
}

// close closes all the files and gives the first thing that went wrong.
func (x *export) close() error {
	for _, f := range x.files {
		if err := f.Close(); x.err == nil && err != nil {
			x.err = fmt.Errorf("closing an output file: %w", err)
		}
	}
	return x.err
}

func generateBulk(o Options, out Sink, progress func(done, total int)) error {
	x := &export{out: out, gzip: o.Gzip}
	s := newStaff(o.Seed)
	for _, h := range s.houses {
		x.add("Organization", h.id, h.organization(newer))
		x.add("Location", h.site, h.location())
	}
	for _, m := range s.doctors {
		x.add("Practitioner", m.id, m.practitioner(newer))
	}
	for n := 0; n < o.Patients && x.err == nil; n++ {
		w := writer{record: live(o.Seed, n, o.AsOf), staff: s, bulk: true, emit: x.add}
		w.write()
		if progress != nil {
			progress(n+1, o.Patients)
		}
	}
	return x.close()
}
