package main

import (
	"path/filepath"

	"prescreen/internal/site"
	"prescreen/internal/terms"
)

// loadHierarchies reads the hierarchies that the sets ask for: those of the site, whose paths begin at the folder of rules,
// and those named on the command line.
func loadHierarchies(dir string, s *site.Settings, named []string, lib *terms.Library, sets []*terms.ValueSet) error {
	var sources []terms.HierarchySource
	for _, h := range s.Hierarchies {
		path := filepath.FromSlash(h.Path)
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, path)
		}
		sources = append(sources, terms.HierarchySource{Path: path, System: h.System})
	}
	for _, path := range named {
		sources = append(sources, terms.HierarchySource{Path: path})
	}
	h, err := terms.LoadHierarchies(sources, sets)
	if err != nil {
		return wrongUsage("%w", err)
	}
	lib.Over(h)
	return nil
}

// over lets the rules ask the hierarchies that their trials need.
func (r *rules) over(dir string, named []string) error {
	var sets []*terms.ValueSet
	for _, t := range r.trials {
		sets = append(sets, t.Sets(r.lib)...)
	}
	return loadHierarchies(dir, &r.site, named, r.lib, sets)
}
