package terms

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// fhirValueSet is a ValueSet as others write it. It is read into our own struct and not the library's, which refuses a
// whole resource for one code it does not know and takes a code that is missing for the first of its list.
type fhirValueSet struct {
	ResourceType      string                    `json:"resourceType"`
	Name              string                    `json:"name"`
	Title             string                    `json:"title"`
	Description       string                    `json:"description"`
	Extension         []fhirExtension           `json:"extension"`
	ModifierExtension jsontext.Value            `json:"modifierExtension"`
	Compose           *fhirCompose              `json:"compose"`
	Expansion         *fhirExpansion            `json:"expansion"`
	Others            map[string]jsontext.Value `json:",embed"`
}

type fhirExtension struct {
	URL         string `json:"url"`
	ValueCode   string `json:"valueCode"`
	ValueString string `json:"valueString"`
}

type fhirExpansion struct {
	Contains []fhirContains `json:"contains"`
}

type fhirContains struct {
	System   string         `json:"system"`
	Code     string         `json:"code"`
	Display  string         `json:"display"`
	Abstract bool           `json:"abstract"`
	Contains []fhirContains `json:"contains"`
}

// Imported is a FHIR ValueSet as a file of ours. Told is what is not as in the original; with Changed the set does not hold
// the codes that the original holds.
type Imported struct {
	YAML    []byte
	Told    []string
	Changed bool
}

// ImportFHIR writes a FHIR R4 ValueSet (https://hl7.org/fhir/R4/valueset.html) as a value-set file. FHIR does not say what
// kind of record a set is about, so domain has to, unless we wrote the ValueSet.
func ImportFHIR(data []byte, domain string) (*Imported, error) {
	var s fhirValueSet
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, errors.New("this is no FHIR ValueSet that can be read: it is no JSON, or a part of it has another shape")
	}
	if s.ResourceType != "ValueSet" {
		return nil, errors.New("this is no FHIR ValueSet")
	}
	i := importer{set: ValueSet{Name: s.title()}}
	if err := i.head(&s, domain); err != nil {
		return nil, err
	}
	i.codes(&s, data)
	if len(i.set.Entries) == 0 {
		return nil, errors.New(strings.Join(append([]string{"no code of it can be taken over"}, i.told...), "; "))
	}
	i.leftOut(&s)
	return &Imported{YAML: i.yaml(), Told: i.told, Changed: i.changed}, nil
}

func (s *fhirValueSet) title() string {
	for _, t := range []string{s.Title, s.Name} {
		if t = strings.Join(strings.Fields(t), " "); t != "" {
			return t
		}
	}
	return "imported"
}

// importer collects what becomes of a ValueSet.
type importer struct {
	set     ValueSet
	note    string
	below   []Coding // of which only what stands below is included
	told    []string
	changed bool
}

func (i *importer) tell(format string, args ...any) {
	i.told = append(i.told, fmt.Sprintf(format, args...))
}

// lose tells what makes the set another one.
func (i *importer) lose(format string, args ...any) {
	i.changed = true
	i.tell(format, args...)
}

func (i *importer) head(s *fhirValueSet, domain string) error {
	i.note = strings.Join(strings.Fields(s.Description), " ")
	for _, x := range s.Extension {
		switch x.URL {
		case extensionDomain:
			if domain == "" {
				domain = x.ValueCode
			}
		case extensionCourse:
			i.set.Course, _ = ParseCourse(x.ValueCode)
		case extensionPanel:
			i.set.Panel = x.ValueString
		case extensionSynonym:
			i.set.Synonyms = append(i.set.Synonyms, x.ValueString)
		default:
			i.tell("the extension %s is left out", x.URL)
		}
	}
	d, ok := ParseDomain(domain)
	if !ok || domain == "" {
		return fmt.Errorf("a FHIR ValueSet does not say what kind of record it is about: say it with the domain, one of %s", strings.Join(domainNames[:], ", "))
	}
	i.set.Domain = d
	if len(s.ModifierExtension) > 0 {
		i.lose("the ValueSet has a modifier extension, which may change what it means")
	}
	return nil
}

