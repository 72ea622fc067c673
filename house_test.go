// Package house_test holds the project to its own floor plan: the table of packages in ARCHITECTURE.md.
package house_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// floor is one row of the table: what a package may import of this module.
type floor struct {
	anything bool
	may      []string
}

var row = regexp.MustCompile(`^\| (cmd/prescreen|internal/[a-z]+) \| [^|]+ \| ([^|]+) \|$`)

// plan reads the table. A package's row stands above the rows of all it may import, so that arrows only point down.
func plan(t *testing.T) (map[string]floor, []string) {
	t.Helper()
	text, err := os.ReadFile("ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	floors, order := map[string]floor{}, []string{}
	for line := range strings.Lines(string(text)) {
		m := row.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil {
			continue
		}
		f := floor{anything: m[2] == "anything"}
		if m[2] != "–" && !f.anything {
			for name := range strings.SplitSeq(m[2], ", ") {
				f.may = append(f.may, "internal/"+name)
			}
		}
		floors[m[1]] = f
		order = append(order, m[1])
	}
	return floors, order
}

// imports calls yield for every import that a non-test file makes of this module.
func imports(t *testing.T, yield func(dir, file, imported string)) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && (d.Name() == "testdata" || d.Name() == "fixtures" || d.Name() == "tools" || path != "." && d.Name()[0] == '.') {
			if err == nil {
				err = filepath.SkipDir
			}
			return err
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		dir := filepath.ToSlash(filepath.Dir(path))
		yield(dir, path, "")
		for _, i := range f.Imports {
			if name, ok := strings.CutPrefix(strings.Trim(i.Path.Value, `"`), "prescreen/"); ok {
				yield(dir, path, name)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestArrowsOnlyPointDown(t *testing.T) {
	floors, order := plan(t)
	if len(order) < 10 {
		t.Fatalf("the table of ARCHITECTURE.md has %d rows that could be read", len(order))
	}
	for _, dir := range order {
		for _, may := range floors[dir].may {
			if slices.Index(order, may) <= slices.Index(order, dir) {
				t.Errorf("ARCHITECTURE.md: the row of %s must stand above that of %s, which it may import", dir, may)
			}
		}
	}
	read := 0
	imports(t, func(dir, file, imported string) {
		read++
		f, known := floors[dir]
		switch {
		case !known:
			t.Errorf("%s: package %s has no row in the table of ARCHITECTURE.md", file, dir)
		case imported != "" && !f.anything && !slices.Contains(f.may, imported):
			t.Errorf("%s: %s may not import %s", file, dir, imported)
		}
	})
	if read < 50 {
		t.Fatalf("only %d imports were read", read)
	}
}

func TestNoRoomsWithoutATheme(t *testing.T) {
	imports(t, func(dir, file, _ string) {
		switch filepath.Base(dir) {
		case "pkg", "util", "utils", "common", "models", "types", "helpers", "helper", "misc", "shared":
			t.Errorf("%s: the folder's name says nothing about what is in it", file)
		}
	})
}

var clock = regexp.MustCompile(`\btime\.(Now|Since|Until)\(`)

// TestOnlyTheCommandReadsTheClock: time enters once, as the as-of day.
func TestOnlyTheCommandReadsTheClock(t *testing.T) {
	seen := map[string]bool{}
	imports(t, func(dir, file, _ string) {
		if seen[file] || dir == "cmd/prescreen" || dir == "internal/server" {
			return
		}
		seen[file] = true
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if clock.Match(text) {
			t.Errorf("%s reads the clock: only cmd and server may", file)
		}
	})
}
