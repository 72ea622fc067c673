package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/spf13/pflag"

	"prescreen/internal/dates"
	"prescreen/internal/intake"
	"prescreen/internal/live"
	"prescreen/internal/screen"
)

// asked is what screen and explain have in common: what to read, and as of when.
type asked struct {
	rules, asOf, silence, memory string
	store                        stored // read in place of files
	trials, sources, hierarchies []string
	workers                      int
}

func (a *asked) flags(f *pflag.FlagSet) {
	f.StringVar(&a.rules, "rules", "rules", "folder of trials, value sets and site settings")
	f.StringArrayVar(&a.trials, "trial", nil, "only this trial, by id or registry number; may be repeated")
	f.StringVar(&a.asOf, "as-of", "", "the day to ask about, YYYY-MM-DD; today in the site's time zone if left out")
	f.StringVar(&a.silence, "silence", "", "open: nothing on record decides nothing")
	f.StringArrayVar(&a.hierarchies, "hierarchy", nil, "file or folder with a code system's hierarchy (SNOMED CT RF2, RxNorm RRF, FHIR JSON); may be repeated")
	f.StringVar(&a.memory, "memory", "256MiB", "memory for records that are read; beyond it they go to a temporary folder")
	f.StringVar(&a.store.db, "db", "", "read the records of a store in place of files")
	f.IntVar(&a.workers, "workers", 0, "how many work at once; all cores if left out")
	f.StringArrayVar(&a.sources, "source", nil, "what lies under PATH belongs to the feed NAME; may be repeated")
}

// day is the as-of day. The clock is read here and nowhere else.
func (a *asked) day(zone *time.Location) (dates.Day, error) {
	if a.asOf == "" {
		if zone == nil {
			zone = time.Local
		}
		y, m, d := time.Now().In(zone).Date()
		return dates.NewDay(y, int(m), d), nil
	}
	d, err := dates.ParseDay(a.asOf)
	if err != nil {
		return 0, wrongUsage("--as-of: %w", err)
	}
	return d, nil
}

// inputs checks what is to be read, before any of it is.
func (a *asked) inputs(paths []string) (intake.Options, []string, error) {
	if a.store.db != "" && len(paths)+len(a.sources) == 0 {
		return intake.Options{}, nil, nil
	} else if a.store.db != "" {
		return intake.Options{}, nil, wrongUsage("--db reads a store: name no files beside it")
	}
	sources, paths, err := a.feeds(paths)
	if err != nil {
		return intake.Options{}, nil, err
	}
	memory, err := parseSize(a.memory)
	if err != nil {
		return intake.Options{}, nil, err
	}
	if a.workers < 0 {
		return intake.Options{}, nil, wrongUsage("--workers %d: at least one is needed", a.workers)
	}
	return intake.Options{Memory: memory, Workers: a.workers, Sources: sources}, paths, nil
}

// cohort reads what was asked for: the records of files, or of a store.
func (a *asked) cohort(ctx context.Context, r *rules, o intake.Options, paths []string, stdin io.Reader, stderr io.Writer) (_ *intake.Cohort, err error) {
	if a.store.db == "" {
		return r.read(ctx, o, paths, stdin, stderr)
	}
	opened, err := a.store.reading(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, opened.Close()) }()
	cohort, err := live.Cohort(ctx, opened, 0, r.liveSettings(live.Full, nil, time.Now))
	if err != nil {
		return nil, failed(err)
	}
	if cohort.Patients == 0 {
		return nil, failed(errors.Join(errors.New("no patient in the store: nothing was screened"), cohort.Close()))
	}
	return cohort, nil
}

// read reads the records, showing a person at the terminal how far it has come.
func (r *rules) read(ctx context.Context, o intake.Options, paths []string, stdin io.Reader, stderr io.Writer) (*intake.Cohort, error) {
	began, bar := time.Now(), newBar(stderr, "reading")
	o.Zone, o.UniqueIdentifiers = r.Site.Location, r.Site.UniqueIdentifiers
	o.Progress = func(p intake.Progress) {
		bar.set(p.Bytes, p.BytesTotal, fmt.Sprintf("%d of %d files, %s patients/s", p.Files, p.FilesTotal, rate(p.Patients, began)))
	}
	cohort, err := intake.Read(ctx, o, paths, interruptible(ctx, stdin))
	bar.finish()
	if err != nil {
		return nil, failed(err)
	}
	if cohort.Patients == 0 {
		err := fmt.Errorf("no patient in %s: nothing was screened", strings.Join(paths, ", "))
		if n := len(cohort.Rejected); n > 0 {
			err = fmt.Errorf("%w; %s rejected, the first %s: %s", err, wereRejected(n), cohort.Rejected[0].Input, cohort.Rejected[0].Reason)
		}
		return nil, failed(errors.Join(err, cohort.Close()))
	}
	return cohort, nil
}

// interruptible makes a reader end when ctx does: a read from a terminal or a pipe waits for data that may never come.
func interruptible(ctx context.Context, r io.Reader) io.Reader {
	out, in := io.Pipe()
	context.AfterFunc(ctx, func() { out.CloseWithError(context.Cause(ctx)) })
	var once sync.Once
	return readerFunc(func(p []byte) (int, error) {
		once.Do(func() {
			go func() {
				_, err := io.Copy(in, r)
				in.CloseWithError(err)
			}()
		})
		return out.Read(p)
	})
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// feeds splits --source; a feed's path is read like any other.
func (a *asked) feeds(paths []string) ([]intake.Source, []string, error) {
	var out []intake.Source
	paths = slices.Clone(paths)
	for _, s := range a.sources {
		name, path, ok := strings.Cut(s, "=")
		if !ok || name == "" || path == "" {
			return nil, nil, wrongUsage("--source %s: write it as NAME=PATH", s)
		}
		out = append(out, intake.Source{Name: name, Path: path})
		if !slices.Contains(paths, path) {
			paths = append(paths, path)
		}
	}
	if len(paths) == 0 {
		return nil, nil, wrongUsage("name the files or folders to read, or - for stdin")
	}
	for _, p := range paths {
		if _, err := os.Stat(p); p != "-" && err != nil {
			return nil, nil, wrongUsage("there is nothing to read at %s", p)
		}
	}
	return out, paths, nil
}

// sizes are the units of a size, the longer names first.
var sizes = []struct {
	name  string
	bytes int64
}{
	{"GiB", 1 << 30},
	{"MiB", 1 << 20},
	{"KiB", 1 << 10},
	{"GB", 1e9},
	{"MB", 1e6},
	{"kB", 1e3},
	{"KB", 1e3},
	{"G", 1 << 30},
	{"M", 1 << 20},
	{"K", 1 << 10},
	{"B", 1},
	{"", 1},
}

// parseSize reads 256MiB, 1GB, 512M or a number of bytes.
func parseSize(s string) (int64, error) {
	for _, u := range sizes {
		digits, ok := strings.CutSuffix(s, u.name)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 64)
		if err != nil || n < 1 || n > (1<<62)/u.bytes {
			break
		}
		return n * u.bytes, nil
	}
	return 0, wrongUsage("--memory %s: write a size such as 256MiB or 1GB", s)
}

// plan binds the trials to what was read.
func (r *rules) plan(cohort *intake.Cohort, day dates.Day) *screen.Plan {
	return r.Plan(r.Trials, cohort.Dictionary, cohort.Units, day)
}
