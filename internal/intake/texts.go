package intake

import (
	"context"
	"io"
)

// Text is a text of FHIR as it was found, for those who take it apart with ReadDocument: one document, or some whole lines of
// NDJSON.
type Text struct {
	Name   string // of the input: for the person at the terminal
	Source string // name of its feed
	Number int    // of the input, as in Rejected
	Lines  bool
	Line   int    // of the first of the lines, from 1
	Data   []byte // valid during the call
}

// Texts are inputs found and unpacked as Read does it, and read by somebody else.
type Texts struct {
	Files    int
	Skipped  []string
	Rejected []Rejected
}

// ReadTexts hands every text of paths (files, folders, "-" for stdin) to visit, from Options.Workers goroutines. What cannot
// be unpacked or is no JSON is rejected; an error of visit ends it.
func ReadTexts(ctx context.Context, o Options, paths []string, stdin io.Reader, visit func(Text) error) (*Texts, error) {
	inputs, err := findInputs(paths, o.Sources)
	if err != nil {
		return nil, err
	}
	r := newRun(ctx, o)
	r.visit = visit
	if err := r.read(inputs, stdin); err != nil {
		return nil, err
	}
	c, err := r.cohort(append(inputs, r.members...))
	if err != nil {
		return nil, err
	}
	return &Texts{Files: c.Files, Skipped: c.Skipped, Rejected: c.Rejected}, c.Close()
}

// hand gives a text to whoever asked for texts.
func (l *loader) hand(in *input, t Text) {
	t.Name, t.Source, t.Number = in.name, in.source, in.order[0]
	in.note(heldFHIR)
	if err := l.run.visit(t); err != nil {
		l.run.fail(err)
	}
}

// handAll gives the documents that a text is, nearly always one; behind a broken one they cannot be told apart.
func (l *loader) handAll(in *input, r io.Reader) {
	limit := l.run.options.Limits.Line
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = errLong
	}
	if err != nil {
		l.refuse(in, err)
		return
	}
	for len(data) > 0 {
		one := data
		if l.scan.scan(data, 0) == nil {
			one = data[:l.scan.position]
		}
		data = data[len(one):]
		l.hand(in, Text{Data: one})
		data = data[space(data, 0):]
	}
}
