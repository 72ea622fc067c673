package decision

import (
	"context"
	"sync"

	"prescreen/internal/audit"
)

// Store keeps the lines, and their history with them.
type Store interface {
	// AddDecision opens a line and gives it the next number of its trial's log, also in the entry's object: gapless, never
	// given twice. ErrTaken if the person has a line.
	AddDecision(ctx context.Context, d *Decision, c Change, a audit.Entry) error
	// SaveDecision writes a line in place of its last version; ErrConflict if that is not the one in the store.
	SaveDecision(ctx context.Context, d *Decision, c Change, a audit.Entry) error
	// Decision gives one line; ErrNone if there is none.
	Decision(ctx context.Context, trial string, log int) (Decision, error)
	// Decisions gives the lines of a trial by number; DecisionsOf those of a chart's persons in all trials.
	Decisions(ctx context.Context, trial string) ([]Decision, error)
	DecisionsOf(ctx context.Context, chart int64) ([]Decision, error)
	// DecisionHistory gives the changes of a line, oldest first.
	DecisionHistory(ctx context.Context, trial string, log int) ([]Change, error)
	// Whatever else moves lines: joined charts and erasure raise it.
	DecisionState(ctx context.Context) (int64, error)
}

// Keeper answers from the store, and keeps the lines of trials that are read again and again.
type Keeper struct {
	Store

	mu     sync.Mutex
	boards map[string]*Board
}

// NewKeeper keeps lines in a store.
func NewKeeper(s Store) *Keeper { return &Keeper{Store: s, boards: map[string]*Board{}} }

// Board is the lines of a trial at one state of the store. It is read-only.
type Board struct {
	State int64
	Lines []Decision // by number
	chart map[int64][]*Decision
}

// Of gives the line that counts for a chart; nil for none.
func (b *Board) Of(chart int64) *Decision { return Governing(b.chart[chart]) }

// Board gives the lines of a trial as they are now.
func (k *Keeper) Board(ctx context.Context, trial string) (*Board, error) {
	state, err := k.DecisionState(ctx)
	if err != nil {
		return nil, err
	}
	k.mu.Lock()
	b := k.boards[trial]
	k.mu.Unlock()
	if b != nil && b.State == state {
		return b, nil
	}
	lines, err := k.Decisions(ctx, trial)
	if err != nil {
		return nil, err
	}
	b = &Board{State: state, Lines: lines, chart: map[int64][]*Decision{}}
	for i := range lines {
		if d := &lines[i]; !d.Erased && d.Chart != 0 {
			b.chart[d.Chart] = append(b.chart[d.Chart], d)
		}
	}
	k.mu.Lock()
	k.boards[trial] = b
	k.mu.Unlock()
	return b, nil
}
