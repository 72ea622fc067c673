package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// manyWithLittle are patients with little: a result and a stroke each, on days that make verdicts change by time alone.
func manyWithLittle(n int) (out []entry) {
	for i := range n {
		id := fmt.Sprintf("p%05d", i)
		add := func(name, format string, args ...any) {
			out = append(out, entry{name, fmt.Sprintf(format, args...)})
		}
		add("Patient/"+id, `{"resourceType":"Patient","id":%q,"gender":"female","birthDate":"%d-07-%02d"}`, id, 1940+i%68, 1+i%28)
		add("Observation/h"+id, `{"resourceType":"Observation","id":"h%s","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"4548-4"}]},`+
			`"subject":{"reference":"Patient/%s"},"effectiveDateTime":"2026-04-%02d","valueQuantity":{"value":%d.4,"unit":"%%","system":"http://unitsofmeasure.org","code":"%%"}}`,
			id, id, 1+i%6, 5+i%7)
		if i%3 == 0 {
			add("Condition/c"+id, `{"resourceType":"Condition","id":"c%s","clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}]},`+
				`"code":{"coding":[{"system":"http://snomed.info/sct","code":"230690007"}]},"subject":{"reference":"Patient/%s"},"onsetDateTime":"2026-04-%02d"}`, id, id, 1+i%6)
		}
	}
	return out
}

