package main

import (
	"errors"
	"io"

	"github.com/spf13/cobra"

	"prescreen/internal/author"
	"prescreen/internal/trial"
)

func newDiff() *cobra.Command {
	var a authored
	c := &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "tell two versions of a trial apart, in words",
		Long: `diff tells which criteria were added, removed and changed between two trial files, and how: kind, text, limits, windows,
value sets, and how they are settled. Spacing, comments and order are no difference.

Exit codes: 0 nothing differs, 1 something does, 2 wrong usage or rules with mistakes.`,
		Example: "  prescreen diff old/dapagliflozin-ckd.yaml rules/trials/dapagliflozin-ckd.yaml",
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) != 2 {
				return wrongUsage("name two trial files, the older one first")
			}
			return a.diff(args[0], args[1], c.OutOrStdout())
		},
	}
	c.Flags().StringVar(&a.rules, "rules", "rules", "folder whose value sets serve a file that stands in no folder of rules")
	return c
}

// errDiffers has nothing to say beyond what was printed.
var errDiffers = errors.New("the two versions differ")

func (a *authored) diff(oldPath, newPath string, stdout io.Writer) error {
	old, _, err := a.one(oldPath)
	if err != nil {
		return err
	}
	now, _, err := a.one(newPath)
	if err != nil {
		return err
	}
	list := author.Diff(old, now)
	author.WriteDiff(stdout, list, paper(stdout))
	if len(list) > 0 {
		return failed(errDiffers)
	}
	return nil
}

// one reads the one trial of a file.
func (a *authored) one(path string) (*trial.Trial, *rules, error) {
	r, err := a.read(path)
	if err != nil {
		return nil, nil, err
	}
	if len(r.Trials) != 1 {
		return nil, nil, wrongUsage("%s holds %d trials: name one file", path, len(r.Trials))
	}
	return r.Trials[0], r, nil
}
