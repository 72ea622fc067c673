package intake

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// findInputs lists the files of all paths, each once, in the order of their names.
func findInputs(paths []string, sources []Source) ([]*input, error) {
	found := map[string]*input{}
	add := func(path string, size int64, explicit bool) *input {
		path = filepath.Clean(path)
		if in, ok := found[path]; ok {
			in.explicit = in.explicit || explicit
			return in
		}
		found[path] = &input{name: path, path: path, size: size, explicit: explicit, source: sourceOf(path, sources)}
		return found[path]
	}
	for _, p := range paths {
		if p == "-" {
			found["-"] = &input{name: "standard input", path: "-", explicit: true, source: sourceOf("-", sources)}
			continue
		}
		info, err := os.Stat(p)
		if err != nil {
			return nil, fmt.Errorf("opening an input: %w", err)
		}
		if !info.IsDir() {
			add(p, info.Size(), true)
			continue
		}
		if err := walk(p, add); err != nil {
			return nil, err
		}
	}
	list := make([]*input, 0, len(found))
	for _, in := range found {
		list = append(list, in)
	}
	slices.SortFunc(list, func(a, b *input) int { return strings.Compare(a.path, b.path) })
	for i, in := range list {
		in.order = []int{i + 1}
	}
	return list, nil
}

// walk finds the files below a folder. What cannot be read there is an input that is refused: it may hold records.
func walk(folder string, add func(path string, size int64, explicit bool) *input) error {
	return filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil && path == folder {
			return fmt.Errorf("reading a folder: %w", err)
		}
		if err != nil {
			add(path, 0, false).refused = errRead
			return nil
		}
		if d.IsDir() {
			return nil
		}
		info, err := os.Stat(path)
		switch {
		case err != nil:
			add(path, 0, false).refused = errRead
		case info.IsDir():
			add(path, 0, false).refused = errLink
		case !info.Mode().IsRegular():
			add(path, 0, false).refused = errNoFile
		default:
			add(path, info.Size(), false)
		}
		return nil
	})
}

// sourceOf gives the name of the feed that a path belongs to: that of the longest Source above it.
func sourceOf(path string, sources []Source) (name string) {
	best := -1
	for _, s := range sources {
		root := filepath.Clean(s.Path)
		inside := path == root || strings.HasPrefix(path, strings.TrimSuffix(root, "/")+string(filepath.Separator)) || root == "." && !filepath.IsAbs(path)
		if inside && len(root) > best {
			name, best = s.Name, len(root)
		}
	}
	return name
}

// namedJSON tells a name that promises FHIR.
func namedJSON(name string) bool {
	name = strings.ToLower(name)
	for _, packed := range []string{".gz", ".zst"} {
		name = strings.TrimSuffix(name, packed)
	}
	return strings.HasSuffix(name, ".json") || namedLines(name)
}

func namedLines(name string) bool {
	name = strings.ToLower(name)
	for _, packed := range []string{".gz", ".zst"} {
		name = strings.TrimSuffix(name, packed)
	}
	return strings.HasSuffix(name, ".ndjson") || strings.HasSuffix(name, ".jsonl")
}
