package live

import (
	"bytes"
	"slices"
	"strconv"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/intake"
)

// claimSubjects claims all that the items are about.
func (t *taking) claimSubjects() error {
	for _, it := range t.items {
		t.want.resource(it.key)
		switch it.key.Type {
		case "Medication":
			t.want.drug(t.Source, it.key.ID, true)
		case "Patient":
			t.want.person(chart.Key{Source: t.Source, ID: it.key.ID})
		}
		if it.res == nil {
			continue
		}
		t.claimSubject(it.res.Subject)
		for _, s := range it.res.Links {
			t.claimSubject(s)
		}
		for _, id := range it.res.Drugs {
			t.want.drug(t.Source, id, false)
		}
		if it.key.Type == "Patient" {
			for _, d := range slices.Concat(it.res.Identifiers, it.res.Unique) {
				t.want.identifier(d)
			}
		}
	}
	return nil
}

func (t *taking) claimSubject(s intake.Subject) {
	if s.Identifier != nil {
		t.want.identifier(s.Identifier)
	}
	if key, ok := t.subject(s); ok {
		t.want.person(key)
	}
}

// subject gives the key of whom a resource is about.
func (t *taking) subject(s intake.Subject) (chart.Key, bool) {
	if s.ID == "" && s.Identifier == nil {
		return chart.Key{}, false
	}
	return s.Key(t.Source), true
}

// refuseErased turns away what is about patients who were erased.
func (t *taking) refuseErased() error {
	var keys []chart.Key
	for _, it := range t.items {
		if it.res != nil {
			if key, ok := t.subject(it.res.Subject); ok {
				keys = append(keys, key)
			}
		}
	}
	if len(keys) == 0 {
		return nil
	}
	slices.SortFunc(keys, compareKeys)
	gone, err := t.l.store.Erased(t.ctx, slices.Compact(keys))
	if err != nil || len(gone) == 0 {
		return err
	}
	for _, it := range t.items {
		if it.res == nil {
			continue
		}
		if key, ok := t.subject(it.res.Subject); ok && slices.Contains(gone, key) {
			it.gap = false
			if err := t.settle(it, Result{Status: WasErased, Key: it.key}); err != nil {
				return err
			}
		}
	}
	t.drop(func(it *item) bool { return t.results[it.write].Status == WasErased })
	return nil
}

// opened is a version that begins with this change.
type opened struct {
	Version
	res     *intake.Resource // nil for a deletion
	subject chart.Key
	known   bool // there is a subject
}

// changing is the change in the making.
type changing struct {
	Change
	closed []Version
	opened []*opened
	kept   []Version // copies that stay beside those that are opened

	mending bool // nothing is written but what follows from what was erased
}

// idle tells that there is nothing to commit.
func (c *changing) idle() bool { return len(c.closed) == 0 && len(c.opened) == 0 && !c.mending }

// decide holds each resource against what the store has of it.
func (t *taking) decide() error {
	var keys []ResourceKey
	by := map[ResourceKey][]*item{}
	for _, it := range t.items {
		if by[it.key] == nil {
			keys = append(keys, it.key)
		}
		by[it.key] = append(by[it.key], it)
	}
	if len(keys) == 0 {
		return nil
	}
	found, err := t.l.store.Current(t.ctx, keys)
	if err != nil {
		return err
	}
	have := map[ResourceKey][]Version{}
	for _, v := range found {
		have[v.Key] = append(have[v.Key], v)
	}
	for _, key := range keys {
		if err := t.decideOne(by[key], have[key]); err != nil {
			return err
		}
	}
	return nil
}

// decideOne decides the writes of one resource.
func (t *taking) decideOne(items []*item, have []Version) error {
	c := contest{t: t, have: have}
	for _, v := range have {
		c.number = max(c.number, v.Number)
		c.exists = c.exists || !v.Deleted
	}
	for _, it := range items {
		if ok, err := c.fits(it); err != nil || !ok {
			if err != nil {
				return err
			}
			continue
		}
		if it.verb == Delete {
			c.delete = append(c.delete, it)
		} else {
			c.put = append(c.put, it)
		}
	}
	return c.settle()
}

