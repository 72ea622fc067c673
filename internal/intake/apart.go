package intake

import "prescreen/internal/chart"

// Document is a text of FHIR read resource by resource, apart from all others.
type Document struct {
	Bundle    bool   // else a resource that stands alone
	Type      string // Bundle.type
	Resources []Resource
	Problems  []Problem // of the document; with them there are no Resources, and nothing of it may be used
}

// Resource is one resource of a document, or one entry without any: what a store keeps, and what Gathering puts together again.
type Resource struct {
	Pointer string // of the resource in its document, or of the entry that has none
	FullURL string
	Request Request // of the entry of a transaction, batch or history
	Nested  bool    // of a Bundle in the document; that Bundle, which is not kept, comes before it

	Type             string   // "" when it is no FHIR resource, or the entry has none
	ID               string   // its own, else the uuid of fullUrl, else, if it is of a kept kind, the digest of its canonical bytes
	OwnID            bool     // it says its id itself
	Version, Updated string   // meta, as its sender wrote them
	Raw              []byte   // as written, a part of the document's text
	Digest           [32]byte // of Raw without meta.versionId and meta.lastUpdated, if it is of a kept kind; no other member is left out, and space counts

	Kept        bool      // of a kind that is read
	Problems    []Problem // why it cannot be used
	Packed      []byte    // what Gathering.Add takes; nil if it is not kept. One with Problems has it too, as the gap that it leaves
	Subject     Subject   // whose record it is; a Patient is its own
	Identifiers [][]byte  // digests of its identifiers that have system and value
	Unique      [][]byte  // those of a Patient that are of a system that names one person
	Links       []Subject // of a Patient
	Drugs       []string  // ids of the Medications it refers to; of a Medication, those it is referred to by
	References  []string  // all references in it, as written, each once: for conditional ones and those to its document
}

// Subject is whose a resource is: a Patient of the same feed by id, or by the digest of an identifier. The zero one is nobody.
type Subject struct {
	ID         string
	Identifier []byte
}

// Key is the key that a subject has in a feed; for one that is known by an identifier only, that of a stand-in, which no
// Patient ever has. It is UTF-8 without NUL where source and ID are.
func (s Subject) Key(source string) chart.Key {
	if len(s.Identifier) == len(identity{}) {
		return standInKey(source, identity(s.Identifier))
	}
	return chart.Key{Source: source, ID: s.ID}
}

// Request is Bundle.entry.request (https://hl7.org/fhir/R4/bundle-definitions.html#Bundle.entry.request).
type Request struct{ Method, URL, IfMatch, IfNoneMatch, IfModifiedSince, IfNoneExist string }

// Problem is why something cannot be used. It never holds a value.
type Problem struct {
	Pointer string // JSON pointer in the document
	Path    string // the same as a FHIRPath expression: Bundle.entry[3].resource.code
	Reason  string
}

// ReadDocument reads a Bundle or a resource. It fails only for a fault of the machine; what is wrong with the text is a Problem.
// Dictionary and Units of the options must be given: Packed holds their numbers. Resources point into data. What is Packed
// of all resources together gives, in a Gathering, the charts that a Read of data would.
func ReadDocument(o Options, data []byte) (*Document, error) {
	l, err := newApart(o)
	if err != nil {
		return nil, err
	}
	return l.readDocument(data), nil
}

// ReadResource reads a single resource in the same way, for a line of NDJSON and for what is put singly. A Bundle comes back
// as one that is not kept: ReadDocument reads it.
func ReadResource(o Options, data []byte) (*Resource, error) {
	l, err := newApart(o)
	if err != nil {
		return nil, err
	}
	return l.readResource(data), nil
}

// Stored writes a resource as a store keeps it: under an id, without meta.versionId and meta.lastUpdated, and with every
// reference that resolve knows (a urn, or a conditional one) turned into Type/id. All else stays byte for byte.
func (r *Resource) Stored(id string, resolve func(reference string) (typeAndID string, ok bool)) []byte {
	return storedForm(r.Raw, id, resolve)
}

// WithMeta puts a server's version and time into a stored resource.
func WithMeta(stored []byte, version, updated string) []byte {
	return withMeta(stored, version, updated)
}

// ExcerptOf leaves out of a stored resource what no criterion can need and a person might be known by: narrative, names,
// addresses, telecoms, contacts, photos, notes and attachments, the values of identifiers, the words beside references, and
// free text in extensions.
func ExcerptOf(stored []byte) []byte { return excerptOf(stored) }

// Gathering puts packed resources together to a cohort, as a Read of the resources themselves would. Its options name the
// dictionary and units that they were packed with. One goroutine at a time.
type Gathering struct {
	run  *run
	last lastOwner
}

// NewGathering makes an empty one.
func NewGathering(o Options) *Gathering { return newGathering(o) }

// Add takes one packed resource in; it keeps no part of it. The order makes no difference.
func (g *Gathering) Add(source string, packed []byte) error { return g.add(source, packed) }

// Cohort ends the gathering. The cohort must be closed, as any; one that has not spilled to disk holds nothing but memory.
func (g *Gathering) Cohort() (*Cohort, error) { return g.run.cohort(nil) }

// AppendParcel appends a packed resource with its length, the number of its version and its feed, so that many lie in one
// text; EachParcel gives them back.
func AppendParcel(dst []byte, version int64, source string, packed []byte) []byte {
	return appendParcel(dst, version, source, packed)
}

// EachParcel calls visit for every parcel of a text. The slices point into it.
func EachParcel(parcels []byte, visit func(version int64, source string, packed []byte) error) error {
	return eachParcel(parcels, visit)
}

// RemoveParcels gives a text without the parcels whose versions are to be dropped, as a copy if there are any. What follows
// a damaged parcel stays, for EachParcel to tell.
func RemoveParcels(parcels []byte, versions func(int64) bool) []byte {
	return removeParcels(parcels, versions)
}
