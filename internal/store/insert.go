package store

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"strings"

	"prescreen/internal/chart"
	"prescreen/internal/live"
)

// group is how many rows one statement inserts, largest first.
var group = [...]int{32, 8, 1}

// table says how rows are inserted: into "name (a, b)", and what becomes of one that is there already.
type table struct {
	into     string
	columns  int
	conflict string
}

// insert writes rows, many in one statement.
func (t *tx) insert(into table, rows [][]any) error {
	var args []any
	for len(rows) > 0 {
		n := 1
		for _, g := range group {
			if len(rows) >= g {
				n = g
				break
			}
		}
		args = args[:0]
		for _, r := range rows[:n] {
			args = append(args, r...)
		}
		values := strings.Repeat(in(into.columns)+",", n)
		if _, err := t.exec("INSERT INTO "+into.into+" VALUES "+values[:len(values)-1]+into.conflict, args...); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// replacing makes an insert take the place of what is there under a key.
func replacing(into, key string, columns ...string) table {
	set := make([]string, len(columns))
	for i, c := range columns {
		set[i] = c + " = excluded." + c
	}
	keys := strings.Count(key, ",") + 1
	return table{
		into + " (" + key + ", " + strings.Join(columns, ", ") + ")", keys + len(columns),
		" ON CONFLICT (" + key + ") DO UPDATE SET " + strings.Join(set, ", "),
	}
}

// appendText appends a text with its length, so that keys of several texts are one text and lie in order of the first.
func appendText[T string | []byte](dst []byte, s T) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

var errText = errors.New("a key or list in the store is broken: run prescreen verify, and restore a backup")

var errGap = errors.New("numbers of codes or units are missing in the store: run prescreen verify, and restore a backup")

// cutText gives back what appendText appended. The result points into b.
func cutText(b []byte) (text, rest []byte, err error) {
	n, k := binary.Uvarint(b)
	if k <= 0 || n > uint64(len(b)-k) {
		return nil, nil, errText
	}
	return b[k : k+int(n) : k+int(n)], b[k+int(n):], nil
}

// keyOf writes a patient key for a column.
func keyOf(k chart.Key) []byte {
	return append(appendText(make([]byte, 0, 2+len(k.Source)+len(k.ID)), k.Source), k.ID...)
}

func readKey(b []byte) (chart.Key, error) {
	source, id, err := cutText(b)
	return chart.Key{Source: string(source), ID: string(id)}, err
}

// nameOf writes a resource's key for a column; hashOf is what is looked for.
func nameOf(k live.ResourceKey) []byte {
	b := make([]byte, 0, 4+len(k.Source)+len(k.Type)+len(k.ID))
	return append(appendText(appendText(b, k.Source), k.Type), k.ID...)
}

func readName(b []byte) (k live.ResourceKey, err error) {
	source, rest, err := cutText(b)
	if err != nil {
		return k, err
	}
	typ, id, err := cutText(rest)
	return live.ResourceKey{Source: string(source), Type: string(typ), ID: string(id)}, err
}

// hashOf is short, so that an index of it is: ids are random, and every page of an index that a bundle touches is written.
func hashOf(name []byte) int64 {
	sum := sha256.Sum256(name)
	return int64(binary.BigEndian.Uint64(sum[:]))
}

// joined writes digests one after the other, split reads them.
func joined(list [][]byte) []byte {
	var b []byte
	for _, d := range list {
		b = appendText(b, d)
	}
	return b
}

func split(b []byte) (list [][]byte, err error) {
	for len(b) > 0 {
		var d []byte
		if d, b, err = cutText(b); err != nil {
			return nil, err
		}
		list = append(list, d)
	}
	return list, nil
}
