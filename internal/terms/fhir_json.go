package terms

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/go-json-experiment/json/jsontext"
)

// eachMember calls item for the members of the list of a name inside the groups of path.
func eachMember(files fs.FS, name, list string, path []string, item func(*jsontext.Decoder) (string, error)) error {
	return decoding(files, name, func(d *jsontext.Decoder) error { return within(d, path, list, item) })
}

func within(d *jsontext.Decoder, path []string, list string, item func(*jsontext.Decoder) (string, error)) error {
	return eachName(d, func(name string) error {
		switch {
		case len(path) > 0 && name == path[0]:
			return within(d, path[1:], list, item)
		case len(path) == 0 && name == list:
			return eachItem(d, func(d *jsontext.Decoder) error { _, err := item(d); return err })
		}
		return d.SkipValue()
	})
}

func decoding(files fs.FS, name string, read func(*jsontext.Decoder) error) error {
	file, err := files.Open(name)
	if err != nil {
		return err
	}
	defer closeQuietly(file)
	d := jsontext.NewDecoder(file)
	if err := read(d); err != nil {
		return fmt.Errorf("this is not the JSON that was expected: %w", err)
	}
	return nil
}

// eachName calls read for every name of an object; read takes the value.
func eachName(d *jsontext.Decoder, read func(name string) error) error {
	if d.PeekKind() != '{' {
		return errors.New("a group of names and values is expected")
	}
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	for d.PeekKind() == '"' {
		t, err := d.ReadToken()
		if err != nil {
			return err
		}
		if err := read(t.String()); err != nil {
			return err
		}
	}
	_, err := d.ReadToken()
	return err
}

// eachItem calls read for every member of a list; read takes it. Lists nest at most so deep, so that no file can exhaust
// the stack.
func eachItem(d *jsontext.Decoder, read func(*jsontext.Decoder) error) error {
	if d.PeekKind() != '[' {
		return errors.New("a list is expected")
	}
	if d.StackDepth() > 256 {
		return errors.New("this is nested too deeply")
	}
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	for k := d.PeekKind(); k != ']' && k != 0; k = d.PeekKind() {
		if err := read(d); err != nil {
			return err
		}
	}
	_, err := d.ReadToken()
	return err
}
