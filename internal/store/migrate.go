package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"regexp"
	"strings"
	"testing/fstest"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the schema up to this binary's, or refuses. A store that may only be read is never changed.
func migrate(ctx context.Context, db *sql.DB, dialect goose.Dialect, readOnly bool) error {
	files, err := migrationsFor(dialect)
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(dialect, db, files, goose.WithSlog(slog.New(slog.DiscardHandler)))
	if err != nil {
		return fmt.Errorf("reading the store's migrations: %w", err)
	}
	have, want, err := versions(ctx, p, db, readOnly)
	switch {
	case err != nil:
		return fmt.Errorf("reading the version of the store: %w", told(err))
	case have > want:
		return &NewerError{Have: have, Knows: want}
	case have == want:
		return nil
	case readOnly:
		return fmt.Errorf("the store has version %d of the schema and this prescreen needs %d: start the server once, or open it for writing, to bring it up", have, want)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("bringing the store from version %d to %d: %w", have, want, told(err))
	}
	return nil
}

// versions asks for the version without making goose's table where nothing may be written.
func versions(ctx context.Context, p *goose.Provider, db *sql.DB, readOnly bool) (have, want int64, err error) {
	if !readOnly {
		return p.GetVersions(ctx)
	}
	for _, s := range p.ListSources() {
		want = max(want, s.Version)
	}
	err = db.QueryRowContext(ctx, `SELECT max(version_id) FROM `+goose.DefaultTablename+` WHERE is_applied`).Scan(&have)
	return have, want, err
}

// NewerError refuses a store that a later binary has written.
type NewerError struct{ Have, Knows int64 }

func (e *NewerError) Error() string {
	return fmt.Sprintf("the store was written by a newer prescreen (version %d of the schema; this one knows %d): use that version of prescreen, or restore a backup made with this one into an empty place", e.Have, e.Knows)
}

var (
	word         = regexp.MustCompile(`\b(BLOB|INTEGER|REAL)\b`)
	inPostgreSQL = map[string]string{"BLOB": "BYTEA", "INTEGER": "BIGINT", "REAL": "DOUBLE PRECISION"}
)

// migrationsFor gives the SQL files in a database's own words.
func migrationsFor(dialect goose.Dialect) (fs.FS, error) {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil || dialect != goose.DialectPostgres {
		return sub, err
	}
	out := fstest.MapFS{}
	err = fs.WalkDir(sub, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		f, err := sub.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		text, err := io.ReadAll(f)
		if err != nil {
			return err
		}
		sql := strings.ReplaceAll(string(text), " WITHOUT ROWID", "")
		sql = word.ReplaceAllStringFunc(sql, func(w string) string { return inPostgreSQL[w] })
		out[path] = &fstest.MapFile{Data: []byte(sql)}
		return nil
	})
	return out, err
}
