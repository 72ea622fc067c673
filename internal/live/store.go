package live

import (
	"context"
	"errors"
	"time"

	"prescreen/internal/audit"
	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/intake"
	"prescreen/internal/terms"
	"prescreen/internal/verdict"
)

// Errors of a store.
var (
	ErrNotFound = errors.New("not in the store")
	ErrConflict = errors.New("it was changed by somebody else meanwhile")
	ErrErased   = errors.New("this patient was erased and is not taken in again")
	ErrStale    = errors.New("what the change was made from has moved on") // make the change again

	// ErrUnscrubbed: a patient is erased, but the files below the store are not clean yet. Scrub goes on with it.
	ErrUnscrubbed = errors.New("the patient is erased, but the files still tell of it")
)

// Seq numbers the changes of a store in the order in which they became visible: what was known when.
type Seq int64

// ResourceKey names a resource: the feed it came from, its type and id.
type ResourceKey struct{ Source, Type, ID string }

// Version is one version of one resource. It was known from Since on, and until Until if that is not 0.
type Version struct {
	No            int64
	Key           ResourceKey
	Number        int       // of the version, from 1: what ETag and meta.versionId say
	At            time.Time // meta.lastUpdated: when it was taken in
	SourceVersion string    // meta.versionId as the sender wrote it
	SourceUpdated string
	Digest        []byte // SHA-256 of the resource as sent, without meta.versionId and meta.lastUpdated: tells an unchanged one
	Deleted       bool
	Person        int64 // whose record it is; 0 for nobody's, as a Medication
	Packed        []byte
	Raw           []byte // compressed by the store; nil where originals are not kept
	Since, Until  Seq
	Identifiers   [][]byte // digests, for conditional references and ifNoneExist
	UnreadableRaw bool     // Raw is an excerpt, or was dropped
}

// Person is one patient key: a Patient, a subject that no Patient resource has named yet, or one that a conditional
// reference waits for.
type Person struct {
	No          int64
	Key         chart.Key
	Known       bool
	Chart       int64  // number of the chart it belongs to: that of one of its persons; 0 while there is none
	Patient     []byte // the packed Patient resources, each with its length in front: intake.AppendParcel
	Parcels     []byte // the other packed resources whose subject it is, likewise; nil when it was not asked for
	Identifiers [][]byte
	Unique      [][]byte // those of Identifiers that name one person
	Links       []int64  // persons that its Patients link to
	Drugs       []string // ids of Medications that its resources refer to
}

// StandIn is the key of the person that stands for whoever has an identifier in a feed, until one Patient has.
func StandIn(source string, digest []byte) chart.Key {
	return intake.Subject{Identifier: digest}.Key(source)
}

// StandsFor takes such a key apart; ok is false for all others.
func StandsFor(k chart.Key) (source string, digest []byte, ok bool) { return intake.StandIn(k) }

// Chart is what is kept of an assembled chart, ready for a scan.
type Chart struct {
	No                     int64 // of the person it is named after
	Key                    chart.Key
	Hot                    []byte
	LastContact, NextVisit dates.Day // screen.NoDay for none
	NextLook               dates.Day // the first day on which its rows may be others by time alone
}

// Row is one chart's standing in one trial's version, packed by screen.AppendRow.
type Row struct {
	Trial int64 // number of the trial's version
	Chart int64
	Bytes []byte
}

// Flip is one verdict that changed.
type Flip struct {
	No        int64
	Seq       Seq
	At        time.Time
	Trial     int64
	TrialID   string
	Chart     int64
	Key       chart.Key
	Criterion string
	From, To  verdict.Verdict
	Why       string // "resource", "time" or "rules"
	Resource  string // Type/id that moved it
	What      string // the resource as a person names it: "HbA1c 7.9 % of 2026-11-12"
}

