package access

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"

	"cloud.google.com/go/auth"
	"cloud.google.com/go/auth/credentials"

	"svodka/internal/google"
	"svodka/internal/secretfile"
)

const newKey = "in the Google Cloud console, IAM & Admin, Service Accounts, the account, Keys, Add key, JSON"

// key holds the parts of a service account's key that are not secret.
type key struct {
	ClientEmail string `json:"client_email"`
	ClientID    string `json:"client_id"`
	ProjectID   string `json:"project_id"`
}

// project returns the Google Cloud project of the account; empty: unknown.
func (k key) project() string {
	if k.ProjectID != "" {
		return k.ProjectID
	}
	_, domain, _ := strings.Cut(k.ClientEmail, "@")
	if name, ok := strings.CutSuffix(domain, ".iam.gserviceaccount.com"); ok {
		return name
	}
	return ""
}

// serviceAccounts returns an identity for each key, or for each key and subject.
func (c Config) serviceAccounts() ([]google.Identity, error) {
	switch {
	case len(c.KeyFiles) == 0:
		return nil, &Error{Problem: BadSettings, What: "no key file of a service account is set",
			Fix: "make a key " + newKey + ", and set its file"}
	case c.Way == Delegation && len(c.Subjects) == 0:
		return nil, &Error{Problem: BadSettings, What: "no user is set for the service account to act for",
			Fix: "set the e-mail of a user of the organisation, or let the service account work by itself in a " +
				"shared drive (" + string(ServiceAccount) + ")"}
	case c.Way == ServiceAccount && len(c.Subjects) > 0:
		return nil, &Error{Problem: BadSettings,
			What: "users are set for the service account to act for, but it is to work by itself",
			Fix:  "set the way to sign in to " + string(Delegation) + ", or set no users"}
	}
	subjects := c.Subjects
	if c.Way == ServiceAccount {
		subjects = []string{""}
	}
	var ids []google.Identity
	var first key // the other keys must be of its project
	for _, file := range c.KeyFiles {
		k, raw, err := readKey(file)
		if err != nil {
			return nil, err
		}
		if first.project() == "" {
			first = k
		}
		if a, b := first.project(), k.project(); b != "" && a != b {
			return nil, &Error{
				Problem: BadSettings, What: fmt.Sprintf(
					"the keys are of different Google Cloud projects: %s of %q, %s of %q. A file's app properties, "+
						"by which the worker's accounts find each other's spreadsheets and tell whose turn it is, "+
						"can be seen within one project alone", first.ClientEmail, a, k.ClientEmail, b),
				Fix: fmt.Sprintf("make the second service account in the project %q, and a key for it", a),
			}
		}
		if c.Way == ServiceAccount && c.FolderID == "" {
			return nil, &Error{
				Problem: NoFolder, What: fmt.Sprintf(
					"%s is a service account: it has no storage of its own, and no folder of a shared drive is set",
					k.ClientEmail),
				Fix: sharedDriveFix(k.ClientEmail),
			}
		}
		for _, subject := range subjects {
			creds, err := credentials.NewCredentialsFromJSON(credentials.ServiceAccount, raw,
				&credentials.DetectOptions{
					Scopes:  c.Scopes(),
					Subject: subject,
					Client:  &http.Client{Transport: c.base()},
					// A background refresh would hide its failure.
					DisableAsyncRefresh: true,
					// Otherwise an environment variable makes it log requests with their
					// secrets.
					Logger: slog.New(slog.DiscardHandler),
				})
			if err != nil {
				return nil, &Error{Problem: WrongType, What: "key file " + file + ": " + innermost(err),
					Fix: "make a new key " + newKey, Err: err}
			}
			who := account{way: c.Way, name: k.ClientEmail, subject: subject, clientID: k.ClientID, scopes: c.Scopes()}
			id := google.Identity{Name: subject, HTTP: c.client(explained{creds, who})}
			if subject == "" {
				id.Name, id.Homeless = k.ClientEmail, true
			}
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// readKey reads a key file and checks what can be checked without Google.
func readKey(file string) (key, []byte, error) {
	raw, err := read("key file", file, "make a key "+newKey)
	if err != nil {
		return key{}, nil, err
	}
	var in struct {
		kind
		key
		PrivateKey string `json:"private_key"`
	}
	if err := json.Unmarshal(raw, &in); err != nil {
		return key{}, nil, notJSON("key file", file,
			"make a key "+newKey+", and leave the file as it was downloaded", err)
	}
	if in.Type != "service_account" {
		return key{}, nil, &Error{
			Problem: WrongType, What: fmt.Sprintf("key file %s: it is %s, not a service account's key", file, in.kind),
			Fix: "make a key " + newKey,
		}
	}
	if err := checkKey(in.PrivateKey); err != nil || in.ClientEmail == "" {
		return key{}, nil, &Error{
			Problem: BadKey, What: fmt.Sprintf("key file %s: its e-mail or private key is missing or damaged", file),
			Fix: "make a new key " + newKey + ", and leave the file as it was downloaded", Err: err,
		}
	}
	return in.key, raw, nil
}

func checkKey(s string) error {
	block, _ := pem.Decode([]byte(s))
	if block == nil {
		return errors.New("the private key is not PEM")
	}
	_, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err == nil {
		return nil
	}
	if _, err1 := x509.ParsePKCS1PrivateKey(block.Bytes); err1 == nil {
		return nil
	}
	return err
}

// kind tells apart the JSON files that Google's consoles offer.
type kind struct {
	Type      string          `json:"type"`
	Installed json.RawMessage `json:"installed"`
	Web       json.RawMessage `json:"web"`
	Refresh   json.RawMessage `json:"refresh_token"`
}

func (k kind) String() string {
	switch {
	case k.Installed != nil:
		return "an OAuth client of type Desktop app"
	case k.Web != nil:
		return "an OAuth client of type Web application"
	case k.Type == "service_account":
		return "a service account's key"
	case k.Type == "authorized_user":
		return "a user's credentials made by gcloud"
	case k.Refresh != nil:
		return "a token file made by svodka auth login"
	case k.Type != "":
		return fmt.Sprintf("credentials of type %q", k.Type)
	}
	return "something else"
}

func read(what, file, fix string) ([]byte, error) {
	if file == "" {
		return nil, &Error{Problem: BadSettings, What: "no " + what + " is set", Fix: fix + ", and set its file"}
	}
	text, err := secretfile.Read(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, &Error{Problem: NoFile, What: fmt.Sprintf("%s %s: there is no such file", what, file), Fix: fix,
			Err: err}
	case err != nil:
		return nil, &Error{Problem: NoFile, What: fmt.Sprintf("%s %s: %s", what, file, innermost(err)),
			Fix: "let the worker's user read it", Err: err}
	}
	return []byte(text), nil
}

// notJSON leaves the cause out of its message: the cause may quote the file.
func notJSON(what, file, fix string, err error) error {
	return &Error{Problem: NotJSON, What: fmt.Sprintf("%s %s: it is not the JSON that Google gives", what, file),
		Fix: fix, Err: err}
}

// explained fetches tokens and explains failures.
type explained struct {
	tokens auth.TokenProvider
	who    account
}

// Token implements auth.TokenProvider.
func (e explained) Token(ctx context.Context) (*auth.Token, error) {
	t, err := e.tokens.Token(ctx)
	if err == nil {
		return t, nil
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return nil, e.who.explain(err)
}
