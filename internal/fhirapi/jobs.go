package fhirapi

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"prescreen/internal/live"
)

// Jobs keeps work that goes on after its request was answered: exports and imports. All that belongs to a job lies in one
// folder of the spool, readable by the server's user alone. What was waiting or running when the process ended goes on
// after the next start: an import behind the last line that was taken in, an export from its beginning.
type Jobs struct {
	spool string
	files *os.Root // that imports may name; nil for none
	log   *slog.Logger

	mu   sync.Mutex
	jobs map[string]*job
	news chan struct{} // closed and made anew when a job is added
}

// job is one piece of work.
type job struct {
	jobState
	stop func() // of one that runs
	gone bool   // it was cancelled: nobody sees it any more
}

// The kinds and states of jobs.
const (
	exporting = "export"
	importing = "import"

	jobWaits = "waiting" // or running
	jobDone  = "done"
	jobFails = "failed"
)

// jobState is what is kept of a job on disk: numbers and names of our own making, and nothing of a patient.
type jobState struct {
	ID, Kind, State string
	Owner           string // who may ask for it
	At, Ended       time.Time
	Address         string // what was asked for, without the query
	By              live.Actor

	Trial  string    `json:",omitempty"` // of an export
	Types  []string  `json:",omitempty"`
	Since  time.Time `json:",omitzero"`
	Charts []int64   `json:",omitempty"` // that its files are about
	Files  []jobFile `json:",omitempty"`
	Source string    `json:",omitempty"` // of an import
	Inputs []string  `json:",omitempty"` // names in the job's folder or the folder of imports
	Folder bool      `json:",omitempty"` // they lie in the folder of imports
	Input  int       `json:",omitempty"` // that is being read, from 0
	Offset int64     `json:",omitempty"` // behind what was taken in of it
	Line   int       `json:",omitempty"`
	Faults int64     `json:",omitempty"` // length of the file of errors at that point
	Counts map[string]int
	Done   int64
	All    int64
}

// jobFile is one file of an answer.
type jobFile struct {
	Type  string
	Name  string
	Count int
}

// How long the files of a finished job are kept, and how many jobs one caller may have.
const (
	jobKept  = 24 * time.Hour
	jobsEach = 10
)

// OpenJobs opens the spool. importDir is the folder whose files $import may name; "" for none.
func OpenJobs(spool, importDir string, log *slog.Logger) (*Jobs, error) {
	if err := os.MkdirAll(spool, 0o700); err != nil {
		return nil, fmt.Errorf("opening the folder of jobs: %w", err)
	}
	j := &Jobs{spool: spool, log: log, jobs: map[string]*job{}, news: make(chan struct{})}
	if importDir != "" {
		var err error
		if j.files, err = os.OpenRoot(importDir); err != nil {
			return nil, fmt.Errorf("opening the folder of imports: %w", err)
		}
	}
	entries, err := os.ReadDir(spool)
	if err != nil {
		return nil, fmt.Errorf("reading the folder of jobs: %w", err)
	}
	for _, e := range entries {
		j.load(e.Name())
	}
	return j, nil
}

// Close lets go of the folder of imports.
func (j *Jobs) Close() error {
	if j.files == nil {
		return nil
	}
	return j.files.Close()
}

// load takes up a job of an earlier process; one that was never begun in full is removed.
func (j *Jobs) load(id string) {
	text, err := os.ReadFile(j.path(id, stateFile))
	var s jobState
	if err != nil || json.Unmarshal(text, &s) != nil || s.ID != id {
		if jobID(id) {
			_ = os.RemoveAll(j.path(id))
		}
		return
	}
	j.jobs[id] = &job{jobState: s}
}

const stateFile = "job.json"

func (j *Jobs) path(parts ...string) string {
	return filepath.Join(append([]string{j.spool}, parts...)...)
}

// jobID tells the ids that we give.
func jobID(id string) bool {
	b, err := hex.DecodeString(id)
	return err == nil && len(b) == 16
}

func newJobID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// errTooMany: a caller has as many jobs as one may have.
var errTooMany = errors.New("too many jobs of one caller")

// folder makes the folder of a job to come.
func (j *Jobs) folder(owner string, now time.Time) (id string, err error) {
	j.expire(now)
	j.mu.Lock()
	defer j.mu.Unlock()
	n := 0
	for _, o := range j.jobs {
		if o.Owner == owner {
			n++
		}
	}
	if n >= jobsEach {
		return "", errTooMany
	}
	id = newJobID()
	return id, os.Mkdir(j.path(id), 0o700)
}

// drop removes a folder of which no job was made.
func (j *Jobs) drop(id string) { _ = os.RemoveAll(j.path(id)) }

// add begins a job whose folder is there.
func (j *Jobs) add(s jobState) error {
	s.State = jobWaits
	// The caller is told of it next: it has to be there after a power failure.
	if err := errors.Join(j.save(&s), syncFolder(j.path(s.ID)), syncFolder(j.spool)); err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.jobs[s.ID] = &job{jobState: s}
	close(j.news)
	j.news = make(chan struct{})
	return nil
}

