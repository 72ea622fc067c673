package live_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/samply/golang-fhir-models/fhir-models/fhir"

	"prescreen/internal/live"
	"prescreen/internal/trial"
)

// realBundle gives one of Synthea's bundles of living patients, of about 1.2 MB.
func realBundle(b *testing.B) []byte {
	b.Helper()
	dir, err := os.Getwd()
	for err == nil && dir != filepath.Dir(dir) {
		if _, none := os.Stat(filepath.Join(dir, "go.mod")); none == nil {
			break
		}
		dir = filepath.Dir(dir)
	}
	z, err := zip.OpenReader(filepath.Join(dir, "..", "shared", "data", "synthea-r4.zip"))
	if err != nil {
		b.Skip("public data synthea-r4.zip is not here")
	}
	defer z.Close()
	for _, f := range z.File {
		if f.UncompressedSize64 > 1_150_000 && f.UncompressedSize64 < 1_250_000 {
			r, err := f.Open()
			if err != nil {
				b.Fatal(err)
			}
			defer r.Close()
			data, err := io.ReadAll(r)
			if err != nil {
				b.Fatal(err)
			}
			if !bytes.Contains(data, []byte("deceasedDateTime")) { // whoever is dead is screened for nothing
				return data
			}
		}
	}
	b.Skip("no bundle of that size")
	return nil
}

// another gives the bundle of another patient: one whose identifiers nobody has.
func another(b *testing.B, data []byte, n int) []byte {
	b.Helper()
	var bundle struct {
		Entry []struct {
			Resource struct {
				ResourceType string
				Identifier   []struct{ Value string }
			}
		}
	}
	if err := json.Unmarshal(data, &bundle); err != nil {
		b.Fatal(err)
	}
	for _, e := range bundle.Entry {
		for _, i := range e.Resource.Identifier {
			if e.Resource.ResourceType == "Patient" && len(i.Value) > 8 {
				data = bytes.ReplaceAll(data, []byte(i.Value), fmt.Appendf([]byte(i.Value[:len(i.Value)-8]), "%08x", n))
			}
		}
	}
	return data
}

// fiftyTrials puts the shipped trials in force under other ids, until there are fifty.
func fiftyTrials(b *testing.B) *hospital {
	b.Helper()
	book := shipped(b)
	var trials []*trial.Trial
	files := map[string][]byte{}
	for i := 0; len(trials) < 50; i++ {
		t := book.Trials[i%len(book.Trials)]
		name := fmt.Sprintf("t%d.yaml", i)
		source := bytes.Replace(book.Files["trials/"+filepath.Base(t.File)], []byte("\n  id: "+t.ID+"\n"), []byte("\n  id: "+t.ID+"-"+fmt.Sprint(i)+"\n"), 1)
		copied, err := book.Compile(name, source)
		if err != nil {
			b.Fatal(err)
		}
		trials, files[name] = append(trials, copied), source
	}
	h := hospitalWith(b, book)
	if err := h.SetTrials(context.Background(), book, trials, files, live.Actor{}, nil); err != nil {
		b.Fatal(err)
	}
	return h
}

