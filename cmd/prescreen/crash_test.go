package main

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"
)

// killsAsked says how many times a test kills the server; hundreds for a long run.
const killsAsked = "PRESCREEN_KILLS"

func kills(normal int) int {
	if n, err := strconv.Atoi(os.Getenv(killsAsked)); err == nil {
		return n
	}
	if testing.Short() || raced() {
		return min(normal, 3)
	}
	return normal
}

// raced tells whether the race detector is on, which makes SQLite in Go ten times as slow.
func raced() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

// TestServerKilledAtAnyMoment kills a server that several send records to. Whatever it acknowledged is there after each start,
// once and whole, and in the end all of it screens as files of the same records do.
func TestServerKilledAtAnyMoment(t *testing.T) {
	t.Parallel()
	killedAtAnyMoment(t, newWard(t, "", "../../rules"), kills(12))
}

func killedAtAnyMoment(t *testing.T, w *ward, times int) {
	m, patients, random := newModel(), cohort(t), rand.New(rand.NewPCG(1, 2))
	var senders []*sender
	for n := range 4 {
		senders = append(senders, newSender(w, m, patients, n))
	}
	starting, asked := 0, 0
	for n := range times {
		if n%6 == 5 { // also one that is only starting
			p := w.launch()
			time.Sleep(time.Duration(random.Int64N(int64(w.took) + 1)))
			p.kill()
			starting++
			continue
		}
		p := w.serve()
		asked += settled(w, m, senders, p)
		goal := m.acknowledged() + 1 + random.IntN(60)
		var sending sync.WaitGroup
		for _, s := range senders {
			sending.Go(func() { s.run(p.url) })
		}
		for m.acknowledged() < goal && !t.Failed() {
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Duration(random.IntN(20)) * time.Millisecond)
		p.kill()
		sending.Wait()
		if t.Failed() {
			t.Fatalf("after %d kills", n+1)
		}
	}
	p := w.serve()
	asked += settled(w, m, senders, p)
	if code := p.stop(); code != exitDone {
		t.Errorf("exit code %d:\n%s", code, w.lastLog())
	}
	versions, open := m.counts()
	t.Logf("%d kills, %d of them while starting: %d requests acknowledged, %d under way and asked for; %d versions of %d resources",
		times, starting, m.acks, asked, versions, open)
	for name := range m.has {
		m.fresh[name] = true
	}
	m.held(w)
	w.sound()
	m.screensAlike(w)
}

// settled asks a server after what nobody knows, and holds the store against the model.
func settled(w *ward, m *model, senders []*sender, p *process) (asked int) {
	for _, s := range senders {
		if s.open != nil {
			asked++
		}
		s.settle(p.url)
	}
	m.held(w)
	w.auditIsWhole()
	return asked
}

// TestKilledWhileMakingTheStore kills the very first start.
func TestKilledWhileMakingTheStore(t *testing.T) {
	t.Parallel()
	w := &ward{t: t, dir: t.TempDir(), stored: stored{rules: "testdata/small/rules", asOf: "2026-06-30", originals: "full"}}
	for n := range max(2, kills(12)/2) {
		w.stored.db = filepath.Join(t.TempDir(), "store.db")
		p := w.launch()
		time.Sleep(time.Duration(rand.IntN(5+10*n)) * time.Millisecond)
		p.kill()
		w.tokens = nil
		w.letIn()
		if code := w.serve().stop(); code != exitDone {
			t.Error("exit code", code)
		}
		w.sound()
	}
}
