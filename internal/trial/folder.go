package trial

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"prescreen/internal/mistake"
	"prescreen/internal/rule"
	"prescreen/internal/terms"
)

// ReadFolder reads a folder of rules: the value sets of valuesets and the trials of trials, in the order of their file
// names. With ids, by id or NCT number, only those trials are given, and mistakes in the files of others are left out. What
// is asked for and not there is a mistake, and so is a folder without a trial.
func ReadFolder(dir string, ids ...string) ([]*Trial, *terms.Library, mistake.List) {
	texts, told := Files(dir)
	trials, lib, mistakes := texts.read(dir, ids, rule.Compile)
	mistakes = append(mistakes, told...)
	mistakes.Sort()
	return trials, lib, mistakes
}

// Texts are the files of a folder of rules, by their names with the folder's.
type Texts struct{ Sets, Trials map[string][]byte }

// Files gives the files that ReadFolder reads.
func Files(dir string) (Texts, mistake.List) {
	sets, mistakes := files(filepath.Join(dir, "valuesets"))
	trials, told := files(filepath.Join(dir, "trials"))
	return Texts{sets, trials}, append(mistakes, told...)
}

// Read reads files of rules as ReadFolder does; dir is what a missing trial is said to be missing from.
func (x Texts) Read(dir string, ids ...string) ([]*Trial, *terms.Library, mistake.List) {
	return x.read(dir, ids, rule.Compile)
}

func (x Texts) read(dir string, ids []string, compile compiler) ([]*Trial, *terms.Library, mistake.List) {
	lib, mistakes := terms.ReadSets(x.Sets)
	f := folder{ids: ids, asked: map[string]bool{}, first: map[string]string{}}
	names := sortedNames(x.Trials)
	trials, mistaken := make([]*Trial, len(names)), make([]mistake.List, len(names))
	var readers sync.WaitGroup
	for i, name := range names { // most of the work of a start; the order of the files stays
		readers.Go(func() { trials[i], mistaken[i] = read(name, x.Trials[name], lib, compile) })
	}
	readers.Wait()
	for i, t := range trials {
		f.add(t, mistaken[i])
	}
	f.missing(filepath.Join(dir, "trials"))
	mistakes = append(mistakes, f.mistakes...)
	mistakes.Sort()
	return f.trials, lib, mistakes
}

// folder collects trials.
type folder struct {
	ids      []string
	asked    map[string]bool   // ids that were found
	first    map[string]string // id in small letters → file
	names    []string
	trials   []*Trial
	mistakes mistake.List
}

func (f *folder) add(t *Trial, told mistake.List) {
	f.names = append(f.names, t.ID)
	if !f.wanted(t) {
		return
	}
	key := strings.ToLower(t.ID)
	if other, twice := f.first[key]; twice && t.ID != "" {
		told = append(told, mistake.Mistake{Code: trialTwice, File: t.File, Message: fmt.Sprintf("%q is the id of the trial in %s", t.ID, other)})
	} else {
		f.first[key] = t.File
	}
	f.mistakes = append(f.mistakes, told...)
	if !told.HasErrors() {
		f.trials = append(f.trials, t)
	}
}

// wanted tells whether a trial was asked for. One whose id could not be read might be, so its mistakes are told.
func (f *folder) wanted(t *Trial) bool {
	if len(f.ids) == 0 || t.ID == "" {
		return true
	}
	found := false
	for _, id := range f.ids {
		if strings.EqualFold(id, t.ID) || strings.EqualFold(id, t.NCT) {
			f.asked[id], found = true, true
		}
	}
	return found
}

func (f *folder) missing(dir string) {
	for _, id := range f.ids {
		if !f.asked[id] {
			m := mistake.Mistake{Code: unknownTrial, File: dir, Message: fmt.Sprintf("there is no trial %q", id)}
			m.Fix = mistake.Nearest(id, f.names)
			f.mistakes = append(f.mistakes, m)
		}
	}
	if len(f.names) == 0 && len(f.mistakes) == 0 {
		f.mistakes = append(f.mistakes, mistake.Mistake{Code: unknownTrial, File: dir, Message: "no trial stands in this folder"})
	}
}

// files reads the YAML files of a folder.
func files(dir string) (map[string][]byte, mistake.List) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, mistake.List{{Code: mistake.Unreadable, File: dir, Message: "this folder cannot be read"}}
	}
	texts := map[string][]byte{}
	var told mistake.List
	for _, e := range entries {
		name := filepath.Join(dir, e.Name())
		if ext := filepath.Ext(e.Name()); e.IsDir() || ext != ".yaml" && ext != ".yml" {
			continue
		}
		data, err := os.ReadFile(name)
		if err != nil {
			told = append(told, mistake.Mistake{Code: mistake.Unreadable, File: name, Message: "this file cannot be read"})
			continue
		}
		texts[filepath.ToSlash(name)] = data
	}
	return texts, told
}

func sortedNames(texts map[string][]byte) []string {
	var names []string
	for n := range texts {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// Sets gives the value sets that a trial's answers rest on, sorted by name: those its criteria ask about, those that
// suggest them, and those it shows.
func (t *Trial) Sets(lib *terms.Library) []*terms.ValueSet {
	found := map[string]*terms.ValueSet{}
	for _, c := range t.Criteria {
		if c.Program != nil {
			for _, set := range c.Program.Sets() {
				gather(found, set, lib)
			}
		}
		for _, name := range c.Show {
			if set, ok := lib.Find(name); ok {
				gather(found, set, lib)
			}
		}
	}
	var sets []*terms.ValueSet
	for _, s := range found {
		sets = append(sets, s)
	}
	slices.SortFunc(sets, func(a, b *terms.ValueSet) int { return strings.Compare(a.Name, b.Name) })
	return sets
}

func gather(found map[string]*terms.ValueSet, set *terms.ValueSet, lib *terms.Library) {
	if set == nil || found[set.Name] != nil {
		return
	}
	found[set.Name] = set
	for _, s := range set.SuggestedBy {
		if other, ok := lib.Find(s.Set); ok {
			gather(found, other, lib)
		}
	}
}

// Digest is of trials and the value sets they use, by content in sorted order: neither the order of the trials nor the
// names of their files change it.
func Digest(trials []*Trial, lib *terms.Library) [32]byte {
	var lines []string
	for _, t := range trials {
		lines = append(lines, fmt.Sprintf("trial %x", t.Digest))
		for _, s := range t.Sets(lib) {
			lines = append(lines, fmt.Sprintf("set %x", s.Digest()))
		}
	}
	slices.Sort(lines)
	return sha256.Sum256([]byte(strings.Join(slices.Compact(lines), "\n")))
}
