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

// writable tells a place that nothing can be written to, before work is done for it.
func writable(flag, path string) error {
	if path == "" {
		return nil
	}
	switch info, err := os.Stat(path); {
	case err == nil && info.IsDir():
		return wrongUsage("%s %s: this is a folder; name a file in it", flag, path)
	case err == nil && !info.Mode().IsRegular(): // a device would be replaced by a file
		return wrongUsage("%s %s: this is no file that can be replaced", flag, path)
	}
	dir := filepath.Dir(path)
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return wrongUsage("%s %s: there is no folder %s", flag, path, dir)
	}
	temp, err := os.CreateTemp(dir, ".prescreen-*")
	if err != nil {
		return wrongUsage("%s %s: nothing can be written in %s", flag, path, dir)
	}
	return errors.Join(temp.Close(), os.Remove(temp.Name()))
}

// rejectedInputs counts what could not be used.
func rejectedInputs(n int) string {
	if n == 1 {
		return "1 input or resource"
	}
	return fmt.Sprintf("%d inputs or resources", n)
}

func wereRejected(n int) string {
	if n == 1 {
		return rejectedInputs(n) + " was"
	}
	return rejectedInputs(n) + " were"
}

// ofFiles counts files out of all, with the verb that goes with the number.
func ofFiles(n, all int, one, many string) string {
	verb, files := many, "files"
	if n == 1 {
		verb = one
	}
	if all == 1 {
		files = "file"
	}
	return fmt.Sprintf("%d of %d %s %s", n, all, files, verb)
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
