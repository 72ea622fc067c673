package store

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/live"
)

var (
	versionTable = table{"version (no, hash, key, number, at, source_version, source_updated, digest, deleted, person, since, until, unreadable, identifiers, packed)", 15, ""}
	zipTable     = table{"original (version, zip)", 2, ""}
	holdingTable = table{"holding (digest, version)", 2, " ON CONFLICT DO NOTHING"}
)

// openVersions writes the new versions. Their originals lie in a table of their own, so that looking through versions does
// not read them.
func (c *change) openVersions() error {
	if len(c.Open) == 0 {
		return nil
	}
	if err := c.personsHere(); err != nil {
		return err
	}
	rows := make([][]any, 0, len(c.Open))
	var zips, holdings [][]any
	for i := range c.Open {
		v := &c.Open[i]
		name := nameOf(v.Key)
		rows = append(rows, []any{
			v.No, hashOf(name), name, int64(v.Number), nanos(v.At), some([]byte(v.SourceVersion)), some([]byte(v.SourceUpdated)),
			some(v.Digest), bit(v.Deleted), v.Person, c.seq, int64(0), bit(v.UnreadableRaw), some(joined(v.Identifiers)), some(v.Packed),
		})
		if c.zips[i] != nil {
			zips = append(zips, []any{v.No, c.zips[i]})
		}
		for _, d := range v.Identifiers {
			holdings = append(holdings, []any{d, v.No})
		}
		c.state.version = max(c.state.version, v.No)
	}
	if err := c.insert(versionTable, rows); err != nil {
		return err
	}
	if err := c.insert(zipTable, zips); err != nil {
		return err
	}
	return c.insert(holdingTable, sorted(holdings))
}

// personsHere refuses versions of persons that are neither in the store nor in the change.
func (c *change) personsHere() error {
	here := map[int64]bool{0: true}
	for i := range c.People {
		here[c.People[i].No] = true
	}
	var asked []int64
	for i := range c.Open {
		if no := c.Open[i].Person; !here[no] {
			here[no] = true
			asked = append(asked, no)
		}
	}
	return c.exist("person", asked)
}

// sorted puts rows in the order of an index by their first column, without doubles: neighbours are then written together.
func sorted(rows [][]any) [][]any {
	slices.SortFunc(rows, func(a, b []any) int {
		return cmp.Or(strings.Compare(string(a[0].([]byte)), string(b[0].([]byte))), cmp.Compare(a[1].(int64), b[1].(int64)))
	})
	return slices.CompactFunc(rows, func(a, b []any) bool {
		return string(a[0].([]byte)) == string(b[0].([]byte)) && a[1] == b[1]
	})
}

func (c *change) closeVersions() error {
	return lists(c.Close, func(args []any) error {
		held, err := c.holdings(`no IN `+in(len(args))+` AND until = 0`, args...)
		if err != nil {
			return err
		}
		res, err := c.exec(`UPDATE version SET until = ? WHERE until = 0 AND no IN `+in(len(args)), append([]any{c.seq}, args...)...)
		if err != nil {
			return err
		}
		distinct := map[any]bool{}
		for _, a := range args {
			distinct[a] = true
		}
		if n, err := res.RowsAffected(); err != nil || n != int64(len(distinct)) {
			return cmp.Or(err, live.ErrStale)
		}
		return c.release(held)
	})
}

// held is what a version holds of the table of holdings.
type held struct {
	version int64
	digests [][]byte
}

func (t *tx) holdings(where string, args ...any) (out []held, err error) {
	rows, err := t.query(`SELECT no, identifiers FROM version WHERE identifiers IS NOT NULL AND `+where, args...)
	err = each(rows, err, func(scan func(...any) error) error {
		var h held
		var list []byte
		if err := scan(&h.version, &list); err != nil {
			return err
		}
		h.digests, err = split(list)
		out = append(out, h)
		return err
	})
	return out, err
}

func (t *tx) release(all []held) error {
	for _, h := range all {
		for _, d := range h.digests {
			if _, err := t.exec(`DELETE FROM holding WHERE digest = ? AND version = ?`, d, h.version); err != nil {
				return err
			}
		}
	}
	return nil
}

