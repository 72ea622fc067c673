package intake

import (
	"errors"
	"io"
)

// maxDepth is how deep JSON may nest; FHIR itself stays far below.
const maxDepth = 64

// DefaultLimits are those of a run that names none.
func DefaultLimits() Limits {
	return Limits{Line: 64 << 20, Member: 64 << 30, Archive: 256 << 30, Members: 1_000_000, Ratio: 250}
}

func (l Limits) orDefaults() Limits {
	d := DefaultLimits()
	if l.Line > 0 {
		d.Line = l.Line
	}
	if l.Member > 0 {
		d.Member = l.Member
	}
	if l.Archive > 0 {
		d.Archive = l.Archive
	}
	if l.Members > 0 {
		d.Members = l.Members
	}
	if l.Ratio > 0 {
		d.Ratio = l.Ratio
	}
	return d
}

// ratioFree is how much may be unpacked before the ratio is judged.
const ratioFree = 16 << 20

// The limits of what is unpacked.
var (
	errRatio   = errors.New("unpacks to far more than records do: refused as a zip bomb")
	errSize    = errors.New("unpacks to more than the limit")
	errMembers = errors.New("an archive of more members than the limit")
	errPacked  = errors.New("the packed data is truncated or damaged")
	errNested  = errors.New("archives inside archives inside archives")
	errRead    = errors.New("cannot be read to its end")
	errLink    = errors.New("a link to a folder is not followed: name that folder itself")
	errNoFile  = errors.New("neither a file nor a folder")
)

// counted counts what is read through it.
type counted struct {
	from io.Reader
	n    int64
	tell func(int64) error // each read; may end the reading
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.n += int64(n)
	if c.tell != nil {
		if told := c.tell(int64(n)); told != nil {
			return n, told
		}
	}
	return n, err
}

// unpacked guards what comes out of a decompressor.
type unpacked struct {
	from   io.Reader
	packed func() int64 // bytes taken in so far
	limits Limits
	n      int64
	all    *budget
}

// budget is what comes out of one input, or one member of an outermost archive, through all its layers: each layer alone
// may look harmless.
type budget struct {
	packed func() int64 // bytes taken in so far
	n      int64
}

// take counts n more bytes.
func (b *budget) take(n int, limits Limits) error {
	b.n += int64(n)
	switch {
	case b.n > limits.Archive:
		return errSize
	case b.n > ratioFree && b.n/max(b.packed(), 1) > limits.Ratio:
		return errRatio
	}
	return nil
}

func (u *unpacked) Read(p []byte) (int, error) {
	n, err := u.from.Read(p)
	u.n += int64(n)
	if u.all != nil {
		if err := u.all.take(n, u.limits); err != nil {
			return 0, err
		}
	}
	switch {
	case u.n > u.limits.Member:
		return 0, errSize
	case u.n > ratioFree && u.n/max(u.packed(), 1) > u.limits.Ratio:
		return 0, errRatio
	case err != nil && err != io.EOF && !known(err):
		return n, errPacked
	}
	return n, err
}

// known tells the errors that are reasons of their own.
func known(err error) bool {
	for _, e := range []error{errRatio, errSize, errMembers, errPacked, errNested, errLong, errLink, errNoFile} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
