package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"prescreen/internal/postgrestest"
)

// TestMain starts one PostgreSQL for all tests, and is the child that tests of sudden death kill.
func TestMain(m *testing.M) {
	if dsn := os.Getenv(childDSN); dsn != "" {
		beChild(dsn)
		return
	}
	var err error
	if shared, err = postgrestest.New(); err != nil {
		fmt.Fprintln(os.Stderr, "PostgreSQL could not be started:", err)
		os.Exit(1)
	}
	code := m.Run()
	if shared != nil {
		shared.Remove()
	}
	os.Exit(code)
}

// shared is the server of all tests; nil where PostgreSQL is not installed.
var shared *postgrestest.Server

// place is where a test's store lies.
type place struct {
	dsn     string
	options Options
	folder  string // of all the files of the database
}

// everywhere runs a test on both databases.
func everywhere(t *testing.T, do func(t *testing.T, p *place)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { do(t, atSQLite(t)) })
	t.Run("postgresql", func(t *testing.T) { do(t, atPostgreSQL(t)) })
}

func atSQLite(t testing.TB) *place {
	dir := t.TempDir()
	return &place{dsn: filepath.Join(dir, "s", "store.db"), folder: filepath.Join(dir, "s")}
}

func atPostgreSQL(t testing.TB) *place {
	if shared == nil {
		t.Skip(postgrestest.NotInstalled)
	}
	return &place{dsn: shared.Database(t), folder: shared.Data(), options: Options{Tombstones: filepath.Join(t.TempDir(), "tombstones")}}
}

// open opens the store; it is closed at the end of the test, if it is not before.
func (p *place) open(t testing.TB) *Store {
	t.Helper()
	s, err := Open(context.Background(), p.dsn, p.options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// dump is everything in a store, as text by table.
func dump(t testing.TB, s *Store) string {
	t.Helper()
	ctx := context.Background()
	names, err := s.tables(ctx)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	var all strings.Builder
	for _, name := range names {
		var lines []string
		rows, err := s.readers.QueryContext(ctx, "SELECT * FROM "+name)
		if err != nil {
			t.Fatal(err)
		}
		columns, _ := rows.Columns()
		order := make([]int, len(columns))
		for i := range order {
			order[i] = i
		}
		slices.SortFunc(order, func(a, b int) int { return strings.Compare(columns[a], columns[b]) })
		for rows.Next() {
			row := make([]any, len(columns))
			dest := make([]any, len(columns))
			for i := range row {
				dest[i] = &row[i]
			}
			if err := rows.Scan(dest...); err != nil {
				t.Fatal(err)
			}
			var line strings.Builder
			for _, i := range order {
				fmt.Fprintf(&line, "%s=%x ", columns[i], row[i])
			}
			lines = append(lines, line.String())
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Fatal(err)
		}
		slices.Sort(lines)
		fmt.Fprintf(&all, "%s\n%s\n", name, strings.Join(lines, "\n"))
	}
	return all.String()
}

// sound fails the test if anything in the store is broken.
func sound(t testing.TB, s *Store) {
	t.Helper()
	found, err := s.Verify(context.Background())
	if err != nil || len(found) > 0 {
		t.Fatalf("the store is broken: %v %q", err, found)
	}
}

// filesWith gives the files under a folder that hold any of the strings.
func filesWith(t testing.TB, folder string, planted []string) (out []string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil // what is gone meanwhile holds nothing
		}
		text, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		for _, p := range planted {
			if bytes.Contains(text, []byte(p)) {
				out = append(out, path+" holds "+p)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
