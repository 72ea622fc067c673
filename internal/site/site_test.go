package site_test

import (
	"flag"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prescreen/internal/dates"
	"prescreen/internal/mistake"
	"prescreen/internal/site"
	"prescreen/internal/terms"
)

var update = flag.Bool("update", false, "write the mistakes as they are now, to be read before they are kept")

// The file with every kind of mistake stands beside what its author should read, word for word.
func TestMistakesOfABadFile(t *testing.T) {
	data, err := os.ReadFile("testdata/settings.bad.yaml")
	if err != nil {
		t.Fatal(err)
	}
	_, told := site.Read("settings.bad.yaml", data)
	got := told.Error() + "\n"
	if *update {
		if err := os.WriteFile("testdata/settings.bad.txt", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/settings.bad.txt")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Error(d)
	}
}

func read(t *testing.T, text string) site.Settings {
	t.Helper()
	s, told := site.Read("site.yaml", []byte(text))
	if len(told) > 0 {
		t.Fatal(told)
	}
	return s
}

func TestDefaults(t *testing.T) {
	s := read(t, "format: 1\n")
	months := func(n int) dates.Period { return dates.Period{N: n, Unit: dates.Months} }
	days := func(n int) dates.Period { return dates.Period{N: n, Unit: dates.Days} }
	want := site.Settings{
		RecordAtLeast: months(24), ContactWithin: months(15), RefillGap: days(30), OldOrder: months(15),
		StoppedWithin: months(12), Horizon: days(180), Missing: map[terms.Domain]bool{}, File: "site.yaml",
	}
	if d := cmp.Diff(want, s); d != "" {
		t.Error(d)
	}
	if s.Digest() != site.Default().Digest() {
		t.Error("an empty file is not the defaults")
	}
}

const full = `format: 1
zone: Europe/Berlin
silence: open
record_at_least: 3 years
contact_within: 60 weeks
refill_gap: 1 day
old_order: 12 months
stopped_within: 6 months
horizon: 90 days
feeds:
  - {kind: medication, complete_since: 2018-02-01, late_by: 2 days}
  - {kind: procedure, partial: true}
upper_limits:
  - {set: ALT, sex: female, from: 2019-01-01, value: "35.0 U/L"}
  - {set: ALT, sex: male, value: "45 U/L"}
consent: opt-in
unique_identifiers: ["urn:oid:1.2.3", "https://example.org/id"]
missing: {allergy: not met, lab: unknown}
`

func TestEverySetting(t *testing.T) {
	s := read(t, full)
	if s.Location == nil || s.Location.String() != "Europe/Berlin" {
		t.Error(s.Location)
	}
	s.Location = nil
	want := site.Settings{
		Zone: "Europe/Berlin", SilenceOpen: true,
		RecordAtLeast: dates.Period{N: 3, Unit: dates.Years}, ContactWithin: dates.Period{N: 60, Unit: dates.Weeks},
		RefillGap: dates.Period{N: 1, Unit: dates.Days}, OldOrder: dates.Period{N: 12, Unit: dates.Months},
		StoppedWithin: dates.Period{N: 6, Unit: dates.Months}, Horizon: dates.Period{N: 90, Unit: dates.Days},
		Feeds: []site.Feed{
			{Kind: terms.Medication, CompleteSince: dates.NewDay(2018, 2, 1), LateBy: dates.Period{N: 2, Unit: dates.Days}},
			{Kind: terms.Procedure, CompleteSince: dates.Min, Partial: true},
		},
		UpperLimits: []site.UpperLimit{
			{Set: "ALT", Sex: "female", From: dates.NewDay(2019, 1, 1), To: dates.Max, Value: "35.0", Unit: "U/L", Line: 14},
			{Set: "ALT", Sex: "male", From: dates.Min, To: dates.Max, Value: "45", Unit: "U/L", Line: 15},
		},
		OptIn: true, UniqueIdentifiers: []string{"https://example.org/id", "urn:oid:1.2.3"},
		Missing: map[terms.Domain]bool{terms.Allergy: true, terms.Lab: false}, File: "site.yaml",
	}
	if d := cmp.Diff(want, s, cmp.AllowUnexported(time.Location{})); d != "" {
		t.Error(d)
	}
}

// The machine's own zone would answer otherwise on another machine.
func TestZonesOfTheMachineAreRefused(t *testing.T) {
	for _, zone := range []string{"Local", `""`, "../etc/localtime", "/etc/localtime", "CEST"} {
		if s, told := site.Read("site.yaml", []byte("format: 1\nzone: "+zone+"\n")); !told.HasErrors() || s.Location != nil {
			t.Errorf("%s is taken", zone)
		}
	}
}

func TestUpperLimitsOfDifferentTimesOrSexes(t *testing.T) {
	s := read(t, "format: 1\nupper_limits:\n  - {set: ALT, value: 40 U/L, to: 2019-12-31}\n  - {set: ALT, value: 35 U/L, from: 2020-01-01, sex: female}\n  - {set: ALT, value: 45 U/L, from: 2020-01-01, sex: male}\n")
	if len(s.UpperLimits) != 3 {
		t.Error(s.UpperLimits)
	}
	_, told := site.Read("site.yaml", []byte("format: 1\nupper_limits:\n  - {set: ALT, value: 40 U/L, to: 2020-01-01}\n  - {set: alt, value: 35 U/L, from: 2020-01-01}\n"))
	if len(told) != 1 || told[0].Code != "E307" {
		t.Error(told)
	}
}

// Every setting moves the digest; the order of lists does not.
func TestDigest(t *testing.T) {
	base := read(t, full).Digest()
	lines := []string{
		"zone: UTC", "silence: open", "record_at_least: 25 months", "contact_within: 16 months", "refill_gap: 31 days", "old_order: 16 months",
		"stopped_within: 13 months", "horizon: 181 days", "feeds: [{kind: lab, partial: true}]", "feeds: [{kind: lab, late_by: 1 day}]",
		"upper_limits: [{set: ALT, value: 40 U/L}]", "upper_limits: [{set: ALT, value: 41 U/L}]", "consent: opt-in",
		"unique_identifiers: [x]", "missing: {lab: not met}", "missing: {lab: unknown}",
	}
	seen := map[[32]byte]string{base: "full", site.Default().Digest(): "defaults"}
	for _, l := range lines {
		d := read(t, "format: 1\n"+l+"\n").Digest()
		if other, taken := seen[d]; taken {
			t.Errorf("%q has the digest of %q", l, other)
		}
		seen[d] = l
	}
	a := read(t, "format: 1\nunique_identifiers: [x, y]\nfeeds: [{kind: lab, partial: true}, {kind: visit, partial: true}]\n")
	b := read(t, "format: 1\nunique_identifiers: [y, x]\nfeeds: [{kind: visit, partial: true}, {kind: lab, partial: true}]\n")
	if a.Digest() != b.Digest() {
		t.Error("the order of lists moves the digest")
	}
}

// A limit that no result can be held against would never be used, and nobody would know.
func TestCheckAgainstValueSets(t *testing.T) {
	lib, told := terms.ReadSets(map[string][]byte{"f.yaml": []byte("format: 1\nsets: [{name: ALT, domain: lab, unit: U/L, codes: [{system: loinc, code: 1742-6}]}]\n")})
	if len(told) > 0 {
		t.Fatal(told)
	}
	text := "format: 1\nupper_limits:\n  - {set: alt, value: 40 U/L, sex: female}\n  - {set: ALTT, value: 40 U/L}\n  - {set: ALT, value: 40 mg/dL, sex: male}\n"
	list := read(t, text).Check(mistake.NewPage("site.yaml", []byte(text)), lib)
	if len(list) != 2 || list[0].Code != "E309" || list[0].Line != 4 || list[0].Fix != "ALT" || list[1].Code != "E310" || list[1].Line != 5 {
		t.Error(list)
	}
}

func TestShippedSiteFileIsTheDefaults(t *testing.T) {
	data, err := os.ReadFile("../../rules/site.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s, told := site.Read("rules/site.yaml", data)
	if len(told) > 0 {
		t.Fatal(told)
	}
	if s.Digest() != site.Default().Digest() {
		t.Error("rules/site.yaml says otherwise than the defaults, which it writes out")
	}
}

func TestHierarchies(t *testing.T) {
	s := read(t, "format: 1\nhierarchies:\n  - {system: snomed, path: ../snomed}\n  - {system: \"http://example.org/cs\", path: /data/cs.json}\n")
	want := []site.Hierarchy{{System: terms.SNOMED, Path: "../snomed", Line: 3}, {System: "http://example.org/cs", Path: "/data/cs.json", Line: 4}}
	if d := cmp.Diff(want, s.Hierarchies); d != "" {
		t.Error(d)
	}
	if s.Digest() != site.Default().Digest() {
		t.Error("where a hierarchy stands is in the digest")
	}
	_, told := site.Read("site.yaml", []byte("format: 1\nhierarchies:\n  - {system: snowmed, path: x}\n  - {system: snomed, path: \" \"}\n  - {system: snomed}\n"))
	var codes []string
	for _, m := range told {
		codes = append(codes, m.Code)
	}
	if d := cmp.Diff([]string{"E311", "E312", "E005"}, codes); d != "" {
		t.Error(d, told)
	}
}
