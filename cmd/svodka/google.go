package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"svodka/internal/google"
	"svodka/internal/google/access"
	"svodka/internal/lazyregexp"
	"svodka/internal/quotas"
)

// The backends.
const (
	backendLocal  = "local"
	backendGoogle = "google"
)

// finishGoogle fills in the settings for Google that are empty, and returns what is wrong
// in them. It reads no file: access.Open does. It checks limits only if they were
// readable.
func (s *settings) finishGoogle(readable bool) []error {
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf("settings: "+format, args...)) }
	s.GoogleKeys, s.GoogleSubjects = trimmed(s.GoogleKeys), trimmed(s.GoogleSubjects)
	hasKeys, hasClient := len(s.GoogleKeys) > 0, s.GoogleClient != ""
	meant := ""
	for _, v := range []struct {
		name string
		set  bool
	}{{"SUBJECTS", len(s.GoogleSubjects) > 0}, {"WAY", s.GoogleWay != ""}, {"FOLDER", s.GoogleFolder != ""}, {
		"TOKEN_FILE", s.GoogleToken != ""}} {
		if v.set && meant == "" {
			meant = "SVODKA_GOOGLE_" + v.name
		}
	}
	switch {
	case s.Backend == "" && (hasKeys || hasClient):
		s.Backend = backendGoogle
	case s.Backend == "" && meant != "":
		wrong("%s is set, but no key and no client: set SVODKA_GOOGLE_KEY_FILES or SVODKA_GOOGLE_CLIENT_FILE (or "+
			"SVODKA_BACKEND=local, to do without Google)", meant)
	case s.Backend == "":
		s.Backend = backendLocal
	case s.Backend != backendLocal && s.Backend != backendGoogle:
		wrong("SVODKA_BACKEND is %q (it must be local or google)", s.Backend)
	case s.Backend == backendGoogle && !hasKeys && !hasClient:
		wrong("SVODKA_BACKEND is google, but no key and no client is set: set SVODKA_GOOGLE_KEY_FILES (a service " +
			"account) or SVODKA_GOOGLE_CLIENT_FILE (a Google user, who consents by svodka auth login)")
	}
	if s.GoogleWay == "" && s.Backend == backendGoogle {
		switch {
		case hasKeys && hasClient:
			wrong("both SVODKA_GOOGLE_KEY_FILES and SVODKA_GOOGLE_CLIENT_FILE are set (unset one, or choose by " +
				"SVODKA_GOOGLE_WAY: service-account, delegation or consent)")
		case hasKeys && len(s.GoogleSubjects) > 0:
			s.GoogleWay = access.Delegation
		case hasKeys:
			s.GoogleWay = access.ServiceAccount
		default:
			s.GoogleWay = access.Consent
		}
	}
	if s.GoogleWay != "" && !slices.Contains([]access.Way{access.ServiceAccount, access.Delegation, access.Consent},
		s.GoogleWay) {
		wrong("SVODKA_GOOGLE_WAY is %q (it must be service-account, delegation or consent)", s.GoogleWay)
	}
	s.GoogleToken = cmp.Or(s.GoogleToken, s.path("token.json"))
	if s.GoogleFolder != "" {
		id := folderID(s.GoogleFolder)
		if id == "" {
			wrong("SVODKA_GOOGLE_FOLDER is %q (open the folder in the browser and copy its address, or the last "+
				"part of it)", s.GoogleFolder)
		}
		s.GoogleFolder = id
	}
	if readable && (s.GoogleUserLimit < 1 || s.GoogleAllLimit < 1) {
		wrong("SVODKA_GOOGLE_USER_PER_MINUTE is %d and SVODKA_GOOGLE_PROJECT_PER_MINUTE is %d (both must be 1 or more)",
			s.GoogleUserLimit, s.GoogleAllLimit)
	}
	if s.GoogleEndpoint != "" {
		u, err := url.Parse(s.GoogleEndpoint)
		if err != nil || u.Scheme != "http" || u.Path != "" && u.Path != "/" || u.User != nil ||
			loopback(u.Host) != nil {
			wrong("SVODKA_GOOGLE_ENDPOINT is %q (it must be an address of this machine alone, such as "+
				"http://127.0.0.1:8090: tokens are sent there)", s.GoogleEndpoint)
		}
	}
	return errs
}

