package live_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"prescreen/internal/audit"
	"prescreen/internal/chart"
	"prescreen/internal/live"
)

func entry() audit.Entry {
	return audit.Entry{At: firstDay, Who: "ann", Action: audit.Create, Outcome: "ok"}
}

func TestErasedStayAway(t *testing.T) {
	h := newHospital(t, metformin)
	h.fill()
	of := func(p resource) resource {
		return with(p, resource{"identifier": []resource{{"system": localSystem, "value": "7"}}})
	}
	secret := with(diabetes("c9", "Patient/c", "2020-01-01"), resource{"code": concept("https://example.org/local", "of-one-patient")})
	h.put(of(patient("c")), secret, of(patient("d")), hba1c("o9", "Patient?identifier="+localSystem+"|7", "7.9", "2026-11-12"))
	h.check()
	h.now = h.now.Add(time.Minute)
	early := h.batchOf(collection(with(secret, resource{"id": "c10", "subject": ref("Patient/a")}))) // read before, applied after
	if err := h.Erase(context.Background(), h.key("c"), live.Actor{Who: "ann"}); err != nil {
		t.Fatal(err)
	}
	h.check()
	if got := h.put(patient("c"))[0].Status; got != live.WasErased {
		t.Errorf("taken in again: %v", got)
	}
	if _, _, err := h.Person(context.Background(), h.key("c")); !errors.Is(err, live.ErrNotFound) {
		t.Errorf("still there: %v", err)
	}
	// With c gone, d alone has the identifier: what waited for it is d's.
	if row := h.verdictsOf("d", metformin); row.Answers[2].Verdict.String() != "met" {
		t.Errorf("d: %v", row.Answers[2].Verdict)
	}
	// The code that only c had is somebody else's now: under a number that means it.
	results, err := h.Apply(context.Background(), early)
	if err != nil || results[0].Status != live.Created {
		t.Fatalf("%+v %v", results, err)
	}
	h.check()
	h.close()
	h.open()
	h.tick(h.now)
	h.check()
	s, err := h.Cohort(context.Background(), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	found := false
	for _, c := range s.Dictionary.All {
		found = found || c.Code == "of-one-patient"
	}
	if !found {
		t.Error("a code that came after an erasure means nothing")
	}
	if err := h.Erase(context.Background(), h.key("c"), live.Actor{}); !errors.Is(err, live.ErrErased) {
		t.Errorf("erased twice: %v", err)
	}
}

// TestErasureThatBrokeOff: the process ended right after the patient was gone, before the charts of others were made again.
func TestErasureThatBrokeOff(t *testing.T) {
	h := newHospital(t, metformin)
	h.fill()
	of := func(p resource) resource {
		return with(p, resource{"identifier": []resource{{"system": localSystem, "value": "7"}}})
	}
	h.put(of(patient("c")), of(patient("d")), hba1c("o9", "Patient?identifier="+localSystem+"|7", "7.9", "2026-11-12"))
	people, err := h.store.People(context.Background(), []chart.Key{h.key("c")}, false)
	if err != nil || len(people) != 1 {
		t.Fatal(people, err)
	}
	if err := h.store.Erase(context.Background(), []int64{people[0].No}, entry()); err != nil {
		t.Fatal(err)
	}
	h.close()
	h.open()
	if wrong, err := h.Check(context.Background(), nil); err != nil || len(wrong) == 0 {
		t.Fatalf("the test is of no use: %v %v", wrong, err)
	}
	h.tick(h.now)
	h.check()
	if left, err := h.store.Unmended(context.Background()); err != nil || len(left) > 0 {
		t.Errorf("left to be made again: %d, %v", len(left), err)
	}
}
