// Command prescreen finds patients who may take part in clinical trials, in their FHIR R4 records, with a reason and the
// evidence for every criterion.
//
// One file per subcommand. Only here is the clock read and are settings turned into the plain values that the packages
// take. Results go to stdout, everything else to stderr. No error holds a patient's value: inputs are named by file and
// JSON pointer.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // a hospital's machine may have no time zones of its own

	"github.com/spf13/cobra"
)

// The exit codes.
const (
	exitDone     = 0
	exitFailed   = 1
	exitUsage    = 2 // wrong usage, or rules with mistakes
	exitRejected = 3 // with --strict: done, but an input was rejected
)

// failure is an error with the exit code it leads to.
type failure struct {
	code int
	err  error
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// failed marks an error as ours or the machine's; unmarked errors come from cobra and are wrong usage.
func failed(err error) error { return &failure{exitFailed, err} }

func wrongUsage(format string, args ...any) error {
	return &failure{exitUsage, fmt.Errorf(format, args...)}
}

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// run is the whole program: arguments and streams in, exit code out.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends it at once
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil:
		return exitDone
	case ctx.Err() != nil:
		fmt.Fprintln(stderr, "prescreen: stopped;", whatIsKept(err))
		return exitFailed
	}
	fmt.Fprintf(stderr, "prescreen: %v\n", err)
	var f *failure
	if !errors.As(err, &f) {
		fmt.Fprintln(stderr, "prescreen --help tells what can be asked.")
		return exitUsage
	}
	return f.code
}

// kept marks an error of a command that had written to a store before it ended.
type kept struct{ error }

func whatIsKept(err error) string {
	if errors.As(err, &kept{}) {
		return "what was taken in before is kept; the same command goes on with the rest"
	}
	return "nothing was kept"
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "prescreen",
		Short: "find patients who may take part in clinical trials",
		Long: `prescreen reads patients' FHIR R4 records, evaluates the eligibility criteria of trials, and prints ranked
candidates with a reason and the evidence for every criterion. It runs on this machine; nothing leaves it.
People decide; it proposes.`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          oneOfCommands,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.AddCommand(newScreen(), newExplain(), newCheck(), newFmt(), newSchema(), newTest(), newRead(), newTry(), newDiff(), newWords(), newGallery(), newValueSet(), newSynth(),
		newServe(), newIngest(), newBackup(), newRestore(), newVerify(), newKeep(), newAudit(), newErase(), newUser(), newVersion())
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(plainFlagError)
	plainFlags(root)
	return root
}
