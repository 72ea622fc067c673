package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// constellation is a patient to erase, with everybody whose chart depends on that one: a record that is joined with the
// patient's, one that shares an identifier, and a result that waits to know whose of the two it is.
func constellation(n int) (gone, stay []entry, planted []string) {
	text := func(what string) string {
		planted = append(planted, fmt.Sprintf("Planted%s%04d", what, n))
		return planted[len(planted)-1]
	}
	add := func(list *[]entry, name, format string, args ...any) {
		typ, id, _ := strings.Cut(name, "/")
		*list = append(*list, entry{name, fmt.Sprintf(`{"resourceType":%q,"id":%q,`+format+`}`, append([]any{typ, id}, args...)...)})
	}
	const result = `"status":"final","code":{"coding":[{"system":"http://loinc.org","code":"4548-4"},{"system":"urn:own","code":%q}]},"subject":{"reference":%q},` +
		`"effectiveDateTime":"2026-06-20","valueQuantity":{"value":8.4,"unit":"%%","system":"http://unitsofmeasure.org","code":"%%"}`
	a, b, c := fmt.Sprint("a", n), fmt.Sprint("b", n), fmt.Sprint("c", n)
	add(&gone, "Patient/"+a, `"name":[{"family":%q}],"gender":"female","birthDate":"1970-01-02","identifier":[{"system":"urn:mrn","value":"m%d"},{"system":"urn:own","value":%q}]`,
		text("Family"), n, text("Number"))
	add(&gone, "Observation/r"+a, result, text("Code"), "Patient/"+a)
	add(&gone, "Patient/"+b, `"name":[{"family":%q}],"gender":"female","birthDate":"1970-01-02","link":[{"other":{"reference":"Patient/%s"},"type":"replaced-by"}]`, text("Former"), a)
	add(&gone, "Observation/r"+b, result, text("Other"), "Patient/"+b)
	add(&stay, "Patient/"+c, `"gender":"male","birthDate":"1990-03-04","identifier":[{"system":"urn:mrn","value":"m%d"}]`, n)
	add(&stay, "Observation/r"+c, result, "kept", "Patient/"+c)
	add(&stay, "Observation/w"+c, result, "kept", fmt.Sprintf("Patient?identifier=urn:mrn|m%d", n))
	return gone, stay, planted
}

// TestKilledWhileErasing kills a server that erases: afterwards either nothing of the patient is left anywhere, and the charts of
// others are what their records say, or nothing was erased and nobody was told so.
func TestKilledWhileErasing(t *testing.T) {
	t.Parallel()
	killedWhileErasing(t, "", "", kills(12))
}

func killedWhileErasing(t *testing.T, db, folder string, times int) {
	w, m := newWard(t, db, "testdata/small/rules"), newModel()
	if folder == "" {
		folder = w.dir
	}
	random := rand.New(rand.NewPCG(10, 11))
	done, again := 0, 0
	p := w.serve()
	for n := range max(4, times) {
		gone, stay, planted := constellation(n)
		w.sends(p, m, slices.Concat(stay[2:], gone, stay[:2]))
		id, _ := strings.CutPrefix(gone[0].name, "Patient/")
		answered := make(chan bool, 1)
		go func() {
			a, err := w.caller(1).ask(http.MethodDelete, p.url+"/fhir/Patient/"+id, nil)
			answered <- err == nil && a.status == http.StatusNoContent
		}()
		if n%3 > 0 { // else perhaps before anything is done
			p.when(`SELECT count(*) FROM person`)
		}
		time.Sleep(time.Duration(random.IntN(12)) * time.Millisecond)
		p.kill()
		acknowledged := <-answered
		p = w.serve()
		a, err := w.caller(0).ask(http.MethodGet, p.url+"/fhir/Patient/"+id, nil)
		switch {
		case err == nil && a.status == http.StatusOK && !acknowledged:
			again++
			if a, err = w.caller(0).ask(http.MethodDelete, p.url+"/fhir/Patient/"+id, nil); err != nil || a.status != http.StatusNoContent {
				t.Fatal(a.status, string(a.body), err)
			}
		case err != nil || a.status == http.StatusOK:
			t.Fatal("an erasure that was acknowledged is lost")
		default:
			done++
		}
		if left := stillHolding(t, folder, planted); len(left) > 0 {
			t.Errorf("after an erasure: %s", left)
		}
		for _, e := range gone {
			delete(m.has, e.name)
		}
		if n%4 == 3 {
			p.stop()
			w.sound()
			m.screensAlike(w)
			p = w.serve()
		}
		if t.Failed() {
			t.FailNow()
		}
	}
	t.Logf("%d erasures were done when the server was started again, %d were not", done, again)
}

