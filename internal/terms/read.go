package terms

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"unicode"

	"prescreen/internal/mistake"
)

// The codes of mistakes in value-set files.
const (
	unknownSystem    = "E201"
	codeWithBlanks   = "E202"
	codeTwice        = "E203"
	emptySet         = "E204"
	nameTaken        = "E205"
	unknownSet       = "E206"
	setInItself      = "E207"
	wrongDomain      = "E208"
	wrongUnit        = "E209"
	wrongQuantity    = "E210"
	notForDomain     = "E211"
	checkDigit       = "E212"
	suggestionLimits = "E213"
	wrongAnswer      = "E214"
	answerTwice      = "E215"
	wrongEquivalent  = "E216"
	codeRange        = "E217"
	codeWithSign     = "E218"
	prefixOfNumbers  = "E219"
)

// setsFile is a file of value sets as authors write it.
type setsFile struct {
	Format mistake.Text `key:"format,required" words:"1"`
	Sets   []setText    `key:"sets,required"`
}

type setText struct {
	mistake.Place
	Name         mistake.Text      `key:"name,required"`
	Synonyms     []mistake.Text    `key:"synonyms"`
	Domain       mistake.Text      `key:"domain,required" words:"diagnosis|procedure|medication|allergy|vaccine|visit|lab|vital|score|marker|stage|family|flag|language|coverage"`
	Codes        []codeText        `key:"codes"`
	Exclude      []codeText        `key:"exclude"`
	Sets         []mistake.Text    `key:"sets"`
	Course       mistake.Text      `key:"course" words:"event|chronic|episode"`
	SuggestedBy  []suggestionText  `key:"suggested_by"`
	Unit         mistake.Text      `key:"unit"`
	Units        []unitText        `key:"units"`
	UnitIfAbsent mistake.Text      `key:"unit_if_absent"`
	Plausible    *rangeText        `key:"plausible"`
	Panel        mistake.Text      `key:"panel"`
	Answers      []answerText      `key:"answers"`
	Equivalents  []equivalentsText `key:"equivalents"`
	Note         mistake.Text      `key:"note"`
}

type codeText struct {
	mistake.Place
	System  mistake.Text `key:"system,required"`
	Code    mistake.Text `key:"code,required"`
	Display mistake.Text `key:"display"`
	Include mistake.Text `key:"include" words:"self|prefix|with-descendants"`
	Says    mistake.Text `key:"says" words:"disease|history|suspected|family|screening"`
}

type suggestionText struct {
	Set     mistake.Text `key:"set,required,bare"`
	AtLeast mistake.Text `key:"at_least"`
	AtMost  mistake.Text `key:"at_most"`
}

type unitText struct {
	Unit   mistake.Text `key:"unit,required,bare"`
	Factor mistake.Text `key:"factor"`
	Offset mistake.Text `key:"offset"`
}

type rangeText struct {
	Low  mistake.Text `key:"low"`
	High mistake.Text `key:"high"`
}

// draft is a set that has been read but does not yet know the others.
type draft struct {
	page *mistake.Page
	text setText
	set  *ValueSet
	done bool
}

// reader collects sets and mistakes over all files.
type reader struct {
	drafts   []*draft
	byName   map[string]*draft
	mistakes mistake.List
}

// ReadSets reads value-set files, given by name, and tells every mistake in all of them at once. Sets may be composed of
// and suggested by sets of other files. With errors the library holds what could be read, so that names in trial files
// can still be checked against it; it must not be screened with.
func ReadSets(files map[string][]byte) (*Library, mistake.List) {
	r := &reader{byName: map[string]*draft{}}
	var pages []*mistake.Page
	var parsers sync.WaitGroup
	for _, name := range slices.Sorted(maps.Keys(files)) {
		page := mistake.NewPage(name, files[name])
		pages = append(pages, page)
		parsers.Go(func() { page.Tree() }) // kept by the page
	}
	parsers.Wait()
	for _, page := range pages {
		r.file(page)
	}
	for _, d := range r.drafts {
		r.compose(d, nil)
	}
	for _, d := range r.drafts {
		r.suggestions(d)
		r.equivalents(d)
	}
	r.mistakes.Sort()
	sets := make([]*ValueSet, len(r.drafts))
	for i, d := range r.drafts {
		sets[i] = d.set
	}
	return NewLibrary(sets), r.mistakes
}

func (r *reader) file(p *mistake.Page) {
	var f setsFile
	r.mistakes = append(r.mistakes, mistake.Decode(p, &f)...)
	for _, t := range f.Sets {
		d := &draft{page: p, text: t}
		d.set = r.set(d)
		if t.Name.Given() {
			r.drafts = append(r.drafts, d)
			r.claim(d, t.Name)
			for _, s := range t.Synonyms {
				r.claim(d, s)
			}
		}
	}
}

func (r *reader) tell(d *draft, at mistake.Place, code, message string) *mistake.Mistake {
	r.mistakes = append(r.mistakes, d.page.Mistake(at, code, message))
	return &r.mistakes[len(r.mistakes)-1]
}

