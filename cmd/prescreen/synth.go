package main

import (
	"errors"

	"github.com/spf13/cobra"

	"prescreen/internal/dates"
	"prescreen/internal/synth"
)

func newSynth() *cobra.Command {
	var (
		o         synth.Options
		asOf, out string
	)
	c := &cobra.Command{
		Use:   "synth --patients N --as-of DATE --out DIR",
		Short: "make synthetic patients",
		Long: `synth makes patients who never lived, as FHIR R4 bundles in the shape of Synthea's export. The same options
make the same bytes. The first forty patients hold every case that the shipped trials tell apart.`,
		Example: "  prescreen synth --patients 40 --seed 1 --as-of 2026-06-30 --out fixtures/cohort",
		Args:    nothing,
		PreRunE: func(c *cobra.Command, _ []string) error { return needs(c, "patients", "as-of", "out") },
		RunE: func(c *cobra.Command, _ []string) error {
			day, err := dates.ParseDay(asOf)
			if err != nil {
				return wrongUsage("--as-of: %w", err)
			}
			if o.Patients < 1 {
				return wrongUsage("--patients: at least one patient is needed")
			}
			o.AsOf = day
			bar := newBar(c.ErrOrStderr(), "patients")
			err = synth.Write(out, o, func(done, total int) {
				if c.Context().Err() == nil {
					bar.set(int64(done), int64(total), "")
				}
			})
			bar.finish()
			if err = errors.Join(err, c.Context().Err()); err != nil {
				return failed(err)
			}
			return nil
		},
	}
	f := c.Flags()
	f.IntVar(&o.Patients, "patients", 0, "how many")
	f.Uint64Var(&o.Seed, "seed", 1, "another seed makes other patients")
	f.StringVar(&asOf, "as-of", "", "the last day of their records, YYYY-MM-DD")
	f.StringVar(&out, "out", "", "folder to write to; it is made if need be")
	f.BoolVar(&o.NDJSON, "ndjson", false, "a Bulk Data export, one file per resource type, in place of bundles")
	f.BoolVar(&o.Gzip, "gzip", false, "compress most of the bundles")
	return c
}
