package author

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"charm.land/lipgloss/v2"

	"prescreen/internal/mistake"
	"prescreen/internal/terms"
	"prescreen/internal/trial"
)

// Shape is a trial file of the gallery: one criterion that protocols often ask for, written and tested, to be copied.
type Shape struct {
	Name  string // of the file, without its ending
	File  string
	Text  []byte
	Trial *trial.Trial
}

// Gallery reads the shapes of a folder in the order of their names. A shape with a mistake is told and left out.
func Gallery(dir string, lib *terms.Library) ([]Shape, mistake.List, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil || len(files) == 0 {
		return nil, nil, fmt.Errorf("no shapes in %s: name the folder of rules with --rules", dir)
	}
	var shapes []Shape
	var told mistake.List
	for _, f := range files { // Glob gives them in order
		data, err := os.ReadFile(f)
		if err != nil {
			return nil, nil, fmt.Errorf("reading a shape of the gallery: %w", err)
		}
		t, list := trial.Read(filepath.ToSlash(f), data, lib)
		told = append(told, list...)
		if t != nil {
			shapes = append(shapes, Shape{Name: strings.TrimSuffix(filepath.Base(f), ".yaml"), File: filepath.ToSlash(f), Text: data, Trial: t})
		}
	}
	return shapes, told, nil
}

// FindShape gives the shape of a name or a number; the beginning of a name or a part of it is enough where it is the only one.
func FindShape(shapes []Shape, name string) (*Shape, error) {
	var found []*Shape
	var names []string
	for i := range shapes {
		s := &shapes[i]
		names = append(names, s.Name)
		number, rest, _ := strings.Cut(s.Name, "-")
		if s.Name == name || rest == name || number == name || strings.TrimLeft(number, "0") == name {
			return s, nil
		}
		if strings.Contains(strings.ToLower(s.Name), strings.ToLower(name)) {
			found = append(found, s)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		near := mistake.Nearest(name, names)
		if near != "" {
			return nil, fmt.Errorf("there is no shape %q in the gallery; %q is near", name, near)
		}
		return nil, fmt.Errorf("there is no shape %q: prescreen gallery lists them", name)
	}
	var some []string
	for _, s := range found {
		some = append(some, s.Name)
	}
	return nil, errors.New("several shapes have that in their name: " + strings.Join(some, ", "))
}

// WriteGallery lists the shapes: name, protocol line, expression.
func WriteGallery(w io.Writer, shapes []Shape, p Place) {
	name := 0
	for i := range shapes {
		name = max(name, lipgloss.Width(shapes[i].Name))
	}
	for i := range shapes {
		s := &shapes[i]
		for k := range s.Trial.Criteria {
			c := &s.Trial.Criteria[k]
			head := pad("", name)
			if k == 0 {
				head = pad(s.Name, name)
			}
			if p.width() < narrow {
				fmt.Fprintln(w, p.bold(head))
				fmt.Fprintln(w, hang("  ", c.Kind.String()+": "+clean(c.Text), p.width()))
			} else {
				fmt.Fprintln(w, hang(p.bold(head)+"  ", c.Kind.String()+": "+clean(c.Text), p.width()))
			}
		}
	}
	fmt.Fprintln(w, p.faint("\nprescreen gallery NAME prints one, to be copied into a trial file."))
}
