package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"time"

	"svodka/internal/google/access"
)

var authCommand = command{
	name:  "auth",
	args:  "login|status|logout",
	short: "let a Google user consent, say who is signed in, or forget the consent",
	long: `
login prints an address at Google, opens it if it can, and waits up to 5 minutes
for the consent. The browser must run on this machine: it comes back to
127.0.0.1. For a server without one, run svodka auth login on your own computer
with the same SVODKA_GOOGLE_ settings, and copy the token file over.

It needs SVODKA_GOOGLE_CLIENT_FILE: in the Google Cloud console, enable the Google
Sheets API and the Google Drive API, then APIs & Services, Credentials, Create
credentials, OAuth client ID, Desktop app, Download JSON. The consent is kept in
SVODKA_GOOGLE_TOKEN_FILE, which nobody else can read. Service accounts need no
login.

status asks Google who is signed in; svodka check proves more.

logout deletes the token file. Google keeps the consent on its list until it is
taken away at https://myaccount.google.com/connections.
`,
	run: runAuth,
}

// loginWithin limits how long the consent in the browser may take.
const loginWithin = 5 * time.Minute

func runAuth(a *app, ctx context.Context, fs *flag.FlagSet, args []string) error {
	rest, err := parse(fs, args, 1, 1)
	if err != nil {
		return err
	}
	do, ok := map[string]func(*app, context.Context, settings) error{"login": (*app).login, "status": (*app).status,
		"logout": (*app).logout}[rest[0]]
	if !ok {
		return usagef("auth: %q is none of login, status, logout", rest[0])
	}
	s, err := a.settings()
	if err != nil {
		return err
	}
	if s.Backend != backendGoogle {
		return errors.New("auth: no OAuth client is set (set SVODKA_GOOGLE_CLIENT_FILE; how to get one: svodka " +
			"auth --help)")
	}
	return do(a, ctx, s)
}

func (a *app) login(ctx context.Context, s settings) error {
	if s.GoogleWay != access.Consent {
		return fmt.Errorf("auth: the way to sign in is %s, which needs no login (see: svodka check)", s.GoogleWay)
	}
	ctx, cancel := context.WithTimeout(ctx, loginWithin)
	defer cancel()
	email, err := access.Login(ctx, s.access(), func(address string) error {
		_, err := fmt.Fprintf(a.stdout, "open this address in a browser of this machine, choose the account that "+
			"shall own the spreadsheets, and leave all boxes ticked:\n\n%s\n\nwaiting for the consent…\n", address)
		openBrowser(ctx, a.stdout, address)
		return err
	})
	if err != nil {
		return fmt.Errorf("auth: %w", err)
	}
	fmt.Fprintf(a.stdout, "signed in as %s; the consent is kept in %s %s\n", email, s.GoogleToken,
		a.typeable("(next: svodka check)"))
	return nil
}

func (a *app) status(ctx context.Context, s settings) error {
	b, err := a.openGoogle(ctx, s)
	if err != nil {
		return err
	}
	email, err := b.client.Who(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "signed in as %s (%s), access: %s\n", email, s.GoogleWay, s.access().Scopes()[0])
	return nil
}

func (a *app) logout(_ context.Context, s settings) error {
	err := os.Remove(s.GoogleToken)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		fmt.Fprintf(a.stdout, "nobody is signed in: there is no %s\n", s.GoogleToken)
		return nil
	case err != nil:
		return fmt.Errorf("auth: forgetting the consent: %w", err)
	}
	fmt.Fprintf(a.stdout, "signed out: %s is deleted; to take the consent away at Google too: "+
		"https://myaccount.google.com/connections\n", s.GoogleToken)
	return nil
}
