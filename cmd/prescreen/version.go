package main

import (
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"

	"prescreen/internal/screen"
)

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "print the version, the number of the semantics, and what it was built from",
		Args:  nothing,
		RunE: func(c *cobra.Command, _ []string) error {
			_, err := fmt.Fprintf(c.OutOrStdout(), "prescreen %s, engine %d\n", built(), screen.Engine)
			return err
		},
	}
}

// built names the commit that the binary was built from, as far as it knows.
func built() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "(unknown)"
	}
	revision, changed := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			revision = s.Value[:min(12, len(s.Value))]
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = ", changed since"
		}
	}
	if revision == "" {
		return info.Main.Version
	}
	return revision + changed
}
