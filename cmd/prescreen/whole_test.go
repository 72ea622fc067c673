package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"prescreen/internal/access"
	"prescreen/internal/fhirapi"
	"prescreen/internal/server"
)

// twoTrials are the rules of the folder small, and the same once more as a trial that nothing of T1 says anything about.
func twoTrials(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/small/rules")); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "trials", "t1.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	other := strings.NewReplacer("id: T1", "id: BETA-7", "NCT00000001", "NCT00000777", "A small trial", "Betatitle", "INC-", "BIN-", "EXC-", "BEX-",
		"Able to consent", "Betaline", "age >= 18", "age >= 19").Replace(string(text))
	if err := os.WriteFile(filepath.Join(dir, "trials", "t2.yaml"), []byte(other), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// smallPatients are the records of the folder small as one Bundle.
func smallPatients(t testing.TB) string {
	t.Helper()
	var entries []string
	for _, name := range []string{"a", "b"} {
		text, err := os.ReadFile("testdata/small/patients/" + name + ".ndjson")
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if line = strings.TrimSpace(line); line != "" {
				entries = append(entries, `{"resource":`+line+`}`)
			}
		}
	}
	return `{"resourceType":"Bundle","type":"collection","entry":[` + strings.Join(entries, ",") + `]}`
}

// today is the day that stores of these tests stay on.
const today = "2026-06-30"

// inHouse wires the service as serve does, without listening. Rates that would hold a test up are lifted.
func inHouse(t *testing.T, now func() time.Time) (*house, *access.Keeper, *server.Server) {
	t.Helper()
	s := serving{
		stored: stored{db: filepath.Join(t.TempDir(), "records.db"), rules: twoTrials(t), originals: "full", asOf: today},
		listen: "127.0.0.1:0", metrics: "off", publicURL: "http://prescreen.example",
		issuer: issuer{url: "http://127.0.0.1:1", clientID: "prescreen", groupsFile: groupsFile(t)},
	}
	d, err := s.open(t.Context(), "serve", slog.New(slog.DiscardHandler), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	d.now = now
	jobs, err := fhirapi.OpenJobs(t.TempDir(), "", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	h := newHouse(d, jobs, slog.New(slog.DiscardHandler))
	keeper, o, err := s.doors(h)
	if err != nil {
		t.Fatal(err)
	}
	plenty := server.Rate{PerSecond: 1e6, AtOnce: 1e6}
	o.Limits.PerAddress, o.Limits.PerCaller, o.Limits.Logins = plenty, plenty, plenty
	o.Now = now
	srv, err := server.New(o)
	if err != nil {
		t.Fatal(err)
	}
	h.background(h.work)
	t.Cleanup(func() {
		h.end()
		h.going.Wait()
		if err := h.close(); err != nil {
			t.Error(err)
		}
	})
	return h, keeper, srv
}

func groupsFile(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "groups.yaml")
	if err := os.WriteFile(name, []byte("oncology: [{role: coordinator, trial: T1}, {role: viewer}]\nit:\n- role: admin\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// whole is prescreen serve as a process of its own.
type whole struct {
	t             *testing.T
	dir           string // of the store and everything beside it
	cmd           *exec.Cmd
	base, metrics string
	secret        string // of the set-up link; "" once there are users
	stderr        string // name of the file
	stdout        bytes.Buffer
	read          chan struct{} // closed when stdout has ended
	said          []heard
}

// heard is what a request was answered with.
type heard struct {
	asked, body string
	status      int
	header      http.Header
}

// serveIn starts the service over the store of a folder.
func serveIn(t *testing.T, dir, rules string, more ...string) *whole {
	t.Helper()
	stderr, err := os.CreateTemp(t.TempDir(), "stderr")
	if err != nil {
		t.Fatal(err)
	}
	defer stderr.Close()
	_, err = os.Stat(filepath.Join(dir, "records.db"))
	p := &whole{t: t, dir: dir, stderr: stderr.Name(), read: make(chan struct{})}
	p.cmd = exec.Command("prescreen", append([]string{
		"serve", "--db", filepath.Join(dir, "records.db"), "--rules", rules, "--listen", "127.0.0.1:0", "--metrics", "127.0.0.1:0",
		"--log", "debug", "--as-of", today,
	}, more...)...)
	p.cmd.Stderr = stderr
	out, err2 := p.cmd.StdoutPipe()
	if err2 != nil || p.cmd.Start() != nil {
		t.Fatal("the program does not start", err2)
	}
	t.Cleanup(func() { p.stop() })
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		p.stdout.WriteString(lines.Text() + "\n")
		if _, after, ok := strings.Cut(lines.Text(), "answers on "); ok {
			p.base = "http://" + after
		}
		if _, after, ok := strings.Cut(lines.Text(), "metrics on "); ok {
			if p.metrics = after; err == nil {
				break // there are users: no link comes
			}
		}
		if _, after, ok := strings.Cut(lines.Text(), "/setup#"); ok {
			p.secret = after
			break
		}
	}
	if p.metrics == "" {
		t.Fatal("the program does not answer: ", p.log())
	}
	go func() {
		defer close(p.read)
		for lines.Scan() {
		}
	}()
	return p
}

func (p *whole) log() string {
	p.t.Helper()
	text, err := os.ReadFile(p.stderr)
	if err != nil {
		p.t.Fatal(err)
	}
	return string(text)
}

// stop ends the process as a service manager does.
func (p *whole) stop() {
	if p.cmd.ProcessState != nil {
		return
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	<-p.read
	if err := p.cmd.Wait(); err != nil {
		p.t.Error(err, p.log())
	}
	http.DefaultClient.CloseIdleConnections()
}

// ask sends a request, with headers given as "Name: value".
func (p *whole) ask(method, path, body string, headers ...string) heard {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), time.Minute)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, p.base+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	if body == "" {
		r.Body = http.NoBody
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Add(name, value)
	}
	if body != "" && r.Header.Get("Content-Type") == "" {
		r.Header.Set("Content-Type", "application/json")
		if strings.HasPrefix(path, "/fhir") {
			r.Header.Set("Content-Type", "application/fhir+json")
		}
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		p.t.Fatal(method, path, err, p.log())
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(method, path, err)
	}
	a := heard{method + " " + path, string(b), resp.StatusCode, resp.Header}
	p.said = append(p.said, a)
	return a
}

// must is ask where only one status is right.
func (p *whole) must(status int, method, path, body string, headers ...string) heard {
	p.t.Helper()
	a := p.ask(method, path, body, headers...)
	if a.status != status {
		p.t.Fatalf("%s %s: %d, not %d: %s", method, path, a.status, status, a.body)
	}
	return a
}

// cookie is the session that an answer began, as a header.
func (a heard) cookie() string {
	value, _, _ := strings.Cut(a.header.Get("Set-Cookie"), ";")
	return "Cookie: " + value
}

func (a heard) into(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.body), v); err != nil {
		t.Fatal(err, a.body)
	}
}

const pass = "four words nobody guesses"

// setUp makes the first user, an admin.
func (p *whole) setUp() string {
	p.t.Helper()
	return p.must(201, "POST", "/api/v1/session/setup", `{"secret":"`+p.secret+`","name":"ann","password":"`+pass+`"}`).cookie()
}

// user makes a user with roles, such as `{"role":"viewer"}`, and logs the user in.
func (p *whole) user(admin, name, grants string) string {
	p.t.Helper()
	p.must(201, "POST", "/api/v1/users", `{"name":"`+name+`","password":"`+pass+`","grants":[`+grants+`]}`, admin)
	return p.must(200, "POST", "/api/v1/session", `{"name":"`+name+`","password":"`+pass+`"}`).cookie()
}

// feed makes a token of a machine that sends and reads records.
func (p *whole) feed(admin, source string, more ...string) string {
	p.t.Helper()
	scopes, _ := json.Marshal(append([]string{"send records", "see records"}, more...))
	var made struct{ Token string }
	p.must(201, "POST", "/api/v1/tokens", `{"name":"`+source+`","scopes":`+string(scopes)+`,"source":"`+source+`","expires":"2026-12-31T00:00:00Z"}`, admin).into(p.t, &made)
	return "Authorization: Bearer " + made.Token
}

// prescreen runs a command in a folder, and gives what it printed.
func prescreen(t testing.TB, dir string, args ...string) string {
	t.Helper()
	c := exec.Command("prescreen", args...)
	c.Dir = dir
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("prescreen %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}
