package author

import (
	"bytes"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"prescreen/internal/mistake"
)

// Formats are the forms in which a report can be written.
func Formats() []string { return []string{"text", "json", "sarif"} }

// Write writes a report in one of the Formats.
func (rep *Report) Write(w io.Writer, format string) error {
	switch format {
	case "text":
		return rep.text(w)
	case "json":
		return writeJSON(w, rep.json())
	case "sarif":
		return writeJSON(w, rep.sarif())
	}
	return fmt.Errorf("there is no format %q: %s", format, strings.Join(Formats(), ", "))
}

// text is for people: every mistake, then the sum.
func (rep *Report) text(w io.Writer) error {
	var b strings.Builder
	for _, m := range rep.Mistakes {
		b.WriteString(m.String())
		b.WriteByte('\n')
	}
	b.WriteString(rep.sum())
	_, err := io.WriteString(w, b.String())
	return err
}

func (rep *Report) sum() string {
	files := counted(len(rep.Files), "file")
	if len(rep.Mistakes) == 0 {
		return files + " checked: nothing to tell.\n"
	}
	errors, warnings, questions := rep.Count(mistake.Error), rep.Count(mistake.Warning), rep.Count(mistake.Question)
	sum := fmt.Sprintf("%s checked: %s, %s, %s.\n", files, counted(errors, "error"), counted(warnings, "warning"), counted(questions, "question"))
	if errors > 0 {
		sum += "An error keeps its file from being screened with.\n"
	}
	return sum + "prescreen check --explain " + rep.Mistakes[0].Code + " tells more about a code.\n"
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func writeJSON(w io.Writer, v any) error {
	var b bytes.Buffer
	if err := json.MarshalWrite(&b, v, jsontext.WithIndent("  "), json.Deterministic(true)); err != nil {
		return fmt.Errorf("writing JSON: %w", err)
	}
	b.WriteByte('\n')
	_, err := w.Write(b.Bytes())
	return err
}

// told is a mistake as JSON writes it.
type toldJSON struct {
	Code     string `json:"code"`
	Severity string `json:"severity"`
	File     string `json:"file"`
	Line     int    `json:"line,omitzero"`
	Column   int    `json:"column,omitzero"`
	Length   int    `json:"length,omitzero"`
	Source   string `json:"source,omitzero"`
	Message  string `json:"message"`
	Why      string `json:"why,omitzero"`
	Fix      string `json:"fix,omitzero"`
}

type reportJSON struct {
	Format    int        `json:"format"`
	Files     []string   `json:"files"`
	Errors    int        `json:"errors"`
	Warnings  int        `json:"warnings"`
	Questions int        `json:"questions"`
	Mistakes  []toldJSON `json:"mistakes"`
}

func (rep *Report) json() reportJSON {
	r := reportJSON{
		Format: 1, Files: rep.Files, Errors: rep.Count(mistake.Error), Warnings: rep.Count(mistake.Warning), Questions: rep.Count(mistake.Question),
		Mistakes: []toldJSON{},
	}
	for _, m := range rep.Mistakes {
		r.Mistakes = append(r.Mistakes, toldJSON{m.Code, m.Severity.String(), m.File, m.Line, m.Column, m.Length, m.Source, m.Message, m.Why, m.Fix})
	}
	return r
}

// The parts of SARIF 2.1.0 that are written: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool       sarifTool     `json:"tool"`
	ColumnKind string        `json:"columnKind"`
	Results    []sarifResult `json:"results"`
}

type sarifTool struct {
	Driver sarifDriver `json:"driver"`
}

type sarifDriver struct {
	Name  string      `json:"name"`
	Rules []sarifRule `json:"rules"`
}

type sarifRule struct {
	ID               string    `json:"id"`
	ShortDescription sarifText `json:"shortDescription"`
	Help             sarifHelp `json:"help"`
}

type sarifText struct {
	Text string `json:"text"`
}

type sarifHelp struct {
	Text     string `json:"text"`
	Markdown string `json:"markdown"`
}

