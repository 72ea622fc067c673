package access

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

// TestHashOfTheReference takes a hash from the tests of the reference implementation of argon2
// (https://github.com/P-H-C/phc-winner-argon2/blob/master/src/test.c).
func TestHashOfTheReference(t *testing.T) {
	const hash = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	h := newHasher(owasp)
	for password, want := range map[string]bool{"password": true, "Password": false, "": false} {
		ok, weaker, err := h.right(t.Context(), password, hash)
		if ok != want || weaker || err != nil {
			t.Errorf("%q: %v, %v, %v", password, ok, weaker, err)
		}
	}
}

func TestHashes(t *testing.T) {
	h := newHasher(cost{Memory: 8, Time: 1, Lanes: 1})
	one, _ := h.hash(t.Context(), "Schlüssel am Haken")
	two, _ := h.hash(t.Context(), "Schlüssel am Haken")
	if one == two {
		t.Error("two hashes of one password are alike")
	}
	if ok, _, err := h.right(t.Context(), "Schlu\u0308ssel am Haken", one); !ok || err != nil {
		t.Errorf("typed with a combining character: %v, %v", ok, err)
	}
	if ok, _, err := h.right(t.Context(), "", ""); ok || err != nil {
		t.Errorf("no password on no hash: %v, %v", ok, err)
	}
	long := strings.Repeat("x1y2z", 52)[:257]
	of256, _ := h.hash(t.Context(), long[:256])
	if ok, _, _ := h.right(t.Context(), long, of256); ok {
		t.Error("what is longer than a password can be is cut to one")
	}
	dearer := newHasher(cost{Memory: 16, Time: 1, Lanes: 1})
	if ok, weaker, _ := dearer.right(t.Context(), "Schlüssel am Haken", one); !ok || !weaker {
		t.Errorf("of lesser cost: %v, %v", ok, weaker)
	}
	for name, hash := range map[string]string{
		"argon2i": strings.Replace(one, "argon2id", "argon2i", 1), "older version": strings.Replace(one, "v=19", "v=16", 1),
		"cut": one[:len(one)-4], "without salt": strings.Join(strings.Split(one, "$")[:4], "$"), "no time": strings.Replace(one, "t=1", "t=0", 1),
		"dear beyond sense": strings.Replace(one, "m=8", "m=4000000000", 1),
	} {
		if ok, _, err := h.right(t.Context(), "Schlüssel am Haken", hash); ok || !errors.Is(err, errHash) {
			t.Errorf("%s: %v, %v", name, ok, err)
		}
	}
}

func TestHashesWaitForTheirTurn(t *testing.T) {
	h := newHasher(cost{Memory: 8, Time: 1, Lanes: 1})
	h.turns <- struct{}{}
	if _, err := h.hash(t.Context(), "a"); err != nil {
		t.Fatalf("the second of two: %v", err)
	}
	h.turns <- struct{}{}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := h.hash(ctx, "a"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a third one did not wait: %v", err)
	}
}

func TestWeakPasswords(t *testing.T) {
	for password, weak := range map[string]bool{
		"":                               true,
		"elf Zeichen":                    true,
		"zwölf Zeiche":                   false,
		"anna.example@x":                 true,
		" ANNA.example@x ":               true,
		"aaaaaaaaaaaaaaaa":               true,
		"121212121212":                   true,
		"correct horse battery staple":   false,
		"\xff" + "correct horse battery": true,
		strings.Repeat("abcdefgh", 32):   false,
		strings.Repeat("abcdefgh", 33):   true,
		"pässwörter":                     true,
	} {
		err := checkPassword(password, "anna.example@x")
		if errors.Is(err, ErrWeak) != weak || weak != (err != nil) {
			t.Errorf("%q: %v", password, err)
		}
		if err != nil && password != "" && strings.Contains(err.Error(), password) {
			t.Errorf("%q is told in the error", password)
		}
	}
}

func TestTokensForm(t *testing.T) {
	seen := map[string]bool{}
	for range 200 {
		token := newToken()
		if !isToken(token) || seen[token] {
			t.Fatalf("a new token is refused, or is one that was")
		}
		seen[token] = true
		for i := range token {
			other := []byte(token)
			other[i]++
			if isToken(string(other)) {
				t.Fatalf("changed in place %d, it is taken for a token", i)
			}
		}
	}
	for _, text := range []string{"", tokenMark, newToken()[1:], newToken() + "0", strings.ToUpper(newToken())} {
		if isToken(text) {
			t.Errorf("%q is taken for a token", text)
		}
	}
}

func TestBackoff(t *testing.T) {
	var b backoff
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	for i := range freeTries {
		if err := b.begin("ann", now); err != nil {
			t.Fatalf("try %d: %v", i+1, err)
		}
	}
	for _, wait := range []time.Duration{1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300} {
		var e *BackoffError
		if err := b.begin("ann", now); !errors.As(err, &e) || e.RetryAfter != wait*time.Second || !errors.Is(err, ErrBackoff) {
			t.Fatalf("got %v, want to wait %d s", err, wait)
		}
		if err := b.begin("ben", now); err != nil {
			t.Fatalf("somebody else waits: %v", err)
		}
		b.succeeded("ben")
		now = now.Add(wait * time.Second)
		if err := b.begin("ann", now); err != nil {
			t.Fatalf("after waiting: %v", err)
		}
	}
	b.succeeded("ann")
	if err := b.begin("ann", now); err != nil {
		t.Errorf("after success: %v", err)
	}
}

func TestBackoffIsBounded(t *testing.T) {
	var b backoff
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	for range freeTries {
		_ = b.begin("ann", now)
	}
	for i := range mostNames + 100 {
		_ = b.begin(string(rune(i))+"x", now.Add(time.Millisecond*time.Duration(i)))
	}
	if len(b.names) > mostNames {
		t.Errorf("%d names are kept", len(b.names))
	}
	if err := b.begin("ann", now); err == nil {
		t.Error("a flood of names freed the one that is attacked")
	}
}
