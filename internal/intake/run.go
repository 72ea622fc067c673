package intake

import (
	"bufio"
	"bytes"
	"context"
	"hash/maphash"
	"io"
	"runtime"
	"slices"
	"sync"

	"prescreen/internal/chart"
	"prescreen/internal/terms"
)

// run is one Read: what its workers share.
type run struct {
	options    Options
	dictionary *terms.Dictionary
	units      *chart.Units
	registry   *registry // guarded by its mu, as are the fields below
	fragments  *fragments
	names      names
	seed       maphash.Seed
	members    []*input
	resources  int
	lost       int
	failed     error
	visit      func(Text) error // takes the texts in place of the loader's reading; nil for none

	tasks  chan func(*loader)
	blocks sync.Pool
	// sniffers are buffers to look at the beginning of an input with; an archive may have a million members.
	sniffers sync.Pool
	open     sync.WaitGroup
	ctx      context.Context
	done     struct {
		sync.Mutex
		files, total    int
		bytes, expected int64
	}
}

func newRun(ctx context.Context, o Options) *run {
	o.Limits = o.Limits.orDefaults()
	if o.Memory <= 0 {
		o.Memory = 256 << 20
	}
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	r := &run{options: o, dictionary: o.Dictionary, units: o.Units, registry: newRegistry(), ctx: ctx, seed: maphash.MakeSeed()}
	if r.dictionary == nil {
		r.dictionary = terms.NewDictionary()
	}
	if r.units == nil {
		r.units = chart.NewUnits()
	}
	// Half of the memory is for what the collector has not taken away yet.
	r.fragments = &fragments{budget: o.Memory / 2, parent: o.TempDir}
	r.tasks = make(chan func(*loader))
	return r
}

func (r *run) unique(system []byte) bool {
	return slices.Contains(r.options.UniqueIdentifiers, string(system))
}

// start makes the workers; they end when tasks is closed.
func (r *run) start() (wait func()) {
	var group sync.WaitGroup
	for range r.options.Workers {
		group.Go(func() {
			l := newLoader(r)
			for task := range r.tasks {
				task(l)
				r.open.Done()
			}
		})
	}
	return group.Wait
}

// offer gives work to an idle worker; if there is none the caller does it, with a loader that it is not in the middle of using.
func (r *run) offer(l *loader, task func(*loader)) {
	r.open.Add(1)
	select {
	case r.tasks <- task:
	default:
		task(l)
		r.open.Done()
	}
}

// over tells that nothing more is to be read.
func (r *run) over() bool {
	if r.ctx.Err() != nil {
		return true
	}
	r.registry.mu.Lock()
	defer r.registry.mu.Unlock()
	return r.failed != nil
}

// fail ends the run: it is not an input that is at fault.
func (r *run) fail(err error) {
	r.registry.mu.Lock()
	defer r.registry.mu.Unlock()
	if r.failed == nil {
		r.failed = err
	}
}

// blockBuffer gives memory for a block of lines.
func (r *run) blockBuffer(size int) []byte {
	if b, ok := r.blocks.Get().(*[]byte); ok && cap(*b) >= size {
		return (*b)[:size]
	}
	return make([]byte, size, size+blockSize/4)
}

func (r *run) sniffer(from io.Reader) *bufio.Reader {
	b, ok := r.sniffers.Get().(*bufio.Reader)
	if !ok {
		return bufio.NewReaderSize(from, sniffSize)
	}
	b.Reset(from)
	return b
}

// progress counts finished files and bytes, and tells.
func (r *run) progress(files int, bytes int64) {
	if r.options.Progress == nil {
		return
	}
	r.registry.mu.Lock()
	patients := len(r.registry.patients)
	r.registry.mu.Unlock()
	r.done.Lock()
	defer r.done.Unlock()
	r.done.files += files
	r.done.bytes += bytes
	r.options.Progress(Progress{
		Files: r.done.files, FilesTotal: r.done.total, Patients: patients, Bytes: r.done.bytes, BytesTotal: r.done.expected,
	})
}

