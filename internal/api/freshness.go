package api

import (
	"context"

	"prescreen/internal/chart"
	"prescreen/internal/screen"
)

// KindNewest is the day of the newest record of a kind, among all who stand in any list.
type KindNewest struct {
	Kind   string `json:"kind"`
	Newest string `json:"newest,omitempty"` // nothing where there is no such record at all
}

// newest tells how fresh each kind of record is: a feed that has stopped shows there before anybody is called.
func (a *api) newest(ctx context.Context) ([]KindNewest, error) {
	newest, err := a.Live.Newest(ctx)
	if err != nil {
		return nil, notReady(err)
	}
	var out []KindNewest
	for k := range chart.KindCount {
		one := KindNewest{Kind: k.String()}
		if newest[k] != screen.NoDay {
			one.Newest = newest[k].String()
		}
		out = append(out, one)
	}
	return out, nil
}
