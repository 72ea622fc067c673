package fhirapi

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"
)

// subsetTag marks a resource of which parts were left out, so that no client writes it back
// (https://hl7.org/fhir/R4/resource.html#simple-tags).
const subsetTag = `{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}`

// subsetted adds the tag to a resource that has a meta, as every one we answer with does.
func subsetted(resource []byte) ([]byte, error) {
	return inObject(resource, "meta", func(meta []byte) ([]byte, error) {
		if meta == nil {
			meta = []byte("{}")
		}
		return inObject(meta, "tag", func(tags []byte) ([]byte, error) {
			if inner := bytes.TrimSpace(bytes.Trim(bytes.TrimSpace(tags), "[]")); len(inner) > 0 {
				return append(append([]byte("["+subsetTag+","), inner...), ']'), nil
			}
			return []byte("[" + subsetTag + "]"), nil
		})
	})
}

// inObject replaces a member of a JSON object, or adds it, and leaves all else byte for byte.
func inObject(object []byte, name string, change func(old []byte) ([]byte, error)) ([]byte, error) {
	d := jsontext.NewDecoder(bytes.NewReader(object))
	if _, err := d.ReadToken(); err != nil {
		return nil, err
	}
	for d.PeekKind() == '"' {
		key, err := d.ReadToken()
		if err != nil {
			return nil, err
		}
		if key.String() != name {
			if err := d.SkipValue(); err != nil {
				return nil, err
			}
			continue
		}
		old, err := d.ReadValue()
		if err != nil {
			return nil, err
		}
		end := d.InputOffset()
		value, err := change(old)
		if err != nil {
			return nil, err
		}
		return bytes.Join([][]byte{object[:end-int64(len(old))], value, object[end:]}, nil), nil
	}
	value, err := change(nil)
	if err != nil {
		return nil, err
	}
	at := bytes.IndexByte(object, '{') + 1
	comma := ""
	if rest := bytes.TrimSpace(object[at:]); len(rest) > 0 && rest[0] != '}' {
		comma = ","
	}
	return bytes.Join([][]byte{object[:at], []byte(`"` + name + `":`), value, []byte(comma), object[at:]}, nil), nil
}
