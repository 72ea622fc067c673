package rulebook

import (
	"strings"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/quantity"
	"prescreen/internal/rule"
	"prescreen/internal/screen"
	"prescreen/internal/terms"
	"prescreen/internal/trial"
)

// Plan binds trials for a day against the codes and units met so far. The trials were read against the book's value sets.
func (b *Book) Plan(trials []*trial.Trial, dict *terms.Dictionary, units *chart.Units, day dates.Day) *screen.Plan {
	of := *b
	of.Trials = trials
	return screen.NewPlan(trials, of.Codes(dict, units), screen.Settings{AsOf: day, Horizon: b.Site.Horizon, OptIn: b.Site.OptIn})
}

// settingsFor are the numbers of the site for the criteria of a trial, whose own word on missing data comes first.
func (b *Book) settingsFor(t *trial.Trial) rule.Settings {
	s := rule.Settings{
		SilenceOpen: b.Site.SilenceOpen, RecordAtLeast: b.Site.RecordAtLeast, ContactWithin: b.Site.ContactWithin,
		RefillGap: b.Site.RefillGap, OldOrder: b.Site.OldOrder, StoppedWithin: b.Site.StoppedWithin,
		Missing: map[terms.Domain]bool{},
	}
	for _, missing := range []map[terms.Domain]bool{b.Site.Missing, t.Missing} {
		for kind, notMet := range missing {
			s.Missing[kind] = notMet
		}
	}
	for _, f := range b.Site.Feeds {
		s.Feeds = append(s.Feeds, rule.Feed{Kind: f.Kind.String(), CompleteSince: f.CompleteSince, Partial: f.Partial, LateBy: f.LateBy})
	}
	for _, u := range b.Site.UpperLimits {
		value, err := quantity.Parse(strings.TrimSpace(u.Value))
		if err != nil {
			continue // site.Read has refused it
		}
		s.UpperLimits = append(s.UpperLimits, rule.UpperLimit{Set: u.Set, Sex: u.Sex, From: u.From, To: u.To, Value: value, Unit: u.Unit})
	}
	return s
}
