// Package postgrestest starts a PostgreSQL of its own for tests: Debian's, on a unix socket in a folder that is removed with it.
// Only tests import it.
package postgrestest

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

// NotInstalled is why a test that needs PostgreSQL is skipped.
const NotInstalled = "PostgreSQL is not installed: apt-get install postgresql"

// Server is one PostgreSQL, run by an ordinary user.
type Server struct {
	bin, dir string
	who      *syscall.SysProcAttr
	process  *os.Process
	made     atomic.Int64
}

// New starts a server with an empty cluster; nil where PostgreSQL is not installed.
func New() (*Server, error) {
	bins, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if len(bins) == 0 {
		return nil, nil
	}
	dir, err := os.MkdirTemp("", "prescreen-pg-")
	if err != nil {
		return nil, err
	}
	s := &Server{bin: filepath.Dir(slices.Max(bins)), dir: dir, who: &syscall.SysProcAttr{}}
	if err := s.prepare(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return s, nil
}

func (s *Server) prepare() error {
	if os.Getuid() == 0 {
		if err := s.becomeOrdinary(); err != nil {
			return err
		}
	}
	initdb := s.command("initdb", "-D", s.Data(), "-A", "trust", "-U", "prescreen", "-E", "UTF8", "--locale=C", "--no-sync")
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	return s.Start()
}

// becomeOrdinary hands the folder to a user that PostgreSQL agrees to run as.
func (s *Server) becomeOrdinary() error {
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		s.who.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		return os.Chown(s.dir, uid, gid)
	}
	return errors.New("no ordinary user to run it as")
}

// Data is the folder of the cluster's files.
func (s *Server) Data() string { return filepath.Join(s.dir, "data") }

func (s *Server) command(name string, args ...string) *exec.Cmd {
	c := exec.Command(filepath.Join(s.bin, name), args...)
	c.Dir, c.SysProcAttr, c.Env = s.dir, s.who, []string{"PATH=/usr/bin:/bin", "LC_ALL=C"}
	return c
}

// Start starts it again after Stop.
func (s *Server) Start() error {
	var log bytes.Buffer
	for try := 0; ; try++ {
		log.Reset()
		process := s.command("postgres", "-D", s.Data(), "-k", s.dir, "-c", "listen_addresses=", "-c", "fsync=on",
			"-c", "shared_buffers=32MB", "-c", "wal_recycle=off", "-c", "min_wal_size=32MB", "-c", "log_statement=none")
		process.Stderr = &log
		if err := process.Start(); err != nil {
			return err
		}
		s.process = process.Process
		gone := make(chan error, 1)
		go func() { gone <- process.Wait() }()
		err := s.ready(gone)
		if err == nil {
			return nil
		}
		if try == 20 { // what is left of a killed one may take a moment to go
			return fmt.Errorf("%w: %s", err, log.String())
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func (s *Server) ready(gone <-chan error) error {
	db, err := sql.Open("pgx", s.dsn("postgres"))
	if err != nil {
		return err
	}
	defer db.Close()
	for range 300 {
		select {
		case err := <-gone:
			return fmt.Errorf("it ended: %w", err)
		default:
		}
		if err = db.Ping(); err == nil {
			return nil
		}
		time.Sleep(20 * time.Millisecond)
	}
	return err
}

// Stop sends a signal, as SIGKILL, and waits until the server is gone.
func (s *Server) Stop(with syscall.Signal) {
	_ = s.process.Signal(with)
	for s.process.Signal(syscall.Signal(0)) == nil {
		time.Sleep(5 * time.Millisecond)
	}
}

// Remove stops the server and removes its files.
func (s *Server) Remove() {
	s.Stop(syscall.SIGINT)
	_ = os.RemoveAll(s.dir)
}

func (s *Server) dsn(database string) string {
	return "postgres://prescreen@/" + database + "?host=" + s.dir
}

// Database makes a database and gives its address.
func (s *Server) Database(t testing.TB) string {
	t.Helper()
	name := fmt.Sprintf("t%d", s.made.Add(1))
	db, err := sql.Open("pgx", s.dsn("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("CREATE DATABASE " + name); err != nil {
		t.Fatal(err)
	}
	return s.dsn(name)
}
