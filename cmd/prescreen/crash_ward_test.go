package main

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"prescreen/internal/access"
	"prescreen/internal/audit"
	"prescreen/internal/store"
)

const (
	feed     = "ehr"
	password = "long enough for a test 7"
)

// ward is a store and what a server on it is started with. The server is a process of its own, that tests kill.
type ward struct {
	t      *testing.T
	stored stored
	dir    string
	tokens []string // that may send, see and erase records
	took   time.Duration
}

// newWard makes a store with users and tokens, on the rules of a folder that the test may change.
func newWard(t *testing.T, db, rules string) *ward {
	t.Helper()
	dir := t.TempDir()
	w := &ward{t: t, dir: dir, stored: stored{
		db: db, rules: filepath.Join(dir, "rules"), asOf: "2026-06-30", originals: "full",
	}}
	switch {
	case db == "":
		w.stored.db = filepath.Join(dir, "s", "store.db")
	case strings.HasPrefix(db, "postgres"):
		w.stored.tombstones = filepath.Join(dir, "tombstones")
	}
	if err := os.CopyFS(w.stored.rules, os.DirFS(rules)); err != nil {
		t.Fatal(err)
	}
	w.letIn()
	return w
}

// letIn makes users and tokens.
func (w *ward) letIn() {
	w.t.Helper()
	ctx := context.Background()
	s, err := store.Open(ctx, w.stored.db, w.stored.options(false, nil, slog.New(slog.DiscardHandler)))
	if err != nil {
		w.t.Fatal(err)
	}
	defer s.Close()
	now, _ := w.stored.clock()
	keeper, by := access.New(s.Access(), access.Options{Now: now}), audit.Entry{Who: "system", Role: "operator"}
	secret, err := keeper.NewSetup(ctx, by)
	if err == nil {
		_, err = keeper.Setup(ctx, secret, "root", "", password, by)
	}
	for _, name := range []string{"author", "approver"} {
		if err == nil {
			_, err = keeper.CreateUser(ctx, name, "", password, []access.Grant{{Role: access.RuleAuthor}}, by)
		}
	}
	for i := range 4 {
		var clear string
		if err == nil {
			clear, _, err = keeper.CreateToken(ctx, access.NewToken{
				Name: fmt.Sprint("token ", i), Source: feed, Expires: now().AddDate(1, 0, 0),
				Scopes: []access.Right{access.SendRecords, access.SeeRecords, access.EraseRecords, access.SeeTrials, access.SeeCandidates},
			}, by)
		}
		w.tokens = append(w.tokens, clear)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// flags name the store and its rules to a command.
func (w *ward) flags(command string, more ...string) []string {
	args := append(strings.Fields(command), "--db", w.stored.db)
	if w.stored.tombstones != "" && command != "screen" {
		args = append(args, "--tombstones", w.stored.tombstones)
	}
	return append(args, more...)
}

func (w *ward) onRules(more ...string) []string {
	return append([]string{"--rules", w.stored.rules, "--as-of", w.stored.asOf}, more...)
}

// spool is where the server keeps the files of jobs.
func (w *ward) spool() string {
	if strings.HasPrefix(w.stored.db, "postgres") {
		return filepath.Join(w.dir, "jobs")
	}
	return w.stored.db + ".jobs"
}

// process is one start of the server.
type process struct {
	w     *ward
	cmd   *exec.Cmd
	began time.Time
	told  chan string // its address
	gone  chan struct{}
	url   string
}

// launch starts a server without waiting for it. What it logs is kept for told.
func (w *ward) launch() *process {
	w.t.Helper()
	log, err := os.OpenFile(filepath.Join(w.dir, "server.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		w.t.Fatal(err)
	}
	defer log.Close()
	args := w.flags("serve", w.onRules("--listen", "127.0.0.1:0", "--metrics", "off", "--spool", w.spool())...)
	p := &process{w: w, cmd: exec.Command("prescreen", args...), began: time.Now(), told: make(chan string, 1), gone: make(chan struct{})}
	p.cmd.Stderr = log
	out, err := p.cmd.StdoutPipe()
	if err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
		w.t.Fatal(err)
	}
	go func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if at, ok := strings.CutPrefix(lines.Text(), "prescreen answers on "); ok {
				p.told <- "http://" + at
			}
		}
		_ = p.cmd.Wait()
		close(p.gone)
	}()
	w.t.Cleanup(p.kill)
	return p
}

// serve starts a server and waits until it answers. One that PostgreSQL does not let in yet, because it has not noticed that
// the one before was killed, is started again, as an init system would.
func (w *ward) serve() *process {
	w.t.Helper()
	for try := 0; ; try++ {
		p := w.launch()
		select {
		case p.url = <-p.told:
			w.took = time.Since(p.began)
			return p
		case <-p.gone:
			if try == 50 || !strings.HasPrefix(w.stored.db, "postgres") {
				w.t.Fatalf("the server did not start:\n%s", w.lastLog())
			}
			w.t.Log("started again:", string(bytes.TrimSpace(w.lastLog()[max(0, len(w.lastLog())-200):])))
			time.Sleep(20 * time.Millisecond)
		case <-time.After(time.Minute):
			w.t.Fatalf("the server does not answer:\n%s", w.lastLog())
		}
	}
}

