package main

import "prescreen/internal/terms"

// over lets the sets ask the hierarchies that they need: those of the site, and those named on the command line.
func (r *rules) over(dir string, named []string, sets []*terms.ValueSet) error {
	if err := r.LoadHierarchies(dir, named, sets); err != nil {
		return wrongUsage("%w", err)
	}
	return nil
}