// contest is the writes of one resource in one batch, and the versions that the store has open.
type contest struct {
	t           *taking
	have        []Version
	number      int  // highest so far
	exists      bool // there is one that is not deleted
	delete, put []*item
}

// fits holds a write against the version that it was made for.
func (c *contest) fits(it *item) (bool, error) {
	want, fresh := c.t.Writes[it.write].IfMatch, c.t.Writes[it.write].IfNew
	if it.gap || want == "" && (!fresh || !c.exists) {
		return true, nil
	}
	for _, v := range c.have {
		if !v.Deleted && strconv.Itoa(v.Number) == want {
			return true, nil
		}
	}
	return false, c.t.settle(it, Result{Status: Mismatch, Key: it.key})
}

func (c *contest) settle() error {
	if len(c.delete) > 0 {
		if err := c.remove(); err != nil {
			return err
		}
	}
	puts, err := c.newest()
	if err != nil || len(puts) == 0 {
		return err
	}
	return c.take(puts)
}

// remove settles the deletes; what is put in the same batch comes after them.
func (c *contest) remove() error {
	status := Gone
	if c.exists {
		status = Deleted
		if len(c.put) == 0 {
			c.t.close(c.have...)
			c.number++
			gone := c.have[0]
			c.t.open(&opened{Version: Version{Key: gone.Key, Number: c.number, Deleted: true, Person: gone.Person}})
		}
	}
	for _, it := range c.delete {
		if err := c.t.settle(it, Result{Status: status, Key: it.key, Version: c.number, At: c.t.at}); err != nil {
			return err
		}
	}
	return nil
}

// newest leaves of the writes of one resource those that no other is later than, each content once.
func (c *contest) newest() (list []*item, err error) {
	for _, it := range c.put {
		later := func(o *item) bool {
			return o != it && newer(o.res.Version, o.res.Updated, it.res.Version, it.res.Updated)
		}
		if slices.ContainsFunc(c.put, later) {
			err = c.t.settle(it, Result{Status: Older, Key: it.key, Version: c.number})
		} else if slices.ContainsFunc(list, func(o *item) bool { return bytes.Equal(o.sent, it.sent) }) {
			err = c.t.settle(it, Result{Status: Unchanged, Key: it.key, Version: c.number})
		} else {
			list = append(list, it)
		}
		if err != nil {
			return nil, err
		}
	}
	if whole := slices.ContainsFunc(list, func(it *item) bool { return !it.gap }); whole {
		list = slices.DeleteFunc(list, func(it *item) bool { return it.gap })
	}
	if len(list) > 1 && c.t.Atomic {
		return nil, c.t.refuse(list[1], intake.Problem{Reason: "another entry of the transaction writes the same resource"})
	}
	return list, nil
}

// take lets the writes take the place of what is open. A gap takes the place of nothing but a gap: what was taken in before
// is the best that is known.
func (c *contest) take(puts []*item) error {
	var fresh []*item
	var stay []Version
	for _, it := range puts {
		if v, ok := c.same(it); ok {
			stay = append(stay, v)
			if err := c.t.settle(it, Result{Status: Unchanged, Key: it.key, Version: v.Number, At: v.At}); err != nil {
				return err
			}
			continue
		}
		if c.older(it) {
			if err := c.t.settle(it, Result{Status: Older, Key: it.key, Version: c.number}); err != nil {
				return err
			}
			continue
		}
		if it.gap && c.exists && !c.onlyGaps() {
			continue
		}
		fresh = append(fresh, it)
	}
	if len(fresh) == 0 && (len(stay) == 0 || len(stay) == len(c.have) || len(puts) == 1 && len(c.have) < 2) {
		return nil
	}
	c.replace(fresh, stay)
	return nil
}

