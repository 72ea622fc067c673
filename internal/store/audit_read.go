package store

import (
	"cmp"
	"context"
	"encoding/hex"
	"math"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"prescreen/internal/audit"
)

// Audit gives entries of the log after a number, oldest first.
func (s *Store) Audit(ctx context.Context, f audit.Filter, after int64, limit int) ([]audit.Entry, error) {
	where, args := []string{`no > ?`}, []any{after}
	and := func(condition string, arg any) { where, args = append(where, condition), append(args, arg) }
	if f.Who != "" {
		and(`who = ?`, []byte(f.Who))
	}
	if f.Trial != "" {
		and(`trial = ?`, []byte(f.Trial))
	}
	if !f.From.IsZero() {
		and(`at >= ?`, f.From.UnixMicro())
	}
	if !f.To.IsZero() {
		and(`at < ?`, f.To.UnixMicro())
	}
	if f.Person != 0 {
		names, err := namesOf(s.ask(ctx), []int64{f.Person})
		name, _ := hex.DecodeString(names[f.Person])
		if err != nil || len(name) == 0 {
			return nil, wrap("reading the audit log", err)
		}
		and(`no IN (SELECT no FROM audit_patient WHERE pseudonym = ?)`, name)
	}
	out, err := s.auditRows(ctx, strings.Join(where, ` AND `), append(args, limit))
	if err == nil && len(out) > 0 {
		err = s.auditPatients(ctx, &out, out[0].No-1, out[len(out)-1].No, false)
	}
	return out, wrap("reading the audit log", err)
}

func (s *Store) auditRows(ctx context.Context, where string, args []any) (out []audit.Entry, err error) {
	rows, err := s.query(ctx, `SELECT no, at, who, role, action, route, trial, object, outcome, request FROM audit WHERE `+where+` ORDER BY no LIMIT ?`, args...)
	err = each(rows, err, func(scan func(...any) error) error {
		var no, at any
		var text [8][]byte
		err := scan(&no, &at, &text[0], &text[1], &text[2], &text[3], &text[4], &text[5], &text[6], &text[7])
		out = append(out, audit.Entry{
			No: number(no), At: time.UnixMicro(number(at)).UTC(), Who: string(text[0]), Role: string(text[1]), Action: audit.Action(text[2]),
			Route: string(text[3]), Trial: string(text[4]), Object: string(text[5]), Outcome: string(text[6]), Request: string(text[7]),
		})
		return err
	})
	return out, err
}

// number reads a column in which somebody may have put anything: a log that was tampered with is read all the same, so that
// the entry can be named.
func number(v any) int64 {
	if n, ok := v.(int64); ok {
		return n
	}
	return math.MaxInt64
}

// auditPatients gives entries their patients, of numbers after one and up to another. Those of an entry that is not among
// them are passed over, or come as an entry of that number.
func (s *Store) auditPatients(ctx context.Context, entries *[]audit.Entry, after, upTo int64, strays bool) error {
	byNo := make(map[int64]int, len(*entries))
	for i := range *entries {
		byNo[(*entries)[i].No] = i
	}
	condition, args := `no > ? AND no <= ?`, []any{after, upTo}
	if upTo == math.MaxInt64 {
		condition, args = `no > ?`, args[:1]
	}
	rows, err := s.query(ctx, `SELECT no, pseudonym FROM audit_patient WHERE `+condition+` ORDER BY no, pseudonym`, args...)
	err = each(rows, err, func(scan func(...any) error) error {
		var no any
		var name []byte
		if err := scan(&no, &name); err != nil {
			return err
		}
		i, ok := byNo[number(no)]
		if !ok && !strays {
			return nil
		}
		if !ok {
			i = len(*entries)
			byNo[number(no)] = i
			*entries = append(*entries, audit.Entry{No: number(no)})
		}
		e := &(*entries)[i]
		e.Patients = append(e.Patients, hex.EncodeToString(name))
		return nil
	})
	slices.SortFunc(*entries, func(a, b audit.Entry) int { return cmp.Compare(a.No, b.No) })
	return err
}

// auditLog is the log as audit.Verify reads it.
type auditLog struct{ *Store }

// Entries gives a page, with patients that have no entry.
func (s auditLog) Entries(ctx context.Context, after int64, limit int) ([]audit.Entry, error) {
	out, err := s.auditRows(ctx, `no > ?`, []any{after, limit})
	if err != nil {
		return nil, err
	}
	upTo := int64(math.MaxInt64)
	if len(out) == limit {
		upTo = out[len(out)-1].No
	}
	return out, s.auditPatients(ctx, &out, after, upTo, true)
}

// Hashes gives a page of the stored hashes.
func (s auditLog) Hashes(ctx context.Context, from int64, limit int) (out []audit.Stored, err error) {
	rows, err := s.query(ctx, `SELECT no, hash FROM audit_hash WHERE no >= ? ORDER BY no LIMIT ?`, from, limit)
	err = each(rows, err, func(scan func(...any) error) error {
		h, err := scanHash(scan)
		out = append(out, h)
		return err
	})
	return out, err
}

// AuditHashes reads stored hashes for proofs: audit.Inclusion and audit.Consistency.
func (s *Store) AuditHashes(ctx context.Context) tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) { return readHashes(s.ask(ctx), indexes) })
}
