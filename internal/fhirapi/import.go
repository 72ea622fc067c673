package fhirapi

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/samply/golang-fhir-models/fhir-models/fhir"

	"prescreen/internal/intake"
	"prescreen/internal/web"
)

// startImport takes a job of https://github.com/smart-on-fhir/bulk-import as far as a machine without a way out can: the
// lines themselves, as NDJSON or in the parts of a form, or the names of files that lie in the folder of imports.
func (a *api) startImport(w http.ResponseWriter, r *http.Request) error {
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return web.UnsupportedMedia("send " + web.NDJSON + ", multipart/form-data of it, or a manifest as " + web.JSON)
	}
	s := jobState{Kind: importing, Source: web.Caller(r.Context()).Source}
	if s.ID, err = a.newFolder(r); err != nil {
		return err
	}
	switch media {
	case web.NDJSON, "application/ndjson", "application/x-ndjson":
		err = a.spoolBody(r, &s)
	case "multipart/form-data":
		err = a.spoolParts(r, &s, params["boundary"])
	case web.FHIR, web.JSON:
		err = a.nameInputs(r, &s)
	default:
		err = web.UnsupportedMedia("send " + web.NDJSON + ", multipart/form-data of it, or a manifest as " + web.JSON)
	}
	if err != nil {
		a.Jobs.drop(s.ID)
		return err
	}
	return a.accepted(w, r, s)
}

func (a *api) spoolBody(r *http.Request, s *jobState) error {
	if r.Header.Get("Content-Encoding") != "" {
		return web.UnsupportedMedia("send the lines as they are, not packed")
	}
	return a.spool(r.Body, s)
}

// spool copies lines into the next input of a job.
func (a *api) spool(from io.Reader, s *jobState) error {
	name := fmt.Sprintf("input-%04d.ndjson", len(s.Inputs)+1)
	f, err := os.OpenFile(a.Jobs.path(s.ID, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("keeping an import: %w", errors.Unwrap(err))
	}
	in := &noting{from: from}
	n, err := io.Copy(f, in)
	s.Inputs, s.All = append(s.Inputs, name), s.All+n
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		return nil
	}
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return err
	case in.broke != nil:
		return web.BadRequest("the body broke off: send it again")
	}
	return fmt.Errorf("keeping an import: %w", err)
}

// noting tells whether it was the reading that failed, and not our disk.
type noting struct {
	from  io.Reader
	broke error
}

func (t *noting) Read(p []byte) (int, error) {
	n, err := t.from.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		t.broke = err
	}
	return n, err
}

// inputsMost is how many files one job may have.
const inputsMost = 1000

func (a *api) spoolParts(r *http.Request, s *jobState, boundary string) error {
	parts, err := r.MultipartReader()
	if err != nil || boundary == "" {
		return web.BadRequest("the form cannot be read: send multipart/form-data with a boundary")
	}
	for {
		part, err := parts.NextPart()
		switch {
		case errors.Is(err, io.EOF) && len(s.Inputs) > 0:
			return nil
		case err != nil:
			return web.BadRequest("the form broke off, or holds no file: send it again")
		case len(s.Inputs) >= inputsMost:
			return web.TooLarge("one job takes " + strconv.Itoa(inputsMost) + " files: send the others in a job of their own")
		}
		if err := a.spool(part, s); err != nil {
			return err
		}
	}
}

// importManifest is the JSON form of a request; Parameters say the same in FHIR's form.
type importManifest struct {
	InputFormat string `json:"inputFormat"`
	Input       []struct {
		URL string `json:"url"`
	} `json:"input"`
	Parameter []parameter `json:"parameter"`
}

