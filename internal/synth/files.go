package synth

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// folder is a Sink of files on disk.
type folder string

func (f folder) Create(name string) (io.WriteCloser, error) {
	file, err := os.Create(filepath.Join(string(f), name))
	if err != nil {
		return nil, fmt.Errorf("creating an output file: %w", err)
	}
	return &buffered{bufio.NewWriterSize(file, 1<<16), file}, nil
}

// buffered is a file whose last bytes are written when it is closed.
type buffered struct {
	*bufio.Writer
	file *os.File
}

func (b *buffered) Close() error {
	if err := b.Flush(); err != nil {
		b.file.Close()
		return err
	}
	return b.file.Close()
}

// save writes one whole file, compressed if asked.
func save(out Sink, name string, content []byte, compressed bool) error {
	if compressed {
		name += ".gz"
	}
	f, err := out.Create(name)
	if err != nil {
		return err
	}
	if compressed {
		f = newArchive(f)
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("writing an output file: %w", err)
	}
	return nil
}

// archive is a compressed file: its header carries no time and no name, so that it depends on its content alone.
type archive struct {
	*gzip.Writer
	file io.Closer
}

func newArchive(f io.WriteCloser) *archive {
	z, err := gzip.NewWriterLevel(f, gzip.BestCompression)
	if err != nil {
		panic(err) // the level is a constant
	}
	return &archive{z, f}
}

func (a *archive) Close() error { return errors.Join(a.Writer.Close(), a.file.Close()) }
