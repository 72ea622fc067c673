package api

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"prescreen/internal/access"
	"prescreen/internal/audit"
	"prescreen/internal/author"
	"prescreen/internal/live"
	"prescreen/internal/mistake"
	"prescreen/internal/trial"
	"prescreen/internal/web"
)

func (a *api) versionRoutes() []web.Route {
	of, one := base+"/trials/{trial}", base+"/trials/{trial}/versions/{no:[0-9]+}"
	return []web.Route{
		{
			Method: http.MethodPost, Pattern: of + "/preview", Needs: access.WriteRules, Trial: "trial", Body: ruleBody, Stream: true, Handle: a.preview,
			Doc: web.Doc{ID: "previewRules", Summary: "What a draft would come to on the patients in the store; nothing is kept", Request: RuleText{}, Response: Preview{}},
		},
		{
			Method: http.MethodPost, Pattern: of + "/drafts", Needs: access.WriteRules, Trial: "trial", Body: ruleBody, Handle: a.saveDraft,
			Doc: web.Doc{ID: "saveDraft", Summary: "Keep a trial file without errors as a draft", Request: RuleText{}, Response: Version{}, Status: http.StatusCreated},
		},
		{
			Method: http.MethodGet, Pattern: of + "/versions", Needs: access.SeeTrials, Trial: "trial", Handle: a.versions,
			Doc: web.Doc{ID: "listVersions", Summary: "All versions of a trial's rules, the newest first", Response: Versions{}},
		},
		{
			Method: http.MethodGet, Pattern: one, Needs: access.SeeTrials, Trial: "trial", Handle: a.version,
			Doc: web.Doc{ID: "getVersion", Summary: "One version: its text, how it differs from the one in force, how far its screening is", Response: VersionPage{}},
		},
		{
			Method: http.MethodPost, Pattern: one + "/approve", Needs: access.ApproveRules, Trial: "trial", Handle: a.approve,
			Doc: web.Doc{ID: "approveVersion", Summary: "Approve somebody else's draft: the store is screened with it, then it is in force", Response: Version{}, Status: http.StatusAccepted},
		},
		{
			Method: http.MethodPost, Pattern: one + "/retire", Needs: access.ApproveRules, Trial: "trial", Handle: a.retire,
			Doc: web.Doc{ID: "retireVersion", Summary: "Take a version out of force, or discard a draft", Response: Version{}},
		},
	}
}

// Versions is the versions of a trial's rules.
type Versions struct {
	Trial    string    `json:"trial"`
	Versions []Version `json:"versions"`
}

// Version is one of them.
type Version struct {
	Trial    string    `json:"trial"`
	No       int64     `json:"no"`
	File     string    `json:"file,omitempty"`
	State    string    `json:"state"`
	Author   string    `json:"author,omitempty"` // nothing for the folder of rules
	Approver string    `json:"approver,omitempty"`
	Since    string    `json:"since,omitempty"`
	Until    string    `json:"until,omitempty"`
	Sha256   string    `json:"sha256"`
	Progress *Progress `json:"progress,omitempty"` // while the store is screened with it
}

// Progress is how far a screening of the store is.
type Progress struct {
	Done   int  `json:"done"`
	All    int  `json:"all"`
	Failed bool `json:"failed,omitzero"` // approve it again to go on
}

// VersionPage is a version with its text.
type VersionPage struct {
	Version
	Text    string       `json:"text"`
	Against int64        `json:"against,omitzero"` // the version in force
	Changes []Difference `json:"changes"`          // from that one
}

// Difference is what is otherwise in one place of a trial.
type Difference struct {
	Where string   `json:"where"`
	What  string   `json:"what"`
	Lines []string `json:"lines"`
}

func (a *api) versionOf(t *live.TrialVersion) Version {
	v := Version{
		Trial: t.ID, No: t.No, File: t.File, State: string(t.State), Author: t.Author, Approver: t.Approver, Since: stamp(t.Since),
		Until: stamp(t.Until), Sha256: fmt.Sprintf("%x", t.Digest),
	}
	if t.State == live.TrialPreparing || t.State == live.TrialDraft && t.Approver != "" {
		v.Progress = a.jobs.progress(t.No)
	}
	return v
}

