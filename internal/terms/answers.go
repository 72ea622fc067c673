package terms

import (
	"fmt"
	"strings"

	"prescreen/internal/mistake"
	"prescreen/internal/quantity"
)

// Answer is one of the answers that results of a set may give, in the order of the scale: NYHA II stands before III. A
// result gives it by one of the codes, one of the texts exactly as written, or Value itself as its number or text.
type Answer struct {
	Value string
	Codes []Coding
	Texts []string
}

// answerText is an answer as authors write it; a bare text is an answer that is recorded as itself.
type answerText struct {
	mistake.Place
	Value mistake.Text   `key:"value,required,bare"`
	Codes []answerCode   `key:"codes"`
	Texts []mistake.Text `key:"texts"`
}

type answerCode struct {
	mistake.Place
	System  mistake.Text `key:"system,required"`
	Code    mistake.Text `key:"code,required"`
	Display mistake.Text `key:"display"`
}

// answers reads the answers of a set. What two of them share would make a result mean both, so it is refused.
func (r *reader) answers(d *draft) []Answer {
	var list []Answer
	values, codes, texts := map[string]int{}, map[Coding]int{}, map[string]int{}
	for _, t := range d.text.Answers {
		if !t.Value.Given() {
			continue
		}
		a := Answer{Value: strings.TrimSpace(t.Value.Value)}
		if a.Value == "" {
			r.tell(d, t.Value.Place, wrongAnswer, "an answer needs a value: what criteria compare it with")
			continue
		}
		if !r.first(d, t.Value, values, strings.ToLower(a.Value)) || !r.firstText(d, t.Value, texts) {
			continue
		}
		for _, c := range t.Codes {
			e, ok := r.entry(d, codeText{Place: c.Place, System: c.System, Code: c.Code, Display: c.Display})
			if !ok {
				continue
			}
			if first, taken := codes[e.Coding]; taken {
				r.tell(d, c.Code.Place, answerTwice, fmt.Sprintf("%s is an answer in line %d already", e.Code, first))
				continue
			}
			codes[e.Coding] = c.Line
			a.Codes = append(a.Codes, e.Coding)
		}
		for _, text := range t.Texts {
			if strings.TrimSpace(text.Value) != a.Value && r.firstText(d, text, texts) {
				a.Texts = append(a.Texts, strings.TrimSpace(text.Value))
			}
		}
		list = append(list, a)
	}
	return list
}

func (r *reader) firstText(d *draft, t mistake.Text, seen map[string]int) bool {
	if t.Given() && strings.TrimSpace(t.Value) == "" {
		r.tell(d, t.Place, wrongAnswer, "this text is empty")
		return false
	}
	return t.Given() && r.first(d, t, seen, strings.TrimSpace(t.Value))
}

// first notes where something stands and tells when it stands there a second time.
func (r *reader) first(d *draft, t mistake.Text, seen map[string]int, key string) bool {
	if line, taken := seen[key]; taken {
		r.tell(d, t.Place, answerTwice, fmt.Sprintf("%q is an answer in line %d already", strings.TrimSpace(t.Value), line))
		return false
	}
	seen[key] = t.Line
	return true
}

// AnswerNamed gives the place of an answer in the order of the scale, by its value; letter case does not matter.
func (v *ValueSet) AnswerNamed(value string) (int, bool) {
	for i := range v.Answers {
		if strings.EqualFold(v.Answers[i].Value, value) {
			return i, true
		}
	}
	return 0, false
}

// AnswerOfText gives the answer that a recorded text stands for: an answer's value or one of its texts, exactly.
func (v *ValueSet) AnswerOfText(text string) (int, bool) {
	text = strings.TrimSpace(text)
	for i := range v.Answers {
		a := &v.Answers[i]
		if a.Value == text {
			return i, true
		}
		for _, t := range a.Texts {
			if t == text {
				return i, true
			}
		}
	}
	return 0, false
}

// AnswerOfNumber gives the answer whose value is a recorded number: 1 and 1.0 are the answer "1".
func (v *ValueSet) AnswerOfNumber(n quantity.Decimal) (int, bool) {
	for i := range v.Answers {
		if value, err := quantity.Parse(v.Answers[i].Value); err == nil && value.Cmp(n) == 0 {
			return i, true
		}
	}
	return 0, false
}

// BindAnswers resolves the codes of the answers against the codings that the dictionary holds now.
func (v *ValueSet) BindAnswers(d *Dictionary) map[CodeID]int {
	found := map[CodeID]int{}
	for i := range v.Answers {
		for _, c := range v.Answers[i].Codes {
			for _, code := range spellings(c) {
				if id, ok := d.find(Coding{c.System, code}); ok {
					found[id] = i
				}
			}
		}
	}
	return found
}
