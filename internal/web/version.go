package web

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// SetVersion tells the version of what is answered with, and when it came to be: ETag W/"3" and Last-Modified
// (https://hl7.org/fhir/R4/http.html#versioning).
func SetVersion(w http.ResponseWriter, version int, at time.Time) {
	w.Header().Set("ETag", `W/"`+strconv.Itoa(version)+`"`)
	if !at.IsZero() {
		w.Header().Set("Last-Modified", at.UTC().Format(http.TimeFormat))
	}
}

var tag = regexp.MustCompile(`^(?:W/)?"([A-Za-z0-9.\-]{1,64})"$`)

// IfMatch gives the version that If-Match asks for, without quotes and W/: "" where there is no such header, "*" for any
// version that exists. FHIR compares weak tags here, which RFC 9110 would not.
func IfMatch(r *http.Request) (string, error) {
	asked := r.Header.Values("If-Match")
	if len(asked) == 0 {
		return "", nil
	}
	text := strings.TrimSpace(strings.Join(asked, ","))
	if text == "*" {
		return "*", nil
	}
	m := tag.FindStringSubmatch(text)
	if m == nil {
		return "", BadRequest(`If-Match is to hold one version, as W/"3"`)
	}
	return m[1], nil
}

// CheckIfMatch holds If-Match against the current version of what is to be changed: 412 if it names another, 428 where
// there is none and one is needed.
func CheckIfMatch(r *http.Request, current int, needed bool) error {
	asked, err := IfMatch(r)
	switch {
	case err != nil:
		return err
	case asked == "" && needed:
		return Refuse(http.StatusPreconditionRequired, `say which version is to be changed: If-Match with the ETag it was read with`)
	case asked == "" || asked == "*" || asked == strconv.Itoa(current):
		return nil
	}
	return PreconditionFailed("it was changed meanwhile: read it again, then decide")
}

// NotModified tells whether a reader has this version already, by If-None-Match or, without that, If-Modified-Since; it has
// then answered with 304.
func NotModified(w http.ResponseWriter, r *http.Request, version int, at time.Time) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead || !hasVersion(r, version, at) {
		return false
	}
	SetVersion(w, version, at)
	w.WriteHeader(http.StatusNotModified)
	return true
}

func hasVersion(r *http.Request, version int, at time.Time) bool {
	if none := r.Header.Values("If-None-Match"); len(none) > 0 {
		for _, one := range strings.Split(strings.Join(none, ","), ",") {
			one = strings.TrimSpace(one)
			if m := tag.FindStringSubmatch(one); one == "*" || m != nil && m[1] == strconv.Itoa(version) {
				return true
			}
		}
		return false
	}
	since, err := http.ParseTime(r.Header.Get("If-Modified-Since"))
	return err == nil && !at.IsZero() && !at.Truncate(time.Second).After(since)
}
