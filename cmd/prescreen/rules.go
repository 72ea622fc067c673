package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"prescreen/internal/mistake"
	"prescreen/internal/quantity"
	"prescreen/internal/rule"
	"prescreen/internal/site"
	"prescreen/internal/terms"
	"prescreen/internal/trial"
)

// rules is a folder of rules, read: trials, value sets and the site's settings.
type rules struct {
	trials []*trial.Trial
	lib    *terms.Library
	site   site.Settings
}

// readRules reads a folder of rules. With ids only those trials are read; without, all but those that are closed or whose
// rules are retired, which are named on stderr.
func readRules(dir string, ids []string, silence string, stderr io.Writer, hierarchies ...string) (*rules, error) {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, wrongUsage("no folder of rules at %s: name one with --rules", dir)
	}
	trials, lib, mistakes := trial.ReadFolder(dir, ids...)
	settings, told, err := readSite(filepath.Join(dir, "site.yaml"), lib)
	if err != nil {
		return nil, err
	}
	mistakes = append(mistakes, told...)
	if mistakes.HasErrors() {
		return nil, wrongUsage("the rules have mistakes, so nothing was screened\n\n%w", onlyErrors(mistakes))
	}
	switch silence {
	case "":
	case "open":
		settings.SilenceOpen = true
	default:
		return nil, wrongUsage("--silence %s: the only word it takes is open", silence)
	}
	r := &rules{lib: lib, site: settings}
	for _, t := range trials {
		if why := notScreened(t); why != "" && len(ids) == 0 {
			fmt.Fprintf(stderr, "%s is left out: %s. Name it with --trial to screen it all the same.\n", t.ID, why)
			continue
		}
		r.trials = append(r.trials, t)
	}
	if err := r.check(dir); err != nil {
		return nil, err
	}
	return r, r.over(dir, hierarchies)
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
	if len(r.trials) == 0 {
		return wrongUsage("no trial to screen in %s", filepath.Join(dir, "trials"))
	}
	for _, t := range r.trials {
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
	settings, mistakes := site.Read(path, data)
	return settings, append(mistakes, settings.Check(mistake.NewPage(path, data), lib)...), nil
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

func (r *rules) rulesDigest() string {
	d := trial.Digest(r.trials, r.lib)
	return hex.EncodeToString(d[:])
}

func (r *rules) settingsDigest() string {
	d := r.site.Digest()
	return hex.EncodeToString(d[:])
}

// settingsFor are the numbers of the site for the criteria of a trial, whose own word on missing data comes first.
func (r *rules) settingsFor(t *trial.Trial) rule.Settings {
	s := rule.Settings{
		SilenceOpen: r.site.SilenceOpen, RecordAtLeast: r.site.RecordAtLeast, ContactWithin: r.site.ContactWithin,
		RefillGap: r.site.RefillGap, OldOrder: r.site.OldOrder, StoppedWithin: r.site.StoppedWithin,
		Missing: map[terms.Domain]bool{},
	}
	for _, missing := range []map[terms.Domain]bool{r.site.Missing, t.Missing} {
		for kind, notMet := range missing {
			s.Missing[kind] = notMet
		}
	}
	for _, f := range r.site.Feeds {
		s.Feeds = append(s.Feeds, rule.Feed{Kind: f.Kind.String(), CompleteSince: f.CompleteSince, Partial: f.Partial, LateBy: f.LateBy})
	}
	for _, u := range r.site.UpperLimits {
		value, err := quantity.Parse(strings.TrimSpace(u.Value))
		if err != nil {
			continue // site.Read has refused it
		}
		s.UpperLimits = append(s.UpperLimits, rule.UpperLimit{Set: u.Set, Sex: u.Sex, From: u.From, To: u.To, Value: value, Unit: u.Unit})
	}
	return s
}
