package live_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"testing"

	"prescreen/internal/intake"
	"prescreen/internal/live"
	"prescreen/internal/verdict"
)

const metformin = "metformin-second-drug"

func statuses(results []live.Result) (list []live.Status) {
	for _, r := range results {
		list = append(list, r.Status)
	}
	return list
}

func TestSameBundleTwiceChangesNothing(t *testing.T) {
	for name, bundle := range map[string][]byte{
		"collection":  collection(patient("p1"), diabetes("c1", "Patient/p1", "2020-01-01"), hba1c("o1", "Patient/p1", "7.9", "2026-11-12")),
		"transaction": transaction(patient("p1"), diabetes("c1", "urn:uuid:p1", "2020-01-01"), hba1c("o1", "urn:uuid:p1", "7.9", "2026-11-12")),
	} {
		t.Run(name, func(t *testing.T) {
			h := newHospital(t, metformin)
			if got := statuses(h.post(bundle)); !slices.Equal(got, []live.Status{live.Created, live.Created, live.Created}) {
				t.Errorf("first: %v", got)
			}
			before, flips := h.seq(), len(h.flips())
			if got := statuses(h.post(bundle)); !slices.Equal(got, []live.Status{live.Unchanged, live.Unchanged, live.Unchanged}) {
				t.Errorf("again: %v", got)
			}
			if h.seq() != before || len(h.flips()) != flips {
				t.Error("posting it twice changed something")
			}
			versions, err := h.store.Versions(context.Background(), live.ResourceKey{Source: feed, Type: "Observation", ID: "o1"})
			if err != nil || len(versions) != 1 {
				t.Errorf("%d versions, %v", len(versions), err)
			}
			h.check()
		})
	}
}

func TestFlipNamesTheResourceThatMovedIt(t *testing.T) {
	h := newHospital(t, metformin)
	h.put(patient("p1"), diabetes("c1", "Patient/p1", "2020-01-01"))
	if f := h.flips(); len(f) > 0 {
		t.Fatalf("a new patient flipped: %+v", f)
	}
	h.put(hba1c("o1", "Patient/p1", "7.9", "2026-11-12"))
	h.put(hba1c("o1", "Patient/p1", "9.9", "2026-11-12"))
	h.delete("Observation", "o1")
	type moved struct{ from, to verdict.Verdict }
	want := []moved{{verdict.Unknown, verdict.Met}, {verdict.Met, verdict.NotMet}, {verdict.NotMet, verdict.Unknown}}
	what := []string{"HbA1c 7.9 % of 2026-11-12", "HbA1c 9.9 % of 2026-11-12", "HbA1c 9.9 % of 2026-11-12, withdrawn or changed,"}
	var of []live.Flip
	for _, f := range h.flips() {
		if f.Criterion == "INC-3" {
			of = append(of, f)
		}
	}
	if len(of) != len(want) {
		t.Fatalf("flips: %+v", of)
	}
	for i, f := range of {
		if f.From != want[i].from || f.To != want[i].to || f.What != what[i] || f.Resource != "Observation/o1" || f.Why != "resource" || f.TrialID != metformin {
			t.Errorf("flip %d: %+v", i, f)
		}
	}
	h.check()
}

// A record that is no evidence is named as what moved the verdict, not as what was found: here it only shows that
// somebody keeps a list of diagnoses.
func TestFlipByWhatIsNoEvidence(t *testing.T) {
	h := newHospital(t, metformin)
	h.put(patient("p1"), hba1c("o1", "Patient/p1", "7.9", "2020-01-10"), hba1c("o2", "Patient/p1", "7.9", "2026-11-12"))
	h.put(diabetes("c1", "Patient/p1", "2021-01-01"))
	found := false
	for _, f := range h.flips() {
		if f.Resource == "Condition/c1" && f.To == verdict.NotMet {
			found = true
			if f.What != "" {
				t.Errorf("%s was not found: %q", f.Criterion, f.What)
			}
		}
	}
	if !found {
		t.Errorf("no flip names the Condition: %+v", h.flips())
	}
	h.check()
}

