package live

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// ReadOtherwise is returned by Open for a store whose records were read under other settings of the site than those of now:
// the day of an instant, and who is one person, stand in what is kept, so that answers would mix both.
type ReadOtherwise struct{ Was, Is string }

func (e *ReadOtherwise) Error() string {
	return fmt.Sprintf("the records of this store were read under other site settings (%s) than those of now (%s): put the settings back, or ingest the records into a new store", e.Was, e.Is)
}

// readAs says how records are read.
func (s *Settings) readAs() string {
	zone := "days as written"
	if s.Zone != nil {
		zone = "time zone " + s.Zone.String()
	}
	systems := slices.Sorted(slices.Values(s.UniqueIdentifiers))
	if len(systems) == 0 {
		return zone + ", no identifier names one person"
	}
	return zone + ", one person by " + strings.Join(systems, " and ")
}

// sameReading refuses a store that was read otherwise; an empty one takes the settings of now.
func (l *Live) sameReading(ctx context.Context) error {
	was, err := l.store.ReadAs(ctx)
	if err != nil {
		return err
	}
	is := l.settings.readAs()
	switch {
	case was == is:
		return nil
	case was == "" || l.numbers.version.Load() == 0:
		return l.store.SetReadAs(ctx, is)
	}
	return &ReadOtherwise{was, is}
}
