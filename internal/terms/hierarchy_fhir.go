package terms

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// fhirHead is what stands in a CodeSystem or ValueSet beside its codes.
type fhirHead struct {
	ResourceType     string `json:"resourceType"`
	URL              string `json:"url"`
	Content          string `json:"content"`
	HierarchyMeaning string `json:"hierarchyMeaning"`
	Property         []struct {
		Code string `json:"code"`
		URI  string `json:"uri"`
	} `json:"property"`
	Compose   *fhirCompose `json:"compose"`
	Expansion struct {
		Total     *int        `json:"total"`
		Offset    int         `json:"offset"`
		Extension []fhirURL   `json:"extension"`
		Parameter []fhirNamed `json:"parameter"`
	} `json:"expansion"`
}

type (
	fhirURL struct {
		URL string `json:"url"`
	}
	fhirNamed struct {
		Name string `json:"name"`
	}
)

type fhirCompose struct {
	Include []fhirSetOf `json:"include"`
	Exclude []fhirSetOf `json:"exclude"`

	Inactive   *bool  `json:"inactive"`
	LockedDate string `json:"lockedDate"`
}

type fhirSetOf struct {
	System  string `json:"system"`
	Version string `json:"version"`
	Concept []struct {
		Code        string           `json:"code"`
		Display     string           `json:"display"`
		Designation []jsontext.Value `json:"designation"`
		Extension   []fhirExtension  `json:"extension"`
	} `json:"concept"`
	ModifierExtension jsontext.Value `json:"modifierExtension"`

	Filter    []fhirFilter    `json:"filter"`
	ValueSet  []string        `json:"valueSet"`
	Extension []fhirExtension `json:"extension"`
}

type fhirFilter struct {
	Property string `json:"property"`
	Op       string `json:"op"`
	Value    string `json:"value"`
}

// readFHIRHierarchy reads a CodeSystem or the expansion of a ValueSet (https://hl7.org/fhir/R4/codesystem.html#hierarchy,
// https://hl7.org/fhir/R4/valueset.html#expansion). Other resources hold no hierarchy and give none.
func readFHIRHierarchy(files fs.FS, name string, takes func(system string) bool) (map[string]*growing, error) {
	head, err := readHead(files, name)
	if err != nil {
		return nil, err
	}
	switch head.ResourceType {
	case "CodeSystem":
		return readCodeSystem(files, name, head, takes)
	case "ValueSet":
		return readExpansion(files, name, head, takes)
	}
	return nil, nil
}

func readCodeSystem(files fs.FS, name string, head *fhirHead, takes func(string) bool) (map[string]*growing, error) {
	system := CanonicalSystem(head.URL)
	if !takes(system) {
		return nil, nil
	}
	g := newGrowing()
	switch {
	case head.HierarchyMeaning == "part-of":
		return nil, errors.New("its codes stand below what they are a part of: a finger is no kind of hand")
	case head.Content == "complete":
	case head.Content == "fragment":
		g.partial = true
	default:
		return nil, fmt.Errorf("its content is said to be %q: only complete and fragment can be used", head.Content)
	}
	up, down := head.links()
	r := conceptReader{g: g, up: up, down: down}
	if err := eachMember(files, name, "concept", nil, r.concept); err != nil {
		return nil, err
	}
	return map[string]*growing{system: g}, nil
}

// links gives the properties that name parents and children.
func (h *fhirHead) links() (up, down map[string]bool) {
	up, down = map[string]bool{"parent": true}, map[string]bool{"child": true}
	for _, p := range h.Property {
		switch p.URI {
		case "http://hl7.org/fhir/concept-properties#parent":
			up[p.Code] = true
		case "http://hl7.org/fhir/concept-properties#child":
			down[p.Code] = true
		}
	}
	return up, down
}

// conceptReader reads nested concepts one by one, so that a system of any size costs its codes alone.
type conceptReader struct {
	g        *growing
	up, down map[string]bool
	display  func(code, display string)
}

