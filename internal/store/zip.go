package store

import (
	"errors"
	"fmt"

	"github.com/klauspost/compress/zstd"
)

// zipper compresses originals, apart: one frame each, with a checksum.
type zipper struct {
	in  *zstd.Encoder
	out *zstd.Decoder
}

// largest is how long an original may be: far more than the limits of reading let through.
const largest = 1 << 30

func newZipper() (*zipper, error) {
	in, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(2), zstd.WithWindowSize(1<<20))
	if err != nil {
		return nil, fmt.Errorf("preparing compression: %w", err)
	}
	out, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(2), zstd.WithDecoderMaxMemory(largest))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("preparing compression: %w", err), in.Close())
	}
	return &zipper{in, out}, nil
}

func (z *zipper) zip(b []byte) []byte { return z.in.EncodeAll(b, make([]byte, 0, 64+len(b)/3)) }

func (z *zipper) unzip(b []byte) ([]byte, error) {
	out, err := z.out.DecodeAll(b, nil)
	if err != nil {
		return nil, errors.New("an original in the store is damaged: run prescreen verify, and restore a backup")
	}
	return out, nil
}

func (z *zipper) close() {
	_ = z.in.Close() // nothing is pending: every original is a frame of its own
	z.out.Close()
}
