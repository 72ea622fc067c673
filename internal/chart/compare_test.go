package chart

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"prescreen/internal/dates"
	"prescreen/internal/quantity"
	"prescreen/internal/terms"
)

// glucose is a result of a day, in hours that the hot part does not know.
func glucose(id string, day dates.Day, value int64) Item {
	return Item{
		Fact: Fact{
			Kind: Result, Origin: FromObservation, Status: Final, Form: Number, Begin: dates.On(day), Value: quantity.FromInt(value),
		},
		Codes: []terms.CodeID{7}, ID: []byte(id), Source: &Source{ID: id},
	}
}

func chartOf(p Person, items ...Item) *Chart {
	var b Builder
	for i := range items {
		*b.Grow() = items[i]
	}
	return b.Build(p, nil, true)
}

func TestCompare(t *testing.T) {
	change := func(it Item, f func(*Item)) Item {
		f(&it)
		return it
	}
	a, b, c := glucose("a", 100, 5), glucose("b", 100, 6), glucose("c", 100, 7)
	older := glucose("o", 90, 5)
	for _, x := range []struct {
		name     string
		old, now *Chart
		want     Difference
	}{
		{"nothing", chartOf(Person{}, a, b), chartOf(Person{}, b, a), Difference{}},
		{"one more", chartOf(Person{}, older), chartOf(Person{}, older, a), Difference{Came: []uint32{1}, Contacts: true}},
		{"one more of a day on which there is one", chartOf(Person{}, a, c), chartOf(Person{}, a, b, c), Difference{Came: []uint32{1}}},
		{"one less", chartOf(Person{}, older, a, b), chartOf(Person{}, older, b), Difference{Gone: []uint32{1}}},
		{"another value", chartOf(Person{}, a), chartOf(Person{}, glucose("a", 100, 9)), Difference{Gone: []uint32{0}, Came: []uint32{0}}},
		{"another day", chartOf(Person{}, a, older), chartOf(Person{}, glucose("a", 101, 5), older), Difference{Gone: []uint32{1}, Came: []uint32{1}, Contacts: true}},
		{"the same under another id", chartOf(Person{}, a), chartOf(Person{}, glucose("z", 100, 5)), Difference{}},
		{
			"the two of a day in another order",
			chartOf(Person{}, a, b),
			chartOf(Person{}, glucose("b", 100, 5), glucose("a", 100, 6)),
			Difference{Gone: []uint32{0, 1}, Came: []uint32{0, 1}},
		},
		{
			"a reference range",
			chartOf(Person{}, a),
			chartOf(Person{}, change(a, func(it *Item) { it.Ranges = []ReferenceRange{{HasHigh: true, High: quantity.FromInt(6)}} })),
			Difference{Gone: []uint32{0}, Came: []uint32{0}},
		},
		{
			"an answer",
			chartOf(Person{}, a),
			chartOf(Person{}, change(a, func(it *Item) { it.Answer = []terms.CodeID{3} })),
			Difference{Gone: []uint32{0}, Came: []uint32{0}},
		},
		{
			"a supply",
			chartOf(Person{}, a),
			chartOf(Person{}, change(a, func(it *Item) { it.Supply.Days = 30 })),
			Difference{Gone: []uint32{0}, Came: []uint32{0}},
		},
		{"who he is", chartOf(Person{Gender: Male}), chartOf(Person{Gender: Female}), Difference{Person: true}},
		{"a death", chartOf(Person{}), chartOf(Person{Deceased: true}), Difference{Person: true}},
		{"a language", chartOf(Person{}), chartOf(Person{Languages: []terms.CodeID{1}}), Difference{Person: true}},
		{"a practitioner, whom nobody asks about", chartOf(Person{}), chartOf(Person{Practitioners: []string{"Practitioner/1"}}), Difference{}},
	} {
		got := Compare(x.old, x.now)
		if diff := cmp.Diff(x.want, got); diff != "" {
			t.Errorf("%s: %s", x.name, diff)
		}
		if none := x.want.Person == false && x.want.Gone == nil && x.want.Came == nil; got.None() != none {
			t.Errorf("%s: none is %v", x.name, got.None())
		}
	}
}

// What is in neither Gone nor Came stands in both charts, in one order; a chart does not differ from itself kept.
func TestWhatDoesNotDifferIsInBoth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		old, now := genChart(t), genChart(t)
		d := Compare(old, now)
		var rest [2][]int
		for i, side := range [...]struct {
			c    *Chart
			less []uint32
		}{{old, d.Gone}, {now, d.Came}} {
			if !slices.IsSorted(side.less) {
				t.Fatal("numbers out of order")
			}
			for n := range side.c.Facts {
				if !slices.Contains(side.less, uint32(n)) {
					rest[i] = append(rest[i], n)
				}
			}
		}
		if len(rest[0]) != len(rest[1]) {
			t.Fatalf("%d facts of the one stay, and %d of the other", len(rest[0]), len(rest[1]))
		}
		for k := range rest[0] {
			if !sameFact(old, now, rest[0][k], rest[1][k]) {
				t.Fatalf("fact %d is said to be fact %d", rest[0][k], rest[1][k])
			}
		}
		kept, err := DecodeHot(old.AppendHot(nil))
		if err != nil {
			t.Fatal(err)
		}
		if same := Compare(old, kept); !same.None() {
			t.Fatalf("kept, it differs: %+v", same)
		}
	})
}
