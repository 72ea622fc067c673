package intake

import (
	"bytes"
	"io"
	"strconv"
)

// block is some whole lines.
type block struct {
	bytes []byte
	line  int // of the first one
}

const blockSize = 1 << 20

// lines cuts NDJSON into blocks of whole lines, which workers share.
func (l *loader) lines(in *input, r io.Reader) {
	line := 1
	var rest []byte
	pieces := make(chan struct{}, 1024)
	sent := 0
	wait := func() {
		for ; sent > 0; sent-- {
			<-pieces
		}
	}
	defer wait()
	for {
		buf := l.run.blockBuffer(len(rest) + blockSize)
		n := copy(buf, rest)
		m, err := fill(r, buf[n:])
		n += m
		ended := err == io.EOF
		if err != nil && !ended {
			wait()
			l.refuse(in, err)
			return
		}
		cut := n
		if !ended {
			cut = bytes.LastIndexByte(buf[:n], '\n') + 1
		}
		if cut == 0 && int64(n) > l.run.options.Limits.Line {
			wait()
			l.clear()
			l.reject("line "+strconv.Itoa(line), errLong.Error())
			l.commit(in, line)
			return
		}
		b := block{buf[:cut], line}
		line += bytes.Count(b.bytes, []byte{'\n'})
		rest = append([]byte(nil), buf[cut:n]...) // the block's memory is used again
		if len(b.bytes) > 0 {
			if sent == cap(pieces) {
				wait()
			}
			sent++
			l.run.offer(l, func(l *loader) {
				l.block(in, b)
				l.run.blocks.Put(&buf)
				pieces <- struct{}{}
			})
		}
		if ended {
			return
		}
	}
}

// fill reads until the buffer is full. Unlike io.ReadFull it tells a text that ends from one that breaks off.
func fill(r io.Reader, b []byte) (n int, err error) {
	for n < len(b) && err == nil {
		var m int
		m, err = r.Read(b[n:])
		n += m
	}
	return n, err
}

// block reads the lines of a block; each stands for itself.
func (l *loader) block(in *input, b block) {
	if l.run.over() {
		return
	}
	if l.run.visit != nil {
		l.hand(in, Text{Lines: true, Line: b.line, Data: b.bytes})
		return
	}
	l.clear()
	rest := b.bytes
	for line := b.line; len(rest) > 0; line++ {
		one := rest
		if i := bytes.IndexByte(rest, '\n'); i >= 0 {
			one, rest = rest[:i], rest[i+1:]
		} else {
			rest = nil
		}
		if space(one, 0) < len(one) {
			l.line(in, one, line)
		}
	}
	l.commit(in, b.line)
}

func (l *loader) line(in *input, b []byte, line int) {
	where := "line " + strconv.Itoa(line)
	n, ok := l.one(b, where)
	if !ok {
		return
	}
	kind := n.get("resourceType")
	if kind.is(text) && string(kind.s.bytes(kind.t)) == "Bundle" {
		l.commit(in, line) // its fullUrls hold for itself alone
		l.anyResource(n, nil, where, 0)
		l.commit(in, line)
		return
	}
	l.anyResource(n, nil, where, 0)
}
