package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Backup writes a consistent copy of the store, as one file of SQLite whichever the database is, for its owner alone. The
// tombstones of erased patients are in it. Others may read and write meanwhile. The file must not be there yet.
func (s *Store) Backup(ctx context.Context, path string) (err error) {
	if _, err := os.Lstat(path); err == nil {
		return errors.New("there is a file already where the backup is to go: name another, or take it away")
	}
	dir, leave, err := workFolder(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("writing a backup: %w", err)
	}
	defer leave()
	part := filepath.Join(dir, "backup.db")
	if l, ok := s.engine.(*lite); ok {
		err = l.copyTo(ctx, part)
	} else {
		err = s.copyTo(ctx, part)
	}
	if err == nil {
		err = syncFile(part)
	}
	if err == nil {
		err = os.Rename(part, path)
	}
	if err == nil {
		err = syncFolder(filepath.Dir(path))
	}
	return wrap("writing a backup", err)
}

// workFolder makes a folder to copy a store in. Whoever works in one holds its lock; those whose process was killed hold
// patients' data that nobody else would ever remove, and are removed by the next.
func workFolder(beside string) (dir string, leave func(), err error) {
	const name = ".prescreen-copy-"
	entries, err := os.ReadDir(beside)
	if err != nil {
		return "", nil, err
	}
	for _, e := range entries {
		if old := filepath.Join(beside, e.Name()); e.IsDir() && strings.HasPrefix(e.Name(), name) {
			if lock, err := lockFolder(old); err == nil {
				_ = os.RemoveAll(old)
				_ = lock.Close()
			}
		}
	}
	if dir, err = os.MkdirTemp(beside, name+"*"); err != nil {
		return "", nil, err
	}
	lock, err := lockFolder(dir)
	if err != nil {
		return "", nil, errors.Join(err, os.RemoveAll(dir))
	}
	return dir, func() { _, _ = os.RemoveAll(dir), lock.Close() }, nil
}