func TestVersions(t *testing.T) {
	v := func(version, value string) resource {
		return with(hba1c("o1", "Patient/p1", value, "2026-11-12"), resource{"meta": resource{"versionId": version}})
	}
	at := func(updated, value string) resource {
		return with(hba1c("o1", "Patient/p1", value, "2026-11-12"), resource{"meta": resource{"lastUpdated": updated}})
	}
	for name, c := range map[string]struct {
		first, then resource
		want        live.Status
	}{
		"higher number":     {v("2", "7.0"), v("3", "8.0"), live.Updated},
		"lower number":      {v("10", "7.0"), v("9", "8.0"), live.Older},
		"no number":         {v("10", "7.0"), hba1c("o1", "Patient/p1", "8.0", "2026-11-12"), live.Updated},
		"later":             {at("2026-01-01T00:00:00Z", "7.0"), at("2026-01-02T00:00:00Z", "8.0"), live.Updated},
		"earlier":           {at("2026-01-02T00:00:00Z", "7.0"), at("2026-01-01T00:00:00Z", "8.0"), live.Older},
		"other meta alone":  {v("2", "7.0"), v("3", "7.0"), live.Unchanged},
		"entered in error":  {v("2", "7.0"), with(v("3", "7.0"), resource{"status": "entered-in-error"}), live.Updated},
		"broken, good kept": {v("2", "7.0"), with(v("3", "7.0"), resource{"status": 7}), live.Refused},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHospital(t, metformin)
			h.put(patient("p1"), c.first)
			if got := h.put(c.then)[0]; got.Status != c.want {
				t.Errorf("%v, want %v (%+v)", got.Status, c.want, got.Problem)
			}
			h.check()
		})
	}
}

func TestTransactionIsAllOrNothing(t *testing.T) {
	h := newHospital(t, metformin)
	for name, bundle := range map[string][]byte{
		"a broken resource": transaction(patient("p1"), with(hba1c("o1", "urn:uuid:p1", "7", "2026-11-12"), resource{"status": 7})),
		"one resource twice": transaction(patient("p1"), hba1c("o1", "urn:uuid:p1", "7", "2026-11-12"),
			hba1c("o1", "urn:uuid:p1", "8", "2026-11-12")),
		"a patient that nobody has": transaction(hba1c("o1", "Patient?identifier="+localSystem+"|none", "7", "2026-11-12")),
	} {
		t.Run(name, func(t *testing.T) {
			before := h.seq()
			_, err := h.Apply(context.Background(), h.batchOf(bundle))
			var failed *live.Failed
			if !errors.As(err, &failed) || h.seq() != before {
				t.Errorf("error %v", err)
			}
		})
	}
	bundle := transaction(with(patient("p1"), resource{"generalPractitioner": []resource{ref("Practitioner?identifier=http://hl7.org/fhir/sid/us-npi|9")}}),
		resource{"resourceType": "Organization", "id": "org", "name": "x"}, resource{"resourceType": "Organization", "id": "org", "name": "x"},
		with(hba1c("o1", "urn:uuid:p1", "7", "2026-11-12"), resource{"performer": []resource{ref("Organization?identifier=a|b")}}))
	if got := statuses(h.post(bundle)); !slices.Equal(got, []live.Status{live.Created, live.NotKept, live.NotKept, live.Created}) {
		t.Errorf("references to kinds that are not kept: %v", got)
	}
	h.check()
}

func TestConditionalReferenceInATransaction(t *testing.T) {
	h := newHospital(t, metformin)
	h.put(with(patient("p1"), resource{"identifier": []resource{{"system": localSystem, "value": "17"}}}))
	h.post(transaction(hba1c("o1", "Patient?identifier="+localSystem+"|17", "7.9", "2026-11-12")))
	if row := h.verdictsOf("p1", metformin); row.Answers[2].Verdict != verdict.Met {
		t.Errorf("the result did not reach its patient: %v", row.Answers[2].Verdict)
	}
	v, err := h.store.Version(context.Background(), live.ResourceKey{Source: feed, Type: "Observation", ID: "o1"}, 0)
	if err != nil || !bytes.Contains(v.Raw, []byte(`"Patient/p1"`)) {
		t.Errorf("stored: %s %v", v.Raw, err)
	}
	h.check()
}