// trimmed drops empty items of a list in the settings, and the spaces around the others.
func trimmed(list []string) []string {
	var out []string
	for _, s := range list {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

var idPattern = lazyregexp.New(`^[A-Za-z0-9_-]{5,}$`)

// folderID accepts a folder's id, or its address in the browser.
func folderID(s string) string {
	s = strings.TrimSpace(s)
	if u, err := url.Parse(s); err == nil && u.Host != "" {
		_, s, _ = strings.Cut(u.Path, "/folders/")
		s = strings.Trim(s, "/")
	}
	if !idPattern.MatchString(s) {
		return ""
	}
	return s
}

// access returns how to sign in.
func (s settings) access() access.Config {
	return access.Config{
		Way: s.GoogleWay, KeyFiles: s.GoogleKeys, Subjects: s.GoogleSubjects, ClientFile: s.GoogleClient,
		TokenFile: s.GoogleToken,
		FolderID:  s.GoogleFolder, OthersFiles: s.GoogleOthersFiles, Endpoint: s.GoogleEndpoint,
	}
}

// limits returns limits that keep the calls within Google's quotas.
func (s settings) limits() google.Limits {
	l := google.GoogleLimits()
	of := func(n int) google.Quota { return google.Quota{PerMinute: n, Burst: (n + 1) / 2} }
	l.User.Reads, l.User.Writes = of(s.GoogleUserLimit), of(s.GoogleUserLimit)
	l.Project.Reads, l.Project.Writes = of(s.GoogleAllLimit), of(s.GoogleAllLimit)
	return l
}

// openGoogle signs in to Google. It makes no call.
func (a *app) openGoogle(ctx context.Context, s settings) (*backend, error) {
	ids, err := access.Open(s.access())
	if err != nil {
		return nil, fmt.Errorf("access: %w", err)
	}
	b := &backend{base: googleDocs, google: true, accounts: len(ids)}
	o := google.Options{
		Identities: ids, FolderID: s.GoogleFolder, Limits: s.limits(), Endpoint: s.GoogleEndpoint,
		Log: a.logger(s), Now: a.now, Sleep: a.pause, Observe: a.observe, MayWrite: b.mayWrite,
	}
	address, err := s.database()
	if err != nil {
		return nil, err
	}
	if address != "" { // others may work with the same accounts
		counted := a.quotas
		if counted == nil {
			if counted, err = quotas.Open(ctx, address, connections); err != nil {
				return nil, unreachable(err)
			}
			b.quotas = counted
		}
		o.Shared = counted.Of(quotas.Options{Department: s.DatabaseSchema, Limits: sharedLimits(o.Limits)})
	}
	if b.client, err = google.New(ctx, o); err != nil {
		return nil, errors.Join(err, b.close())
	}
	return b, nil
}

// sharedLimits returns limits by class of calls.
func sharedLimits(l google.Limits) map[string]quotas.Limits {
	out := map[string]quotas.Limits{}
	l.ByClass(func(class string, user, project google.Quota) {
		out[class] = quotas.Limits{Account: quotas.Quota(user), Project: quotas.Quota(project)}
	})
	return out
}

// googleDocs is where people open Google's spreadsheets.
const googleDocs = "https://docs.google.com"

// reread is how long a changed spreadsheet is read again: Google reports changes in
// batches, minutes late.
const reread = 10 * time.Minute

// failures returns the failed steps of the access, each with where to click.
func failures(steps []google.Step) error {
	var errs []error
	for _, s := range steps {
		if s.State == google.Failed {
			errs = append(errs, stepError{s})
		}
	}
	return errors.Join(errs...)
}

// stepError is a step that failed.
type stepError struct{ google.Step }

// Error says what is missing.
func (e stepError) Error() string {
	return fmt.Sprintf("access of %s: %s: no: %v", who(e.Step), e.Name, e.Err)
}

// Hint says where to click.
func (e stepError) Hint() string { return e.Step.Hint }

func who(s google.Step) string { return cmp.Or(s.Who, "the worker's account") }

// valProved names the access that was last proved, in the ledger.
const valProved = "access.proved"

// prove checks the access before anything is made with it, once for each access, so that
// later runs cost nothing. It takes four calls for each account.
func (x *session) prove(ctx context.Context) error {
	if !x.google || x.proved {
		return nil
	}
	s := x.settings
	now := fmt.Sprintf("%s %s %s %v", s.GoogleWay, strings.Join(x.client.Identities(), ","), s.GoogleFolder,
		s.access().Scopes())
	last, err := x.ledger.Get(ctx, valProved)
	if err != nil {
		return err
	}
	if string(last) != now {
		if err := failures(x.client.CheckAccess(ctx)); err != nil {
			return err
		}
		if err := x.ledger.Set(ctx, valProved, []byte(now)); err != nil {
			return err
		}
	}
	x.proved = true
	return nil
}

// valBackend names the backend whose spreadsheets a ledger knows.
const valBackend = "backend"

// keepApart keeps the ledgers of the local Google and of Google apart: to one of them,
// the other's files in a ledger would look lost.
func (x *session) keepApart(ctx context.Context) error {
	mine := x.settings.Backend
	b, err := x.ledger.Get(ctx, valBackend)
	if err != nil {
		return err
	}
	whose := string(b)
	if whose == "" {
		files, err := x.ledger.Files(ctx)
		if err != nil {
			return err
		}
		if len(files) > 0 && mine == backendGoogle {
			whose = backendLocal // from before there was a choice
		}
	}
	switch whose {
	case mine:
		return nil
	case "":
		return x.ledger.Set(ctx, valBackend, []byte(mine))
	case backendLocal:
		return fmt.Errorf("the ledger in %s is that of the local Google (set SVODKA_DATA_DIR to another folder for "+
			"Google, or SVODKA_BACKEND=local to go on with this one)", x.settings.DataDir)
	}
	return fmt.Errorf("the ledger in %s is that of a department at Google (set SVODKA_DATA_DIR to another folder for "+
		"the local Google, or set the access to Google)", x.settings.DataDir)
}
