package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"prescreen/internal/author"
	"prescreen/internal/mistake"
	"prescreen/internal/rulebook"
	"prescreen/internal/terms"
)

func newValueSet() *cobra.Command {
	c := &cobra.Command{
		Use:   "valueset",
		Short: "show a value set; bring one in from FHIR or give one out",
		Args:  oneOfCommands,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newValueSetShow(), newValueSetImport(), newValueSetExport())
	return c
}

func newValueSetImport() *cobra.Command {
	domain := ""
	c := &cobra.Command{
		Use:   "import FILE.json",
		Short: "write a FHIR R4 ValueSet as a value-set file",
		Long: `import reads a FHIR R4 ValueSet and prints it as a value-set file, to be saved under rules/valuesets and read by a
person. Codes, is-a and descendent-of filters and prefixes are taken over; what is not is told on stderr and in the file.
FHIR does not say what kind of record a set is about: --domain does.

Exit codes: 0 done, 1 the set does not hold all that the original holds, or could not be read, 2 wrong usage.`,
		Example: "  prescreen valueset import --domain diagnosis heart-failure.json > rules/valuesets/heart-failure.yaml",
		Args:    between(1, 1, "one file is expected"),
		RunE: func(c *cobra.Command, args []string) error {
			return importSet(args[0], domain, c.InOrStdin(), c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	c.Flags().StringVar(&domain, "domain", "", "kind of record: diagnosis, procedure, medication, allergy, vaccine, visit, lab, vital, score, marker, stage, family, flag, language or coverage")
	return c
}

func importSet(path, domain string, stdin io.Reader, stdout, stderr io.Writer) error {
	if _, ok := terms.ParseDomain(domain); !ok && domain != "" {
		m := mistake.Nearest(domain, terms.DomainNames())
		if m != "" {
			return wrongUsage("--domain: there is no %q; did you mean %s?", domain, m)
		}
		return wrongUsage("--domain: there is no %q", domain)
	}
	data, err := readInput(path, stdin)
	if err != nil {
		return err
	}
	set, err := terms.ImportFHIR(data, domain)
	if err != nil {
		return failed(fmt.Errorf("%s: %w", path, err))
	}
	if _, err := stdout.Write(set.YAML); err != nil {
		return failed(err)
	}
	for _, t := range set.Told {
		fmt.Fprintf(stderr, "%s: %s\n", path, t)
	}
	if set.Changed {
		return failed(fmt.Errorf("%s: the set does not hold the codes that the original holds", path))
	}
	return nil
}

func readInput(path string, stdin io.Reader) ([]byte, error) {
	if path == "-" {
		data, err := io.ReadAll(stdin)
		if err != nil {
			return nil, failed(err)
		}
		return data, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, wrongUsage("%s cannot be read", path)
	}
	return data, nil
}

func newValueSetExport() *cobra.Command {
	dir := "rules"
	c := &cobra.Command{
		Use:   "export NAME",
		Short: "write a value set as a FHIR R4 ValueSet",
		Long: `export prints a value set as a FHIR R4 ValueSet: codes as concepts, "with-descendants" as an is-a filter, "prefix" as a
regular expression over the code, exclusions as excludes. Parts are written out. What FHIR has no place for is told on
stderr. prescreen valueset import brings the set back.`,
		Example: "  prescreen valueset export \"type 2 diabetes\" > type-2-diabetes.json",
		Args:    between(1, 1, "the name of a value set is expected, in quotes if it holds blanks"),
		RunE: func(c *cobra.Command, args []string) error {
			_, set, err := readSet(dir, args[0])
			if err != nil {
				return err
			}
			data, told, err := terms.ExportFHIR(set)
			if err != nil {
				return failed(err)
			}
			for _, t := range told {
				fmt.Fprintf(c.ErrOrStderr(), "%s: FHIR has no place for its %s\n", set.Name, t)
			}
			if _, err := c.OutOrStdout().Write(data); err != nil {
				return failed(err)
			}
			return nil
		},
	}
	c.Flags().StringVar(&dir, "rules", "rules", "folder of trials, value sets and site settings")
	return c
}

// readSet reads the value sets of a folder of rules and finds one by its name or synonym.
func readSet(dir, name string) (*terms.Library, *terms.ValueSet, error) {
	opened, err := author.Open(dir, "")
	if err != nil {
		return nil, nil, wrongUsage("no folder of rules at %s: name one with --rules", dir)
	}
	lib, mistakes := terms.ReadSets(opened.Sets)
	if mistakes.HasErrors() {
		return nil, nil, wrongUsage("the value sets have mistakes\n\n%w", onlyErrors(mistakes))
	}
	set, ok := lib.Find(name)
	if !ok {
		if near := mistake.Nearest(name, lib.Names()); near != "" {
			return nil, nil, wrongUsage("there is no value set %q; did you mean %q?", name, near)
		}
		return nil, nil, wrongUsage("there is no value set %q", name)
	}
	return lib, set, nil
}

// showing is one call of prescreen valueset show.
type showing struct {
	asked
}

func newValueSetShow() *cobra.Command {
	var s showing
	c := &cobra.Command{
		Use:   "show NAME [PATH...]",
		Short: "print the codes of a value set and where each comes from",
		Long: `show prints what a value set holds: its codes, those of the sets it is made of, what stands below them as far as a
hierarchy is loaded, and what it excludes. With PATHs to FHIR records it prints which of its codes occur there, in how many
records of how many patients, and which of its lines stand for nothing that occurs.`,
		Example: "  prescreen valueset show \"type 2 diabetes\"\n  prescreen valueset show metformin --hierarchy /data/RxNorm_full.zip fixtures/cohort",
		Args:    between(1, -1, "the name of a value set is expected, in quotes if it holds blanks"),
		RunE: func(c *cobra.Command, args []string) error {
			return s.run(c.Context(), args[0], args[1:], c.InOrStdin(), c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	f := c.Flags()
	f.SortFlags = false
	f.StringVar(&s.rules, "rules", "rules", "folder of trials, value sets and site settings")
	f.StringArrayVar(&s.hierarchies, "hierarchy", nil, "file or folder with a code system's hierarchy (SNOMED CT RF2, RxNorm RRF, FHIR JSON); may be repeated")
	f.StringVar(&s.memory, "memory", "256MiB", "memory for records that are read; beyond it they go to a temporary folder")
	f.IntVar(&s.workers, "workers", 0, "how many work at once; all cores if left out")
	return c
}

func (s *showing) run(ctx context.Context, name string, paths []string, stdin io.Reader, stdout, stderr io.Writer) (err error) {
	lib, set, err := readSet(s.rules, name)
	if err != nil {
		return err
	}
	settings, told, err := readSite(filepath.Join(s.rules, "site.yaml"), lib)
	if err != nil {
		return err
	}
	if told.HasErrors() {
		return wrongUsage("the site's settings have mistakes\n\n%w", onlyErrors(told))
	}
	r := &rules{rulebook.New(nil, lib, settings)}
	if err := r.over(s.rules, s.hierarchies, []*terms.ValueSet{set}); err != nil {
		return err
	}
	sheet := setSheet{set: set}
	if len(paths) == 0 {
		return sheet.definition(stdout)
	}
	return s.occurring(ctx, &sheet, r, paths, stdin, stdout, stderr)
}

// occurring counts the codes of a set in records.
func (s *showing) occurring(ctx context.Context, sheet *setSheet, r *rules, paths []string, stdin io.Reader, stdout, stderr io.Writer) (err error) {
	options, paths, err := s.inputs(paths)
	if err != nil {
		return err
	}
	cohort, err := r.read(ctx, options, paths, stdin, stderr)
	if err != nil {
		return err
	}
	defer func() { err = closing(err, cohort) }()
	counts, err := countCodes(ctx, cohort, sheet.set, s.workers)
	if err != nil {
		return failed(fmt.Errorf("counting codes: %w", err))
	}
	return sheet.occurrences(stdout, cohort.Dictionary, counts, cohort.Patients)
}
