package live_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"prescreen/internal/live"
)

// A store whose records were read in one time zone is not gone on with in another: the days in it would be of both.
func TestOtherSiteSettingsAreRefused(t *testing.T) {
	h := newHospital(t)
	h.put(resource{"resourceType": "Patient", "id": "p1", "birthDate": "1970-01-01"})
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Skip("no time zones on this machine: ", err)
	}
	open := func(change func(*live.Settings)) error {
		other := h.settings
		change(&other)
		_, err := live.Open(context.Background(), h.store, h.book, other)
		return err
	}
	if err := open(func(*live.Settings) {}); err != nil {
		t.Errorf("the same settings are refused: %v", err)
	}
	for what, change := range map[string]func(*live.Settings){
		"another time zone": func(s *live.Settings) { s.Zone = paris },
		"no time zone":      func(s *live.Settings) { s.Zone = nil },
		"another identifier that names one person": func(s *live.Settings) { s.UniqueIdentifiers = []string{"urn:oid:1.2.3"} },
		"a further identifier that names one person": func(s *live.Settings) {
			s.UniqueIdentifiers = append([]string{"urn:oid:1.2.3"}, s.UniqueIdentifiers...)
		},
	} {
		var otherwise *live.ReadOtherwise
		if err := open(change); !errors.As(err, &otherwise) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := live.Cohort(context.Background(), h.store, 0, live.Settings{Zone: paris, UniqueIdentifiers: h.settings.UniqueIdentifiers}); err == nil {
		t.Error("records read in one time zone are screened in another")
	}
}