func TestConditionalWrites(t *testing.T) {
	h := newHospital(t, metformin)
	known := with(patient("p1"), resource{"identifier": []resource{{"system": localSystem, "value": "17"}}})
	h.put(known, hba1c("o1", "Patient/p1", "7.9", "2026-11-12"))
	apply := func(w live.Write) live.Result {
		t.Helper()
		results, err := h.Apply(context.Background(), live.Batch{Source: feed, Writes: []live.Write{w}})
		if err != nil {
			t.Fatal(err)
		}
		return results[0]
	}
	read := func(r resource) *intake.Resource {
		t.Helper()
		got, err := intake.ReadResource(h.Options(), r.json())
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	result := func(value string) *intake.Resource { return read(hba1c("o1", "Patient/p1", value, "2026-11-12")) }
	for _, c := range []struct {
		name  string
		write live.Write
		want  live.Status
		id    string
	}{
		{"create what exists", live.Write{Verb: live.Create, Resource: read(known), IfNoneExist: "identifier=" + localSystem + "|17"}, live.Unchanged, "p1"},
		{"create what does not", live.Write{Verb: live.Create, Resource: read(known), IfNoneExist: "identifier=" + localSystem + "|18"}, live.Created, ""},
		{"create what exists twice", live.Write{Verb: live.Create, Resource: read(known), IfNoneExist: "identifier=" + localSystem + "|17"}, live.Ambiguous, ""},
		{"another search", live.Write{Verb: live.Create, Resource: read(known), IfNoneExist: "name=x"}, live.Refused, ""},
		{"put over the version meant", live.Write{Resource: result("8.1"), Type: "Observation", ID: "o1", IfMatch: "1"}, live.Updated, "o1"},
		{"put over an older one", live.Write{Resource: result("8.2"), Type: "Observation", ID: "o1", IfMatch: "1"}, live.Mismatch, "o1"},
		{"delete an older one", live.Write{Verb: live.Delete, Type: "Observation", ID: "o1", IfMatch: "1"}, live.Mismatch, "o1"},
		{"delete", live.Write{Verb: live.Delete, Type: "Observation", ID: "o1"}, live.Deleted, "o1"},
		{"delete again", live.Write{Verb: live.Delete, Type: "Observation", ID: "o1"}, live.Gone, "o1"},
		{"put again", live.Write{Resource: result("8.1"), Type: "Observation", ID: "o1"}, live.Created, "o1"},
		{"of another type", live.Write{Resource: result("8.1"), Type: "Condition", ID: "o1"}, live.Refused, ""},
		{"under another id", live.Write{Resource: result("8.1"), Type: "Observation", ID: "o2"}, live.Created, "o2"},
		{"what is not kept", live.Write{Resource: read(resource{"resourceType": "Claim", "id": "x"}), Type: "Claim", ID: "x"}, live.NotKept, "x"},
	} {
		got := apply(c.write)
		if got.Status != c.want || c.id != "" && got.Key.ID != c.id {
			t.Errorf("%s: %+v, want %v", c.name, got, c.want)
		}
		h.check()
	}
	versions, err := h.store.Versions(context.Background(), live.ResourceKey{Source: feed, Type: "Observation", ID: "o1"})
	if err != nil || len(versions) != 4 || versions[0].Number != 4 || !versions[1].Deleted {
		t.Errorf("%+v %v", versions, err)
	}
}

// What cannot be used is refused, and leaves a gap with its patient, lest nothing on record be taken for no.
func TestBrokenResourceLeavesAGap(t *testing.T) {
	h := newHospital(t, metformin)
	broken := with(diabetes("c1", "Patient/p1", "2020-01-01"), resource{"recordedDate": 7})
	gaps := func() int {
		t.Helper()
		cohort, err := h.Cohort(context.Background(), 0)
		if err != nil {
			t.Fatal(err)
		}
		defer cohort.Close()
		c, err := cohort.Chart(h.key("p1"))
		if err != nil {
			t.Fatal(err)
		}
		return len(c.Gaps)
	}
	if got := statuses(h.put(patient("p1"), broken)); !slices.Equal(got, []live.Status{live.Created, live.Refused}) {
		t.Errorf("%v", got)
	}
	if gaps() != 1 {
		t.Error("it left no gap")
	}
	before := h.seq()
	h.put(broken)
	if h.seq() != before {
		t.Error("the same gap was written twice")
	}
	h.check()
	h.put(diabetes("c1", "Patient/p1", "2020-01-01"))
	if gaps() != 0 {
		t.Error("the gap stayed")
	}
	h.check()
}

// Two Patients of one id that cannot be one person are both refused: nothing said of them is used.
func TestPatientsThatClash(t *testing.T) {
	h := newHospital(t, metformin)
	other := with(patient("p1"), resource{"birthDate": "1990-01-01"})
	if got := statuses(h.put(patient("p1"), other, patient("p2"))); !slices.Equal(got, []live.Status{live.Refused, live.Refused, live.Created}) {
		t.Errorf("%v", got)
	}
	h.check()
	if _, no, err := h.Person(context.Background(), h.key("p1")); err != nil || no != 0 {
		t.Errorf("chart %d, %v", no, err)
	}
	h.put(other) // alone it is a correction
	if _, no, _ := h.Person(context.Background(), h.key("p1")); no == 0 {
		t.Error("the correction made no chart")
	}
	h.check()
}

func TestOriginalsAreKeptAsTheSettingsSay(t *testing.T) {
	named := with(patient("p1"), resource{"name": []resource{{"family": "Somebody"}}})
	for originals, want := range map[live.Originals]struct{ kept, name bool }{
		live.Full: {true, true}, live.Excerpt: {true, false}, live.None: {false, false},
	} {
		t.Run(string(originals), func(t *testing.T) {
			h := newHospital(t, metformin)
			h.close()
			h.settings.Originals = originals
			h.open()
			h.tick(h.now)
			h.put(named)
			v, err := h.store.Version(context.Background(), live.ResourceKey{Source: feed, Type: "Patient", ID: "p1"}, 0)
			if err != nil || len(v.Raw) > 0 != want.kept || bytes.Contains(v.Raw, []byte("Somebody")) != want.name || v.UnreadableRaw == want.name {
				t.Errorf("%s %v", v.Raw, err)
			}
			h.check()
		})
	}
}
