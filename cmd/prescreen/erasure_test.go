package main

import (
	"bytes"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
)

// shown gives what of the plants is in any file below a folder: as it is, or packed as originals are.
func (p plants) shown(t *testing.T, dir string) []string {
	t.Helper()
	unpack, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	defer unpack.Close()
	found := map[string]bool{}
	look := func(data []byte) {
		data = bytes.ToLower(data)
		for what, value := range p {
			if bytes.Contains(data, []byte(value)) {
				found[what] = true
			}
		}
	}
	files := 0
	err = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		look(append(data, e.Name()...))
		for rest := data; ; rest = rest[4:] {
			i := bytes.Index(rest, []byte{0x28, 0xb5, 0x2f, 0xfd})
			if i < 0 {
				return nil
			}
			rest = rest[i:]
			frame := rest[:min(len(rest), 64<<10)]
			if err := unpack.Reset(bytes.NewReader(frame)); err != nil {
				return err
			}
			text := make([]byte, 64<<10)
			n := 0
			for n < len(text) { // what follows the frame is no frame: the text before it counts
				more, err := unpack.Read(text[n:])
				if n += more; err != nil {
					break
				}
			}
			look(text[:n])
		}
	})
	if err != nil || files == 0 {
		t.Fatal(err, files)
	}
	var out []string
	for what := range found {
		out = append(out, what)
	}
	slices.Sort(out)
	return out
}

// written is everything about a patient that systems send and people write: records, versions, results that move verdicts,
// decisions with their history.
func (p *whole) written(s plants, feed, cec string) (log string) {
	p.t.Helper()
	p.must(200, "POST", "/fhir/Bundle", s.bundle(), feed)
	for _, value := range []string{"12.5", "8.0"} {
		p.must(200, "PUT", s.fill("/fhir/Observation/$observation"), s.fill(`{"resourceType":"Observation","id":"$observation","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"4548-4","display":"$later`+value[:1]+`"}]},
"subject":{"reference":"Patient/$patient"},"effectiveDateTime":"2026-06-20","valueQuantity":{"value":`+strings.Replace(value, "$", "", 1)+`,"unit":"%","system":"http://unitsofmeasure.org","code":"%"}}`), feed)
	}
	p.must(204, "DELETE", s.fill("/fhir/Observation/$second"), "", feed)
	at := p.must(201, "POST", "/api/v1/trials/T1/decisions", s.fill(`{"patient":{"source":"lab","id":"$patient"},"note":"$firstnote","owner":"$owner","next":"$next"}`), cec).header.Get("Location")
	p.must(200, "PUT", at, s.fill(`{"status":"declined","reason":{"why":"declined"},"note":"$decision","owner":"$owner","next":"$next","answers":[{"criterion":"INC-3","verdict":"met","note":"$answernote"}],"correctionReason":"$correction"}`),
		cec, `If-Match: W/"1"`)
	return at
}

// told is all that can be read of a patient.
func (p *whole) told(s plants, at, feed, cec string) string {
	p.t.Helper()
	var out strings.Builder
	for _, path := range []string{"Patient/$patient", "Observation/$observation", "Observation/$observation/_history", "Observation/$third", "Condition/$condition", "DocumentReference/$document", "Patient/$patient/_history/1"} {
		out.WriteString(p.must(200, "GET", s.fill("/fhir/"+path), "", feed).body)
	}
	out.WriteString(p.must(410, "GET", s.fill("/fhir/Observation/$second"), "", feed).body[:20])
	out.WriteString(p.must(200, "GET", s.fill("/api/v1/patients/$patient?source=lab"), "", cec).body)
	out.WriteString(p.must(200, "GET", at, "", cec).body)
	out.WriteString(p.must(200, "GET", at+"/history", "", cec).body)
	return out.String()
}

// flipsOf counts the flips that name a patient.
func (p *whole) flipsOf(s plants, cec string) int {
	p.t.Helper()
	return strings.Count(p.must(200, "GET", "/api/v1/flips?limit=1000", "", cec).body, s.of("patient"))
}

// job begins one and waits for its end; it gives its address.
func (p *whole) job(a heard, as string) string {
	p.t.Helper()
	place, err := url.Parse(a.header.Get("Content-Location"))
	if err != nil || a.status != 202 {
		p.t.Fatal(err, a)
	}
	for range 400 {
		if p.ask("GET", place.Path, "", as).status == 200 {
			return place.Path
		}
		time.Sleep(25 * time.Millisecond)
	}
	p.t.Fatal("the job does not end")
	return ""
}

