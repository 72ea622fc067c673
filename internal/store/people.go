package store

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"slices"
	"strings"

	"prescreen/internal/chart"
	"prescreen/internal/live"
)

var (
	personTable     = replacing("person", "no", "key", "known", "chart", "patient", "lists")
	parcelTable     = replacing("parcel", "person, part", "bytes")
	identifierTable = replacing("identifier", "digest, person", "names")
	linkTable       = table{"link (other, person)", 2, " ON CONFLICT DO NOTHING"}
	drugTable       = table{"drug_use (drug, person)", 2, " ON CONFLICT DO NOTHING"}
)

// partSize is how long the parts are that parcels are cut into: only those that changed are written, so that a new result
// does not write a whole record again.
const partSize = 16 << 10

// spare is how much longer the memory of parcels is than they are: a new result fits in.
const spare = 1 << 10

// belongings are what a person's row lists: so that what changed is known, and what is erased found, without searching.
type belongings struct {
	identifiers, unique [][]byte
	links               []int64
	drugs               []string
	parts               [][]byte // digests of the parts of the parcels
}

func (l *belongings) append(dst []byte) []byte {
	dst = appendText(dst, joined(l.identifiers))
	dst = appendText(dst, joined(l.unique))
	var links []byte
	for _, n := range l.links {
		links = binary.AppendVarint(links, n)
	}
	dst = appendText(dst, links)
	var drugs []byte
	for _, d := range l.drugs {
		drugs = appendText(drugs, d)
	}
	dst = appendText(dst, drugs)
	return append(dst, joined(l.parts)...)
}

func readBelongings(b []byte) (l belongings, err error) {
	if len(b) == 0 {
		return l, nil
	}
	var lists [4][]byte
	for i := range lists {
		if lists[i], b, err = cutText(b); err != nil {
			return l, err
		}
	}
	for rest := lists[2]; len(rest) > 0; {
		n, k := binary.Varint(rest)
		if k <= 0 {
			return l, errText
		}
		l.links, rest = append(l.links, n), rest[k:]
	}
	drugs, err := split(lists[3])
	if err != nil {
		return l, err
	}
	for _, d := range drugs {
		l.drugs = append(l.drugs, string(d))
	}
	if l.identifiers, err = split(lists[0]); err != nil {
		return l, err
	}
	if l.unique, err = split(lists[1]); err != nil {
		return l, err
	}
	l.parts, err = split(b)
	return l, err
}

func cutParts(parcels []byte) [][]byte { return slices.Collect(slices.Chunk(parcels, partSize)) }

func digestPart(part []byte) []byte {
	sum := sha256.Sum256(part)
	return sum[:16]
}

// feedOf is the feed that a person's records come from.
func feedOf(k chart.Key) string {
	if feed, _, ok := live.StandsFor(k); ok {
		return feed
	}
	return k.Source
}

func standsIn(k chart.Key) bool {
	_, _, ok := live.StandsFor(k)
	return ok
}

// drugKey is the key of a use of a Medication.
func drugKey(source, id string) []byte { return append(appendText(nil, source), id...) }

// indexed are the rows of the indices that a person's lists stand for.
type indexed struct{ identifiers, links, drugs [][]any }

func (l *belongings) indexed(no int64, key chart.Key) (x indexed) {
	for _, d := range l.identifiers {
		unique := slices.ContainsFunc(l.unique, func(u []byte) bool { return bytes.Equal(u, d) })
		x.identifiers = append(x.identifiers, []any{d, no, bit(unique)})
	}
	for _, d := range l.unique {
		if !slices.ContainsFunc(l.identifiers, func(u []byte) bool { return bytes.Equal(u, d) }) {
			x.identifiers = append(x.identifiers, []any{d, no, int64(1)})
		}
	}
	x.identifiers = sorted(x.identifiers)
	for _, o := range l.links {
		x.links = append(x.links, []any{o, no})
	}
	for _, d := range l.drugs {
		x.drugs = append(x.drugs, []any{drugKey(feedOf(key), d), no})
	}
	x.drugs = sorted(x.drugs)
	return x
}

func (c *change) writePeople() error {
	before, err := c.peopleBefore()
	if err != nil {
		return err
	}
	rows := make([][]any, 0, len(c.People))
	for i := range c.People {
		p := &c.People[i]
		old := before[p.No]
		now := belongings{identifiers: p.Identifiers, unique: p.Unique, links: p.Links, drugs: p.Drugs}
		if err := c.writeParcels(p, old, &now); err != nil {
			return err
		}
		if err := c.writeIndices(p, old, &now); err != nil {
			return err
		}
		rows = append(rows, []any{p.No, keyOf(p.Key), bit(p.Known), p.Chart, some(p.Patient), now.append(nil)})
		c.state.person = max(c.state.person, p.No)
	}
	return c.insert(personTable, rows)
}

