package store

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"prescreen/internal/audit"
	"prescreen/internal/chart"
	"prescreen/internal/live"
	"prescreen/internal/postgrestest"
)

const (
	childDSN    = "PRESCREEN_STORE_CHILD"
	childStones = "PRESCREEN_STORE_CHILD_TOMBSTONES"
	killsAsked  = "PRESCREEN_STORE_KILLS" // how many times per database; hundreds for a long run
)

// beChild commits until it is killed: several callers at once, each with patients of its own, who come with a number of
// versions that their id tells and then get others. What is durable it says on its output.
func beChild(dsn string) {
	ctx := context.Background()
	s, err := Open(ctx, dsn, Options{Tombstones: os.Getenv(childStones)})
	if err != nil {
		fmt.Println("failed:", err)
		return
	}
	m := newMaker()
	if m.n, err = s.Numbers(ctx); err != nil {
		fmt.Println("failed:", err)
		return
	}
	var wg sync.WaitGroup
	var one sync.Mutex // of the maker
	for caller := range 3 {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(uint64(os.Getpid()), uint64(caller)))
			for {
				one.Lock()
				n := 1 + random.IntN(40)
				p, c := m.arrive("ehr", fmt.Sprintf("p%d-%d", m.n.Person, n), n, 1)
				c.Codes = nil
				one.Unlock()
				if !acknowledge(s, p, c, n) {
					return
				}
				for range random.IntN(3) {
					one.Lock()
					c := m.renew(p, random.IntN(n), 1)
					one.Unlock()
					if !acknowledge(s, p, c, n) {
						return
					}
				}
			}
		})
	}
	wg.Wait()
}

func acknowledge(s *Store, p *patient, c *live.Change, n int) bool {
	if err := s.Commit(context.Background(), c); err != nil {
		fmt.Println("failed:", err)
		return false
	}
	fmt.Printf("durable %d %s %d\n", c.Seq, p.Key.ID, n)
	return true
}

// killed runs a child on a store and kills it after a while. It gives the acknowledged changes.
func killed(t *testing.T, p *place, after time.Duration, kill func(child *os.Process)) map[int64]string {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childDSN+"="+p.dsn, childStones+"="+p.options.Tombstones)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	acknowledged := map[int64]string{}
	read := func() bool {
		line, err := lines.ReadString('\n')
		if err == io.EOF || !strings.HasSuffix(line, "\n") {
			return false
		}
		var seq int64
		var id string
		var n int
		if _, err := fmt.Sscanf(line, "durable %d %s %d", &seq, &id, &n); err != nil {
			if strings.HasPrefix(line, "failed:") {
				return true // the server was killed under it; or it tells why nothing was acknowledged
			}
			t.Fatal(line)
		}
		acknowledged[seq] = id
		return true
	}
	if read() { // it has begun
		time.AfterFunc(after, func() { kill(child.Process) })
	}
	for read() {
	}
	_ = child.Wait()
	return acknowledged
}

