package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"prescreen/internal/author"
)

// readingBack is one call of prescreen read.
type readingBack struct {
	authored
	asOf string
}

func newRead() *cobra.Command {
	var r readingBack
	c := &cobra.Command{
		Use:   "read [PATH]",
		Short: "read the criteria back in plain English",
		Long: `read tells each criterion back beside the protocol's own text: what it asks, with both dates of every window, the codes
of its value sets, and what it makes of a record that says nothing. Read it against the protocol line by line before
anybody is screened.

PATH is a trial file or a folder; all trials of the folder rules if it is left out.`,
		Example: "  prescreen read rules/trials/dapagliflozin-ckd.yaml\n  prescreen read --trial NCT03036150 --as-of 2026-06-30",
		RunE: func(c *cobra.Command, args []string) error {
			return r.run(args, c.OutOrStdout())
		},
	}
	r.flags(c.Flags())
	c.Flags().StringVar(&r.asOf, "as-of", "", "the day whose windows are told, YYYY-MM-DD; today in the site's time zone if left out")
	return c
}

func (b *readingBack) run(args []string, stdout io.Writer) error {
	path, err := onePath(args)
	if err != nil {
		return err
	}
	r, err := b.read(path)
	if err != nil {
		return err
	}
	a := asked{asOf: b.asOf}
	day, err := a.day(r.Site.Location)
	if err != nil {
		return err
	}
	for i, t := range r.Trials {
		if i > 0 {
			fmt.Fprintln(stdout)
		}
		author.WriteReadings(stdout, t, author.ReadBack(t, r.Site.Missing, day), day, paper(stdout))
	}
	return nil
}
