package intake

import (
	"encoding/binary"
	"errors"
	"slices"

	"prescreen/internal/chart"
	"prescreen/internal/terms"
)

// A packed resource is what a store keeps of one, and all that a chart can need of it: a format byte, what it is, whose it
// is, and its record. Codes and units are numbers of the dictionary and units that it was read with.
//
//	format, 'r', subject, record             of any kind but these:
//	format, 'p', identities, links, record   a Patient
//	format, 'm', ids, codes, words           a Medication
//
// A new shape of any of it, or of a record, takes a new format, and the older ones stay readable: stores hold them for years.

const packedFormat = 1

const (
	packedRecord     = 'r'
	packedPatient    = 'p'
	packedMedication = 'm'
)

// Whose a packed resource is.
const (
	ofNobody = iota
	ofID
	ofIdentity
)

var (
	errPackedFormat = errors.New("a packed resource of a newer version of this program: run that version")
	errPackedKind   = errors.New("a packed resource is damaged")
)

func appendOwner(dst []byte, o *owner) []byte {
	if o.identity != (identity{}) {
		return append(append(dst, ofIdentity), o.identity[:]...)
	}
	return chart.AppendBytes(append(dst, ofID), o.id)
}

// readOwner gives false for nobody.
func readOwner(u *chart.Unpacker) (o owner, ok bool) {
	switch u.Enum(ofIdentity + 1) {
	case ofID:
		o.id = u.Bytes()
	case ofIdentity:
		if o.identity, ok = readIdentity(u); !ok {
			return o, false
		}
	default:
		return o, false
	}
	return o, !u.Bad
}

func readIdentity(u *chart.Unpacker) (i identity, ok bool) {
	if len(u.Rest) < len(i) {
		u.Bad = true
		return i, false
	}
	copy(i[:], u.Rest)
	u.Rest = u.Rest[len(i):]
	return i, true
}

func (o *owner) subject(word func([]byte) string) Subject {
	if o.identity != (identity{}) {
		return Subject{Identifier: slices.Clone(o.identity[:])}
	}
	return Subject{ID: word(o.id)}
}

// packAll packs the resources of a document that is read to its end. They share their memory.
func (l *loader) packAll(list []Resource) {
	dst := make([]byte, 0, len(l.arena)+64*(len(l.pending)+len(l.people)+len(l.drugs)))
	done := func(r *Resource, from int) { r.Packed = dst[from:len(dst):len(dst)] }
	for i := range l.people {
		a, from := &l.people[i], len(dst)
		a.links = l.ownerLinks(a.fields.links)
		dst = appendPackedPatient(dst, a, l.arena[a.start:a.end])
		r := &list[a.of]
		r.Subject = Subject{ID: a.id}
		for _, k := range a.links {
			r.Links = append(r.Links, k.to.subject(l.apart.word))
		}
		done(r, from)
	}
	for i := range l.drugs {
		d, from := &l.drugs[i], len(dst)
		dst = appendPackedMedication(dst, d)
		list[d.of].Drugs = d.names()
		done(&list[d.of], from)
	}
	for i := range l.pending {
		p, from := &l.pending[i], len(dst)
		if len(p.anyOf) > 0 {
			p.subject = l.patientAmong(p.anyOf)
		}
		if o, ok := l.owner(&p.subject); ok {
			dst = appendOwner(append(dst, packedFormat, packedRecord), &o)
			dst = append(dst, l.arena[p.start:p.end]...)
			list[p.of].Subject = o.subject(l.apart.word)
		} else {
			dst = append(dst, packedFormat, packedRecord, ofNobody) // to be counted
		}
		done(&list[p.of], from)
	}
	l.nameDrugs(list)
}

// names are the ids that a Medication is found by.
func (d *drug) names() (names []string) {
	for _, id := range d.ids {
		if id != "" {
			names = append(names, id)
		}
	}
	return names
}

// nameDrugs puts the ids of the document's Medications in place of their urns.
func (l *loader) nameDrugs(list []Resource) {
	other := map[string]string{}
	for i := range l.drugs {
		if d := &l.drugs[i]; d.ids[1] != "" {
			other[d.ids[1]] = d.ids[0]
		}
	}
	if len(other) == 0 {
		return
	}
	for i := range list {
		r := &list[i]
		if r.Type == "Medication" {
			continue
		}
		for j, id := range r.Drugs {
			if own, ok := other[id]; ok {
				r.Drugs[j] = own
			}
		}
	}
}

func appendPackedPatient(dst []byte, a *arrival, record []byte) []byte {
	dst = binary.AppendUvarint(append(dst, packedFormat, packedPatient), uint64(len(a.fields.identities)))
	for _, i := range a.fields.identities {
		unique := byte(0)
		if i.unique {
			unique = 1
		}
		dst = append(append(dst, i.identity[:]...), unique)
	}
	dst = binary.AppendUvarint(dst, uint64(len(a.links)))
	for _, k := range a.links {
		dst = appendOwner(append(dst, byte(k.kind)), &k.to)
	}
	return append(dst, record...)
}

// readPackedPatient gives the Patient and its record, from behind the kind's letter.
func readPackedPatient(b []byte) (a arrival, record []byte, err error) {
	u := chart.Unpacker{Rest: b}
	for range u.Count(len(identity{}) + 1) {
		i, _ := readIdentity(&u)
		a.fields.identities = append(a.fields.identities, identifier{i, u.Enum(2) == 1})
	}
	for range u.Count(3) {
		kind := linkKind(u.Enum(int(replaces) + 1))
		to, ok := readOwner(&u)
		if !ok {
			return a, nil, errPackedKind
		}
		a.links = append(a.links, ownerLink{to, kind})
	}
	if u.Bad {
		return a, nil, errPackedKind
	}
	h, rest, err := nextRecord(u.Rest)
	if err != nil || len(rest) > 0 || h.origin != chart.FromPatient {
		return a, nil, errPackedKind
	}
	body := h.open()
	a.id, a.fields.person = string(h.id), body.person()
	if body.u.Bad {
		return a, nil, errPackedKind
	}
	return a, u.Rest, nil
}

func appendPackedMedication(dst []byte, d *drug) []byte {
	dst = append(dst, packedFormat, packedMedication)
	dst = chart.AppendBytes(chart.AppendBytes(dst, []byte(d.ids[0])), []byte(d.ids[1]))
	return chart.AppendBytes(appendCodes(dst, d.codes), []byte(d.words))
}

func readPackedMedication(b []byte) (d drug, err error) {
	u := chart.Unpacker{Rest: b}
	d.ids = [2]string{string(u.Bytes()), string(u.Bytes())}
	d.codes = readCodes(&u, []terms.CodeID(nil))
	d.words = string(u.Bytes())
	if u.Bad || len(u.Rest) > 0 {
		return d, errPackedKind
	}
	return d, nil
}
