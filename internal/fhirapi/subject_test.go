package fhirapi

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/samply/golang-fhir-models/fhir-models/fhir"

	"prescreen/internal/access"
	"prescreen/internal/intake"
	"prescreen/internal/screen"
)

// cohort posts the made-up cohort that comes with the program.
func (h *house) cohort() *house {
	h.t.Helper()
	for _, text := range sharedBundles(h.t, 12) {
		h.ask("POST", "/fhir", string(text)).want(200)
	}
	return h
}

// The lists are those of a screening of the same records read as files.
func TestListsEqualAScreening(t *testing.T) {
	bundles := sharedBundles(t, 12)
	h := newHouse(t)
	h.cohort()
	ctx := context.Background()
	gathering := intake.NewGathering(h.live.Options())
	for _, text := range bundles {
		doc, err := intake.ReadDocument(h.live.Options(), text)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range doc.Resources {
			if r.Packed == nil {
				continue
			}
			if err := gathering.Add("", r.Packed); err != nil {
				t.Fatal(err)
			}
		}
	}
	cohort, err := gathering.Cohort()
	if err != nil {
		t.Fatal(err)
	}
	defer cohort.Close()
	plan := h.book.Plan(h.book.Trials, h.live.Options().Dictionary, h.live.Options().Units, h.live.Day())
	tally, worker := plan.NewTally(), plan.NewWorker()
	if err := cohort.Each(ctx, 1, func(v intake.Visit) error { tally.Add(v.Chart, worker.Screen(v.Chart)); return nil }); err != nil {
		t.Fatal(err)
	}
	listed := 0
	for i, want := range tally.Lists() {
		trial := plan.Trials()[i].ID
		list := read[fhir.List](h.ask("GET", "/fhir/List/"+trial, "").want(200))
		var got, wanted []string
		for _, e := range list.Entry {
			got = append(got, *e.Item.Reference+" "+*e.Flag.Text)
		}
		for place := range want.Len() {
			if c := want.At(place); c.Outcome != screen.Ineligible || c.NearMiss {
				wanted = append(wanted, "Patient/"+c.Key.ID+" "+flagText(c))
			}
		}
		listed += len(wanted)
		if !slices.Equal(got, wanted) {
			t.Errorf("%s: %d listed, want %d", trial, len(got), len(wanted))
		}
	}
	if listed == 0 {
		t.Error("nobody is listed: this proves nothing")
	}
}

// Studies, subjects and groups tell the same as the list, and never more than what we propose.
func TestSubjectsAndGroups(t *testing.T) {
	h := newHouse(t).cohort()
	studies := read[fhir.Bundle](h.ask("GET", "/fhir/ResearchStudy", "").want(200))
	if len(studies.Entry) != len(h.book.Trials) || *studies.Total != len(h.book.Trials) {
		t.Fatalf("%d studies of %d trials", len(studies.Entry), len(h.book.Trials))
	}
	all := 0
	for _, x := range h.book.Trials {
		study := read[fhir.ResearchStudy](h.ask("GET", "/fhir/ResearchStudy/"+x.ID, "").want(200))
		if *study.Id != x.ID {
			t.Errorf("study %s", *study.Id)
		}
		list := read[fhir.List](h.ask("GET", "/fhir/List/"+x.ID, "").want(200))
		group := read[fhir.Group](h.ask("GET", "/fhir/Group/"+x.ID, "").want(200))
		subjects := read[fhir.Bundle](h.ask("GET", "/fhir/ResearchSubject?_count=1000&study=ResearchStudy/"+x.ID, "").want(200))
		var members, proposed []string
		for _, e := range list.Entry {
			if *e.Flag.Text != "near miss" {
				members = append(members, *e.Item.Reference)
			}
		}
		for i, m := range group.Member {
			if *m.Entity.Reference != members[i] {
				t.Errorf("%s: member %d is another than in the list", x.ID, i)
			}
		}
		for _, e := range subjects.Entry {
			s, err := fhir.UnmarshalResearchSubject(e.Resource)
			if err != nil {
				t.Fatal(err)
			}
			if c := s.Status.Code(); c != "candidate" && c != "potential-candidate" {
				t.Errorf("%s: status %s", x.ID, c)
			}
			proposed = append(proposed, *s.Individual.Reference)
			one := read[fhir.ResearchSubject](h.ask("GET", "/fhir/ResearchSubject/"+*s.Id, "").want(200))
			if *one.Individual.Reference != *s.Individual.Reference {
				t.Errorf("%s: read another", x.ID)
			}
		}
		slices.Sort(members)
		slices.Sort(proposed)
		if !slices.Equal(members, proposed) || len(group.Member) != len(members) || *group.Quantity != len(members) || *subjects.Total != len(members) {
			t.Errorf("%s: %d in the list, %d in the group, %d subjects", x.ID, len(members), len(group.Member), len(proposed))
		}
		all += len(members)
	}
	whole := read[fhir.Bundle](h.ask("GET", "/fhir/ResearchSubject?_count=1000", "").want(200))
	if len(whole.Entry) != all || all == 0 {
		t.Errorf("%d subjects, want %d", len(whole.Entry), all)
	}
	var paged []string
	for next := "/fhir/ResearchSubject?_count=2"; next != ""; {
		p := read[fhir.Bundle](h.ask("GET", next, "").want(200))
		next = ""
		for _, e := range p.Entry {
			paged = append(paged, *e.FullUrl)
		}
		for _, l := range p.Link {
			if l.Relation == "next" {
				next = strings.TrimPrefix(l.Url, "http://example.test")
			}
		}
	}
	for i, e := range whole.Entry {
		if len(paged) != all || paged[i] != *e.FullUrl {
			t.Fatalf("%d on pages of two, %d at once", len(paged), all)
		}
	}
}

