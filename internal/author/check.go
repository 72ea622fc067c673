// Package author is what a coordinator works with: rules are checked, tested, read back, tried and formatted here, and every
// answer is given in the words of the file.
//
// Nothing here decides about a patient. A file with errors is read as far as it can be, so that all of its mistakes are told
// at once and one broken file never hides those of another; what comes of such a file is never screened with.
package author

import (
	"cmp"
	"maps"
	"slices"

	"prescreen/internal/mistake"
	"prescreen/internal/terms"
	"prescreen/internal/trial"
)

// Checker checks trial files against value sets that it reads once: an editor asks it again with every keystroke. It may be
// used from several goroutines.
type Checker struct {
	lib    *terms.Library
	pages  map[string]*silences // of the value-set files
	sets   mistake.List
	broken []string // value-set files of which nothing could be read
	limits map[string]bool
}

// NewChecker reads the value sets.
func NewChecker(sets map[string][]byte) *Checker {
	c := &Checker{pages: map[string]*silences{}, limits: map[string]bool{}}
	lib, told := terms.ReadSets(sets)
	c.lib = lib
	read := map[string]bool{}
	for _, s := range lib.Sets() {
		read[s.File] = true
	}
	for _, name := range slices.Sorted(maps.Keys(sets)) {
		page := mistake.NewPage(name, sets[name])
		c.pages[name] = readSilences(page)
		own := byFile(told)[name]
		if own.HasErrors() && !read[name] {
			c.broken = append(c.broken, name)
		}
		c.sets = append(c.sets, c.pages[name].apply(append(own, lintSets(page, lib)...))...)
	}
	c.sets.Sort()
	return c
}

// UpperLimits names value sets for which the site's table has an upper limit of normal. It is called before any check.
func (c *Checker) UpperLimits(sets ...string) {
	for _, s := range sets {
		c.limits[foldCase(s)] = true
	}
}

// Library is the value sets as far as they could be read.
func (c *Checker) Library() *terms.Library { return c.lib }

// Sets tells the mistakes in the value-set files.
func (c *Checker) Sets() mistake.List { return slices.Clone(c.sets) }

// Checked is a trial file and what its author should know about it.
type Checked struct {
	Trial    *trial.Trial // as far as it could be read; never to be screened with
	Mistakes mistake.List

	page     *mistake.Page
	silences *silences
}

// Trial checks one trial file by itself.
func (c *Checker) Trial(file string, data []byte) *Checked {
	page := mistake.NewPage(file, data)
	t, told := trial.ReadDraft(page, c.lib)
	c.blame(told)
	k := &Checked{Trial: t, page: page, silences: readSilences(page)}
	l := newLinter(page, t, c)
	l.criteria()
	l.together()
	l.tests()
	l.protocol()
	k.Mistakes = k.silences.apply(append(told, l.list...))
	k.Mistakes.Sort()
	return k
}

// blame says of value sets that are not known that a file of them could not be read: the name may be right.
func (c *Checker) blame(told mistake.List) {
	if len(c.broken) == 0 {
		return
	}
	for i := range told {
		if slices.Contains([]string{"E119", "E409", "E411"}, told[i].Code) {
			told[i].Why, told[i].Fix = c.broken[0]+" cannot be read, so its value sets are not known: put that file right first", ""
		}
	}
}

// Together tells what shows only when all trials of a folder are seen: an id that is taken, value sets that nobody uses.
func (c *Checker) Together(all []*Checked) mistake.List {
	var trials []*trial.Trial
	for _, k := range all {
		trials = append(trials, k.Trial)
	}
	told := trial.SameID(trials)
	for file, sets := range unusedSets(trials, c.lib) {
		var names []string
		for _, s := range sets {
			names = append(names, s.Name)
		}
		first := slices.MinFunc(sets, func(a, b *terms.ValueSet) int { return cmp.Compare(a.Line, b.Line) })
		l := &setLinter{page: c.pages[file].page}
		l.tell(first, unusedSet, "no trial uses "+joined(names))
		told = append(told, c.pages[file].hush(l.list)...)
	}
	told.Sort()
	return told
}

func byFile(list mistake.List) map[string]mistake.List {
	files := map[string]mistake.List{}
	for _, m := range list {
		files[m.File] = append(files[m.File], m)
	}
	return files
}
