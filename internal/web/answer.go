package web

import (
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
)

// WriteJSON answers with a value as JSON. What is written depends on the value only: members of maps are in order.
func WriteJSON(w http.ResponseWriter, r *http.Request, status int, v any) error {
	body, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		return err
	}
	return write(w, status, JSON, body)
}

// WriteFHIR answers with a resource as it is, in the media type that was asked for.
func WriteFHIR(w http.ResponseWriter, r *http.Request, status int, resource []byte) error {
	media, err := Negotiate(r, FHIR, JSON)
	if err != nil {
		media = FHIR // the deed is done: whoever asked for another form was refused before it, or gets this one
	}
	return write(w, status, media, resource)
}

func write(w http.ResponseWriter, status int, media string, body []byte) error {
	h := w.Header()
	h.Set("Content-Type", media)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // whoever has gone needs no answer, and the status is out
	return nil
}

// Negotiate gives the media type of those on offer, best first, that Accept asks for
// (https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1), or under /fhir the parameter _format, which goes before it
// (https://hl7.org/fhir/R4/http.html#mime-type). Without either it is the first. There is always one, or the error is 406.
func Negotiate(r *http.Request, offers ...string) (string, error) {
	asked := strings.Join(r.Header.Values("Accept"), ",")
	if UnderFHIR(r) {
		if format := r.URL.Query().Get("_format"); format != "" {
			asked = formatMedia(format)
		}
	}
	if strings.TrimSpace(asked) == "" {
		return offers[0], nil
	}
	best, weight := "", 0.0
	for _, offer := range offers {
		if q := wanted(asked, offer); q > weight {
			best, weight = offer, q
		}
	}
	if best == "" {
		return "", NotAcceptable("answers are given as " + strings.Join(offers, " or ") + ": ask for that with Accept")
	}
	return best, nil
}

// formatMedia reads _format, in which a + often comes as the blank it stands for in a query.
func formatMedia(format string) string {
	format = strings.ReplaceAll(format, " ", "+")
	switch format {
	case "json", "text/json":
		return JSON
	case "ndjson":
		return NDJSON
	}
	return format
}

// wanted is the weight that a list of media ranges gives to a media type: that of the most specific range it falls in.
func wanted(asked, offer string) float64 {
	best, weight := -1, 0.0
	for _, part := range strings.Split(asked, ",") {
		media, params, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		specific := -1
		switch {
		case media == offer:
			specific = 2
		case strings.HasSuffix(media, "/*") && strings.HasPrefix(offer, media[:len(media)-1]):
			specific = 1
		case media == "*/*":
			specific = 0
		}
		if specific > best {
			best, weight = specific, quality(params["q"])
		}
	}
	return weight
}

func quality(q string) float64 {
	if q == "" {
		return 1
	}
	f, err := strconv.ParseFloat(q, 64)
	if err != nil || f < 0 || f > 1 {
		return 0
	}
	return f
}
