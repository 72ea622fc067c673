package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5/pgconn"
)

// refused is a database's refusal without what it was about: PostgreSQL's messages may quote values.
type refused struct{ code, of string }

func (r *refused) Error() string {
	if r.of == "" {
		return "PostgreSQL refused it: SQLSTATE " + r.code
	}
	return fmt.Sprintf("PostgreSQL refused it: SQLSTATE %s at %s", r.code, r.of)
}

// told makes an error of a driver fit for logs: what can quote a value is left out. nil stays nil.
func told(err error) error {
	var pg *pgconn.PgError
	if err == nil || !errors.As(err, &pg) {
		return err
	}
	of := pg.ConstraintName
	if of == "" {
		of = pg.TableName
	}
	return &refused{pg.Code, of}
}

// broken tells whether an error means that the connection is of no more use.
func broken(err error) bool {
	var r *refused
	if errors.As(err, &r) {
		return len(r.code) == 5 && (r.code[:3] == "57P" || r.code[:2] == "08")
	}
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, sql.ErrConnDone) || pgconn.Timeout(err) || errors.Is(err, context.DeadlineExceeded)
}
