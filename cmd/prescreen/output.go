package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"github.com/charmbracelet/colorprofile"
	"golang.org/x/term"

	"prescreen/internal/report"
)

// writeOut hands stdout, or a file that takes its place whole or not at all, to write. The file holds patients' data and is
// its owner's alone.
func writeOut(path string, stdout io.Writer, write func(io.Writer) error) error {
	if path == "" {
		return write(stdout)
	}
	temp, err := os.CreateTemp(filepath.Dir(path), ".prescreen-*") // mode 0600
	if err != nil {
		return fmt.Errorf("making the output file: %w", err)
	}
	defer os.Remove(temp.Name()) // of no effect once it is renamed
	if err := errors.Join(write(temp), temp.Sync(), temp.Close()); err != nil {
		return err
	}
	if err := os.Rename(temp.Name(), path); err != nil {
		return fmt.Errorf("putting the output file in its place: %w", err)
	}
	return nil
}

// placeOf tells how wide a stream's place is and whether it shows colours; a pipe and a file show none.
func placeOf(w io.Writer) report.Options {
	var o report.Options
	if n, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && n > 0 {
		o.Width = n
	}
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return o
	}
	if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
		o.Width = width
	}
	o.Colour = colorprofile.Detect(f, os.Environ()) > colorprofile.ASCII
	return o
}
