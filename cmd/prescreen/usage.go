package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// flagWords says in help what a flag is set to; pflag by itself names kinds of variables.
var flagWords = map[string]string{
	"rules": "DIR", "trial": "ID", "as-of": "DATE", "silence": "WORD", "hierarchy": "PATH", "memory": "SIZE", "workers": "N",
	"source": "NAME=PATH", "format": "FORMAT", "output": "FILE", "top": "N", "against": "PATH", "explain": "CODE", "run": "TEXT",
	"junit": "FILE", "patient": "ID", "patients": "N", "seed": "N", "out": "DIR", "domain": "KIND",
	"db": "STORE", "tombstones": "FILE", "originals": "HOW", "listen": "ADDRESS", "metrics": "ADDRESS", "tls-cert": "FILE", "tls-key": "FILE",
	"url": "ADDRESS", "spool": "DIR", "import-dir": "DIR", "log": "LEVEL", "since": "DATE", "checkpoint": "FILE", "feed": "NAME", "keep": "LENGTH",
}

// named is a flag's value with the word that help shows for it.
type named struct {
	pflag.Value
	word string
}

func (n named) Type() string { return n.word }

// plainFlags makes every command name its flags' values in plain words.
func plainFlags(c *cobra.Command) {
	c.Flags().VisitAll(func(f *pflag.Flag) {
		word, ok := flagWords[f.Name]
		if !ok {
			return
		}
		if f.DefValue == "[]" {
			f.DefValue = ""
		}
		f.Value = named{f.Value, word}
	})
	for _, sub := range c.Commands() {
		plainFlags(sub)
	}
}

// plainFlagError tells a flag that cannot be read without the words of the library that reads it.
func plainFlagError(_ *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var bare *pflag.ValueRequiredError
	var wrong *pflag.InvalidValueError
	var shape *pflag.InvalidSyntaxError
	switch {
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() != "":
		return fmt.Errorf("there is no flag -%s", unknown.GetSpecifiedName())
	case errors.As(err, &unknown):
		return fmt.Errorf("there is no flag --%s", unknown.GetSpecifiedName())
	case errors.As(err, &bare):
		return fmt.Errorf("--%s: what it is set to is missing", bare.GetFlag().Name)
	case errors.As(err, &wrong) && wrong.GetFlag().Value.Type() == "bool":
		return fmt.Errorf("--%s %s: it is set by its name alone", wrong.GetFlag().Name, wrong.GetValue())
	case errors.As(err, &wrong):
		return fmt.Errorf("--%s %s: a whole number is expected", wrong.GetFlag().Name, wrong.GetValue())
	case errors.As(err, &shape):
		return fmt.Errorf("%s is no flag", shape.GetSpecifiedFlag())
	}
	return err
}

// between accepts so many things behind a command's name; expected says what they are.
func between(least, most int, expected string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) < least || most >= 0 && len(args) > most {
			return errors.New(expected)
		}
		return nil
	}
}

// nothing accepts the command's name alone.
func nothing(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%s takes nothing behind its name but flags", c.CommandPath())
	}
	return nil
}

// oneOfCommands refuses the name of a command that does not exist.
func oneOfCommands(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	c.SuggestionsMinimumDistance = 2
	message := fmt.Sprintf("there is no command %q", args[0])
	if near := c.SuggestionsFor(args[0]); len(near) > 0 {
		message += "; did you mean " + strings.Join(near, " or ") + "?"
	}
	return errors.New(message)
}

// needs refuses a call without flags that a command cannot do without.
func needs(c *cobra.Command, names ...string) error {
	var missing []string
	for _, n := range names {
		if f := c.Flags().Lookup(n); !f.Changed {
			missing = append(missing, "--"+n+" is missing")
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return errors.New(strings.Join(missing, ", "))
}
