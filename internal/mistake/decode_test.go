package mistake_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prescreen/internal/mistake"
)

var update = flag.Bool("update", false, "write the mistakes as they are now, to be read before they are kept")

// sample is a file with everything that Decode knows.
type sample struct {
	mistake.Place
	Format mistake.Text   `key:"format" words:"1"`
	Title  mistake.Text   `key:"title,required"`
	Open   bool           `key:"open"`
	Steps  []step         `key:"steps"`
	Rule   mistake.Text   `key:"rule,block"`
	Words  []mistake.Text `key:"words"`
	Anchor mistake.Text   `key:"anchor"`
	Pairs  mistake.Pairs  `key:"pairs"`
	Empty  mistake.Text   `key:"empty"`
	Other  *sub           `key:"other"`
	Raw    *mistake.Node  `key:"raw"`
}

type step struct {
	mistake.Place
	Name mistake.Text `key:"name,required,bare"`
}

type sub struct {
	Rule mistake.Text `key:"rule,block"`
}

func decode(file string, data []byte) (sample, mistake.List) {
	var s sample
	list := mistake.Decode(mistake.NewPage(file, data), &s)
	list.Sort()
	return s, list
}

// Each .bad.yaml stands beside the mistakes that its author should read, word for word.
func TestMistakesOfBadFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/*.bad.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no bad files")
	}
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			data, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			_, list := decode(filepath.Base(f), data)
			got := list.Error() + "\n"
			golden := strings.TrimSuffix(f, ".yaml") + ".txt"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), got); d != "" {
				t.Error(d)
			}
		})
	}
}