// same finds the open version that says the same as a write.
func (c *contest) same(it *item) (Version, bool) {
	if len(c.delete) > 0 {
		return Version{}, false
	}
	for _, v := range c.have {
		if !v.Deleted && bytes.Equal(v.Digest, it.sent) {
			return v, true
		}
	}
	return Version{}, false
}

// older tells that the store has a later version by what their senders say; who names the version it replaces knows better.
func (c *contest) older(it *item) bool {
	if c.t.Writes[it.write].IfMatch != "" || len(c.delete) > 0 {
		return false
	}
	return slices.ContainsFunc(c.have, func(v Version) bool {
		return !v.Deleted && newer(v.SourceVersion, v.SourceUpdated, it.res.Version, it.res.Updated)
	})
}

func (c *contest) onlyGaps() bool {
	return !slices.ContainsFunc(c.have, func(v Version) bool { return !v.Deleted && !isGap(&v) })
}

// isGap tells a version that stands for something that could not be used: it has no original.
func isGap(v *Version) bool { return v.SourceVersion == gapVersion }

// gapVersion is what a version that is only a gap says its sender's version was: no number, so that any other is taken.
const gapVersion = "\x00gap"

// replace closes what is open, but for what stays, and opens the fresh.
func (c *contest) replace(fresh []*item, stay []Version) {
	t := c.t
	for _, v := range c.have {
		if slices.ContainsFunc(stay, func(s Version) bool { return s.No == v.No }) {
			t.change.kept = append(t.change.kept, v)
		} else {
			t.close(v)
		}
	}
	status := Created
	if c.exists {
		status = Updated
	}
	for _, it := range fresh {
		c.number++
		o := &opened{res: it.res, Version: Version{
			Key: it.key, Number: c.number, Digest: it.sent, SourceVersion: it.res.Version, SourceUpdated: it.res.Updated,
			Packed: it.res.Packed, Identifiers: it.res.Identifiers,
		}}
		o.subject, o.known = t.subject(it.res.Subject)
		if it.gap {
			o.SourceVersion, o.SourceUpdated, o.UnreadableRaw = gapVersion, "", true
		} else {
			t.original(o, it)
		}
		t.open(o)
		if !it.gap {
			t.results[it.write] = Result{Status: status, Key: it.key, Version: c.number, At: t.at}
		}
	}
}

// original keeps the resource as the settings say.
func (t *taking) original(o *opened, it *item) {
	if t.l.settings.Originals == None {
		o.UnreadableRaw = true
		return
	}
	if it.stored == nil {
		it.stored = it.res.Stored(it.key.ID, t.resolve)
	}
	o.Raw = it.stored
	if t.l.settings.Originals == Excerpt {
		o.Raw, o.UnreadableRaw = intake.ExcerptOf(it.stored), true
	}
}

func (t *taking) close(list ...Version) { t.change.closed = append(t.change.closed, list...) }

func (t *taking) open(o *opened) {
	o.No, o.At = t.l.numbers.version.Add(1), t.at
	t.change.opened = append(t.change.opened, o)
}

// newer tells that one sender's version of a resource is later than another: by number if both have one, else by time.
func newer(version, updated, thanVersion, thanUpdated string) bool {
	v, ok1 := versionNumber(version)
	w, ok2 := versionNumber(thanVersion)
	if ok1 && ok2 && v != w {
		return v > w
	}
	a, err1 := dates.ParseBytes([]byte(updated), nil)
	b, err2 := dates.ParseBytes([]byte(thanUpdated), nil)
	return err1 == nil && err2 == nil && a.Compare(b) == dates.After
}

func versionNumber(s string) (uint64, bool) {
	n, err := strconv.ParseUint(s, 10, 63)
	return n, err == nil && len(s) <= 18
}
