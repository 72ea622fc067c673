package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"math"
	"strings"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/screen"
	"prescreen/internal/verdict"
)

// format is the number of the JSON document's shape; others read it by its names.
const format = 1

type runJSON struct {
	AsOf           string         `json:"asOf"`
	Zone           string         `json:"zone,omitempty"`
	Engine         int            `json:"engine"`
	RulesSha256    string         `json:"rulesSha256,omitempty"`
	SettingsSha256 string         `json:"settingsSha256,omitempty"`
	Files          int            `json:"files"`
	Patients       int            `json:"patients"`
	Resources      int            `json:"resources"`
	Withheld       []withheldJSON `json:"withheld"`
	Rejected       []rejectedJSON `json:"rejected"`
	Gaps           []gapJSON      `json:"gaps"`
}

type withheldJSON struct {
	Why   string `json:"why"`
	Count int    `json:"count"`
}

type rejectedJSON struct {
	Input   string `json:"input"`
	Pointer string `json:"pointer,omitempty"`
	Reason  string `json:"reason"`
}

type gapJSON struct {
	Kind  string `json:"kind"`
	Count int    `json:"count"`
}

type trialJSON struct {
	ID      string     `json:"id"`
	Version string     `json:"version,omitempty"`
	Title   string     `json:"title,omitempty"`
	Funnel  []stepJSON `json:"funnel"`
}

type stepJSON struct {
	Criterion string `json:"criterion"`
	Pass      int    `json:"pass"`
	Fail      int    `json:"fail"`
	Open      int    `json:"open"`
	BySilence int    `json:"bySilence"`
	In        int    `json:"in"`
	Unknown   int    `json:"unknown"`
	Out       int    `json:"out"`
}

type candidateJSON struct {
	Trial        string          `json:"trial,omitempty"` // NDJSON only
	Rank         int             `json:"rank,omitempty"`
	Patient      patientJSON     `json:"patient"`
	Arm          string          `json:"arm,omitempty"`
	Outcome      string          `json:"outcome"`
	NearMiss     string          `json:"nearMiss,omitempty"`
	Likelihood   *float64        `json:"likelihood,omitempty"`
	Shares       []shareJSON     `json:"shares,omitempty"`
	EligibleFrom string          `json:"eligibleFrom,omitempty"`
	ClosesOn     string          `json:"closesOn,omitempty"`
	NextVisit    string          `json:"nextVisit,omitempty"`
	LastContact  string          `json:"lastContact,omitempty"`
	Actions      *actionsJSON    `json:"actions,omitempty"`
	Criteria     []criterionJSON `json:"criteria"`
}

type patientJSON struct {
	Source    string `json:"source,omitempty"` // where source and id are told apart; else it stands before the id
	ID        string `json:"id"`
	Sex       string `json:"sex,omitempty"`
	BirthDate string `json:"birthDate,omitempty"`
	Age       *int   `json:"age,omitempty"`
}

type shareJSON struct {
	Criterion string `json:"criterion"`
	Pass      *int   `json:"pass,omitempty"`
	Of        *int   `json:"of,omitempty"`
	By        string `json:"by"`
}

type actionsJSON struct {
	Order  int `json:"order,omitempty"`
	Ask    int `json:"ask,omitempty"`
	Read   int `json:"read,omitempty"`
	Repair int `json:"repair,omitempty"`
	Wait   int `json:"wait,omitempty"`
}

type criterionJSON struct {
	ID       string         `json:"id"`
	Kind     string         `json:"kind"`
	Text     string         `json:"text,omitempty"`
	Check    string         `json:"check"`
	Verdict  string         `json:"verdict"`
	Effect   string         `json:"effect"`
	Basis    string         `json:"basis"`
	Reason   string         `json:"reason,omitempty"`
	Causes   []string       `json:"causes,omitempty"`
	FlipsOn  string         `json:"flipsOn,omitempty"`
	FlipsTo  string         `json:"flipsTo,omitempty"`
	Evidence []evidenceJSON `json:"evidence,omitempty"`
	Shown    []evidenceJSON `json:"shown,omitempty"`
}

type evidenceJSON struct {
	Resource string `json:"resource"`
	System   string `json:"system,omitempty"`
	Code     string `json:"code,omitempty"`
	Display  string `json:"display,omitempty"`
	Value    string `json:"value,omitempty"`
	Unit     string `json:"unit,omitempty"`
	Date     string `json:"date,omitempty"`
}

// writeJSON writes the whole run as one document, a candidate a line.
func writeJSON(w io.Writer, d *Document, _ Options) error {
	p := newPrinter(w)
	p.raw(`{"format":`).value(format).raw(`,"run":`).value(runOf(&d.Run)).raw(",\n\"trials\":[")
	for i := range d.Trials {
		if i > 0 {
			p.raw(",")
		}
		// The trial's object is left open for its candidates.
		p.raw("\n").open(trialOf(&d.Trials[i])).raw(`,"candidates":[`)
		n := 0
		for c, err := range d.Trials[i].Candidates {
			if err != nil {
				return err
			}
			if n > 0 {
				p.raw(",")
			}
			n++
			p.raw("\n").value(candidateOf(c))
		}
		p.raw("]}")
	}
	p.raw("]}\n")
	return p.flush()
}

// printer writes JSON piece by piece and keeps the first error.
type printer struct {
	w       *bufio.Writer
	buf     bytes.Buffer
	encoder *json.Encoder
	err     error
}