// nameInputs reads the names of files in the folder of imports. Nothing is fetched from elsewhere: no call leaves the
// machine.
func (a *api) nameInputs(r *http.Request, s *jobState) error {
	data, err := web.ReadBody(r, 1<<20)
	if err != nil {
		return err
	}
	var m importManifest
	if json.Unmarshal(data, &m) != nil {
		return web.BadRequest("the manifest is no JSON of its form: name files by input[].url, or by parameters input with a part url")
	}
	var urls []string
	for _, i := range m.Input {
		urls = append(urls, i.URL)
	}
	for _, p := range m.Parameter {
		for _, part := range p.Part {
			if p.Name == "input" && part.Name == "url" {
				urls = append(urls, part.text())
			}
		}
	}
	switch {
	case a.Jobs.files == nil:
		return web.Unprocessable("no folder of imports is set up here: send the lines themselves as " + web.NDJSON)
	case len(urls) == 0 || len(urls) > inputsMost:
		return web.Unprocessable("the manifest names 1 to " + strconv.Itoa(inputsMost) + " files")
	}
	s.Folder = true
	for n, u := range urls {
		if err := a.nameInput(s, u, n); err != nil {
			return err
		}
	}
	return nil
}

func (a *api) nameInput(s *jobState, address string, n int) error {
	place := "input[" + strconv.Itoa(n) + "].url"
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "" && u.Scheme != "file" || u.Host != "" {
		return misplaced(place, "value", "only files of the folder of imports are read, as file:name.ndjson: nothing is fetched from elsewhere")
	}
	name := u.Opaque
	if name == "" {
		name = strings.TrimPrefix(u.Path, "/")
	}
	if plain, err := url.PathUnescape(name); err == nil && u.Opaque != "" {
		name = plain
	}
	info, err := a.Jobs.files.Stat(filepath.FromSlash(name))
	if err != nil || !info.Mode().IsRegular() {
		return misplaced(place, "not-found", "there is no such file in the folder of imports")
	}
	s.Inputs, s.All = append(s.Inputs, filepath.FromSlash(name)), s.All+info.Size()
	return nil
}

const faultsFile = "errors.ndjson"

// One write of an import takes so many lines or bytes, whichever is less; a longer line than the last is refused.
const (
	importLines = 500
	importBytes = 4 << 20
	longestLine = 64 << 20
)