type fhirProperty struct {
	Code      string `json:"code"`
	ValueCode string `json:"valueCode"`
}

// concept reads one concept with all that is nested in it and gives its code.
func (r *conceptReader) concept(d *jsontext.Decoder) (string, error) {
	var code, display string
	var nested []string
	var properties []fhirProperty
	err := eachName(d, func(name string) (err error) {
		switch name {
		case "code":
			err = json.UnmarshalDecode(d, &code)
		case "display":
			err = json.UnmarshalDecode(d, &display)
		case "property":
			err = json.UnmarshalDecode(d, &properties)
		case "concept":
			err = eachItem(d, func(d *jsontext.Decoder) error {
				c, err := r.concept(d)
				nested = append(nested, c)
				return err
			})
		default:
			err = d.SkipValue()
		}
		return err
	})
	switch {
	case err != nil:
		return "", err
	case code == "":
		return "", errors.New("a concept has no code")
	case r.display != nil:
		r.display(code, display)
		return code, nil
	}
	r.g.add(code)
	for _, c := range nested {
		r.g.under([]byte(c), []byte(code))
	}
	for _, p := range properties {
		switch {
		case p.ValueCode == "":
		case r.up[p.Code]:
			r.g.under([]byte(code), []byte(p.ValueCode))
		case r.down[p.Code]:
			r.g.under([]byte(p.ValueCode), []byte(code))
		}
	}
	return code, nil
}

// readExpansion takes what is nested in an expansion as a hierarchy. A value set that is defined as "this code and all
// below it" tells all that is below that code, flat or nested, if the expansion is whole.
func readExpansion(files fs.FS, name string, head *fhirHead, takes func(string) bool) (map[string]*growing, error) {
	r := containsReader{found: map[string]*growing{}, takes: takes}
	if err := eachMember(files, name, "contains", []string{"expansion"}, r.contains); err != nil {
		return nil, err
	}
	root, ok := head.root()
	if !ok || head.paged(r.count) {
		return r.found, nil
	}
	g := r.found[root.System]
	if g == nil {
		return r.found, nil
	}
	for code := range g.numbers {
		if code != root.Code {
			g.under([]byte(code), []byte(root.Code))
		}
	}
	g.allBelow(root.Code)
	return r.found, nil
}

// containsReader reads the entries of an expansion.
type containsReader struct {
	found   map[string]*growing
	takes   func(string) bool
	display func(Coding, string)
	count   int
}

type contained struct {
	Coding
	display string
}

func (r *containsReader) contains(d *jsontext.Decoder) (string, error) {
	_, err := r.entry(d)
	return "", err
}

func (r *containsReader) entry(d *jsontext.Decoder) (contained, error) {
	var c contained
	var nested []contained
	r.count++
	err := eachName(d, func(name string) (err error) {
		switch name {
		case "system":
			err = json.UnmarshalDecode(d, &c.System)
		case "code":
			err = json.UnmarshalDecode(d, &c.Code)
		case "display":
			err = json.UnmarshalDecode(d, &c.display)
		case "contains":
			err = eachItem(d, func(d *jsontext.Decoder) error {
				below, err := r.entry(d)
				nested = append(nested, below)
				return err
			})
		default:
			err = d.SkipValue()
		}
		return err
	})
	c.System = CanonicalSystem(c.System)
	switch {
	case err != nil || c.Code == "":
		return c, err
	case r.display != nil:
		r.display(c.Coding, c.display)
		return c, nil
	case !r.takes(c.System):
		return c, nil
	}
	g := r.found[c.System]
	if g == nil {
		g = newGrowing()
		g.partial = true
		r.found[c.System] = g
	}
	g.add(c.Code)
	for _, n := range nested {
		if n.System == c.System && n.Code != "" {
			g.under([]byte(n.Code), []byte(c.Code))
		}
	}
	return c, nil
}

