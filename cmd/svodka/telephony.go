package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/callfigures"
	"svodka/internal/calls"
	"svodka/internal/jobs"
	"svodka/internal/secretfile"
	"svodka/internal/telephony"
)

// skorozvonSet reports whether anything of Скорозвон is configured.
func (s settings) skorozvonSet() bool {
	return cmp.Or(s.SkorozvonUsername, s.SkorozvonKey, s.SkorozvonKeyFile, s.SkorozvonClient, s.SkorozvonSecret,
		s.SkorozvonSecretFile) != ""
}

// skorozvonOptions returns the account's options; its error reports everything that is
// missing, and holds no secret.
func (s settings) skorozvonOptions() (telephony.SkorozvonOptions, error) {
	o := telephony.SkorozvonOptions{URL: s.SkorozvonURL, Username: s.SkorozvonUsername, ClientID: s.SkorozvonClient}
	var errs []error
	need := func(name, value string) {
		if value == "" {
			errs = append(errs, fmt.Errorf("settings: SVODKA_SKOROZVON_%s is not set (all of USERNAME, API_KEY, "+
				"CLIENT_ID and CLIENT_SECRET are needed)", name))
		}
	}
	secret := func(name, value, file string) string {
		if file == "" {
			need(name, value)
			return value
		}
		if value != "" {
			errs = append(errs, fmt.Errorf("settings: both SVODKA_SKOROZVON_%s and SVODKA_SKOROZVON_%s_FILE are "+
				"set (keep one)", name, name))
		}
		value, err := secretfile.Read(file)
		if err != nil {
			errs = append(errs, fmt.Errorf("settings: SVODKA_SKOROZVON_%s_FILE: %w", name, err))
			return ""
		}
		if value == "" {
			errs = append(errs, fmt.Errorf("settings: SVODKA_SKOROZVON_%s_FILE: %s is empty", name, file))
		}
		return value
	}
	need("USERNAME", s.SkorozvonUsername)
	need("CLIENT_ID", s.SkorozvonClient)
	o.APIKey = secret("API_KEY", s.SkorozvonKey, s.SkorozvonKeyFile)
	o.ClientSecret = secret("CLIENT_SECRET", s.SkorozvonSecret, s.SkorozvonSecretFile)
	u, err := url.Parse(s.SkorozvonURL)
	if err != nil || u.Host == "" || u.Scheme != "https" && loopback(u.Host) != nil {
		errs = append(errs, fmt.Errorf("settings: SVODKA_SKOROZVON_URL is no https address (write for example "+
			"https://app.skorozvon.ru)"))
	}
	return o, errors.Join(errs...)
}

// checkSkorozvon checks the settings of Скорозвон, if there are any.
func (s settings) checkSkorozvon() []error {
	if !s.skorozvonSet() {
		return nil
	}
	_, err := s.skorozvonOptions()
	return flatten(err)
}

// skorozvon returns a client for the account.
func (a *app) skorozvon(s settings) (*telephony.Skorozvon, error) {
	if !s.skorozvonSet() {
		return nil, fmt.Errorf("%s is not set up (set SVODKA_SKOROZVON_USERNAME, _API_KEY, _CLIENT_ID and "+
			"_CLIENT_SECRET)", calls.Skorozvon.Title())
	}
	o, err := s.skorozvonOptions()
	if err != nil {
		return nil, err
	}
	o.Now, o.Sleep = a.now, sleep
	if a.sleep != nil {
		o.Sleep = a.sleep
	}
	o.HTTP = &http.Client{Timeout: 2 * time.Minute}
	return telephony.NewSkorozvon(o), nil
}

// pullCalls imports the calls that Скорозвон has.
func pullCalls(a *app, ctx context.Context, since dateFlag) error {
	s, err := a.settings()
	if err != nil {
		return err
	}
	client, err := a.skorozvon(s)
	if err != nil {
		return err
	}
	// Let others run in between, such as svodka run, which then syncs.
	for {
		var got callfigures.Pulled
		err := a.byHand(ctx, func(ctx context.Context, x *session) (bad, err error) {
			got, err = x.pull(ctx, client, since.Date)
			return err, err
		}, jobs.Calls)
		if err != nil {
			return err
		}
		fmt.Fprintln(a.stdout, "calls: "+callsImported(s.Language, got.Stored, client.Source().Title(), false))
		if !got.More {
			return nil
		}
		since.Date = 0
		if err := a.pause(ctx, telephony.ReportGap); err != nil {
			return err
		}
	}
}

// pull asks a telephony for its calls, since a day or, without one, since the last pull.
func (x *session) pull(ctx context.Context, from callfigures.Telephony, since calendar.Date) (callfigures.Pulled,
	error) {
	im, err := x.worker.Imports(ctx)
	if err != nil {
		return callfigures.Pulled{}, err
	}
	return im.Calls.Pull(ctx, from, since)
}

// pulling returns a job that pulls calls.
func (x *session) pulling(client *telephony.Skorozvon) func(context.Context) error {
	return func(ctx context.Context) error {
		return x.work(ctx, func() error {
			got, err := x.pull(ctx, client, 0)
			if err != nil {
				return quiet{err}
			}
			rest := ""
			if got.More {
				rest = fmt.Sprintf(", up to %s; the next run goes on",
					got.Through.In(x.zone()).Format("2006-01-02 15:04"))
			}
			if n := got.New + got.Changed; n > 0 || got.More {
				x.say("calls: %d new, %d changed%s", got.New, got.Changed, rest)
			}
			return nil
		})
	}
}
