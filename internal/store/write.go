package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"prescreen/internal/audit"
	"prescreen/internal/dates"
)

// writer is the one goroutine that writes. Calls that wait while a transaction is being made durable go into the next one
// together and share its fsync, each under a savepoint of its own.
type writer struct {
	store *Store
	conn  *sql.Conn
	stmts *statements
	state state // as committed last
	lost  bool  // the connection broke
	calls chan *call
	quit  chan struct{}
	done  chan struct{}
	fail  func() error // of tests: asked before every statement that writes
}

// state is the one row about the store as a whole.
type state struct {
	seq, at                      int64
	day                          dates.Day
	version, person, flip, trial int64 // highest numbers ever given
	code, unit                   int64
	unscrubbed                   int64 // 1 from an erasure until the files have forgotten it
}

// call is one caller's part of a transaction.
type call struct {
	ctx     context.Context
	entries []audit.Entry
	do      func(*tx) error
	alone   func(*writer) error // in place of do: work outside of a transaction
	err     error
	panic   any
	done    chan struct{}
}

// together is how many calls share a transaction at the most.
const together = 64

// write makes what do writes, and the entries of the audit log, durable before it returns nil; or nothing of it. The
// entries are written after do, which may fill them in.
func (s *Store) write(ctx context.Context, entries []audit.Entry, do func(*tx) error) error {
	return s.submit(&call{ctx: ctx, entries: entries, do: do, done: make(chan struct{})})
}

// alone runs work on the writing connection between transactions.
func (s *Store) alone(ctx context.Context, work func(*writer) error) error {
	return s.submit(&call{ctx: ctx, alone: work, done: make(chan struct{})})
}

func (s *Store) submit(c *call) error {
	if s.single == nil {
		return errReadOnly
	}
	select {
	case <-s.single.quit:
		return errClosed
	default:
	}
	select {
	case s.single.calls <- c:
	case <-s.single.quit:
		return errClosed
	case <-c.ctx.Done():
		return c.ctx.Err()
	}
	<-c.done // not the context: once it is in the writer's hands its outcome has to be known
	if c.panic != nil {
		panic(c.panic)
	}
	return c.err
}

var errClosed = errors.New("the store is closed")

func (s *Store) startWriter(conn *sql.Conn) error {
	w := &writer{store: s, calls: make(chan *call, together), quit: make(chan struct{}), done: make(chan struct{})}
	w.use(conn)
	if err := w.state.load(conn); err != nil {
		return err
	}
	s.single = w
	go w.run()
	return nil
}

// stop lets the writer end what it is at. Later calls are refused.
func (w *writer) stop() {
	close(w.quit)
	<-w.done
	w.stmts.close()
}

// use takes a connection: the first one, or the next after one broke.
func (w *writer) use(conn *sql.Conn) {
	if w.stmts != nil {
		w.stmts.close()
	}
	w.conn = conn
	w.stmts = &statements{prepare: func(ctx context.Context, query string) (*sql.Stmt, error) {
		return conn.PrepareContext(ctx, w.store.engine.rebind(query))
	}}
}

func (w *writer) run() {
	defer close(w.done)
	for {
		select {
		case <-w.quit:
			w.drain()
			return
		case c := <-w.calls:
			w.serve(c)
		}
	}
}

// drain ends calls that came in while the store was being closed.
func (w *writer) drain() {
	for {
		select {
		case c := <-w.calls:
			c.err = errClosed
			close(c.done)
		default:
			return
		}
	}
}

func (w *writer) serve(first *call) {
	batch := []*call{first}
	for first.alone == nil && len(batch) < together {
		select {
		case c := <-w.calls:
			if c.alone != nil {
				w.transact(batch)
				batch, first = []*call{c}, c
				continue
			}
			batch = append(batch, c)
			continue
		default:
		}
		break
	}
	if first.alone != nil {
		first.err = first.run(func() error {
			if w.lost {
				if err := w.reconnect(); err != nil {
					return err
				}
			}
			return first.alone(w)
		})
		close(first.done)
		return
	}
	w.transact(batch)
}

// run calls f and keeps its panic for the caller's goroutine.
func (c *call) run(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			c.panic, err = p, errors.New("a write panicked")
		}
	}()
	if err := c.ctx.Err(); err != nil {
		return err
	}
	return f()
}

