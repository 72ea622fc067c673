package terms

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/samply/golang-fhir-models/fhir-models/fhir"
)

// What a value set of ours says and a FHIR ValueSet has no element for travels in extensions, so that it comes back.
const (
	extensionDomain  = "urn:prescreen:value-set-domain"
	extensionCourse  = "urn:prescreen:value-set-course"
	extensionPanel   = "urn:prescreen:value-set-panel"
	extensionSynonym = "urn:prescreen:value-set-synonym"
	extensionSays    = "urn:prescreen:value-set-says"
	extensionDisplay = "urn:prescreen:value-set-display"
)

// ExportFHIR writes a set as a FHIR R4 ValueSet (https://hl7.org/fhir/R4/valueset.html): codes as concepts, what stands
// below one as an is-a filter, a prefix as a regular expression over the code. Equal sets give equal bytes. told says what
// FHIR has no place for. A set of which the parts exclude what other parts include cannot be one ValueSet.
func ExportFHIR(v *ValueSet) (data []byte, told []string, err error) {
	name, url := identifier(v.Name), "urn:prescreen:value-set:"+slug(v.Name)
	out := fhir.ValueSet{
		Url: &url, Name: &name, Title: &v.Name, Status: fhir.PublicationStatusDraft,
		Extension: []fhir.Extension{extension(extensionDomain, v.Domain.String())},
		Compose:   &fhir.ValueSetCompose{},
	}
	if v.Course != NoCourse {
		out.Extension = append(out.Extension, extension(extensionCourse, v.Course.String()))
	}
	for _, s := range v.Synonyms {
		out.Extension = append(out.Extension, extensionText(extensionSynonym, s))
	}
	if v.Panel != "" {
		out.Extension = append(out.Extension, extensionText(extensionPanel, v.Panel))
	}
	include, exclude, err := v.flat()
	if err != nil {
		return nil, nil, err
	}
	if len(include) == 0 {
		return nil, nil, fmt.Errorf("%q holds no code that it does not exclude itself", v.Name)
	}
	out.Compose.Include, out.Compose.Exclude = composed(include), composed(exclude)
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(out); err != nil {
		return nil, nil, fmt.Errorf("writing the value set: %w", err)
	}
	return buf.Bytes(), v.withoutPlace(), nil
}

func extension(url, code string) fhir.Extension {
	return fhir.Extension{Url: url, ValueCode: &code}
}

func extensionText(url, text string) fhir.Extension {
	return fhir.Extension{Url: url, ValueString: &text}
}

func (v *ValueSet) withoutPlace() []string {
	var told []string
	add := func(is bool, what string) {
		if is {
			told = append(told, what)
		}
	}
	add(v.Analyte != nil, "units and plausible range")
	add(len(v.Answers) > 0, "answers")
	add(len(v.Equivalents) > 0, "dose equivalents")
	add(len(v.SuggestedBy) > 0, "what suggests it")
	return told
}

// flat gives the entries to include and to exclude of a set whose parts may have exclusions of their own.
func (v *ValueSet) flat() (include, exclude []Entry, err error) {
	exclude = slices.Clone(v.Exclude)
	for i := range v.Entries {
		e := v.Entries[i]
		if v.staticallyOut(i) || sameEntry(include, e) {
			continue
		}
		include = append(include, e)
		for _, x := range v.origin(i).except {
			if x.System != e.System || !overlap(x, e) || sameEntry(exclude, x) {
				continue
			}
			if other := v.claims(x); other != "" {
				return nil, nil, fmt.Errorf("%s is excluded from %q alone, and %s: that cannot be said in one FHIR value set; export the parts it is made of", x.Code, v.originName(i), other)
			}
			exclude = append(exclude, x)
		}
	}
	return include, exclude, nil
}

func (v *ValueSet) originName(entry int) string {
	set, _, _ := v.Origin(entry)
	return set
}