func lockFolder(path string) (*os.File, error) {
	d, err := os.Open(path)
	if err == nil {
		err = syscall.Flock(int(d.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	}
	if err != nil && d != nil {
		_ = d.Close()
	}
	return d, err
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Chmod(0o600), f.Sync(), f.Close())
}

// copyTo has SQLite write a compact copy.
func (l *lite) copyTo(ctx context.Context, path string) error {
	db, err := sql.Open("sqlite", l.dsn())
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(ctx, `VACUUM INTO ?`, path)
	return told(err)
}

// copyTo copies all tables, as they are at one moment, into a new store of SQLite.
func (s *Store) copyTo(ctx context.Context, path string) error {
	to, err := Open(ctx, path, Options{})
	if err != nil {
		return err
	}
	from, err := s.readers.Conn(ctx)
	if err != nil {
		return errors.Join(told(err), to.Close())
	}
	if _, err = from.ExecContext(ctx, `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY`); err == nil {
		err = to.fill(ctx, from)
		_, end := from.ExecContext(context.WithoutCancel(ctx), `ROLLBACK`)
		err = errors.Join(err, told(end))
	}
	return errors.Join(told(err), from.Close(), to.Close())
}

// fill makes a store's tables those of another, whose schema is the same, in one transaction.
func (s *Store) fill(ctx context.Context, from *sql.Conn) error {
	names, err := s.tables(ctx)
	if err != nil {
		return err
	}
	return s.write(ctx, nil, func(t *tx) error {
		for i := len(names) - 1; i >= 0; i-- {
			if _, err := t.exec(`DELETE FROM ` + names[i]); err != nil {
				return err
			}
		}
		for _, name := range names {
			if err := t.copyTable(ctx, from, name); err != nil {
				return fmt.Errorf("copying table %s: %w", name, err)
			}
		}
		return t.state.read(t.row(`SELECT ` + stateColumns + ` FROM state`).Scan)
	})
}

// copyTable copies the rows as they are. Columns are named: the two databases may have them in another order.
func (t *tx) copyTable(ctx context.Context, from *sql.Conn, name string) error {
	rows, err := from.QueryContext(ctx, `SELECT * FROM `+name)
	if err != nil {
		return told(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	into := table{into: name + " (", columns: len(columns)}
	for i, c := range columns {
		if i > 0 {
			into.into += ", "
		}
		into.into += c
	}
	into.into += ")"
	var batch [][]any
	for rows.Next() {
		row := make([]any, len(columns))
		dest := make([]any, len(columns))
		for i := range row {
			dest[i] = &row[i]
		}
		if err := rows.Scan(dest...); err != nil {
			return told(err)
		}
		for i, v := range row {
			if b, ok := v.([]byte); ok && b == nil {
				row[i] = []byte{} // empty, as read by SQLite's driver; NULL is another nil
			}
		}
		if batch = append(batch, row); len(batch) == group[0] {
			if err := t.insert(into, batch); err != nil {
				return err
			}
			batch = batch[:0]
		}
	}
	if err := rows.Err(); err != nil {
		return told(err)
	}
	return t.insert(into, batch)
}

// tables names the store's tables in the order in which they were made: what refers to another comes after it.
func (s *Store) tables(ctx context.Context) (out []string, err error) {
	rows, err := s.query(ctx, s.engine.tables())
	err = each(rows, err, func(scan func(...any) error) error {
		var name string
		err := scan(&name)
		out = append(out, name)
		return err
	})
	return out, wrap("reading the store's tables", err)
}

// Restore fills an empty store, of either database, from a backup. Who was erased according to the backup or according to
// the tombstones beside the store, whichever is newer, stays erased: they are taken out of a copy before anything reaches the
// store.
func Restore(ctx context.Context, from, dsn string, o Options) error {
	o.ReadOnly = false
	to, err := Open(ctx, dsn, o)
	if err != nil {
		return err
	}
	err = to.restore(ctx, from)
	return wrap("restoring a backup", errors.Join(err, to.Close()))
}

func (s *Store) restore(ctx context.Context, from string) error {
	dir, leave, err := workFolder(filepath.Dir(s.options.Tombstones))
	if err != nil {
		return err
	}
	defer leave()
	if err := s.empty(ctx, filepath.Join(dir, "empty.db")); err != nil {
		return err
	}
	copied := filepath.Join(dir, "copy.db")
	if err := copyFile(from, copied); err != nil {
		return err
	}
	if !s.stones.none() {
		if err := writeFile(copied+".tombstones", s.stones.set.text()); err != nil {
			return err
		}
	}
	source, err := Open(ctx, copied, Options{Log: s.options.Log, Uses: s.options.Uses, Listed: s.options.Listed}) // brings an older one up to date, and applies the tombstones
	if err != nil {
		return err
	}
	conn, err := source.readers.Conn(ctx)
	if err == nil {
		err = errors.Join(s.fill(ctx, conn), conn.Close())
	}
	if err == nil {
		err = s.stones.add(source.stones.set)
	}
	return errors.Join(err, source.Close())
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return errors.New("the backup cannot be read: is the path right?")
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// empty refuses a store that holds more than one made just now does.
func (s *Store) empty(ctx context.Context, fresh string) error {
	blank, err := Open(ctx, fresh, Options{})
	if err != nil {
		return err
	}
	defer blank.Close()
	names, err := s.tables(ctx)
	for _, name := range names {
		var has, had int
		if err := s.row(ctx, `SELECT count(*) FROM `+name).Scan(&has); err != nil {
			return told(err)
		}
		if err := blank.row(ctx, `SELECT count(*) FROM `+name).Scan(&had); err != nil {
			return told(err)
		}
		if has > had && name != "tombstone" {
			return errors.New("the store to restore into is not empty: name a new file or an empty database")
		}
	}
	return err
}
