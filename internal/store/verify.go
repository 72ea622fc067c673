package store

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"prescreen/internal/intake"
)

// invariant is a statement that gives the numbers of rows that break it.
type invariant struct{ broken, query string }

var invariants = []invariant{
	{"versions have a person that is not there", `SELECT v.no FROM version v WHERE v.person <> 0 AND NOT EXISTS (SELECT 1 FROM person p WHERE p.no = v.person)`},
	{"versions end before they begin, or lie ahead of the store", `SELECT no FROM version WHERE until <> 0 AND until < since OR since > (SELECT seq FROM state) OR until > (SELECT seq FROM state) OR since < 1`},
	{"originals have no version", `SELECT version FROM original WHERE NOT EXISTS (SELECT 1 FROM version v WHERE v.no = version)`},
	{"identifiers are held by no open version", `SELECT h.version FROM holding h WHERE NOT EXISTS (SELECT 1 FROM version v WHERE v.no = h.version AND v.until = 0)`},
	{"parcels have no person", `SELECT person FROM parcel c WHERE NOT EXISTS (SELECT 1 FROM person p WHERE p.no = c.person)`},
	{"identifiers have no person", `SELECT person FROM identifier i WHERE NOT EXISTS (SELECT 1 FROM person p WHERE p.no = i.person)`},
	{"links have no person", `SELECT person FROM link l WHERE NOT EXISTS (SELECT 1 FROM person p WHERE p.no = l.person)`},
	{"uses of medications have no person", `SELECT person FROM drug_use d WHERE NOT EXISTS (SELECT 1 FROM person p WHERE p.no = d.person)`},
	{"persons are in a chart that is not there", `SELECT no FROM person WHERE chart <> 0 AND NOT EXISTS (SELECT 1 FROM chart c WHERE c.no = person.chart)`},
	{"charts have no person", `SELECT no FROM chart WHERE no NOT IN (SELECT chart FROM person)`},
	{"charts have no facts", `SELECT no FROM chart WHERE NOT EXISTS (SELECT 1 FROM hot h WHERE h.chart = chart.no)`},
	{"facts have no chart", `SELECT chart FROM hot WHERE NOT EXISTS (SELECT 1 FROM chart c WHERE c.no = hot.chart)`},
	{"rows have no chart", `SELECT chart FROM standing WHERE NOT EXISTS (SELECT 1 FROM chart c WHERE c.no = standing.chart)`},
	{"rows are of a trial's version that keeps none", `SELECT trial FROM standing s WHERE NOT EXISTS (SELECT 1 FROM trial t WHERE t.no = s.trial AND t.state IN ('preparing', 'current')) GROUP BY trial`},
	{"versions of trials are current beside another of the same trial", `SELECT max(no) FROM trial WHERE state = 'current' GROUP BY id HAVING count(*) > 1`},
	{"flips lie ahead of the store", `SELECT no FROM flip WHERE seq > (SELECT seq FROM state)`},
	{"moments lie ahead of the store", `SELECT seq FROM moment WHERE seq > (SELECT seq FROM state)`},
	{"numbers of the store are too low", `SELECT one FROM state s WHERE version < (SELECT coalesce(max(no), 0) FROM version) OR person < (SELECT coalesce(max(no), 0) FROM person)
		OR flip < (SELECT coalesce(max(no), 0) FROM flip) OR trial < (SELECT coalesce(max(no), 0) FROM trial)
		OR code <> (SELECT count(*) FROM code) OR code <> (SELECT coalesce(max(no), 0) FROM code)
		OR unit <> (SELECT count(*) FROM unit) OR unit <> (SELECT coalesce(max(no), 0) FROM unit)`},
}