// versionColumns are read by readVersion.
const versionColumns = `no, key, number, at, source_version, source_updated, digest, deleted, person, since, until, unreadable, identifiers`

func readVersion(scan func(...any) error, more ...any) (v live.Version, err error) {
	var key, version, updated, identifiers []byte
	var at int64
	err = scan(append([]any{
		&v.No, &key, &v.Number, &at, &version, &updated, &v.Digest, &v.Deleted, &v.Person, &v.Since, &v.Until,
		&v.UnreadableRaw, &identifiers,
	}, more...)...)
	if err != nil {
		return v, err
	}
	v.At, v.SourceVersion, v.SourceUpdated = moment(at), string(version), string(updated)
	if v.Identifiers, err = split(identifiers); err != nil {
		return v, err
	}
	v.Key, err = readName(key)
	return v, err
}

// Current gives the open versions of resources, by number.
func (s *Store) Current(ctx context.Context, keys []live.ResourceKey) ([]live.Version, error) {
	out, err := s.current(ctx, keys, ``, false)
	return out, wrap("reading versions", err)
}

// Packed gives the open versions, with their packed forms, of resources that are nobody's.
func (s *Store) Packed(ctx context.Context, keys []live.ResourceKey) ([]live.Version, error) {
	out, err := s.current(ctx, keys, ` AND person = 0 AND deleted = 0`, true)
	return out, wrap("reading packed resources", err)
}

func (s *Store) current(ctx context.Context, keys []live.ResourceKey, and string, packed bool) (out []live.Version, err error) {
	asked := make(map[live.ResourceKey]bool, len(keys))
	hashes := make([]int64, 0, len(keys))
	for _, k := range keys {
		if !asked[k] {
			asked[k] = true
			hashes = append(hashes, hashOf(nameOf(k)))
		}
	}
	columns := versionColumns
	if packed {
		columns += ", packed"
	}
	err = lists(hashes, func(args []any) error {
		rows, err := s.query(ctx, `SELECT `+columns+` FROM version WHERE until = 0`+and+` AND hash IN `+in(len(args)), args...)
		return each(rows, err, func(scan func(...any) error) error {
			var bytes []byte
			var more []any
			if packed {
				more = []any{&bytes}
			}
			v, err := readVersion(scan, more...)
			if v.Packed = bytes; err == nil && asked[v.Key] {
				out = append(out, v)
			}
			return err
		})
	})
	slices.SortFunc(out, func(a, b live.Version) int { return cmp.Compare(a.No, b.No) })
	return out, err
}

// Version gives one version of a resource with its original.
func (s *Store) Version(ctx context.Context, key live.ResourceKey, number int) (live.Version, error) {
	all, err := s.Versions(ctx, key)
	if err != nil {
		return live.Version{}, err
	}
	i := slices.IndexFunc(all, func(v live.Version) bool { return number == 0 || v.Number == number })
	if i < 0 {
		return live.Version{}, live.ErrNotFound
	}
	v := all[i]
	var zip []byte
	switch err := s.row(ctx, `SELECT zip FROM original WHERE version = ?`, v.No).Scan(&zip); err {
	case nil:
		v.Raw, err = s.zip.unzip(zip)
		return v, err
	case sql.ErrNoRows:
		return v, nil
	default:
		return v, wrap("reading an original", err)
	}
}

// Versions gives all versions of a resource, newest first; of several that came together the one that came last.
func (s *Store) Versions(ctx context.Context, key live.ResourceKey) ([]live.Version, error) {
	var out []live.Version
	hash := hashOf(nameOf(key))
	rows, err := s.query(ctx, `SELECT `+versionColumns+` FROM version WHERE until = 0 AND hash = ?
		UNION ALL SELECT `+versionColumns+` FROM version WHERE until <> 0 AND hash = ?`, hash, hash)
	err = each(rows, err, func(scan func(...any) error) error {
		v, err := readVersion(scan)
		if err == nil && v.Key == key {
			out = append(out, v)
		}
		return err
	})
	slices.SortFunc(out, func(a, b live.Version) int { return cmp.Or(-cmp.Compare(a.Number, b.Number), -cmp.Compare(a.No, b.No)) })
	return out, wrap("reading the versions of a resource", err)
}

