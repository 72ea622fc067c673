package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// smallDisk is a folder with room for so much.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skip("a small disk is mounted for this test, which needs the rights of root:", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

// fill takes all room of a disk but so many bytes. To remove the file gives it back.
func fill(t *testing.T, dir string, leave int64) (path string) {
	t.Helper()
	path = filepath.Join(dir, "ballast")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for block := make([]byte, 1<<16); err == nil; {
		_, err = f.Write(block)
	}
	info, _ := f.Stat()
	if err := f.Truncate(info.Size() - leave); err != nil {
		t.Fatal(err)
	}
	return path
}

// refused: the answer says that it is ours, in FHIR's words, and nothing of the patient or of the machine.
func refused(t *testing.T, a answer, err error, planted []string) {
	t.Helper()
	var o struct {
		ResourceType string
		Issue        []struct{ Diagnostics string }
	}
	if err != nil || a.status != http.StatusInternalServerError && a.status != http.StatusServiceUnavailable {
		t.Errorf("on a full disk: %d %v", a.status, err)
	}
	if json.Unmarshal(a.body, &o) != nil || o.ResourceType != "OperationOutcome" || len(o.Issue) == 0 || o.Issue[0].Diagnostics == "" {
		t.Errorf("no OperationOutcome: %s", a.body)
	}
	for _, p := range append(planted, "SQL", "disk I/O", "/tmp") {
		if bytes.Contains(a.body, []byte(p)) {
			t.Errorf("the answer tells of %s: %s", p, a.body)
		}
	}
}

// TestDiskFull: on a full disk nothing is acknowledged and nothing broken; once there is room the same server goes on.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	disk := smallDisk(t, "24m")
	w, m := newWard(t, filepath.Join(disk, "store.db"), "testdata/small/rules"), newModel()
	p := w.serve()
	gone, stay, planted := constellation(1)
	w.sends(p, m, slices.Concat(stay[2:], gone, stay[:2]))
	c := w.caller(0)
	ballast := fill(t, disk, 0)
	var open []*attempt
	var last answer
	for n := range 40 { // what the log has room for is taken in
		body, writes := bundleOf("transaction", slices.Concat(manyWithLittle(20 * (n + 1))[50*n:]))
		a, err := c.ask(http.MethodPost, p.url+"/fhir", body)
		if err == nil && a.status == http.StatusOK {
			m.apply(writes)
			continue
		}
		refused(t, a, err, planted)
		open, last = append(open, &attempt{writes: writes}), a
		if len(open) == 3 {
			break
		}
	}
	if last.status == 0 {
		t.Fatal("the disk was not full")
	}
	for _, r := range []struct{ method, path, body string }{
		{http.MethodPut, "/fhir/" + gone[0].name, strings.Replace(gone[0].text, "1970", "1971", 1)},
		{http.MethodDelete, "/fhir/" + gone[1].name, ""},
		{http.MethodGet, "/fhir/" + gone[0].name, ""}, // to read is noted in the audit log
		{http.MethodDelete, "/fhir/" + gone[0].name, ""},
		{http.MethodPost, "/fhir/$import", strings.Repeat(gone[0].text+"\n", 1000)},
	} {
		a, err := c.ask(r.method, p.url+r.path, []byte(r.body), "Content-Type", map[bool]string{true: "application/fhir+ndjson", false: "application/fhir+json"}[strings.Contains(r.path, "$")])
		refused(t, a, err, planted)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	s := &sender{caller: c, t: t, model: m}
	for _, a := range open {
		s.open = a
		s.settle(p.url)
	}
	m.held(w)
	w.sends(p, m, []entry{{"Patient/after", `{"resourceType":"Patient","id":"after","gender":"male","birthDate":"1961-02-03"}`}})
	if a, err := c.ask(http.MethodGet, p.url+"/readyz", nil); err != nil || a.status != http.StatusOK {
		t.Error("not ready again:", a.status, err)
	}
	if code := p.stop(); code != exitDone {
		t.Error("exit code", code)
	}
	w.sound()
	m.screensAlike(w)
	tellsKindsOnly(t, w, planted)
}

// TestDiskFullWhileErasing: an erasure for whose files there is no room is not acknowledged, and is ended once there is.
func TestDiskFullWhileErasing(t *testing.T) {
	t.Parallel()
	disk := smallDisk(t, "24m")
	w, m := newWard(t, filepath.Join(disk, "store.db"), "testdata/small/rules"), newModel()
	p := w.serve()
	gone, stay, planted := constellation(1)
	w.sends(p, m, slices.Concat(stay[2:], gone, stay[:2]))
	body, writes := bundleOf("collection", manyWithLittle(2000))
	c := w.caller(0)
	if a, err := c.ask(http.MethodPost, p.url+"/fhir/Bundle", body); err != nil || a.status != http.StatusOK {
		t.Fatal(a.status, err)
	}
	m.apply(writes)
	ballast := fill(t, disk, 1<<20) // enough to erase, too little to write all anew
	a, err := c.ask(http.MethodDelete, p.url+"/fhir/"+gone[0].name, nil)
	refused(t, a, err, planted)
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	if a, err := c.ask(http.MethodDelete, p.url+"/fhir/"+gone[0].name, nil); err != nil || a.status != http.StatusNoContent {
		t.Fatal(a.status, string(a.body), err)
	}
	if left := holding(t, disk, planted); len(left) > 0 {
		t.Errorf("after an erasure: %s", left)
	}
	for _, e := range gone {
		delete(m.has, e.name)
	}
	// The code that only the erased had is taken in again from somebody else, under another number.
	own := strings.ReplaceAll(strings.ReplaceAll(gone[1].text, "Patient/a1", "Patient/c1"), "ra1", "again")
	w.sends(p, m, []entry{{"Observation/again", own}})
	p.stop()
	w.sound()
	m.screensAlike(w)
	tellsKindsOnly(t, w, planted)
}

