package intake

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// Archives in archives, each harmless by itself, must not add up: here a few KB become 8 times 8 times 8 times 2 MB.
func TestNestedArchivesShareOneBudget(t *testing.T) {
	layer := []byte(strings.Repeat(" ", 2<<20))
	for range 3 {
		var files []archived
		for i := range 8 {
			files = append(files, archived{fmt.Sprintf("%d.json", i), layer})
		}
		layer = zipped(t, files...)
	}
	dir := t.TempDir()
	for name, b := range map[string][]byte{"bomb.zip": layer, "good.json": []byte(patientNamed("zz-good", ""))} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	co, charts := readAll(t, Options{}, dir)
	if len(charts) != 1 {
		t.Errorf("%d patients", len(charts))
	}
	refused := 0
	for _, r := range co.Rejected {
		if r.Reason == errRatio.Error() {
			refused++
		}
	}
	// Of each outermost member, 16 MB come out before it is refused: most of its 8 archives are never unpacked.
	if refused < 8*7 {
		t.Errorf("%d of %d rejected inputs are called a bomb", refused, len(co.Rejected))
	}
}

// What cannot be read in a folder ends nothing and is named.
func TestAFolderWithWhatIsNoFile(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	for path, b := range map[string]string{filepath.Join(dir, "good.json"): patientNamed("good", ""), filepath.Join(other, "x.json"): patientNamed("x", "")} {
		if err := os.WriteFile(path, []byte(b), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, to := range map[string]string{"gone.json": "nowhere", "loop": ".", "other": other} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe.json"), 0o600); err != nil {
		t.Skip("no named pipes here:", err)
	}
	co, charts := readAll(t, Options{}, dir)
	if len(charts) != 1 {
		t.Errorf("%d patients", len(charts))
	}
	var got []string
	for _, r := range co.Rejected {
		got = append(got, filepath.Base(r.Input)+": "+r.Reason)
	}
	want := []string{"gone.json: " + errRead.Error(), "loop: " + errLink.Error(), "other: " + errLink.Error(), "pipe.json: " + errNoFile.Error()}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got %q", got)
	}
}

// A folder below that may not be opened is named, and its neighbours are read. Root may open everything.
func TestAFolderThatMayNotBeOpened(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may open everything")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "good.json"), []byte(patientNamed("good", "")), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "closed"), 0); err != nil {
		t.Fatal(err)
	}
	co, charts := readAll(t, Options{}, dir)
	if len(charts) != 1 || len(co.Rejected) != 1 || co.Rejected[0].Reason != errRead.Error() {
		t.Errorf("%d patients, rejected %v", len(charts), co.Rejected)
	}
}

// A pipe that nobody writes to keeps a run waiting, but not from being stopped; one with a writer is read to its end.
func TestANamedPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skip("no named pipes here:", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() {
		_, err := Read(ctx, Options{}, []string{path}, nil)
		ended <- err
	}()
	cancel()
	if <-ended == nil {
		t.Error("no error")
	}
	for _, b := range [][]byte{[]byte(patientNamed("p", "")), zipped(t, archived{"p.json", []byte(patientNamed("p", ""))})} {
		again := filepath.Join(t.TempDir(), "pipe")
		if err := syscall.Mkfifo(again, 0o600); err != nil {
			t.Fatal(err)
		}
		go func() { _ = os.WriteFile(again, bytes.Clone(b), 0) }()
		if _, charts := readAll(t, Options{}, again); len(charts) != 1 {
			t.Errorf("%d patients from a pipe", len(charts))
		}
	}
}

// An archive from a pipe that finds no place in the temporary folder is no fault of the archive's: the run fails.
func TestNoPlaceForAnArchiveFromAPipe(t *testing.T) {
	b := zipped(t, archived{"p.json", []byte(patientNamed("p", ""))})
	_, err := Read(t.Context(), Options{TempDir: filepath.Join(t.TempDir(), "none")}, []string{"-"}, bytes.NewReader(b))
	if err == nil || !strings.Contains(err.Error(), "temporary file") {
		t.Errorf("%v", err)
	}
}
