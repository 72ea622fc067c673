package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"prescreen/internal/chart"
	"prescreen/internal/terms"
)

// Options are what a store needs to know beside where it lies.
type Options struct {
	ReadOnly   bool   // reads beside a process that writes; nothing is locked, migrated or made
	Tombstones string // file of the keys of erased patients; for SQLite the database's with ".tombstones" behind it
	Log        *slog.Logger

	// Listed tells which codings are never blanked by Erase: those that a value set names.
	Listed func(terms.Coding) bool
	// Uses calls back with the numbers of codes and units in a packed resource. Without it Erase blanks none.
	Uses func(packed []byte, code func(terms.CodeID), unit func(chart.UnitID)) error
}

// Store implements live.Store, and what packages access, audit and decision declare, on one database.
type Store struct {
	options Options
	engine  engine
	readers *sql.DB
	reads   statements // prepared on readers
	single  *writer    // nil when read only
	zip     *zipper
	stones  *stones
	blanked blanked
	closing sync.Once
	marks   marks // checkpoints of the audit log
}

func (s *Store) prepareRead(ctx context.Context, query string) (*sql.Stmt, error) {
	return s.readers.PrepareContext(ctx, s.engine.rebind(query))
}

// engine is what differs between the two databases.
type engine interface {
	// rebind writes a statement's placeholders as the database wants them.
	rebind(query string) string
	// begin starts a durable transaction on the writing connection.
	begin() string
	// connect gives the writing connection again after it broke, holding the lock on the store.
	connect(ctx context.Context) (*sql.Conn, error)
	// committed is told how many bytes were written, to tidy up behind them.
	committed(bytes int)
	// scrub makes the database's files forget what was deleted from tables.
	scrub(ctx context.Context, conn *sql.Conn, tables []string) error
	// tables names the tables of the store, in the order in which they were made.
	tables() string
	// sound lists what the database itself finds broken in its files.
	sound(ctx context.Context) ([]string, error)
	// close lets go of connections and of the lock.
	close() error
}

// statements are the prepared ones of a pool or connection, by their text.
type statements struct {
	mu      sync.RWMutex
	by      map[string]*sql.Stmt
	prepare func(ctx context.Context, query string) (*sql.Stmt, error)
}

// get prepares a statement or gives the one prepared before. The texts are all in this package, so there are few.
func (p *statements) get(ctx context.Context, query string) (*sql.Stmt, error) {
	p.mu.RLock()
	st := p.by[query]
	p.mu.RUnlock()
	if st != nil {
		return st, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if st := p.by[query]; st != nil {
		return st, nil
	}
	st, err := p.prepare(ctx, query)
	if err != nil {
		return nil, told(err)
	}
	if p.by == nil {
		p.by = map[string]*sql.Stmt{}
	}
	p.by[query] = st
	return st, nil
}

func (p *statements) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, st := range p.by {
		_ = st.Close() // its connection is closed next
	}
	p.by = nil
}

// query reads what is committed. The caller closes the rows.
func (s *Store) query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	st, err := s.reads.get(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := st.QueryContext(ctx, args...)
	return rows, told(err)
}

// row reads one row of what is committed.
func (s *Store) row(ctx context.Context, query string, args ...any) one {
	st, err := s.reads.get(ctx, query)
	if err != nil {
		return one{err: err}
	}
	return one{row: st.QueryRowContext(ctx, args...)}
}

// one is a single row, or why there is none.
type one struct {
	row *sql.Row
	err error
}

// Scan gives sql.ErrNoRows where nothing was found.
func (o one) Scan(dest ...any) error {
	if o.err != nil {
		return o.err
	}
	return told(o.row.Scan(dest...))
}

// tx is a durable transaction in the making: one caller's part of it.
type tx struct {
	store *Store
	conn  *sql.Conn
	stmts *statements
	state state // as of this transaction: written once, at its end
	bytes int
	then  []func()
}

// exec writes. Placeholders are ?, in order of the arguments.
func (t *tx) exec(query string, args ...any) (sql.Result, error) {
	if t.store.single.fail != nil {
		if err := t.store.single.fail(); err != nil {
			return nil, err
		}
	}
	st, err := t.stmts.get(context.Background(), query)
	if err != nil {
		return nil, err
	}
	for _, a := range args {
		if b, ok := a.([]byte); ok {
			t.bytes += len(b)
		}
	}
	t.bytes += 64 * (1 + len(args)/8)
	res, err := st.ExecContext(context.Background(), args...)
	return res, told(err)
}

// query reads what is committed and what this transaction wrote. The rows must be closed before the next statement.
func (t *tx) query(query string, args ...any) (*sql.Rows, error) {
	st, err := t.stmts.get(context.Background(), query)
	if err != nil {
		return nil, err
	}
	rows, err := st.QueryContext(context.Background(), args...)
	return rows, told(err)
}

// row reads one row.
func (t *tx) row(query string, args ...any) one {
	st, err := t.stmts.get(context.Background(), query)
	if err != nil {
		return one{err: err}
	}
	return one{row: st.QueryRowContext(context.Background(), args...)}
}

// after runs f once the transaction is durable; never if it is not.
func (t *tx) after(f func()) { t.then = append(t.then, f) }

// in writes n placeholders for a list: "(?,?,?)".
func in(n int) string {
	if n == 0 {
		return "(NULL)"
	}
	return "(" + strings.Repeat("?,", n-1) + "?)"
}

// most is how many arguments a list in one statement has at the most.
const most = 256

// lists cuts values into lists for in(), each filled up with its last value to a length that is a power of two, so that
// few different statements are prepared.
func lists[T any](values []T, visit func(args []any) error) error {
	for len(values) > 0 {
		n := min(len(values), most)
		room := 1
		for room < n {
			room *= 2
		}
		args := make([]any, room)
		for i := range args {
			args[i] = values[min(i, n-1)]
		}
		if err := visit(args); err != nil {
			return err
		}
		values = values[n:]
	}
	return nil
}

// each scans all rows and closes them.
func each(rows *sql.Rows, err error, visit func(scan func(dest ...any) error) error) error {
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := visit(rows.Scan); err != nil {
			return told(err)
		}
	}
	return told(rows.Err())
}

// rebindDollar turns ? into $1, $2 … outside of quotes.
func rebindDollar(query string) string {
	var b strings.Builder
	n, quoted := 0, false
	for _, c := range query {
		switch {
		case c == '\'':
			quoted = !quoted
			b.WriteRune(c)
		case c == '?' && !quoted:
			n++
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(n))
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}

// nanos writes a time for a column; 0 for the zero time.
func nanos(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

// moment reads what nanos wrote.
func moment(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}

// bit writes a truth for a column.
func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// some writes bytes for a column: NULL for none, so that both databases agree on what empty is.
func some(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return b
}

var errReadOnly = errors.New("the store was opened for reading only: ask the process that serves it")

func wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}
