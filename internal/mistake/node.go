package mistake

// Node is one piece of a file: a text, a list, a group of keys, or nothing.
type Node struct {
	Place
	Kind   NodeKind
	Text   string
	Style  Style
	Items  []*Node
	Fields []Field
}

// NodeKind is the shape of a node.
type NodeKind uint8

// The shapes. A BadNode has been told as a mistake already.
const (
	NullNode NodeKind = iota
	TextNode
	ListNode
	GroupNode
	BadNode
)

// String names the shape as authors know it.
func (k NodeKind) String() string {
	return [...]string{"nothing", "a text", "a list", "a group of keys", "something unreadable"}[k]
}

// Style is how a text was written.
type Style uint8

// The styles: as it stands, in quotes, below a | with its lines kept, below a > with its lines joined.
const (
	Plain Style = iota
	Quoted
	Block
	Folded
)

// Field is a key with what stands behind it.
type Field struct {
	Key   Text
	Value *Node
}

// Text is a text with its place. Numbers and dates are texts too, as they were written.
type Text struct {
	Place
	Value string
	Style Style
}

// Pair is a key of the author's own choice with its text.
type Pair struct{ Key, Value Text }

// Pairs is a group of such keys, in the order of the file.
type Pairs []Pair
