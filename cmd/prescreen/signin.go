package main

import (
	"cmp"
	"os"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/spf13/pflag"

	"prescreen/internal/access"
	"prescreen/internal/server"
)

// issuer is what is said of the server of the house that signs people in.
type issuer struct{ url, clientID, secretFile, groupsFile string }

func (i *issuer) flags(f *pflag.FlagSet) {
	f.StringVar(&i.url, "oidc-issuer", "", "address of the OpenID Connect issuer of the house, by which people sign in; needs --url")
	f.StringVar(&i.clientID, "oidc-client-id", "", "id of this server at the issuer")
	f.StringVar(&i.secretFile, "oidc-client-secret-file", "", "file with the secret of this server at the issuer; none for a public client")
	f.StringVar(&i.groupsFile, "oidc-groups", "", "YAML or JSON file with the roles of each of the issuer's groups")
}

// signIn prepares signing in by the issuer; nil where none is named.
func (i *issuer) signIn(keeper *access.Keeper, publicURL string) (*access.OIDC, error) {
	if i.url == "" {
		if cmp.Or(i.clientID, i.secretFile, i.groupsFile) != "" {
			return nil, wrongUsage("name the issuer that people sign in by, with --oidc-issuer")
		}
		return nil, nil
	}
	if publicURL == "" {
		return nil, wrongUsage("say with --url under which address browsers reach this server: the issuer sends people back there")
	}
	groups, err := i.groups()
	if err != nil {
		return nil, err
	}
	secret, err := i.secret()
	if err != nil {
		return nil, err
	}
	made, err := keeper.OIDC(access.Issuer{
		URL: i.url, ClientID: i.clientID, ClientSecret: secret, Redirect: strings.TrimSuffix(publicURL, "/") + server.SignedInPath, Groups: groups,
	})
	if err != nil {
		return nil, wrongUsage("--oidc-issuer, --oidc-client-id, --oidc-groups: %w", err)
	}
	return made, nil
}

func (i *issuer) secret() (string, error) {
	if i.secretFile == "" {
		return "", nil
	}
	text, err := os.ReadFile(i.secretFile)
	secret := strings.TrimSpace(string(text))
	if err != nil || secret == "" {
		return "", wrongUsage("--oidc-client-secret-file %s: the file cannot be read, or is empty", i.secretFile)
	}
	return secret, nil
}

// groups reads what roles each group has. JSON is YAML too.
func (i *issuer) groups() (map[string][]access.Grant, error) {
	if i.groupsFile == "" {
		return nil, wrongUsage("name with --oidc-groups the file that gives the issuer's groups their roles: without it nobody could sign in")
	}
	text, err := os.ReadFile(i.groupsFile)
	if err != nil {
		return nil, wrongUsage("--oidc-groups: %w", err)
	}
	var read map[string][]struct {
		Role  access.Role `yaml:"role"`
		Trial string      `yaml:"trial"`
	}
	if err := yaml.UnmarshalWithOptions(text, &read, yaml.Strict()); err != nil || len(read) == 0 {
		return nil, wrongUsage(`--oidc-groups %s: write for each group a list of roles, as in "oncology: [{role: coordinator, trial: T-1}]"; without trial a role holds on all`, i.groupsFile)
	}
	groups := map[string][]access.Grant{}
	for name, grants := range read {
		for _, g := range grants {
			groups[name] = append(groups[name], access.Grant(g))
		}
	}
	return groups, nil
}
