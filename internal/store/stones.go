package store

import (
	"bufio"
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"prescreen/internal/chart"
)

// stones are the keys of erased patients as keyed digests: enough to know one that comes again, not enough to tell who it
// was. They lie in the database and in a file beside it, so that neither a lost database nor one brought back from an older
// copy forgets them. Databases that were once apart have different secrets; all of them are asked.
type stones struct {
	mu      sync.RWMutex
	path    string
	set     graves
	unfiled bool // the file lacks some of them
}

type (
	digest = [sha256.Size]byte
	graves map[digest]map[digest]bool // by secret
)

// stonesHead is the first line of the file.
const stonesHead = "prescreen tombstones 1"

func (g graves) add(secret, d digest) {
	if g[secret] == nil {
		g[secret] = map[digest]bool{}
	}
	g[secret][d] = true
}

// over tells whether a key is one of them.
func (g graves) over(key []byte) bool {
	for secret, digests := range g {
		if digests[bury(secret, key)] {
			return true
		}
	}
	return false
}

// without gives those that others lacks.
func (g graves) without(others graves) graves {
	out := graves{}
	for secret, digests := range g {
		for d := range digests {
			if !others[secret][d] {
				out.add(secret, d)
			}
		}
	}
	return out
}

func bury(secret digest, key []byte) (d digest) {
	h := hmac.New(sha256.New, secret[:])
	h.Write(key)
	h.Sum(d[:0])
	return d
}

func (s *stones) none() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.set) == 0
}

func (s *stones) over(key []byte) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.set.over(key)
}

// secret gives the one that new digests are made with: the first, or a new one.
func (s *stones) secret() (digest, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if all := sortedDigests(s.set); len(all) > 0 {
		return all[0], nil
	}
	var secret digest
	_, err := rand.Read(secret[:])
	return secret, err
}

func sortedDigests[V any](m map[digest]V) []digest {
	out := make([]digest, 0, len(m))
	for d := range m {
		out = append(out, d)
	}
	slices.SortFunc(out, func(a, b digest) int { return bytes.Compare(a[:], b[:]) })
	return out
}

// add takes more in and writes the file.
func (s *stones) add(more graves) error {
	s.mu.Lock()
	for secret, digests := range more {
		for d := range digests {
			s.set.add(secret, d)
			s.unfiled = true
		}
	}
	s.mu.Unlock()
	return s.write()
}

// write writes the file, if it lacks any: also after it failed to.
func (s *stones) write() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.unfiled {
		return nil
	}
	err := writeFile(s.path, s.set.text())
	s.unfiled = err != nil
	return err
}

func (g graves) text() []byte {
	var b bytes.Buffer
	fmt.Fprintln(&b, stonesHead)
	for _, secret := range sortedDigests(g) {
		fmt.Fprintf(&b, "secret %x\n", secret)
		for _, d := range sortedDigests(g[secret]) {
			fmt.Fprintf(&b, "%x\n", d)
		}
	}
	return b.Bytes()
}

var errStones = errors.New("the file of tombstones, the keys of erased patients, is damaged: put it back from a copy; without it those who were erased could be taken in again")

// readGraves reads the file; there is none before the first erasure.
func readGraves(path string) (graves, error) {
	out := graves{}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return out, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the file of tombstones: %w", err)
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	if !lines.Scan() || lines.Text() != stonesHead {
		return nil, errStones
	}
	var secret *digest
	for lines.Scan() {
		line, isSecret := strings.CutPrefix(lines.Text(), "secret ")
		var d digest
		if n, err := hex.Decode(d[:], []byte(line[:min(len(line), 2*len(d))])); err != nil || n != len(d) || len(line) != 2*len(d) {
			return nil, errStones
		}
		switch {
		case isSecret:
			secret = &d
		case secret == nil:
			return nil, errStones
		default:
			out.add(*secret, d)
		}
	}
	return out, lines.Err()
}

// writeFile writes a file that is whole after a power failure: the old one or the new one.
func writeFile(path string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-*") // for its owner alone
	if err != nil {
		return fmt.Errorf("writing beside the store: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err == nil {
		err = syncFolder(filepath.Dir(path))
	}
	if err != nil {
		return fmt.Errorf("writing beside the store: %w", err)
	}
	return nil
}

func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// inDatabase reads the tombstones that the database has.
func (s *Store) inDatabase(ctx context.Context) (graves, error) {
	out := graves{}
	rows, err := s.query(ctx, `SELECT secret, digest FROM tombstone`)
	err = each(rows, err, func(scan func(...any) error) error {
		var secret, d []byte
		if err := scan(&secret, &d); err != nil {
			return err
		}
		if len(secret) != len(digest{}) || len(d) != len(digest{}) {
			return errStones
		}
		out.add(digest(secret), digest(d))
		return nil
	})
	return out, wrap("reading tombstones", err)
}

func (t *tx) bury(more graves) error {
	var rows [][]any
	for secret, digests := range more {
		for d := range digests {
			rows = append(rows, []any{bytes.Clone(secret[:]), bytes.Clone(d[:])})
		}
	}
	return t.insert(table{"tombstone (secret, digest)", 2, " ON CONFLICT DO NOTHING"}, rows)
}

// Erased tells which keys may not be taken in, in the order asked.
func (s *Store) Erased(_ context.Context, keys []chart.Key) (out []chart.Key, err error) {
	for _, k := range keys {
		if s.stones.over(keyOf(k)) {
			out = append(out, k)
		}
	}
	return out, nil
}
