package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"prescreen/internal/access"
	"prescreen/internal/audit"
	"prescreen/internal/store"
)

func newUser() *cobra.Command {
	c := &cobra.Command{
		Use:   "user",
		Short: "list users, and give one a new password, at the machine itself",
		Args:  oneOfCommands,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newUserList(), newUserPassword())
	return c
}

func newUserList() *cobra.Command {
	var s stored
	c := &cobra.Command{
		Use:   "list --db STORE",
		Short: "list who may log in, and as what",
		Args:  nothing,
		RunE: func(c *cobra.Command, _ []string) error {
			return s.users(c.Context(), c.OutOrStdout())
		},
	}
	s.place(c.Flags())
	return c
}

func (s *stored) users(ctx context.Context, stdout io.Writer) (err error) {
	opened, err := s.reading(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, opened.Close()) }()
	users, err := access.New(opened.Access(), access.Options{Now: time.Now}).ListUsers(ctx)
	if err != nil {
		return failed(err)
	}
	for _, u := range users {
		var roles []string
		for _, g := range u.Grants {
			role := string(g.Role)
			if g.Trial != "" {
				role += " of " + g.Trial
			}
			roles = append(roles, role)
		}
		if u.Disabled {
			roles = append(roles, "disabled")
		}
		if _, err := fmt.Fprintf(stdout, "%s  %s  %s\n", u.Name, u.Display, strings.Join(roles, ", ")); err != nil {
			return failed(err)
		}
	}
	return nil
}

func newUserPassword() *cobra.Command {
	var s stored
	c := &cobra.Command{
		Use:   "password --db STORE NAME",
		Short: "give a user a new password, for when nobody can log in any more",
		Long: `password asks for a new password and ends all sessions of the user. It needs the store to itself: stop the server first.
From a pipe the password is the first line.`,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) != 1 {
				return wrongUsage("name the user")
			}
			return s.password(c.Context(), args[0], c.InOrStdin(), c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	s.place(c.Flags())
	return c
}

func (s *stored) password(ctx context.Context, name string, stdin io.Reader, stdout, stderr io.Writer) (err error) {
	if err := s.named(); err != nil {
		return err
	}
	opened, err := store.Open(ctx, s.db, s.options(false, nil, slog.New(slog.DiscardHandler)))
	if err != nil {
		return failed(err)
	}
	defer func() { err = errors.Join(err, opened.Close()) }()
	keeper := access.New(opened.Access(), access.Options{Now: time.Now})
	users, err := keeper.ListUsers(ctx)
	if err != nil {
		return failed(err)
	}
	i := slices.IndexFunc(users, func(u access.User) bool { return strings.EqualFold(u.Name, name) })
	if i < 0 {
		return wrongUsage("there is no such user: prescreen user list names them")
	}
	secret, err := askSecret(stdin, stderr)
	if err != nil {
		return failed(err)
	}
	by := audit.Entry{Who: "system", Role: "operator", Route: "prescreen user password"}
	if err := keeper.SetPassword(ctx, users[i].ID, secret, by); err != nil {
		return failed(err)
	}
	_, err = fmt.Fprintln(stdout, "the password is set; all sessions of the user have ended")
	return err
}

// askSecret reads a line that a terminal does not show.
func askSecret(stdin io.Reader, stderr io.Writer) (string, error) {
	if f, ok := stdin.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		fmt.Fprint(stderr, "New password: ")
		line, err := term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(stderr)
		return string(line), err
	}
	line, err := bufio.NewReader(stdin).ReadString('\n')
	if err != nil && line == "" {
		return "", fmt.Errorf("reading the new password: %w", err)
	}
	return strings.TrimRight(line, "\r\n"), nil
}
