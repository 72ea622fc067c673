package fhirapi

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"prescreen/internal/audit"
	"prescreen/internal/live"
)

// export writes the records of a trial's candidates: a file for each type, the candidates in the order of their charts.
func (a *api) export(ctx context.Context, s *jobState) error {
	of, err := a.Live.List(ctx, s.Trial)
	if err != nil {
		return fmt.Errorf("listing for an export: %w", err)
	}
	s.Charts = charts(proposed(of))
	slices.Sort(s.Charts)
	s.All, s.Done, s.Files = int64(len(s.Charts)), 0, nil
	err = a.record(ctx, audit.Entry{
		At: a.Now(), Who: s.By.Who, Role: s.By.Role, Action: audit.Read, Route: s.By.Route, Trial: s.Trial, Object: "job " + s.ID,
		Outcome: "ok", Request: s.By.Request, Subjects: s.Charts,
	})
	if err != nil {
		return err
	}
	out := outputs{job: s, folder: a.Jobs, files: map[string]*output{}}
	for _, chart := range s.Charts {
		if err = a.exportChart(ctx, s, chart, &out); err != nil {
			break
		}
		s.Done++
		if err = a.Jobs.tell(s, false); err != nil {
			break
		}
	}
	return errors.Join(err, out.close())
}

func (a *api) exportChart(ctx context.Context, s *jobState, chart int64, out *outputs) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return a.Records.EachOf(ctx, chart, func(v *live.Version) error {
		if v.Deleted || len(v.Raw) == 0 || len(s.Types) > 0 && !slices.Contains(s.Types, v.Key.Type) || v.At.Before(s.Since) {
			return nil
		}
		body, err := represented(v)
		if err != nil {
			return err
		}
		return out.write(v.Key.Type, body)
	})
}

// outputs are the files of an export, by type.
type outputs struct {
	job    *jobState
	folder *Jobs
	files  map[string]*output
}

type output struct {
	f     *os.File
	w     *bufio.Writer
	count int
}

func (o *outputs) write(kind string, line []byte) error {
	out := o.files[kind]
	if out == nil {
		f, err := os.OpenFile(o.folder.path(o.job.ID, kind+".ndjson"), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
		if err != nil {
			return err
		}
		out = &output{f: f, w: bufio.NewWriter(f)}
		o.files[kind] = out
	}
	out.count++
	return writeLine(out.w, line)
}

// writeLine writes JSON as one line: whoever sent it may have put it on several.
func writeLine(w *bufio.Writer, line []byte) error {
	for _, c := range line {
		if c == '\n' || c == '\r' { // inside a string JSON has them escaped
			c = ' '
		}
		if err := w.WriteByte(c); err != nil {
			return err
		}
	}
	return w.WriteByte('\n')
}

// close ends all files and lists them in the job, by type.
func (o *outputs) close() error {
	var errs []error
	for kind, out := range o.files {
		errs = append(errs, out.w.Flush(), out.f.Close())
		o.job.Files = append(o.job.Files, jobFile{Type: kind, Name: kind + ".ndjson", Count: out.count})
	}
	slices.SortFunc(o.job.Files, func(x, y jobFile) int { return strings.Compare(x.Type, y.Type) })
	return errors.Join(errs...)
}