// Change is one transaction: all of it becomes visible at once, or nothing. Numbers of rows are given by whoever makes the
// change (Numbers), Seq by the store when it commits.
type Change struct {
	At        time.Time
	Codes     []terms.Coding // of the numbers from FirstCode on
	FirstCode terms.CodeID
	Units     []string // of the numbers from FirstUnit on
	FirstUnit chart.UnitID

	Close      []int64 // numbers of versions that cease to be known
	Open       []Version
	People     []Person // written whole: new, or in place of what was there
	GonePeople []int64
	Charts     []Chart
	GoneCharts []int64 // with their rows
	Rows       []Row
	GoneRows   []Row // Bytes unused
	Flips      []Flip
	Audit      []audit.Entry
	Day        dates.Day // the day that rows hold for; screen.NoDay leaves it
	Current    int64     // number of a preparing trial's version that becomes current, as by Switch; 0 for none

	Seq Seq // set by Commit
}

// Store keeps everything. One process at a time writes to it; Open refuses another. Reads see what is committed.
type Store interface {
	// Commit makes a change durable: when it returns nil the change survives a power failure. Changes of several callers may
	// be written together.
	Commit(ctx context.Context, c *Change) error

	// Numbers gives the highest numbers in use, so that changes can number their rows.
	Numbers(ctx context.Context) (Numbers, error)
	// Dictionary and Units give what Change.Codes and Change.Units wrote, in the order of the numbers from 1.
	Dictionary(ctx context.Context) ([]terms.Coding, error)
	Units(ctx context.Context) ([]string, error)
	// ReadAs says how the records of the store were read, "" where there are none; SetReadAs is told so.
	ReadAs(ctx context.Context) (string, error)
	SetReadAs(ctx context.Context, how string) error
	// Day is the day that the rows hold for; screen.NoDay before the first.
	Day(ctx context.Context) (dates.Day, error)

	// Current gives the open versions of resources, without Packed and Raw; several where copies that differ were sent together.
	Current(ctx context.Context, keys []ResourceKey) ([]Version, error)
	// Packed gives the packed forms of the open versions of resources that are nobody's.
	Packed(ctx context.Context, keys []ResourceKey) ([]Version, error)
	// Version gives one version of a resource with its Raw: the newest if number is 0, which may be a deletion.
	Version(ctx context.Context, key ResourceKey, number int) (Version, error)
	// Versions gives all versions of a resource, newest first, without Packed and Raw.
	Versions(ctx context.Context, key ResourceKey) ([]Version, error)
	// Holding gives the open resources of a type that carry an identifier's digest.
	Holding(ctx context.Context, typ string, digest []byte) ([]ResourceKey, error)

	// People gives persons by key, those that exist; with parcels or without.
	People(ctx context.Context, keys []chart.Key, parcels bool) ([]Person, error)
	// Group gives all persons that belong, or may belong, to the charts of the given ones: over charts they are in, links in
	// both directions, unique identifiers, and the conditional references that wait for one of their identifiers; with
	// parcels. Sharing gives those who only share another identifier with one of them, without parcels.
	Group(ctx context.Context, persons []int64, keys []chart.Key, digests [][]byte) (group, sharing []Person, err error)
	// Users gives the persons whose resources refer to a Medication.
	Users(ctx context.Context, source string, drugs []string) ([]int64, error)

	// Charts gives charts by number; ChartOf the number of the chart that a patient key is part of.
	Charts(ctx context.Context, numbers []int64) ([]Chart, error)
	ChartOf(ctx context.Context, key chart.Key) (int64, error)
	// Due gives the numbers of charts whose NextLook has come, up to limit, ascending, after a number.
	Due(ctx context.Context, day dates.Day, after int64, limit int) ([]int64, error)
	// EachChart hands out all charts in ascending numbers after one; its Chart is valid during the call.
	EachChart(ctx context.Context, after int64, limit int, visit func(*Chart) error) error

	// RowsOf gives the rows of charts in all trials; EachRow hands out a trial's rows with the days and the key of the chart,
	// whose Hot is nil.
	RowsOf(ctx context.Context, charts []int64) ([]Row, error)
	// RowsIn gives the rows of one chart in versions of trials, in any order.
	RowsIn(ctx context.Context, chart int64, trials []int64) ([]Row, error)
	EachRow(ctx context.Context, trial int64, visit func(*Chart, []byte) error) error

	// EachPacked hands out every packed resource that was known at a Seq (0: now), for a screening from nothing.
	EachPacked(ctx context.Context, at Seq, visit func(source string, packed []byte) error) error

	// Flips gives flips after a number, oldest first, of a trial ("" for all) and of a chart (0 for all).
	Flips(ctx context.Context, after int64, trial string, chart int64, limit int) ([]Flip, error)
	LastSeq(ctx context.Context) (Seq, time.Time, error)
	// Totals counts charts and open versions.
	Totals(ctx context.Context) (charts, resources int64, err error)

	// Erase removes every byte about persons: their versions of all times, parcels, charts, rows, flips, decisions, keys of
	// pseudonyms; their keys are kept as digests that stop another intake. Codes and units that nobody else has are blanked.
	Erase(ctx context.Context, persons []int64, by audit.Entry) error
	// Scrub ends what Erase left to be done to the files, as it ended with ErrUnscrubbed; else it does nothing.
	Scrub(ctx context.Context) error
	// Unmended gives the persons whose charts may rest on somebody who was erased, until Mended is told that they were made
	// again. Erase notes them in its transaction, so that a crash cannot lose them.
	Unmended(ctx context.Context) ([]chart.Key, error)
	Mended(ctx context.Context, keys []chart.Key) error
	// Erased tells which keys may not be taken in.
	Erased(ctx context.Context, keys []chart.Key) ([]chart.Key, error)

	TrialStore
	Close() error
}

