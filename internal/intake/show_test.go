package intake

import (
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

var show = flag.Int64("show", 0, "bytes of generated NDJSON that TestShowMemory reads, such as 2000000000")

// flood is NDJSON of many patients whose results come in no order, made as it is read.
type flood struct {
	left    int64
	rest    []byte
	n       int
	random  *rand.Rand
	patient int
}

const floodPatients = 20_000

func (f *flood) Read(p []byte) (int, error) {
	if len(f.rest) == 0 {
		if f.left <= 0 {
			return 0, io.EOF
		}
		f.rest = f.block()
		f.left -= int64(len(f.rest))
	}
	n := copy(p, f.rest)
	f.rest = f.rest[n:]
	return n, nil
}

func (f *flood) block() []byte {
	var b strings.Builder
	for b.Len() < 1<<18 {
		if f.patient < floodPatients && f.n%20 == 0 {
			fmt.Fprintf(&b, `{"resourceType":"Patient","id":"p%05d","birthDate":"19%02d-05-17","gender":"female"}`+"\n", f.patient, f.patient%100)
			f.patient++
		}
		fmt.Fprintf(&b, `{"resourceType":"Observation","id":"o%09d","meta":{"versionId":"1","lastUpdated":"2021-05-01T10:00:00Z","profile":["http://hl7.org/fhir/us/core/StructureDefinition/us-core-observation-lab"]},"status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory","display":"Laboratory"}]}],"code":{"coding":[{"system":"http://loinc.org","code":"%d-4","display":"A result of the laboratory"}],"text":"A result of the laboratory"},"subject":{"reference":"Patient/p%05d"},"encounter":{"reference":"Encounter/e%09d"},"effectiveDateTime":"20%02d-03-%02dT10:20:30+01:00","issued":"2021-03-03T10:20:30.123+01:00","valueQuantity":{"value":%d.%03d,"unit":"mg/dL","system":"http://unitsofmeasure.org","code":"mg/dL"}}`+"\n",
			f.n, 1000+f.random.IntN(500), f.random.IntN(floodPatients), f.random.IntN(1_000_000), f.random.IntN(22), 1+f.random.IntN(28), f.random.IntN(300), f.random.IntN(1000))
		f.n++
	}
	return []byte(b.String())
}

// TestShowMemory reads as much NDJSON as -show says, in the default memory, and tells the greatest resident size.
// It is a demonstration, not a check: go test -run ShowMemory -show 2000000000 -v
func TestShowMemory(t *testing.T) {
	if *show == 0 {
		t.Skip("only with -show BYTES")
	}
	start := time.Now()
	dir := t.TempDir()
	c, err := Read(t.Context(), Options{TempDir: dir}, []string{"-"}, &flood{left: *show, random: rand.New(rand.NewPCG(1, 1))})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	read := time.Since(start)
	facts := make([]int, runtime.GOMAXPROCS(0))
	if err := c.Each(t.Context(), 0, func(v Visit) error { facts[v.Worker] += len(v.Chart.Facts); return nil }); err != nil {
		t.Fatal(err)
	}
	sum := 0
	for _, n := range facts {
		sum += n
	}
	t.Logf("%d patients, %d facts, %d runs, pass one %.1f s, pass two %.1f s, %s", c.Patients, sum, len(c.run.fragments.runs), read.Seconds(), time.Since(start).Seconds()-read.Seconds(), peakMemory())
}

// peakMemory reads the greatest resident size of this process, where the system tells it.
func peakMemory() string {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return "peak memory unknown here"
	}
	for _, line := range strings.Split(string(b), "\n") {
		if strings.HasPrefix(line, "VmHWM:") {
			return "peak " + strings.TrimSpace(line[6:])
		}
	}
	return "peak memory unknown here"
}

// BenchmarkRead reads a folder of 215 bundles, both passes. Run it with -cpu 1,2 to see what a second core brings; the
// peak of the process is told too.
func BenchmarkRead(b *testing.B) {
	dir := b.TempDir()
	size := int64(0)
	func() {
		names, files := members(b, "synthea-r4.zip")
		for i, f := range files {
			size += int64(len(f))
			if err := os.WriteFile(filepath.Join(dir, filepath.Base(names[i])), f, 0o600); err != nil {
				b.Fatal(err)
			}
		}
	}()
	runtime.GC()
	b.SetBytes(size)
	for b.Loop() {
		c, err := Read(b.Context(), Options{}, []string{dir}, nil)
		if err != nil {
			b.Fatal(err)
		}
		if err := c.Each(b.Context(), 0, func(Visit) error { return nil }); err != nil {
			b.Fatal(err)
		}
		if err := c.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