// codes takes the definition; where it says more than we can, the expansion, which lists the codes it came to.
func (i *importer) codes(s *fhirValueSet, data []byte) {
	if s.Compose != nil {
		by := importer{set: i.set}
		by.compose(s.Compose)
		by.notThemselves()
		if !by.changed || s.Expansion == nil || len(s.Expansion.Contains) == 0 {
			i.told, i.changed = append(i.told, by.told...), i.changed || by.changed
			i.set = by.set
			return
		}
		i.tell("the definition could not be taken over (%s), so the codes of its expansion stand in its place: they do not grow with the code system", strings.Join(by.told, "; "))
	}
	if s.Expansion == nil {
		return
	}
	count := 0
	i.expansion(s.Expansion.Contains, &count)
	var head fhirHead
	if err := json.Unmarshal(data, &head); err == nil && head.paged(count) {
		i.lose("the expansion holds only a part of the codes")
	}
}

func (i *importer) expansion(list []fhirContains, count *int) {
	for _, c := range list {
		*count++
		switch {
		case c.Code == "":
		case c.Abstract:
			i.tell("%s stands in the expansion as a heading only and is left out", c.Code)
		default:
			i.add(&i.set.Entries, Entry{Coding: Coding{CanonicalSystem(c.System), c.Code}, Display: c.Display})
		}
		i.expansion(c.Contains, count)
	}
}

func (i *importer) compose(c *fhirCompose) {
	if c.Inactive != nil && !*c.Inactive {
		i.tell("that inactive codes are left out is not kept")
	}
	if c.LockedDate != "" {
		i.tell("the day %s of the code systems is left out", c.LockedDate)
	}
	for _, part := range c.Include {
		i.part(&i.set.Entries, part, "includes")
	}
	for _, part := range c.Exclude {
		i.part(&i.set.Exclude, part, "excludes")
	}
}

// part takes one include or exclude: of its conditions all hold at once, so it is taken whole or not at all.
func (i *importer) part(into *[]Entry, p fhirSetOf, verb string) {
	system := CanonicalSystem(p.System)
	switch {
	case len(p.ModifierExtension) > 0:
		i.lose("it %s codes with a modifier extension, which may change what that means", verb)
		return
	case len(p.ValueSet) > 0:
		i.lose("it %s the codes of other value sets (%s): add their names under \"sets\"", verb, strings.Join(p.ValueSet, ", "))
		return
	case p.System == "":
		i.lose("it %s codes without a code system", verb)
		return
	case len(p.Concept) == 0 && len(p.Filter) == 0:
		i.lose("it %s the whole of %s", verb, ShortName(system))
		return
	case len(p.Concept) > 0 && len(p.Filter) > 0 || len(p.Filter) > 1:
		i.lose("it %s codes of %s by several conditions at once", verb, ShortName(system))
		return
	}
	if p.Version != "" {
		i.tell("the version %s of %s is left out", p.Version, ShortName(system))
	}
	i.extensions(p.Extension, extensionSays, extensionDisplay)
	for _, c := range p.Concept {
		if len(c.Designation) > 0 {
			i.tell("further names of %s are left out", c.Code)
		}
		i.extensions(c.Extension, extensionSays)
		i.add(into, Entry{Coding: Coding{system, c.Code}, Display: c.Display, Says: i.says(c.Extension)})
	}
	for _, f := range p.Filter {
		e := Entry{Coding: Coding{System: system}, Says: i.says(p.Extension), Display: display(p.Extension)}
		i.filter(into, e, f, verb)
	}
}

func (i *importer) extensions(list []fhirExtension, ours ...string) {
	for _, x := range list {
		if !slices.Contains(ours, x.URL) {
			i.tell("the extension %s is left out", x.URL)
		}
	}
}

func (i *importer) says(list []fhirExtension) Says {
	for _, x := range list {
		if x.URL == extensionSays {
			if says, ok := ParseSays(x.ValueCode); ok {
				return says
			}
			i.lose("what a code says is written %q", x.ValueCode)
		}
	}
	return Disease
}