// transact makes one transaction of calls and tells each of them its outcome.
func (w *writer) transact(batch []*call) {
	t := &tx{store: w.store}
	err := w.attempt(t, batch)
	if err != nil && !w.lost {
		w.regain(err)
	}
	for _, c := range batch {
		if err != nil && c.err == nil {
			c.err = fmt.Errorf("writing to the store: %w", err)
		}
	}
	if err == nil {
		w.state = t.state
		for _, f := range t.then {
			f()
		}
		w.store.engine.committed(t.bytes)
	}
	for _, c := range batch {
		close(c.done)
	}
}

// attempt fails only for what fails all calls of a transaction.
func (w *writer) attempt(t *tx, batch []*call) error {
	if w.lost {
		if err := w.reconnect(); err != nil {
			return err
		}
	}
	t.conn, t.stmts, t.state = w.conn, w.stmts, w.state
	if err := w.command(w.store.engine.begin()); err != nil {
		return err
	}
	kept := 0
	for _, c := range batch {
		if err := w.part(t, c, len(batch) > 1); err != nil {
			return err
		}
		if c.err == nil {
			kept++
		}
	}
	if kept == 0 {
		return w.command("ROLLBACK")
	}
	if t.state != w.state {
		if err := t.state.save(t); err != nil {
			return err
		}
	}
	if w.fail != nil {
		if err := w.fail(); err != nil {
			return err
		}
	}
	return w.command("COMMIT")
}

// part runs one call. If it fails, what it wrote is taken back and the others go on.
func (w *writer) part(t *tx, c *call, shared bool) error {
	before := *t
	if shared {
		if err := w.command("SAVEPOINT part"); err != nil {
			return err
		}
	}
	c.err = c.run(func() error {
		if err := c.do(t); err != nil {
			return err
		}
		return w.store.appendAudit(t, c.entries)
	})
	if c.err != nil {
		*t = before
	}
	switch {
	case !shared:
		return nil
	case c.err != nil:
		if err := w.command("ROLLBACK TO SAVEPOINT part"); err != nil {
			return err
		}
	}
	return w.command("RELEASE SAVEPOINT part")
}

func (w *writer) command(command string) error {
	st, err := w.stmts.get(context.Background(), command)
	if err != nil {
		return err
	}
	_, err = st.ExecContext(context.Background())
	return told(err)
}

// regain brings the connection back to where a transaction can begin, or notes that another is needed.
func (w *writer) regain(cause error) {
	err := w.command("ROLLBACK")
	if broken(cause) || broken(err) {
		w.lost = true
	} // else SQLite may have rolled back by itself
}

// reconnect takes a new connection in place of one that broke. PostgreSQL may hold the lock for a moment longer.
func (w *writer) reconnect() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	for {
		conn, err := w.store.engine.connect(ctx)
		if err == nil {
			w.use(conn)
			if err = w.state.load(conn); err == nil {
				w.lost = false
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(50 * time.Millisecond):
		}
	}
}

const stateColumns = `seq, at, day, version, person, flip, trial, code, unit, unscrubbed`

func (st *state) load(conn *sql.Conn) error {
	return told(st.read(conn.QueryRowContext(context.Background(), `SELECT `+stateColumns+` FROM state`).Scan))
}

func (st *state) read(scan func(...any) error) error {
	return scan(&st.seq, &st.at, &st.day, &st.version, &st.person, &st.flip, &st.trial, &st.code, &st.unit, &st.unscrubbed)
}

func (st *state) save(t *tx) error {
	_, err := t.exec(`UPDATE state SET seq = ?, at = ?, day = ?, version = ?, person = ?, flip = ?, trial = ?, code = ?, unit = ?, unscrubbed = ?`,
		st.seq, st.at, int64(st.day), st.version, st.person, st.flip, st.trial, st.code, st.unit, st.unscrubbed)
	return err
}

// next gives the Seq of a change and notes its time.
func (t *tx) next(at time.Time) (int64, error) {
	t.state.seq++
	t.state.at = nanos(at)
	_, err := t.exec(`INSERT INTO moment (seq, at) VALUES (?, ?)`, t.state.seq, t.state.at)
	return t.state.seq, err
}
