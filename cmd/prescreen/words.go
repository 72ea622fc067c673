package main

import (
	"github.com/spf13/cobra"

	"prescreen/internal/author"
)

func newWords() *cobra.Command {
	format := "text"
	c := &cobra.Command{
		Use:   "words [WORD...]",
		Short: "print the criteria language: its words and when phrases",
		Long: `words prints the reference of the criteria language, made from the tables that the checker itself uses: every word with
what it means, what it takes, what nothing on record means for it, and an example.`,
		Example: "  prescreen words lab diagnosed\n  prescreen words --format markdown > docs/language.md",
		RunE: func(c *cobra.Command, names []string) error {
			switch {
			case format == "markdown" && len(names) == 0:
				author.WriteWordsMarkdown(c.OutOrStdout())
				return nil
			case format == "markdown":
				return wrongUsage("--format markdown writes the whole reference: leave %q out", names[0])
			case format != "text":
				return wrongUsage("--format %s: it is one of text, markdown", format)
			}
			if err := author.WriteWords(c.OutOrStdout(), names, paper(c.OutOrStdout())); err != nil {
				return wrongUsage("%w", err)
			}
			return nil
		},
	}
	c.Flags().StringVar(&format, "format", "text", "one of text, markdown")
	return c
}
