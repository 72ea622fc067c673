package site

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"prescreen/internal/dates"
	"prescreen/internal/mistake"
	"prescreen/internal/terms"
)

// The codes of mistakes in site files.
const (
	noSuchZone    = "E301"
	notAPeriod    = "E302"
	notADay       = "E303"
	feedTwice     = "E304"
	daysReversed  = "E305"
	notAQuantity  = "E306"
	limitsOverlap = "E307"
	feedSaysNone  = "E308"
	unknownSet    = "E309"
	wrongUnit     = "E310"
	unknownSystem = "E311"
	noPath        = "E312"
)

// siteFile is the file as a site writes it; every key may be left out.
type siteFile struct {
	Format mistake.Text `key:"format,required" words:"1"`
	Zone   mistake.Text `key:"zone"`

	Silence       mistake.Text `key:"silence" words:"count|open"`
	RecordAtLeast mistake.Text `key:"record_at_least"`
	ContactWithin mistake.Text `key:"contact_within"`
	RefillGap     mistake.Text `key:"refill_gap"`
	OldOrder      mistake.Text `key:"old_order"`
	StoppedWithin mistake.Text `key:"stopped_within"`
	Horizon       mistake.Text `key:"horizon"`

	Feeds             []feedText     `key:"feeds"`
	UpperLimits       []limitText    `key:"upper_limits"`
	Consent           mistake.Text   `key:"consent" words:"opt-out|opt-in"`
	UniqueIdentifiers []mistake.Text `key:"unique_identifiers"`
	Missing           *terms.ByKind  `key:"missing"`

	Hierarchies []hierarchyText `key:"hierarchies"`
}

type hierarchyText struct {
	mistake.Place
	System mistake.Text `key:"system,required"`
	Path   mistake.Text `key:"path,required"`
}

type feedText struct {
	mistake.Place
	Kind          mistake.Text `key:"kind,required" words:"diagnosis|procedure|medication|allergy|vaccine|visit|lab|vital"`
	CompleteSince mistake.Text `key:"complete_since"`
	Partial       bool         `key:"partial"`
	LateBy        mistake.Text `key:"late_by"`
}

type limitText struct {
	mistake.Place
	Set   mistake.Text `key:"set,required"`
	Sex   mistake.Text `key:"sex" words:"male|female"`
	From  mistake.Text `key:"from"`
	To    mistake.Text `key:"to"`
	Value mistake.Text `key:"value,required"`
}

// Read reads a site's settings; what the file leaves out is as in Default. With errors the settings must not be used.
func Read(file string, data []byte) (Settings, mistake.List) {
	var f siteFile
	r := reader{page: mistake.NewPage(file, data)}
	r.mistakes = mistake.Decode(r.page, &f)
	s := Default()
	s.File = file
	r.zone(&s, f.Zone)
	s.SilenceOpen = f.Silence.Value == "open"
	r.period(&s.RecordAtLeast, f.RecordAtLeast)
	r.period(&s.ContactWithin, f.ContactWithin)
	r.period(&s.RefillGap, f.RefillGap)
	r.period(&s.OldOrder, f.OldOrder)
	r.period(&s.StoppedWithin, f.StoppedWithin)
	r.period(&s.Horizon, f.Horizon)
	r.feeds(&s, f.Feeds)
	r.limits(&s, f.UpperLimits)
	s.OptIn = f.Consent.Value == "opt-in"
	for _, u := range f.UniqueIdentifiers {
		s.UniqueIdentifiers = append(s.UniqueIdentifiers, u.Value)
	}
	slices.Sort(s.UniqueIdentifiers)
	s.UniqueIdentifiers = slices.Compact(s.UniqueIdentifiers)
	s.Missing = f.Missing.NotMet()
	r.hierarchies(&s, f.Hierarchies)
	r.mistakes.Sort()
	return s, r.mistakes
}

type reader struct {
	page     *mistake.Page
	mistakes mistake.List
}

func (r *reader) tell(at mistake.Place, code, message string) *mistake.Mistake {
	r.mistakes = append(r.mistakes, r.page.Mistake(at, code, message))
	return &r.mistakes[len(r.mistakes)-1]
}

