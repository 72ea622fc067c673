package intake

import (
	"slices"
	"testing"
	"time"

	"prescreen/internal/chart"
	"prescreen/internal/terms"
)

// bundleNear gives the bundle of the public files whose size is nearest to a number of bytes.
func bundleNear(t testing.TB, size int) []byte {
	_, files := members(t, "synthea-r4.zip")
	var best []byte
	for _, f := range files {
		if best == nil || max(len(f)-size, size-len(f)) < max(len(best)-size, size-len(best)) {
			best = f
		}
	}
	return best
}

// BenchmarkReadDocument takes bundles of about 1.2 MB apart, and gives the time as a ratio to reading them into charts,
// measured in between, and how large what is packed is.
func BenchmarkReadDocument(b *testing.B) {
	_, files := members(b, "synthea-r4.zip")
	files = slices.DeleteFunc(files, func(f []byte) bool { return len(f) < 800_000 || len(f) > 1_600_000 })
	o := Options{Dictionary: terms.NewDictionary(), Units: chart.NewUnits()}
	var size int64
	for _, f := range files {
		size += int64(len(f))
	}
	b.SetBytes(size)
	var ours, reading time.Duration
	kept, packed, n := 0, 0, 0
	for b.Loop() {
		start := time.Now()
		for _, file := range files {
			doc, err := ReadDocument(o, file)
			if err != nil || len(doc.Problems) > 0 {
				b.Fatal(err, doc.Problems)
			}
			for i := range doc.Resources {
				if r := &doc.Resources[i]; r.Kept {
					kept++
					packed += len(r.Packed)
				}
			}
			n++
		}
		ours += time.Since(start)

		b.StopTimer()
		start = time.Now()
		if decodeAll(b, files) != len(files) {
			b.Fatal("not a chart of each bundle")
		}
		reading += time.Since(start)
		b.StartTimer()
	}
	b.ReportMetric(ours.Seconds()*1e6/float64(n), "us/document")
	b.ReportMetric(ours.Seconds()/reading.Seconds(), "ratio-to-reading")
	b.ReportMetric(float64(packed)/float64(kept), "packed-bytes/resource")
}

// BenchmarkGathering puts one patient of some 600 resources together, and gives the time that this takes beyond assembling
// its chart.
func BenchmarkGathering(b *testing.B) {
	file := bundleNear(b, 1_900_000)
	o := Options{Dictionary: terms.NewDictionary(), Units: chart.NewUnits()}
	doc, err := ReadDocument(o, file)
	if err != nil {
		b.Fatal(err)
	}
	var key chart.Key
	resources := 0
	for i := range doc.Resources {
		if doc.Resources[i].Type == "Patient" {
			key = doc.Resources[i].Subject.Key("")
		}
		if doc.Resources[i].Packed != nil {
			resources++
		}
	}
	var assembling, all time.Duration
	for b.Loop() {
		start := time.Now()
		g := NewGathering(o)
		for i := range doc.Resources {
			if p := doc.Resources[i].Packed; p != nil {
				if err := g.Add("", p); err != nil {
					b.Fatal(err)
				}
			}
		}
		c, err := g.Cohort()
		if err != nil {
			b.Fatal(err)
		}
		middle := time.Now()
		if _, err := c.Chart(key); err != nil {
			b.Fatal(err)
		}
		assembling += time.Since(middle)
		all += time.Since(start)
		if err := c.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(resources), "resources")
	b.ReportMetric((all-assembling).Seconds()*1e6/float64(b.N), "us-beyond-assembly")
	b.ReportMetric((all-assembling).Seconds()/assembling.Seconds(), "ratio-to-assembly")
}
