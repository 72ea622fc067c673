package web

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"strings"

	"github.com/klauspost/compress/gzip"
)

// Accepts holds the Content-Type of a body against the media types an operation takes; parameters but charset are passed
// over. A body without one is refused: guessing has been an attack before.
func Accepts(r *http.Request, media ...string) error {
	got, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if charset := params["charset"]; err == nil && charset != "" && !strings.EqualFold(charset, "utf-8") {
		return UnsupportedMedia("the body is to be in UTF-8")
	}
	for _, m := range media {
		if err == nil && got == m {
			return nil
		}
	}
	return UnsupportedMedia("send a body with Content-Type " + strings.Join(media, " or "))
}

// ReadBody reads a request's body whole, unpacked. Neither as sent nor unpacked may it be longer than limit, or than what
// the route takes if limit is 0; it is never held longer than that in memory, however much it would unpack to.
func ReadBody(r *http.Request, limit int64) ([]byte, error) {
	limit = bound(r, limit)
	if r.ContentLength > limit {
		return nil, tooLong(limit)
	}
	packed := &io.LimitedReader{R: r.Body, N: limit + 1}
	var body []byte
	var err error
	switch coding := strings.ToLower(strings.TrimSpace(r.Header.Get("Content-Encoding"))); coding {
	case "", "identity":
		body, err = readAll(packed, limit, r.ContentLength)
	case "gzip", "x-gzip":
		body, err = unpack(packed, limit)
	default:
		return nil, UnsupportedMedia("send the body as it is, or packed with gzip")
	}
	switch {
	case packed.N <= 0, err == nil && int64(len(body)) > limit:
		return nil, tooLong(limit)
	case err != nil:
		return nil, broken(err)
	}
	return body, nil
}

// bound is the most bytes that a body may have.
func bound(r *http.Request, limit int64) int64 {
	route := about(r.Context()).Route
	if route != nil && (limit <= 0 || limit > route.Body) {
		return route.Body
	}
	return max(limit, 0)
}

func unpack(packed io.Reader, limit int64) ([]byte, error) {
	z, err := gzip.NewReader(packed)
	if err != nil {
		return nil, err
	}
	defer z.Close()
	return readAll(io.LimitReader(z, limit+1), limit, -1)
}

// readAll reads at most limit+1 bytes; a length that was announced saves growing.
func readAll(from io.Reader, limit, announced int64) ([]byte, error) {
	var b bytes.Buffer
	if announced > 0 && announced <= limit {
		b.Grow(int(min(announced, 1<<20)) + bytes.MinRead)
	}
	_, err := b.ReadFrom(from)
	return b.Bytes(), err
}

func tooLong(limit int64) *Error {
	if limit == 0 {
		return TooLarge("this operation takes no body")
	}
	return TooLarge(fmt.Sprintf("the body is longer than the %d bytes this operation takes, packed or unpacked: send less at once", limit))
}

// broken says why a body could not be read to its end.
func broken(err error) error {
	var timeout net.Error
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return tooLong(tooLarge.Limit)
	case errors.As(err, &timeout) && timeout.Timeout():
		e := Refuse(http.StatusRequestTimeout, "the body came too slowly: send it again over a better line, or less at once")
		e.Err = err
		return e
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum):
		return BadRequest("the body is no whole gzip: pack it again, or send it as it is")
	}
	e := BadRequest("the body broke off: send it again")
	e.Err = err
	return e
}