type sarifResult struct {
	RuleID    string          `json:"ruleId"`
	RuleIndex int             `json:"ruleIndex"`
	Level     string          `json:"level"`
	Message   sarifText       `json:"message"`
	Locations []sarifLocation `json:"locations"`
	Fixes     []sarifFix      `json:"fixes,omitempty"`
}

type sarifLocation struct {
	Physical sarifPhysical `json:"physicalLocation"`
}

type sarifPhysical struct {
	Artifact sarifArtifact `json:"artifactLocation"`
	Region   *sarifRegion  `json:"region,omitempty"`
}

type sarifArtifact struct {
	URI string `json:"uri"`
}

type sarifRegion struct {
	StartLine   int        `json:"startLine"`
	StartColumn int        `json:"startColumn"`
	EndColumn   int        `json:"endColumn"`
	Snippet     *sarifText `json:"snippet,omitempty"`
}

type sarifFix struct {
	Description sarifText     `json:"description"`
	Changes     []sarifChange `json:"artifactChanges"`
}

type sarifChange struct {
	Artifact     sarifArtifact      `json:"artifactLocation"`
	Replacements []sarifReplacement `json:"replacements"`
}

type sarifReplacement struct {
	Deleted  sarifRegion `json:"deletedRegion"`
	Inserted sarifText   `json:"insertedContent"`
}

func (rep *Report) sarif() sarifLog {
	run := sarifRun{Tool: sarifTool{sarifDriver{Name: "prescreen", Rules: []sarifRule{}}}, ColumnKind: "unicodeCodePoints", Results: []sarifResult{}}
	var codes []string
	for _, m := range rep.Mistakes {
		codes = append(codes, m.Code)
	}
	slices.Sort(codes)
	codes = slices.Compact(codes)
	for _, code := range codes {
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, ruleOf(code))
	}
	for i := range rep.Mistakes {
		m := &rep.Mistakes[i]
		run.Results = append(run.Results, resultOf(m, slices.Index(codes, m.Code)))
	}
	return sarifLog{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []sarifRun{run}}
}

func ruleOf(code string) sarifRule {
	r := sarifRule{ID: code, ShortDescription: sarifText{code}, Help: sarifHelp{code, code}}
	if p, ok := PageOf(code); ok {
		r.ShortDescription.Text, r.Help.Text, r.Help.Markdown = p.Title, p.Why, p.Markdown
	}
	return r
}

var sarifLevels = map[mistake.Severity]string{mistake.Error: "error", mistake.Warning: "warning", mistake.Question: "note"}

func resultOf(m *mistake.Mistake, index int) sarifResult {
	text := m.Message
	if m.Why != "" {
		text += "\n" + m.Why
	}
	file := sarifArtifact{uriOf(m.File)}
	r := sarifResult{RuleID: m.Code, RuleIndex: index, Level: sarifLevels[m.Severity], Message: sarifText{text}}
	at := sarifPhysical{Artifact: file}
	if m.Line > 0 {
		at.Region = &sarifRegion{m.Line, max(m.Column, 1), max(m.Column, 1) + max(m.Length, 1), &sarifText{m.Source}}
	}
	if m.Line > 0 && safe(m, under(m)) {
		r.Fixes = []sarifFix{{
			Description: sarifText{"write " + m.Fix},
			Changes: []sarifChange{{file, []sarifReplacement{{
				sarifRegion{m.Line, m.Column, m.Column + m.Length, nil}, sarifText{m.Fix},
			}}}},
		}}
	}
	r.Locations = []sarifLocation{{at}}
	return r
}

// under is the text above a mistake's caret.
func under(m *mistake.Mistake) string {
	row := []rune(m.Source)
	from := min(max(m.Column-1, 0), len(row))
	return string(row[from:min(from+m.Length, len(row))])
}

func uriOf(file string) string {
	u := url.URL{Path: filepath.ToSlash(file)}
	return u.String()
}