// Verify tells what is broken, by table and number only: what the database finds in its files, references between tables,
// indices against what they stand for, parcels against the open versions, originals against their checksums. It reads
// everything and is meant for a store that nobody writes to.
func (s *Store) Verify(ctx context.Context) ([]string, error) {
	out, err := s.engine.sound(ctx)
	if err != nil {
		return out, wrap("checking the database's files", err)
	}
	for _, v := range invariants {
		numbers, err := s.numbers(ctx, v.query+` LIMIT 10`)
		if err != nil {
			return out, fmt.Errorf("checking that no %s: %w", v.broken, err)
		}
		if len(numbers) > 0 {
			out = append(out, v.broken+": "+strings.Trim(fmt.Sprint(numbers), "[]"))
		}
	}
	c := &checking{store: s, ctx: ctx}
	for _, check := range []func() error{c.originals, c.versions, c.people, c.tombstones} {
		if err := check(); err != nil {
			return out, wrap("checking the store", err)
		}
	}
	return append(out, c.found...), nil
}

func (s *Store) numbers(ctx context.Context, query string) (out []int64, err error) {
	rows, err := s.query(ctx, query)
	err = each(rows, err, func(scan func(...any) error) error {
		var no int64
		err := scan(&no)
		out = append(out, no)
		return err
	})
	return out, err
}

// checking gathers what no statement can see.
type checking struct {
	store *Store
	ctx   context.Context
	found []string
	rows  map[string]map[int64]int // by index and person
}

func (c *checking) tell(what string, no int64) {
	const enough = 100
	if len(c.found) < enough {
		c.found = append(c.found, fmt.Sprintf("%s: %d", what, no))
	}
}

func (c *checking) originals() error {
	rows, err := c.store.query(c.ctx, `SELECT version, zip FROM original ORDER BY version`)
	return each(rows, err, func(scan func(...any) error) error {
		var no int64
		var zip sql.RawBytes
		if err := scan(&no, &zip); err != nil {
			return err
		}
		if _, err := c.store.zip.unzip(zip); err != nil {
			c.tell("the original of a version is damaged", no)
		}
		return nil
	})
}

func (c *checking) versions() error {
	rows, err := c.store.query(c.ctx, `SELECT no, hash, key, identifiers, until FROM version ORDER BY no`)
	held := map[int64]int{} // identifiers that open versions should be found by
	err = each(rows, err, func(scan func(...any) error) error {
		var no, hash, until int64
		var key, identifiers []byte
		if err := scan(&no, &hash, &key, &identifiers, &until); err != nil {
			return err
		}
		if _, err := readName(key); err != nil || hashOf(key) != hash {
			c.tell("the key of a version is damaged", no)
		}
		list, err := split(identifiers)
		if err != nil {
			c.tell("the identifiers of a version are damaged", no)
		}
		if until == 0 && len(list) > 0 {
			slices.SortFunc(list, bytes.Compare)
			held[no] = len(slices.CompactFunc(list, bytes.Equal))
		}
		return nil
	})
	if err != nil {
		return err
	}
	rows, err = c.store.query(c.ctx, `SELECT version, count(*) FROM holding GROUP BY version`)
	err = each(rows, err, func(scan func(...any) error) error {
		var no int64
		var n int
		if err := scan(&no, &n); err != nil {
			return err
		}
		if held[no] == n {
			delete(held, no)
		}
		return nil
	})
	for _, no := range sortedNumbers(held) {
		c.tell("a version is not found by its identifiers", no)
	}
	return err
}

func sortedNumbers[V any](m map[int64]V) []int64 {
	out := make([]int64, 0, len(m))
	for no := range m {
		out = append(out, no)
	}
	slices.Sort(out)
	return out
}

func (c *checking) people() error {
	c.rows = map[string]map[int64]int{}
	for _, table := range []string{"identifier", "link", "drug_use"} {
		if err := c.count(table); err != nil {
			return err
		}
	}
	numbers, err := c.store.numbers(c.ctx, `SELECT no FROM person ORDER BY no`)
	for _, no := range numbers {
		if err == nil {
			err = c.person(no)
		}
	}
	return err
}