// root gives the code below which a value set holds everything, if that is how it is defined.
func (h *fhirHead) root() (Coding, bool) {
	if c := h.Compose; c != nil {
		if len(c.Include) != 1 || len(c.Exclude) > 0 || len(c.Include[0].Filter) != 1 || len(c.Include[0].ValueSet) > 0 {
			return Coding{}, false
		}
		code, _, ok := c.Include[0].Filter[0].descendants()
		return Coding{CanonicalSystem(c.Include[0].System), code}, ok
	}
	_, query, _ := strings.Cut(h.URL, "?fhir_vs=")
	if !strings.HasPrefix(h.URL, SNOMED) {
		return Coding{}, false
	}
	if code, ok := strings.CutPrefix(query, "isa/"); ok {
		return Coding{SNOMED, code}, true
	}
	if text, ok := strings.CutPrefix(query, "ecl/"); ok {
		if text, err := url.QueryUnescape(text); err == nil {
			code, _, ok := below1(text)
			return Coding{SNOMED, code}, ok
		}
	}
	return Coding{}, false
}

var constraint = regexp.MustCompile(`^\s*(<<?)\s*([0-9]+)\s*(?:\|[^|]*\|)?\s*$`)

// below1 reads the expression constraints "<< code" and "< code"; self tells whether the code itself belongs.
func below1(text string) (code string, self, ok bool) {
	m := constraint.FindStringSubmatch(text)
	if m == nil {
		return "", false, false
	}
	return m[2], m[1] == "<<", true
}

// descendants tells whether a filter asks for what is below a code (https://hl7.org/fhir/R4/valueset-filter-operator.html).
func (f fhirFilter) descendants() (code string, self, ok bool) {
	switch {
	case f.Property == "concept" && (f.Op == "is-a" || f.Op == "descendent-of") && f.Value != "":
		return f.Value, f.Op == "is-a", true
	case (f.Property == "constraint" || f.Property == "expression") && f.Op == "=":
		return below1(f.Value)
	}
	return "", false, false
}

// paged tells that an expansion says it does not hold all.
func (h *fhirHead) paged(held int) bool {
	x := &h.Expansion
	if x.Total != nil && *x.Total > held || x.Offset > 0 {
		return true
	}
	return slices.ContainsFunc(x.Extension, func(e fhirURL) bool {
		return strings.HasSuffix(e.URL, "/valueset-toocostly") || strings.HasSuffix(e.URL, "/valueset-unclosed")
	}) || slices.ContainsFunc(x.Parameter, func(p fhirNamed) bool { return p.Name == "count" || p.Name == "limitedExpansion" || p.Name == "filter" })
}

func readHead(files fs.FS, name string) (*fhirHead, error) {
	var h fhirHead
	err := decoding(files, name, func(d *jsontext.Decoder) error {
		return eachName(d, func(name string) error {
			switch name {
			case "resourceType":
				return json.UnmarshalDecode(d, &h.ResourceType)
			case "url":
				return json.UnmarshalDecode(d, &h.URL)
			case "content":
				return json.UnmarshalDecode(d, &h.Content)
			case "hierarchyMeaning":
				return json.UnmarshalDecode(d, &h.HierarchyMeaning)
			case "property":
				return json.UnmarshalDecode(d, &h.Property)
			case "compose":
				return json.UnmarshalDecode(d, &h.Compose)
			case "expansion":
				return json.UnmarshalDecode(d, &h.Expansion)
			}
			return d.SkipValue()
		})
	})
	return &h, err
}

func fhirDisplays(files fs.FS, name string, yield func(Coding, string)) error {
	head, err := readHead(files, name)
	if err != nil {
		return err
	}
	switch head.ResourceType {
	case "CodeSystem":
		system := CanonicalSystem(head.URL)
		r := conceptReader{display: func(code, display string) { yield(Coding{system, code}, display) }}
		return eachMember(files, name, "concept", nil, r.concept)
	case "ValueSet":
		r := containsReader{display: yield}
		return eachMember(files, name, "contains", []string{"expansion"}, r.contains)
	}
	return nil
}
