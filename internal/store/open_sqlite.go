package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

// lite is SQLite: one file, its write-ahead log, and a lock file beside it.
type lite struct {
	path     string
	lock     *os.File
	pool     *sql.DB // of the one writing connection
	tidy     *sql.DB // of the connection that copies the log into the database
	conn     *sql.Conn
	unfiled  int // bytes written since the last time
	sweep    chan struct{}
	sweeping sync.WaitGroup
}

// logSize is how much is written before the log is copied into the database.
const logSize = 4 << 20

func openLite(ctx context.Context, path string, o Options) (*lite, *sql.DB, error) {
	l := &lite{path: path}
	if !o.ReadOnly {
		if err := l.prepare(); err != nil {
			return nil, nil, err
		}
	} else if _, err := os.Stat(path); err != nil {
		return nil, nil, errors.New("there is no store at the place given: start the server, or ingest something, first")
	}
	readers, err := sql.Open("sqlite", l.dsn("query_only(1)", "cache_size(-4000)"))
	if err == nil && o.ReadOnly {
		err = migrate(ctx, readers, goose.DialectSQLite3, true)
	} else if err == nil {
		err = l.openWriter(ctx)
	}
	if err != nil {
		if readers != nil {
			readers.Close()
		}
		return nil, nil, errors.Join(err, l.close())
	}
	readers.SetMaxOpenConns(8)
	readers.SetMaxIdleConns(8)
	return l, readers, nil
}

// prepare makes the file and its folder for its owner alone, and takes the lock.
func (l *lite) prepare() error {
	if err := os.MkdirAll(filepath.Dir(l.path), 0o700); err != nil {
		return fmt.Errorf("making the folder of the store: %w", err)
	}
	lock, err := os.OpenFile(l.path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("making the lock of the store: %w", err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		lock.Close()
		return errLocked
	}
	l.lock = lock
	f, err := os.OpenFile(l.path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("making the store: %w", err)
	}
	if err := f.Close(); err != nil {
		return err
	}
	// SQLite makes the folder's entries durable when it makes its log; that of the folder itself is ours to.
	return syncFolder(filepath.Dir(filepath.Dir(l.path)))
}

var errLocked = errors.New("another prescreen has the store open for writing: stop it, send to its address, or open the store for reading only")

// dsn is how a connection is opened. A pragma given takes the place of one before it.
func (l *lite) dsn(pragmas ...string) string {
	q := url.Values{"_pragma": append([]string{"busy_timeout(10000)", "secure_delete(1)", "foreign_keys(1)"}, pragmas...)}
	q.Set("_txlock", "immediate")
	return (&url.URL{Scheme: "file", OmitHost: true, Path: l.path, RawQuery: q.Encode()}).String()
}

func (l *lite) openWriter(ctx context.Context) (err error) {
	l.pool, err = sql.Open("sqlite", l.dsn("journal_mode(WAL)", "synchronous(2)", "cache_size(-16000)", "wal_autocheckpoint(0)"))
	if err != nil {
		return err
	}
	l.pool.SetMaxOpenConns(1)
	if err := migrate(ctx, l.pool, goose.DialectSQLite3, false); err != nil {
		return err
	}
	if l.tidy, err = sql.Open("sqlite", l.dsn("busy_timeout(100)", "cache_size(-1000)", "wal_autocheckpoint(0)", "synchronous(2)")); err != nil {
		return err
	}
	l.tidy.SetMaxOpenConns(1)
	if l.conn, err = l.pool.Conn(ctx); err != nil {
		return err
	}
	l.sweep = make(chan struct{}, 1)
	l.sweeping.Go(l.keepLogShort)
	return nil
}

func (l *lite) rebind(query string) string { return query }

func (l *lite) tables() string {
	return `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name <> 'goose_db_version' ORDER BY rowid`
}

func (l *lite) begin() string { return "BEGIN IMMEDIATE" }

func (l *lite) connect(ctx context.Context) (*sql.Conn, error) {
	if l.conn != nil {
		_ = l.conn.Close()
	}
	conn, err := l.pool.Conn(ctx)
	l.conn = conn
	return conn, err
}

// committed has the log copied into the database by another goroutine, so that no commit waits for it.
func (l *lite) committed(bytes int) {
	if l.unfiled += bytes; l.unfiled < logSize {
		return
	}
	l.unfiled = 0
	select {
	case l.sweep <- struct{}{}:
	default:
	}
}

// keepLogShort copies the log without hindering anybody. For a log that has grown long all the same, because somebody read all
// the time, writers wait a moment (its busy_timeout), so that the log can begin again.
func (l *lite) keepLogShort() {
	for range l.sweep {
		mode := "PASSIVE"
		if i, err := os.Stat(l.path + "-wal"); err == nil && i.Size() > 16*logSize {
			mode = "RESTART"
		}
		_, _ = l.tidy.Exec("PRAGMA wal_checkpoint(" + mode + ")") // it is tried again after the next commits
	}
}

var errLongRead = errors.New("somebody reads for so long that the files could not be cleaned: end exports and backups, and start the server again, which goes on with it")

// inMemory is how long a database may be for the copy that VACUUM makes of it to be made in memory. That of a longer one is
// a file without a name in SQLITE_TMPDIR or the system's folder for such, which its owner alone can read.
const inMemory = 256 << 20

// scrub writes the database anew: deleting under secure_delete overwrites the cells themselves, but copies that were left in
// pages when cells moved to others stay.
func (l *lite) scrub(ctx context.Context, conn *sql.Conn, _ []string) error {
	store := "MEMORY"
	if i, err := os.Stat(l.path); err != nil || i.Size() > inMemory {
		store = "FILE"
	}
	for _, command := range []string{"PRAGMA temp_store = " + store, "VACUUM"} {
		if _, err := conn.ExecContext(ctx, command); err != nil {
			return fmt.Errorf("writing the database anew: %w", told(err))
		}
	}
	return l.emptyLog(ctx, conn)
}

// emptyLog copies the log into the database and cuts it to nothing. Readers of older states are waited for.
func (l *lite) emptyLog(ctx context.Context, conn *sql.Conn) error {
	patience, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for ; ; time.Sleep(20 * time.Millisecond) {
		var busy, pages, filed int
		err := conn.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &pages, &filed)
		switch {
		case err != nil && !strings.Contains(err.Error(), "locked") && !strings.Contains(err.Error(), "BUSY"):
			return fmt.Errorf("emptying the write-ahead log: %w", told(err))
		case err == nil && busy == 0:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case patience.Err() != nil:
			return errLongRead
		}
	}
}

func (l *lite) sound(ctx context.Context) ([]string, error) {
	db, err := sql.Open("sqlite", l.dsn("query_only(1)"))
	if err != nil {
		return nil, err
	}
	defer db.Close()
	var out []string
	rows, err := db.QueryContext(ctx, "PRAGMA integrity_check(20)")
	err = each(rows, err, func(scan func(...any) error) error {
		var line string
		if err := scan(&line); err != nil || line == "ok" {
			return err
		}
		out = append(out, "SQLite: "+line)
		return nil
	})
	return out, err
}

func (l *lite) close() error {
	if l.sweep != nil {
		close(l.sweep)
		l.sweeping.Wait()
	}
	var errs []error
	if l.conn != nil {
		errs = append(errs, l.conn.Close())
	}
	for _, db := range []*sql.DB{l.tidy, l.pool} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	if l.lock != nil {
		errs = append(errs, l.lock.Close()) // the file stays: to remove it would let two have it
	}
	return errors.Join(errs...)
}