// staticallyOut tells that a single code is excluded whatever a hierarchy says.
func (v *ValueSet) staticallyOut(entry int) bool {
	e := &v.Entries[entry]
	if e.Include != Self {
		return false
	}
	covers := func(x Entry) bool { return x.covers(e.System, e.Code) }
	return slices.ContainsFunc(v.origin(entry).except, covers) || slices.ContainsFunc(v.Exclude, covers)
}

// claims tells which entry includes what an exclusion of another one names.
func (v *ValueSet) claims(x Entry) string {
	for i := range v.Entries {
		e := v.Entries[i]
		if e.System == x.System && overlap(x, e) && !v.staticallyOut(i) && !sameEntry(v.origin(i).except, x) {
			return fmt.Sprintf("%q includes %s", v.originName(i), e.Code)
		}
	}
	return ""
}

func sameEntry(list []Entry, e Entry) bool {
	return slices.ContainsFunc(list, func(x Entry) bool { return x.Coding == e.Coding && x.Include == e.Include })
}

// overlap tells whether two entries of one system may stand for the same code.
func overlap(a, b Entry) bool {
	switch {
	case a.Include == Descendants || b.Include == Descendants:
		return true
	case a.Include == Prefix && b.Include == Prefix:
		return a.covers(b.System, b.Code) || b.covers(a.System, a.Code)
	case a.Include == Prefix:
		return a.covers(b.System, b.Code)
	}
	return b.covers(a.System, a.Code)
}

// composed groups single codes by system; each other entry is an include of its own, because filters of one include all
// hold at once.
func composed(entries []Entry) []fhir.ValueSetComposeInclude {
	var list []fhir.ValueSetComposeInclude
	at := map[string]int{}
	for _, e := range entries {
		system, display := e.System, e.Display
		if e.Include != Self {
			one := fhir.ValueSetComposeInclude{System: &system, Filter: []fhir.ValueSetComposeIncludeFilter{filterOf(e)}}
			if e.Says != Disease {
				one.Extension = append(one.Extension, extension(extensionSays, e.Says.String()))
			}
			if display != "" {
				one.Extension = append(one.Extension, extensionText(extensionDisplay, display))
			}
			list = append(list, one)
			continue
		}
		if _, ok := at[system]; !ok {
			at[system] = len(list)
			list = append(list, fhir.ValueSetComposeInclude{System: &system})
		}
		c := fhir.ValueSetComposeIncludeConcept{Code: e.Code}
		if display != "" {
			c.Display = &display
		}
		if e.Says != Disease {
			c.Extension = []fhir.Extension{extension(extensionSays, e.Says.String())}
		}
		group := &list[at[system]]
		group.Concept = append(group.Concept, c)
	}
	return list
}

func filterOf(e Entry) fhir.ValueSetComposeIncludeFilter {
	if e.Include == Descendants {
		return fhir.ValueSetComposeIncludeFilter{Property: "concept", Op: fhir.FilterOperatorIsA, Value: e.Code}
	}
	return fhir.ValueSetComposeIncludeFilter{Property: "code", Op: fhir.FilterOperatorRegex, Value: prefixPattern(e)}
}

// prefixPattern is the regular expression of a prefix; a dot that may be left out is marked so.
func prefixPattern(e Entry) string {
	text := regexp.QuoteMeta(e.Code)
	if dotted[e.System] {
		text = strings.ReplaceAll(text, `\.`, `\.?`)
	}
	return text + ".*"
}

// identifier makes a name that machines can use of one that people read: Type2Diabetes.
func identifier(name string) string {
	var b strings.Builder
	for _, word := range strings.FieldsFunc(name, notLetterOrDigit) {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	if s := b.String(); s != "" && s[0] >= 'A' && s[0] <= 'Z' {
		return s
	}
	return "Set" + b.String()
}

func slug(name string) string {
	return strings.ToLower(strings.Join(strings.FieldsFunc(name, notLetterOrDigit), "-"))
}

func notLetterOrDigit(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9')
}