func (r *reader) zone(s *Settings, t mistake.Text) {
	if !t.Given() {
		return
	}
	where, err := time.LoadLocation(t.Value)
	// "Local" and "" would be the machine's own, and the same input would answer differently elsewhere.
	if err != nil || t.Value == "" || t.Value == "Local" {
		r.tell(t.Place, noSuchZone, fmt.Sprintf("there is no time zone %q", t.Value)).
			Because("a zone has a name such as Europe/Berlin or America/New_York; without one a day is the day as written", "")
		return
	}
	s.Zone, s.Location = t.Value, where
}

func (r *reader) period(into *dates.Period, t mistake.Text) {
	if !t.Given() {
		return
	}
	p, ok := dates.ParsePeriod(t.Value)
	if !ok {
		r.tell(t.Place, notAPeriod, fmt.Sprintf("%q is no length of time", t.Value)).
			Because("a length of time is a whole number of days, weeks, months or years", into.String())
		return
	}
	*into = p
}

func (r *reader) day(t mistake.Text, unset dates.Day) dates.Day {
	if !t.Given() {
		return unset
	}
	d, err := dates.ParseDay(t.Value)
	if err != nil {
		r.tell(t.Place, notADay, fmt.Sprintf("%q is no day: write it as YYYY-MM-DD", t.Value))
		return unset
	}
	return d
}

func (r *reader) feeds(s *Settings, texts []feedText) {
	lines := map[string]int{}
	for _, t := range texts {
		kind, ok := terms.ParseDomain(t.Kind.Value)
		if !ok || !t.Kind.Given() {
			continue
		}
		if first, twice := lines[t.Kind.Value]; twice {
			r.tell(t.Kind.Place, feedTwice, fmt.Sprintf("the feed of %s has been described in line %d", t.Kind.Value, first))
			continue
		}
		lines[t.Kind.Value] = t.Line
		f := Feed{Kind: kind, Partial: t.Partial, CompleteSince: r.day(t.CompleteSince, dates.Min)}
		r.period(&f.LateBy, t.LateBy)
		if !t.CompleteSince.Given() && !t.LateBy.Given() && !t.Partial {
			r.tell(t.Kind.Place, feedSaysNone, "this says nothing about the feed: give complete_since, partial or late_by")
		}
		s.Feeds = append(s.Feeds, f)
	}
}

func (r *reader) limits(s *Settings, texts []limitText) {
	for _, t := range texts {
		if !t.Set.Given() || !t.Value.Given() {
			continue
		}
		u := UpperLimit{Set: t.Set.Value, Sex: t.Sex.Value, Line: t.Line}
		u.From, u.To = r.day(t.From, dates.Min), r.day(t.To, dates.Max)
		if u.From > u.To {
			r.tell(t.To.Place, daysReversed, "this day lies before the day in \"from\"")
		}
		var err error
		if u.Value, u.Unit, err = terms.NumberAndUnit(t.Value.Value); err != nil {
			r.tell(t.Value.Place, notAQuantity, err.Error())
			continue
		}
		for _, other := range s.UpperLimits {
			if other.overlaps(u) {
				r.tell(t.Set.Place, limitsOverlap, fmt.Sprintf("line %d gives a limit for the same results; two cannot hold at once", other.Line))
			}
		}
		s.UpperLimits = append(s.UpperLimits, u)
	}
}

func (r *reader) hierarchies(s *Settings, texts []hierarchyText) {
	for _, t := range texts {
		if !t.System.Given() || !t.Path.Given() {
			continue
		}
		system, known := terms.SystemNamed(t.System.Value)
		switch {
		case !known:
			r.tell(t.System.Place, unknownSystem, fmt.Sprintf("there is no code system %q", t.System.Value)).
				Because("known are "+strings.Join(terms.ShortNames(), ", ")+", or a system's whole URI", mistake.Nearest(t.System.Value, terms.ShortNames()))
			continue
		case strings.TrimSpace(t.Path.Value) == "":
			r.tell(t.Path.Place, noPath, "this names no file or folder")
			continue
		}
		s.Hierarchies = append(s.Hierarchies, Hierarchy{System: system, Path: t.Path.Value, Line: t.Line})
	}
}

func (u UpperLimit) overlaps(v UpperLimit) bool {
	return strings.EqualFold(u.Set, v.Set) && u.From <= v.To && v.From <= u.To && (u.Sex == v.Sex || u.Sex == "" || v.Sex == "")
}
