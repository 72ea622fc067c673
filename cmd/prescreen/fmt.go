package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"prescreen/internal/author"
	"prescreen/internal/site"
)

func newFmt() *cobra.Command {
	var check bool
	c := &cobra.Command{
		Use:   "fmt [PATH]",
		Short: "write trial, value-set and site files in one common style",
		Long: `fmt writes the files of a folder of rules, or one file, in one common style: keys in the order of the reference, two
blanks of indentation, no blanks at the ends of lines. Comments stay with what they stand above, expressions stay as
they are. A file with mistakes of form is left alone and named.

Exit codes: 0 done, 1 failed, 2 with --check if a file differs, or if one was left alone.`,
		Example: "  prescreen fmt\n  prescreen fmt --check rules/trials/dapagliflozin-ckd.yaml",
		Args:    between(0, 1, "one file or folder at a time"),
		RunE: func(c *cobra.Command, paths []string) error {
			path := "rules"
			if len(paths) == 1 {
				path = paths[0]
			}
			return formatAll(path, check, c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	c.Flags().BoolVar(&check, "check", false, "write nothing; list the files that differ and exit with 2")
	return c
}

// formatAll lists on stdout the files that differ and, unless only asked to check, writes them.
func formatAll(path string, check bool, stdout, stderr io.Writer) error {
	files, err := rulesFiles(path)
	if err != nil {
		return err
	}
	differ, left := 0, 0
	for _, name := range slices.Sorted(maps.Keys(files)) {
		text, err := author.Format(name, files[name], site.FileShape())
		if err != nil {
			left++
			fmt.Fprintf(stderr, "%s: %v\n", name, err)
			continue
		}
		if bytes.Equal(text, files[name]) {
			continue
		}
		differ++
		fmt.Fprintln(stdout, name)
		if !check {
			if err := author.WriteFile(name, text); err != nil {
				return failed(err)
			}
		}
	}
	switch {
	case left > 0:
		return &failure{exitUsage, fmt.Errorf("%s left alone", ofFiles(left, len(files), "was", "were"))}
	case check && differ > 0:
		return &failure{exitUsage, fmt.Errorf("%s from the common style", ofFiles(differ, len(files), "differs", "differ"))}
	}
	return nil
}

// rulesFiles reads the files that a path means.
func rulesFiles(path string) (map[string][]byte, error) {
	rules, err := author.Open(path, "rules")
	if err != nil {
		return nil, wrongUsage("%w", err)
	}
	if len(rules.Unread) > 0 {
		return nil, failed(rules.Unread)
	}
	files := map[string][]byte{}
	if rules.Only != "" {
		data, err := os.ReadFile(rules.Only)
		if err != nil {
			return nil, failed(err)
		}
		files[rules.Only] = data
		return files, nil
	}
	maps.Copy(files, rules.Sets)
	maps.Copy(files, rules.Trials)
	maps.Copy(files, rules.Gallery)
	name := filepath.ToSlash(filepath.Join(rules.Dir, "site.yaml"))
	switch data, err := os.ReadFile(name); {
	case err == nil:
		files[name] = data
	case !errors.Is(err, os.ErrNotExist):
		return nil, failed(err)
	}
	return files, nil
}
