package intake

import (
	"archive/tar"
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zip"
	"github.com/klauspost/compress/zstd"
)

// maxLayers is how many packings may lie around a text: bundle.json.gz in a tar.gz are three.
const maxLayers = 4

// file reads one input from its beginning.
func (l *loader) file(in *input, stdin io.Reader) {
	if l.run.over() {
		return
	}
	if in.refused != nil {
		l.refuse(in, in.refused)
		return
	}
	from := stdin
	var file *os.File
	if in.path != "-" {
		f, regular, err := open(l.run.ctx, in.path)
		if err != nil {
			l.refuse(in, err)
			return
		}
		defer f.Close()
		if from = f; regular {
			file = f
		} else {
			defer context.AfterFunc(l.run.ctx, func() { f.Close() })() // its writer may keep us waiting for ever
		}
	}
	if from == nil {
		from = bytes.NewReader(nil)
	}
	c := &counted{from: from, tell: func(n int64) error {
		l.run.progress(0, n)
		return l.run.ctx.Err()
	}}
	l.unpack(in, c, file, 0, &budget{packed: func() int64 { return c.n }})
	l.run.progress(1, 0)
}

// open opens a file, or a pipe: that one waits for its writer, so ctx may end it.
func open(ctx context.Context, path string) (f *os.File, regular bool, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, false, errRead
	}
	if info.Mode().IsRegular() {
		f, err = os.Open(path)
		return f, true, err
	}
	type opened struct {
		file *os.File
		err  error
	}
	done := make(chan opened, 1)
	go func() {
		f, err := os.Open(path)
		done <- opened{f, err}
	}()
	select {
	case o := <-done:
		return o.file, false, o.err
	case <-ctx.Done():
		return nil, false, ctx.Err()
	}
}

// refuse rejects a whole input.
func (l *loader) refuse(in *input, why error) {
	if errors.Is(why, context.Canceled) || errors.Is(why, context.DeadlineExceeded) {
		return
	}
	if !known(why) && why != errEmpty && why != errNotJSON && why != errNotUTF8 {
		why = errRead
	}
	l.clear()
	l.reject("", why.Error())
	l.commit(in, 0)
}

// unpack looks at what the bytes are and takes them apart; the name only decides where the bytes do not.
func (l *loader) unpack(in *input, from io.Reader, file *os.File, layer int, all *budget) {
	if layer > maxLayers {
		l.refuse(in, errNested)
		return
	}
	source := &counted{from: from}
	r := l.run.sniffer(source)
	defer l.run.sniffers.Put(r)
	head, err := r.Peek(512)
	if err != nil && err != io.EOF {
		l.refuse(in, err)
		return
	}
	guard := func(from io.Reader) io.Reader {
		return &unpacked{from: from, packed: func() int64 { return source.n }, limits: l.run.options.Limits, all: all}
	}
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(r)
		if err != nil {
			l.refuse(in, errPacked)
			return
		}
		l.unpack(in, guard(z), nil, layer+1, all)
	case bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(32<<20), zstd.WithDecoderLowmem(true))
		if err != nil {
			l.refuse(in, errPacked)
			return
		}
		defer z.Close()
		l.unpack(in, guard(z), nil, layer+1, all)
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		in.note(heldOthers)
		l.zip(in, r, file, layer, all)
	case len(head) > 262 && string(head[257:262]) == "ustar":
		in.note(heldOthers)
		l.tar(in, r, layer, all)
	default:
		l.text(in, r)
	}
}

// member makes the input of a member of an archive. Its name is only shown: nothing is ever written under it.
func (r *run) member(in *input, name string, n int) *input {
	m := &input{name: in.name + ":" + name, path: name, source: in.source, parent: in, order: append(append([]int(nil), in.order...), n)}
	r.registry.mu.Lock()
	r.members = append(r.members, m)
	r.registry.mu.Unlock()
	return m
}

func (l *loader) tar(in *input, from io.Reader, layer int, all *budget) {
	t := tar.NewReader(from)
	for n := 1; ; n++ {
		h, err := t.Next()
		if err == io.EOF {
			if _, err := io.Copy(io.Discard, from); err != nil { // what packs the tar has its checksum at the end
				l.refuse(in, err)
			}
			return
		}
		if err == nil && n > l.run.options.Limits.Members {
			err = errMembers
		}
		if err != nil {
			if !known(err) && l.run.ctx.Err() == nil {
				err = errPacked
			}
			l.refuse(in, err)
			return
		}
		if h.Typeflag == tar.TypeReg {
			never := func() int64 { return 1 << 62 } // a tar packs nothing: there is no ratio to judge
			l.unpack(l.run.member(in, h.Name, n), &unpacked{from: t, packed: never, limits: l.run.options.Limits}, nil, layer+1, all)
		}
	}
}

