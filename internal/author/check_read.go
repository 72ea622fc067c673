package author

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"prescreen/internal/mistake"
)

// Rules is a folder of rules as text: files by name, with slashes.
type Rules struct {
	Dir          string
	Sets, Trials map[string][]byte
	Gallery      map[string][]byte // shapes to copy, which are trial files too
	Only         string            // the one file that was asked about, "" for all
	Site         string            // the site's file, where it is the one that was asked about
	Unread       mistake.List      // files that could not be read
}

// FileKind says what a file of rules is.
type FileKind uint8

// The kinds.
const (
	NoRules FileKind = iota
	TrialFile
	SetsFile
	SiteFile
)

// KindOf tells what a file is by the keys at its top.
func KindOf(page *mistake.Page) FileKind {
	root, _ := page.Tree()
	if root == nil {
		return kindByPlace(page.Name)
	}
	kind := SiteFile
	for _, f := range root.Fields {
		switch f.Key.Value {
		case "trial", "criteria", "tests":
			return TrialFile
		case "sets":
			kind = SetsFile
		}
	}
	if by := kindByPlace(page.Name); kind == SiteFile && by != NoRules {
		return by
	}
	return kind
}

func kindByPlace(name string) FileKind {
	switch filepath.Base(filepath.Dir(name)) {
	case "trials", "gallery":
		return TrialFile
	case "valuesets":
		return SetsFile
	}
	if filepath.Base(name) == "site.yaml" {
		return SiteFile
	}
	return NoRules
}

// Open reads the folder of rules that a path means: the folder itself, one within it, or one of its files. otherwise is the
// folder whose value sets are taken where a file stands in none.
func Open(path, otherwise string) (*Rules, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("there is nothing to read at %s", path)
	}
	r := &Rules{Dir: path}
	if !info.IsDir() {
		r.Only = filepath.ToSlash(path)
		r.Dir = rulesAround(filepath.Dir(path), otherwise)
	} else if !isRules(path) {
		r.Dir = rulesAround(path, "")
	}
	if r.Dir == "" {
		return nil, fmt.Errorf("%s is no folder of rules: it holds neither trials nor valuesets", path)
	}
	r.Sets, r.Trials, r.Gallery = r.files("valuesets"), r.files("trials"), r.files("gallery")
	if r.Only != "" {
		r.one()
	}
	return r, nil
}

func isRules(dir string) bool {
	for _, sub := range []string{"valuesets", "trials"} {
		if info, err := os.Stat(filepath.Join(dir, sub)); err == nil && info.IsDir() {
			return true
		}
	}
	return false
}

// rulesAround looks for the folder of rules that a folder belongs to.
func rulesAround(dir, otherwise string) string {
	for range 3 {
		if isRules(dir) {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			break
		}
		dir = up
	}
	return otherwise
}

// files reads the YAML files of a folder; one that does not exist holds none.
func (r *Rules) files(sub string) map[string][]byte {
	texts := map[string][]byte{}
	dir := filepath.Join(r.Dir, sub)
	entries, err := os.ReadDir(dir)
	if err != nil && !os.IsNotExist(err) {
		r.Unread = append(r.Unread, mistake.Mistake{Code: mistake.Unreadable, File: filepath.ToSlash(dir), Message: "this folder cannot be read"})
	}
	for _, e := range entries {
		if ext := filepath.Ext(e.Name()); !e.IsDir() && (ext == ".yaml" || ext == ".yml") {
			r.file(texts, filepath.Join(dir, e.Name()))
		}
	}
	return texts
}

func (r *Rules) file(into map[string][]byte, name string) {
	data, err := os.ReadFile(name)
	name = filepath.ToSlash(name)
	if err != nil {
		r.Unread = append(r.Unread, mistake.Mistake{Code: mistake.Unreadable, File: name, Message: "this file cannot be read"})
		return
	}
	into[name] = data
}

// one keeps of the trials only the file that was asked about, under the name it was asked by.
func (r *Rules) one() {
	asked := map[string][]byte{}
	r.file(asked, r.Only)
	data := asked[r.Only]
	kind := KindOf(mistake.NewPage(r.Only, data))
	r.Trials, r.Gallery = map[string][]byte{}, nil
	switch kind {
	case SetsFile:
		for name := range r.Sets {
			if filepath.Clean(name) == filepath.Clean(r.Only) {
				delete(r.Sets, name)
			}
		}
		r.Sets[r.Only] = data
	case SiteFile:
		r.Site = r.Only
	default:
		r.Trials[r.Only] = data
	}
}

// Report is what a check found, in the order of the files.
type Report struct {
	Files    []string
	Checked  []*Checked // the trials, without the shapes of the gallery
	Mistakes mistake.List
}

// Check checks a folder, or the one file of it that was asked about. c has read its value sets, and site is what the site's
// own file was told.
func (r *Rules) Check(c *Checker, site mistake.List) *Report {
	rep := &Report{Mistakes: slices.Concat(r.Unread, c.Sets(), site)}
	rep.Files = slices.Concat(slices.Sorted(maps.Keys(r.Sets)), slices.Sorted(maps.Keys(r.Trials)), slices.Sorted(maps.Keys(r.Gallery)))
	rep.Checked = rep.each(c, r.Trials)
	all := slices.Concat(rep.Checked, rep.each(c, r.Gallery))
	if r.Only == "" {
		rep.Mistakes = append(rep.Mistakes, c.Together(all)...)
	} else {
		rep.only(r.Only)
	}
	rep.Mistakes.Sort()
	return rep
}

// each checks the trial files of a folder.
func (rep *Report) each(c *Checker, files map[string][]byte) []*Checked {
	var all []*Checked
	for _, name := range slices.Sorted(maps.Keys(files)) {
		k := c.Trial(name, files[name])
		all = append(all, k)
		rep.Mistakes = append(rep.Mistakes, k.Mistakes...)
	}
	return all
}

// only keeps what is about one file, and what keeps the value sets it rests on from being used.
func (rep *Report) only(file string) {
	rep.Files = []string{file}
	rep.Mistakes = slices.DeleteFunc(rep.Mistakes, func(m mistake.Mistake) bool {
		return m.File != file && m.Severity != mistake.Error
	})
}

// Count is how many mistakes of a severity there are.
func (rep *Report) Count(s mistake.Severity) int {
	n := 0
	for _, m := range rep.Mistakes {
		if m.Severity == s {
			n++
		}
	}
	return n
}
