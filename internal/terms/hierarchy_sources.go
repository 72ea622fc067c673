package terms

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// HierarchySource is a file or folder that hierarchies are read from, or a .zip of one. What is in it shows from its files:
// SNOMED CT's release format 2, RxNorm's RRF, FHIR CodeSystem and ValueSet as JSON.
type HierarchySource struct {
	Path   string
	System string // by its canonical URI; "" for whatever is there
}

// LoadHierarchies reads the hierarchies that the sets ask for: a system of which no set wants descendants is not opened.
func LoadHierarchies(sources []HierarchySource, sets []*ValueSet) (*Hierarchies, error) {
	wanted := map[string]bool{}
	for _, v := range sets {
		for _, e := range v.asking() {
			wanted[e.System] = true
		}
	}
	r := hierarchyReader{wanted: wanted, found: map[string]*growing{}}
	for _, s := range sources {
		if err := r.source(s); err != nil {
			return nil, fmt.Errorf("reading the hierarchy at %s: %w", s.Path, err)
		}
	}
	h := &Hierarchies{sources: sources, bySystem: map[string]*Hierarchy{}}
	for system, g := range r.found {
		h.bySystem[system] = g.done(system)
	}
	return h, nil
}

// hierarchyReader collects what several sources say.
type hierarchyReader struct {
	wanted   map[string]bool
	declared string // system that the source at hand is said to hold
	found    map[string]*growing
	told     []string // the systems that sources told of, one after the other
}

func (r *hierarchyReader) source(s HierarchySource) error {
	files, closing, err := filesOf(s.Path)
	if err != nil {
		return err
	}
	defer closing()
	if s.System != "" && !r.wanted[s.System] || len(r.wanted) == 0 {
		return nil
	}
	r.declared = s.System
	kinds, err := kindsOf(files)
	if err != nil {
		return err
	}
	if len(kinds.relations)+len(kinds.rrf)+len(kinds.json) == 0 {
		return errors.New("there is no hierarchy in it: neither a file sct2_Relationship_Snapshot…txt, nor RXNREL.RRF, nor FHIR as .json")
	}
	before := len(r.told)
	if err := r.tables(files, kinds); err != nil {
		return err
	}
	for _, name := range kinds.json {
		systems, err := readFHIRHierarchy(files, name, r.takes)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		for _, system := range slices.Sorted(maps.Keys(systems)) {
			r.keep(system, systems[system])
		}
	}
	if s.System != "" && len(r.told) == before {
		return fmt.Errorf("it holds no hierarchy of %s", ShortName(s.System))
	}
	return nil
}

// tables reads the releases whose system shows from their form.
func (r *hierarchyReader) tables(files fs.FS, kinds kindsFound) error {
	if len(kinds.relations) > 0 && r.takes(SNOMED) {
		g, err := readRF2(files, kinds.relations)
		if err != nil {
			return err
		}
		r.keep(SNOMED, g)
	}
	if len(kinds.rrf) > 0 && r.takes(RxNorm) {
		g, err := readRxNorm(files, kinds.rrf)
		if err != nil {
			return err
		}
		r.keep(RxNorm, g)
	}
	return nil
}

// takes tells whether a system is wanted from the source at hand.
func (r *hierarchyReader) takes(system string) bool {
	return r.wanted[system] && (r.declared == "" || r.declared == system)
}

func (r *hierarchyReader) keep(system string, g *growing) {
	r.told = append(r.told, system)
	if had, ok := r.found[system]; ok {
		had.merge(g)
		return
	}
	r.found[system] = g
}

// filesOf opens a path as files: a folder, a .zip, or a single file.
func filesOf(name string) (files fs.FS, closing func(), err error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, nil, errors.New("there is nothing here")
	}
	if info.IsDir() {
		return os.DirFS(name), func() {}, nil
	}
	if strings.EqualFold(filepath.Ext(name), ".zip") {
		z, err := zip.OpenReader(name)
		if err != nil {
			return nil, nil, errors.New("this is no .zip that can be read")
		}
		return z, func() { z.Close() }, nil
	}
	return oneFile{os.DirFS(filepath.Dir(name)), filepath.Base(name)}, func() {}, nil
}

// oneFile is a folder of which only one file is seen.
type oneFile struct {
	fs.FS
	name string
}

func (o oneFile) ReadDir(string) ([]fs.DirEntry, error) {
	info, err := fs.Stat(o.FS, o.name)
	if err != nil {
		return nil, err
	}
	return []fs.DirEntry{fs.FileInfoToDirEntry(info)}, nil
}

// kindsFound are the files of a source by what they hold, each list sorted.
type kindsFound struct{ relations, descriptions, rrf, conso, json []string }

func kindsOf(files fs.FS) (kindsFound, error) {
	var k kindsFound
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		switch base := path.Base(name); {
		case strings.Contains(name, "__MACOSX/"):
		case strings.Contains(base, "sct2_Relationship_") && strings.Contains(base, "Snapshot"):
			k.relations = append(k.relations, name)
		case strings.Contains(base, "sct2_Description_") && strings.Contains(base, "Snapshot"):
			k.descriptions = append(k.descriptions, name)
		case strings.EqualFold(base, "RXNREL.RRF"):
			k.rrf = append(k.rrf, name)
		case strings.EqualFold(base, "RXNCONSO.RRF"):
			k.conso = append(k.conso, name)
		case strings.EqualFold(path.Ext(base), ".json"):
			k.json = append(k.json, name)
		}
		return nil
	})
	return k, err
}

// Displays looks names up in the sources of the hierarchies; a code without one there is left out.
func (h *Hierarchies) Displays(codings []Coding) (map[Coding]string, error) {
	names := map[Coding]string{}
	if h == nil || len(codings) == 0 {
		return names, nil
	}
	wanted := map[Coding]bool{}
	for _, c := range codings {
		wanted[c] = true
	}
	for _, s := range h.sources {
		if s.System != "" && h.Of(s.System) == nil {
			continue
		}
		if err := displaysOf(s, func(c Coding, name string) {
			if wanted[c] && names[c] == "" {
				names[c] = name
			}
		}); err != nil {
			return nil, fmt.Errorf("reading names at %s: %w", s.Path, err)
		}
	}
	return names, nil
}

// Displays gives the names of codings as the hierarchies that the set asks have them.
func (v *ValueSet) Displays(codings []Coding) (map[Coding]string, error) {
	return v.over.Displays(codings)
}

func displaysOf(s HierarchySource, yield func(Coding, string)) error {
	files, closing, err := filesOf(s.Path)
	if err != nil {
		return err
	}
	defer closing()
	kinds, err := kindsOf(files)
	if err != nil {
		return err
	}
	for _, name := range kinds.descriptions {
		if err := rf2Displays(files, name, yield); err != nil {
			return err
		}
	}
	for _, name := range kinds.conso {
		if err := rxNormDisplays(files, name, yield); err != nil {
			return err
		}
	}
	for _, name := range kinds.json {
		if err := fhirDisplays(files, name, yield); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// Over lets the sets of a library, composed ones too, ask hierarchies. It is called before anything is bound.
func (l *Library) Over(h *Hierarchies) {
	for _, v := range l.sets {
		v.over = h
		for i := range v.Equivalents {
			for k := range v.Equivalents[i].Drugs {
				v.Equivalents[i].Drugs[k].of.over = h
			}
		}
	}
}

// Hierarchies are those that the sets of a library ask; nil for none.
func (l *Library) Hierarchies() *Hierarchies {
	for _, v := range l.sets {
		return v.over
	}
	return nil
}

func closeQuietly(c io.Closer) { _ = c.Close() }