// Numbers are the highest numbers in use.
type Numbers struct{ Version, Person, Flip, Trial int64 }

// TrialVersion is one version of a trial's rules in the store.
type TrialVersion struct {
	No       int64
	ID       string // of the trial
	File     string // name of the file
	Source   []byte // the file as written
	Digest   []byte // SHA-256 of Source
	Book     []byte // digest of what else its rows were made with: value sets, settings, engine
	State    TrialState
	Author   string // user who saved it; "" for the folder of rules
	Approver string
	Since    time.Time
	Until    time.Time // when it ceased to be current; zero while it is
}

// TrialState is how far a version of a trial has come here.
type TrialState string

// A draft is checked and previewed, and screens nobody. Preparing is being screened for the first time. Current has rows
// that are kept up. Former was current: another version took its place, or the folder held it no longer. Retired is what
// people took out of force here, or a draft that they discarded.
const (
	TrialDraft     TrialState = "draft"
	TrialPreparing TrialState = "preparing"
	TrialCurrent   TrialState = "current"
	TrialFormer    TrialState = "former"
	TrialRetired   TrialState = "retired"
)

// Run is one screening of the store that can be made again.
type Run struct {
	ID             string
	At             time.Time
	By             string
	AsOf           dates.Day
	Known          Seq
	Zone           string
	Engine         int
	RulesSha256    string
	SettingsSha256 string
	Book           []byte // digest of the rules it used, see TrialStore.Book
	Patients       int
	Sha256         string // of the document it gave
}

// TrialStore keeps rules and runs.
type TrialStore interface {
	Trials(ctx context.Context) ([]TrialVersion, error) // all versions without Source, by number
	Trial(ctx context.Context, no int64) (TrialVersion, error)
	// SaveTrial writes a version whole: new, or in place of what was there, if its state is still was ("" for new).
	SaveTrial(ctx context.Context, t TrialVersion, was TrialState, a audit.Entry) error
	// Switch makes a preparing version current and drops the rows of the one it replaces.
	Switch(ctx context.Context, no int64, a audit.Entry) error

	// SaveBook keeps all files of rules under their digest; Book gives them back.
	SaveBook(ctx context.Context, digest, packed []byte) error
	Book(ctx context.Context, digest []byte) ([]byte, error)
	SaveRun(ctx context.Context, r Run, a audit.Entry) error
	Runs(ctx context.Context) ([]Run, error)
	// Keep drops versions that were closed before a time, and the books of runs that can then no longer be made again.
	Keep(ctx context.Context, since time.Time) (dropped int, err error)
	// Replayable tells whether everything known at a Seq is still there.
	Replayable(ctx context.Context, at Seq) (bool, error)
}
