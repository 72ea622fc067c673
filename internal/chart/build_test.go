package chart

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prescreen/internal/dates"
	"prescreen/internal/quantity"
	"prescreen/internal/terms"
)

func on(t testing.TB, s string) dates.When {
	t.Helper()
	w, err := dates.Parse(s, nil)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func number(t testing.TB, s string) quantity.Decimal {
	t.Helper()
	d, err := quantity.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// build makes a chart of items, added in an order of its own choosing.
func build(order []int, items ...Item) *Chart {
	var b Builder
	for n := range items {
		i := n
		if order != nil {
			i = order[n]
		}
		it := b.Grow()
		*it = items[i]
		it.Source = &Source{ID: string(it.ID)}
	}
	return b.Build(Person{}, nil, true)
}

func repeats(c *Chart) string {
	var out []string
	for i := range c.Facts {
		s := c.Sources[i].ID
		if c.Facts[i].Flags.Has(Repeat) {
			s += "*"
		}
		out = append(out, s)
	}
	return strings.Join(out, " ")
}

// TestFactsAlikeAreOne: semantics, results: alike in kind, code, clinical time as written and value with unit.
func TestFactsAlikeAreOne(t *testing.T) {
	result := func(id, value string, change func(*Item)) Item {
		it := Item{ID: []byte(id), Codes: []terms.CodeID{1, 2}, Fact: Fact{
			Kind: Result, Status: Final, Form: Number, Unit: 1, Value: number(t, value), Begin: on(t, "2021-03-01"),
		}}
		if change != nil {
			change(&it)
		}
		return it
	}
	condition := func(id string, change func(*Item)) Item {
		it := Item{ID: []byte(id), Codes: []terms.CodeID{1}, Fact: Fact{Kind: Diagnosis, Status: Active, Begin: on(t, "2021")}}
		if change != nil {
			change(&it)
		}
		return it
	}
	for _, c := range []struct {
		name  string
		items []Item
		want  string
	}{
		{"the same", []Item{result("a", "7.0", nil), result("b", "7.0", nil), result("c", "7.00", nil)}, "a b* c*"},
		{"codes in another order", []Item{result("a", "7", nil), result("b", "7", func(i *Item) { i.Codes = []terms.CodeID{2, 1} })}, "a b*"},
		{"another value", []Item{result("a", "7", nil), result("b", "8", nil)}, "a b"},
		{"another unit", []Item{result("a", "7", nil), result("b", "7", func(i *Item) { i.Fact.Unit = 2 })}, "a b"},
		{"a bound", []Item{result("a", "7", nil), result("b", "7", func(i *Item) { i.Fact.Comparator = quantity.Less })}, "a b"},
		{"another code too", []Item{result("a", "7", nil), result("b", "7", func(i *Item) { i.Codes = []terms.CodeID{1} })}, "a b"},
		{"another time", []Item{result("a", "7", nil), result("b", "7", func(i *Item) { i.Fact.Begin = on(t, "2021-03-01T08:00:00Z") })}, "a b"},
		{"somebody else's", []Item{result("a", "7", nil), result("b", "7", func(i *Item) { i.Fact.Flags = HasFocus })}, "a b"},
		{"the preliminary twin is the repeat", []Item{result("a", "7", func(i *Item) { i.Fact.Status = Preliminary }), result("b", "7", nil)}, "a* b"},
		{"the cancelled twin is the repeat", []Item{result("a", "7", func(i *Item) { i.Fact.Status = Cancelled }), result("b", "7", nil), result("c", "7", func(i *Item) { i.Fact.Status = OtherStatus })}, "a* b c*"},
		{"texts", []Item{
			result("a", "0", func(i *Item) { i.Fact.Form, i.Text = Text, []byte("positive") }), result("b", "0", func(i *Item) { i.Fact.Form, i.Text = Text, []byte("negative") }),
			result("c", "0", func(i *Item) { i.Fact.Form, i.Text = Text, []byte("positive") }),
		}, "a b c*"},
		{"conditions", []Item{condition("a", nil), condition("b", nil)}, "a b*"},
		{"conditions of two states", []Item{condition("a", nil), condition("b", func(i *Item) { i.Fact.Status = Resolved })}, "a b"},
		{"conditions of two certainties", []Item{condition("a", nil), condition("b", func(i *Item) { i.Fact.Certainty = Refuted })}, "a b"},
		{"conditions of two ends", []Item{condition("a", nil), condition("b", func(i *Item) { i.Fact.End = on(t, "2022") })}, "a b"},
	} {
		for seed := range uint64(5) {
			order := rand.New(rand.NewPCG(seed, 1)).Perm(len(c.items))
			if got := repeats(build(order, c.items...)); got != c.want {
				t.Errorf("%s, in order %v: %s, want %s", c.name, order, got, c.want)
			}
		}
	}
}

func TestFactsStandInOneOrder(t *testing.T) {
	items := []Item{
		{ID: []byte("d"), Fact: Fact{Kind: Result, Begin: on(t, "2021-03-01")}},
		{ID: []byte("c"), Fact: Fact{Kind: Result, Begin: on(t, "2021")}},
		{ID: []byte("b"), Fact: Fact{Kind: Result}},
		{ID: []byte("a"), Position: 2, Fact: Fact{Kind: Result, Begin: on(t, "2021-03-01")}},
		{ID: []byte("a"), Position: 1, Fact: Fact{Kind: Result, Begin: on(t, "2021-03-01")}},
		{ID: []byte("z"), Fact: Fact{Kind: Diagnosis, Begin: on(t, "2022")}, Codes: []terms.CodeID{9, 4}},
	}
	for seed := range uint64(10) {
		c := build(rand.New(rand.NewPCG(seed, 2)).Perm(len(items)), items...)
		var got []string
		for i := range c.Facts {
			got = append(got, fmt.Sprint(c.Sources[i].ID, c.Facts[i].Flags.Has(Repeat)))
		}
		if diff := cmp.Diff([]string{"z false", "b false", "c false", "a false", "a true", "d true"}, splitWords(got)); diff != "" {
			t.Fatal(diff)
		}
		if diff := cmp.Diff([]CodeRef{{4, 0}, {9, 0}}, c.CodesOf(Diagnosis)); diff != "" {
			t.Fatal(diff)
		}
		if first, facts := c.Of(Result); first != 1 || len(facts) != 5 {
			t.Fatalf("results from %d, %d of them", first, len(facts))
		}
	}
}

// splitWords puts a space before the truth values that fmt.Sprint joins to a string.
func splitWords(list []string) []string {
	for i, s := range list {
		for _, w := range []string{"true", "false"} {
			if id, ok := strings.CutSuffix(s, w); ok {
				list[i] = strings.TrimSpace(id) + " " + w
			}
		}
	}
	return list
}

// TestContacts: who was seen, and when; never by an onset, an appointment, a coverage or a flag.
func TestContacts(t *testing.T) {
	for _, c := range []struct {
		name string
		fact Fact
		want string
	}{
		{"visit", Fact{Kind: Visit, Status: Completed, Begin: on(t, "2021-01-01"), End: on(t, "2021-01-05")}, "2021-01-05"},
		{"planned visit", Fact{Kind: Visit, Status: Planned, Begin: on(t, "2021-01-01")}, ""},
		{"result", Fact{Kind: Result, Status: Final, Begin: on(t, "2021-01-02")}, "2021-01-02"},
		{"cancelled result", Fact{Kind: Result, Status: Cancelled, Begin: on(t, "2021-01-02")}, ""},
		{"condition", Fact{Kind: Diagnosis, Begin: on(t, "2011"), Noted: on(t, "2021-01-03")}, "2021-01-03"},
		{"condition only begun", Fact{Kind: Diagnosis, Begin: on(t, "2011-01-01")}, ""},
		{"order", Fact{Kind: Medication, Status: Stopped, Begin: on(t, "2020-01-01"), Noted: on(t, "2021-01-04")}, "2021-01-04"},
		{"draft", Fact{Kind: Medication, Status: Draft, Noted: on(t, "2021-01-04")}, ""},
		{"dispense", Fact{Kind: Medication, Origin: FromMedicationDispense, Status: Completed, Begin: on(t, "2021-01-06")}, "2021-01-06"},
		{"procedure not done", Fact{Kind: Procedure, Status: NotTaken, Begin: on(t, "2021-01-06")}, ""},
		{"appointment", Fact{Kind: Appointment, Status: Planned, Begin: on(t, "2031-01-06")}, ""},
		{"coverage", Fact{Kind: Coverage, Status: Active, Begin: on(t, "2021-01-06")}, ""},
		{"modified", Fact{Kind: Visit, Status: Completed, Begin: on(t, "2021-01-01"), Flags: UnknownModifier}, ""},
	} {
		got := ""
		for _, w := range build(nil, Item{Fact: c.fact}).Contacts {
			got += w.To.String()
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestManyFactsOfOneTimeCostLittle(t *testing.T) {
	items := make([]Item, 20_000)
	for i := range items {
		items[i] = Item{ID: []byte(fmt.Sprint(i)), Codes: []terms.CodeID{1}, Fact: Fact{Kind: Result, Form: Number, Begin: on(t, "2021"), Value: quantity.FromInt(int64(i % 7))}}
	}
	n := 0
	for _, f := range build(nil, items...).Facts {
		if !f.Flags.Has(Repeat) {
			n++
		}
	}
	if n != 7 {
		t.Errorf("%d facts are none's repeat, want 7", n)
	}
}
