package access

import (
	"context"
	"slices"

	"prescreen/internal/audit"
)

// ListUsers gives all users by name, without their hashes.
func (k *Keeper) ListUsers(ctx context.Context) ([]User, error) {
	users, err := k.store.Users(ctx)
	for i := range users {
		users[i].Password = ""
	}
	return users, err
}

// CreateUser adds a user who signs in with a password.
func (k *Keeper) CreateUser(ctx context.Context, name, display, password string, grants []Grant, by audit.Entry) (User, error) {
	u, err := k.newUser(ctx, name, display, password, grants)
	if err != nil {
		return User{}, err
	}
	if err := k.store.AddUser(ctx, u, k.entry(by, audit.Create, u.ID)); err != nil {
		return User{}, err
	}
	u.Password = ""
	return u, nil
}

func (k *Keeper) newUser(ctx context.Context, name, display, password string, grants []Grant) (User, error) {
	u := User{ID: newID("user"), Name: login(name), Display: display, Created: audit.Instant(k.now())}
	if u.Display == "" {
		u.Display = u.Name
	}
	var err error
	if err = checkName(u.Name); err == nil {
		err = checkText(u.Display)
	}
	if err == nil {
		u.Grants, err = checkGrants(grants)
	}
	if err == nil {
		err = checkPassword(password, u.Name)
	}
	if err == nil {
		u.Password, err = k.hasher.hash(ctx, password)
	}
	return u, err
}

// checkGrants sorts grants and refuses roles that there are not.
func checkGrants(grants []Grant) ([]Grant, error) {
	out := slices.Clone(grants)
	for _, g := range out {
		if !slices.Contains(Roles(), g.Role) {
			return nil, bad("take one of the roles viewer, coordinator, investigator, rule author, admin, auditor")
		}
	}
	slices.SortFunc(out, compareGrants)
	return slices.Compact(out), nil
}

// SetGrants gives a user other roles. It holds from the user's next request on.
func (k *Keeper) SetGrants(ctx context.Context, id string, grants []Grant, by audit.Entry) error {
	sorted, err := checkGrants(grants)
	if err != nil {
		return err
	}
	return k.change(ctx, id, false, by, func(u *User) error { u.Grants = sorted; return nil })
}

// SetDisplay gives a user another display name.
func (k *Keeper) SetDisplay(ctx context.Context, id, display string, by audit.Entry) error {
	if err := checkText(display); err != nil {
		return err
	}
	return k.change(ctx, id, false, by, func(u *User) error { u.Display = display; return nil })
}

// Disable keeps a user out, at once, or lets the user in again.
func (k *Keeper) Disable(ctx context.Context, id string, disabled bool, by audit.Entry) error {
	return k.change(ctx, id, disabled, by, func(u *User) error { u.Disabled = disabled; return nil })
}

// SetPassword gives a user another password and ends the user's sessions.
func (k *Keeper) SetPassword(ctx context.Context, id, password string, by audit.Entry) error {
	u, err := k.store.User(ctx, id)
	if err != nil {
		return err
	}
	if u.External != "" {
		return bad("this user signs in elsewhere and has no password here")
	}
	if err := checkPassword(password, u.Name); err != nil {
		return err
	}
	hash, err := k.hasher.hash(ctx, password)
	if err != nil {
		return err
	}
	return k.change(ctx, id, true, by, func(u *User) error { u.Password = hash; return nil })
}

// ChangePassword is SetPassword by the user, who gives the old one.
func (k *Keeper) ChangePassword(ctx context.Context, id, old, password string, by audit.Entry) error {
	u, err := k.store.User(ctx, id)
	if err != nil {
		return err
	}
	if err := k.backoff.begin(u.Name, k.now()); err != nil {
		return err
	}
	ok, _, err := k.hasher.right(ctx, old, u.Password)
	if err != nil {
		return err
	}
	if !ok {
		return k.refused(ctx, by, u.ID, ErrWrong)
	}
	k.backoff.succeeded(u.Name)
	return k.SetPassword(ctx, id, password, by)
}

// change writes a user anew, unless nobody who administers would be left.
func (k *Keeper) change(ctx context.Context, id string, endSessions bool, by audit.Entry, edit func(*User) error) error {
	k.changes.Lock()
	defer k.changes.Unlock()
	u, err := k.store.User(ctx, id)
	if err != nil {
		return err
	}
	before := u.administers()
	if err := edit(&u); err != nil {
		return err
	}
	if before && !u.administers() {
		if err := k.somebodyElse(ctx, id); err != nil {
			return err
		}
	}
	return k.store.SaveUser(ctx, u, endSessions, k.entry(by, audit.Update, u.ID))
}

func (k *Keeper) somebodyElse(ctx context.Context, id string) error {
	users, err := k.store.Users(ctx)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(users, func(u User) bool { return u.ID != id && u.administers() }) {
		return ErrLast
	}
	return nil
}

func (u *User) administers() bool { return !u.Disabled && u.caller().May(Administer, "") }

func (u *User) caller() Caller { return Caller{ID: u.ID, Name: u.Display, Grants: u.Grants} }
