package live_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"prescreen/internal/live"
)

// A run of the property makes a store, and waits for the disk at every step: fewer than usual will do, unless more are asked for.
func TestMain(m *testing.M) {
	flag.Parse()
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "rapid.checks" })
	if !asked {
		_ = flag.Set("rapid.checks", "40")
	}
	goleak.VerifyTestMain(m)
}

// Twenty senders write bundles of their own patients, of each other's, merges and Medications, while days pass and rules
// change: what is left is what a fresh screening gives, and nothing is lost.
func TestManyWriteAtOnce(t *testing.T) {
	h := newHospital(t, trialIDs...)
	books := booksOf(t)
	var group sync.WaitGroup
	for sender := range 20 {
		group.Go(func() {
			dice := rand.New(rand.NewPCG(uint64(sender), 1))
			for turn := range 6 {
				if _, err := h.Apply(context.Background(), h.batchOf(randomBundle(dice, sender, turn))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Go(func() {
		for day := 1; day <= 3; day++ {
			if err := h.Tick(context.Background(), firstDay.AddDate(0, 0, day*30), nil); err != nil {
				t.Error(err)
			}
			h.setTrials(books[day%2])
		}
	})
	group.Wait()
	h.check()
	h.close()
	h.open() // codes that came side by side mean the same as before
	h.tick(firstDay.AddDate(0, 0, 91))
	h.check()
	counts := map[string]bool{}
	cohort, err := h.Cohort(context.Background(), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer cohort.Close()
	for _, k := range cohort.Keys() {
		counts[k.ID] = true
	}
	if h.Counts().Resources == 0 || len(counts) == 0 {
		t.Error("nothing was taken in")
	}
	for sender := range 20 {
		for turn := range 6 {
			key := live.ResourceKey{Source: feed, Type: "Observation", ID: fmt.Sprintf("own-%d-%d", sender, turn)}
			if v, err := h.store.Current(context.Background(), []live.ResourceKey{key}); err != nil || len(v) != 1 {
				t.Errorf("%s: %d versions %v", key.ID, len(v), err)
			}
		}
	}
}

// randomBundle has a result of the sender's own and some that others write too, each with codes that nobody sent before.
func randomBundle(dice *rand.Rand, sender, turn int) []byte {
	own := fmt.Sprintf("s%d", dice.IntN(8))
	list := []resource{
		hba1c(fmt.Sprintf("own-%d-%d", sender, turn), "Patient/"+own, "7.1", "2026-10-01"),
		hba1c("shared-"+strconv.Itoa(dice.IntN(10)), "Patient/s"+strconv.Itoa(dice.IntN(8)), "8."+strconv.Itoa(dice.IntN(10)), "2026-11-01"),
		with(diabetes(fmt.Sprintf("c-%d-%d", sender, turn), "Patient/"+own, "2020-01-01"), resource{
			"code": concept("https://example.org/local", fmt.Sprintf("new-%d-%d", sender, turn)),
		}),
		{
			"resourceType": "MedicationRequest", "id": fmt.Sprintf("m-%d", dice.IntN(10)), "status": "active", "intent": "order",
			"authoredOn": "2026-09-01", "medicationReference": ref("Medication/d1"), "subject": ref("Patient/" + own),
		},
	}
	p := patient(own)
	switch dice.IntN(4) {
	case 0:
		p["link"] = []resource{{"other": ref("Patient/s" + strconv.Itoa(dice.IntN(8))), "type": "seealso"}}
	case 1:
		p["identifier"] = []resource{{"system": uniqueSystem, "value": strconv.Itoa(dice.IntN(4))}}
	case 2:
		list = append(list, resource{
			"resourceType": "Medication", "id": "d1",
			"code": concept("http://www.nlm.nih.gov/research/umls/rxnorm", []string{"860975", "314076"}[dice.IntN(2)]),
		})
	}
	return collection(append(list, p)...)
}

// A moved result leaves the one chart and comes into the other; a Medication that changes moves all who take it.
func TestChangesThatReachOthers(t *testing.T) {
	h := newHospital(t, metformin)
	h.put(patient("a"), patient("b"), diabetes("c1", "Patient/a", "2020-01-01"), hba1c("o1", "Patient/a", "7.9", "2026-11-12"))
	h.put(hba1c("o1", "Patient/b", "7.9", "2026-11-12"))
	if a, b := h.verdictsOf("a", metformin), h.verdictsOf("b", metformin); a.Answers[2].Verdict == b.Answers[2].Verdict {
		t.Error("the result did not move")
	}
	h.check()
	h.put(resource{
		"resourceType": "MedicationRequest", "id": "r1", "status": "active", "intent": "order", "authoredOn": "2026-11-01",
		"medicationReference": ref("Medication/m1"), "subject": ref("Patient/a"),
	})
	before := len(h.flips())
	h.put(resource{"resourceType": "Medication", "id": "m1", "code": concept("http://www.nlm.nih.gov/research/umls/rxnorm", "860975")})
	h.check()
	if len(h.flips()) == before {
		t.Error("the Medication moved no verdict")
	}
}

func TestWatchGivesEachFlipOnce(t *testing.T) {
	h := newHospital(t, metformin)
	h.put(patient("a"), patient("b"), diabetes("c1", "Patient/a", "2020-01-01"))
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	got := make(chan live.Flip, 100)
	var group sync.WaitGroup
	group.Go(func() {
		for f, err := range h.Watch(ctx, 0, metformin) {
			if err != nil {
				t.Error(err)
				return
			}
			got <- f
		}
	})
	for i := range 5 {
		h.put(hba1c("o1", "Patient/a", []string{"7.9", "9.9"}[i%2], "2026-11-12"))
	}
	for _, want := range h.flips() {
		select {
		case f := <-got:
			if f.No != want.No {
				t.Errorf("flip %d, want %d", f.No, want.No)
			}
		case <-ctx.Done():
			t.Fatal("a flip did not come")
		}
	}
	cancel()
	group.Wait()
}