func (a *api) versions(w http.ResponseWriter, r *http.Request) error {
	all, err := a.Versions.Trials(r.Context())
	if err != nil {
		return err
	}
	out := Versions{Trial: web.Trial(r), Versions: []Version{}}
	for i := range slices.Backward(all) {
		if all[i].ID == web.Trial(r) {
			out.Versions = append(out.Versions, a.versionOf(&all[i]))
		}
	}
	if len(out.Versions) == 0 {
		return web.NotFound("there are no rules of such a trial")
	}
	return web.WriteJSON(w, r, http.StatusOK, out)
}

// named gives the version that a path names, with its text.
func (a *api) named(r *http.Request) (live.TrialVersion, error) {
	no, err := strconv.ParseInt(r.PathValue("no"), 10, 64)
	if err != nil {
		return live.TrialVersion{}, web.NotFound("the trial has no such version")
	}
	t, err := a.Versions.Trial(r.Context(), no)
	if errors.Is(err, live.ErrNotFound) || err == nil && t.ID != web.Trial(r) {
		return t, web.NotFound("the trial has no such version")
	}
	return t, err
}

func (a *api) version(w http.ResponseWriter, r *http.Request) error {
	v, err := a.named(r)
	if err != nil {
		return err
	}
	out := VersionPage{Version: a.versionOf(&v), Text: string(v.Source), Changes: []Difference{}}
	if now, err := a.inForce(v.ID); err == nil {
		out.Against = now.Version.No
		// A version that can no longer be read under today's value sets still has its text.
		if t, err := a.Rules().Book.Compile(v.File, v.Source); err == nil {
			for _, d := range author.Diff(now.Trial, t) {
				out.Changes = append(out.Changes, Difference(d))
			}
		}
	}
	return web.WriteJSON(w, r, http.StatusOK, out)
}

// people refuses machines where two people are to look at rules.
func people(r *http.Request) error {
	if web.Caller(r.Context()).Token {
		return web.Forbidden("rules are written and approved by people: log in as yourself")
	}
	return nil
}

func (a *api) saveDraft(w http.ResponseWriter, r *http.Request) error {
	if err := people(r); err != nil {
		return err
	}
	body, err := web.DecodeJSON[RuleText](r, 0)
	if err != nil {
		return err
	}
	if told := a.Rules().Checker.Trial(body.fileName(), []byte(body.Text)).Mistakes; told.HasErrors() {
		return unusable(told)
	}
	t, err := a.compiled(&body)
	if err != nil {
		return err
	}
	if t.ID != web.Trial(r) {
		return web.Unprocessable("the file is of another trial than the path: set trial.id, or send it there")
	}
	e := web.Entry(r, audit.Create)
	digest := sha256.Sum256([]byte(body.Text))
	v := live.TrialVersion{
		ID: t.ID, File: body.fileName(), Source: []byte(body.Text), Digest: digest[:], State: live.TrialDraft, Author: e.Who, Since: e.At,
	}
	if v, err = a.Live.SaveDraft(r.Context(), v, e); err != nil {
		return err
	}
	w.Header().Set("Location", base+"/trials/"+t.ID+"/versions/"+strconv.FormatInt(v.No, 10))
	return web.WriteJSON(w, r, http.StatusCreated, a.versionOf(&v))
}

func unusable(told mistake.List) error {
	var issues []web.Issue
	for _, m := range told {
		if m.Severity == mistake.Error {
			issues = append(issues, web.Issue{Code: "invalid", Message: m.Code + ": " + m.Message, Expression: place1(m)})
		}
	}
	return web.Unprocessable("the trial file has errors: put them right first (POST /api/v1/rules/check tells each with its place)", issues...)
}

// place1 is where a mistake stands in its file.
func place1(m mistake.Mistake) string {
	return m.File + ":" + strconv.Itoa(m.Line) + ":" + strconv.Itoa(m.Column)
}

func (a *api) approve(w http.ResponseWriter, r *http.Request) error {
	if err := people(r); err != nil {
		return err
	}
	v, err := a.named(r)
	if err != nil {
		return err
	}
	who := web.Caller(r.Context()).ID
	switch {
	case v.State != live.TrialDraft && v.State != live.TrialPreparing:
		return web.Conflict("only a draft is approved; this version is " + string(v.State))
	case v.Author == who:
		return web.Forbidden("this draft is yours: somebody else reads and approves it")
	}
	if !a.jobs.running(v.No) {
		if _, err := a.compiled(&RuleText{v.File, string(v.Source)}); err != nil {
			return err
		}
		if v.Approver, err = who, a.approved(r, v, who); err != nil {
			return moved(err)
		}
		a.install(v.No, actor(r))
	}
	w.Header().Set("Location", base+"/trials/"+v.ID+"/versions/"+strconv.FormatInt(v.No, 10))
	return web.WriteJSON(w, r, http.StatusAccepted, a.versionOf(&v))
}

