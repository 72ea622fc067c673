package main

import (
	"bytes"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
)

// An interrupt ends a run that waits for its input, and leaves no temporary folder.
func TestInterruptEndsAWaitingRun(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	in, feed := io.Pipe()
	var told bytes.Buffer
	done := make(chan int)
	go func() {
		done <- run([]string{"screen", "--rules", "testdata/small/rules", "--as-of", "2026-06-30", "-"}, in, io.Discard, &told)
	}()
	if _, err := feed.Write([]byte(`{"resourceType":"Patient","id":"p"}` + "\n")); err != nil {
		t.Fatal(err)
	}
	// The program has read, so it listens to signals.
	if err := syscall.Kill(os.Getpid(), syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if code := <-done; code != exitFailed || !strings.Contains(told.String(), "stopped") {
		t.Errorf("exit code %d: %s", code, told.String())
	}
	if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}
