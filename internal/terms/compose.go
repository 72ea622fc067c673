package terms

import (
	"fmt"
	"slices"
	"strings"

	"prescreen/internal/mistake"
)

// compose adds the entries of the sets that a set is made of, theirs first. Each brings its own exclusions with it, which
// bind its entries alone.
func (r *reader) compose(d *draft, above []*draft) {
	if d.done {
		return
	}
	d.done = true
	for _, name := range d.text.Sets {
		part, ok := r.byName[strings.ToLower(name.Value)]
		if !ok {
			r.unknownSet(d, name)
			continue
		}
		if path := cycle(append(above, d), part); path != "" {
			r.tell(d, name.Place, setInItself, "a set cannot be a part of itself: "+path)
			continue
		}
		r.compose(part, append(above, d))
		if part.set.Domain != d.set.Domain {
			r.tell(d, name.Place, wrongDomain, fmt.Sprintf("%q is a set of domain %s, this one is %s", part.set.Name, part.set.Domain, d.set.Domain))
			continue
		}
		d.set.add(part.set)
	}
}

// cycle tells the way from a set back to itself, "" if there is none.
func cycle(above []*draft, part *draft) string {
	for i, d := range above {
		if d == part {
			var names []string
			for _, d := range above[i:] {
				names = append(names, d.set.Name)
			}
			return strings.Join(append(names, part.set.Name), " → ")
		}
	}
	return ""
}

func (r *reader) unknownSet(d *draft, name mistake.Text) {
	var names []string
	for _, d := range r.drafts {
		names = append(names, d.set.Name)
		names = append(names, d.set.Synonyms...)
	}
	m := r.tell(d, name.Place, unknownSet, fmt.Sprintf("there is no value set %q", name.Value))
	m.Fix = mistake.Nearest(name.Value, names)
}

// add takes in another set's entries, keeping to each what that set excludes.
func (v *ValueSet) add(part *ValueSet) {
	for i, e := range part.Entries {
		o := part.origin(i)
		if o.set == "" {
			o.set, o.ownExcept = part.Name, len(part.Exclude)
		}
		o.except = append(slices.Clip(o.except), part.Exclude...)
		v.Entries = append(v.Entries, e)
		v.origins = append(v.origins, o)
	}
}
