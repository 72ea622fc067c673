package author_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"prescreen/internal/author"
	"prescreen/internal/mistake"
	"prescreen/internal/site"
	"prescreen/internal/terms"
	"prescreen/internal/trial"
)

var update = flag.Bool("update", false, "write golden files as they are now, to be read before they are kept")

var shapes = map[string]struct {
	title string
	shape reflect.Type
	dir   string
}{
	"trial":    {"A trial file of prescreen", trial.FileShape(), "trials"},
	"valueset": {"A value-set file of prescreen", terms.FileShape(), "valuesets"},
	"site":     {"The site file of prescreen", site.FileShape(), "."},
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("%s is not current (go test -update writes it):\n%s", name, d)
	}
}

func schemaOf(t *testing.T, kind string) []byte {
	t.Helper()
	text, err := author.Schema(shapes[kind].title, shapes[kind].shape)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func compiled(t *testing.T, text []byte) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("mem:schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("mem:schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestCommittedSchemasAreCurrent(t *testing.T) {
	for kind := range shapes {
		golden(t, "../../rules/schema/"+kind+".json", schemaOf(t, kind))
	}
}

// The shipped files are right by the schema that their first line names.
func TestSchemasTakeTheShippedFiles(t *testing.T) {
	for kind, s := range shapes {
		compiledSchema := compiled(t, schemaOf(t, kind))
		files, _ := filepath.Glob(filepath.Join("../../rules", s.dir, "*.yaml"))
		if len(files) == 0 {
			t.Errorf("no file of kind %s", kind)
		}
		for _, f := range files {
			data, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			if err := compiledSchema.Validate(asData(t, data)); err != nil {
				t.Errorf("%s: %v", f, err)
			}
			path, _ := filepath.Rel(filepath.Dir(f), "../../rules/schema/"+kind+".json")
			if first, _, _ := strings.Cut(string(data), "\n"); first != "# yaml-language-server: $schema="+filepath.ToSlash(path) {
				t.Errorf("%s: its first line should be # yaml-language-server: $schema=%s", f, path)
			}
		}
	}
}

// asData reads a file as editors do.
func asData(t *testing.T, data []byte) any {
	t.Helper()
	var v any
	if err := yaml.Unmarshal(data, &v); err != nil {
		return nil
	}
	return v
}

// formCodes are mistakes of form, which a schema can see.
var formCodes = []string{mistake.UnknownKey, mistake.WrongShape, mistake.KeyMissing, mistake.NotAllowed, mistake.NoValue, mistake.WrongFormat}

// What the reader refuses for its form the schema refuses too.
func TestSchemasRefuseTheBadFiles(t *testing.T) {
	lib, _ := terms.ReadSets(nil)
	told := map[string]func(string, []byte) mistake.List{
		"trial":    func(f string, d []byte) mistake.List { _, l := trial.Read(f, d, lib); return l },
		"valueset": func(f string, d []byte) mistake.List { _, l := terms.ReadSets(map[string][]byte{f: d}); return l },
		"site":     func(f string, d []byte) mistake.List { _, l := site.Read(f, d); return l },
	}
	refused := 0
	for kind, dir := range map[string]string{"trial": "../trial/testdata", "valueset": "../terms/testdata", "site": "../site/testdata"} {
		s := compiled(t, schemaOf(t, kind))
		files, _ := filepath.Glob(dir + "/*.bad.yaml")
		for _, f := range files {
			data, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			v := asData(t, data)
			form := slices.ContainsFunc(told[kind](f, data), func(m mistake.Mistake) bool { return slices.Contains(formCodes, m.Code) })
			if v == nil || !form {
				continue
			}
			refused++
			if s.Validate(v) == nil {
				t.Errorf("%s passes the schema", f)
			}
		}
	}
	if refused < 3 {
		t.Errorf("only %d bad files were held against a schema", refused)
	}
}

// Every key says what it is, and nothing is said of a key that does not exist.
func TestEveryKeyIsDescribed(t *testing.T) {
	all := map[string]bool{}
	for kind := range shapes {
		for _, name := range author.KeyNames(shapes[kind].shape) {
			all[name] = true
			if author.KeyAbout(name) == "" {
				t.Errorf("%s has no description in schema_keys.go", name)
			}
		}
	}
}
