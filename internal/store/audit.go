package store

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"prescreen/internal/audit"
)

var (
	auditTable        = table{"audit (no, at, who, role, action, route, trial, object, outcome, request)", 10, ""}
	auditPatientTable = table{"audit_patient (no, pseudonym)", 2, ""}
	auditHashTable    = table{"audit_hash (no, hash)", 2, ""}
	pseudonymTable    = table{"pseudonym (person, secret, name)", 3, ""}
)

// appendAudit writes entries at the end of the log, in a transaction that writes what they are about. The entries handed in
// stay as they are, so that the transaction can be tried again.
func (s *Store) appendAudit(t *tx, entries []audit.Entry) error {
	if len(entries) == 0 {
		return nil
	}
	tree, err := t.tree()
	if err != nil {
		return wrap("reading the end of the audit log", err)
	}
	entries = slices.Clone(entries)
	if err := t.pseudonymize(entries); err != nil {
		return wrap("making pseudonyms for the audit log", err)
	}
	hashes, err := tree.Append(entries)
	if err != nil {
		return err
	}
	var rows, patients, nodes [][]any
	for i := range entries {
		e := &entries[i]
		rows = append(rows, []any{
			e.No, e.At.UnixMicro(), []byte(e.Who), []byte(e.Role), []byte(e.Action), []byte(e.Route), []byte(e.Trial),
			[]byte(e.Object), []byte(e.Outcome), []byte(e.Request),
		})
		for _, p := range e.Patients {
			name, err := hex.DecodeString(p)
			if err != nil {
				return errors.New("a patient in an entry of the audit log is no pseudonym: name patients as Subjects")
			}
			patients = append(patients, []any{e.No, name})
		}
	}
	for _, h := range hashes {
		nodes = append(nodes, []any{h.Index, h.Hash[:]})
	}
	for _, of := range []struct {
		table table
		rows  [][]any
	}{{auditTable, rows}, {auditPatientTable, patients}, {auditHashTable, nodes}} {
		if err := t.insert(of.table, of.rows); err != nil {
			return wrap("writing to the audit log", err)
		}
	}
	t.after(s.marks.moved)
	return nil
}

// tree reads what the log's tree is continued from.
func (t *tx) tree() (*audit.Tree, error) {
	var last int64
	if err := t.row(`SELECT COALESCE(MAX(no), -1) FROM audit_hash`).Scan(&last); err != nil {
		return nil, err
	}
	size, err := audit.SizeOf(last)
	if err != nil {
		return nil, err
	}
	edge, err := readHashes(t.query, audit.Edge(size))
	if err != nil {
		return nil, err
	}
	return audit.NewTree(size, edge)
}

// readHashes reads stored hashes in the order asked for.
func readHashes(query func(string, ...any) (*sql.Rows, error), indexes []int64) ([]tlog.Hash, error) {
	found := map[int64]tlog.Hash{}
	err := lists(indexes, func(args []any) error {
		rows, err := query(`SELECT no, hash FROM audit_hash WHERE no IN `+in(len(args)), args...)
		return each(rows, err, func(scan func(...any) error) error {
			h, err := scanHash(scan)
			found[h.Index] = h.Hash
			return err
		})
	})
	out := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		h, ok := found[index]
		if !ok && err == nil {
			err = audit.ErrTree
		}
		out[i] = h
	}
	return out, err
}

// scanHash reads a hash; one of another length is read as the hash of nothing.
func scanHash(scan func(...any) error) (h audit.Stored, err error) {
	var b []byte
	err = scan(&h.Index, &b)
	if len(b) == tlog.HashSize {
		h.Hash = tlog.Hash(b)
	}
	return h, err
}

// pseudonymize turns the persons of entries into their pseudonyms and brings the entries into the form they are kept in.
func (t *tx) pseudonymize(entries []audit.Entry) error {
	var persons []int64
	for i := range entries {
		persons = append(persons, entries[i].Subjects...)
	}
	names, err := t.pseudonyms(persons)
	if err != nil {
		return err
	}
	for i := range entries {
		e := &entries[i]
		e.At = audit.Instant(e.At)
		e.Patients = slices.Clone(e.Patients)
		for _, p := range e.Subjects {
			e.Patients = append(e.Patients, names[p])
		}
		slices.Sort(e.Patients)
		e.Patients, e.Subjects = slices.Compact(e.Patients), nil
	}
	return nil
}

// pseudonyms gives the pseudonyms of persons, in hex, and makes those that there are not yet. A number that nobody has gets
// one that leads nowhere.
func (t *tx) pseudonyms(persons []int64) (map[int64]string, error) {
	persons = unique(persons)
	names, err := namesOf(t.query, persons)
	if err != nil {
		return nil, err
	}
	fresh := slices.DeleteFunc(persons, func(p int64) bool { return names[p] != "" })
	keys := map[int64][]byte{}
	err = lists(fresh, func(args []any) error {
		rows, err := t.query(`SELECT no, key FROM person WHERE no IN `+in(len(args)), args...)
		return each(rows, err, func(scan func(...any) error) error {
			var no int64
			var key []byte
			err := scan(&no, &key)
			keys[no] = key
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	var made [][]any
	for _, p := range fresh {
		secret, name, err := newPseudonym(keys[p])
		if err != nil {
			return nil, err
		}
		names[p] = hex.EncodeToString(name)
		if keys[p] != nil {
			made = append(made, []any{p, secret, name})
		}
	}
	return names, t.insert(pseudonymTable, made)
}

// newPseudonym makes a key for a person and the person's pseudonym from it: the first half of an HMAC-SHA-256 of feed, NUL
// and id.
func newPseudonym(person []byte) (secret, name []byte, err error) {
	secret = make([]byte, 32)
	_, _ = rand.Read(secret) // never fails
	mac := hmac.New(sha256.New, secret)
	if person != nil {
		key, err := readKey(person)
		if err != nil {
			return nil, nil, err
		}
		mac.Write([]byte(key.Source + "\x00" + key.ID))
	}
	return secret, mac.Sum(nil)[:16], nil
}

// namesOf reads pseudonyms of persons that have one.
func namesOf(query func(string, ...any) (*sql.Rows, error), persons []int64) (map[int64]string, error) {
	names := map[int64]string{}
	err := lists(persons, func(args []any) error {
		rows, err := query(`SELECT person, name FROM pseudonym WHERE person IN `+in(len(args)), args...)
		return each(rows, err, func(scan func(...any) error) error {
			var person int64
			var name []byte
			err := scan(&person, &name)
			names[person] = hex.EncodeToString(name)
			return err
		})
	})
	return names, err
}

func unique(numbers []int64) []int64 {
	out := slices.Clone(numbers)
	slices.Sort(out)
	return slices.Compact(out)
}

// eraseAudit throws away the keys of the persons' pseudonyms. It is named in erasers (erase.go).
func eraseAudit(t *tx, persons []int64) error {
	return lists(persons, func(args []any) error {
		_, err := t.exec(`DELETE FROM pseudonym WHERE person IN `+in(len(args)), args...)
		return err
	})
}

// Record writes entries of the audit log about what changed nothing: somebody read, or was refused.
func (s *Store) Record(ctx context.Context, entries []audit.Entry) error {
	return s.write(ctx, entries, func(*tx) error { return nil })
}
