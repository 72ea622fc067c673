package access

import (
	"errors"
	"fmt"
	"time"
)

// Refusals. Each says what to do next, and none tells whether a name exists.
var (
	ErrWrong    = errors.New("that is not right: check the name and the password, or the token")
	ErrExpired  = errors.New("this has expired: sign in again, or ask for a new one")
	ErrBackoff  = errors.New("too many attempts")
	ErrWeak     = errors.New("the password will not do")
	ErrNotFound = errors.New("there is no such user, token or client")
	ErrTaken    = errors.New("somebody has this name already: take another")
	ErrSetUp    = errors.New("set-up is over: there is a user already, who can add others")
	ErrLast     = errors.New("nobody would be left who administers: make somebody else admin first")
	ErrBad      = errors.New("this cannot be taken")

	errHash = errors.New("the store holds a hash of a password that cannot be read: set the password anew")
)

// BackoffError tells how long to wait after too many wrong passwords. It is ErrBackoff.
type BackoffError struct{ RetryAfter time.Duration }

func (e *BackoffError) Error() string {
	return fmt.Sprintf("%v: wait %v and try again", ErrBackoff, e.RetryAfter.Round(time.Second))
}

// Is makes it ErrBackoff.
func (e *BackoffError) Is(target error) bool { return target == ErrBackoff }

// WeakError says what is asked of a password. It is ErrWeak.
type WeakError struct{ Todo string }

func (e *WeakError) Error() string { return ErrWeak.Error() + ": " + e.Todo }

// Is makes it ErrWeak.
func (e *WeakError) Is(target error) bool { return target == ErrWeak }

// bad says what to put right in what was sent.
func bad(todo string) error { return fmt.Errorf("%w: %s", ErrBad, todo) }
