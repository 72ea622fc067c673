package intake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"prescreen/internal/chart"
	"prescreen/internal/terms"
)

// Cohort is what one run has read: its patients' fragments in memory or spilled, ready to be made into charts.
type Cohort struct {
	Dictionary     *terms.Dictionary
	Units          *chart.Units
	Files          int      // inputs that held FHIR, archive members counted singly
	Skipped        []string // files of folders and archives that are plainly not FHIR: for the person at the terminal
	WithoutPatient int      // inputs that held FHIR and no Patient
	Patients       int      // charts that Each hands out
	Resources      int
	Rejected       []Rejected // in the order of the inputs

	run    *run
	people *people
	shared map[shared]sharedState
	mu     sync.Mutex
	gaps   map[chart.GapKind]int // of the charts of the last Each
}

// Visit is one patient handed out by Each.
type Visit struct {
	Worker int // 0 to workers-1
	Number int // place in the order of keys, from 0
	Chart  *chart.Chart
}

// ErrNoPatient is returned by Chart for a key that the cohort does not hold.
var ErrNoPatient = errors.New("no such patient in this cohort")

// Read is pass one: it reads paths (files, folders, "-" for stdin) and keeps the packed fragments by patient. A bad input
// never ends it; only ctx, a temporary folder that cannot be written, or a path that cannot be opened does.
func Read(ctx context.Context, opts Options, paths []string, stdin io.Reader) (*Cohort, error) {
	inputs, err := findInputs(paths, opts.Sources)
	if err != nil {
		return nil, err
	}
	r := newRun(ctx, opts)
	if err := r.read(inputs, stdin); err != nil {
		return nil, err
	}
	c, err := r.cohort(append(inputs, r.members...))
	if err != nil {
		_ = c.Close()
		return nil, fmt.Errorf("reading records: %w", err)
	}
	return c, nil
}

// read gives all inputs to the workers and waits for them.
func (r *run) read(inputs []*input, stdin io.Reader) error {
	r.done.total = len(inputs)
	for _, in := range inputs {
		r.done.expected += in.size
	}
	wait := r.start()
	for _, in := range inputs {
		r.open.Add(1)
		r.tasks <- func(l *loader) { l.file(in, stdin) }
	}
	r.open.Wait()
	close(r.tasks)
	wait()
	if err := firstError(r.ctx.Err(), r.failed); err != nil {
		_ = r.fragments.remove()
		return fmt.Errorf("reading records: %w", err)
	}
	return nil
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// Each is pass two: it assembles the patients and hands them to visit, which runs in workers goroutines (0: GOMAXPROCS).
// Patients come in chunks in the order of their keys, so each worker sees ascending Numbers. The charts hold no cold part
// and may be kept. The first error ends it.
func (c *Cohort) Each(ctx context.Context, workers int, visit func(Visit) error) error {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	list := c.people.list
	size := max(1, min(256, len(list)/(workers*16)))
	var next atomic.Int64
	var group sync.WaitGroup
	var failure atomic.Pointer[error]
	total := make([]map[chart.GapKind]int, workers)
	for w := range workers {
		total[w] = map[chart.GapKind]int{}
		group.Go(func() {
			a := newAssembler(c)
			defer a.release()
			for {
				lo := int(next.Add(int64(size))) - size
				if lo >= len(list) || failure.Load() != nil {
					return
				}
				err := ctx.Err()
				if err == nil {
					err = c.stretch(a, lo, min(lo+size, len(list)), func(n int, ch *chart.Chart) error {
						for _, g := range ch.Gaps {
							total[w][g.Kind]++
						}
						return visit(Visit{w, n, ch})
					})
				}
				if err != nil {
					failure.CompareAndSwap(nil, &err)
					return
				}
			}
		})
	}
	group.Wait()
	if err := failure.Load(); err != nil {
		return *err
	}
	sum := map[chart.GapKind]int{}
	for _, t := range total {
		for k, n := range t {
			sum[k] += n
		}
	}
	c.mu.Lock()
	c.gaps = sum
	c.mu.Unlock()
	return nil
}

// stretch assembles the patients from lo up to hi of the list.
func (c *Cohort) stretch(a *assembler, lo, hi int, visit func(int, *chart.Chart) error) error {
	rank := c.people.rank
	w, err := c.run.fragments.open(rank[c.people.list[lo]], rank[c.people.list[hi-1]]+1)
	if err != nil {
		return err
	}
	for n := lo; n < hi; n++ {
		ch, err := a.chart(w, c.people.list[n], false)
		if err != nil {
			return err
		}
		if err := visit(n, ch); err != nil {
			return err
		}
	}
	return nil
}

// Chart assembles one patient again, with the cold part, for printing reasons and evidence. Facts have the same numbers as
// in Each. A key that was merged into another gives the merged chart.
func (c *Cohort) Chart(key chart.Key) (*chart.Chart, error) {
	n, ok := c.people.chartOf[key]
	if !ok {
		return nil, ErrNoPatient
	}
	r := c.people.rank[n]
	w, err := c.run.fragments.open(r, r+1)
	if err != nil {
		return nil, err
	}
	a := newAssembler(c)
	defer a.release()
	return a.chart(w, n, true)
}

// Keys gives the patients in the order of Each.
func (c *Cohort) Keys() []chart.Key {
	keys := make([]chart.Key, 0, len(c.people.list))
	for _, n := range c.people.list {
		keys = append(keys, c.run.registry.patients[n].key)
	}
	return keys
}

// Gaps counts the gaps by kind, sorted by it: those of the run and, once an Each has gone through, those of its charts.
func (c *Cohort) Gaps() []GapCount {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := map[chart.GapKind]int{}
	maps.Copy(all, c.gaps)
	if n := c.people.unknown + c.run.lost; n > 0 {
		all[GapSubject] += n
	}
	list := make([]GapCount, 0, len(all))
	for k, n := range all {
		list = append(list, GapCount{k, n})
	}
	slices.SortFunc(list, func(a, b GapCount) int { return strings.Compare(string(a.Kind), string(b.Kind)) })
	return list
}

// Close removes what was spilled.
func (c *Cohort) Close() error { return c.run.fragments.remove() }

// ReadBundle reads one document (a Bundle of any type, a resource, or NDJSON) and gives its charts with their cold part,
// in the order of their keys.
func ReadBundle(ctx context.Context, opts Options, r io.Reader) ([]*chart.Chart, []Rejected, error) {
	opts.Workers = 1
	c, err := Read(ctx, opts, []string{"-"}, r)
	if err != nil {
		return nil, nil, err
	}
	defer c.Close()
	var charts []*chart.Chart
	for _, k := range c.Keys() {
		ch, err := c.Chart(k)
		if err != nil {
			return nil, nil, err
		}
		charts = append(charts, ch)
	}
	return charts, c.Rejected, nil
}
