// Package store keeps records, charts, rows, flips, rules, runs, decisions, users and the audit log in SQLite or in
// PostgreSQL: one code, one schema, one suite of tests.
//
// What each table is for:
//
//	state       one row: the last Seq and its time, the day rows hold for, the highest numbers ever given
//	moment      when each Seq was
//	lost        ranges of Seq whose state can no longer be made again: versions were dropped, or somebody was erased
//	code, unit  what the numbers in packed forms mean; blanked (NULL) when only erased patients had them
//	version     every version of every resource, from its Since until its Until; packed as package intake wants it
//	original    the resource as sent, compressed: apart, so that looking through versions does not read it
//	holding     which open versions carry an identifier
//	person      patient keys, with their Patients packed, and lists of what the indices below hold of them
//	parcel      all open packed resources of a person, cut into parts: only parts that changed are written
//	identifier, link, drug_use   by what persons are found: an identifier's digest, who links to them, a Medication
//	chart       assembled charts, narrow: key and days; hot has their facts
//	standing    a chart's row in a version of a trial, in the order of trials, as a list reads them
//	flip        verdicts that changed
//	trial, book, run             versions of trials, all files of rules by digest, runs
//	account, session, token, client, once, setup   who is let in; secrets as digests only
//	audit, audit_patient, audit_hash               the audit log, the patients of each entry, and the tree over it
//	pseudonym   what persons are called in the audit log, until they are erased
//	tombstone   keyed digests of the keys of erased patients; also in a file beside the database
//	unmended    persons whose charts are to be made again, because somebody was erased whom they may rest on
//	goose_db_version             which migrations were made
//
// Everything is written by one goroutine. Calls that wait for it share a transaction and its fsync, each under a savepoint
// of its own, so a change is durable when Commit returns and visible whole. Reads go to a pool beside it and see what is
// committed. One process writes: a lock file beside SQLite's, an advisory lock held by PostgreSQL's writing connection.
//
// An index is paid for by each write with a page of its own, as ids are random; so resources are found by a short hash of
// their key, in an index of the open versions and another of the closed ones, and persons in a chart by an index that has
// only those whose chart is named after another.
package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"prescreen/internal/chart"
	"prescreen/internal/live"
	"prescreen/internal/terms"
)

var _ live.Store = (*Store)(nil)

// Open opens a store, makes it if there is none, and brings its schema up to date: a file of SQLite by its path, or a
// database of PostgreSQL by its address (postgres://user@host/name). It refuses a store that another process writes to or
// that a newer version of prescreen has written (NewerError). What an erasure left to do is done first.
func Open(ctx context.Context, dsn string, o Options) (*Store, error) {
	s := &Store{options: o, blanked: blanked{codes: map[terms.CodeID]bool{}, units: map[chart.UnitID]bool{}}}
	if err := s.open(ctx, dsn); err != nil {
		return nil, errors.Join(fmt.Errorf("opening the store: %w", err), s.Close())
	}
	return s, nil
}

func isPostgreSQL(dsn string) bool {
	return strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://")
}

func (s *Store) open(ctx context.Context, dsn string) (err error) {
	if s.zip, err = newZipper(); err != nil {
		return err
	}
	if isPostgreSQL(dsn) {
		err = s.openPostgreSQL(ctx, dsn)
	} else {
		err = s.openSQLite(ctx, dsn)
	}
	if err != nil {
		return err
	}
	s.reads = statements{prepare: s.prepareRead}
	if err := s.settle(ctx); err != nil {
		return err
	}
	return s.marks.start(ctx, s)
}

func (s *Store) openPostgreSQL(ctx context.Context, dsn string) error {
	if s.options.Tombstones == "" && !s.options.ReadOnly {
		return errors.New("with PostgreSQL a file for the tombstones of erased patients has to be named, outside of the database")
	}
	p, readers, err := openPost(ctx, dsn, s.options)
	if err != nil {
		return err
	}
	s.engine, s.readers = p, readers
	if s.options.ReadOnly {
		return nil
	}
	return s.startWriter(p.conn)
}

func (s *Store) openSQLite(ctx context.Context, dsn string) error {
	path, err := filepath.Abs(strings.TrimPrefix(dsn, "file:"))
	if err != nil {
		return err
	}
	if s.options.Tombstones == "" {
		s.options.Tombstones = path + ".tombstones"
	}
	l, readers, err := openLite(ctx, path, s.options)
	if err != nil {
		return err
	}
	s.engine, s.readers = l, readers
	if s.options.ReadOnly {
		return nil
	}
	return s.startWriter(l.conn)
}

// settle brings the tombstones of the database and those beside it together, and ends erasures that were cut short.
func (s *Store) settle(ctx context.Context) error {
	s.stones = &stones{path: s.options.Tombstones, set: graves{}}
	have, err := s.inDatabase(ctx)
	if err != nil {
		return err
	}
	if s.options.ReadOnly {
		s.stones.set = have
		return nil
	}
	beside, err := readGraves(s.options.Tombstones)
	if err != nil {
		return err
	}
	s.stones.set = beside
	if len(have.without(beside)) > 0 {
		if err := s.stones.add(have); err != nil {
			return err
		}
	}
	if missing := beside.without(have); len(missing) > 0 {
		if err := s.write(ctx, nil, func(t *tx) error { return t.bury(missing) }); err != nil {
			return err
		}
		if err := s.eraseBuried(ctx); err != nil {
			return err
		}
	}
	if s.single.state.unscrubbed != 0 {
		return s.scrub(ctx)
	}
	return nil
}

// Close waits for writes under way and lets go of the store. To close it again does nothing.
func (s *Store) Close() (err error) {
	s.closing.Do(func() { err = s.close() })
	return err
}

func (s *Store) close() error {
	var errs []error
	if s.single != nil {
		s.single.stop()
	}
	s.marks.stop()
	s.reads.close()
	if s.readers != nil {
		errs = append(errs, s.readers.Close())
	}
	if s.engine != nil {
		errs = append(errs, s.engine.close())
	}
	if s.zip != nil {
		s.zip.close()
	}
	return errors.Join(errs...)
}