// zip reads the members of a zip archive, each on its own, so that workers share them. Its directory is at the end, so
// what comes from a pipe or out of another archive goes to a temporary file first. The members of an archive in an archive
// share what may come out of it, and are read in their order, so that the same ones are refused in every run.
func (l *loader) zip(in *input, from io.Reader, file *os.File, layer int, all *budget) {
	limits := l.run.options.Limits
	if file == nil {
		spool, remove, err := l.spool(from)
		var temporary *fs.PathError
		if errors.As(err, &temporary) && temporary.Op != "read" {
			l.run.fail(fmt.Errorf("writing a temporary file: %w", err))
			return
		}
		if err != nil {
			l.refuse(in, err)
			return
		}
		defer remove()
		file = spool
	}
	info, err := file.Stat()
	if err != nil {
		l.refuse(in, errRead)
		return
	}
	z, err := zip.NewReader(file, info.Size())
	if err != nil {
		l.refuse(in, errPacked)
		return
	}
	if len(z.File) > limits.Members {
		l.refuse(in, errMembers)
		return
	}
	unpacked, packed := zipSizes(z)
	if unpacked > uint64(limits.Archive) {
		l.refuse(in, errSize)
		return
	}
	if packed > uint64(info.Size()) { // members that share their bytes
		l.refuse(in, errRatio)
		return
	}
	done := make(chan struct{}, len(z.File))
	for n, f := range z.File {
		if f.FileInfo().IsDir() {
			done <- struct{}{}
			continue
		}
		m := l.run.member(in, f.Name, n+1)
		if layer > 0 {
			l.zipMember(m, f, layer, all)
			done <- struct{}{}
			continue
		}
		l.run.offer(l, func(l *loader) {
			l.zipMember(m, f, layer, &budget{packed: func() int64 { return int64(f.CompressedSize64) }})
			done <- struct{}{}
		})
	}
	for range z.File {
		<-done
	}
}

func zipSizes(z *zip.Reader) (unpacked, packed uint64) {
	for _, f := range z.File {
		unpacked += min(f.UncompressedSize64, 1<<40)
		packed += min(f.CompressedSize64, 1<<40)
	}
	return unpacked, packed
}

func (l *loader) zipMember(m *input, f *zip.File, layer int, all *budget) {
	if l.run.over() {
		return
	}
	r, err := f.Open()
	if err != nil {
		l.refuse(m, errPacked)
		return
	}
	defer r.Close()
	packed := int64(f.CompressedSize64)
	guarded := &unpacked{from: r, packed: func() int64 { return packed }, limits: l.run.options.Limits, all: all}
	c := &counted{from: guarded, tell: func(int64) error { return l.run.ctx.Err() }}
	l.unpack(m, c, nil, layer+1, all)
}

// spool keeps an archive from a pipe in a temporary file of this user alone.
func (l *loader) spool(from io.Reader) (*os.File, func(), error) {
	f, err := os.CreateTemp(l.run.options.TempDir, "prescreen-*.zip") // mode 0600
	if err != nil {
		return nil, nil, err
	}
	remove := func() {
		f.Close()
		os.Remove(f.Name())
	}
	n, err := io.Copy(f, io.LimitReader(from, l.run.options.Limits.Archive+1))
	if err == nil && n > l.run.options.Limits.Archive {
		err = errSize
	}
	if err != nil {
		remove()
		return nil, nil, err
	}
	return f, remove, nil
}

const sniffSize = 64 << 10

var (
	errEmpty   = errors.New("empty")
	errNotJSON = errors.New("not JSON")
	errNotUTF8 = errors.New("not UTF-8 text")
)

// text reads what is not packed: one document, several behind one another, or a line each.
func (l *loader) text(in *input, r *bufio.Reader) {
	head, err := r.Peek(sniffSize)
	if err != nil && err != io.EOF {
		l.refuse(in, err)
		return
	}
	if bytes.HasPrefix(head, []byte{0xef, 0xbb, 0xbf}) {
		_, _ = r.Discard(3)
		head = head[3:]
	}
	first := space(head, 0)
	promised := in.explicit || namedJSON(in.path)
	switch {
	case bytes.HasPrefix(head, []byte{0xfe, 0xff}), bytes.HasPrefix(head, []byte{0xff, 0xfe}):
		err = errNotUTF8
	case first == len(head) && len(head) < sniffSize-3:
		err = errEmpty
	case first < len(head) && head[first] != '{' && head[first] != '[':
		err = errNotJSON
	case inLines(head[first:], namedLines(in.path)):
		l.lines(in, r)
		return
	case l.run.visit != nil:
		l.handAll(in, r)
		return
	default:
		l.documents(in, r)
		return
	}
	if promised {
		l.refuse(in, err)
	}
}

// inLines tells NDJSON: the first line is an object of its own and more follows. Where the first line is broken, the name
// or the beginning of the next line must speak for it.
func inLines(head []byte, named bool) bool {
	nl := bytes.IndexByte(head, '\n')
	if nl < 0 {
		return named
	}
	line, rest := bytes.TrimRight(head[:nl], " \t\r"), head[nl:]
	next := space(rest, 0)
	var s scanner
	if s.scan(line, 0) == nil && s.position == len(line) {
		return named || next < len(rest)
	}
	follows := bytes.Contains(rest, []byte("\n{"))
	return len(line) > 1 && follows && (named || line[len(line)-1] == '}')
}

// documents reads one value after another. Nothing can be told of what follows a broken one.
func (l *loader) documents(in *input, r io.Reader) {
	l.stream.scan, l.stream.limit = &l.scan, l.run.options.Limits.Line
	l.stream.reset(r)
	for n := 1; ; n++ {
		l.clear()
		_, err := l.stream.peek()
		if err == errEnd {
			return
		}
		if err == nil {
			err = l.document(&l.stream)
		}
		if err != nil && err != errBroken {
			l.refuse(in, err)
			return
		}
		l.commit(in, n)
		if err != nil {
			return
		}
	}
}
