package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"prescreen/internal/audit"
)

// marks writes checkpoints of the audit log into a file beside the database: soon after commits, at most every second, and
// at the end. A checkpoint that does not fit the log is never written over: it is put aside, and VerifyAudit goes on telling
// of it until somebody has looked and takes it away.
type marks struct {
	store *Store
	path  string
	last  audit.Checkpoint
	wake  chan struct{}
	quit  chan struct{}
	done  chan struct{}
}

// apart is how far checkpoints are from each other at the least.
const apart = time.Second

// markPath is beside the tombstones, which lie beside the database.
func (o *Options) markPath() string {
	if o.Tombstones == "" {
		return ""
	}
	return strings.TrimSuffix(o.Tombstones, ".tombstones") + ".checkpoint"
}

func (m *marks) start(ctx context.Context, s *Store) error {
	m.store, m.path = s, s.options.markPath()
	if s.options.ReadOnly {
		return nil
	}
	if err := m.putAside(ctx); err != nil {
		return err
	}
	m.wake, m.quit, m.done = make(chan struct{}, 1), make(chan struct{}), make(chan struct{})
	m.moved()
	go m.run()
	return nil
}

// moved tells that the log has grown. Before start nobody listens.
func (m *marks) moved() {
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

func (m *marks) run() {
	defer close(m.done)
	for {
		select {
		case <-m.wake:
			m.write()
		case <-m.quit:
			m.write()
			return
		}
		select {
		case <-time.After(apart):
		case <-m.quit:
		}
	}
}

// stop writes the last checkpoint. The store must still be readable.
func (m *marks) stop() {
	if m.quit != nil {
		close(m.quit)
		<-m.done
		m.quit = nil
	}
}

// write must not fail a commit, which is done: what goes wrong is told in the log, and tried again after the next.
func (m *marks) write() {
	c, err := m.store.AuditCheckpoint(context.Background())
	if err == nil && c != m.last {
		if err = audit.WriteCheckpoint(m.path, c); err == nil {
			m.last = c
		}
	}
	if err != nil {
		m.tell("the checkpoint of the audit log was not written", err)
	}
}

func (m *marks) tell(what string, err error) {
	if log := m.store.options.Log; log != nil {
		log.Error(what, slog.String("error", err.Error()))
	}
}

// putAside renames a checkpoint that is not of this log, or of more than there is of it.
func (m *marks) putAside(ctx context.Context) error {
	c, ok, err := audit.ReadCheckpoint(m.path)
	if err == nil && ok {
		err = m.store.fits(ctx, c)
	}
	_, damaged := errors.AsType[*audit.Damage](err)
	if !damaged && !errors.Is(err, audit.ErrTree) && !errors.Is(err, audit.ErrNoCheckpoint) {
		return err
	}
	m.tell("the audit log is not what its checkpoint says: run prescreen audit verify", err)
	aside := m.path + "-" + fmt.Sprint(c.Size)
	for n := 2; exists(aside); n++ {
		aside = fmt.Sprintf("%s-%d-%d", m.path, c.Size, n)
	}
	return wrap("putting the checkpoint of the audit log aside", os.Rename(m.path, aside))
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// fits holds a checkpoint against the stored hashes alone.
func (s *Store) fits(ctx context.Context, c audit.Checkpoint) error {
	now, err := s.AuditCheckpoint(ctx)
	if err != nil {
		return err
	}
	if c.Size > now.Size {
		return &audit.Damage{Harm: audit.Removed, Entry: now.Size + 1, Other: c.Size}
	}
	root, err := tlog.TreeHash(c.Size, s.AuditHashes(ctx))
	if err == nil && root != c.Root {
		err = &audit.Damage{Harm: audit.Rewritten, Entry: 1, Other: c.Size}
	}
	return err
}

// AuditCheckpoint says what the log is now.
func (s *Store) AuditCheckpoint(ctx context.Context) (audit.Checkpoint, error) {
	var last int64
	if err := s.row(ctx, `SELECT COALESCE(MAX(no), -1) FROM audit_hash`).Scan(&last); err != nil {
		return audit.Checkpoint{}, wrap("reading the end of the audit log", err)
	}
	size, err := audit.SizeOf(last)
	if err != nil {
		return audit.Checkpoint{}, err
	}
	root, err := tlog.TreeHash(size, s.AuditHashes(ctx))
	return audit.Checkpoint{Size: size, Root: root}, wrap("reading the audit log's tree", err)
}

// VerifyAudit holds the whole log against its tree and against the checkpoints beside the database and any others that were
// kept elsewhere. The error is an *audit.Damage where the log is not what was written.
func (s *Store) VerifyAudit(ctx context.Context, kept ...audit.Checkpoint) (audit.Checkpoint, error) {
	paths, err := filepath.Glob(escaped.Replace(s.marks.path) + "*")
	if err != nil {
		return audit.Checkpoint{}, err
	}
	for _, path := range paths {
		if path != s.marks.path && !strings.HasPrefix(path, s.marks.path+"-") || s.marks.path == "" {
			continue
		}
		c, _, err := audit.ReadCheckpoint(path)
		if err != nil {
			return audit.Checkpoint{}, err
		}
		kept = append(kept, c)
	}
	return audit.Verify(ctx, auditLog{s}, kept...)
}

var escaped = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`)

// ask is query with its context, for what reads from a transaction too.
func (s *Store) ask(ctx context.Context) func(string, ...any) (*sql.Rows, error) {
	return func(query string, args ...any) (*sql.Rows, error) { return s.query(ctx, query, args...) }
}