// peopleBefore reads the lists of those who are written again. A key that has another number meanwhile is stale.
func (c *change) peopleBefore() (map[int64]belongings, error) {
	before := map[int64]belongings{}
	numbers := map[string]int64{}
	var keys [][]byte
	for i := range c.People {
		key := keyOf(c.People[i].Key)
		numbers[string(key)] = c.People[i].No
		keys = append(keys, key)
	}
	err := lists(keys, func(args []any) error {
		rows, err := c.query(`SELECT no, key, lists FROM person WHERE key IN `+in(len(args)), args...)
		return each(rows, err, func(scan func(...any) error) error {
			var no int64
			var key, b []byte
			if err := scan(&no, &key, &b); err != nil {
				return err
			}
			if numbers[string(key)] != no {
				return live.ErrStale
			}
			before[no], err = readBelongings(b)
			return err
		})
	})
	return before, err
}

// writeParcels writes the parts that are others than before.
func (c *change) writeParcels(p *live.Person, old belongings, now *belongings) error {
	var rows [][]any
	for i, part := range cutParts(p.Parcels) {
		now.parts = append(now.parts, digestPart(part))
		if i >= len(old.parts) || !bytes.Equal(old.parts[i], now.parts[i]) {
			rows = append(rows, []any{p.No, int64(i), part})
		}
	}
	if len(now.parts) < len(old.parts) {
		if _, err := c.exec(`DELETE FROM parcel WHERE person = ? AND part >= ?`, p.No, int64(len(now.parts))); err != nil {
			return err
		}
	}
	return c.insert(parcelTable, rows)
}

// writeIndices writes what is new in the indices and deletes what is no more.
func (c *change) writeIndices(p *live.Person, old belongings, now *belongings) error {
	was, is := old.indexed(p.No, p.Key), now.indexed(p.No, p.Key)
	if err := c.unindex(without(was.identifiers, is.identifiers), without(was.links, is.links), without(was.drugs, is.drugs)); err != nil {
		return err
	}
	if err := c.insert(identifierTable, without(is.identifiers, was.identifiers)); err != nil {
		return err
	}
	if err := c.insert(linkTable, without(is.links, was.links)); err != nil {
		return err
	}
	return c.insert(drugTable, without(is.drugs, was.drugs))
}

// without gives the rows that others lacks.
func without(rows, others [][]any) [][]any {
	if len(rows) == 0 || len(others) == 0 {
		return rows
	}
	var out [][]any
	for _, r := range rows {
		if !slices.ContainsFunc(others, func(o []any) bool { return sameRow(r, o) }) {
			out = append(out, r)
		}
	}
	return out
}

func sameRow(a, b []any) bool {
	return slices.EqualFunc(a, b, func(x, y any) bool {
		if bx, ok := x.([]byte); ok {
			return bytes.Equal(bx, y.([]byte))
		}
		return x == y
	})
}

func (t *tx) unindex(identifiers, links, drugs [][]any) error {
	for _, r := range identifiers {
		if _, err := t.exec(`DELETE FROM identifier WHERE digest = ? AND person = ?`, r[0], r[1]); err != nil {
			return err
		}
	}
	for _, r := range links {
		if _, err := t.exec(`DELETE FROM link WHERE other = ? AND person = ?`, r...); err != nil {
			return err
		}
	}
	for _, r := range drugs {
		if _, err := t.exec(`DELETE FROM drug_use WHERE drug = ? AND person = ?`, r...); err != nil {
			return err
		}
	}
	return nil
}

func (c *change) dropPeople() error {
	if err := c.withoutPeople(c.GonePeople); err != nil {
		return err
	}
	return eraseAudit(c.tx, c.GonePeople)
}

// withoutPeople takes persons away with their parcels and all that leads to them.
func (t *tx) withoutPeople(persons []int64) error {
	return lists(persons, func(args []any) error {
		list := in(len(args))
		var gone []indexed
		rows, err := t.query(`SELECT no, key, lists FROM person WHERE no IN `+list, args...)
		err = each(rows, err, func(scan func(...any) error) error {
			var no int64
			var key, b []byte
			if err := scan(&no, &key, &b); err != nil {
				return err
			}
			k, err := readKey(key)
			if err != nil {
				return err
			}
			l, err := readBelongings(b)
			gone = append(gone, l.indexed(no, k))
			return err
		})
		if err != nil {
			return err
		}
		for _, x := range gone {
			if err := t.unindex(x.identifiers, x.links, x.drugs); err != nil {
				return err
			}
		}
		if _, err := t.exec(`DELETE FROM parcel WHERE person IN `+list, args...); err != nil {
			return err
		}
		_, err = t.exec(`DELETE FROM person WHERE no IN `+list, args...)
		return err
	})
}

