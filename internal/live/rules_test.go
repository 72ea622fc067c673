package live_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"prescreen/internal/live"
	"prescreen/internal/screen"
	"prescreen/internal/verdict"
)

func (h *hospital) fill() {
	h.t.Helper()
	h.put(patient("a"), diabetes("c1", "Patient/a", "2020-01-01"), hba1c("o1", "Patient/a", "7.0", "2026-11-12"))
	h.put(patient("b"), diabetes("c2", "Patient/b", "2020-01-01"), hba1c("o2", "Patient/b", "7.9", "2026-11-12"))
}

func TestAmendedTrialTakesThePlaceOfTheOlder(t *testing.T) {
	h := newHospital(t, metformin)
	h.fill()
	old := h.Trials()[0].Version.No
	h.setTrials(booksOf(t)[1]) // from 7.2 % on
	force := h.Trials()
	i := slices.IndexFunc(force, func(f live.InForce) bool { return f.Trial.ID == metformin })
	if force[i].Version.No == old {
		t.Fatal("the older version is still in force")
	}
	flips := h.flips()
	if len(flips) != 1 || flips[0].Why != "rules" || flips[0].Criterion != "INC-3" || flips[0].From != verdict.Met || flips[0].To != verdict.NotMet || flips[0].Key.ID != "a" {
		t.Errorf("flips: %+v", flips)
	}
	versions, err := h.store.Trials(context.Background())
	if err != nil || versions[0].State != live.TrialFormer {
		t.Errorf("%+v %v", versions, err)
	}
	h.check()
	h.setTrials(shipped(t)) // what was there before, and others
	h.check()
}

func TestOtherSettingsScreenAllAgain(t *testing.T) {
	h := newHospital(t, trialIDs...)
	h.fill()
	books := booksOf(t)
	before := len(h.flips())
	h.setTrials(books[2])
	h.check()
	if len(h.flips()) == before || h.flips()[before].Why != "rules" {
		t.Error("other settings moved no verdict")
	}
	// Opened with other settings than its rows were made with, the store is screened again before it serves.
	h.close()
	h.book = books[0]
	h.open()
	if _, err := h.List(context.Background(), metformin); !errors.Is(err, live.ErrNotReady) {
		t.Errorf("it served before its rows held: %v", err)
	}
	h.tick(h.now)
	h.check()
}

func TestRetiredTrialHasNoList(t *testing.T) {
	h := newHospital(t, trialIDs...)
	h.fill()
	h.setTrials(shipped(t, metformin))
	if _, err := h.List(context.Background(), "dapagliflozin-ckd"); !errors.Is(err, live.ErrNotFound) {
		t.Errorf("a retired trial was listed: %v", err)
	}
	h.check()
	if err := h.Retire(context.Background(), h.Trials()[0].Version.No, live.Actor{}); err != nil || len(h.Trials()) > 0 {
		t.Errorf("%d trials in force, %v", len(h.Trials()), err)
	}
	h.check()
}

func TestWhatPeopleRetiredStaysRetired(t *testing.T) {
	h := newHospital(t, metformin)
	h.fill()
	changed := booksOf(t)[1].Files["trials/"+metformin+".yaml"]
	v, err := h.SaveDraft(context.Background(), live.TrialVersion{ID: metformin, File: metformin + ".yaml", Source: changed, Author: "ann"}, entry())
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the folder's version, then one that was approved here
		if err := h.Retire(context.Background(), h.Trials()[0].Version.No, live.Actor{}); err != nil {
			t.Fatal(err)
		}
		h.close()
		h.open()
		h.tick(h.now)
		h.setTrials(shipped(t, metformin))
		if n := len(h.Trials()); n > 0 {
			t.Fatalf("%d trials in force: a restart undid what people decided", n)
		}
		h.check()
		if v.State == live.TrialCurrent {
			break
		}
		if err := h.Install(context.Background(), v.No, live.Actor{Who: "bob"}, nil); err != nil {
			t.Fatal(err)
		}
		v.State = live.TrialCurrent
	}
	h.setTrials(booksOf(t)[2]) // other value sets or settings are no other file
	if slices.ContainsFunc(h.Trials(), func(f live.InForce) bool { return f.Trial.ID == metformin }) {
		t.Error("another setting of the site brought a retired trial back")
	}
	h.setTrials(booksOf(t)[1])
	if !slices.ContainsFunc(h.Trials(), func(f live.InForce) bool { return f.Trial.ID == metformin }) {
		t.Error("a changed file does not bring a retired trial back")
	}
	h.check()
}