// save writes a job's state so that it is there whole after a power failure, or as it was before.
func (j *Jobs) save(s *jobState) error {
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	fresh := j.path(s.ID, stateFile+".new")
	f, err := os.OpenFile(fresh, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(fresh, j.path(s.ID, stateFile))
}

func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// see gives a job's state, to its owner only.
func (j *Jobs) see(id, owner string, now time.Time) (jobState, bool) {
	j.expire(now)
	j.mu.Lock()
	defer j.mu.Unlock()
	o, ok := j.jobs[id]
	if !ok || o.gone || o.Owner != owner {
		return jobState{}, false
	}
	return o.jobState, true
}

// cancel stops a job and removes it with its files.
func (j *Jobs) cancel(id, owner string) bool {
	j.mu.Lock()
	o, ok := j.jobs[id]
	if !ok || o.gone || o.Owner != owner {
		j.mu.Unlock()
		return false
	}
	j.forget(o)
	j.mu.Unlock()
	return true
}

// forget takes a job away; one that runs is removed by who runs it. The caller holds the lock.
func (j *Jobs) forget(o *job) {
	o.gone = true
	if o.stop != nil {
		o.stop()
		return
	}
	delete(j.jobs, o.ID)
	_ = os.RemoveAll(j.path(o.ID))
}

// expire removes what was done long ago.
func (j *Jobs) expire(now time.Time) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, o := range j.jobs {
		if o.State != jobWaits && !o.gone && now.Sub(o.Ended) > jobKept {
			j.forget(o)
		}
	}
}

// DropExports removes the files of every export, and of every import that has ended: what is erased may stand in them.
func (j *Jobs) DropExports() {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, o := range j.jobs {
		if !o.gone && (o.Kind == exporting || o.State != jobWaits) {
			j.forget(o)
		}
	}
}

// Run does the jobs, one of each kind at a time, until ctx ends; what is then under way goes on after the next start.
func (j *Jobs) Run(ctx context.Context, o Options) error {
	a := newAPI(o)
	var all sync.WaitGroup
	for kind, do := range map[string]func(context.Context, *jobState) error{exporting: a.export, importing: a.importAll} {
		all.Go(func() {
			for ctx.Err() == nil {
				if work, ok := j.take(ctx, kind); ok {
					j.finish(ctx, do(work.ctx, work.state), work.state, o.Now())
				}
			}
		})
	}
	all.Wait()
	return nil
}

type jobWork struct {
	ctx   context.Context
	state *jobState
}

// take waits for the next job of a kind: the oldest. ok is false when ctx has ended.
func (j *Jobs) take(ctx context.Context, kind string) (work jobWork, ok bool) {
	for {
		j.mu.Lock()
		var waiting []*job
		for _, o := range j.jobs {
			if o.Kind == kind && o.State == jobWaits && !o.gone && o.stop == nil {
				waiting = append(waiting, o)
			}
		}
		if len(waiting) > 0 {
			o := slices.MinFunc(waiting, func(x, y *job) int { return cmp.Or(x.At.Compare(y.At), cmp.Compare(x.ID, y.ID)) })
			var own context.Context
			own, o.stop = context.WithCancel(ctx)
			s := o.jobState
			j.mu.Unlock()
			return jobWork{own, &s}, true
		}
		news := j.news
		j.mu.Unlock()
		select {
		case <-news:
		case <-ctx.Done():
			return jobWork{}, false
		}
	}
}

// tell keeps how far a job has come; with keep, on disk too.
func (j *Jobs) tell(s *jobState, keep bool) error {
	j.mu.Lock()
	if o := j.jobs[s.ID]; o != nil {
		o.jobState = s.copied()
	}
	j.mu.Unlock()
	if !keep {
		return nil
	}
	return j.save(s)
}

// copied is a state that shares nothing with the one that is being worked on.
func (s *jobState) copied() jobState {
	c := *s
	c.Files, c.Charts = slices.Clone(s.Files), slices.Clone(s.Charts)
	c.Counts = map[string]int{}
	for k, v := range s.Counts {
		c.Counts[k] = v
	}
	return c
}

// finish keeps what became of a job. One that the end of the process interrupted stays as it is. Until the state is on disk
// the job counts as running, so that nobody removes the folder that is being written to.
func (j *Jobs) finish(ctx context.Context, err error, s *jobState, now time.Time) {
	if !j.cancelled(s.ID) && (err == nil || ctx.Err() == nil) {
		s.State, s.Ended = jobDone, now
		if err != nil {
			s.State = jobFails
			j.log.Error("a job failed", "kind", s.Kind, "job", s.ID, "error", kindOfError(err))
		}
		if err := j.save(s); err != nil {
			j.log.Error("the state of a job could not be kept", "job", s.ID, "error", kindOfError(err))
		}
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	o := j.jobs[s.ID]
	o.stop()
	o.stop = nil
	if o.gone {
		j.forget(o)
		return
	}
	o.jobState = s.copied()
}

func (j *Jobs) cancelled(id string) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.jobs[id].gone
}

// kindOfError is what a log may hold of an error: its type, and the system's own word for it.
func kindOfError(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return fmt.Sprintf("%T", err)
}