// Who objects is nowhere, and who may not see a trial is told nothing of it.
func TestNobodySeesWhatIsNotTheirs(t *testing.T) {
	h := newHouse(t).cohort()
	first := read[fhir.Bundle](h.ask("GET", "/fhir/ResearchSubject?_count=1", "").want(200))
	s, err := fhir.UnmarshalResearchSubject(first.Entry[0].Resource)
	if err != nil {
		t.Fatal(err)
	}
	who := *s.Individual.Reference
	if n := read[fhir.Bundle](h.ask("GET", "/fhir/ResearchSubject?patient="+who, "").want(200)); len(n.Entry) == 0 {
		t.Error("not found by patient")
	}
	h.ask("PUT", "/fhir/Consent/no", `{"resourceType":"Consent","id":"no","status":"active","scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"research"}]},`+
		`"patient":{"reference":"`+who+`"},"provision":{"type":"deny"}}`).want(201)
	h.ask("GET", "/fhir/ResearchSubject/"+*s.Id, "").want(404)
	for _, path := range []string{"/fhir/ResearchSubject?_count=1000", "/fhir/ResearchSubject?patient=" + who} {
		if body := h.ask("GET", path, "").want(200).Body.String(); strings.Contains(body, `"`+who+`"`) {
			t.Errorf("%s still tells of who objected", path)
		}
	}
	for _, x := range h.book.Trials {
		for _, kind := range []string{"Group", "List"} {
			if body := h.ask("GET", "/fhir/"+kind+"/"+x.ID, "").want(200).Body.String(); strings.Contains(body, `"`+who+`"`) {
				t.Errorf("%s/%s still tells of who objected", kind, x.ID)
			}
		}
	}
	h.caller = access.Caller{ID: "ann", Grants: []access.Grant{{Role: access.Coordinator, Trial: h.book.Trials[0].ID}}}
	h.ask("GET", "/fhir/Group/"+h.book.Trials[0].ID, "").want(200)
	for _, path := range []string{"Group/", "List/", "ResearchStudy/", "ResearchSubject?study=", "ResearchSubject/prescreen.1."} {
		h.ask("GET", "/fhir/"+path+h.book.Trials[1].ID, "").want(403)
		h.ask("GET", "/fhir/"+path+"no-such-trial", "").want(404)
	}
	if n := read[fhir.Bundle](h.ask("GET", "/fhir/ResearchStudy", "").want(200)); len(n.Entry) != 1 {
		t.Errorf("%d studies told of", len(n.Entry))
	}
	h.ask("GET", "/fhir/ResearchSubject/sent-by-somebody", "").want(403)
}

// A ResearchSubject that somebody sent is read as it was sent.
func TestSentResearchSubject(t *testing.T) {
	h := newHouse(t, "dapagliflozin-ckd")
	h.ask("PUT", "/fhir/Patient/p", patient(`,"id":"p"`)).want(201)
	h.ask("PUT", "/fhir/ResearchSubject/s", `{"resourceType":"ResearchSubject","id":"s","status":"on-study","study":{"reference":"ResearchStudy/dapagliflozin-ckd"},"individual":{"reference":"Patient/p"}}`).want(201)
	if s := read[fhir.ResearchSubject](h.ask("GET", "/fhir/ResearchSubject/s", "").want(200)); s.Status.Code() != "on-study" {
		t.Errorf("%+v", s)
	}
}

// A trial whose id is none in FHIR goes by a digest.
func TestNames(t *testing.T) {
	for id, same := range map[string]bool{"dapagliflozin-ckd": true, "a_b": false, strings.Repeat("a", 34): true, strings.Repeat("a", 35): false} {
		name := nameOf(id)
		if (name == id) != same || !idForm.MatchString(ours+"9223372036854775807."+name) {
			t.Errorf("%s goes by %s", id, name)
		}
	}
}
