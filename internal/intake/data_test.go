package intake

import (
	"archive/zip"
	"context"
	"os"
	"path/filepath"
	"testing"

	"prescreen/internal/chart"
)

// sharedData finds an archive of public data beside the repository; tests that need it are skipped where it is absent.
func sharedData(t testing.TB, name string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above: cannot find the public data")
		}
	}
	path := filepath.Join(dir, "..", "shared", "data", name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("public data %s is not here", name)
	}
	return path
}

// members gives the files of an archive of public data.
func members(t testing.TB, name string) (names []string, files [][]byte) {
	t.Helper()
	z, err := zip.OpenReader(sharedData(t, name))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	for _, f := range z.File {
		if f.FileInfo().IsDir() {
			continue
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b := make([]byte, f.UncompressedSize64)
		if _, err := readFull(r, b); err != nil {
			t.Fatal(err)
		}
		r.Close()
		names, files = append(names, f.Name), append(files, b)
	}
	return names, files
}

// readAll reads paths and gives all charts with their cold part.
func readAll(t testing.TB, o Options, paths ...string) (*Cohort, []*chart.Chart) {
	t.Helper()
	c, err := Read(context.Background(), o, paths, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	var charts []*chart.Chart
	for _, k := range c.Keys() {
		ch, err := c.Chart(k)
		if err != nil {
			t.Fatal(err)
		}
		charts = append(charts, ch)
	}
	sameApart(t, c, charts, o, paths...)
	return c, charts
}