// sends sends entries as one batch after the other.
func (w *ward) sends(p *process, m *model, entries []entry) {
	w.t.Helper()
	for _, e := range entries {
		body, writes := bundleOf("batch", []entry{e})
		a, err := w.caller(0).ask(http.MethodPost, p.url+"/fhir", body)
		if err != nil || a.status != http.StatusOK || !bytes.Contains(a.body, []byte(`"status":"201`)) {
			w.t.Fatal(a.status, string(a.body), err)
		}
		m.apply(writes)
	}
}

// stillHolding gives the files that go on holding one of the strings: PostgreSQL takes the file of a table that was written
// anew away a moment after the transaction that did it, and later still where the one that asked was killed.
func stillHolding(t *testing.T, folder string, planted []string) (left []string) {
	t.Helper()
	for range 50 {
		if left = holding(t, folder, planted); len(left) == 0 {
			return nil
		}
		time.Sleep(200 * time.Millisecond)
	}
	return left
}

// holding gives the files in a folder that hold any of the strings.
func holding(t *testing.T, folder string, planted []string) (out []string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil // what is gone meanwhile holds nothing
		}
		text, _ := os.ReadFile(path)
		for _, p := range planted {
			if bytes.Contains(text, []byte(p)) {
				out = append(out, filepath.Base(path)+" holds "+p)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestKilledWhileBackingUp kills servers beside a backup, which goes on, and backups, which leave a whole file or none.
func TestKilledWhileBackingUp(t *testing.T) {
	t.Parallel()
	killedWhileBackingUp(t, "", kills(8))
}

func killedWhileBackingUp(t *testing.T, db string, times int) {
	w, m := filled(t, db, 600)
	random := rand.New(rand.NewPCG(12, 13))
	patients := cohort(t)
	var took time.Duration
	whole, none := 0, 0
	for n := range max(3, times) {
		p := w.serve()
		s := newSender(w, m, patients, n)
		sent := make(chan bool)
		go func() {
			s.run(p.url)
			close(sent)
		}()
		path := filepath.Join(w.dir, fmt.Sprint("backup-", n))
		c := exec.Command("prescreen", w.flags("backup", path)...)
		began := time.Now()
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(random.Int64N(int64(took)/2 + 1)))
		if n%2 == 0 {
			p.kill()
		} else {
			time.Sleep(time.Duration(random.Int64N(int64(took)/2 + 1)))
			_ = c.Process.Kill()
		}
		err := c.Wait()
		if n%2 == 0 {
			took = time.Since(began)
		}
		p.kill()
		<-sent
		p = w.serve()
		s.settle(p.url)
		m.held(w)
		p.stop()
		_, there := os.Stat(path)
		if n%2 == 0 && (err != nil || there != nil) {
			t.Errorf("the backup ended with %v as the server was killed beside it", err)
		}
		if there != nil {
			none++
			continue
		}
		whole++
		other := *w
		other.stored.db, other.stored.tombstones = filepath.Join(t.TempDir(), "restored.db"), ""
		other.done(other.flags("restore", path)...)
		other.sound()
	}
	w.done(w.flags("backup", filepath.Join(w.dir, "backup-last"))...)
	if left, err := filepath.Glob(filepath.Join(w.dir, ".prescreen*")); err != nil || len(left) > 0 {
		t.Errorf("%d folders of backups that were killed are left: %v", len(left), err)
	}
	t.Logf("%d backups are whole, %d are not there", whole, none)
}
