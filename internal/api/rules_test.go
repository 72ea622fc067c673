package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"prescreen/internal/access"
	"prescreen/internal/live"
)

// file is the text of a trial of the rules, with some of it replaced.
func (s *site) file(id string, replace ...string) RuleText {
	s.t.Helper()
	for _, t := range s.book.Trials {
		if t.ID == id {
			text := string(s.book.Files["trials/"+id+".yaml"])
			if text == "" || strings.NewReplacer(replace...).Replace(text) == text && len(replace) > 0 {
				s.t.Fatalf("%s: nothing to replace", id)
			}
			return RuleText{id + ".yaml", strings.NewReplacer(replace...).Replace(text)}
		}
	}
	s.t.Fatalf("no trial %s", id)
	return RuleText{}
}

func TestRulesAreChecked(t *testing.T) {
	s := newSite(t)
	var out Checked
	s.call(ruleAuthor, "POST", "/rules/check", s.file(kidney)).is(200).into(&out)
	if !out.Usable || out.Trial != kidney {
		t.Errorf("%+v", out)
	}
	broken := s.file(kidney, "age", "agee")
	broken.File = "../../etc/passwd"
	s.call(ruleAuthor, "POST", "/rules/check", broken).is(200).into(&out)
	if out.Usable || len(out.Mistakes) == 0 {
		t.Fatalf("%+v", out)
	}
	found := false
	for _, m := range out.Mistakes {
		if m.Severity == "error" && m.Line > 0 && m.Column > 0 {
			found = true
			if strings.Count(m.Caret, "^") != max(m.Length, 1) || strings.Index(m.Caret, "^") != m.Column-1 || m.File != "passwd" {
				t.Errorf("%+v", m)
			}
		}
	}
	if !found {
		t.Errorf("no mistake has a place: %+v", out.Mistakes)
	}
	s.call(ruleAuthor, "POST", "/rules/read", broken).is(422)
	s.call(coordinator, "POST", "/rules/check", broken).is(403)
}

func TestRulesAreToldBackAndTested(t *testing.T) {
	s := newSite(t)
	var read ReadBack
	s.call(ruleAuthor, "POST", "/rules/read", s.file(kidney)).is(200).into(&read)
	if len(read.Criteria) == 0 || len(read.Criteria[0].Asks) == 0 {
		t.Errorf("%+v", read)
	}
	var tested Tested
	s.call(ruleAuthor, "POST", "/rules/test", s.file(kidney)).is(200).into(&tested)
	if tested.Cases == 0 || tested.Failed != 0 || len(tested.Ran) != tested.Cases {
		t.Errorf("%d cases, %d failed", tested.Cases, tested.Failed)
	}
	outcome := s.file(kidney, "outcome: ineligible", "outcome: potentially eligible")
	s.call(ruleAuthor, "POST", "/rules/test", outcome).is(200).into(&tested)
	if tested.Failed == 0 {
		t.Error("a wrong expectation passes")
	}
}

func TestTestsNeverOpenFilesOfThisMachine(t *testing.T) {
	s := newSite(t)
	text := s.file(kidney)
	text.Text += "\n  - name: from a file\n    as_of: 2026-06-30\n    patient:\n      bundle: ../../../etc/passwd\n    expect:\n      outcome: ineligible\n"
	a := s.call(ruleAuthor, "POST", "/rules/test", text).is(422)
	if !strings.Contains(a.Body.String(), "bundle by path") {
		t.Error(a.Body.String())
	}
}

func TestAPreviewCountsWhoMoves(t *testing.T) {
	s := newSite(t)
	var same, other Preview
	path := "/trials/" + kidney + "/preview"
	s.call(ruleAuthor, "POST", path, s.file(kidney)).is(200).into(&same)
	if m := same.Against; m == nil || len(m.Outcomes)+len(m.Criteria)+m.Joining+m.Leaving != 0 {
		t.Fatalf("the same rules move somebody: %+v", m)
	}
	both := access.Caller{ID: "x", Grants: []access.Grant{{Role: access.RuleAuthor}, {Role: access.Coordinator}}}
	draft := s.file(kidney, ">= 18", ">= 65")
	s.call(both, "POST", path, draft).is(200).into(&other)
	m := other.Against
	if m == nil || len(m.Criteria) == 0 {
		t.Fatalf("%+v", m)
	}
	if last := s.lastEntry(); len(m.Patients) == 0 || len(last.Subjects) != len(m.Patients) {
		t.Errorf("%d patients named, %d entered", len(m.Patients), len(last.Subjects))
	}
	var unnamed Preview
	s.call(ruleAuthor, "POST", path, draft).is(200).into(&unnamed)
	if got := unnamed.Against; len(got.Patients) != 0 || len(got.Outcomes) != len(m.Outcomes) {
		t.Errorf("a rule author who may see no candidates is told %+v", got)
	}
	s.call(both, "POST", "/trials/"+diabetes+"/preview", draft).is(422)
}

// second is another rule author.
var second = access.Caller{ID: "second", Grants: []access.Grant{{Role: access.RuleAuthor}}}

