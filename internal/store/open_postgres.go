package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

// post is PostgreSQL. The writing connection itself holds the lock, so that whoever can write has it.
type post struct {
	pool *sql.DB
	mu   sync.Mutex
	conn *sql.Conn
	log  func(message string)
}

// lockNumber is of the advisory lock: "prescrn1" in ASCII.
const lockNumber = 0x7072657363726e31

func openPost(ctx context.Context, dsn string, o Options) (*post, *sql.DB, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, nil, errors.New("the address of the database is not one of PostgreSQL: postgres://user@host/name")
	}
	config.RuntimeParams["application_name"] = "prescreen"
	config.RuntimeParams["synchronous_commit"] = "on"
	config.RuntimeParams["timezone"] = "UTC"
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = 10 * time.Second
	}
	writing := config.Copy()
	config.RuntimeParams["default_transaction_read_only"] = "on"
	readers := stdlib.OpenDB(*config)
	readers.SetMaxOpenConns(8)
	readers.SetMaxIdleConns(8)
	p := &post{log: func(m string) {
		if o.Log != nil {
			o.Log.Warn(m)
		}
	}}
	if o.ReadOnly {
		err = migrate(ctx, readers, goose.DialectPostgres, true)
	} else {
		p.pool = stdlib.OpenDB(*writing)
		p.pool.SetMaxOpenConns(1)
		err = p.prepare(ctx)
	}
	if err != nil {
		return nil, nil, errors.Join(err, readers.Close(), p.close())
	}
	return p, readers, nil
}

// prepare takes the lock before anything is changed: two that start at once do not migrate at once.
func (p *post) prepare(ctx context.Context) error {
	_, err := p.connect(ctx)
	for range 20 { // one that was killed just now may still have it
		if !errors.Is(err, errLocked) {
			break
		}
		time.Sleep(50 * time.Millisecond)
		_, err = p.connect(ctx)
	}
	if err != nil {
		return err
	}
	p.pool.SetMaxOpenConns(2)
	defer p.pool.SetMaxOpenConns(1)
	if err := migrate(ctx, p.pool, goose.DialectPostgres, false); err != nil {
		return err
	}
	var durable string
	if err := p.conn.QueryRowContext(ctx, "SHOW fsync").Scan(&durable); err == nil && durable != "on" {
		p.log("PostgreSQL runs with fsync off: what was acknowledged may be lost with the power. Set fsync = on")
	}
	return p.forgetSamples(ctx)
}

// forgetSamples keeps PostgreSQL from gathering statistics, which hold values, about columns that may hold a patient's.
func (p *post) forgetSamples(ctx context.Context) error {
	rows, err := p.conn.QueryContext(ctx, `
		SELECT format('ALTER TABLE %s ALTER COLUMN %I SET STATISTICS 0', c.oid::regclass, a.attname)
		FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind = 'r' AND n.nspname = current_schema() AND a.attnum > 0 AND NOT a.attisdropped
			AND a.atttypid IN ('bytea'::regtype, 'text'::regtype) AND coalesce(a.attstattarget, -1) <> 0
			AND c.relname <> 'goose_db_version'`)
	var alter []string
	err = each(rows, err, func(scan func(...any) error) error {
		var s string
		err := scan(&s)
		alter = append(alter, s)
		return err
	})
	if err != nil || len(alter) == 0 {
		return err
	}
	_, err = p.conn.ExecContext(ctx, strings.Join(alter, ";"))
	return told(err)
}

func (p *post) rebind(query string) string { return rebindDollar(query) }

func (p *post) tables() string {
	return `SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind = 'r' AND n.nspname = current_schema() AND c.relname <> 'goose_db_version' ORDER BY c.oid`
}

func (p *post) begin() string { return "BEGIN" }

// connect gives a new writing connection with the lock.
func (p *post) connect(ctx context.Context) (*sql.Conn, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.conn != nil {
		_ = p.conn.Raw(func(any) error { return driver.ErrBadConn }) // so that the pool does not give it out again
		_ = p.conn.Close()
		p.conn = nil
	}
	conn, err := p.pool.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("connecting to PostgreSQL: %w", told(err))
	}
	var ok bool
	if err := conn.QueryRowContext(ctx, `SELECT pg_try_advisory_lock($1)`, int64(lockNumber)).Scan(&ok); err != nil {
		return nil, errors.Join(told(err), conn.Close())
	}
	if !ok {
		return nil, errors.Join(errLocked, conn.Close())
	}
	p.conn = conn
	return conn, nil
}

func (p *post) committed(int) {}

// scrub writes the tables anew once nobody sees the old state, and has the write-ahead log that told of it put away.
func (p *post) scrub(ctx context.Context, conn *sql.Conn, tables []string) error {
	if err := p.outwait(ctx, conn); err != nil {
		return err
	}
	for _, t := range tables {
		if _, err := conn.ExecContext(ctx, "VACUUM (FULL) "+pgx.Identifier{t}.Sanitize()); err != nil {
			return fmt.Errorf("writing table %s anew: %w", t, told(err))
		}
	}
	for _, command := range []string{"SELECT pg_switch_wal()", "CHECKPOINT", "SELECT pg_switch_wal()", "CHECKPOINT"} {
		if _, err := conn.ExecContext(ctx, command); err != nil {
			p.log("a patient was erased from the tables, but PostgreSQL's write-ahead log may tell of it until its next checkpoints: grant pg_checkpoint and EXECUTE on pg_switch_wal() to prescreen's user, or run CHECKPOINT yourself")
			return nil
		}
	}
	var recycled string
	if err := conn.QueryRowContext(ctx, "SHOW wal_recycle").Scan(&recycled); err == nil && recycled != "off" {
		p.log("a patient was erased from the tables, but PostgreSQL uses old files of its write-ahead log again, with what they hold: set wal_recycle = off")
	}
	return nil
}

// outwait waits for transactions that began before now: what they may still see, VACUUM keeps.
func (p *post) outwait(ctx context.Context, conn *sql.Conn) error {
	patience, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for ; ; time.Sleep(20 * time.Millisecond) {
		var older int
		err := conn.QueryRowContext(ctx, `
			SELECT count(*) FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_xmin IS NOT NULL
				AND age(backend_xmin) > age(pg_snapshot_xmin(pg_current_snapshot())::xid)`).Scan(&older)
		switch {
		case err != nil:
			return told(err)
		case older == 0:
			return nil
		case patience.Err() != nil:
			return errLongRead
		}
	}
}

// sound is empty: PostgreSQL checks its own pages where checksums are on.
func (p *post) sound(context.Context) ([]string, error) { return nil, nil }

func (p *post) close() error {
	var errs []error
	if p.conn != nil {
		// PostgreSQL notices the end of a connection in its own time; who opens the store next shall not wait for it.
		_, _ = p.conn.ExecContext(context.Background(), `SELECT pg_advisory_unlock($1)`, int64(lockNumber))
		errs = append(errs, p.conn.Close())
	}
	if p.pool != nil {
		errs = append(errs, p.pool.Close())
	}
	return errors.Join(errs...)
}
