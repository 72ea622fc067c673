package live

import (
	"context"

	"prescreen/internal/screen"
)

// EachRow hands out the rows of a trial's version as they are now, those who are withheld among them. The row is valid
// during the call.
func (l *Live) EachRow(ctx context.Context, version int64, visit func(chart int64, row *screen.Row) error) error {
	var row screen.Row
	return l.store.EachRow(ctx, version, func(c *Chart, b []byte) error {
		if err := screen.DecodeRow(b, &row); err != nil {
			return err
		}
		return visit(c.No, &row)
	})
}

// LastFlip is the number up to which all flips are there.
func (l *Live) LastFlip() int64 {
	last, _ := l.flips.settled()
	return last
}