// approved notes who approved a version. One whose screening broke off has its approver already.
func (a *api) approved(r *http.Request, v live.TrialVersion, who string) error {
	e := web.Entry(r, audit.Update)
	e.Object = v.ID + "/" + strconv.FormatInt(v.No, 10)
	v.Approver = who
	return a.Versions.SaveTrial(r.Context(), v, v.State, e)
}

// moved tells that somebody else was quicker.
func moved(err error) error {
	if errors.Is(err, live.ErrConflict) {
		return web.Conflict("somebody else changed this version meanwhile: look at it again")
	}
	return err
}

// install screens the store with a version, after the answer.
func (a *api) install(no int64, by live.Actor) {
	if !a.jobs.begin(no) {
		return
	}
	a.Background(func(ctx context.Context) {
		err := a.Live.Install(ctx, no, by, func(done, all int) { a.jobs.move(no, done, all) })
		if err != nil {
			a.Log.Error("a version of a trial could not be brought into force: approve it again", "version", no, "kind", fmt.Sprintf("%T", err))
		}
		a.jobs.end(no, err != nil)
	})
}

// begin notes a job; false if it is under way already.
func (j *jobs) begin(no int64) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.by == nil {
		j.by = map[int64]*job{}
	}
	if old := j.by[no]; old != nil && !old.ended {
		return false
	}
	j.by[no] = &job{}
	return true
}

func (j *jobs) move(no int64, done, all int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.by[no].done, j.by[no].all = done, all
}

func (j *jobs) end(no int64, failed bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.by[no].ended, j.by[no].failed = true, failed
}

func (j *jobs) running(no int64) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	one := j.by[no]
	return one != nil && !one.ended
}

func (j *jobs) progress(no int64) *Progress {
	j.mu.Lock()
	defer j.mu.Unlock()
	one := j.by[no]
	if one == nil {
		return &Progress{Failed: true} // the server was stopped before it was done
	}
	return &Progress{Done: one.done, All: one.all, Failed: one.failed}
}

func (a *api) retire(w http.ResponseWriter, r *http.Request) error {
	if err := people(r); err != nil {
		return err
	}
	v, err := a.named(r)
	if err != nil {
		return err
	}
	switch {
	case v.State == live.TrialCurrent:
		err = a.Live.Retire(r.Context(), v.No, actor(r))
	case (v.State == live.TrialDraft || v.State == live.TrialPreparing) && !a.jobs.running(v.No):
		e := web.Entry(r, audit.Update)
		e.Object = v.ID + "/" + strconv.FormatInt(v.No, 10)
		was := v.State
		v.State, v.Until = live.TrialRetired, e.At
		err = a.Versions.SaveTrial(r.Context(), v, was, e)
	case a.jobs.running(v.No):
		return web.Conflict("the store is being screened with this version: retire it when it is in force")
	default:
		return web.Conflict("this version is " + string(v.State) + ": there is nothing to retire")
	}
	if err != nil {
		return moved(err)
	}
	if v, err = a.named(r); err != nil {
		return err
	}
	return web.WriteJSON(w, r, http.StatusOK, a.versionOf(&v))
}

// lastOf reads the newest version of a trial that is no longer in force, for lines of its log.
func (a *api) lastOf(ctx context.Context, trialID string) (live.InForce, error) {
	all, err := a.Versions.Trials(ctx)
	if err != nil {
		return live.InForce{}, err
	}
	for i := range slices.Backward(all) {
		if all[i].ID != trialID || all[i].State == live.TrialDraft {
			continue
		}
		v, err := a.Versions.Trial(ctx, all[i].No)
		if err != nil {
			return live.InForce{}, err
		}
		t, err := a.Rules().Book.Compile(v.File, v.Source)
		if err != nil {
			break
		}
		return live.InForce{Trial: t, Version: all[i]}, nil
	}
	return live.InForce{Trial: &trial.Trial{ID: trialID}}, nil
}
