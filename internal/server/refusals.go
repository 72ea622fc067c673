package server

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"prescreen/internal/access"
	"prescreen/internal/live"
	"prescreen/internal/web"
)

// refusals is the one table from errors of the packages below to what a caller is answered.
var refusals = []struct {
	err     error
	status  int
	code    string // where the status' usual one does not fit
	message string
}{
	{live.ErrNotFound, http.StatusNotFound, "", "there is no such thing here: check the address"},
	{live.ErrConflict, http.StatusConflict, "", "it was changed by somebody else meanwhile: read it again, then decide"},
	{live.ErrErased, http.StatusConflict, "business-rule", "this patient was erased and is not taken in again: see the page on erasure"},
	{live.ErrNotReady, http.StatusServiceUnavailable, "", "the server is still making its lists ready: ask again in a moment"},
	{access.ErrWrong, http.StatusUnauthorized, "", "that is not right: check the name and the password, or the token"},
	{access.ErrExpired, http.StatusUnauthorized, "expired", "this has expired: log in again, or ask for a new token"},
	{access.ErrNoRole, http.StatusForbidden, "", access.ErrNoRole.Error()},
	{access.ErrIssuer, http.StatusUnauthorized, "", access.ErrIssuer.Error()},
	{access.ErrBackoff, http.StatusTooManyRequests, "", "too many attempts: wait as long as Retry-After says"},
	{access.ErrNotFound, http.StatusNotFound, "", access.ErrNotFound.Error()},
	{access.ErrTaken, http.StatusConflict, "", access.ErrTaken.Error()},
	{access.ErrSetUp, http.StatusConflict, "", access.ErrSetUp.Error()},
	{access.ErrLast, http.StatusConflict, "business-rule", access.ErrLast.Error()},
	{live.ErrUnscrubbed, http.StatusServiceUnavailable, "", "the patient is erased, but the files could not be written anew yet: see that the disk has room, then send it again"},
	{live.ErrStale, http.StatusServiceUnavailable, "", "others change the same records just now: send it again"},
}

// refusal looks an error up; nil for what is not in the table, which is a failure of ours.
func refusal(err error) *web.Error {
	if errors.Is(err, access.ErrWeak) || errors.Is(err, access.ErrBad) {
		return web.Unprocessable(told(err))
	}
	for _, row := range refusals {
		if errors.Is(err, row.err) {
			e := web.Refuse(row.status, row.message)
			if row.code != "" {
				e.Code = row.code
			}
			if row.status == http.StatusServiceUnavailable || row.status == http.StatusTooManyRequests {
				e.RetryAfter = time.Second
			}
			var backoff *access.BackoffError
			if errors.As(err, &backoff) {
				e.RetryAfter = backoff.RetryAfter
			}
			return e
		}
	}
	return nil
}

// told is the text of an error of package access that says what to put right in what was sent, from where that begins.
func told(err error) string {
	for _, kind := range []error{access.ErrWeak, access.ErrBad} {
		if _, after, ok := strings.Cut(err.Error(), kind.Error()+": "); ok {
			return after
		}
	}
	return "this cannot be taken: check what was sent"
}
