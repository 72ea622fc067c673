// Package rulebook is rules as one whole: trials, value sets and the site's settings, read together and bound together.
//
// A book can be packed and read again elsewhere, so that what was screened with it can be screened again; its digests say
// whether two books give the same answers.
package rulebook

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"prescreen/internal/mistake"
	"prescreen/internal/rule"
	"prescreen/internal/site"
	"prescreen/internal/terms"
	"prescreen/internal/trial"
)

// Book is rules, read.
type Book struct {
	Trials  []*trial.Trial
	Library *terms.Library
	Site    site.Settings
	Files   map[string][]byte // the files it was read from, by their names in the folder of rules, with slashes

	listing func() *terms.Listing
}

// New makes a book of what was read already.
func New(trials []*trial.Trial, lib *terms.Library, settings site.Settings) *Book {
	b := &Book{Trials: trials, Library: lib, Site: settings}
	b.listing = sync.OnceValue(func() *terms.Listing {
		return terms.NewListing(append(rule.BuiltinSets(), b.Library.Sets()...))
	})
	return b
}

// Read reads a folder of rules. With ids, by id or NCT number, only those trials are in the book. A book with errors among
// its mistakes must not be screened with. The error is the machine's.
func Read(dir string, ids ...string) (*Book, mistake.List, error) {
	texts, unread := trial.Files(dir)
	text, err := os.ReadFile(filepath.Join(dir, siteFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fmt.Errorf("reading the site's settings: %w", err)
	}
	book, mistakes := read(dir, texts, text, err == nil, ids)
	return book, append(mistakes, unread...), nil
}

const siteFile = "site.yaml"

func read(dir string, texts trial.Texts, settings []byte, given bool, ids []string) (*Book, mistake.List) {
	trials, lib, mistakes := texts.Read(dir, ids...)
	b := New(trials, lib, site.Default())
	b.Files = map[string][]byte{}
	if given {
		told := mistake.List(nil)
		b.Site, told = ReadSite(filepath.ToSlash(filepath.Join(dir, siteFile)), settings, lib)
		mistakes = append(mistakes, told...)
		b.Files[siteFile] = settings
	}
	for folder, files := range map[string]map[string][]byte{"valuesets/": texts.Sets, "trials/": texts.Trials} {
		for name, data := range files {
			b.Files[folder+filepath.Base(name)] = data
		}
	}
	return b, mistakes
}

// ReadSite reads a site's settings and holds them against the value sets.
func ReadSite(path string, data []byte, lib *terms.Library) (site.Settings, mistake.List) {
	settings, mistakes := site.Read(path, data)
	return settings, append(mistakes, settings.Check(mistake.NewPage(path, data), lib)...)
}

// LoadHierarchies reads the hierarchies that value sets ask for: those of the site, whose paths begin at the folder of
// rules, and further ones by path. It comes before anything is bound.
func (b *Book) LoadHierarchies(dir string, further []string, sets []*terms.ValueSet) error {
	var sources []terms.HierarchySource
	for _, h := range b.Site.Hierarchies {
		path := filepath.FromSlash(h.Path)
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, path)
		}
		sources = append(sources, terms.HierarchySource{Path: path, System: h.System})
	}
	for _, path := range further {
		sources = append(sources, terms.HierarchySource{Path: path})
	}
	h, err := terms.LoadHierarchies(sources, sets)
	if err != nil {
		return err
	}
	b.Library.Over(h)
	return nil
}

// Sets gives the value sets that the book's trials rest on.
func (b *Book) Sets() []*terms.ValueSet {
	var sets []*terms.ValueSet
	for _, t := range b.Trials {
		sets = append(sets, t.Sets(b.Library)...)
	}
	return sets
}

// Compile reads one more trial file against the book's value sets; its mistakes are the error.
func (b *Book) Compile(file string, source []byte) (*trial.Trial, error) {
	t, mistakes := trial.Read(file, source, b.Library)
	if mistakes.HasErrors() {
		return nil, mistakes
	}
	return t, nil
}

// Lists tells whether a value set may hold a coding: what was bound before the coding was met is then out of date.
func (b *Book) Lists(c terms.Coding) bool { return b.listing().Has(c) }

// RulesDigest is of the book's trials, the value sets they use and loaded hierarchies.
func (b *Book) RulesDigest() string { return DigestOf(b.Trials, b.Library) }

// DigestOf is the RulesDigest of other trials over the same value sets.
func DigestOf(trials []*trial.Trial, lib *terms.Library) string {
	d := trial.Digest(trials, lib)
	return hex.EncodeToString(d[:])
}

// SettingsDigest is of the effective site settings.
func (b *Book) SettingsDigest() string {
	d := b.Site.Digest()
	return hex.EncodeToString(d[:])
}
