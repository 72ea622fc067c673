package intake

import (
	"bytes"
	"context"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"testing"

	"prescreen/internal/chart"
)

// gatherPaths reads the inputs that a cohort was read from resource by resource, in its dictionary, and gathers what was
// packed in another order.
func gatherPaths(t testing.TB, c *Cohort, o Options, paths ...string) *Cohort {
	t.Helper()
	o.Dictionary, o.Units = c.Dictionary, c.Units
	type parcel struct {
		source string
		packed []byte
	}
	var mu sync.Mutex
	var all []parcel
	take := func(source string, list []Resource) {
		mu.Lock()
		defer mu.Unlock()
		for i := range list {
			checkResource(t, &list[i])
			if list[i].Packed != nil {
				all = append(all, parcel{source, bytes.Clone(list[i].Packed)})
			}
		}
	}
	_, err := ReadTexts(context.Background(), o, paths, nil, func(x Text) error {
		if !x.Lines {
			doc, err := ReadDocument(o, x.Data)
			if err == nil {
				take(x.Source, doc.Resources)
			}
			return err
		}
		for line := range bytes.SplitSeq(x.Data, []byte{'\n'}) {
			if space(line, 0) == len(line) {
				continue
			}
			r, err := ReadResource(o, line)
			if err != nil {
				return err
			}
			list := []Resource{*r}
			if r.Type == "Bundle" {
				doc, err := ReadDocument(o, line)
				if err != nil {
					return err
				}
				list = doc.Resources
			}
			take(x.Source, list)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	rand.New(rand.NewPCG(3, 4)).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	g := NewGathering(o)
	for _, p := range all {
		if err := g.Add(p.source, p.packed); err != nil {
			t.Fatal(err)
		}
	}
	gathered, err := g.Cohort()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { gathered.Close() })
	return gathered
}

// checkResource holds what is true of every resource that was read apart.
func checkResource(t testing.TB, r *Resource) {
	t.Helper()
	switch {
	case r.Packed != nil && !r.Kept:
		t.Errorf("%s: packed and not kept", r.Pointer)
	case r.Kept && r.ID == "":
		t.Errorf("%s: kept without an id", r.Pointer)
	case r.Kept && r.Packed == nil && len(r.Problems) == 0:
		t.Errorf("%s: neither packed nor refused", r.Pointer)
	}
	for _, p := range r.Problems {
		if p.Path == "" || p.Reason == "" {
			t.Errorf("a problem without place or reason: %+v", p)
		}
	}
}

// sameCohort asks that two cohorts of one dictionary are one to whoever looks; charts are those of the first.
func sameCohort(t testing.TB, want *Cohort, charts []*chart.Chart, got *Cohort) {
	t.Helper()
	if !slices.Equal(want.Keys(), got.Keys()) || want.Patients != got.Patients {
		t.Errorf("gathered patients %v, read %v", got.Keys(), want.Keys())
		return
	}
	for _, a := range charts {
		b, err := got.Chart(a.Person.Key)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(a.AppendHot(nil), b.AppendHot(nil)) || !bytes.Equal(a.AppendCold(nil), b.AppendCold(nil)) {
			t.Errorf("%v: a gathered chart differs from the one read", a.Person.Key)
		}
	}
	if a, b := want.people.unknown+want.run.lost, got.people.unknown+got.run.lost; a != b {
		t.Errorf("gathered %d resources of nobody, read %d", b, a)
	}
}

// sameApart asks that what a cohort was read from gives the same one resource by resource.
func sameApart(t testing.TB, c *Cohort, charts []*chart.Chart, o Options, paths ...string) {
	t.Helper()
	for _, p := range paths {
		if info, err := os.Stat(p); err != nil || !info.IsDir() && !info.Mode().IsRegular() {
			return // a pipe can be read once
		}
	}
	sameCohort(t, c, charts, gatherPaths(t, c, o, paths...))
}