// Holding gives the open resources of a type that carry an identifier's digest, in the order of their keys.
func (s *Store) Holding(ctx context.Context, typ string, digest []byte) ([]live.ResourceKey, error) {
	var out []live.ResourceKey
	rows, err := s.query(ctx, `SELECT v.key FROM holding h JOIN version v ON v.no = h.version
		WHERE h.digest = ? AND v.until = 0 AND v.deleted = 0`, digest)
	err = each(rows, err, func(scan func(...any) error) error {
		var name []byte
		if err := scan(&name); err != nil {
			return err
		}
		k, err := readName(name)
		if err == nil && k.Type == typ {
			out = append(out, k)
		}
		return err
	})
	slices.SortFunc(out, func(a, b live.ResourceKey) int {
		return cmp.Or(strings.Compare(a.Source, b.Source), strings.Compare(a.ID, b.ID))
	})
	return slices.Compact(out), wrap("looking for an identifier", err)
}

// EachPacked hands out every packed resource known at a Seq, in the order in which they came. The bytes are valid during
// the call.
func (s *Store) EachPacked(ctx context.Context, at live.Seq, visit func(source string, packed []byte) error) error {
	query, args := `SELECT key, packed FROM version WHERE packed IS NOT NULL AND deleted = 0 AND until = 0 ORDER BY no`, []any(nil)
	if at != 0 {
		query = `SELECT key, packed FROM version WHERE packed IS NOT NULL AND deleted = 0 AND since <= ? AND (until = 0 OR until > ?) ORDER BY no`
		args = []any{int64(at), int64(at)}
	}
	rows, err := s.query(ctx, query, args...)
	return each(rows, err, func(scan func(...any) error) error {
		var name, packed sql.RawBytes
		if err := scan(&name, &packed); err != nil {
			return err
		}
		source, _, err := cutText(name)
		if err != nil {
			return err
		}
		return visit(string(source), packed)
	})
}

// LastSeq gives the newest Seq and when it was.
func (s *Store) LastSeq(ctx context.Context) (live.Seq, time.Time, error) {
	var seq, at int64
	err := s.row(ctx, `SELECT seq, at FROM state`).Scan(&seq, &at)
	return live.Seq(seq), moment(at), wrap("reading the state of the store", err)
}

// Totals counts charts and open versions that are no deletions. Each count is of an index that has just these.
func (s *Store) Totals(ctx context.Context) (charts, resources int64, err error) {
	var deleted int64
	for _, c := range []struct {
		into  *int64
		query string
	}{
		{&charts, `SELECT count(*) FROM chart`},
		{&resources, `SELECT count(*) FROM version WHERE until = 0`},
		{&deleted, `SELECT count(*) FROM version WHERE deleted <> 0 AND until = 0`},
	} {
		if err := s.row(ctx, c.query).Scan(c.into); err != nil {
			return 0, 0, wrap("counting", err)
		}
	}
	return charts, resources - deleted, nil
}

// Numbers gives the highest numbers ever used.
func (s *Store) Numbers(ctx context.Context) (n live.Numbers, err error) {
	err = s.row(ctx, `SELECT version, person, flip, trial FROM state`).Scan(&n.Version, &n.Person, &n.Flip, &n.Trial)
	return n, wrap("reading the state of the store", err)
}

// Day gives the day that rows hold for.
func (s *Store) Day(ctx context.Context) (dates.Day, error) {
	var day dates.Day
	err := s.row(ctx, `SELECT day FROM state`).Scan(&day)
	return day, wrap("reading the state of the store", err)
}

// patientKey is the key of the person that a Patient resource is.
func patientKey(k live.ResourceKey) []byte { return keyOf(chart.Key{Source: k.Source, ID: k.ID}) }
