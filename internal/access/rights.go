package access

import "slices"

// rule is what a right asks for.
type rule struct {
	roles  []Role
	wide   bool // about no trial: only what is granted on all trials counts
	person bool // never a machine's: what a person answers for
}

// rules is the table from rights to roles. A right that is not in it nobody has.
var rules = map[Right]rule{
	SeeTrials:     {roles: []Role{Viewer, Coordinator, Investigator, RuleAuthor, Admin}},
	SeeCandidates: {roles: []Role{Viewer, Coordinator, Investigator}},
	Decide:        {roles: []Role{Coordinator, Investigator}},
	Confirm:       {roles: []Role{Investigator}, person: true},
	SeeRecords:    {roles: []Role{Coordinator, Investigator}, wide: true},
	SendRecords:   {roles: []Role{Admin}, wide: true},
	Evaluate:      {roles: []Role{Coordinator}},
	EraseRecords:  {roles: []Role{Admin}, wide: true},
	WriteRules:    {roles: []Role{RuleAuthor}},
	ApproveRules:  {roles: []Role{RuleAuthor}, person: true},
	Run:           {roles: []Role{Coordinator}},
	SeeAudit:      {roles: []Role{Auditor}, wide: true},
	Administer:    {roles: []Role{Admin}, wide: true, person: true},
}

// Roles gives all roles.
func Roles() []Role { return []Role{Viewer, Coordinator, Investigator, RuleAuthor, Admin, Auditor} }

// Rights gives the rights that a token can hold, in alphabetical order.
func Rights() []Right {
	var out []Right
	for right, r := range rules {
		if !r.person {
			out = append(out, right)
		}
	}
	slices.Sort(out)
	return out
}

func may(c Caller, right Right, trial string) bool {
	switch right {
	case Anybody:
		return true
	case SignedIn:
		return c.ID != ""
	}
	r, ok := rules[right]
	if !ok || c.ID == "" {
		return false
	}
	if r.wide {
		trial = ""
	}
	if c.Token {
		return !r.person && slices.Contains(c.Scopes, right) && (len(c.Trials) == 0 || trial != "" && slices.Contains(c.Trials, trial))
	}
	return slices.ContainsFunc(c.Grants, func(g Grant) bool { return g.gives(r, trial) })
}

// gives tells whether a grant holds on a trial, and its role has the right.
func (g Grant) gives(r rule, trial string) bool {
	return (g.Trial == "" || g.Trial == trial) && slices.Contains(r.roles, g.Role)
}

func mayAnywhere(c Caller, right Right) bool {
	if may(c, right, "") {
		return true
	}
	trials := slices.Clone(c.Trials)
	for _, g := range c.Grants {
		trials = append(trials, g.Trial)
	}
	return slices.ContainsFunc(trials, func(trial string) bool { return may(c, right, trial) })
}

// As names what gives a caller a right on a trial, for the audit log: a role, "token", or nothing.
func (c Caller) As(right Right, trial string) string {
	switch {
	case !c.May(right, trial) || c.ID == "":
		return ""
	case c.Token:
		return "token"
	}
	for _, g := range c.Grants {
		if r := rules[right]; g.gives(r, trial) && (!r.wide || g.Trial == "") {
			return string(g.Role)
		}
	}
	return ""
}
