package rulebook_test

import (
	"strings"
	"testing"

	"prescreen/internal/rule"
	"prescreen/internal/rulebook"
	"prescreen/internal/terms"
)

func shipped(t *testing.T) *rulebook.Book {
	t.Helper()
	b, mistakes, err := rulebook.Read("../../rules")
	if err != nil || mistakes.HasErrors() {
		t.Fatal(err, mistakes)
	}
	return b
}

// A book that was packed gives the same answers: its digests are the same, and so are its trials.
func TestUnpackedBookIsTheSame(t *testing.T) {
	b := shipped(t)
	packed, digest, err := b.Pack()
	if err != nil {
		t.Fatal(err)
	}
	again, err := rulebook.Unpack(packed)
	if err != nil {
		t.Fatal(err)
	}
	if again.RulesDigest() != b.RulesDigest() || again.SettingsDigest() != b.SettingsDigest() || again.Digest() != b.Digest() {
		t.Error("the digests differ")
	}
	if _, d, _ := again.Pack(); d != digest {
		t.Error("packing it again gives another digest")
	}
	if len(again.Trials) != len(b.Trials) || len(b.Trials) == 0 {
		t.Errorf("%d trials, want %d", len(again.Trials), len(b.Trials))
	}
	if _, err := rulebook.Unpack(packed[:len(packed)/2]); err == nil {
		t.Error("half a book was read")
	}
}

func TestWithReplacesOneFile(t *testing.T) {
	b := shipped(t)
	name, file := "", []byte(nil)
	for n, data := range b.Files {
		if rest, ok := strings.CutPrefix(n, "trials/"); ok && (name == "" || rest < name) {
			name, file = rest, data
		}
	}
	changed, mistakes := b.With(name, append(append([]byte{}, file...), "\n# read again\n"...))
	if mistakes.HasErrors() {
		t.Fatal(mistakes)
	}
	if changed.RulesDigest() == b.RulesDigest() {
		t.Error("the change does not show in the digest of the rules")
	}
	if changed.Digest() != b.Digest() || len(changed.Trials) != len(b.Trials) {
		t.Error("more than one trial changed")
	}
}

// Whatever a set holds is listed: a code that came after binding and is not listed changes no answer.
func TestEveryMemberIsListed(t *testing.T) {
	b := shipped(t)
	sets := append(rule.BuiltinSets(), b.Library.Sets()...)
	dict := terms.NewDictionary()
	for _, v := range sets {
		for _, e := range v.Entries {
			dict.ID(e.Coding)
			dict.ID(terms.Coding{System: e.System, Code: e.Code + "9"})
			dict.ID(terms.Coding{System: e.System, Code: strings.ReplaceAll(e.Code, ".", "")})
		}
		for _, a := range v.Answers {
			for _, c := range a.Codes {
				dict.ID(c)
			}
		}
	}
	for _, v := range sets {
		for _, m := range v.Bind(dict).All() {
			if c := dict.Coding(m.ID); !b.Lists(c) {
				t.Errorf("%s holds %v, which is not listed", v.Name, c)
			}
		}
		for id := range v.BindAnswers(dict) {
			if c := dict.Coding(id); !b.Lists(c) {
				t.Errorf("%s answers with %v, which is not listed", v.Name, c)
			}
		}
	}
	if b.Lists(terms.Coding{System: terms.LOINC, Code: "99999-9"}) {
		t.Error("a code of no set is listed")
	}
}
