package terms_test

import (
	"strings"
	"testing"

	"prescreen/internal/terms"
)

// TestTextsAreHeldAsDigests: a text finds its number again however it is spelt, no coding gives it back, and a dictionary
// filled from another one has the same codings.
func TestTextsAreHeldAsDigests(t *testing.T) {
	d := terms.NewDictionary()
	const text = "told by Mrs Kowalski"
	id := d.ID(terms.Coding{System: terms.TextSystem, Code: text})
	for name, again := range map[string]terms.CodeID{
		"the same":             d.ID(terms.Coding{System: terms.TextSystem, Code: text}),
		"with space around it": d.Intern([]byte(terms.TextSystem), []byte(" "+text+"\n")),
		"system with a slash":  d.Intern([]byte(terms.TextSystem+"/"), []byte(text)),
		"its digest":           d.ID(d.Coding(id)),
	} {
		if again != id {
			t.Errorf("%s: number %d, want %d", name, again, id)
		}
	}
	// echo -n 'told by Mrs Kowalski' | sha256sum | cut -c1-32
	if got := d.Coding(id).Code; got != "sha256-ba0e2e265eea5528cc144ecdfb64ddc3" {
		t.Errorf("code %q", got)
	}
	other := d.ID(terms.Coding{System: terms.TextSystem, Code: strings.ToUpper(text)})
	if other == id {
		t.Error("two texts with one number")
	}
	if plain := d.ID(terms.Coding{System: "http://example.org/own", Code: text}); d.Coding(plain).Code != text {
		t.Error("a code of another system was changed")
	}
}
