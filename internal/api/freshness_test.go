package api

import (
	"slices"
	"testing"
)

func TestListsSayHowFreshTheRecordsAre(t *testing.T) {
	s := newSite(t)
	newest := func(kind string) string {
		var page CandidatePage
		var funnel Funnel
		s.call(coordinator, "GET", "/trials/"+kidney+"/candidates?limit=1", nil).is(200).into(&page)
		s.call(coordinator, "GET", "/trials/"+kidney+"/funnel", nil).is(200).into(&funnel)
		if !slices.Equal(page.Newest, funnel.Newest) {
			t.Fatalf("the list says %+v, the funnel %+v", page.Newest, funnel.Newest)
		}
		i := slices.IndexFunc(page.Newest, func(k KindNewest) bool { return k.Kind == kind })
		if i < 0 {
			t.Fatalf("no %s in %+v", kind, page.Newest)
		}
		return page.Newest[i].Newest
	}
	before := newest("results")
	if before == "" || newest("flags") != "" {
		t.Errorf("newest result %q, flag %q", before, newest("flags"))
	}
	all, _ := s.pages("limit=200")
	s.ingest(observation(all[0].Patient.ID, 17)) // of 2026-06-27
	if after := newest("results"); after != max(before, "2026-06-27") {
		t.Errorf("newest result %s, before %s", after, before)
	}
}
