package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"prescreen/internal/access"
	"prescreen/internal/audit"
)

// Access is the store as package access asks for it.
func (s *Store) Access() access.Store { return accounts{s} }

type accounts struct{ *Store }

const accountColumns = `a.id, a.name, a.display, a.password, a.external, a.grants, a.disabled, a.created, a.signed_in`

func scanUser(scan func(...any) error, more ...any) (u access.User, err error) {
	var id, name, display, password, external, grants []byte
	var disabled, created, signedIn int64
	err = scan(append([]any{&id, &name, &display, &password, &external, &grants, &disabled, &created, &signedIn}, more...)...)
	if err != nil {
		return u, missing(err)
	}
	u = access.User{
		ID: string(id), Name: string(name), Display: string(display), Password: string(password), External: string(external),
		Disabled: disabled != 0, Created: moment(created), SignedIn: moment(signedIn),
	}
	return u, fromJSON(grants, &u.Grants)
}

// missing tells package access that there is no such row, in its own word.
func missing(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return access.ErrNotFound
	}
	return err
}

// asJSON writes a list for a column.
func asJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("store: a list of plain texts as JSON: %v", err))
	}
	return b
}

func fromJSON(b []byte, v any) error {
	return wrap("reading a list in the store", json.Unmarshal(b, v))
}

func (s accounts) HasUsers(ctx context.Context) (has bool, err error) {
	var one int64
	err = missing(s.row(ctx, `SELECT 1 FROM account LIMIT 1`).Scan(&one))
	if errors.Is(err, access.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

func (s accounts) Users(ctx context.Context) (out []access.User, err error) {
	rows, err := s.query(ctx, `SELECT `+accountColumns+` FROM account a ORDER BY a.name`)
	err = each(rows, err, func(scan func(...any) error) error {
		u, err := scanUser(scan)
		out = append(out, u)
		return err
	})
	return out, err
}

func (s accounts) User(ctx context.Context, id string) (access.User, error) {
	return scanUser(s.row(ctx, `SELECT `+accountColumns+` FROM account a WHERE a.id = ?`, []byte(id)).Scan)
}

func (s accounts) UserNamed(ctx context.Context, name string) (access.User, error) {
	return scanUser(s.row(ctx, `SELECT `+accountColumns+` FROM account a WHERE a.name = ?`, []byte(name)).Scan)
}

func (s accounts) UserExternal(ctx context.Context, external string) (access.User, error) {
	return scanUser(s.row(ctx, `SELECT `+accountColumns+` FROM account a WHERE a.external = ?`, []byte(external)).Scan)
}

func (s accounts) AddUser(ctx context.Context, u access.User, a audit.Entry) error {
	return s.write(ctx, []audit.Entry{a}, func(t *tx) error { return t.addUser(u) })
}

func (s accounts) AddFirstUser(ctx context.Context, u access.User, a audit.Entry) error {
	return s.write(ctx, []audit.Entry{a}, func(t *tx) error {
		var users int64
		if err := t.row(`SELECT count(*) FROM account`).Scan(&users); err != nil {
			return err
		}
		if users > 0 {
			return access.ErrSetUp
		}
		if _, err := t.exec(`DELETE FROM setup`); err != nil {
			return err
		}
		return t.addUser(u)
	})
}

func (t *tx) addUser(u access.User) error {
	var taken int64
	err := t.row(`SELECT count(*) FROM account WHERE name = ? OR external = ?`, []byte(u.Name), some([]byte(u.External))).Scan(&taken)
	if err != nil {
		return err
	}
	if taken > 0 {
		return access.ErrTaken
	}
	_, err = t.exec(`INSERT INTO account (id, name, display, password, external, grants, disabled, created, signed_in) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		[]byte(u.ID), []byte(u.Name), []byte(u.Display), some([]byte(u.Password)), some([]byte(u.External)), asJSON(u.Grants),
		bit(u.Disabled), nanos(u.Created), nanos(u.SignedIn))
	return err
}

func (t *tx) saveUser(u access.User) error {
	res, err := t.exec(`UPDATE account SET name = ?, display = ?, password = ?, external = ?, grants = ?, disabled = ?, signed_in = ? WHERE id = ?`,
		[]byte(u.Name), []byte(u.Display), some([]byte(u.Password)), some([]byte(u.External)), asJSON(u.Grants), bit(u.Disabled),
		nanos(u.SignedIn), []byte(u.ID))
	return hit(res, err)
}

// hit is ErrNotFound for a statement that changed no row.
func hit(res sql.Result, err error) error {
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return access.ErrNotFound
}

func (s accounts) SaveUser(ctx context.Context, u access.User, endSessions bool, a audit.Entry) error {
	return s.write(ctx, []audit.Entry{a}, func(t *tx) error {
		if err := t.saveUser(u); err != nil || !endSessions {
			return err
		}
		_, err := t.exec(`DELETE FROM session WHERE account = ?`, []byte(u.ID))
		return err
	})
}

func (s accounts) AddSession(ctx context.Context, n access.Session, u access.User, created, seen time.Time, a audit.Entry) error {
	return s.write(ctx, []audit.Entry{a}, func(t *tx) error {
		if err := t.saveUser(u); err != nil {
			return err
		}
		if _, err := t.exec(`DELETE FROM session WHERE created < ? OR seen < ?`, nanos(created), nanos(seen)); err != nil {
			return err
		}
		_, err := t.exec(`INSERT INTO session (digest, account, created, seen) VALUES (?, ?, ?, ?)`,
			n.Digest[:], []byte(n.User), nanos(n.Created), nanos(n.Seen))
		return err
	})
}

func (s accounts) Session(ctx context.Context, d access.Digest) (access.Session, access.User, error) {
	var created, seen int64
	u, err := scanUser(s.row(ctx, `SELECT `+accountColumns+`, s.created, s.seen FROM session s JOIN account a ON a.id = s.account WHERE s.digest = ?`, d[:]).Scan,
		&created, &seen)
	return access.Session{Digest: d, User: u.ID, Created: moment(created), Seen: moment(seen)}, u, err
}

func (s accounts) SeeSession(ctx context.Context, d access.Digest, at time.Time) error {
	return s.write(ctx, nil, func(t *tx) error {
		_, err := t.exec(`UPDATE session SET seen = ? WHERE digest = ?`, nanos(at), d[:])
		return err
	})
}

func (s accounts) EndSession(ctx context.Context, d access.Digest, a audit.Entry) error {
	return s.write(ctx, []audit.Entry{a}, func(t *tx) error {
		return hit(t.exec(`DELETE FROM session WHERE digest = ?`, d[:]))
	})
}

func (s accounts) SetupLink(ctx context.Context) (access.SetupLink, error) {
	var b []byte
	var expires int64
	err := missing(s.row(ctx, `SELECT digest, expires FROM setup`).Scan(&b, &expires))
	l := access.SetupLink{Expires: moment(expires)}
	copy(l.Digest[:], b)
	return l, err
}

func (s accounts) SaveSetupLink(ctx context.Context, l access.SetupLink, a audit.Entry) error {
	return s.write(ctx, []audit.Entry{a}, func(t *tx) error {
		_, err := t.exec(`INSERT INTO setup (one, digest, expires) VALUES (1, ?, ?) ON CONFLICT (one) DO UPDATE SET digest = excluded.digest, expires = excluded.expires`,
			l.Digest[:], nanos(l.Expires))
		return err
	})
}
