package audit

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// Checkpoint says what a log was: its size and the hash over its entries. Kept apart from the log, it shows whether entries
// were cut off its end, or all of it was written anew.
type Checkpoint struct {
	Size int64
	Root tlog.Hash
}

// ErrNoCheckpoint is a file that holds something else.
var ErrNoCheckpoint = errors.New("this is no checkpoint of an audit log")

const checkpointHead = "prescreen audit log"

// String is a checkpoint as it is kept in a file: three lines, the size and the root in base64 after a heading.
func (c Checkpoint) String() string {
	return fmt.Sprintf("%s\n%d\n%s\n", checkpointHead, c.Size, c.Root)
}

// ParseCheckpoint reads what String wrote.
func ParseCheckpoint(text string) (Checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[0] != checkpointHead || lines[3] != "" {
		return Checkpoint{}, ErrNoCheckpoint
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 {
		return Checkpoint{}, ErrNoCheckpoint
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return Checkpoint{}, ErrNoCheckpoint
	}
	return Checkpoint{size, tlog.Hash(root)}, nil
}

// ReadCheckpoint reads a file; ok is false where there is none.
func ReadCheckpoint(path string) (c Checkpoint, ok bool, err error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Checkpoint{}, false, nil
	}
	if err != nil {
		return Checkpoint{}, false, fmt.Errorf("reading the checkpoint of the audit log: %w", err)
	}
	c, err = ParseCheckpoint(string(text))
	if err != nil {
		return Checkpoint{}, false, fmt.Errorf("%s: %w", path, err)
	}
	return c, true, nil
}

// WriteCheckpoint puts a checkpoint in place of the one in a file, at once: whoever reads finds the older or the newer.
func WriteCheckpoint(path string, c Checkpoint) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("writing the checkpoint of the audit log: %w", err)
		}
	}()
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-*")
	if err != nil {
		return err
	}
	_, err = f.WriteString(c.String())
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return syncFolder(filepath.Dir(path))
}

// syncFolder makes a rename last.
func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