// filled is a ward with small patients and the model of it.
func filled(t *testing.T, db string, n int) (*ward, *model) {
	t.Helper()
	if raced() {
		n /= 4
	}
	w, m := newWard(t, db, "testdata/small/rules"), newModel()
	var lines strings.Builder
	var writes []write
	for _, e := range manyWithLittle(n) {
		lines.WriteString(e.text + "\n")
		writes = append(writes, write{name: e.name, text: []byte(e.text)})
	}
	path := filepath.Join(w.dir, "small.ndjson")
	if err := os.WriteFile(path, []byte(lines.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	w.done(w.flags("ingest", w.onRules("--source", feed+"="+path)...)...)
	m.apply(writes)
	return w, m
}

// twin is a copy of a ward whose server is never killed, to compare with.
func (w *ward) twin() *ward {
	w.t.Helper()
	other := *w
	other.dir = w.t.TempDir()
	other.stored.db, other.stored.tombstones = filepath.Join(other.dir, "twin.db"), ""
	other.stored.rules = filepath.Join(other.dir, "rules")
	if err := os.CopyFS(other.stored.rules, os.DirFS(w.stored.rules)); err != nil {
		w.t.Fatal(err)
	}
	kept := filepath.Join(other.dir, "backup")
	w.done(w.flags("backup", kept)...)
	w.done(other.flags("restore", kept)...)
	return &other
}

// when waits until the answer to a query is another than it was. It is false where that does not come to pass.
func (p *process) when(query string) (changed bool) {
	p.w.t.Helper()
	db := p.w.sql()
	defer db.Close()
	first := -1
	for end := time.Now().Add(time.Second); time.Now().Before(end); {
		var n int
		if err := db.QueryRow(query).Scan(&n); err == nil {
			if first < 0 {
				first = n
			}
			if n != first {
				return true
			}
		}
		select {
		case <-p.gone:
			return false
		case <-p.told:
			return false
		default:
			time.Sleep(500 * time.Microsecond)
		}
	}
	return false
}

// sameFlips: the verdicts that changed are those that change where nothing is killed, each once.
func sameFlips(t *testing.T, w, twin *ward) {
	t.Helper()
	got, want := w.flips(), twin.flips()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%d flips were written, %d without any crash", len(got), len(want))
	}
	w.noFlipTwice()
}

// TestKilledWhileADayPasses kills a server in the middle of screening for a new day.
func TestKilledWhileADayPasses(t *testing.T) {
	t.Parallel()
	killedWhileADayPasses(t, "", kills(12))
}

func killedWhileADayPasses(t *testing.T, db string, times int) {
	w, m := filled(t, db, 2000)
	twin := w.twin()
	random := rand.New(rand.NewPCG(3, 4))
	middle, all := 0, 0
	for day := 3; day <= 9; day += 3 {
		w.stored.asOf = fmt.Sprintf("2026-07-%02d", day)
		twin.stored.asOf = w.stored.asOf
		twin.sound()
		for range max(1, times/3) {
			p := w.launch()
			ended := !p.when(`SELECT count(*) FROM flip`)
			time.Sleep(time.Duration(random.IntN(10)) * time.Millisecond)
			p.kill()
			if ended {
				break
			}
			all++
			if w.number(`SELECT day FROM state`) != twin.number(`SELECT day FROM state`) {
				middle++
			}
			w.auditIsWhole()
		}
		p := w.serve()
		m.held(w)
		if code := p.stop(); code != exitDone {
			t.Errorf("exit code %d", code)
		}
		sameFlips(t, w, twin)
		w.sound()
	}
	m.screensAlike(w)
	t.Logf("%d kills, %d in the middle of a day's screening, %d flips", all, middle, len(w.flips()))
}

// amend changes a limit of the trial in the folder of rules.
func (w *ward) amend(n int) string {
	w.t.Helper()
	path := filepath.Join(w.stored.rules, "trials", "t1.yaml")
	text, err := os.ReadFile(path)
	if err != nil {
		w.t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	for i, line := range lines {
		if strings.Contains(line, `lab("HbA1c", "last 3 months")`) {
			lines[i] = fmt.Sprintf(`      "%d.%d %%" <= lab("HbA1c", "last 3 months") <= "10.5 %%"`, 5+n%5, n%10)
		}
	}
	amended := strings.Join(lines, "\n")
	if err := os.WriteFile(path, []byte(amended), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return amended
}

// TestKilledWhileATrialIsAmended kills a server that brings another version of a trial into force from its folder.
func TestKilledWhileATrialIsAmended(t *testing.T) {
	t.Parallel()
	killedWhileATrialIsAmended(t, "", kills(12))
}

func killedWhileATrialIsAmended(t *testing.T, db string, times int) {
	w, m := filled(t, db, 800)
	twin := w.twin()
	random := rand.New(rand.NewPCG(5, 6))
	watched := []string{
		`SELECT count(*) FROM trial WHERE state = 'preparing'`, `SELECT count(*) FROM standing`, `SELECT count(*) FROM flip`,
		`SELECT count(*) FROM trial WHERE state = 'former'`,
	}
	all, between := 0, 0
	for n := range max(4, times) {
		w.amend(n)
		twin.amend(n)
		p := w.launch()
		p.when(watched[n%len(watched)])
		time.Sleep(time.Duration(random.IntN(4)) * time.Millisecond)
		p.kill()
		all++
		if w.number(`SELECT count(*) FROM trial WHERE state = 'preparing'`) > 0 {
			between++
		}
		w.sound() // which also brings the version into force
		twin.sound()
		sameFlips(t, w, twin)
		if t.Failed() {
			t.Fatalf("after %d kills", all)
		}
	}
	m.screensAlike(w)
	t.Logf("%d kills, %d before the version was in force", all, between)
}

// TestKilledWhileAnApprovedDraftIsInstalled kills a server that screens the store with what was approved: the version before
// stays in force, and to approve again goes on.
func TestKilledWhileAnApprovedDraftIsInstalled(t *testing.T) {
	t.Parallel()
	w, m := filled(t, "", 800)
	for n := range 3 {
		p := w.serve()
		draft := w.draft(p, n)
		if a, err := p.user("approver").ask(http.MethodPost, draft+"/approve", nil); err != nil || a.status != http.StatusAccepted {
			t.Fatal(a.status, string(a.body), err)
		}
		p.when([]string{`SELECT count(*) FROM standing`, `SELECT count(*) FROM flip`}[n%2])
		p.kill()
		p = w.serve()
		m.held(w)
		draft = p.url + draft[strings.Index(draft, "/api/"):]
		state := w.approveAgain(p, draft)
		if code := p.stop(); code != exitDone {
			t.Errorf("exit code %d", code)
		}
		t.Log("after the crash it was", state)
		w.sound()
	}
	if n := w.number(`SELECT count(*) FROM trial WHERE state IN ('preparing', 'draft')`); n > 0 {
		t.Errorf("%d versions are left on their way", n)
	}
}

// draft saves an amended trial as a draft and gives its address.
func (w *ward) draft(p *process, n int) string {
	w.t.Helper()
	path := filepath.Join(w.stored.rules, "trials", "t1.yaml")
	was, err := os.ReadFile(path)
	if err != nil {
		w.t.Fatal(err)
	}
	text := w.amend(n)
	if err := os.WriteFile(path, was, 0o600); err != nil {
		w.t.Fatal(err)
	}
	body, _ := json.Marshal(map[string]string{"file": "t1.yaml", "text": text})
	a, err := p.user("author").ask(http.MethodPost, p.url+"/api/v1/trials/T1/drafts", body, "Content-Type", "application/json")
	if err != nil || a.status != http.StatusCreated {
		w.t.Fatal(a.status, string(a.body), err)
	}
	return p.url + a.header.Get("Location")
}

// approveAgain waits until a version is in force, approving it again if a crash stopped it. It gives the state it was found in.
func (w *ward) approveAgain(p *process, draft string) (found string) {
	w.t.Helper()
	who := p.user("approver")
	for range 600 {
		var v struct {
			State    string
			Progress *struct{ Failed bool }
		}
		a, err := who.ask(http.MethodGet, draft, nil)
		if err != nil || json.Unmarshal(a.body, &v) != nil || a.status != http.StatusOK {
			w.t.Fatal(a.status, err)
		}
		if found == "" {
			found = v.State
		}
		if v.State == "current" {
			return found
		}
		if v.Progress == nil || v.Progress.Failed {
			if a, err := who.ask(http.MethodPost, draft+"/approve", nil); err != nil || a.status != http.StatusAccepted {
				w.t.Fatal(a.status, string(a.body), err)
			}
		}
		time.Sleep(20 * time.Millisecond)
	}
	w.t.Fatal("the version did not come into force")
	return ""
}

// TestKilledWhileImporting kills a server in the middle of an import, and at its very end: it goes on after the next start.
func TestKilledWhileImporting(t *testing.T) {
	t.Parallel()
	killedWhileImporting(t, "", kills(9))
}

func killedWhileImporting(t *testing.T, db string, times int) {
	w, m := newWard(t, db, "testdata/small/rules"), newModel()
	random := rand.New(rand.NewPCG(8, 9))
	list, all := manyWithLittle(2400), 0
	if raced() {
		list = list[:len(list)/4]
	}
	for part := range slices.Chunk(list, len(list)/3) {
		var body bytes.Buffer
		var writes []write
		for _, e := range part {
			body.WriteString(e.text + "\n")
			writes = append(writes, write{name: e.name, text: []byte(e.text)})
		}
		p := w.serve()
		a, err := w.caller(0).ask(http.MethodPost, p.url+"/fhir/$import", body.Bytes(), "Content-Type", "application/fhir+ndjson")
		if err != nil || a.status != http.StatusAccepted {
			t.Fatal(a.status, string(a.body), err)
		}
		_, job, _ := strings.Cut(a.header.Get("Content-Location"), "/fhir/")
		for range max(1, times/3) {
			if random.IntN(4) == 0 {
				p.whenGone(filepath.Join(w.spool(), filepath.Base(job), "input-0001.ndjson"))
			} else if p.when(`SELECT count(*) FROM version`) {
				time.Sleep(time.Duration(random.IntN(10)) * time.Millisecond)
			}
			p.kill()
			all++
			p = w.serve()
		}
		w.imported(p, job, len(part))
		m.apply(writes)
		m.held(w)
		p.stop()
	}
	w.sound()
	m.screensAlike(w)
	t.Log(all, "kills")
}

// whenGone waits until a file is removed, for a second at the most.
func (p *process) whenGone(path string) {
	for end := time.Now().Add(time.Second); time.Now().Before(end); {
		if _, err := os.Lstat(path); err != nil {
			return
		}
	}
}

func (w *ward) imported(p *process, job string, lines int) {
	w.t.Helper()
	for range 600 {
		a, err := w.caller(0).ask(http.MethodGet, p.url+"/fhir/"+job, nil)
		switch {
		case err != nil:
			w.t.Fatal(err)
		case a.status == http.StatusAccepted:
			time.Sleep(20 * time.Millisecond)
			continue
		case a.status != http.StatusOK:
			w.t.Fatalf("the import ended with %d %s", a.status, a.body)
		}
		var done struct{ Counts map[string]int }
		if err := json.Unmarshal(a.body, &done); err != nil {
			w.t.Fatal(err)
		}
		sum := 0
		for _, n := range done.Counts {
			sum += n
		}
		if sum != lines || done.Counts["refused"] > 0 {
			w.t.Errorf("%v of %d lines", done.Counts, lines)
		}
		return
	}
	w.t.Fatal("the import does not end")
}
