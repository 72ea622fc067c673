package main

import (
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"prescreen/internal/author"
	"prescreen/internal/site"
	"prescreen/internal/terms"
	"prescreen/internal/trial"
)

// shape is a kind of file of rules with the struct that it is decoded into.
type shape struct {
	title string
	of    func() reflect.Type
}

var shapes = map[string]shape{
	"trial":    {"A trial file of prescreen", trial.FileShape},
	"valueset": {"A value-set file of prescreen", terms.FileShape},
	"site":     {"The site file of prescreen", site.FileShape},
}

func shapeNames() []string { return slices.Sorted(maps.Keys(shapes)) }

func newSchema() *cobra.Command {
	return &cobra.Command{
		Use:   "schema " + strings.Join(shapeNames(), "|"),
		Short: "print the JSON Schema of a kind of file, for editors",
		Long: `schema prints a JSON Schema by which an editor completes and checks trial, value-set and site files as one types.
The shipped files name theirs in their first line; docs/editor.md says how to switch it on.`,
		Example:   "  prescreen schema trial > rules/schema/trial.json",
		Args:      between(1, 1, "one of "+strings.Join(shapeNames(), ", ")+" is expected"),
		ValidArgs: shapeNames(),
		RunE: func(c *cobra.Command, args []string) error {
			s, ok := shapes[args[0]]
			if !ok {
				return wrongUsage("there is no kind of file %q: it is one of %s", args[0], strings.Join(shapeNames(), ", "))
			}
			return writeSchema(c.OutOrStdout(), s)
		},
	}
}

func writeSchema(w io.Writer, s shape) error {
	text, err := author.Schema(s.title, s.of())
	if err == nil {
		_, err = w.Write(text)
	}
	if err != nil {
		return failed(fmt.Errorf("writing the schema: %w", err))
	}
	return nil
}
