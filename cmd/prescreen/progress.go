package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// bar shows progress to a person at a terminal, and nothing to anybody else.
type bar struct {
	bar *progressbar.ProgressBar
	max int64
}

func newBar(w io.Writer, what string) *bar {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return &bar{}
	}
	return &bar{bar: progressbar.NewOptions64(-1, progressbar.OptionSetWriter(f), progressbar.OptionSetDescription(what),
		progressbar.OptionSetPredictTime(true), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish(),
		progressbar.OptionSetWidth(24), progressbar.OptionSetElapsedTime(true))}
}

// set tells how far it has come; a total of 0 is not known.
func (b *bar) set(done, total int64, what string) {
	if b.bar == nil {
		return
	}
	if total > 0 && total != b.max {
		b.max = total
		b.bar.ChangeMax64(total)
	}
	if what != "" {
		b.bar.Describe(what)
	}
	_ = b.bar.Set64(done)
}

func (b *bar) finish() {
	if b.bar != nil {
		_ = b.bar.Finish()
	}
}

// rate writes how many a second.
func rate(n int, since time.Time) string {
	if s := time.Since(since).Seconds(); s > 0 {
		return fmt.Sprintf("%.0f", float64(n)/s)
	}
	return "-"
}
