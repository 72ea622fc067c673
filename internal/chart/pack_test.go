package chart

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"prescreen/internal/dates"
	"prescreen/internal/quantity"
	"prescreen/internal/terms"
)

// sameChart compares charts by what they say: empty and absent lists are one.
var sameChart = cmp.Options{
	cmpopts.EquateEmpty(),
	cmp.Comparer(func(a, b quantity.Decimal) bool { return a.String() == b.String() }),
}

func genTime(t *rapid.T, label string) dates.When {
	day := dates.Day(rapid.IntRange(-20000, 40000).Draw(t, label))
	switch rapid.IntRange(0, 5).Draw(t, label+" precision") {
	case 0:
		return dates.When{}
	case 1:
		return dates.On(day)
	case 2:
		return dates.Within(dates.Min, day)
	case 3:
		return dates.Within(day, day+dates.Day(rapid.IntRange(0, 4000).Draw(t, "length")))
	case 4:
		w, err := dates.Parse([]string{"1970", "2021-03", "0001", "9999-12"}[int(day&3)], nil)
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	milli := rapid.Int64Range(-14*3600_000, 38*3600_000).Draw(t, "milli")
	return dates.When{From: day, To: day, Milli: int64(day)*milliPerDay + milli, Precision: dates.ToInstant}
}

func genDecimal(t *rapid.T) quantity.Decimal {
	d, err := quantity.Parse(rapid.SampledFrom([]string{
		"0", "7.0", "-3", "175.98241711129813", "1e30", "0.000000000000000000000000000001", "123456789012345678901234567890", "-0.10",
	}).Draw(t, "decimal"))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func genItem(t *rapid.T, b *Builder) {
	it := b.Grow()
	*it = Item{}
	f := &it.Fact
	f.Kind = Kind(rapid.IntRange(0, int(KindCount)-1).Draw(t, "kind"))
	f.Status = Status(rapid.IntRange(0, int(StatusCount)-1).Draw(t, "status"))
	f.Certainty = Certainty(rapid.IntRange(0, 3).Draw(t, "certainty"))
	f.Origin = Origin(rapid.IntRange(0, int(OriginCount)-1).Draw(t, "origin"))
	f.Form = Form(rapid.IntRange(0, int(OtherForm)).Draw(t, "form"))
	f.Flags = Flags(rapid.IntRange(0, 1<<16-1).Draw(t, "flags")) &^ Repeat
	f.Unit = UnitID(rapid.IntRange(0, 300).Draw(t, "unit"))
	f.Begin, f.End, f.Noted = genTime(t, "begin"), genTime(t, "end"), genTime(t, "noted")
	switch f.Form {
	case Interval:
		f.Value, f.High = genDecimal(t), genDecimal(t)
	case Number, Boolean:
		f.Value = genDecimal(t)
		f.Comparator = quantity.Comparator(rapid.IntRange(0, 4).Draw(t, "comparator"))
	}
	code := rapid.Custom(func(t *rapid.T) terms.CodeID { return terms.CodeID(rapid.IntRange(1, 9).Draw(t, "code")) })
	it.Codes = rapid.SliceOfN(code, 0, 3).Draw(t, "codes")
	it.Answer = rapid.SliceOfN(code, 0, 2).Draw(t, "answer")
	if rapid.Bool().Draw(t, "ranges") {
		it.Ranges = []ReferenceRange{{Low: genDecimal(t), HasLow: true, Normal: true, Sex: Female, AgeLow: 18, AgeHigh: -1}}
	}
	it.Supply = Supply{Days: int32(rapid.IntRange(0, 90).Draw(t, "days")), Refills: int32(rapid.IntRange(0, 3).Draw(t, "refills")), PerDays: int32(rapid.IntRange(0, 7).Draw(t, "per days"))}
	it.ID = []byte(rapid.StringN(0, 4, -1).Draw(t, "id"))
	it.Source = &Source{ID: string(it.ID), Display: rapid.String().Draw(t, "display"), Date: "2021-03"}
}

func genChart(t *rapid.T) *Chart {
	var b Builder
	for range rapid.IntRange(0, 12).Draw(t, "facts") {
		genItem(t, &b)
	}
	p := Person{
		Key: Key{"", rapid.String().Draw(t, "patient")}, Birth: genTime(t, "birth"), Gender: Female, Deceased: rapid.Bool().Draw(t, "deceased"),
		BirthText: "1970", Languages: []terms.CodeID{3}, Practitioners: []string{"Practitioner/1"},
	}
	return b.Build(p, []Gap{{Kind: "status-missing", Resource: "Observation/1", Pointer: "/status"}}, true)
}

func TestPackedChartUnpacksToItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := genChart(t)
		got, err := DecodeHot(want.AppendHot(nil))
		if err != nil {
			t.Fatal(err)
		}
		hot := *want
		hot.Sources, hot.Gaps = nil, nil
		if diff := cmp.Diff(&hot, got, sameChart); diff != "" {
			t.Fatalf("hot part differs:\n%s", diff)
		}
		if err := got.DecodeCold(want.AppendCold(nil)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, sameChart); diff != "" {
			t.Fatalf("cold part differs:\n%s", diff)
		}
		if !bytes.Equal(got.AppendHot(nil), want.AppendHot(nil)) {
			t.Fatal("packing again gives other bytes")
		}
	})
}

func FuzzPacked(f *testing.F) {
	var b Builder
	it := b.Grow()
	*it = Item{Fact: Fact{Kind: Result, Form: Number, Begin: dates.On(18000)}, Codes: []terms.CodeID{1}, Source: &Source{ID: "a"}}
	c := b.Build(Person{Key: Key{"", "p"}}, nil, true)
	f.Add(c.AppendHot(nil), c.AppendCold(nil))
	f.Fuzz(func(t *testing.T, hot, cold []byte) {
		c, err := DecodeHot(hot)
		if err != nil {
			return
		}
		if c.DecodeCold(cold) == nil {
			c.AppendCold(nil)
		}
		again, err := DecodeHot(c.AppendHot(nil))
		if err != nil {
			t.Fatalf("what was unpacked does not pack again: %v", err)
		}
		if len(again.Facts) != len(c.Facts) {
			t.Fatal("facts lost")
		}
	})
}
