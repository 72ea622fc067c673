package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"prescreen/internal/mistake"
	"prescreen/internal/rulebook"
	"prescreen/internal/site"
	"prescreen/internal/terms"
	"prescreen/internal/trial"
)

// rules is a book with what the commands do with it.
type rules struct{ *rulebook.Book }

// readRules reads a folder of rules. With ids only those trials are read; without, all but those that are closed or whose
// rules are retired, which are named on stderr.
func readRules(dir string, ids []string, silence string, stderr io.Writer, hierarchies ...string) (*rules, error) {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, wrongUsage("no folder of rules at %s: name one with --rules", dir)
	}
	book, mistakes, err := rulebook.Read(dir, ids...)
	if err != nil {
		return nil, failed(err)
	}
	if mistakes.HasErrors() {
		return nil, wrongUsage("the rules have mistakes, so nothing was screened\n\n%w", onlyErrors(mistakes))
	}
	switch silence {
	case "":
	case "open":
		book.Site.SilenceOpen = true
	default:
		return nil, wrongUsage("--silence %s: the only word it takes is open", silence)
	}
	r := &rules{book}
	trials := book.Trials
	book.Trials = nil
	for _, t := range trials {
		if why := notScreened(t); why != "" && len(ids) == 0 {
			fmt.Fprintf(stderr, "%s is left out: %s. Name it with --trial to screen it all the same.\n", t.ID, why)
			continue
		}
		r.Trials = append(r.Trials, t)
	}
	if err := r.check(dir); err != nil {
		return nil, err
	}
	return r, r.over(dir, hierarchies, r.Sets())
}

// notScreened says why a trial is not screened unless it is asked for.
func notScreened(t *trial.Trial) string {
	switch {
	case t.Rules.State == trial.Retired:
		return "its rules are retired"
	case t.Recruiting == trial.Closed:
		return "it has closed recruitment"
	}
	return ""
}

// check refuses to screen nothing: silence would look like a list without candidates.
func (r *rules) check(dir string) error {
	if len(r.Trials) == 0 {
		return wrongUsage("no trial to screen in %s", filepath.Join(dir, "trials"))
	}
	for _, t := range r.Trials {
		if len(t.Criteria) == 0 {
			return wrongUsage("the trial %s has no criterion, so everybody would pass it: add one to %s", t.ID, t.File)
		}
	}
	return nil
}

// readSite reads the site's settings; a folder without them has the defaults.
func readSite(path string, lib *terms.Library) (site.Settings, mistake.List, error) {
	data, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return site.Default(), nil, nil
	case err != nil:
		return site.Settings{}, nil, failed(fmt.Errorf("reading the site's settings: %w", err))
	}
	settings, mistakes := rulebook.ReadSite(path, data, lib)
	return settings, mistakes, nil
}

func onlyErrors(list mistake.List) mistake.List {
	var out mistake.List
	for _, m := range list {
		if m.Severity == mistake.Error {
			out = append(out, m)
		}
	}
	out.Sort()
	return out
}
