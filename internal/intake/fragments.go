package intake

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"os"
	"slices"
)

// fragments holds the packed records by patient: in memory up to a budget, beyond it in runs on disk. A run is sorted by
// the patients' keys, so a stretch of patients is one stretch of each run.
type fragments struct {
	budget int64
	parent string // folder for the temporary one
	dir    string
	chunks [][]byte
	free   [][]byte
	pieces []piece
	used   int64
	runs   []*sortedRun
	small  bool // begin with small chunks: most likely there is one patient only
}

// piece is where some bytes of a patient lie in the chunks.
type piece struct{ patient, chunk, at, size uint32 }

// sortedRun is one spilled file.
type sortedRun struct {
	file  *os.File
	index []runPiece
}

type runPiece struct {
	patient uint32 // its rank, once that is known
	size    uint32
	at      int64
}

const (
	chunkSize  = 1 << 20
	smallChunk = 1 << 14
)

// add keeps some bytes for a patient. order sorts patient numbers by key, for when it is time to spill.
func (f *fragments) add(patient uint32, b []byte, order func(a, b uint32) int) error {
	if len(b) == 0 {
		return nil
	}
	need := int64(len(b)) + 16
	if f.used > 0 && f.used+need > f.budget {
		if err := f.spill(order); err != nil {
			return err
		}
	}
	f.used += need
	last := len(f.chunks) - 1
	if last < 0 || len(f.chunks[last])+len(b) > cap(f.chunks[last]) {
		f.chunks = append(f.chunks, f.chunk(len(b)))
		last++
	}
	at := len(f.chunks[last])
	f.chunks[last] = append(f.chunks[last], b...)
	if n := len(f.pieces) - 1; n >= 0 {
		if p := &f.pieces[n]; p.patient == patient && p.chunk == uint32(last) && p.at+p.size == uint32(at) {
			p.size += uint32(len(b))
			return nil
		}
	}
	f.pieces = append(f.pieces, piece{patient, uint32(last), uint32(at), uint32(len(b))})
	return nil
}

func (f *fragments) chunk(size int) []byte {
	if n := len(f.free); n > 0 && size <= chunkSize {
		c := f.free[n-1]
		f.free = f.free[:n-1]
		return c
	}
	room := chunkSize
	if f.small {
		room = min(chunkSize, smallChunk<<min(len(f.chunks), 16))
	}
	return make([]byte, 0, max(room, size))
}

func (f *fragments) bytes(p piece) []byte { return f.chunks[p.chunk][p.at : p.at+p.size] }

// spill writes what is in memory as a sorted run and frees it.
func (f *fragments) spill(order func(a, b uint32) int) error {
	if f.dir == "" {
		dir, err := os.MkdirTemp(f.parent, "prescreen-*") // mode 0700
		if err != nil {
			return fmt.Errorf("making a temporary folder: %w", err)
		}
		f.dir = dir
	}
	slices.SortStableFunc(f.pieces, func(a, b piece) int { return order(a.patient, b.patient) })
	file, err := os.CreateTemp(f.dir, "run-*")
	if err != nil {
		return fmt.Errorf("making a temporary file: %w", err)
	}
	run := &sortedRun{file: file}
	f.runs = append(f.runs, run)
	w := bufio.NewWriterSize(file, 1<<18)
	var at int64
	for _, p := range f.pieces {
		if _, err := w.Write(f.bytes(p)); err != nil {
			return fmt.Errorf("writing a temporary file: %w", err)
		}
		if n := len(run.index); n > 0 && run.index[n-1].patient == p.patient && int64(run.index[n-1].size)+int64(p.size) < 1<<31 {
			run.index[n-1].size += p.size
		} else {
			run.index = append(run.index, runPiece{p.patient, p.size, at})
		}
		at += int64(p.size)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("writing a temporary file: %w", err)
	}
	f.recycle()
	return nil
}

// recycle keeps the memory that the budget paid for: giving it back would let it exist twice until it is collected.
func (f *fragments) recycle() {
	for _, c := range f.chunks {
		if cap(c) == chunkSize {
			f.free = append(f.free, c[:0])
		}
	}
	f.chunks, f.pieces, f.used = f.chunks[:0], f.pieces[:0], 0
}

// seal sorts what is in memory and turns patient numbers into ranks.
func (f *fragments) seal(rank []uint32) {
	f.free = nil
	for i := range f.pieces {
		f.pieces[i].patient = rank[f.pieces[i].patient]
	}
	slices.SortStableFunc(f.pieces, func(a, b piece) int { return cmp.Compare(a.patient, b.patient) })
	for _, r := range f.runs {
		for i := range r.index {
			r.index[i].patient = rank[r.index[i].patient]
		}
	}
}

// window reads the bytes of a stretch of ranks.
type window struct {
	f      *fragments
	lo, hi uint32
	loaded []stretch
}

type stretch struct {
	index []runPiece
	data  []byte
	start int64
}

// open loads the ranks from lo up to hi.
func (f *fragments) open(lo, hi uint32) (*window, error) {
	w := &window{f: f, lo: lo, hi: hi}
	for _, r := range f.runs {
		from, _ := slices.BinarySearchFunc(r.index, lo, func(p runPiece, n uint32) int { return cmp.Compare(p.patient, n) })
		to, _ := slices.BinarySearchFunc(r.index, hi, func(p runPiece, n uint32) int { return cmp.Compare(p.patient, n) })
		if from == to {
			continue
		}
		part := r.index[from:to]
		end := part[len(part)-1]
		data := make([]byte, end.at+int64(end.size)-part[0].at)
		if _, err := r.file.ReadAt(data, part[0].at); err != nil && err != io.EOF {
			return nil, fmt.Errorf("reading a temporary file: %w", err)
		}
		w.loaded = append(w.loaded, stretch{part, data, part[0].at})
	}
	return w, nil
}

// of appends the bytes of a rank inside the window.
func (w *window) of(rank uint32, dst [][]byte) [][]byte {
	for _, s := range w.loaded {
		i, _ := slices.BinarySearchFunc(s.index, rank, func(p runPiece, n uint32) int { return cmp.Compare(p.patient, n) })
		for ; i < len(s.index) && s.index[i].patient == rank; i++ {
			at := s.index[i].at - s.start
			dst = append(dst, s.data[at:at+int64(s.index[i].size)])
		}
	}
	pieces := w.f.pieces
	i, _ := slices.BinarySearchFunc(pieces, rank, func(p piece, n uint32) int { return cmp.Compare(p.patient, n) })
	for ; i < len(pieces) && pieces[i].patient == rank; i++ {
		dst = append(dst, w.f.bytes(pieces[i]))
	}
	return dst
}

// remove takes everything away.
func (f *fragments) remove() error {
	var first error
	for _, r := range f.runs {
		if err := r.file.Close(); err != nil && first == nil {
			first = err
		}
	}
	f.runs, f.chunks, f.pieces = nil, nil, nil
	if f.dir != "" {
		if err := os.RemoveAll(f.dir); err != nil && first == nil {
			first = err
		}
		f.dir = ""
	}
	return first
}