func decodeIntoLibrary(b *testing.B, data []byte) {
	var bundle fhir.Bundle
	if err := json.Unmarshal(data, &bundle); err != nil {
		b.Fatal(err)
	}
	for _, e := range bundle.Entry {
		var kind struct{ ResourceType string }
		err := json.Unmarshal(e.Resource, &kind)
		switch kind.ResourceType {
		case "Patient":
			_, err = fhir.UnmarshalPatient(e.Resource)
		case "Observation":
			_, err = fhir.UnmarshalObservation(e.Resource)
		case "Condition":
			_, err = fhir.UnmarshalCondition(e.Resource)
		case "Encounter":
			_, err = fhir.UnmarshalEncounter(e.Resource)
		case "Procedure":
			_, err = fhir.UnmarshalProcedure(e.Resource)
		case "MedicationRequest":
			_, err = fhir.UnmarshalMedicationRequest(e.Resource)
		case "DiagnosticReport":
			_, err = fhir.UnmarshalDiagnosticReport(e.Resource)
		case "Claim":
			_, err = fhir.UnmarshalClaim(e.Resource)
		case "ExplanationOfBenefit":
			_, err = fhir.UnmarshalExplanationOfBenefit(e.Resource)
		case "Immunization":
			_, err = fhir.UnmarshalImmunization(e.Resource)
		case "CarePlan":
			_, err = fhir.UnmarshalCarePlan(e.Resource)
		case "CareTeam":
			_, err = fhir.UnmarshalCareTeam(e.Resource)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}

// oneFsync is how long it takes to make a small write durable.
func oneFsync(b *testing.B, file *os.File) time.Duration {
	start := time.Now()
	if _, err := file.Write(make([]byte, 4096)); err != nil {
		b.Fatal(err)
	}
	if err := file.Sync(); err != nil {
		b.Fatal(err)
	}
	return time.Since(start)
}

func plainFile(b *testing.B) *os.File {
	f, err := os.Create(filepath.Join(b.TempDir(), "plain"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { f.Close() })
	return f
}

// cpu is the processor time that this process has used.
func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkBundle takes in a real bundle with 50 trials in force, durable, as a ratio to decoding the same bytes with
// encoding/json into the library's types plus one fsync.
func BenchmarkBundle(b *testing.B) {
	data := realBundle(b)
	h := fiftyTrials(b)
	file := plainFile(b)
	var ours, used, decode, decodeUsed, fsync time.Duration
	n := 0
	for b.Loop() {
		b.StopTimer()
		one := another(b, data, n)
		b.StartTimer()
		start, before := time.Now(), cpu()
		batch := h.batchOf(one)
		batch.Source = fmt.Sprintf("feed-%d", n) // so that all other ids are new too
		if _, err := h.Apply(context.Background(), batch); err != nil {
			b.Fatal(err)
		}
		ours += time.Since(start)
		used += cpu() - before
		n++
		b.StopTimer()
		start, before = time.Now(), cpu()
		decodeIntoLibrary(b, data)
		decode += time.Since(start)
		decodeUsed += cpu() - before
		fsync += oneFsync(b, file)
		b.StartTimer()
	}
	b.ReportMetric(ours.Seconds()/(decode+fsync).Seconds(), "ratio-to-decode+fsync")
	b.ReportMetric(used.Seconds()/decodeUsed.Seconds(), "cpu-to-cpu-of-decode")
	b.ReportMetric(fsync.Seconds()/float64(n)*1000, "ms-fsync")
}

// BenchmarkObservation takes in a single new result of a patient with a real record, with 50 trials in force.
func BenchmarkObservation(b *testing.B) {
	data := realBundle(b)
	h := fiftyTrials(b)
	h.post(data)
	id := ""
	for _, r := range h.batchOf(data).Document.Resources {
		if r.Type == "Patient" {
			id = r.ID
		}
	}
	file := plainFile(b)
	for i := range 4 { // results of before
		h.put(hba1c(fmt.Sprintf("b%d", i), "Patient/"+id, fmt.Sprintf("7.%d", 2*i), firstDay.AddDate(0, -i-1, 0).Format(time.DateOnly)))
	}
	var ours, used, fsync time.Duration
	var evaluated int64
	n := 0
	for b.Loop() {
		day := firstDay.AddDate(0, 0, n%28-28).Format(time.DateOnly)
		result := collection(hba1c(fmt.Sprintf("o%d", n), "Patient/"+id, fmt.Sprintf("7.%d", n%9), day))
		before := h.Counts()
		start, had := time.Now(), cpu()
		h.post(result)
		ours += time.Since(start)
		used += cpu() - had
		evaluated += h.Counts().TrialsScreened - before.TrialsScreened
		b.StopTimer()
		fsync += oneFsync(b, file)
		h.delete("Observation", fmt.Sprintf("o%d", n)) // so that the record is as long for the next
		n++
		b.StartTimer()
	}
	b.ReportMetric(ours.Seconds()/fsync.Seconds(), "ratio-to-fsync")
	b.ReportMetric(used.Seconds()/fsync.Seconds(), "cpu-to-fsync")
	b.ReportMetric(fsync.Seconds()/float64(n)*1000, "ms-fsync")
	b.ReportMetric(used.Seconds()/float64(n)*1000, "ms-cpu")
	b.ReportMetric(float64(evaluated)/float64(n), "trials-evaluated")
}

// BenchmarkTwentySenders takes real bundles in from twenty senders at once, each of whom sends the next when one is
// acknowledged: how much of all cores is busy, and how much memory is taken.
func BenchmarkTwentySenders(b *testing.B) {
	const senders, each = 20, 5
	data := realBundle(b)
	h, dir := fiftyTrials(b), b.TempDir()
	sent := func(i int) string { return filepath.Join(dir, fmt.Sprint(i)) }
	var taken, busy time.Duration
	var wish time.Duration
	var most int64
	n := 0
	for b.Loop() {
		b.StopTimer()
		for i := range senders * each { // in files, as what is still to come over the network is not in memory
			if err := os.WriteFile(sent(i), another(b, data, senders*each*n+i), 0o600); err != nil {
				b.Fatal(err)
			}
		}
		debug.FreeOSMemory() // what it took to make them
		stop := make(chan struct{})
		var watch sync.WaitGroup
		watch.Go(func() {
			for {
				most = max(most, resident(b))
				select {
				case <-stop:
					return
				case <-time.After(20 * time.Millisecond):
				}
			}
		})
		b.StartTimer()
		start, before, wished := time.Now(), cpu(), wanted()
		var group sync.WaitGroup
		for sender := range senders {
			group.Go(func() {
				for i := range each {
					bundle, err := os.ReadFile(sent(sender*each + i))
					if err != nil {
						b.Error(err)
						return
					}
					batch := h.batchOf(bundle)
					batch.Source = fmt.Sprintf("feed-%d-%d-%d", n, sender, i)
					if _, err := h.Apply(context.Background(), batch); err != nil {
						b.Error(err)
					}
				}
			})
		}
		group.Wait()
		taken += time.Since(start)
		busy += cpu() - before
		wish += wanted() - wished
		n++
		close(stop)
		watch.Wait()
	}
	b.ReportMetric(busy.Seconds()/taken.Seconds()/float64(runtime.GOMAXPROCS(0)), "of-all-cores")
	b.ReportMetric(wish.Seconds()/taken.Seconds()/float64(runtime.GOMAXPROCS(0)), "of-all-cores-wanted")
	b.ReportMetric(float64(most)/1e6, "MB-at-most")
	b.ReportMetric(taken.Seconds()/float64(senders*each*n)*1000, "ms/bundle")
	b.ReportMetric(busy.Seconds()/float64(senders*each*n)*1000, "ms-cpu/bundle")
}

// wanted is how long the threads of this process have run or waited for a core: what it would have used of a machine that
// nobody else uses.
func wanted() (sum time.Duration) {
	files, _ := filepath.Glob("/proc/self/task/*/schedstat")
	for _, f := range files {
		text, _ := os.ReadFile(f)
		var ran, waited time.Duration
		_, _ = fmt.Sscan(string(text), &ran, &waited)
		sum += ran + waited
	}
	return sum
}

// resident is how much memory this process has taken from the system: databases and all, not what Go alone knows of.
func resident(b *testing.B) int64 {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		b.Skip("there is no /proc to read the memory of this process from")
	}
	var all, pages int64
	if _, err := fmt.Sscan(string(text), &all, &pages); err != nil {
		b.Error(err)
	}
	return pages * int64(os.Getpagesize())
}

// BenchmarkList makes the list of a trial with 10,000 patients anew, as a ratio to reading its rows.
func BenchmarkList(b *testing.B) {
	h := newHospital(b, metformin)
	for part := range 20 {
		var list []resource
		for i := range 500 {
			id := fmt.Sprintf("p%d-%d", part, i)
			list = append(list, patient(id), diabetes("c"+id, "Patient/"+id, "2020-01-01"),
				hba1c("o"+id, "Patient/"+id, fmt.Sprintf("%d.%d", 6+i%4, i%10), fmt.Sprintf("2026-%02d-12", 1+i%11)))
		}
		h.put(list...)
	}
	version := h.Trials()[0].Version.No
	var ours, read time.Duration
	n := 0
	for b.Loop() {
		b.StopTimer()
		h.put(hba1c("o", "Patient/p0-0", fmt.Sprintf("7.%d", n%10), "2026-11-12")) // so that it is another
		start, rows := time.Now(), 0
		err := h.store.EachRow(context.Background(), version, func(*live.Chart, []byte) error { rows++; return nil })
		if err != nil || rows != 10_000 {
			b.Fatal(rows, err)
		}
		read += time.Since(start)
		b.StartTimer()
		start = time.Now()
		of, err := h.List(context.Background(), metformin)
		if err != nil || of.Len() != 10_000 {
			b.Fatal(err)
		}
		ours += time.Since(start)
		n++
	}
	b.ReportMetric(ours.Seconds()/read.Seconds(), "ratio-to-reading-rows")
}