// People gives persons by key, in the order of their keys; those that are not there are left out.
func (s *Store) People(ctx context.Context, keys []chart.Key, parcels bool) ([]live.Person, error) {
	var texts [][]byte
	for _, k := range keys {
		texts = append(texts, keyOf(k))
	}
	out := people{}
	err := readPeople(ctx, s, out, "key", texts, parcels)
	return out.list(), wrap("reading persons", err)
}

// Users gives the persons whose resources refer to a Medication, ascending.
func (s *Store) Users(ctx context.Context, source string, drugs []string) (out []int64, err error) {
	var keys [][]byte
	for _, d := range drugs {
		keys = append(keys, drugKey(source, d))
	}
	err = lists(keys, func(args []any) error {
		rows, err := s.query(ctx, `SELECT person FROM drug_use WHERE drug IN `+in(len(args)), args...)
		return each(rows, err, func(scan func(...any) error) error {
			var no int64
			err := scan(&no)
			out = append(out, no)
			return err
		})
	})
	slices.Sort(out)
	return slices.Compact(out), wrap("looking for users of a medication", err)
}

// people are persons by number, while they are read.
type people map[int64]*live.Person

// list gives them in the order of their keys.
func (p people) list() []live.Person {
	out := make([]live.Person, 0, len(p))
	for _, x := range p {
		out = append(out, *x)
	}
	slices.SortFunc(out, func(a, b live.Person) int {
		return cmp.Or(strings.Compare(a.Key.Source, b.Key.Source), strings.Compare(a.Key.ID, b.Key.ID))
	})
	return out
}

// readPeople reads persons whose column has one of the values into out.
func readPeople[T any](ctx context.Context, s *Store, out people, column string, values []T, parcels bool) error {
	return lists(values, func(args []any) error {
		query := `SELECT p.no, p.key, p.known, p.chart, p.patient, p.lists, -1, p.key FROM person p WHERE p.` + column + ` IN ` + in(len(args))
		if parcels {
			query = `SELECT p.no, p.key, p.known, p.chart, p.patient, p.lists, coalesce(c.part, -1), c.bytes
				FROM person p LEFT JOIN parcel c ON c.person = p.no WHERE p.` + column + ` IN ` + in(len(args))
		}
		late := map[int64]map[int][]byte{}
		rows, err := s.query(ctx, query, args...)
		err = each(rows, err, func(scan func(...any) error) error { return readPerson(scan, out, late) })
		return err
	})
}

// readPerson reads one row: a person, or a further part of one's parcels. Parts nearly always come in turn; those that do not
// wait in late.
func readPerson(scan func(...any) error, out people, late map[int64]map[int][]byte) error {
	var p live.Person
	var key, list []byte
	var part int
	var bytes sql.RawBytes
	if err := scan(&p.No, &key, &p.Known, &p.Chart, &p.Patient, &list, &part, &bytes); err != nil {
		return err
	}
	if out[p.No] == nil {
		l, err := readBelongings(list)
		if err != nil {
			return err
		}
		p.Identifiers, p.Unique, p.Links, p.Drugs = l.identifiers, l.unique, l.links, l.drugs
		if p.Key, err = readKey(key); err != nil {
			return err
		}
		if part >= 0 { // with room for what is appended next
			p.Parcels = make([]byte, 0, max(len(l.parts)-1, 0)*partSize+len(bytes)+spare)
		}
		out[p.No] = &p
	}
	if part >= 0 {
		takePart(out[p.No], part, bytes, late)
	}
	return nil
}

// takePart appends a part, and those behind it that came before it.
func takePart(p *live.Person, part int, bytes []byte, late map[int64]map[int][]byte) {
	next := func() int { return (len(p.Parcels) + partSize - 1) / partSize }
	switch {
	case part > next():
		if late[p.No] == nil {
			late[p.No] = map[int][]byte{}
		}
		late[p.No][part] = slices.Clone(bytes)
	case part == next():
		p.Parcels = append(p.Parcels, bytes...)
		for more := late[p.No][next()]; more != nil; more = late[p.No][next()] {
			p.Parcels = append(p.Parcels, more...)
		}
	}
}
