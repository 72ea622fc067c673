package author

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"prescreen/internal/trial"
)

// Suite is the tests of one trial that were run.
type Suite struct {
	Trial *trial.Trial
	Ran   []Ran
}

type (
	junitFile struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		File     string      `xml:"file,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Class   string        `xml:"classname,attr"`
		Name    string        `xml:"name,attr"`
		Failure *junitFailure `xml:"failure"`
	}
	junitFailure struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// WriteJUnit writes the tests as JUnit XML, a test case for every expectation. It holds made-up patients only, and no
// times, so that the same rules give the same file.
func WriteJUnit(w io.Writer, suites []Suite) error {
	var file junitFile
	for _, s := range suites {
		one := junitSuite{Name: s.Trial.ID, File: s.Trial.File}
		for i := range s.Ran {
			one.Cases = append(one.Cases, junitCases(s.Trial, &s.Ran[i])...)
		}
		for _, c := range one.Cases {
			one.Tests++
			if c.Failure != nil {
				one.Failures++
			}
		}
		file.Tests, file.Failures = file.Tests+one.Tests, file.Failures+one.Failures
		file.Suites = append(file.Suites, one)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(file); err != nil {
		return fmt.Errorf("writing the JUnit file: %w", err)
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func junitCases(t *trial.Trial, r *Ran) []junitCase {
	name := r.Test
	if r.Case != "" {
		name += " / " + r.Case
	}
	var out []junitCase
	if r.Problem != "" {
		out = append(out, junitCase{t.ID, name, &junitFailure{Message: r.Problem}})
	}
	for _, c := range r.Cells {
		one := junitCase{Class: t.ID, Name: name + ": " + c.Criterion}
		if c.Failed() {
			one.Failure = &junitFailure{Message: "expected " + c.Want + ", answered " + c.Got, Text: failureText(t, r, &c)}
		}
		out = append(out, one)
	}
	return out
}

func failureText(t *trial.Trial, r *Ran, c *Cell) string {
	lines := []string{fmt.Sprintf("%s:%d, as of %s", t.File, max(c.Line, r.Line), r.AsOf)}
	if c.Told != nil {
		lines = append(lines, c.Told.Reason)
		for _, e := range c.Told.Evidence {
			lines = append(lines, evidenceLine(e))
		}
	}
	return strings.Join(lines, "\n")
}
