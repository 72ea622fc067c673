// Package access says who may do what: users, their roles per trial, tokens of machines with their scopes, and the one table
// from rights to roles. Whatever is not in the table is refused.
package access

// Right is something that a caller may be allowed to do.
type Right string

// The rights. Every route of the server names one.
const (
	Anybody       Right = "anybody"        // no login: health, login itself, the capability statement
	SignedIn      Right = "signed in"      // whoever is logged in: about oneself
	SeeTrials     Right = "see trials"     // trials, funnels, totals: no patient
	SeeCandidates Right = "see candidates" // lists, sheets, evidence, flips, decisions, logs of a trial
	Decide        Right = "decide"         // record decisions
	Confirm       Right = "confirm"        // decisions that an investigator makes: enrolled, screen failure
	SeeRecords    Right = "see records"    // FHIR resources as stored
	SendRecords   Right = "send records"   // write FHIR resources
	Evaluate      Right = "evaluate"       // $evaluate: nothing is kept
	EraseRecords  Right = "erase"          // DELETE of a Patient
	WriteRules    Right = "write rules"    // drafts, preview
	ApproveRules  Right = "approve rules"  // of somebody else's draft; retire
	Run           Right = "run"            // runs and their replay
	SeeAudit      Right = "see audit"
	Administer    Right = "administer" // users, tokens
)

// Role is what a person is on a trial, or on all.
type Role string

// The roles.
const (
	Viewer       Role = "viewer"
	Coordinator  Role = "coordinator"
	Investigator Role = "investigator"
	RuleAuthor   Role = "rule author"
	Admin        Role = "admin"
	Auditor      Role = "auditor"
)

// Grant is a role on one trial; on all with Trial "".
type Grant struct {
	Role  Role   `json:"role"`
	Trial string `json:"trial,omitempty"`
}

// Caller is who a request comes from. The zero one is nobody.
type Caller struct {
	ID     string // of the user or token
	Name   string // of the user or token, for logs of people's decisions
	Token  bool
	Grants []Grant  // of a user
	Scopes []Right  // of a token: exactly these, on Trials
	Trials []string // that a token is for; none for all
	Source string   // the feed that a token's records belong to
}

// May tells whether a caller has a right on a trial; with trial "" on all trials, or a right that is about none.
func (c Caller) May(right Right, trial string) bool { return may(c, right, trial) }

// MayAnywhere tells whether a caller has a right on some trial: what is listed is then held against May one by one.
func (c Caller) MayAnywhere(right Right) bool { return mayAnywhere(c, right) }
