package main

import (
	"path/filepath"

	"github.com/spf13/cobra"

	"prescreen/internal/author"
	"prescreen/internal/terms"
)

func newGallery() *cobra.Command {
	dir := "rules"
	c := &cobra.Command{
		Use:   "gallery [NAME]",
		Short: "list or print the shapes of common criteria, each with its tests",
		Long: `gallery lists criteria that protocols often ask for, written and tested. With a NAME, a number or a part of a name that
fits one of them only, it prints that file: copy it, change text, limits, value sets and windows, and run its tests.`,
		Example: "  prescreen gallery\n  prescreen gallery hba1c > rules/trials/my-trial.yaml",
		RunE: func(c *cobra.Command, args []string) error {
			name, err := onePath(args)
			if err != nil {
				return wrongUsage("one name is enough")
			}
			opened, err := author.Open(dir, "")
			if err != nil {
				return wrongUsage("%w", err)
			}
			lib, mistakes := terms.ReadSets(opened.Sets)
			shapes, told, err := author.Gallery(filepath.Join(dir, "gallery"), lib)
			if err != nil {
				return wrongUsage("%w", err)
			}
			mistakes = append(mistakes, told...)
			if mistakes.HasErrors() {
				return wrongUsage("the gallery has mistakes\n\n%w", onlyErrors(mistakes))
			}
			if name == "" {
				author.WriteGallery(c.OutOrStdout(), shapes, paper(c.OutOrStdout()))
				return nil
			}
			shape, err := author.FindShape(shapes, name)
			if err != nil {
				return wrongUsage("%w", err)
			}
			if _, err := c.OutOrStdout().Write(shape.Text); err != nil {
				return failed(err)
			}
			return nil
		},
	}
	c.Flags().StringVar(&dir, "rules", "rules", "folder of rules that holds the gallery")
	return c
}
