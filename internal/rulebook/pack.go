package rulebook

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/klauspost/compress/zstd"

	"prescreen/internal/mistake"
	"prescreen/internal/trial"
)

// Pack gives all files of a book in one text, and its digest. Hierarchies are not in it: RulesDigest tells whether a book
// that was read again stands over the same ones.
func (b *Book) Pack() (packed []byte, digest [32]byte, err error) {
	plain, err := json.Marshal(b.Files) // a map's names come out sorted
	if err != nil {
		return nil, digest, fmt.Errorf("packing the rules: %w", err)
	}
	w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, digest, fmt.Errorf("packing the rules: %w", err)
	}
	return w.EncodeAll(plain, nil), sha256.Sum256(plain), nil
}

// Unpack reads a book that was packed.
func Unpack(packed []byte) (*Book, error) {
	r, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(1<<30))
	if err != nil {
		return nil, fmt.Errorf("unpacking rules: %w", err)
	}
	defer r.Close()
	plain, err := r.DecodeAll(packed, nil)
	if err != nil {
		return nil, fmt.Errorf("unpacking rules: %w", err)
	}
	var files map[string][]byte
	if err := json.Unmarshal(plain, &files); err != nil {
		return nil, fmt.Errorf("unpacking rules: %w", err)
	}
	book, mistakes := FromFiles(files)
	if mistakes.HasErrors() {
		return nil, fmt.Errorf("rules that were packed can no longer be read: %w", mistakes)
	}
	return book, nil
}

// FromFiles reads a book from files by their names in a folder of rules.
func FromFiles(files map[string][]byte) (*Book, mistake.List) {
	texts := trial.Texts{Sets: map[string][]byte{}, Trials: map[string][]byte{}}
	for name, data := range files {
		switch {
		case strings.HasPrefix(name, "valuesets/"):
			texts.Sets[name] = data
		case strings.HasPrefix(name, "trials/"):
			texts.Trials[name] = data
		}
	}
	settings, given := files[siteFile]
	return read("", texts, settings, given, nil)
}

// With gives a book with one trial file more, or in the place of the one of that name.
func (b *Book) With(name string, source []byte) (*Book, mistake.List) {
	files := map[string][]byte{}
	for n, data := range b.Files {
		files[n] = data
	}
	files["trials/"+name] = source
	book, mistakes := FromFiles(files)
	book.Library.Over(b.Library.Hierarchies())
	return book, mistakes
}

// Digest is of all an answer depends on beside trials, records and day: settings, value sets, hierarchies.
func (b *Book) Digest() [32]byte {
	h := sha256.New()
	d := b.Site.Digest()
	h.Write(d[:])
	for _, v := range b.Library.Sets() {
		d := v.Digest()
		h.Write(d[:])
	}
	var sum [32]byte
	h.Sum(sum[:0])
	return sum
}
