package author_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml/parser"

	"prescreen/internal/author"
)

// sixty makes one trial file of sixty criteria of the shipped trials.
func sixty(tb testing.TB) []byte {
	tb.Helper()
	var b strings.Builder
	b.WriteString("format: 1\ntrial: {id: sixty, title: Sixty criteria}\nrules: {version: \"1\", state: draft, authors: [A. Author]}\ncriteria:\n")
	files, _ := filepath.Glob("../../rules/trials/*.yaml")
	n := 0
	for n < 60 {
		for _, f := range files {
			_, rest, _ := strings.Cut(string(mustRead(tb, f)), "\ncriteria:\n")
			criteria, _, _ := strings.Cut(rest, "\ntests:")
			for _, c := range strings.Split("\n"+criteria, "\n  - id: ")[1:] {
				if n++; n <= 60 {
					kind, _, _ := strings.Cut(c, "-")
					_, body, _ := strings.Cut(c, "\n")
					fmt.Fprintf(&b, "  - id: %s-%d\n%s\n", kind, n, strings.TrimRight(body, "\n"))
				}
			}
		}
	}
	return []byte(b.String())
}

func shippedSets(tb testing.TB) map[string][]byte {
	tb.Helper()
	sets := map[string][]byte{}
	files, _ := filepath.Glob("../../rules/valuesets/*.yaml")
	for _, f := range files {
		sets[f] = mustRead(tb, f)
	}
	return sets
}

// BenchmarkCheckSixtyCriteria reports how many times parsing the file's YAML checking it costs: an editor asks for it with
// every keystroke, so it should stay at 5 or below.
func BenchmarkCheckSixtyCriteria(b *testing.B) {
	data, c := sixty(b), author.NewChecker(shippedSets(b))
	if told := c.Trial("sixty.yaml", data).Mistakes; told.HasErrors() {
		b.Fatal(told)
	}
	var parsing, checking time.Duration
	b.ReportAllocs()
	for b.Loop() {
		start := time.Now()
		if _, err := parser.ParseBytes(data, 0); err != nil {
			b.Fatal(err)
		}
		middle := time.Now()
		c.Trial("sixty.yaml", data)
		parsing, checking = parsing+middle.Sub(start), checking+time.Since(middle)
	}
	b.ReportMetric(float64(checking)/float64(parsing), "x-parse")
}
