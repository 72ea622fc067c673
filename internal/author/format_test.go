package author_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"prescreen/internal/author"
	"prescreen/internal/mistake"
	"prescreen/internal/site"
)

func formatted(t interface{ Fatalf(string, ...any) }, name string, data []byte) []byte {
	out, err := author.Format(name, data, site.FileShape())
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, data)
	}
	return out
}

// Ugly files beside what they become.
func TestFormatOfUglyFiles(t *testing.T) {
	files, _ := filepath.Glob("testdata/fmt/*.yaml")
	if len(files) == 0 {
		t.Fatal("no file")
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		out := formatted(t, f, data)
		golden(t, strings.TrimSuffix(f, ".yaml")+".golden", out)
		if again := formatted(t, f, out); !bytes.Equal(again, out) {
			t.Errorf("%s: a second time it becomes\n%s", f, again)
		}
	}
}

func TestShippedFilesHaveTheCommonStyle(t *testing.T) {
	for _, f := range shipped(t) {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if out := formatted(t, f, data); !bytes.Equal(out, data) {
			t.Errorf("%s differs from the common style: prescreen fmt", f)
		}
	}
}

func shipped(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, pattern := range []string{"trials/*.yaml", "valuesets/*.yaml", "site.yaml"} {
		files, err := filepath.Glob("../../rules/" + pattern)
		if err != nil || len(files) == 0 {
			t.Fatal("no shipped file ", pattern)
		}
		all = append(all, files...)
	}
	return all
}

// A file that was spoilt at random is written without losing anything, and writing it again changes nothing.
func TestFormatLosesNothing(t *testing.T) {
	var texts [][]byte
	names := append(shipped(t), "testdata/fmt/trial.yaml", "testdata/fmt/site.yaml", "../trial/testdata/whole.good.yaml")
	for _, f := range names {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, data)
	}
	rapid.Check(t, func(t *rapid.T) {
		i := rapid.IntRange(0, len(texts)-1).Draw(t, "file")
		spoilt := spoil(t, string(texts[i]))
		out, err := author.Format(names[i], []byte(spoilt), site.FileShape())
		if err == author.ErrNotFormed || err == author.ErrLeft { // never written wrongly is what matters here
			return
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, spoilt)
		}
		if !bytes.Equal(formatted(t, names[i], out), out) {
			t.Fatalf("a second time it differs\n%s", out)
		}
		for line := range strings.Lines(spoilt) {
			if text := strings.TrimSpace(line); strings.HasPrefix(text, "#") && !strings.Contains(string(out), text) {
				t.Fatalf("lost %q", text)
			}
		}
	})
}

// spoil makes a file ugly: comments, empty lines, blanks at the ends of lines, deeper indentation, keys in another order.
func spoil(t *rapid.T, text string) string {
	rows := strings.Split(strings.TrimRight(text, "\n"), "\n")
	for range rapid.IntRange(1, 8).Draw(t, "times") {
		at := rapid.IntRange(0, len(rows)-1).Draw(t, "line")
		blanks := strings.Repeat(" ", len(rows[at])-len(strings.TrimLeft(rows[at], " ")))
		switch rapid.IntRange(0, 4).Draw(t, "how") {
		case 0:
			rows = append(rows[:at:at], append([]string{blanks + "# spoilt"}, rows[at:]...)...)
		case 1:
			rows = append(rows[:at:at], append([]string{"", ""}, rows[at:]...)...)
		case 2:
			rows[at] += "   "
		case 3: // all that is indented as deeply as this line, or more, goes deeper
			for i := range rows {
				if strings.HasPrefix(rows[i], blanks+" ") {
					rows[i] = "  " + rows[i]
				}
			}
		case 4: // two neighbours change places
			if at+1 < len(rows) {
				rows[at], rows[at+1] = rows[at+1], rows[at]
			}
		}
	}
	return strings.Join(rows, "\n") + "\n"
}

func FuzzFormat(f *testing.F) {
	files, _ := filepath.Glob("testdata/fmt/*.yaml")
	for _, name := range files {
		data, _ := os.ReadFile(name)
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		out, err := author.Format("x.yaml", data, site.FileShape())
		if err != nil {
			return
		}
		again, err := author.Format("x.yaml", out, site.FileShape())
		if err != nil || !bytes.Equal(again, out) {
			t.Fatalf("%v\n%q\n%q\n%q", err, data, out, again)
		}
		a, _ := mistake.NewPage("x.yaml", out).Tree()
		if a == nil {
			t.Fatalf("%q cannot be read", out)
		}
	})
}
