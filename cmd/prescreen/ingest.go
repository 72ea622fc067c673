package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"prescreen/internal/intake"
	"prescreen/internal/live"
)

// ingesting is one call of prescreen ingest.
type ingesting struct {
	stored
	sources []string
	workers int
	strict  bool
}

func newIngest() *cobra.Command {
	var g ingesting
	c := &cobra.Command{
		Use:   "ingest --db STORE PATH...",
		Short: "take records into a store",
		Long: `ingest reads FHIR R4 records as screen does and keeps them in a store, each resource in its newest version. What is sent
twice changes nothing; what is newer takes the place of the older; the trials of the folder of rules are screened for whom
it touches. A bundle is taken in whole or not at all. While a server runs on the store, POST the records to it instead.`,
		Example: "  prescreen ingest --db records.db fixtures/cohort",
		RunE: func(c *cobra.Command, paths []string) error {
			return g.run(c.Context(), paths, c.InOrStdin(), c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	f := c.Flags()
	f.SortFlags = false
	g.flags(f)
	f.StringArrayVar(&g.sources, "source", nil, "what lies under PATH belongs to the feed NAME, written NAME=PATH; may be repeated")
	f.IntVar(&g.workers, "workers", 0, "how many work at once; all cores if left out")
	f.BoolVar(&g.strict, "strict", false, "exit with 3 if an input was rejected")
	return c
}

func (g *ingesting) run(ctx context.Context, paths []string, stdin io.Reader, stdout, stderr io.Writer) (err error) {
	a := asked{sources: g.sources, workers: g.workers, memory: "256MiB"}
	options, paths, err := a.inputs(paths)
	if err != nil {
		return err
	}
	d, err := g.open(ctx, "ingest", slog.New(slog.DiscardHandler), stderr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	taker := &taker{live: d.live, reading: d.live.Options()}
	began, bar := time.Now(), newBar(stderr, "taking in")
	options.Progress = func(p intake.Progress) {
		bar.set(p.Bytes, p.BytesTotal, fmt.Sprintf("%d of %d files, %s resources/s", p.Files, p.FilesTotal, rate(taker.seen(), began)))
	}
	texts, err := intake.ReadTexts(ctx, options, paths, interruptible(ctx, stdin), func(t intake.Text) error { return taker.take(ctx, t) })
	bar.finish()
	if err != nil {
		return failed(kept{fmt.Errorf("taking records in: %w", err)})
	}
	taker.rejected = append(texts.Rejected, taker.rejected...)
	if err := taker.tell(stdout, stderr, texts.Files); err != nil {
		return failed(err)
	}
	if n := len(taker.rejected); g.strict && n > 0 {
		return &failure{exitRejected, fmt.Errorf("--strict: %s rejected", wereRejected(n))}
	}
	return nil
}

// taker takes texts into a store, from several goroutines.
type taker struct {
	live    *live.Live
	reading intake.Options

	mu       sync.Mutex
	counts   [live.NotPerformed + 1]int
	total    int
	rejected []intake.Rejected
}

func (t *taker) seen() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.total
}

// take takes one text in: a document at once, lines some at a time.
func (t *taker) take(ctx context.Context, text intake.Text) error {
	if !text.Lines {
		doc, err := intake.ReadDocument(t.reading, text.Data)
		if err != nil {
			return err
		}
		for _, p := range doc.Problems {
			t.reject(text, p.Pointer, p.Reason)
		}
		if len(doc.Problems) > 0 {
			return nil
		}
		return t.document(ctx, text, doc)
	}
	doc, where := &intake.Document{}, []int{}
	line := text.Line
	for one := range bytes.Lines(text.Data) {
		if len(bytes.TrimSpace(one)) > 0 {
			r, err := intake.ReadResource(t.reading, one)
			if err != nil {
				return err
			}
			r.Pointer = fmt.Sprintf("line %d", line)
			doc.Resources, where = append(doc.Resources, *r), append(where, line)
		}
		line++
	}
	return t.document(ctx, text, doc)
}

// document takes the resources of a document in, each under its own id.
func (t *taker) document(ctx context.Context, text intake.Text, doc *intake.Document) error {
	b := live.Batch{Source: text.Source, Document: doc, By: commandActor("ingest")}
	var of []*intake.Resource
	for i := range doc.Resources {
		r := &doc.Resources[i]
		if w, ok := writeOf(r); ok {
			b.Writes, of = append(b.Writes, w), append(of, r)
		} else if len(r.Problems) > 0 || r.Type == "" {
			t.refuse(text, r)
		}
	}
	results, err := t.live.Apply(ctx, b)
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range results {
		t.counts[results[i].Status]++
		t.total++
		if results[i].Status == live.Refused {
			reason := "it cannot be used"
			if p := results[i].Problem; p != nil {
				reason = p.Reason
			}
			t.rejected = append(t.rejected, intake.Rejected{Input: text.Name, Number: text.Number, Pointer: of[i].Pointer, Reason: reason})
		}
	}
	return nil
}

// writeOf says what a resource of a document asks for: an entry of a history that was deleted is taken away.
func writeOf(r *intake.Resource) (live.Write, bool) {
	if r.Type == "" && r.Request.Method == http.MethodDelete {
		typ, id, ok := strings.Cut(r.Request.URL, "/")
		return live.Write{Verb: live.Delete, Type: typ, ID: id}, ok
	}
	if r.Type == "" || len(r.Problems) > 0 && r.Packed == nil {
		return live.Write{}, false
	}
	return live.Write{Verb: live.Put, Resource: r, Type: r.Type, ID: r.ID}, true
}

func (t *taker) refuse(text intake.Text, r *intake.Resource) {
	reason, pointer := "it holds no FHIR resource", r.Pointer
	if len(r.Problems) > 0 {
		reason, pointer = r.Problems[0].Reason, pointer+r.Problems[0].Pointer
	}
	t.reject(text, pointer, reason)
}

func (t *taker) reject(text intake.Text, pointer, reason string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.rejected = append(t.rejected, intake.Rejected{Input: text.Name, Number: text.Number, Pointer: pointer, Reason: reason})
}

// tell says what became of what was read.
func (t *taker) tell(stdout, stderr io.Writer, files int) error {
	for i, x := range t.rejected {
		if i == 20 {
			fmt.Fprintf(stderr, "… and %d more\n", len(t.rejected)-i)
			break
		}
		fmt.Fprintf(stderr, "not taken in: %s %s: %s\n", x.Input, x.Pointer, x.Reason)
	}
	c := t.counts
	_, err := fmt.Fprintf(stdout, "%d files: %d resources new, %d changed, %d as before, %d older than what is there, %d deleted, %d of kinds that are not read, %d not usable\n",
		files, c[live.Created], c[live.Updated], c[live.Unchanged], c[live.Older], c[live.Deleted], c[live.NotKept], len(t.rejected)+c[live.WasErased])
	return err
}
