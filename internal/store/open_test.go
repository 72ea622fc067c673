package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"prescreen/internal/live"
)

func TestOneProcessWrites(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		ctx := context.Background()
		s := p.open(t)
		_, c := newMaker().arrive("ehr", "ann", 3)
		commit(t, s, c)
		if second, err := Open(ctx, p.dsn, p.options); !errors.Is(err, errLocked) {
			second.Close()
			t.Fatal("a second one may write too:", err)
		}
		beside := p.options
		beside.ReadOnly = true
		r, err := Open(ctx, p.dsn, beside)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if seq, _, err := r.LastSeq(ctx); seq != 1 || err != nil {
			t.Error(seq, err)
		}
		if err := r.Commit(ctx, &live.Change{}); !errors.Is(err, errReadOnly) {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if err := s.Commit(ctx, c); !errors.Is(err, errClosed) {
			t.Error("written to a closed store:", err)
		}
		p.open(t)
	})
}

func TestANewerStoreIsRefused(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		s := p.open(t)
		err := s.alone(context.Background(), func(w *writer) error {
			_, err := w.conn.ExecContext(context.Background(), s.engine.rebind(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, ?)`), true)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		s.Close()
		for _, readOnly := range []bool{false, true} {
			o := p.options
			o.ReadOnly = readOnly
			var newer *NewerError
			if _, err := Open(context.Background(), p.dsn, o); !errors.As(err, &newer) || newer.Have != 999 {
				t.Error(err)
			}
		}
	})
}

func TestFilesAreTheirOwnersAlone(t *testing.T) {
	p := atSQLite(t)
	s := p.open(t)
	_, c := newMaker().arrive("ehr", "ann", 3)
	commit(t, s, c)
	if i, err := os.Stat(p.folder); err != nil || i.Mode().Perm() != 0o700 {
		t.Error(i.Mode(), err)
	}
	files, _ := os.ReadDir(p.folder)
	for _, f := range files {
		if i, err := os.Stat(filepath.Join(p.folder, f.Name())); err != nil || i.Mode().Perm() != 0o600 {
			t.Error(f.Name(), i.Mode(), err)
		}
	}
	if len(files) < 3 {
		t.Error(files)
	}
}