// commit gives what a loader holds to the run: the end of a document. line is where it began, for NDJSON.
func (l *loader) commit(in *input, line int) {
	r := l.run
	g := r.registry
	if l.counts.resources > 0 {
		in.note(heldFHIR)
	}
	if l.counts.patients > 0 {
		in.note(heldPatient)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for i := range l.misfits {
		in.misfit(misfit{l.misfits[i], line, i})
	}
	in.dropped += l.counts.unnamed
	if l.counts.flawed {
		in.note(heldFlaw)
	}
	r.resources += l.counts.resources
	r.lost += l.counts.lost
	for i := range l.drugs {
		g.prescribe(in.source, &l.drugs[i])
	}
	for i := range l.people {
		a := &l.people[i]
		a.links = l.ownerLinks(a.fields.links)
		n := g.arrive(in.source, a, place{in, a.pointer})
		r.put(n, l.arena[a.start:a.end])
	}
	l.commitPending(in.source)
	l.clear()
}

// commitPending gives each stretch of records of one subject to its patient.
func (l *loader) commitPending(source string) {
	g := l.run.registry
	for i := 0; i < len(l.pending); {
		first := &l.pending[i]
		j, end := i+1, first.end
		if len(first.anyOf) > 0 {
			first.subject = l.patientAmong(first.anyOf)
		}
		for j < len(l.pending) && l.pending[j].start == end && len(l.pending[j].anyOf) == 0 && sameReference(&l.pending[j].subject, &first.subject) {
			end = l.pending[j].end
			j++
		}
		if o, ok := l.owner(&first.subject); ok {
			n := g.owned(source, o)
			g.patients[n].records += j - i
			l.run.put(n, l.arena[first.start:end])
			for k := i; k < j; k++ {
				l.run.names.add(l.pending[k].name, n)
			}
		} else {
			l.run.lost += j - i
		}
		i = j
	}
}

// patientAmong gives the one reference that names a Patient of this document.
func (l *loader) patientAmong(refs []reference) (found reference) {
	for _, ref := range refs {
		if _, ok := l.urns[string(ref.urn)]; ok || string(ref.kind) == "Patient" {
			if found.known && !sameReference(&found, &ref) {
				return reference{}
			}
			found = ref
		}
	}
	return found
}

func sameReference(a, b *reference) bool {
	return a.identity == b.identity && bytes.Equal(a.id, b.id) && bytes.Equal(a.urn, b.urn) && bytes.Equal(a.kind, b.kind)
}

func (r *run) put(n uint32, b []byte) {
	keys := r.registry.patients
	err := r.fragments.add(n, b, func(a, b uint32) int { return compareKeys(keys[a].key, keys[b].key) })
	if err != nil && r.failed == nil {
		r.failed = err
	}
}

// owner is whose a record is: a patient by id, or by an identifier.
type owner struct {
	id       []byte
	identity identity
}

// ownerLink is a link to somebody.
type ownerLink struct {
	to   owner
	kind linkKind
}

// owner tells whom a reference names; the document's own fullUrls come first. It is false for what names no patient.
func (l *loader) owner(ref *reference) (o owner, ok bool) {
	switch {
	case ref.identity != identity{}:
		return owner{identity: ref.identity}, len(ref.kind) == 0 || string(ref.kind) == "Patient"
	case ref.urn != nil:
		if id, ok := l.urns[string(ref.urn)]; ok {
			return owner{id: id}, true
		}
		return owner{id: ref.urn}, true
	}
	return owner{id: ref.id}, string(ref.kind) == "Patient"
}

func (l *loader) ownerLinks(links []link) (all []ownerLink) {
	for i := range links {
		if to, ok := l.owner(&links[i].other); ok {
			all = append(all, ownerLink{to, links[i].kind})
		}
	}
	return all
}

// cohort closes pass one.
func (r *run) cohort(inputs []*input) (*Cohort, error) {
	c := &Cohort{Dictionary: r.dictionary, Units: r.units, Resources: r.resources, run: r}
	c.people = r.registry.settle()
	r.fragments.seal(c.people.rank)
	for _, n := range c.people.clashed {
		for _, at := range r.registry.patients[n].inputs {
			at.input.misfit(misfit{Rejected: Rejected{Pointer: at.pointer, Reason: reasonClash}})
		}
	}
	c.Patients = len(c.people.list)
	slices.SortFunc(inputs, compareInputs)
	for _, in := range inputs {
		if !c.countInput(in) {
			c.Rejected = in.rejected(c.Rejected)
		}
	}
	return c, c.settleShared()
}

// countInput tells what an input was. Well-formed JSON of a folder or an archive that holds no FHIR at all, such as the log
// of an export, is a stranger: passed over as a whole.
func (c *Cohort) countInput(in *input) (stranger bool) {
	switch bits := in.seen.Load(); {
	case bits&heldFHIR != 0:
		c.Files++
		if bits&heldPatient == 0 {
			c.WithoutPatient++
		}
	case bits&(heldOthers|heldFlaw) != 0 || bits&heldMisfit != 0 && in.explicit:
	default:
		c.Skipped = append(c.Skipped, in.name)
		return true
	}
	return false
}

const reasonClash = "another Patient of the same id has another birth date or sex: neither is used, nor anything said of them"