// Whatever was sent, written, listed, exported and run of a patient: after the erasure no byte of it is in the data folder,
// while the server runs and after a restart; who stays is as before; logs stay whole; and no older copy brings it back.
func TestNothingIsLeftOfTheErased(t *testing.T) {
	gone, stay := plants{}, plants{}
	dir, rules := t.TempDir(), twoTrials(t)
	p := serveIn(t, dir, rules)
	ann := p.setUp()
	cec, aud := p.user(ann, "cec", `{"role":"coordinator"}`), p.user(ann, "aud", `{"role":"auditor"}`)
	feed := p.feed(ann, "lab")
	goneAt, stayAt := p.written(gone, feed, cec), p.written(stay, feed, cec)
	lines := strings.ReplaceAll(gone.fill(`{"resourceType":"Observation","id":"$imported","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"718-7","display":"$importeddisplay"}]},"subject":{"reference":"Patient/$patient"},"effectiveDateTime":"2026-06-02","valueString":"$importedvalue"}`), "\n", "")
	p.job(p.ask("POST", "/fhir/$import", lines+"\n{\"resourceType\":\"Patient\",\"id\":\""+gone.of("patient")+"\",\"birthDate\":7}\n", feed, "Content-Type: application/fhir+ndjson"), feed)
	exported := p.job(p.ask("GET", "/fhir/Group/T1/$export", "", cec), cec)
	if file := p.must(200, "GET", exported+"/Patient.ndjson", "", cec); !strings.Contains(file.body, gone.of("family")) {
		t.Fatal("the export has not the patient: ", file.body)
	}
	var run struct{ ID string }
	p.must(201, "POST", "/api/v1/runs", "{}", cec).into(t, &run)
	if len(gone.shown(t, dir)) < 25 || p.flipsOf(gone, cec) == 0 || p.flipsOf(stay, cec) == 0 {
		t.Fatalf("planted in vain: %v of %d, %d flips", gone.shown(t, dir), len(gone), p.flipsOf(gone, cec))
	}
	before, flips := p.told(stay, stayAt, feed, cec), p.flipsOf(stay, cec)
	var kept struct{ Checkpoint string }
	p.must(200, "GET", "/api/v1/audit/checkpoint", "", aud).into(t, &kept)
	elsewhere := t.TempDir()
	prescreen(t, dir, "backup", "--db", "records.db", filepath.Join(elsewhere, "before.backup"))

	p.must(204, "DELETE", gone.fill("/fhir/Patient/$patient?_source=lab"), "", ann)
	if left := gone.shown(t, dir); len(left) > 0 {
		t.Errorf("left in the data folder of the running server: %v", left)
	}
	p.afterErasure(gone, goneAt, feed, cec)
	if now := p.told(stay, stayAt, feed, cec); now != before || p.flipsOf(stay, cec) != flips {
		t.Errorf("who stays is told of otherwise:\n%s\n%s", before, now)
	}
	p.must(404, "GET", exported, "", cec)
	p.must(410, "POST", "/api/v1/runs/"+run.ID+"/replay", "", cec)
	if v := p.must(200, "POST", "/api/v1/audit/verification", `{"checkpoint":"`+strings.ReplaceAll(kept.Checkpoint, "\n", `\n`)+`"}`, aud); !strings.Contains(v.body, `"whole":true`) {
		t.Error(v.body)
	}
	p.stop()
	if left := gone.shown(t, dir); len(left) > 0 {
		t.Errorf("left in the data folder after the end: %v", left)
	}

	again := serveIn(t, dir, rules)
	again.afterErasure(gone, goneAt, feed, cec)
	if now := again.told(stay, stayAt, feed, cec); now != before {
		t.Errorf("who stays is told of otherwise after a restart:\n%s\n%s", before, now)
	}
	again.stop()
	for _, command := range [][]string{{"audit", "verify", "--db", "records.db"}, {"verify", "--db", "records.db", "--rules", rules, "--as-of", today}} {
		prescreen(t, dir, command...)
	}
	if left := gone.shown(t, dir); len(left) > 0 {
		t.Errorf("left in the data folder after a restart: %v", left)
	}

	restored := t.TempDir()
	prescreen(t, restored, "restore", "--db", "records.db", "--tombstones", filepath.Join(dir, "records.db.tombstones"), filepath.Join(elsewhere, "before.backup"))
	back := serveIn(t, restored, rules, "--tombstones", filepath.Join(dir, "records.db.tombstones"))
	back.afterErasure(gone, goneAt, feed, cec)
	if now := back.told(stay, stayAt, feed, cec); now != before {
		t.Errorf("who stays is told of otherwise from a backup:\n%s\n%s", before, now)
	}
	back.stop()
	if left := gone.shown(t, restored); len(left) > 0 {
		t.Errorf("left in a store made of an older backup: %v", left)
	}
	prescreen(t, restored, "audit", "verify", "--db", "records.db")
}

// afterErasure asks in every way for somebody who was erased.
func (p *whole) afterErasure(gone plants, at, feed, cec string) {
	p.t.Helper()
	for _, name := range []string{"Patient/$patient", "Patient/$patient/_history", "Patient/$patient/_history/1", "Observation/$observation", "Observation/$second", "DocumentReference/$document"} {
		p.must(404, "GET", gone.fill("/fhir/"+name), "", feed)
	}
	for _, path := range []string{
		"/api/v1/trials/T1/candidates?decided=all&limit=200", "/api/v1/flips?limit=1000", "/api/v1/trials/T1/log", "/api/v1/trials/T1/log?format=csv",
		"/api/v1/trials/T1/log/coded", "/api/v1/trials/T1/log/coded?format=csv", "/api/v1/trials/T1/consort", "/api/v1/trials/T1/funnel",
		"/api/v1/trials/T1/decisions", "/api/v1/trials/BETA-7/candidates?decided=all", "/fhir/ResearchSubject", "/fhir/Group/T1", "/fhir/List/T1", at, at + "/history",
	} {
		if a := p.must(200, "GET", path, "", cec); gone.in(a.body) != "" {
			p.t.Errorf("%s tells $%s of the erased: %s", path, gone.in(a.body), a.body)
		}
	}
	line := p.must(200, "GET", at, "", cec)
	if !strings.Contains(line.body, `"removed":true`) || !strings.Contains(line.body, `"log":1`) {
		p.t.Error("the number of the line is to stay: ", line.body)
	}
	if a := p.ask("GET", gone.fill("/api/v1/patients/$patient?source=lab"), "", cec); a.status != 410 && a.status != 404 {
		p.t.Error(a)
	}
	p.must(409, "PUT", gone.fill("/fhir/Patient/$patient"), gone.fill(`{"resourceType":"Patient","id":"$patient","gender":"female","birthDate":"1970-02-03"}`), feed)
	p.must(410, "PUT", at, `{"note":"again"}`, cec, `If-Match: *`)
}
