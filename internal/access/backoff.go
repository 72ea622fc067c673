package access

import (
	"sync"
	"time"
)

const (
	freeTries   = 5
	longestWait = 5 * time.Minute
	forgotten   = time.Hour // after the last wrong try
	mostNames   = 4096
)

// backoff holds up those who try passwords: after a few wrong ones for a name each further one costs twice the wait, whether
// there is a user of that name or not. It is kept in memory, for as many names as mostNames.
type backoff struct {
	mu    sync.Mutex
	names map[Digest]tries
}

type tries struct {
	wrong int
	last  time.Time
}

// wait is how long after the last try the next one is heard.
func (t tries) wait() time.Duration {
	if t.wrong < freeTries {
		return 0
	}
	return min(time.Second<<min(t.wrong-freeTries, 16), longestWait)
}

// begin counts a try as wrong until succeeded says otherwise, so that many at once do not all count as the first; or tells
// how long to wait.
func (b *backoff) begin(name string, now time.Time) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	key := digest(name)
	t := b.names[key]
	if now.Sub(t.last) > forgotten {
		t = tries{}
	}
	if left := t.last.Add(t.wait()).Sub(now); left > 0 {
		return &BackoffError{RetryAfter: left}
	}
	if b.names == nil {
		b.names = map[Digest]tries{}
	}
	if _, known := b.names[key]; !known && len(b.names) >= mostNames {
		b.forget()
	}
	b.names[key] = tries{t.wrong + 1, now}
	return nil
}

// forget drops the name with the fewest tries, of those the one not tried for longest: a flood of new names does not free
// the one that is attacked.
func (b *backoff) forget() {
	var drop Digest
	var least tries
	for key, t := range b.names {
		if least.wrong == 0 || t.wrong < least.wrong || t.wrong == least.wrong && t.last.Before(least.last) {
			drop, least = key, t
		}
	}
	delete(b.names, drop)
}

func (b *backoff) succeeded(name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.names, digest(name))
}

// seldom lets something happen at most once a minute for each key.
type seldom struct {
	mu   sync.Mutex
	last map[Digest]time.Time
}

func (s *seldom) due(key Digest, stored, now time.Time) bool {
	if now.Sub(stored) < coarse {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Sub(s.last[key]) < coarse {
		return false
	}
	if s.last == nil || len(s.last) >= mostNames {
		s.last = map[Digest]time.Time{}
	}
	s.last[key] = now
	return true
}