// heldTo holds a store against what was acknowledged: nothing lost, nothing doubled, nothing in halves.
func heldTo(t *testing.T, s *Store, acknowledged map[int64]string) {
	t.Helper()
	ctx := context.Background()
	last, _, err := s.LastSeq(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for seq, id := range acknowledged {
		if seq > int64(last) {
			t.Errorf("change %d was acknowledged and is lost", seq)
		}
		if p, err := s.People(ctx, []chart.Key{{Source: "ehr", ID: id}}, false); err != nil || len(p) != 1 {
			t.Errorf("the person of change %d is lost: %v", seq, err)
		}
	}
	halves, err := s.numbers(ctx, `SELECT p.no FROM person p WHERE (SELECT count(*) FROM version v WHERE v.until = 0 AND v.person = p.no)
		<> (SELECT count(*) FROM version v WHERE v.number = 1 AND v.person = p.no)`)
	if err != nil || len(halves) > 0 {
		t.Error("persons in halves:", halves, err)
	}
	var moments int64
	if err := s.row(ctx, `SELECT count(*) FROM moment`).Scan(&moments); err != nil || moments != int64(last) {
		t.Errorf("%d changes and %d moments, %v", last, moments, err)
	}
	rows, err := s.query(ctx, `SELECT p.key, (SELECT count(*) FROM version v WHERE v.person = p.no AND v.number = 1) FROM person p`)
	err = each(rows, err, func(scan func(...any) error) error {
		var key []byte
		var n int
		if err := scan(&key, &n); err != nil {
			return err
		}
		k, err := readKey(key)
		if _, want, _ := strings.Cut(k.ID, "-"); want != strconv.Itoa(n) {
			t.Errorf("%d versions of a person who came with %s", n, want)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	sound(t, s)
}

func kills(normal int) int {
	if n, err := strconv.Atoi(os.Getenv(killsAsked)); err == nil {
		return n
	}
	if testing.Short() {
		return min(normal, 5)
	}
	return normal
}

func prepared(t *testing.T, p *place) {
	s := p.open(t)
	v := live.TrialVersion{No: 1, ID: "TRIAL-1", State: live.TrialCurrent}
	if err := s.SaveTrial(context.Background(), v, "", audit.Entry{}); err != nil {
		t.Fatal(err)
	}
	s.Close()
}

func TestKilledAtAnyMoment(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		prepared(t, p)
		acknowledged, all := map[int64]string{}, 0
		for range kills(30) {
			wait := time.Duration(rand.IntN(60)) * time.Millisecond
			got := killed(t, p, wait, func(c *os.Process) { _ = c.Kill() })
			for seq, id := range got {
				if _, twice := acknowledged[seq]; twice {
					t.Errorf("change %d was acknowledged twice", seq)
				}
				acknowledged[seq] = id
			}
			all += len(got)
			s := p.openAgain(t)
			heldTo(t, s, acknowledged)
			s.Close()
		}
		t.Log(all, "changes were acknowledged")
		if all == 0 {
			t.Error("nothing was acknowledged at all")
		}
	})
}

// openAgain waits for what PostgreSQL still holds of a killed one.
func (p *place) openAgain(t *testing.T) *Store {
	t.Helper()
	for try := 0; ; try++ {
		s, err := Open(context.Background(), p.dsn, p.options)
		if err == nil {
			t.Cleanup(func() { s.Close() })
			return s
		}
		if try == 100 {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// TestPostgreSQLKilledAtAnyMoment kills the server under the child.
func TestPostgreSQLKilledAtAnyMoment(t *testing.T) {
	if shared == nil {
		t.Skip(postgrestest.NotInstalled)
	}
	own, err := postgrestest.New()
	if err != nil {
		t.Fatal(err)
	}
	defer own.Remove()
	p := &place{dsn: own.Database(t), folder: own.Data(), options: Options{Tombstones: t.TempDir() + "/tombstones"}}
	prepared(t, p)
	acknowledged := map[int64]string{}
	for range kills(5) {
		got := killed(t, p, time.Duration(rand.IntN(80))*time.Millisecond, func(c *os.Process) {
			own.Stop(syscall.SIGKILL)
			time.Sleep(50 * time.Millisecond)
			_ = c.Kill()
		})
		for seq, id := range got {
			acknowledged[seq] = id
		}
		if err := own.Start(); err != nil {
			t.Fatal(err)
		}
		s := p.openAgain(t)
		heldTo(t, s, acknowledged)
		s.Close()
	}
	if len(acknowledged) == 0 {
		t.Error("nothing was acknowledged at all")
	}
}

// TestTheConnectionBreaks ends PostgreSQL's connections under a store that is open: the next writes find a new one, and the
// lock is held again.
func TestTheConnectionBreaks(t *testing.T) {
	p := atPostgreSQL(t)
	ctx := context.Background()
	s := p.open(t)
	m := newMaker()
	_, c := m.arrive("ehr", "ann", 3)
	commit(t, s, c)
	if _, err := s.readers.ExecContext(ctx, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`); err != nil {
		t.Fatal(err)
	}
	_, c = m.arrive("ehr", "bob", 3)
	if err := s.Commit(ctx, c); err == nil {
		t.Fatal("the test is of no use")
	}
	commit(t, s, c)
	if c.Seq != 2 {
		t.Error(c.Seq)
	}
	if second, err := Open(ctx, p.dsn, p.options); err == nil {
		second.Close()
		t.Error("the lock was lost with the connection")
	}
	sound(t, s)
}