// claim takes a name; the first to claim it keeps it.
func (r *reader) claim(d *draft, name mistake.Text) {
	key := strings.ToLower(name.Value)
	if first, taken := r.byName[key]; taken {
		m := r.tell(d, name.Place, nameTaken, fmt.Sprintf("%q is taken: %s, line %d, has a set of this name", name.Value, first.set.File, first.set.Line))
		m.Why = "names and synonyms do not differ by letter case, and each means one set"
		return
	}
	r.byName[key] = d
}

func (r *reader) set(d *draft) *ValueSet {
	t := d.text
	v := &ValueSet{Name: t.Name.Value, Panel: t.Panel.Value, File: d.page.Name, Line: t.Line}
	v.Domain, _ = ParseDomain(t.Domain.Value)
	v.Course, _ = ParseCourse(t.Course.Value)
	for _, s := range t.Synonyms {
		v.Synonyms = append(v.Synonyms, s.Value)
	}
	v.Entries, v.origins = r.entries(d, t.Codes)
	v.Exclude, _ = r.entries(d, t.Exclude)
	if t.Name.Given() && len(t.Codes) == 0 && len(t.Sets) == 0 {
		r.tell(d, t.Name.Place, emptySet, fmt.Sprintf("%q holds no code and no other set", v.Name))
	}
	r.fitsDomain(d, v.Domain)
	v.Analyte, v.Answers = r.analyte(d), r.answers(d)
	return v
}

const ofResults = "lab, vital, score, marker or stage"

// fitsDomain refuses what means nothing for a set's kind of record.
func (r *reader) fitsDomain(d *draft, domain Domain) {
	t := d.text
	refuse := func(at mistake.Place, key, only string) {
		if at.Given() && t.Domain.Given() {
			r.tell(d, at, notForDomain, fmt.Sprintf("%q is for sets of domain %s, this one is %s", key, only, domain))
		}
	}
	if domain != Diagnosis {
		refuse(t.Course.Place, "course", "diagnosis")
		for _, c := range t.Codes {
			refuse(c.Says.Place, "says", "diagnosis")
		}
	}
	if !domain.OfResults() {
		refuse(t.Unit.Place, "unit", ofResults)
		refuse(t.UnitIfAbsent.Place, "unit_if_absent", ofResults)
		for _, u := range t.Units {
			refuse(u.Unit.Place, "units", ofResults)
		}
		for _, a := range t.Answers {
			refuse(a.Value.Place, "answers", ofResults)
		}
	}
	if domain != Medication {
		for _, e := range t.Equivalents {
			refuse(e.As.Place, "equivalents", "medication")
		}
	}
}

func (r *reader) entries(d *draft, codes []codeText) ([]Entry, []origin) {
	var list []Entry
	var origins []origin
	lines := map[Entry]int{}
	for _, c := range codes {
		e, ok := r.entry(d, c)
		if !ok {
			continue
		}
		key := Entry{Coding: e.Coding, Include: e.Include}
		if first, twice := lines[key]; twice {
			r.tell(d, c.Code.Place, codeTwice, fmt.Sprintf("%s stands here a second time; the first is in line %d", e.Code, first))
			continue
		}
		lines[key] = c.Line
		list = append(list, e)
		origins = append(origins, origin{file: d.page.Name, at: c.Code.Place})
	}
	return list, origins
}

func (r *reader) entry(d *draft, c codeText) (Entry, bool) {
	if !c.System.Given() || !c.Code.Given() {
		return Entry{}, false
	}
	system, known := SystemNamed(c.System.Value)
	if !known {
		m := r.tell(d, c.System.Place, unknownSystem, fmt.Sprintf("there is no code system %q", c.System.Value))
		m.Why = "known are " + strings.Join(ShortNames(), ", ") + ", or a system's whole URI"
		m.Fix = mistake.Nearest(c.System.Value, ShortNames())
		return Entry{}, false
	}
	if c.Include.Given() && !slices.Contains(includeNames, c.Include.Value) {
		return Entry{}, false // told already
	}
	if c.Code.Value == "" || strings.ContainsFunc(c.Code.Value, unicode.IsSpace) {
		r.tell(d, c.Code.Place, codeWithBlanks, "a code is one word without blanks")
		return Entry{}, false
	}
	e := Entry{Coding: Coding{System: system, Code: c.Code.Value}, Display: c.Display.Value}
	e.Include = Include(max(slices.Index(includeNames, c.Include.Value), 0))
	e.Says, _ = ParseSays(c.Says.Value)
	if !r.formed(d, c, &e) {
		return Entry{}, false
	}
	if !HasCheckDigit(e.Coding) {
		m := r.tell(d, c.Code.Place, checkDigit, fmt.Sprintf("%s is no code of %s: its last digit does not fit the others", e.Code, ShortName(system)))
		m.Severity, m.Why = mistake.Warning, "a digit is wrong, or the code was made up by a sender"
	}
	return e, true
}

var includeNames = []string{"self", "prefix", "with-descendants"}
