package site

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"

	"prescreen/internal/mistake"
	"prescreen/internal/terms"
)

// Digest is of the effective settings, defaults included, whatever the file writes out and in which order. Two runs of
// equal digests were made under the same settings.
func (s Settings) Digest() [32]byte {
	lines := []string{
		"zone " + s.Zone,
		fmt.Sprintf("silence open %t, consent opt-in %t", s.SilenceOpen, s.OptIn),
		fmt.Sprintf("record %s, contact %s, refill %s, old order %s, stopped %s, horizon %s",
			s.RecordAtLeast, s.ContactWithin, s.RefillGap, s.OldOrder, s.StoppedWithin, s.Horizon),
	}
	for _, f := range s.Feeds {
		lines = append(lines, fmt.Sprintf("feed %s since %d partial %t late %s", f.Kind, f.CompleteSince, f.Partial, f.LateBy))
	}
	for _, u := range s.UpperLimits {
		lines = append(lines, fmt.Sprintf("upper limit %q %q %d %d %s %q", strings.ToLower(u.Set), u.Sex, u.From, u.To, u.Value, u.Unit))
	}
	for _, i := range s.UniqueIdentifiers {
		lines = append(lines, fmt.Sprintf("unique %q", i))
	}
	for _, d := range slices.Sorted(maps.Keys(s.Missing)) {
		lines = append(lines, fmt.Sprintf("missing %s not met %t", d, s.Missing[d]))
	}
	slices.Sort(lines)
	return sha256.Sum256([]byte(strings.Join(lines, "\n")))
}

// Check holds the settings against the value sets: a limit for a set that does not exist, or in a unit that its results
// cannot have, would never be used and nobody would know.
func (s Settings) Check(page *mistake.Page, lib *terms.Library) mistake.List {
	var list mistake.List
	for _, u := range s.UpperLimits {
		at := mistake.Place{Line: u.Line, Column: 1, Length: len(page.Row(u.Line))}
		set, ok := lib.Find(u.Set)
		switch {
		case !ok:
			m := page.Mistake(at, unknownSet, fmt.Sprintf("there is no value set %q", u.Set))
			m.Fix = mistake.Nearest(u.Set, lib.Names())
			list = append(list, m)
		case set.Analyte == nil || !set.Analyte.Accepts(u.Unit):
			list = append(list, page.Mistake(at, wrongUnit, fmt.Sprintf("results of %q cannot be in %q", set.Name, u.Unit)))
		}
	}
	return list
}