func newPrinter(w io.Writer) *printer {
	p := &printer{w: bufio.NewWriterSize(w, 1<<16)}
	p.encoder = json.NewEncoder(&p.buf)
	p.encoder.SetEscapeHTML(false)
	return p
}

func (p *printer) raw(s string) *printer {
	if p.err == nil {
		_, p.err = p.w.WriteString(s)
	}
	return p
}

func (p *printer) encode(v any) string {
	p.buf.Reset()
	if err := p.encoder.Encode(v); err != nil && p.err == nil {
		p.err = err
	}
	return string(bytes.TrimSuffix(p.buf.Bytes(), []byte("\n")))
}

func (p *printer) value(v any) *printer { return p.raw(p.encode(v)) }

// open writes an object without its closing brace.
func (p *printer) open(v any) *printer {
	s := p.encode(v)
	if s == "" {
		return p
	}
	return p.raw(s[:len(s)-1])
}

func (p *printer) flush() error {
	if p.err != nil {
		return p.err
	}
	return p.w.Flush()
}

func runOf(r *screen.Run) runJSON {
	out := runJSON{
		AsOf: dayOf(r.AsOf), Zone: r.Zone, Engine: r.Engine, RulesSha256: r.RulesSha256, SettingsSha256: r.SettingsSha256,
		Files: r.Files, Patients: r.Patients, Resources: r.Resources,
		Withheld: []withheldJSON{}, Rejected: []rejectedJSON{}, Gaps: []gapJSON{},
	}
	for _, w := range r.Withheld {
		out.Withheld = append(out.Withheld, withheldJSON{w.Why.String(), w.Count})
	}
	for _, x := range r.Rejected {
		out.Rejected = append(out.Rejected, rejectedJSON(x))
	}
	for _, g := range r.Gaps {
		out.Gaps = append(out.Gaps, gapJSON(g))
	}
	return out
}

func trialOf(t *Trial) trialJSON {
	out := trialJSON{ID: t.Trial.ID, Version: t.Trial.Version, Title: t.Trial.Title, Funnel: []stepJSON{}}
	for _, s := range t.Funnel {
		out.Funnel = append(out.Funnel, stepJSON{s.Criterion.ID, s.Pass, s.Fail, s.Open, s.BySilence, s.In, s.Unknown, s.Out})
	}
	return out
}

func candidateOf(c *screen.Candidate) candidateJSON {
	out := candidateJSON{
		Rank: c.Rank, Patient: patientOf(&c.Patient), Arm: c.Arm, Outcome: c.Outcome.String(), NearMiss: strings.Join(c.NearMiss, "; "),
		EligibleFrom: dayOf(c.EligibleFrom), ClosesOn: dayOf(c.ClosesOn), NextVisit: dayOf(c.NextVisit),
		LastContact: dayOf(c.LastContact), Criteria: []criterionJSON{},
	}
	if c.HasOdds && c.Outcome != screen.Ineligible {
		l := math.Round(c.Likelihood*1e6) / 1e6
		out.Likelihood = &l
		for _, s := range c.Shares {
			out.Shares = append(out.Shares, shareOf(c, s))
		}
	}
	if a := (actionsJSON{
		c.Actions[verdict.Order], c.Actions[verdict.Ask], c.Actions[verdict.Read], c.Actions[verdict.Repair], c.Actions[verdict.Wait],
	}); a != (actionsJSON{}) {
		out.Actions = &a
	}
	for i := range c.Criteria {
		out.Criteria = append(out.Criteria, criterionOf(&c.Criteria[i]))
	}
	return out
}

func patientOf(p *screen.Patient) patientJSON {
	out := patientJSON{ID: p.ID, BirthDate: p.BirthDate}
	if p.Sex != chart.NoSex {
		out.Sex = p.Sex.String()
	}
	if p.AgeLow >= 0 && p.AgeLow == p.AgeHigh {
		out.Age = &p.AgeLow
	}
	return out
}

func shareOf(c *screen.Candidate, s screen.Share) shareJSON {
	out := shareJSON{Criterion: c.Criteria[s.Criterion].Criterion.ID, By: s.By.String()}
	if s.By != screen.ByLastPasses && s.By != screen.ByLastFails {
		out.Pass, out.Of = &s.Pass, &s.Of
	}
	return out
}

func criterionOf(t *screen.Told) criterionJSON {
	c := t.Criterion
	out := criterionJSON{
		ID: c.ID, Kind: c.Kind.String(), Text: c.Text, Check: c.Check.String(), Verdict: t.Answer.Verdict.String(),
		Effect: t.Effect.String(), Basis: t.Answer.Basis.String(), Reason: t.Reason,
	}
	for _, cause := range t.Causes {
		out.Causes = append(out.Causes, cause.String())
	}
	if t.Flip != nil {
		out.FlipsOn, out.FlipsTo = t.Flip.On.String(), t.Flip.To.String()
	}
	out.Evidence, out.Shown = evidenceOf(t.Evidence), evidenceOf(t.Shown)
	return out
}

func evidenceOf(list []screen.Evidence) []evidenceJSON {
	var out []evidenceJSON
	for _, e := range list {
		out = append(out, evidenceJSON{e.Resource, e.System, e.Code, e.Display, e.Value, e.Unit, e.Date})
	}
	return out
}

// dayOf writes a day, nothing for none.
func dayOf(d dates.Day) string {
	if d == screen.NoDay {
		return ""
	}
	return d.String()
}
