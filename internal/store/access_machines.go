package store

import (
	"context"
	"errors"
	"time"

	"prescreen/internal/access"
	"prescreen/internal/audit"
)

const tokenColumns = `id, digest, name, scopes, trials, source, made_by, created, expires, used, revoked`

func scanToken(scan func(...any) error) (t access.Token, err error) {
	var id, digest, name, scopes, trials, source, by []byte
	var created, expires, used, revoked int64
	err = scan(&id, &digest, &name, &scopes, &trials, &source, &by, &created, &expires, &used, &revoked)
	if err != nil {
		return t, missing(err)
	}
	t = access.Token{
		ID: string(id), Name: string(name), Source: string(source), By: string(by), Created: moment(created),
		Expires: moment(expires), Used: moment(used), Revoked: moment(revoked),
	}
	copy(t.Digest[:], digest)
	return t, errors.Join(fromJSON(scopes, &t.Scopes), fromJSON(trials, &t.Trials))
}

func (s accounts) Tokens(ctx context.Context) (out []access.Token, err error) {
	rows, err := s.query(ctx, `SELECT `+tokenColumns+` FROM token ORDER BY created, id`)
	err = each(rows, err, func(scan func(...any) error) error {
		t, err := scanToken(scan)
		out = append(out, t)
		return err
	})
	return out, err
}

func (s accounts) TokenOf(ctx context.Context, d access.Digest) (access.Token, error) {
	return scanToken(s.row(ctx, `SELECT `+tokenColumns+` FROM token WHERE digest = ?`, d[:]).Scan)
}

func (s accounts) AddToken(ctx context.Context, n access.Token, a audit.Entry) error {
	return s.write(ctx, []audit.Entry{a}, func(t *tx) error {
		_, err := t.exec(`INSERT INTO token (`+tokenColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			[]byte(n.ID), n.Digest[:], []byte(n.Name), asJSON(n.Scopes), asJSON(n.Trials), []byte(n.Source), []byte(n.By),
			nanos(n.Created), nanos(n.Expires), nanos(n.Used), nanos(n.Revoked))
		return err
	})
}

func (s accounts) RevokeToken(ctx context.Context, id string, at time.Time, a audit.Entry) error {
	return s.write(ctx, []audit.Entry{a}, func(t *tx) error {
		return hit(t.exec(`UPDATE token SET revoked = ? WHERE id = ? AND revoked = 0`, nanos(at), []byte(id)))
	})
}

func (s accounts) UseToken(ctx context.Context, d access.Digest, at time.Time) error {
	return s.write(ctx, nil, func(t *tx) error {
		_, err := t.exec(`UPDATE token SET used = ? WHERE digest = ?`, nanos(at), d[:])
		return err
	})
}

const clientColumns = `id, name, keys, scopes, trials, source, made_by, created, revoked`

func scanClient(scan func(...any) error) (c access.Client, err error) {
	var id, name, keys, scopes, trials, source, by []byte
	var created, revoked int64
	if err = scan(&id, &name, &keys, &scopes, &trials, &source, &by, &created, &revoked); err != nil {
		return c, missing(err)
	}
	c = access.Client{
		ID: string(id), Name: string(name), Keys: keys, Source: string(source), By: string(by), Created: moment(created),
		Revoked: moment(revoked),
	}
	return c, errors.Join(fromJSON(scopes, &c.Scopes), fromJSON(trials, &c.Trials))
}

func (s accounts) Clients(ctx context.Context) (out []access.Client, err error) {
	rows, err := s.query(ctx, `SELECT `+clientColumns+` FROM client ORDER BY created, id`)
	err = each(rows, err, func(scan func(...any) error) error {
		c, err := scanClient(scan)
		out = append(out, c)
		return err
	})
	return out, err
}

func (s accounts) Client(ctx context.Context, id string) (access.Client, error) {
	return scanClient(s.row(ctx, `SELECT `+clientColumns+` FROM client WHERE id = ?`, []byte(id)).Scan)
}

func (s accounts) AddClient(ctx context.Context, c access.Client, a audit.Entry) error {
	return s.write(ctx, []audit.Entry{a}, func(t *tx) error {
		_, err := t.exec(`INSERT INTO client (`+clientColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			[]byte(c.ID), []byte(c.Name), c.Keys, asJSON(c.Scopes), asJSON(c.Trials), []byte(c.Source), []byte(c.By),
			nanos(c.Created), nanos(c.Revoked))
		return err
	})
}

func (s accounts) RevokeClient(ctx context.Context, id string, at time.Time, a audit.Entry) error {
	return s.write(ctx, []audit.Entry{a}, func(t *tx) error {
		return hit(t.exec(`UPDATE client SET revoked = ? WHERE id = ? AND revoked = 0`, nanos(at), []byte(id)))
	})
}

func (s accounts) Once(ctx context.Context, d access.Digest, expires, now time.Time) (fresh bool, err error) {
	err = s.write(ctx, nil, func(t *tx) error {
		if _, err := t.exec(`DELETE FROM once WHERE expires < ?`, nanos(now)); err != nil {
			return err
		}
		err := hit(t.exec(`INSERT INTO once (digest, expires) VALUES (?, ?) ON CONFLICT (digest) DO NOTHING`, d[:], nanos(expires)))
		fresh = err == nil
		if errors.Is(err, access.ErrNotFound) {
			return nil
		}
		return err
	})
	return fresh && err == nil, err
}
