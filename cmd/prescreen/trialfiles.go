package main

import (
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"prescreen/internal/author"
	"prescreen/internal/chart"
	"prescreen/internal/mistake"
	"prescreen/internal/rulebook"
	"prescreen/internal/screen"
	"prescreen/internal/terms"
	"prescreen/internal/trial"
)

// authored is what the commands for authors have in common: which trial files, under which rules.
type authored struct {
	rules  string
	trials []string
}

func (a *authored) flags(f *pflag.FlagSet) {
	f.StringVar(&a.rules, "rules", "rules", "folder of trials, value sets and site settings; found by itself for a file inside one")
	f.StringArrayVar(&a.trials, "trial", nil, "only this trial, by id or registry number; may be repeated")
}

// read reads the trial files at a path: one file, the files of a folder, or a whole folder of rules, which is what an empty
// path means. Unlike screening it takes closed and retired trials too: their files are still worth reading.
func (a *authored) read(path string) (*rules, error) {
	if path == "" {
		path = a.rules
	}
	if _, err := os.Stat(path); err != nil {
		return nil, wrongUsage("there is no file or folder %s: name a trial file, or a folder of rules", path)
	}
	opened, err := author.Open(path, a.rules)
	if err != nil {
		return nil, wrongUsage("%w", err)
	}
	texts, err := trialTexts(path, opened)
	if err != nil {
		return nil, err
	}
	lib, mistakes := terms.ReadSets(opened.Sets)
	settings, told, err := readSite(filepath.Join(opened.Dir, "site.yaml"), lib)
	if err != nil {
		return nil, err
	}
	r := &rules{rulebook.New(nil, lib, settings)}
	mistakes = append(append(mistakes, opened.Unread...), told...)
	var names []string
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		draft, told := trial.ReadDraft(mistake.NewPage(name, texts[name]), lib)
		names = append(names, draft.ID)
		if !a.asksFor(draft) {
			continue
		}
		mistakes = append(mistakes, told...)
		if !told.HasErrors() {
			r.Trials = append(r.Trials, draft)
		}
	}
	switch {
	case mistakes.HasErrors():
		return nil, wrongUsage("the rules have mistakes, so nothing was done; prescreen check %s tells all\n\n%w", path, onlyErrors(mistakes))
	case len(names) == 0:
		return nil, wrongUsage("no trial file in %s: prescreen gallery prints one to begin with", path)
	case len(r.Trials) == 0:
		return nil, wrongUsage("no trial here is %s; there is %s", strings.Join(a.trials, " or "), strings.Join(names, ", "))
	}
	return r, r.over(opened.Dir, nil, r.Sets())
}

// trialTexts gives the trial files that a path means: those that were opened, or for a folder inside a folder of rules, such
// as the gallery, its own.
func trialTexts(path string, opened *author.Rules) (map[string][]byte, error) {
	if opened.Only != "" || filepath.Clean(path) == filepath.Clean(opened.Dir) {
		return opened.Trials, nil
	}
	files, _ := filepath.Glob(filepath.Join(path, "*.y*ml")) // the pattern is well formed
	texts := map[string][]byte{}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, wrongUsage("%s cannot be read", name)
		}
		texts[filepath.ToSlash(name)] = data
	}
	return texts, nil
}

func (a *authored) asksFor(t *trial.Trial) bool {
	return len(a.trials) == 0 || slices.ContainsFunc(a.trials, func(id string) bool {
		return strings.EqualFold(id, t.ID) || strings.EqualFold(id, t.NCT)
	})
}

// made is what made-up patients are asked under.
func (r *rules) made() author.Site {
	return author.Site{
		Library: r.Library, Zone: r.Site.Location, Horizon: r.Site.Horizon, OptIn: r.Site.OptIn,
		Terms: func(d *terms.Dictionary, u *chart.Units) screen.Terms { return r.Codes(d, u) },
	}
}

// paper is where a text for authors is shown.
func paper(w io.Writer) author.Place {
	o := placeOf(w)
	return author.Place{Width: o.Width, Colour: o.Colour}
}

// onePath is the argument of a command that takes at most one.
func onePath(args []string) (string, error) {
	switch len(args) {
	case 0:
		return "", nil
	case 1:
		return args[0], nil
	}
	return "", wrongUsage("one path is enough: a trial file, or a folder of rules")
}
