package audit

import (
	"errors"
	"fmt"
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"
)

// Stored is a hash of the tree under its index (https://pkg.go.dev/golang.org/x/mod/sumdb/tlog#StoredHashIndex).
type Stored struct {
	Index int64
	Hash  tlog.Hash
}

// Tree is the right edge of a log's tree: all that its next entries need of it.
type Tree struct {
	size int64
	edge map[int64]tlog.Hash
}

// Edge gives the indexes of the stored hashes that a tree of a size is continued from, at most one for each bit of it.
func Edge(size int64) []int64 {
	var indexes []int64
	for at := int64(0); at < size; {
		level := bits.Len64(uint64(size-at)) - 1
		indexes = append(indexes, tlog.StoredHashIndex(level, at>>level))
		at += 1 << level
	}
	return indexes
}

// ErrTree is a tree whose hashes are not those of any number of entries.
var ErrTree = errors.New("the hashes of the audit log are not those of a whole number of entries: run prescreen audit verify")

// SizeOf gives how many entries a tree has whose last stored hash has an index; -1 is that of the empty tree.
func SizeOf(last int64) (int64, error) {
	if last < 0 {
		return 0, nil
	}
	level, n := tlog.SplitStoredHashIndex(last)
	size := (n + 1) << level
	if tlog.StoredHashCount(size) != last+1 {
		return 0, ErrTree
	}
	return size, nil
}

// NewTree is a tree of a size with the hashes of its Edge, in that order.
func NewTree(size int64, edge []tlog.Hash) (*Tree, error) {
	indexes := Edge(size)
	if len(edge) != len(indexes) {
		return nil, ErrTree
	}
	t := &Tree{size: size, edge: map[int64]tlog.Hash{}}
	for i, index := range indexes {
		t.edge[index] = edge[i]
	}
	return t, nil
}

func empty() *Tree { return &Tree{edge: map[int64]tlog.Hash{}} }

// Size is the number of entries.
func (t *Tree) Size() int64 { return t.size }

// Root is the hash over all entries.
func (t *Tree) Root() tlog.Hash {
	root, err := tlog.TreeHash(t.size, tlog.HashReaderFunc(t.read))
	if err != nil {
		panic(fmt.Sprintf("audit: a tree of %d entries without its edge: %v", t.size, err))
	}
	return root
}

// Append gives entries the numbers after the last and returns the hashes to store with them.
func (t *Tree) Append(entries []Entry) ([]Stored, error) {
	var out []Stored
	for i := range entries {
		entries[i].No = t.size + 1
		more, err := t.add(entries[i].Leaf())
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	return out, nil
}

// add takes in the next leaf and gives the hashes that it completes.
func (t *Tree) add(leaf tlog.Hash) ([]Stored, error) {
	hashes, err := tlog.StoredHashesForRecordHash(t.size, leaf, tlog.HashReaderFunc(t.read))
	if err != nil {
		return nil, err
	}
	first := tlog.StoredHashIndex(0, t.size)
	out := make([]Stored, len(hashes))
	for i, h := range hashes {
		out[i] = Stored{first + int64(i), h}
	}
	for level := range len(hashes) - 1 {
		delete(t.edge, tlog.StoredHashIndex(level, t.size>>level-1))
	}
	last := out[len(out)-1]
	t.edge[last.Index] = last.Hash
	t.size++
	return out, nil
}

func (t *Tree) read(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		h, ok := t.edge[index]
		if !ok {
			return nil, ErrTree
		}
		out[i] = h
	}
	return out, nil
}
