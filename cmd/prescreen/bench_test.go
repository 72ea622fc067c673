package main

import (
	"archive/zip"
	"context"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"prescreen/internal/dates"
	"prescreen/internal/intake"
	"prescreen/internal/report"
)

// bundles is a folder of real bundles, unpacked; the benchmark is skipped where there are none.
func bundles(b *testing.B) string {
	archive, err := zip.OpenReader(filepath.Join("..", "..", "..", "shared", "data", "synthea-r4.zip"))
	if err != nil {
		b.Skip("no synthea-r4.zip in ../shared/data")
	}
	defer archive.Close()
	dir := b.TempDir()
	if err := os.CopyFS(dir, archive); err != nil {
		b.Fatal(err)
	}
	return dir
}

// BenchmarkScreen compares CPU and wall time of a whole screening with reading alone: over the same bundles, four trials,
// every candidate written as JSON; and one core with two.
func BenchmarkScreen(b *testing.B) {
	path := bundles(b)
	r, err := readRules("../../rules", []string{"vitamin-d", "dapagliflozin-ckd", "intensive-bp", "semaglutide-cvd"}, "", io.Discard)
	if err != nil {
		b.Fatal(err)
	}
	var read, whole, one, two time.Duration
	for b.Loop() {
		cpu, _ := timed(b, 2, func() error { return screenFile(b.Context(), r, path, false) })
		read += cpu
		cpu, wall := timed(b, 2, func() error { return screenFile(b.Context(), r, path, true) })
		whole, two = whole+cpu, two+wall
		_, wall = timed(b, 1, func() error { return screenFile(b.Context(), r, path, true) })
		one += wall
	}
	b.ReportMetric(float64(whole)/float64(read), "cpu/read")
	b.ReportMetric(float64(one)/float64(two), "wall1/wall2")
}

// screenFile reads an archive and, if asked, screens it.
func screenFile(ctx context.Context, r *rules, path string, all bool) error {
	cohort, err := intake.Read(ctx, intake.Options{Zone: r.Site.Location}, []string{path}, nil)
	if err != nil {
		return err
	}
	if !all {
		return cohort.Close()
	}
	defer cohort.Close()
	day := dates.NewDay(2021, 4, 1)
	plan := r.plan(cohort, day)
	tally, err := screenAll(ctx, plan, cohort, runtime.GOMAXPROCS(0))
	if err != nil {
		return err
	}
	self := tally.Report()
	document := report.Document{Run: runOf(r, cohort, day, &self)}
	var s screening
	describer := newDescriber(plan, cohort, 0)
	for i, list := range tally.Lists() {
		document.Trials = append(document.Trials, s.listed(ctx, plan.Trials()[i], list, describer))
	}
	return report.Write(io.Discard, "json", &document, report.Options{})
}

// timed gives the CPU and wall time of a call on so many cores.
func timed(b *testing.B, cores int, f func() error) (cpu, wall time.Duration) {
	b.Helper()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
	runtime.GC()
	began, used := time.Now(), cpuTime()
	if err := f(); err != nil {
		b.Fatal(err)
	}
	return cpuTime() - used, time.Since(began)
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
