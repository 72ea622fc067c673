package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"prescreen/internal/author"
	"prescreen/internal/intake"
	"prescreen/internal/mistake"
	"prescreen/internal/site"
	"prescreen/internal/terms"
)

// checking is one call of prescreen check.
type checking struct {
	rules, format, explain string
	strict, fix            bool
	against                []string
}

func newCheck() *cobra.Command {
	var k checking
	c := &cobra.Command{
		Use:   "check [PATH]",
		Short: "tell every mistake in trial, value-set and site files",
		Long: `check reads a folder of rules, or one file of it, and tells every mistake at once: its place, the line, why it
matters, and what to write instead. Errors keep a file from being screened with. Warnings and questions do not; answer
one that is right as it stands with a comment on the line above:  # lint: L022 why it is right so

Exit codes: 0 no errors (with --strict: nothing at all), 2 errors.`,
		Example: "  prescreen check\n  prescreen check rules/trials/dapagliflozin-ckd.yaml\n  prescreen check --explain E107\n  prescreen check --against fixtures/cohort",
		Args:    between(0, 1, "one file or folder at a time"),
		RunE: func(c *cobra.Command, paths []string) error {
			return k.run(c.Context(), paths, c.InOrStdin(), c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	f := c.Flags()
	f.SortFlags = false
	f.StringVar(&k.rules, "rules", "rules", "folder of rules; its value sets serve a file that stands in no such folder")
	f.StringVar(&k.format, "format", "text", "one of "+strings.Join(author.Formats(), ", "))
	f.StringVar(&k.explain, "explain", "", "print the page of a code, such as E107, and nothing else")
	f.BoolVar(&k.fix, "fix", false, "write ≥, ≤, curly quotes, AND, OR and NOT in expressions as the language does; nothing else")
	f.BoolVar(&k.strict, "strict", false, "exit with 2 for warnings and questions too")
	f.StringArrayVar(&k.against, "against", nil, "records to hold the rules against: names what the source never sends; may be repeated")
	_ = c.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(author.Formats(), cobra.ShellCompDirectiveNoFileComp))
	_ = c.RegisterFlagCompletionFunc("explain", cobra.FixedCompletions(author.PageCodes(), cobra.ShellCompDirectiveNoFileComp))
	return c
}

func (k *checking) run(ctx context.Context, paths []string, stdin io.Reader, stdout, stderr io.Writer) error {
	if k.explain != "" {
		return explainCode(k.explain, stdout)
	}
	if !slices.Contains(author.Formats(), k.format) {
		return wrongUsage("--format %s: it is one of %s", k.format, strings.Join(author.Formats(), ", "))
	}
	path := k.rules
	if len(paths) == 1 {
		path = paths[0]
	}
	rules, err := author.Open(path, k.rules)
	if err != nil {
		return wrongUsage("%w", err)
	}
	if k.fix {
		if err := fixFiles(rules, stderr); err != nil {
			return err
		}
	}
	rep, err := k.check(ctx, rules, stdin, stderr)
	if err != nil {
		return err
	}
	if err := rep.Write(stdout, k.format); err != nil {
		return failed(fmt.Errorf("writing the mistakes: %w", err))
	}
	switch n := rep.Count(mistake.Error); {
	case n > 0:
		return &failure{exitUsage, fmt.Errorf("the rules have errors: %d", n)}
	case k.strict && len(rep.Mistakes) > 0:
		return &failure{exitUsage, fmt.Errorf("--strict: %d warnings and questions are not answered", len(rep.Mistakes))}
	}
	return nil
}

func explainCode(code string, stdout io.Writer) error {
	page, ok := author.PageOf(code)
	if !ok {
		if near := author.NearestCode(code); near != "" {
			return wrongUsage("there is no code %s; did you mean %s?", code, near)
		}
		return wrongUsage("there is no code %s", code)
	}
	if _, err := io.WriteString(stdout, page.Text()); err != nil {
		return failed(fmt.Errorf("writing the page: %w", err))
	}
	return nil
}

// check holds the files against each other, the site's settings and, where records are named, against them.
func (k *checking) check(ctx context.Context, rules *author.Rules, stdin io.Reader, stderr io.Writer) (*author.Report, error) {
	c := author.NewChecker(rules.Sets)
	settings, told, err := siteFor(rules, c.Library())
	if err != nil {
		return nil, err
	}
	for _, u := range settings.UpperLimits {
		c.UpperLimits(u.Set)
	}
	rep := rules.Check(c, told)
	if len(k.against) == 0 {
		return rep, nil
	}
	for _, p := range k.against {
		if _, err := os.Stat(p); p != "-" && err != nil {
			return nil, wrongUsage("there is nothing to read at %s", p)
		}
	}
	cohort, err := intake.Read(ctx, intake.Options{Zone: settings.Location, UniqueIdentifiers: settings.UniqueIdentifiers}, k.against, interruptible(ctx, stdin))
	if err != nil {
		return nil, failed(err)
	}
	defer cohort.Close()
	seen, err := author.Look(ctx, cohort)
	if err != nil {
		return nil, failed(fmt.Errorf("reading the records: %w", err))
	}
	switch seen.Patients {
	case 0:
		return nil, failed(fmt.Errorf("no patient in %s: nothing was held against", strings.Join(k.against, ", ")))
	case 1:
		fmt.Fprintln(stderr, "held against the records of 1 patient")
	default:
		fmt.Fprintf(stderr, "held against the records of %d patients\n", seen.Patients)
	}
	rep.Mistakes = append(rep.Mistakes, c.Against(rep.Checked, seen)...)
	rep.Mistakes.Sort()
	return rep, nil
}

// siteFor reads the site's file that belongs to the rules; one that is missing has the defaults.
func siteFor(rules *author.Rules, lib *terms.Library) (site.Settings, mistake.List, error) {
	path := filepath.Join(rules.Dir, "site.yaml")
	if rules.Site != "" {
		path = rules.Site
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return site.Default(), nil, nil
	}
	if err != nil {
		return site.Settings{}, nil, failed(fmt.Errorf("reading the site's settings: %w", err))
	}
	name := filepath.ToSlash(path)
	settings, told := site.Read(name, data)
	return settings, append(told, settings.Check(mistake.NewPage(name, data), lib)...), nil
}

// fixFiles writes the safe slips of the trial files right and tells what it changed.
func fixFiles(rules *author.Rules, stderr io.Writer) error {
	c := author.NewChecker(rules.Sets)
	for _, name := range slices.Sorted(maps.Keys(rules.Trials)) {
		text, changed := c.Fix(name, rules.Trials[name])
		if len(changed) == 0 {
			continue
		}
		if err := author.WriteFile(name, text); err != nil {
			return failed(err)
		}
		rules.Trials[name] = text
		for _, ch := range changed {
			fmt.Fprintf(stderr, "%s:%d:%d: %s → %s\n", name, ch.Line, ch.Column, ch.From, ch.To)
		}
	}
	return nil
}
