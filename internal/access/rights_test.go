package access_test

import (
	"slices"
	"strings"
	"testing"

	"prescreen/internal/access"
)

// asGranted is who may do what: a letter for each role, in the order of access.Roles; capital where a grant on one trial is
// enough for that trial, small where only one on all trials counts.
const asGranted = `
anybody         VCIRAU
signed in       VCIRAU
see trials      VCIRA.
see candidates  VCI...
decide          .CI...
confirm         ..I...
see records     .ci...
send records    ....a.
evaluate        .C....
erase           ....a.
write rules     ...R..
approve rules   ...R..
run             .C....
see audit       .....u
administer      ....a.
no such right   ......
`

func TestEveryRightOfEveryRoleOnEveryTrial(t *testing.T) {
	for line := range strings.Lines(strings.TrimSpace(asGranted)) {
		right, letters := access.Right(strings.TrimSpace(line[:16])), strings.TrimSpace(line[16:])
		for i, role := range access.Roles() {
			letter := letters[i]
			open := right == access.Anybody || right == access.SignedIn
			for _, granted := range []string{"", "T1"} {
				c := access.Caller{ID: "u", Grants: []access.Grant{{Role: role, Trial: granted}}}
				for _, asked := range []string{"", "T1", "T2"} {
					want := letter != '.' && (granted == "" || open || letter < 'a' && asked == granted)
					if got := c.May(right, asked); got != want {
						t.Errorf("%s, granted on %q, may %s on %q: %v", role, granted, right, asked, got)
					}
					if as := c.As(right, asked); as != "" && !want || want && !open && as != string(role) {
						t.Errorf("%s, granted on %q, does %s on %q as %q", role, granted, right, asked, as)
					}
				}
				want := letter != '.' && (granted == "" || open || letter < 'a')
				if got := c.MayAnywhere(right); got != want {
					t.Errorf("%s, granted on %q, may %s anywhere: %v", role, granted, right, got)
				}
			}
		}
		nobody := access.Caller{Grants: []access.Grant{{Role: access.Admin}}, Scopes: access.Rights()}
		if nobody.May(right, "") != (right == access.Anybody) {
			t.Errorf("nobody may %s", right)
		}
	}
}

// forPeople are the rights that no token has.
var forPeople = []access.Right{access.Confirm, access.ApproveRules, access.Administer}

func TestEveryRightOfTokens(t *testing.T) {
	all := slices.Concat(access.Rights(), forPeople)
	if len(all) != 13 {
		t.Fatalf("%d rights", len(all))
	}
	wide := []access.Right{access.SeeRecords, access.SendRecords, access.EraseRecords, access.SeeAudit, access.Administer}
	for _, scope := range all {
		for _, trials := range [][]string{nil, {"T1"}} {
			c := access.Caller{ID: "t", Token: true, Scopes: []access.Right{scope}, Trials: trials, Grants: []access.Grant{{Role: access.Admin}}}
			for _, right := range all {
				may := right == scope && !slices.Contains(forPeople, right)
				for _, asked := range []string{"", "T1", "T2"} {
					want := may && (trials == nil || asked == "T1" && !slices.Contains(wide, right))
					if got := c.May(right, asked); got != want {
						t.Errorf("a token for %s on %v may %s on %q: %v", scope, trials, right, asked, got)
					}
				}
				if want := may && (trials == nil || !slices.Contains(wide, right)); c.MayAnywhere(right) != want {
					t.Errorf("a token for %s on %v may %s anywhere: %v", scope, trials, right, !want)
				}
			}
		}
	}
}