func display(list []fhirExtension) string {
	for _, x := range list {
		if x.URL == extensionDisplay {
			return x.ValueString
		}
	}
	return ""
}

func (i *importer) filter(into *[]Entry, e Entry, f fhirFilter, verb string) {
	if code, self, ok := f.descendants(); ok {
		e.Code, e.Include = code, Descendants
		if !self && into == &i.set.Exclude {
			i.lose("it excludes what stands below %s but not the code itself", code)
			return
		}
		i.add(into, e)
		if !self {
			i.below = append(i.below, e.Coding)
		}
		return
	}
	switch code, ok := prefixOf(e.System, f); {
	case ok:
		e.Code, e.Include = code, Prefix
		i.add(into, e)
	case (f.Property == "code" || f.Property == "concept") && (f.Op == "=" || f.Op == "in"):
		for code := range strings.SplitSeq(f.Value, ",") {
			e.Code = strings.TrimSpace(code)
			i.add(into, e)
		}
	default:
		i.lose("it %s codes of %s by a filter that is not known here: %s %s %s", verb, ShortName(e.System), f.Property, f.Op, f.Value)
	}
}

var prefixForm = regexp.MustCompile(`^\^?((?:[A-Za-z0-9-]|\\\.\??)+)\.\*\$?$`)

// prefixOf reads a regular expression that asks for codes that begin alike. A dot that may be left out is one only where
// the system's codes are sent without it.
func prefixOf(system string, f fhirFilter) (string, bool) {
	m := prefixForm.FindStringSubmatch(f.Value)
	if f.Property != "code" && f.Property != "concept" || f.Op != "regex" || m == nil {
		return "", false
	}
	optional := strings.Contains(m[1], `\.?`)
	if strings.Contains(m[1], `\.`) && optional != dotted[system] {
		return "", false
	}
	return strings.NewReplacer(`\.?`, ".", `\.`, ".").Replace(m[1]), true
}

func (i *importer) add(into *[]Entry, e Entry) {
	switch {
	case e.Code == "" || strings.ContainsFunc(e.Code, unicode.IsSpace):
		i.lose("the code %q is no code", e.Code)
	case !strings.Contains(e.System, ":"):
		i.lose("%s has no code system: it is named %q", e.Code, e.System)
	case sameEntry(*into, e):
		i.tell("%s stands there twice", e.Code)
	default:
		*into = append(*into, e)
	}
}

// expected are elements that every ValueSet has and that a file of ours does without.
var expected = []string{"id", "url", "status", "version", "experimental", "date"}

func (i *importer) leftOut(s *fhirValueSet) {
	var names []string
	for _, n := range slices.Sorted(maps.Keys(s.Others)) {
		if !slices.Contains(expected, n) {
			names = append(names, n)
		}
	}
	if len(names) > 0 {
		i.tell("left out, as it says nothing about the codes: %s", strings.Join(names, ", "))
	}
}

// notThemselves excludes the codes of which only what stands below is included, unless another part includes them. An
// exclusion binds every part here, so one that may be meant by another part is told.
func (i *importer) notThemselves() {
	for _, c := range i.below {
		self := Entry{Coding: c}
		if sameEntry(i.set.Entries, self) {
			continue
		}
		for _, e := range i.set.Entries {
			if e.System == c.System && e.Coding != c && overlap(e, self) {
				i.lose("it includes what stands below %s but not the code itself, which %s may include: write the code under \"codes\" if it does", c.Code, e.Code)
				break
			}
		}
		i.add(&i.set.Exclude, self)
	}
}

func (i *importer) yaml() []byte {
	var b bytes.Buffer
	for _, t := range i.told {
		fmt.Fprintf(&b, "# Not as in the FHIR ValueSet: %s\n", oneLine(t))
	}
	b.WriteString("format: 1\nsets:\n")
	writeSet(&b, &i.set, i.note)
	return b.Bytes()
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
