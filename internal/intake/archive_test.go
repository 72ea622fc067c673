package intake

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
)

func gzipped(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(b); err != nil || w.Close() != nil {
		t.Fatal("gzip")
	}
	return out.Bytes()
}

func zstded(t testing.TB, b []byte) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return w.EncodeAll(b, nil)
}

type archived struct {
	name string
	data []byte
}

func zipped(t testing.TB, files ...archived) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range files {
		m, err := w.Create(f.name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.Write(f.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func tarred(t testing.TB, files ...archived) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, f := range files {
		if err := w.WriteHeader(&tar.Header{Name: f.name, Mode: 0o600, Size: int64(len(f.data))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(f.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestInputsOfEveryForm reads one good patient beside each input and tells what was made of it.
func TestInputsOfEveryForm(t *testing.T) {
	p := []byte(patientNamed("p", ""))
	nd := []byte(lines(patientNamed("p", ""), patientNamed("q", "")))
	zip1 := zipped(t, archived{"a/p.json", p}, archived{"../../../etc/q.ndjson.gz", gzipped(t, nd)}, archived{"readme.txt", []byte("hello")})
	bomb := gzipped(t, append(append([]byte(`{"resourceType":"Patient","id":"`), bytes.Repeat([]byte{'a'}, 40<<20)...), `"}`...))
	for _, c := range []struct {
		name  string
		data  []byte
		want  string // patients, then what was rejected or skipped
		limit Limits
	}{
		{"a.json", p, "p", Limits{}},
		{"noname", p, "p", Limits{}},
		{"bom.json", append([]byte("\xef\xbb\xbf"), p...), "p", Limits{}},
		{"lines-in-a.json", nd, "p q", Limits{}},
		{"document-in-a.ndjson", []byte("{\n\"resourceType\":\"Patient\",\n\"id\":\"p\"\n}\n"), "p", Limits{}},
		{"several.json", []byte("{\"resourceType\":\"Patient\",\n\"id\":\"p\"}\n{\"resourceType\":\"Patient\",\n\"id\":\"q\"}"), "p q", Limits{}},
		{"a.json.gz", gzipped(t, p), "p", Limits{}},
		{"a.ndjson.zst", zstded(t, nd), "p q", Limits{}},
		{"gzip-without-a-name", gzipped(t, p), "p", Limits{}},
		{"a.zip", zip1, "p q skipped a.zip:readme.txt", Limits{}},
		{"a.tar", tarred(t, archived{"p.json", p}, archived{"/etc/q.ndjson", nd}), "p q", Limits{}},
		{"a.tgz", gzipped(t, tarred(t, archived{"p.json", p}, archived{"in.zip", zip1})), "p q skipped a.tgz:in.zip:readme.txt", Limits{}},
		{"readme.md", []byte("# hello"), "skipped readme.md", Limits{}},
		{"image.png", []byte("\x89PNG\r\n\x1a\n...."), "skipped image.png", Limits{}},
		{"package.json", []byte(`{"name":"x"}`), "skipped package.json", Limits{}},
		{"empty.json", nil, "rejected empty.json  empty", Limits{}},
		{"space.ndjson", []byte(" \n\n"), "rejected space.ndjson  empty", Limits{}},
		{"words.json", []byte("hello"), "rejected words.json  not JSON", Limits{}},
		{"utf16.json", []byte("\xff\xfe{\x00}\x00"), "rejected utf16.json  not UTF-8 text", Limits{}},
		{"short.json.gz", gzipped(t, p)[:30], "rejected short.json.gz  the packed data is truncated or damaged", Limits{}},
		{"short.json.zst", zstded(t, nd)[:20], "rejected short.json.zst  the packed data is truncated or damaged", Limits{}},
		{"short.zip", zip1[:len(zip1)/2], "rejected short.zip  the packed data is truncated or damaged", Limits{}},
		{"short.tar", tarred(t, archived{"p.json", p}, archived{"q.json", bytes.Repeat([]byte{' '}, 4096)})[:2048], "p rejected short.tar  the packed data is truncated or damaged rejected short.tar:q.json  the packed data is truncated or damaged", Limits{}},
		{"no-checksum.tgz", cut(gzipped(t, tarred(t, archived{"p.json", p})), 4), "p rejected no-checksum.tgz  the packed data is truncated or damaged", Limits{}},
		{"bomb.json.gz", bomb, "rejected bomb.json.gz  unpacks to far more than records do: refused as a zip bomb", Limits{}},
		{"bomb.zip", zipped(t, archived{"p.json", p}, archived{"b.json", bytes.Repeat([]byte{' '}, 40<<20)}), "p rejected bomb.zip:b.json  unpacks to far more than records do: refused as a zip bomb", Limits{}},
		{"large.json.gz", gzipped(t, p), "rejected large.json.gz  unpacks to more than the limit", Limits{Member: 10}},
		{"many.zip", zip1, "rejected many.zip  an archive of more members than the limit", Limits{Members: 2}},
		{"big.zip", zip1, "rejected big.zip  unpacks to more than the limit", Limits{Archive: 100}},
		{"russian.gz", gzipped(t, gzipped(t, gzipped(t, gzipped(t, gzipped(t, gzipped(t, p)))))), "rejected russian.gz  archives inside archives inside archives", Limits{}},
		{"line.ndjson", []byte(lines(patientNamed("p", ""), "{\"text\":", patientNamed("q", ""))), "p q rejected line.ndjson line 2/text ends in the middle of a JSON value", Limits{}},
		{"cut.json", []byte(`{"resourceType":"Bundle","entry":[{"resource":` + patientNamed("p", "") + `},{"resource":{"resourceType":"Obs`), "rejected cut.json /entry/1/resource/resourceType ends in the middle of a JSON value", Limits{}},
		{"twice.json", []byte(`{"resourceType":"Bundle","entry":[{"resource":` + patientNamed("p", "") + `},{"resource":` + patientNamed("q", `,"id":"r"`) + `}]}`), "p rejected twice.json /entry/1/resource/id the same member name twice in one object", Limits{}},
		{"deep.json", []byte(`{"resourceType":"Patient","id":"p","name":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + `}`), "rejected deep.json /name nested beyond 10,000 levels", Limits{}},
		{"two-entries.json", []byte(`{"resourceType":"Bundle","entry":[{"resource":` + patientNamed("p", "") + `}],"entry":[]}`), "rejected two-entries.json /entry the same member name twice in one object", Limits{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, c.name), c.data, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "good.json"), []byte(patientNamed("zz-good", "")), 0o600); err != nil {
				t.Fatal(err)
			}
			got := tellInputs(t, dir, Options{Limits: c.limit})
			if want := strings.TrimSpace(c.want); strings.Join(strings.Fields(got), " ") != strings.Join(strings.Fields(want), " ") {
				t.Errorf("\n got %s\nwant %s", got, want)
			}
			if entries, _ := os.ReadDir(dir); len(entries) != 2 {
				t.Error("something was written beside the inputs")
			}
		})
	}
}

func cut(b []byte, n int) []byte { return b[:len(b)-n] }

// tellInputs reads a folder in which one good patient lies beside the input that is looked at.
func tellInputs(t *testing.T, dir string, o Options) string {
	t.Helper()
	co, charts := readAll(t, o, dir)
	var out []string
	good := false
	for _, ch := range charts {
		if ch.Person.Key.ID == "zz-good" {
			good = true
		} else {
			out = append(out, ch.Person.Key.ID)
		}
	}
	if !good {
		t.Error("the good input was not read")
	}
	for _, r := range co.Rejected {
		out = append(out, fmt.Sprintf("rejected %s %s %s", strings.TrimPrefix(r.Input, dir+"/"), r.Pointer, r.Reason))
	}
	for _, s := range co.Skipped {
		out = append(out, "skipped "+strings.TrimPrefix(s, dir+"/"))
	}
	return strings.Join(out, " ")
}

func TestStandardInputTakesEveryForm(t *testing.T) {
	p := []byte(patientNamed("p", ""))
	for name, data := range map[string][]byte{"json": p, "gzip": gzipped(t, p), "zip": zipped(t, archived{"p.json", p}), "tar.gz": gzipped(t, tarred(t, archived{"p.json", p}))} {
		charts, rejected, err := ReadBundle(t.Context(), Options{TempDir: t.TempDir()}, bytes.NewReader(data))
		if err != nil || len(rejected) > 0 || len(charts) != 1 {
			t.Errorf("%s: %d charts, %v, %v", name, len(charts), rejected, err)
		}
	}
}

func TestNoPatientsIsNoError(t *testing.T) {
	co, charts := readAll(t, Options{}, t.TempDir())
	if len(charts) != 0 || co.Patients != 0 || co.Files != 0 {
		t.Error("something was read out of nothing")
	}
	if _, err := Read(t.Context(), Options{}, []string{filepath.Join(t.TempDir(), "none")}, nil); err == nil {
		t.Error("a path that is not there is an error")
	}
}

// endless is an NDJSON that never stops by itself.
type endless struct{ n int }

func (e *endless) Read(p []byte) (int, error) {
	line := labOf(fmt.Sprint(e.n), ref("Patient/p"), "") + "\n"
	e.n++
	return copy(p, line), nil
}

func TestCancellingEndsReadingAndLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	bytes := int64(0)
	_, err := Read(ctx, Options{Memory: 1 << 16, TempDir: dir, Progress: func(p Progress) {
		if bytes = p.Bytes; bytes > 1<<22 {
			cancel()
		}
	}}, []string{"-"}, io.Reader(&endless{}))
	if err == nil {
		t.Fatal("no error")
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	cancel()
}

func TestSpilledRunsGiveTheSameCharts(t *testing.T) {
	var all []string
	for p := range 40 {
		all = append(all, patientNamed(fmt.Sprintf("p%02d", p), ""))
	}
	for n := range 4000 {
		all = append(all, labOf(fmt.Sprintf("o%04d", n), ref(fmt.Sprintf("Patient/p%02d", n*7%40)), fmt.Sprintf(`,"effectiveDateTime":"2020-01-%02d"`, n%28+1)))
	}
	text := lines(all...)
	dir := folder(t, map[string]string{"a.ndjson": text})
	co, charts := readAll(t, Options{}, dir)
	want := summary(co, charts)
	for _, workers := range []int{1, 3} {
		temp := t.TempDir()
		o := Options{Memory: 1 << 16, TempDir: temp, Workers: workers}
		spilled, err := Read(t.Context(), o, []string{dir}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(spilled.run.fragments.runs); n < 4 {
			t.Fatalf("only %d runs", n)
		}
		if info, err := os.Stat(spilled.run.fragments.dir); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("temporary folder: %v %v", info, err)
		}
		got := make([]string, spilled.Patients)
		err = spilled.Each(t.Context(), workers, func(v Visit) error {
			ch, err := spilled.Chart(v.Chart.Person.Key)
			if err != nil || len(ch.Facts) != len(v.Chart.Facts) {
				return fmt.Errorf("chart again: %v", err)
			}
			for i := range ch.Facts {
				if ch.Facts[i] != v.Chart.Facts[i] {
					return fmt.Errorf("fact %d differs", i)
				}
			}
			got[v.Number] = strings.Join(summary(spilled, charts[:0:0]), "") + tellChart(spilled, v.Number)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if err := spilled.Close(); err != nil {
			t.Error(err)
		}
		if left, _ := os.ReadDir(temp); len(left) > 0 {
			t.Error("the temporary folder was not removed")
		}
	}
}

func tellChart(c *Cohort, n int) string {
	ch, err := c.Chart(c.Keys()[n])
	if err != nil {
		return err.Error()
	}
	line := ch.Person.Key.ID + ":"
	for i := range ch.Facts {
		line += " " + ch.Sources[i].ID + "=L"
	}
	return line
}