// person holds one person's parcels and indices against the lists and the open versions.
func (c *checking) person(no int64) error {
	var key, list, patient []byte
	if err := c.store.row(c.ctx, `SELECT key, lists, patient FROM person WHERE no = ?`, no).Scan(&key, &list, &patient); err != nil {
		return err
	}
	k, err := readKey(key)
	if err != nil {
		c.tell("the key of a person is damaged", no)
		return nil
	}
	l, err := readBelongings(list)
	if err != nil {
		c.tell("the lists of a person are damaged", no)
		return nil
	}
	x := l.indexed(no, k)
	for _, i := range []struct {
		table string
		want  [][]any
	}{{"identifier", x.identifiers}, {"link", x.links}, {"drug_use", x.drugs}} {
		if c.rows[i.table][no] != len(i.want) {
			c.tell("a person is not found by the index "+i.table, no)
		}
	}
	parcels, whole, err := c.parcels(no, l.parts)
	if err != nil {
		return err
	}
	if !whole {
		c.tell("the parcels of a person are damaged", no)
		return nil
	}
	return c.parcelled(no, patient, parcels)
}

// count counts each person's rows in an index. What they are was held against the lists when they were written.
func (c *checking) count(table string) error {
	by := map[int64]int{}
	c.rows[table] = by
	rows, err := c.store.query(c.ctx, `SELECT person, count(*) FROM `+table+` GROUP BY person`)
	return each(rows, err, func(scan func(...any) error) error {
		var no int64
		var n int
		err := scan(&no, &n)
		by[no] = n
		return err
	})
}

func (c *checking) parcels(no int64, parts [][]byte) (parcels []byte, whole bool, err error) {
	i := 0
	whole = true
	rows, err := c.store.query(c.ctx, `SELECT part, bytes FROM parcel WHERE person = ? ORDER BY part`, no)
	err = each(rows, err, func(scan func(...any) error) error {
		var part int
		var b []byte
		if err := scan(&part, &b); err != nil {
			return err
		}
		whole = whole && part == i && i < len(parts) && bytes.Equal(parts[i], digestPart(b))
		parcels = append(parcels, b...)
		i++
		return nil
	})
	return parcels, whole && i == len(parts), err
}

// parcelled holds a person's Patients and parcels against the open versions: each is there once, with the same bytes.
func (c *checking) parcelled(no int64, texts ...[]byte) error {
	open := map[int64][]byte{}
	rows, err := c.store.query(c.ctx, `SELECT no, packed FROM version WHERE until = 0 AND deleted = 0 AND packed IS NOT NULL AND person = ?`, no)
	err = each(rows, err, func(scan func(...any) error) error {
		var version int64
		var packed []byte
		err := scan(&version, &packed)
		open[version] = packed
		return err
	})
	if err != nil {
		return err
	}
	for _, text := range texts {
		err := intake.EachParcel(text, func(version int64, _ string, packed []byte) error {
			if want, ok := open[version]; !ok || !bytes.Equal(want, packed) {
				c.tell("a person has a parcel that is no open version, or another: version", version)
			}
			delete(open, version)
			return nil
		})
		if err != nil {
			c.tell("the parcels of a person are damaged", no)
			return nil
		}
	}
	for _, version := range sortedNumbers(open) {
		c.tell("an open version is missing from its person's parcels", version)
	}
	return nil
}

// tombstones looks for persons who should not be there.
func (c *checking) tombstones() error {
	rows, err := c.store.query(c.ctx, `SELECT no, key FROM person ORDER BY no`)
	return each(rows, err, func(scan func(...any) error) error {
		var no int64
		var key []byte
		if err := scan(&no, &key); err != nil {
			return err
		}
		if c.store.stones.over(key) {
			c.tell("a person was erased and is there all the same", no)
		}
		return nil
	})
}