func TestTwoPeopleBringRulesIntoForce(t *testing.T) {
	s := newSite(t)
	draft := s.file(kidney, ">= 18", ">= 65")
	path := "/trials/" + kidney
	s.call(ruleAuthor, "POST", path+"/drafts", s.file(kidney, "age", "agee")).is(422)
	s.call(ruleAuthor, "POST", "/trials/"+diabetes+"/drafts", draft).is(422)
	token := access.Caller{ID: "machine", Token: true, Scopes: []access.Right{access.WriteRules, access.ApproveRules}}
	s.call(token, "POST", path+"/drafts", draft).is(403)
	var v Version
	s.call(ruleAuthor, "POST", path+"/drafts", draft).is(201).into(&v)
	if v.State != "draft" || v.Author != ruleAuthor.ID {
		t.Errorf("%+v", v)
	}
	one := fmt.Sprintf("%s/versions/%d", path, v.No)
	var page VersionPage
	s.call(coordinator, "GET", one, nil).is(200).into(&page)
	if page.Text != draft.Text || len(page.Changes) == 0 || page.Against == 0 {
		t.Errorf("%+v", page.Changes)
	}
	own := access.Caller{ID: ruleAuthor.ID, Grants: []access.Grant{{Role: access.Admin}, {Role: access.Investigator}, {Role: access.RuleAuthor}}}
	s.call(own, "POST", one+"/approve", nil).is(403)
	s.call(token, "POST", one+"/approve", nil).is(403)
	s.call(coordinator, "POST", one+"/approve", nil).is(403)
	s.call(second, "POST", fmt.Sprintf("/trials/%s/versions/%d/approve", diabetes, v.No), nil).is(404)
	s.call(second, "POST", one+"/approve", nil).is(202).into(&v)
	s.jobs.Wait()
	s.call(coordinator, "GET", one, nil).is(200).into(&page)
	if page.State != "current" || page.Approver != second.ID || page.Author != ruleAuthor.ID {
		t.Fatalf("%+v", page.Version)
	}
	var trial TrialPage
	s.call(coordinator, "GET", path, nil).is(200).into(&trial)
	if trial.Version != v.No {
		t.Errorf("version %d is in force", trial.Version)
	}
	s.call(second, "POST", one+"/approve", nil).is(409)
	var all Versions
	s.call(coordinator, "GET", path+"/versions", nil).is(200).into(&all)
	if len(all.Versions) != 2 || all.Versions[0].No != v.No || all.Versions[1].State != "former" {
		t.Errorf("%+v", all)
	}
	s.call(second, "POST", one+"/retire", nil).is(200).into(&v)
	if v.State != "retired" {
		t.Errorf("%+v", v)
	}
	s.call(coordinator, "GET", path, nil).is(404)
	s.call(second, "POST", one+"/retire", nil).is(409)
	s.call(coordinator, "GET", "/trials/"+diabetes, nil).is(200)
}

// TestALogOutlivesItsTrial: lines of a trial out of force are read and put right as before.
func TestALogOutlivesItsTrial(t *testing.T) {
	s := newSite(t)
	c, path := s.somebody(0)
	var all Versions
	s.call(coordinator, "GET", "/trials/"+kidney+"/versions", nil).is(200).into(&all)
	s.call(second, "POST", fmt.Sprintf("/trials/%s/versions/%d/retire", kidney, all.Versions[0].No), nil).is(200)
	var line Line
	s.call(coordinator, "GET", path, nil).is(200).into(&line)
	if line.Patient == nil || line.Patient.ID != c.Patient.ID {
		t.Errorf("%+v", line)
	}
	s.call(coordinator, "PUT", path, Edit{Status: "contacted", Reason: &WhyNot{"fails", c.Criteria[0].ID}}, "If-Match", `W/"1"`).is(200)
	s.call(coordinator, "GET", "/trials/"+kidney+"/decisions", nil).is(200)
	s.call(coordinator, "GET", "/trials/"+kidney+"/log", nil).is(200)
}

func TestRunsAreMadeAndReplayed(t *testing.T) {
	text, fail := "a document", error(nil)
	s := newSite(t, func(o *Options) {
		o.Run = func(_ context.Context, w io.Writer, of live.Run, book []byte) (live.Run, error) {
			if len(book) == 0 {
				return of, errors.New("no rules")
			}
			if _, err := io.WriteString(w, text+of.AsOf.String()); err != nil {
				return of, err
			}
			of.Engine, of.Zone, of.Patients, of.Known = 1, "UTC", 40, 7
			return of, fail
		}
	})
	var run Run
	s.call(coordinator, "POST", "/runs", RunRequest{AsOf: "2026-05-01"}).is(201).into(&run)
	if run.AsOf != "2026-05-01" || run.KnownAt != 7 || len(run.Sha256) != 64 {
		t.Errorf("%+v", run)
	}
	var replay Replay
	s.call(coordinator, "POST", "/runs/"+run.ID+"/replay", nil).is(200).into(&replay)
	if !replay.Same {
		t.Errorf("%+v", replay)
	}
	text = "another"
	s.call(coordinator, "POST", "/runs/"+run.ID+"/replay", nil).is(200).into(&replay)
	if replay.Same || replay.Was != run.Sha256 {
		t.Errorf("%+v", replay)
	}
	s.call(coordinator, "GET", "/runs/"+run.ID, nil).is(200)
	s.call(coordinator, "GET", "/runs", nil).is(200)
	s.call(coordinator, "GET", "/runs/NONE", nil).is(404)
	s.call(coordinator, "POST", "/runs", RunRequest{AsOf: "May"}).is(422)
	if _, err := s.store.Keep(context.Background(), morning.AddDate(1, 0, 0)); err != nil {
		t.Fatal(err)
	}
	there, err := s.store.Replayable(context.Background(), 7)
	if err != nil {
		t.Fatal(err)
	}
	want := map[bool]int{true: 200, false: 410}[there]
	s.call(coordinator, "POST", "/runs/"+run.ID+"/replay", nil).is(want)
	s.call(ruleAuthor, "POST", "/runs", RunRequest{}).is(403)
}
