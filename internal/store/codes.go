package store

import (
	"context"
	"strconv"

	"prescreen/internal/live"
	"prescreen/internal/terms"
)

var (
	codeTable = table{"code (no, system, code)", 3, ""}
	unitTable = table{"unit (no, text)", 2, ""}
)

// writeCodes writes the codings that are new. A change may bring again what another brought, but leave no gap: numbers
// stand for codes in every packed form.
func (c *change) writeCodes() error {
	if len(c.Codes) == 0 {
		return nil
	}
	first := int64(c.FirstCode)
	if first < 1 || first > c.state.code+1 {
		return live.ErrStale
	}
	var rows [][]any
	for i, k := range c.Codes {
		if no := first + int64(i); no > c.state.code {
			rows = append(rows, []any{no, []byte(k.System), []byte(k.Code)})
		}
	}
	c.state.code = max(c.state.code, first+int64(len(c.Codes))-1)
	return c.insert(codeTable, rows)
}

func (c *change) writeUnits() error {
	if len(c.Units) == 0 {
		return nil
	}
	first := int64(c.FirstUnit)
	if first < 1 || first > c.state.unit+1 {
		return live.ErrStale
	}
	var rows [][]any
	for i, u := range c.Units {
		if no := first + int64(i); no > c.state.unit {
			rows = append(rows, []any{no, []byte(u)})
		}
	}
	c.state.unit = max(c.state.unit, first+int64(len(c.Units))-1)
	return c.insert(unitTable, rows)
}

// erasedSystem is the system of codings that were blanked. Each keeps a code of its own, so that the numbers of those after
// it stay when they are interned again.
const erasedSystem = "urn:prescreen:erased"

// Dictionary gives all codings by number. Blanked ones stand as placeholders that no value set names.
func (s *Store) Dictionary(ctx context.Context) ([]terms.Coding, error) {
	var out []terms.Coding
	rows, err := s.query(ctx, `SELECT no, system, code FROM code ORDER BY no`)
	err = each(rows, err, func(scan func(...any) error) error {
		var no int64
		var system, code []byte
		if err := scan(&no, &system, &code); err != nil {
			return err
		}
		if no != int64(len(out))+1 {
			return errGap
		}
		k := terms.Coding{System: string(system), Code: string(code)}
		if code == nil {
			k = terms.Coding{System: erasedSystem, Code: strconv.FormatInt(no, 10)}
		}
		out = append(out, k)
		return nil
	})
	return out, wrap("reading the store's codes", err)
}

// Units gives all units by number; blanked ones as placeholders.
func (s *Store) Units(ctx context.Context) ([]string, error) {
	var out []string
	rows, err := s.query(ctx, `SELECT no, text FROM unit ORDER BY no`)
	err = each(rows, err, func(scan func(...any) error) error {
		var no int64
		var text []byte
		if err := scan(&no, &text); err != nil {
			return err
		}
		if no != int64(len(out))+1 {
			return errGap
		}
		u := string(text)
		if text == nil {
			u = "{erased " + strconv.FormatInt(no, 10) + "}"
		}
		out = append(out, u)
		return nil
	})
	return out, wrap("reading the store's units", err)
}