func (w *ward) log() []byte {
	text, _ := os.ReadFile(filepath.Join(w.dir, "server.log"))
	return text
}

func (w *ward) lastLog() []byte {
	text := w.log()
	return text[max(0, len(text)-4000):]
}

// kill ends the server as a power failure would, as far as a process can tell.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.gone
}

// stop ends it as an operator does and gives the exit code.
func (p *process) stop() int {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	<-p.gone
	return p.cmd.ProcessState.ExitCode()
}

// caller is one client of the server.
type caller struct {
	http  http.Client
	token string
}

func (w *ward) caller(n int) *caller {
	return &caller{http: http.Client{Transport: &http.Transport{}, Timeout: 2 * time.Minute}, token: w.tokens[n%len(w.tokens)]}
}

// user logs in as a person.
func (p *process) user(name string) *caller {
	p.w.t.Helper()
	jar, _ := cookiejar.New(nil)
	c := &caller{http: http.Client{Jar: jar, Transport: &http.Transport{}, Timeout: time.Minute}}
	body := fmt.Sprintf(`{"name":%q,"password":%q}`, name, password)
	if a, err := c.ask(http.MethodPost, p.url+"/api/v1/session", []byte(body), "Content-Type", "application/json"); err != nil || a.status != http.StatusOK {
		p.w.t.Fatal(a.status, err)
	}
	return c
}

// answer is what the server said.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// ask sends a request. An error means that nobody knows what became of it.
func (c *caller) ask(method, url string, body []byte, header ...string) (answer, error) {
	r, err := http.NewRequestWithContext(context.Background(), method, url, bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	r.Header.Set("Content-Type", "application/fhir+json")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := c.http.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, res.Header, text}, err
}

// command runs a command in this process and gives what it printed.
func (w *ward) command(args ...string) (string, string, int) {
	var out, told bytes.Buffer
	code := run(args, strings.NewReader(""), &out, &told)
	return out.String(), told.String(), code
}

// done runs a command that must succeed.
func (w *ward) done(args ...string) string {
	w.t.Helper()
	out, told, code := w.command(args...)
	if code != exitDone {
		w.t.Fatalf("%s: exit code %d\n%s%s", args[0], code, out, told)
	}
	return out
}

// sound holds a store that no server is on against everything that must be true of it.
func (w *ward) sound() {
	w.t.Helper()
	out, told, code := w.command(w.flags("verify", w.onRules()...)...)
	if code != exitDone {
		w.t.Errorf("verify: %s%s", out, told)
	}
	w.auditIsWhole()
	w.noFlipTwice()
}

func (w *ward) auditIsWhole() {
	w.t.Helper()
	if out, told, code := w.command(w.flags("audit verify")...); code != exitDone {
		w.t.Errorf("audit verify: %s%s", out, told)
	}
}

// sql opens the database itself, beside whoever writes to it.
func (w *ward) sql() *sql.DB {
	w.t.Helper()
	driver, dsn := "sqlite", "file:"+w.stored.db+"?_pragma=query_only(1)&_pragma=busy_timeout(10000)"
	if strings.HasPrefix(w.stored.db, "postgres") {
		driver, dsn = "pgx", w.stored.db
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		w.t.Fatal(err)
	}
	return db
}

// number asks the database for one number.
func (w *ward) number(query string) (n int) {
	w.t.Helper()
	db := w.sql()
	defer db.Close()
	if err := db.QueryRow(query).Scan(&n); err != nil {
		w.t.Fatal(err)
	}
	return n
}

// flips are all flips in their order, by what moved.
func (w *ward) flips() (out []string) {
	w.t.Helper()
	db := w.sql()
	defer db.Close()
	rows, err := db.Query(`SELECT trial_id, key, criterion, was, is_now, why FROM flip ORDER BY no`)
	if err != nil {
		w.t.Fatal(err)
	}
	for rows.Next() {
		var trial, key, criterion, why []byte
		var was, now int
		if err := rows.Scan(&trial, &key, &criterion, &was, &now, &why); err != nil {
			w.t.Fatal(err)
		}
		out = append(out, fmt.Sprintf("%s %x %s|%d %d %s", trial, key, criterion, was, now, why))
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		w.t.Fatal(err)
	}
	return out
}

// noFlipTwice: a verdict cannot become again what it is.
func (w *ward) noFlipTwice() {
	w.t.Helper()
	last := map[string]string{}
	for _, f := range w.flips() {
		of, how, _ := strings.Cut(f, "|")
		if last[of] == how {
			w.t.Errorf("a flip was written twice: %s", how)
			return
		}
		last[of] = how
	}
}

// listing is the document of a screening, without the number of files it was read from.
func (w *ward) listing(args ...string) string {
	w.t.Helper()
	out := w.done(append([]string{"screen", "--all", "--format", "json", "--rules", w.stored.rules, "--as-of", w.stored.asOf}, args...)...)
	var document map[string]any
	if err := json.Unmarshal([]byte(out), &document); err != nil {
		w.t.Fatal(err)
	}
	if run, ok := document["run"].(map[string]any); ok {
		delete(run, "files")
	}
	text, err := json.MarshalIndent(document, "", " ")
	if err != nil {
		w.t.Fatal(err)
	}
	return string(text)
}
