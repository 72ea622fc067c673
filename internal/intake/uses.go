package intake

import (
	"prescreen/internal/chart"
	"prescreen/internal/terms"
)

// Uses calls back with the number of every code and unit in a packed resource, so that those which nobody has any more can
// be found.
func Uses(packed []byte, code func(terms.CodeID), unit func(chart.UnitID)) error {
	switch {
	case len(packed) < 3:
		return errPackedKind
	case packed[0] != packedFormat:
		return errPackedFormat
	}
	each := func(ids []terms.CodeID) {
		for _, id := range ids {
			code(id)
		}
	}
	switch body := packed[2:]; packed[1] {
	case packedPatient:
		a, _, err := readPackedPatient(body)
		each(a.fields.person.Languages)
		return err
	case packedMedication:
		d, err := readPackedMedication(body)
		each(d.codes)
		return err
	case packedRecord:
		return usesOfRecord(body, each, unit)
	}
	return errPackedKind
}

func usesOfRecord(b []byte, codes func([]terms.CodeID), unit func(chart.UnitID)) error {
	u := chart.Unpacker{Rest: b}
	if _, ok := readOwner(&u); !ok || u.Bad {
		return nil // nobody's: it holds no facts that a chart could have
	}
	h, _, err := nextRecord(u.Rest)
	if err != nil {
		return err
	}
	body := h.open()
	var e entry
	for range body.facts {
		body.next(&e)
		codes(e.codes)
		codes(e.answer)
		unit(e.fact.Unit)
	}
	if body.u.Bad {
		return errRecord
	}
	return nil
}
