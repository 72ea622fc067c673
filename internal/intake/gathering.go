package intake

import (
	"bytes"
	"context"

	"prescreen/internal/chart"
)

// lastOwner is whose the record before was: nearly always the next one's too.
type lastOwner struct {
	source string
	owner  owner
	number uint32
	known  bool
}

func newGathering(o Options) *Gathering {
	g := &Gathering{run: newRun(context.Background(), o)}
	g.run.fragments.small = true
	return g
}

func (g *Gathering) add(source string, packed []byte) error {
	r := g.run
	switch {
	case len(packed) < 3:
		return errPackedKind
	case packed[0] != packedFormat:
		return errPackedFormat
	}
	body := packed[2:]
	switch packed[1] {
	case packedRecord:
		return g.record(source, body)
	case packedPatient:
		a, record, err := readPackedPatient(body)
		if err != nil {
			return err
		}
		r.put(r.registry.arrive(source, &a, place{}), record)
	case packedMedication:
		d, err := readPackedMedication(body)
		if err != nil {
			return err
		}
		r.registry.prescribe(source, &d)
	default:
		return errPackedKind
	}
	r.resources++
	return r.failed
}

func (g *Gathering) record(source string, b []byte) error {
	r := g.run
	u := chart.Unpacker{Rest: b}
	o, ok := readOwner(&u)
	if u.Bad {
		return errPackedKind
	}
	r.resources++
	if !ok {
		r.lost++
		return nil
	}
	h, rest, err := nextRecord(u.Rest)
	if err != nil || len(rest) > 0 {
		return errPackedKind
	}
	n := g.number(source, o)
	r.registry.patients[n].records++
	r.names.add(r.nameOf(&h), n)
	r.put(n, u.Rest)
	return r.failed
}

func (g *Gathering) number(source string, o owner) uint32 {
	l := &g.last
	if !l.known || l.source != source || l.owner.identity != o.identity || !bytes.Equal(l.owner.id, o.id) {
		*l = lastOwner{source, owner{bytes.Clone(o.id), o.identity}, g.run.registry.owned(source, o), true}
	}
	return l.number
}