// importAll takes in what is left of a job's inputs.
func (a *api) importAll(ctx context.Context, s *jobState) error {
	faults, err := os.OpenFile(a.Jobs.path(s.ID, faultsFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer faults.Close()
	if err := errors.Join(faults.Truncate(s.Faults), second(faults.Seek(s.Faults, io.SeekStart))); err != nil {
		return err
	}
	for ; s.Input < len(s.Inputs); s.Input, s.Offset, s.Line = s.Input+1, 0, 0 {
		if err := a.importInput(ctx, s, faults); err != nil {
			return err
		}
	}
	if s.Counts[wasRefused] > 0 {
		s.Files = []jobFile{{Type: "OperationOutcome", Name: faultsFile, Count: s.Counts[wasRefused]}}
	}
	s.Inputs = nil // is kept before they go: what goes on after a crash must not look for them
	if err := a.Jobs.tell(s, true); err != nil {
		return err
	}
	return a.Jobs.dropInputs(s.ID)
}

// dropInputs removes the lines that a job was given.
func (j *Jobs) dropInputs(id string) error {
	files, err := os.ReadDir(j.path(id))
	for _, f := range files {
		if strings.HasPrefix(f.Name(), "input-") {
			err = errors.Join(err, os.Remove(j.path(id, f.Name())))
		}
	}
	return err
}

func second[T any](_ T, err error) error { return err }

func (a *api) importInput(ctx context.Context, s *jobState, faults *os.File) error {
	f, err := a.openInput(s)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Seek(s.Offset, io.SeekStart); err != nil {
		return err
	}
	in := bufio.NewReaderSize(f, 1<<16)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		lines, n, done, err := nextLines(in)
		if err != nil {
			return fmt.Errorf("reading an input: %w", err)
		}
		if len(lines) > 0 {
			if err := a.importSome(ctx, s, lines, faults); err != nil {
				return err
			}
		}
		s.Offset, s.Line, s.Done = s.Offset+n, s.Line+len(lines), s.Done+n
		if s.Faults, err = faults.Seek(0, io.SeekCurrent); err != nil {
			return err
		}
		if err := errors.Join(faults.Sync(), a.Jobs.tell(s, true)); err != nil {
			return err
		}
		if done {
			return nil
		}
	}
}

func (a *api) openInput(s *jobState) (*os.File, error) {
	if s.Folder {
		if a.Jobs.files == nil {
			return nil, errors.New("the folder of imports is not set up any more")
		}
		return a.Jobs.files.Open(s.Inputs[s.Input])
	}
	return os.Open(a.Jobs.path(s.ID, s.Inputs[s.Input]))
}

// nextLines reads some lines; n counts their bytes. A line that is too long comes as nil.
func nextLines(in *bufio.Reader) (lines [][]byte, n int64, done bool, err error) {
	for len(lines) < importLines && n < importBytes {
		line, length, err := nextLine(in)
		n += length
		if errors.Is(err, io.EOF) {
			if length > 0 {
				lines = append(lines, line)
			}
			return lines, n, true, nil
		} else if err != nil {
			return nil, 0, false, err
		}
		lines = append(lines, line)
	}
	return lines, n, false, nil
}

func nextLine(in *bufio.Reader) (line []byte, length int64, err error) {
	for {
		part, err := in.ReadSlice('\n')
		length += int64(len(part))
		if length <= longestLine {
			line = append(line, part...)
		} else {
			line = nil
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, length, err
		}
	}
}

const wasRefused = "refused"

// importSome takes lines in, each on its own.
func (a *api) importSome(ctx context.Context, s *jobState, lines [][]byte, faults io.Writer) error {
	from := sender{s.Source, s.By}
	var entries []*entry
	for n, line := range lines {
		if line != nil && len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		e, err := a.lineEntry(line, s.Line+n+1, s.Input+1)
		if err != nil {
			return err
		}
		if err := a.resolve(ctx, from, e); err != nil {
			return err
		}
		entries = append(entries, e)
	}
	if err := a.writeAll(ctx, from, nil, entries, false); err != nil {
		return err
	}
	for _, e := range entries {
		s.Counts[e.became()]++
		if e.refused == nil {
			continue
		}
		if _, err := faults.Write(append(faultLine(e), '\n')); err != nil {
			return err
		}
	}
	return nil
}

func (a *api) lineEntry(line []byte, number, input int) (*entry, error) {
	place := "line " + strconv.Itoa(number) + " of input " + strconv.Itoa(input)
	if line == nil {
		e := &entry{place: place, resource: &intake.Resource{}, method: http.MethodPut}
		e.refuse(web.TooLarge("this line is longer than a resource may be"))
		return e, nil
	}
	resource, err := intake.ReadResource(a.Live.Options(), line)
	if err != nil {
		return nil, err
	}
	e := a.state(resource, 0)
	e.place = place
	return e, nil
}

// became is the word for what became of an entry, in the counts of an import.
func (e *entry) became() string {
	switch {
	case e.refused != nil:
		return wasRefused
	case e.reply.status == http.StatusCreated:
		return "created"
	case e.reply.key.ID == "":
		return "not kept"
	}
	return "taken in"
}

// faultLine is why a line was refused, as an OperationOutcome.
func faultLine(e *entry) []byte {
	var out fhir.OperationOutcome
	issues := e.refused.Issues
	if len(issues) == 0 {
		issues = []web.Issue{{Message: e.refused.Message}}
	}
	for _, i := range issues {
		issue := fhir.OperationOutcomeIssue{Severity: fhir.IssueSeverityError, Code: fhir.IssueTypeInvalid, Diagnostics: ptr(e.place + ": " + i.Message)}
		if i.Expression != "" && !strings.HasPrefix(i.Expression, "line ") && !strings.HasPrefix(i.Expression, "Bundle.") {
			issue.Expression = []string{i.Expression}
		}
		out.Issue = append(out.Issue, issue)
	}
	return mustJSON(out)
}
