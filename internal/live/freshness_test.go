package live_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/live"
	"prescreen/internal/screen"
)

func TestNewestRecords(t *testing.T) {
	h := newHospital(t, metformin)
	is := func(what string, newest dates.Day) {
		t.Helper()
		for range 2 { // found out, then known
			got, err := h.Newest(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			if got[chart.Result] != newest {
				t.Errorf("%s: newest result of %v, want %v", what, got[chart.Result], newest)
			}
		}
	}
	day := func(m, d int) dates.Day { return dates.NewDay(2026, m, d) }
	is("an empty store", screen.NoDay)
	h.put(patient("p1"), hba1c("o1", "Patient/p1", "7.9", "2026-11-01"))
	h.put(patient("p2"), hba1c("o2", "Patient/p2", "7.9", "2026-11-12"))
	is("two patients", day(11, 12))
	h.put(objects("c2", "Patient/p2"))
	is("who objects adds nothing", day(11, 1))
	h.delete("Consent", "c2")
	is("who objects no more", day(11, 12))
	h.put(patient("p2", resource{"deceasedDateTime": "2026-11-15"}))
	is("who died is in no list", day(11, 1))
	ahead := firstDay.AddDate(0, 0, 1)
	h.put(hba1c("o3", "Patient/p1", "8.0", ahead.Format(time.DateOnly)))
	is("a result of tomorrow is not seen", day(11, 1))
	h.tick(ahead)
	is("tomorrow", dates.NewDay(ahead.Year(), int(ahead.Month()), ahead.Day()))
	h.delete("Observation", "o3")
	is("taken away", day(11, 1))
	h.put(patient("p3"), hba1c("o4", "Patient/p3", "7.9", "2026-11-13"))
	is("a third", day(11, 13))
	if err := h.Erase(context.Background(), h.key("p3"), live.Actor{Who: "test"}); err != nil {
		t.Fatal(err)
	}
	is("erased", day(11, 1))
}

// objects is a consent by which a patient objects to research.
func objects(id, patient string) resource {
	return resource{
		"resourceType": "Consent", "id": id, "status": "active",
		"scope":    concept("http://terminology.hl7.org/CodeSystem/consentscope", "research"),
		"category": []resource{concept("http://loinc.org", "57016-8")},
		"patient":  ref(patient), "dateTime": "2026-01-01", "provision": resource{"type": "deny"},
	}
}

// Whatever is written while somebody looks, what is known in the end is what stands there.
func TestNewestRecordsWhileOthersWrite(t *testing.T) {
	h := newHospital(t, metformin)
	var writers, reader sync.WaitGroup
	done := make(chan struct{})
	reader.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
				if _, err := h.Newest(context.Background()); err != nil {
					t.Error(err)
				}
			}
		}
	})
	for n := range 4 {
		writers.Go(func() {
			id := fmt.Sprint("p", n)
			for i := range 20 {
				day := firstDay.AddDate(0, 0, -(i*7+n)%40).Format(time.DateOnly)
				batch := h.batchOf(collection(patient(id), hba1c("o"+id, "Patient/"+id, "7.9", day)))
				if _, err := h.Apply(context.Background(), batch); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	close(done)
	reader.Wait()
	followed, err := h.Newest(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	h.close()
	h.open()
	h.tick(firstDay)
	if fresh, err := h.Newest(context.Background()); err != nil || fresh != followed {
		t.Errorf("followed %v, found %v, %v", followed, fresh, err)
	}
}