// tellsKindsOnly: the log holds kinds of failures, at most with the system's own word for it, and nothing of a patient.
func tellsKindsOnly(t *testing.T, w *ward, planted []string) {
	t.Helper()
	failures := 0
	for line := range strings.Lines(string(w.log())) {
		var entry map[string]any
		if json.Unmarshal([]byte(line), &entry) != nil {
			t.Errorf("not a line of the log: %s", line)
		}
		if entry["msg"] == "failure" {
			failures++
		}
	}
	if failures == 0 {
		t.Error("no failure in the log")
	}
	for _, p := range append(slices.Clone(planted), "disk is full", "disk I/O", "Patient/a", "Observation/ra") {
		if bytes.Contains(w.log(), []byte(p)) {
			t.Errorf("the log tells of %s", p)
		}
	}
}

// TestDiskReadOnly: a store on a disk that can only be read is not served, and says what is wrong.
func TestDiskReadOnly(t *testing.T) {
	t.Parallel()
	disk := smallDisk(t, "24m")
	w, m := newWard(t, filepath.Join(disk, "store.db"), "testdata/small/rules"), newModel()
	p := w.serve()
	gone, _, planted := constellation(1)
	w.sends(p, m, gone)
	if code := p.stop(); code != exitDone {
		t.Error("exit code", code)
	}
	if err := syscall.Mount("tmpfs", disk, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, "size=24m"); err != nil {
		t.Fatal(err)
	}
	p = w.launch()
	select {
	case <-p.gone:
	case <-p.told:
		t.Error("it is served")
		p.kill()
	}
	if code := p.cmd.ProcessState.ExitCode(); code != exitFailed {
		t.Error("exit code", code)
	}
	told := string(w.lastLog())
	if !strings.Contains(told, "read-only") {
		t.Errorf("told: %s", told)
	}
	for _, p := range planted {
		if strings.Contains(told, p) {
			t.Errorf("the log tells of %s", p)
		}
	}
	if err := syscall.Mount("tmpfs", disk, "tmpfs", syscall.MS_REMOUNT, "size=24m"); err != nil {
		t.Fatal(err)
	}
	w.sound()
	m.screensAlike(w)
}

// TestStoppedWhileSomebodySends: what is under way when the server is told to end is done and acknowledged.
func TestStoppedWhileSomebodySends(t *testing.T) {
	t.Parallel()
	w, m := newWard(t, "", "testdata/small/rules"), newModel()
	p := w.serve()
	gone, _, _ := constellation(1)
	body, writes := bundleOf("transaction", gone)
	half, rest := io.Pipe()
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, p.url+"/fhir", half)
	if err != nil {
		t.Fatal(err)
	}
	r.ContentLength = int64(len(body))
	r.Header.Set("Content-Type", "application/fhir+json")
	r.Header.Set("Authorization", "Bearer "+w.tokens[0])
	answered := make(chan answer, 1)
	go func() {
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			answered <- answer{body: []byte(err.Error())}
			return
		}
		defer res.Body.Close()
		text, _ := io.ReadAll(res.Body)
		answered <- answer{res.StatusCode, res.Header, text}
	}()
	if _, err := rest.Write(body[:len(body)/2]); err != nil {
		t.Fatal(err)
	}
	stream := make(chan error, 1) // of events, which would never end
	go func() {
		a, err := w.caller(1).ask(http.MethodGet, p.url+"/api/v1/flips/stream", nil, "Accept", "text/event-stream")
		if err == nil && a.status != http.StatusOK {
			err = fmt.Errorf("%d %s", a.status, a.body)
		}
		stream <- err
	}()
	time.Sleep(300 * time.Millisecond) // so that the server has begun to read
	began := time.Now()
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	addr := strings.TrimPrefix(p.url, "http://")
	for {
		c, err := new(net.Dialer).DialContext(context.Background(), "tcp", addr)
		if errors.Is(err, syscall.ECONNREFUSED) {
			break
		}
		if err == nil {
			_ = c.Close()
		}
		time.Sleep(5 * time.Millisecond)
	}
	if _, err := rest.Write(body[len(body)/2:]); err != nil {
		t.Fatal(err)
	}
	_ = rest.Close()
	if a := <-answered; a.status != http.StatusOK || !bytes.Contains(a.body, []byte("transaction-response")) {
		t.Errorf("what was under way was answered with %d %s", a.status, a.body)
	}
	if err := <-stream; err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error("the stream:", err)
	}
	<-p.gone
	if code := p.cmd.ProcessState.ExitCode(); code != exitDone {
		t.Errorf("exit code %d:\n%s", code, w.lastLog())
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("it took %s to end", took)
	}
	m.apply(writes)
	m.held(w)
	w.sound()
	m.screensAlike(w)
}
