package screen

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestFunnelCountsAloneAndTogether(t *testing.T) {
	p := planOf(inc("i"), inc("m", isManual), exc("e"), inc("v", isVisit), inc("j"))
	pt := &p.trials[0]
	f := newFunnel(pt)
	for _, answers := range []string{
		"MpNMM", // passes all
		"MpnMM", // passes all, one by silence
		"?pNMM", // open from the first step
		"?pMMM", // open, then out
		"NpNMM", // out from the first step
		"MpNM?", // in, in, then open
	} {
		f.add(pt, answersOf(answers))
	}
	var got []Step
	for _, s := range f {
		s.Criterion = nil
		got = append(got, s)
	}
	want := []Step{
		{Pass: 3, Fail: 1, Open: 2, In: 3, Unknown: 2, Out: 1},
		{Pass: 5, Fail: 1, Open: 0, BySilence: 1, In: 3, Unknown: 1, Out: 2},
		{Pass: 5, Fail: 0, Open: 1, In: 2, Unknown: 2, Out: 2},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// However patients are spread over workers and in whatever order they come, the lists and funnels are the same; each step
// holds everybody; nobody comes back in.
func TestOrderOfArrivalChangesNothing(t *testing.T) {
	p := planOf(inc("i"), inc("j", isRepeatable), exc("e"), exc("s", isSoft), inc("k"))
	letter := rapid.SampledFrom([]byte("MNmna?s+-pb"))
	rapid.Check(t, func(t *rapid.T) {
		patients := rapid.SliceOfN(rapid.SliceOfN(letter, 5, 5), 1, 60).Draw(t, "patients")
		place := rapid.Permutation(indices(len(patients))).Draw(t, "order")
		workers := rapid.IntRange(1, 3).Draw(t, "workers")
		straight, shuffled := []*Tally{p.NewTally()}, []*Tally{}
		for range workers {
			shuffled = append(shuffled, p.NewTally())
		}
		for i := range patients {
			addPatient(straight[0], i, string(patients[i]))
			addPatient(shuffled[place[i]%workers], place[i], string(patients[place[i]]))
		}
		for _, other := range shuffled[1:] {
			shuffled[0].Merge(other)
		}
		a, b := straight[0].Lists()[0], shuffled[0].Lists()[0]
		if diff := cmp.Diff(a.Funnel, b.Funnel); diff != "" {
			t.Fatal(diff)
		}
		for i := range a.Len() {
			if diff := cmp.Diff(a.At(i), b.At(i)); diff != "" {
				t.Fatal(diff)
			}
			if diff := cmp.Diff(a.Shares(i), b.Shares(i)); diff != "" {
				t.Fatal(diff)
			}
		}
		checkFunnel(t, a.Funnel, len(patients))
	})
}

func checkFunnel(t *rapid.T, steps []Step, n int) {
	in, out := n, 0
	for _, s := range steps {
		if s.Pass+s.Fail+s.Open != n || s.In+s.Unknown+s.Out != n {
			t.Fatalf("a step does not hold everybody: %+v of %d", s, n)
		}
		if s.In > in || s.Out < out {
			t.Fatalf("somebody came back in: %+v", s)
		}
		in, out = s.In, s.Out
	}
}

func indices(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// addPatient adds a patient of the first trial by answers alone.
func addPatient(tally *Tally, number int, answers string) {
	pt := &tally.plan.trials[0]
	row := Row{Answers: answersOf(answers), EligibleFrom: NoDay, ClosesOn: NoDay, Newest: NoDay}
	s := pt.stand(&pt.arms[0], row.Answers)
	row.Outcome, row.NearMiss, row.BySilence, row.Open, row.Soft = s.outcome(), s.nearMiss, s.bySilence, s.open, s.softPasses
	tally.Add(&noChart, &Screened{Key: keyed(number), LastContact: NoDay, NextVisit: NoDay, Rows: []Row{row}})
}

func TestPackedKeepsWhatRankingNeeds(t *testing.T) {
	for letter, a := range letters {
		p := pack(&a)
		if p.verdict() != a.Verdict || p.basis() != a.Basis || p.byLast() != a.ByLast || p.waitsForPerson() != a.waitsForPerson() {
			t.Errorf("%c: %08b", letter, p)
		}
		if want := strings.ContainsRune("?s+-b", rune(letter)); p.holdsBack(deciding) != want {
			t.Errorf("%c holds back: %v", letter, !want)
		}
	}
}
