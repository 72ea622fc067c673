package author

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"prescreen/internal/dates"
	"prescreen/internal/quantity"
	"prescreen/internal/rule"
	"prescreen/internal/terms"
	"prescreen/internal/trial"
)

// Mutant is a criterion that was changed a little in one place: what a slip of the pen would have made of it.
type Mutant struct {
	Criterion *trial.Criterion
	Number    int    // of the criterion in the trial
	Line      int    // of the change in the file
	What      string // "<= to <"
	Text      string // the line of the expression with the change in it

	program func(asOf dates.Day) *rule.Program
}

// Mutants gives every small change of a trial's automatic criteria, in the order of the file: each comparator turned to
// its neighbour, each limit moved by its last digit, each window by a day, each "not" left out, each chain of "and" made
// one of "or" and the other way round. Changes that make no sense are left out.
func Mutants(t *trial.Trial, lib *terms.Library) []Mutant {
	var all []Mutant
	for k := range t.Criteria {
		c := &t.Criteria[k]
		if c.Program == nil || onlyUnknown(c) {
			continue
		}
		m := mutator{criterion: c, number: k, lib: lib, text: c.Program.Source.Text}
		m.tokens = tokens(m.text)
		m.all()
		slices.SortStableFunc(m.found, func(a, b Mutant) int { return a.Line - b.Line })
		all = append(all, m.found...)
	}
	return all
}

type mutator struct {
	criterion *trial.Criterion
	number    int
	lib       *terms.Library
	text      string
	tokens    []token
	found     []Mutant
}

func (m *mutator) all() {
	joined := map[int]bool{}
	for i, t := range m.tokens {
		switch {
		case t.kind == sign && otherComparator[t.text] != "":
			m.replace(t.from, t.to, otherComparator[t.text], t.text+" to "+otherComparator[t.text])
		case t.kind == digits:
			m.shift(t.from, t.to, t.text)
		case t.kind == quoted:
			m.quoted(t)
		case t.text == "not" && t.kind == name || t.text == "!" && t.kind == sign:
			m.dropNot(i)
		case otherJoint[t.text] != "" && !joined[t.group]:
			joined[t.group] = true
			m.swap(t)
		}
	}
	for i := range m.criterion.Program.Leaves {
		m.calendar(i)
	}
}

var (
	otherComparator = map[string]string{"<=": "<", "<": "<=", ">=": ">", ">": ">=", "==": "!=", "!=": "=="}
	otherJoint      = map[string]string{"and": "or", "or": "and", "&&": "||", "||": "&&"}
)

// replace tries the text with a piece replaced. A change that does not compile is none that could go unnoticed.
func (m *mutator) replace(from, to int, by, what string) {
	m.try(m.text[:from]+by+m.text[to:], from, what)
}

func (m *mutator) try(text string, at int, what string) {
	src := m.criterion.Program.Source
	src.Text = text
	p, told := rule.Compile(src, m.lib)
	if p == nil || told.HasErrors() {
		return
	}
	m.keep(text, at, what, func(dates.Day) *rule.Program { return p })
}

func (m *mutator) keep(text string, at int, what string, program func(dates.Day) *rule.Program) {
	line := strings.Count(m.text[:at], "\n")
	rows := strings.Split(text, "\n")
	m.found = append(m.found, Mutant{
		Criterion: m.criterion, Number: m.number, Line: m.criterion.Program.Source.Line + line, What: what,
		Text: strings.TrimSpace(rows[min(line, len(rows)-1)]), program: program,
	})
}

func (m *mutator) dropNot(i int) {
	t := m.tokens[i]
	to := t.to
	if i+1 < len(m.tokens) {
		to = m.tokens[i+1].from
	}
	m.replace(t.from, to, "", t.text+" left out")
}

// swap turns a whole chain: half of it turned would need brackets.
func (m *mutator) swap(first token) {
	var b strings.Builder
	at := 0
	for _, t := range m.tokens {
		if t.group == first.group && t.kind == first.kind && t.text == first.text {
			b.WriteString(m.text[at:t.from] + otherJoint[t.text])
			at = t.to
		}
	}
	b.WriteString(m.text[at:])
	m.try(b.String(), first.from, first.text+" to "+otherJoint[first.text])
}

// shift moves a number by one of its last digit, both ways.
func (m *mutator) shift(from, to int, number string) {
	for _, by := range [2]int64{-1, 1} {
		if moved, ok := Neighbour(number, by); ok {
			m.replace(from, to, moved, number+" to "+moved)
		}
	}
}

// Neighbour is the number that differs from a written one by so many of its last digit; there is none below zero.
func Neighbour(number string, by int64) (string, bool) {
	v, err := quantity.Parse(number)
	if err != nil {
		return "", false
	}
	_, fraction, _ := strings.Cut(number, ".")
	moved := v.Add(quantity.FromSmall(by, int32(-len(fraction))))
	if moved.Sign() < 0 {
		return "", false
	}
	return moved.String(), true
}

