package screen_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"prescreen/internal/dates"
	"prescreen/internal/screen"
	"prescreen/internal/verdict"
)

func drawRow(t *rapid.T, criteria int) *screen.Row {
	day := func(label string) dates.Day {
		return rapid.SampledFrom([]dates.Day{screen.NoDay, dates.Max, dates.Min + 1, -1, 0, 1, 18000, 20780, -40000}).Draw(t, label)
	}
	r := &screen.Row{
		Withheld: screen.Why(rapid.IntRange(0, 3).Draw(t, "withheld")), Outcome: screen.Outcome(rapid.IntRange(0, 3).Draw(t, "outcome")),
		NearMiss: rapid.Bool().Draw(t, "near miss"), BySilence: rapid.Bool().Draw(t, "by silence"),
		Arm: rapid.IntRange(0, 300).Draw(t, "arm"), Open: rapid.IntRange(0, 300).Draw(t, "open"), Soft: rapid.IntRange(0, 300).Draw(t, "soft"),
		EligibleFrom: day("from"), ClosesOn: day("closes"), Newest: day("newest"),
	}
	for range criteria {
		a := screen.Answer{
			Verdict: verdict.Verdict(rapid.IntRange(0, 2).Draw(t, "verdict")), ByLast: verdict.Verdict(rapid.IntRange(0, 2).Draw(t, "by last")),
			Basis: verdict.Basis(rapid.IntRange(0, 5).Draw(t, "basis")),
		}
		for range rapid.IntRange(0, 3).Draw(t, "causes") {
			a.Causes = a.Causes.With(verdict.Cause(rapid.IntRange(1, int(verdict.PartialDate)).Draw(t, "cause")))
		}
		r.Answers = append(r.Answers, a)
	}
	return r
}

func TestKeptRowIsTheRow(t *testing.T) {
	got := &screen.Row{Answers: make([]screen.Answer, 3)}
	rapid.Check(t, func(t *rapid.T) {
		want := drawRow(t, rapid.IntRange(0, 20).Draw(t, "criteria"))
		packed := screen.AppendRow([]byte("before"), want)
		if err := screen.DecodeRow(packed[len("before"):], got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
		for n := range len(packed) - len("before") {
			if screen.DecodeRow(packed[len("before"):][:n], got) == nil {
				t.Fatalf("the first %d bytes of %d are taken for a row", n, len(packed))
			}
		}
	})
}

func TestRowOfFourteenCriteriaIsSmall(t *testing.T) {
	r := &screen.Row{Outcome: screen.NeedsReview, Open: 4, EligibleFrom: screen.NoDay, ClosesOn: 20810, Newest: 20775}
	for i := range 14 {
		a := screen.Answer{Verdict: verdict.Met}
		if i%4 == 3 {
			a = screen.Answer{Causes: verdict.Causes(0).With(verdict.NeverRecorded)}
		}
		r.Answers = append(r.Answers, a)
	}
	if n := len(screen.AppendRow(nil, r)); n > 35 {
		t.Errorf("%d bytes", n)
	}
}

func TestDamagedRowIsRefused(t *testing.T) {
	whole := screen.AppendRow(nil, &screen.Row{EligibleFrom: screen.NoDay, ClosesOn: screen.NoDay, Newest: screen.NoDay, Answers: make([]screen.Answer, 1)})
	for name, b := range map[string][]byte{
		"nothing":               {},
		"another format":        append([]byte{2}, whole[1:]...),
		"one byte more":         append(bytes.Clone(whole), 0),
		"a bit that is not one": append([]byte{1, 0x40}, whole[2:]...),
		"verdict 3":             append(bytes.Clone(whole[:len(whole)-1]), 3),
		"by last value 3":       append(bytes.Clone(whole[:len(whole)-1]), 3<<2),
		"basis 6":               append(bytes.Clone(whole[:len(whole)-1]), 6<<4),
		"cause 0":               append(bytes.Clone(whole[:len(whole)-1]), 0x80, 0),
		"cause 30":              append(bytes.Clone(whole[:len(whole)-1]), 0x80, 60),
		"no cause of several":   append(bytes.Clone(whole[:len(whole)-1]), 0x80, 1),
		"more answers":          append(bytes.Clone(whole[:8]), 0x7f),
	} {
		if screen.DecodeRow(b, &screen.Row{}) == nil {
			t.Errorf("%s: taken for a row", name)
		}
	}
}

func FuzzRow(f *testing.F) {
	f.Add(screen.AppendRow(nil, &screen.Row{Withheld: screen.Deceased, EligibleFrom: screen.NoDay, ClosesOn: screen.NoDay, Newest: screen.NoDay}))
	f.Add(screen.AppendRow(nil, &screen.Row{Newest: 20000, Answers: []screen.Answer{{Causes: verdict.Causes(0).With(verdict.Bound).With(verdict.Manual)}}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		var r, again screen.Row
		if screen.DecodeRow(b, &r) != nil {
			return
		}
		packed := screen.AppendRow(nil, &r)
		if err := screen.DecodeRow(packed, &again); err != nil {
			t.Fatalf("%x was unpacked, but packs to %x", b, packed)
		}
		if diff := cmp.Diff(r, again, cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
	})
}
