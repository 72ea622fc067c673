package store

import (
	"bytes"
	"context"
	"slices"

	"prescreen/internal/chart"
	"prescreen/internal/live"
)

// Group gives everybody whose records may belong together with those of the given persons, as package intake joins people:
// who is in one chart, links in both directions, who shares an identifier that names one person, stand-ins of conditional
// references with those of their feed who have the identifier. Of digests, those of Patients that are about to be written
// under the keys. Both lists are in the order of keys.
//
// A person whom nothing joins with another is read by two statements.
func (s *Store) Group(ctx context.Context, persons []int64, keys []chart.Key, digests [][]byte) (group, sharing []live.Person, err error) {
	g := &grouping{ctx: ctx, store: s, members: people{}, sharers: map[int64]bool{}, digests: digests, keys: keys}
	var texts [][]byte
	for _, k := range keys {
		texts = append(texts, keyOf(k))
	}
	err = readPeople(ctx, s, g.members, "key", texts, true)
	if err == nil {
		err = g.read(persons)
	}
	if err == nil {
		err = g.close()
	}
	if err != nil {
		return nil, nil, wrap("reading who belongs together", err)
	}
	others := people{}
	if err := readPeople(ctx, s, others, "no", g.sharing(), false); err != nil {
		return nil, nil, wrap("reading who shares an identifier", err)
	}
	return g.members.list(), others.list(), nil
}

// grouping is a group on its way to being closed under what joins people.
type grouping struct {
	ctx     context.Context
	store   *Store
	members people
	asked   people // whose neighbours were looked for
	sharers map[int64]bool
	digests [][]byte
	keys    []chart.Key
}

// read reads those who are not members yet.
func (g *grouping) read(numbers []int64) error {
	numbers = slices.DeleteFunc(slices.Clone(numbers), func(n int64) bool { return n == 0 || g.members[n] != nil })
	slices.Sort(numbers)
	return readPeople(g.ctx, g.store, g.members, "no", slices.Compact(numbers), true)
}

// close takes neighbours in until there are no more.
func (g *grouping) close() error {
	g.asked = people{}
	first := true
	for len(g.asked) < len(g.members) || first {
		l := g.look(first)
		first = false
		near, err := l.neighbours()
		if err != nil {
			return err
		}
		if err := g.read(near); err != nil {
			return err
		}
	}
	return nil
}

// look is what neighbours are looked for by.
type look struct {
	*grouping
	numbers, charts []int64
	known           []int64 // numbers of neighbours that need no search
	digests         [][]byte
	held            map[string]bool            // of digests: those that members have; true if it joins all who have it
	awaited         map[string]map[string]bool // by digest: feeds of the stand-ins for it
	standIns        [][]byte
}

// look gathers what members whose neighbours were not looked for yet are joined by.
func (g *grouping) look(first bool) *look {
	l := &look{grouping: g, held: map[string]bool{}, awaited: map[string]map[string]bool{}}
	if first {
		l.ofWriting()
	}
	for no, p := range g.members {
		if g.asked[no] != nil {
			continue
		}
		g.asked[no] = p
		l.of(p)
	}
	slices.Sort(l.numbers)
	return l
}

// ofWriting takes the keys and digests that are about to be written.
func (l *look) ofWriting() {
	for _, k := range l.keys {
		if standsIn(k) {
			l.await(k)
			continue
		}
		for _, d := range l.grouping.digests {
			l.standIns = append(l.standIns, keyOf(live.StandIn(k.Source, d)))
		}
	}
	for _, d := range l.grouping.digests {
		l.digests = append(l.digests, d)
		l.held[string(d)] = false
	}
}

func (l *look) await(k chart.Key) {
	feed, digest, _ := live.StandsFor(k)
	if l.awaited[string(digest)] == nil {
		l.awaited[string(digest)] = map[string]bool{}
		l.digests = append(l.digests, digest)
	}
	l.awaited[string(digest)][feed] = true
}

func (l *look) of(p *live.Person) {
	l.numbers = append(l.numbers, p.No)
	l.known = append(l.known, p.Links...)
	l.charts = append(l.charts, p.No)
	if p.Chart != 0 && p.Chart != p.No {
		l.known = append(l.known, p.Chart)
		l.charts = append(l.charts, p.Chart)
	}
	if standsIn(p.Key) {
		l.await(p.Key)
		return
	}
	for _, d := range slices.Concat(p.Identifiers, p.Unique) {
		l.digests = append(l.digests, d)
		l.held[string(d)] = l.held[string(d)] || slices.ContainsFunc(p.Unique, func(u []byte) bool { return bytes.Equal(u, d) })
		l.standIns = append(l.standIns, keyOf(live.StandIn(p.Key.Source, d)))
	}
}

// neighbours gives the numbers of those who join the group, and notes who only shares an identifier.
func (l *look) neighbours() ([]int64, error) {
	slices.SortFunc(l.digests, bytes.Compare)
	slices.SortFunc(l.standIns, bytes.Compare)
	l.digests = slices.CompactFunc(l.digests, bytes.Equal)
	l.standIns = slices.CompactFunc(l.standIns, bytes.Equal)
	near := l.known
	for more := true; more; { // one turn, unless there are more than fit into a statement
		digests, standIns, numbers, charts := cut(&l.digests), cut(&l.standIns), cut(&l.numbers), cut(&l.charts)
		more = len(l.digests)+len(l.standIns)+len(l.numbers)+len(l.charts) > 0
		if len(digests)+len(standIns)+len(numbers)+len(charts) == 0 {
			break
		}
		rows, err := l.store.query(l.ctx, `
			SELECT i.digest, i.person, i.names, p.key FROM identifier i JOIN person p ON p.no = i.person WHERE i.digest IN `+in(len(digests))+`
			UNION ALL SELECT NULL, no, 1, NULL FROM person WHERE key IN `+in(len(standIns))+`
			UNION ALL SELECT NULL, person, 1, NULL FROM link WHERE other IN `+in(len(numbers))+`
			UNION ALL SELECT NULL, no, 1, NULL FROM person WHERE chart <> no AND chart IN `+in(len(charts)),
			slices.Concat(digests, standIns, numbers, charts)...)
		err = each(rows, err, func(scan func(...any) error) error {
			var digest, key []byte
			var no int64
			var names bool
			if err := scan(&digest, &no, &names, &key); err != nil {
				return err
			}
			joins, err := l.joins(digest, names, key)
			switch {
			case err != nil:
				return err
			case joins:
				near = append(near, no)
			default:
				l.sharers[no] = true
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return near, nil
}

// joins tells whether who has an identifier belongs to the group by it.
func (l *look) joins(digest []byte, names bool, key []byte) (bool, error) {
	unique, held := l.held[string(digest)]
	if digest == nil || unique || held && names {
		return true, nil
	}
	feeds := l.awaited[string(digest)]
	if feeds == nil {
		return false, nil
	}
	k, err := readKey(key)
	return feeds[k.Source], err
}

// cut takes the arguments of one list off, filled up as lists does.
func cut[T any](values *[]T) []any {
	n := min(len(*values), most)
	var args []any
	_ = lists((*values)[:n], func(a []any) error { args = a; return nil })
	*values = (*values)[n:]
	return args
}

// sharing are the sharers that did not become members, ascending.
func (g *grouping) sharing() []int64 {
	var out []int64
	for no := range g.sharers {
		if g.members[no] == nil {
			out = append(out, no)
		}
	}
	slices.Sort(out)
	return out
}