var (
	amountForm = regexp.MustCompile(`^\s*[<>=]*\s*(\d+(?:\.\d+)?)(?:\s|$)`)
	daysForm   = regexp.MustCompile(`(\d+) (days?|weeks?)\b`)
	spanForm   = regexp.MustCompile(`between (\d+) and \d+ (days?|weeks?)\b`)
	pickForm   = regexp.MustCompile(`latest (\d+)`)
	dateForm   = regexp.MustCompile(`\d{4}-\d\d-\d\d`)
)

// quoted changes a text in quotes: a quantity, a when phrase, or one of the answers of a value set.
func (m *mutator) quoted(t token) {
	if _, isSet := m.lib.Find(t.text); isSet {
		return
	}
	if at := amountForm.FindStringSubmatchIndex(t.text); at != nil && !daysForm.MatchString(t.text) {
		m.shift(t.from+at[2], t.from+at[3], t.text[at[2]:at[3]])
		return
	}
	for _, at := range daysForm.FindAllStringSubmatchIndex(t.text, -1) {
		m.days(t, at)
	}
	for _, at := range spanForm.FindAllStringSubmatchIndex(t.text, -1) {
		m.shift(t.from+at[2], t.from+at[3], t.text[at[2]:at[3]])
	}
	for _, at := range pickForm.FindAllStringSubmatchIndex(t.text, -1) {
		m.shift(t.from+at[2], t.from+at[3], t.text[at[2]:at[3]])
	}
	for _, at := range dateForm.FindAllStringIndex(t.text, -1) {
		m.date(t.from+at[0], t.from+at[1])
	}
	m.answers(t)
}

// days moves a length in days or weeks by a day.
func (m *mutator) days(t token, at []int) {
	n, err := strconv.Atoi(t.text[at[2]:at[3]])
	if err != nil {
		return
	}
	if strings.HasPrefix(t.text[at[4]:at[5]], "week") {
		n *= 7
	}
	was := t.text[at[0]:at[1]]
	for _, by := range [2]int{-1, 1} {
		if n+by > 0 {
			is := dates.Period{N: n + by}.String()
			m.replace(t.from+at[0], t.from+at[1], is, was+" to "+is)
		}
	}
}

func (m *mutator) date(from, to int) {
	d, err := dates.ParseDay(m.text[from:to])
	if err != nil {
		return
	}
	for _, by := range [2]dates.Day{-1, 1} {
		m.replace(from, to, (d + by).String(), d.String()+" to "+(d+by).String())
	}
}

// answers puts the neighbours of an answer in its place.
func (m *mutator) answers(t token) {
	set := m.setAround(t)
	if set == nil {
		return
	}
	i, ok := set.AnswerNamed(t.text)
	if !ok {
		return
	}
	for _, n := range [2]int{i - 1, i + 1} {
		if n >= 0 && n < len(set.Answers) {
			m.replace(t.from, t.to, set.Answers[n].Value, t.text+" to "+set.Answers[n].Value)
		}
	}
}

// setAround is the value set of the question whose limit a text is: the nearest in the text.
func (m *mutator) setAround(t token) *terms.ValueSet {
	at := utf8.RuneCountInString(m.text[:t.from])
	var best *terms.ValueSet
	distance := len(m.text) + 1
	for i := range m.criterion.Program.Leaves {
		l := &m.criterion.Program.Leaves[i]
		d := max(l.At-at, at-l.At-l.Len, 0)
		if l.Set != nil && d < distance {
			best, distance = l.Set, d
		}
	}
	return best
}

// calendar moves the months and years of a question's when phrases by a day. No phrase says "6 months and 1 day", so the
// program is changed, to as many days as the length has before the day asked about.
func (m *mutator) calendar(leaf int) {
	l := &m.criterion.Program.Leaves[leaf]
	at := byteAt(m.text, l.At)
	for _, of := range lengths {
		length := *of(&l.When)
		if length.N == 0 || length.Unit == dates.Days || length.Unit == dates.Weeks {
			continue
		}
		for _, by := range [2]int{-1, 1} {
			what := map[int]string{-1: " less a day", 1: " and a day"}[by]
			m.keep(m.text, at, length.String()+" to "+length.String()+what, func(asOf dates.Day) *rule.Program {
				return withLength(m.criterion.Program, leaf, of, dates.Period{N: int(asOf-asOf.Sub(length)) + by})
			})
		}
	}
}

// lengths are the lengths of time that a when phrase may hold.
var lengths = []func(*rule.When) *dates.Period{
	func(w *rule.When) *dates.Period { return &w.Window.Near },
	func(w *rule.When) *dates.Period { return &w.Window.Far },
	func(w *rule.When) *dates.Period { return &w.ForAtLeast },
	func(w *rule.When) *dates.Period { return &w.Apart },
	func(w *rule.When) *dates.Period { return &w.Event.Within },
}

// withLength is a program with one length changed; programs are shared and never written to.
func withLength(p *rule.Program, leaf int, of func(*rule.When) *dates.Period, length dates.Period) *rule.Program {
	changed := *p
	changed.Leaves = slices.Clone(p.Leaves)
	*of(&changed.Leaves[leaf].When) = length
	return &changed
}

// byteAt is the place of the n-th character.
func byteAt(s string, n int) int {
	for at := range s {
		if n == 0 {
			return at
		}
		n--
	}
	return len(s)
}