func TestATrialComesBackWithItsFile(t *testing.T) {
	h := newHospital(t, metformin, "dapagliflozin-ckd")
	h.fill()
	h.setTrials(shipped(t, metformin)) // the wrong folder
	h.setTrials(shipped(t, metformin, "dapagliflozin-ckd"))
	if n := len(h.Trials()); n != 2 {
		t.Errorf("%d trials in force", n)
	}
	h.check()
}

func TestDraftIsInstalled(t *testing.T) {
	h := newHospital(t, metformin)
	h.fill()
	changed := booksOf(t)[1].Files["trials/"+metformin+".yaml"]
	v, err := h.SaveDraft(context.Background(), live.TrialVersion{ID: metformin, File: metformin + ".yaml", Source: changed, Author: "ann"}, entry())
	if err != nil {
		t.Fatal(err)
	}
	h.check()
	if err := h.Install(context.Background(), v.No, live.Actor{Who: "bob"}, nil); err != nil {
		t.Fatal(err)
	}
	if f := h.Trials()[0]; f.Version.No != v.No || f.Version.State != live.TrialCurrent {
		t.Errorf("in force: %+v", f.Version)
	}
	h.check()
	// The folder still holds what it held: the approved version stays.
	h.setTrials(shipped(t, metformin))
	if f := h.Trials()[0]; f.Version.No != v.No {
		t.Error("the folder took back what was approved after it")
	}
	h.check()
}

func TestPreviewEqualsWhatWillBe(t *testing.T) {
	h := newHospital(t, "dapagliflozin-ckd")
	h.fill()
	of := shipped(t, metformin).Trials[0]
	list, _, err := h.Preview(context.Background(), of, nil)
	if err != nil {
		t.Fatal(err)
	}
	before := h.seq()
	if h.seq() != before || len(h.Trials()) != 1 {
		t.Error("a preview was kept")
	}
	h.setTrials(shipped(t, metformin))
	now, err := h.List(context.Background(), metformin)
	if err != nil || now.Len() != list.Len() || now.Outcomes != list.Outcomes {
		t.Errorf("%v %v", now, err)
	}
}

// A tick that breaks off leaves charts due: the next one comes to them, and until then nothing is served.
func TestTickThatBreaksOff(t *testing.T) {
	h := newHospital(t, metformin)
	h.fill()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	later := firstDay.AddDate(0, 7, 0)
	if err := h.Tick(ctx, later, nil); err == nil {
		t.Fatal("the tick did not break off")
	}
	if _, err := h.List(context.Background(), metformin); !errors.Is(err, live.ErrNotReady) {
		t.Errorf("it served in the middle of a tick: %v", err)
	}
	if _, err := h.Apply(context.Background(), live.Batch{}); !errors.Is(err, live.ErrNotReady) {
		t.Errorf("it took records in: %v", err)
	}
	h.close()
	h.open()
	h.tick(later)
	h.check()
	if f := h.flips(); len(f) == 0 || f[0].Why != "time" {
		t.Errorf("flips: %+v", f)
	}
	if err := h.Tick(context.Background(), firstDay, nil); !errors.Is(err, live.ErrDayPassed) {
		t.Errorf("the day went back: %v", err)
	}
	if h.Day().String() != later.Format(time.DateOnly) {
		t.Error(h.Day())
	}
}

func TestListIsMadeOnce(t *testing.T) {
	h := newHospital(t, metformin)
	h.fill()
	a, err := h.List(context.Background(), metformin)
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := h.List(context.Background(), metformin); a != b {
		t.Error("equal states gave two lists")
	}
	h.put(hba1c("o1", "Patient/a", "9.9", "2026-11-12"))
	if b, _ := h.List(context.Background(), metformin); a == b || b.Outcomes[screen.Ineligible] == 0 {
		t.Error("the list did not change")
	}
}

func TestOpposedHaveNoSheet(t *testing.T) {
	h := newHospital(t, metformin)
	h.fill()
	if s, err := h.Sheet(context.Background(), h.key("a"), ""); err != nil || len(s.Trials) != 1 {
		t.Fatalf("%+v %v", s, err)
	}
	h.put(resource{
		"resourceType": "Consent", "id": "no", "status": "active", "patient": ref("Patient/a"),
		"scope":     concept("http://terminology.hl7.org/CodeSystem/consentscope", "research"),
		"category":  []resource{concept("http://loinc.org", "57016-8")},
		"provision": resource{"type": "deny"},
	})
	if _, err := h.Sheet(context.Background(), h.key("a"), ""); !errors.Is(err, live.ErrNotFound) {
		t.Errorf("a sheet of somebody opposed: %v", err)
	}
	h.check()
}
