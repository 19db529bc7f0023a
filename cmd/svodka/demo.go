package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/demo"
)

var demoCommand = command{
	name:  "demo",
	args:  "[--addr 127.0.0.1:8090] [--no-browser]",
	short: "a sample department on this machine, with no account and nothing to set up",
	long: `
Makes a department of eight people with two months of figures up to today in
SVODKA_DATA_DIR, opens the director's summary in the browser, and goes on working:
what is typed into a spreadsheet shows in the summary a few seconds later. On a day
off it stands on the last working day. Started again it goes on where it was. Ctrl+C
ends it; the folder can then be deleted.

  --addr ADDR   where the local Google listens (SVODKA_LOCAL_ADDR, else
                127.0.0.1:8090; a free port if that one is taken)
  --no-browser  print the links and open nothing
`,
	run: runDemo,
}

// demoEvery is how often the demo looks for new entries.
const demoEvery = 2 * time.Second

func runDemo(a *app, ctx context.Context, fs *flag.FlagSet, args []string) (err error) {
	addr := fs.String("addr", "", "")
	noBrowser := fs.Bool("no-browser", false, "")
	if _, err := parse(fs, args, 0, 0); err != nil {
		return err
	}
	a.env = append(a.env, "SVODKA_BACKEND="+backendLocal) // whatever else is configured
	s, err := a.settings()
	if err != nil {
		return err
	}
	if *addr != "" {
		if err := loopback(*addr); err != nil {
			return usagef("demo: --addr: %v", err)
		}
		s.LocalAddr = *addr
	}
	l, err := listen(ctx, s.LocalAddr)
	if err != nil && *addr == "" {
		l, err = listen(ctx, "127.0.0.1:0")
	}
	if err != nil {
		return err
	}
	// Links lead to the real address.
	a.env = append(a.env, "SVODKA_LOCAL_ADDR="+l.Addr().String())
	zone, err := time.LoadLocation(s.Zone)
	if err != nil {
		return errors.Join(fmt.Errorf("reading SVODKA_ZONE: %w", err), l.Close())
	}
	today := calendar.FromTime(a.now().In(zone))
	behind := demo.Behind(today)
	a.standBack(behind)
	x, err := a.open(ctx, orMake)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	defer closing(&err, x.close)
	if x.server == nil {
		return errors.Join(fmt.Errorf("%s is served by another svodka, at %s (stop it, or set SVODKA_DATA_DIR to "+
			"another folder)", s.DataDir, x.base), l.Close())
	}
	served := make(chan error, 1)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() { served <- x.serve(ctx, x.settings, l) }()
	if err = demo.Stand(ctx, x.ledger, behind); err == nil {
		if behind == 0 {
			today = 0
		}
		err = a.demo(ctx, x, today, !*noBrowser)
	}
	if ctx.Err() != nil {
		err = nil // Ctrl+C is how a demo ends
	}
	stop()
	return errors.Join(err, demo.Stand(context.WithoutCancel(ctx), x.ledger, 0), <-served)
}

// standBack sets the clock back by whole days.
func (a *app) standBack(days int) {
	if now := a.now; days > 0 {
		if a.real == nil {
			a.real = now
		}
		a.now = func() time.Time { return now().AddDate(0, 0, -days) }
	}
}

// wall returns the time of the machine, whatever day a demo stands at.
func (a *app) wall() time.Time {
	if a.real != nil {
		return a.real()
	}
	return a.now()
}

// demo makes the department, or continues an existing one, and keeps working. dayOff is
// the real day if the demo uses an earlier one.
func (a *app) demo(ctx context.Context, x *session, dayOff calendar.Date, browse bool) error {
	there, err := demo.There(ctx, x.ledger)
	if err != nil {
		return err
	}
	if there {
		fmt.Fprintf(a.stdout, "the demo is in %s already, and goes on where it was (to begin anew, delete the folder)…\n",
			x.settings.DataDir)
	} else {
		fmt.Fprintln(a.stdout, "making a department of eight people with two months of figures…")
	}
	var d demo.Department
	err = x.work(ctx, func() error {
		var err error
		began := x.wall()
		d, err = demo.Make(ctx, x.worker, x.client, x.ledger, a.now().In(x.zone()))
		return errors.Join(err, x.record(ctx, began, err, bySync...))
	})
	if err != nil {
		return err
	}
	d.DayOff = dayOff
	fmt.Fprint(a.stdout, a.typeable(d.Guide()))
	if browse {
		openBrowser(ctx, a.stdout, d.Summary)
	}
	told := x.wall().Truncate(time.Minute)
	for {
		if err := sleep(ctx, demoEvery); err != nil {
			return err
		}
		err := x.work(ctx, func() error {
			began := x.wall()
			out, err := x.worker.Sync(ctx, 0)
			bad := errors.Join(err, badOf(out))
			// In each minute at once: a sync is due at a full one, and svodka status
			// would call it late.
			if minute := began.Truncate(time.Minute); bad != nil || !out.Settled || minute.After(told) {
				told = minute
				err = errors.Join(err, x.record(ctx, began, bad, bySync...))
			}
			if err == nil && !out.Settled && (out.Read > 0 || out.Made > 0 || out.Written > 0 || out.Summary) {
				fmt.Fprintf(a.stdout, "%s %s\n", a.now().Format(time.TimeOnly), outcome(out))
			}
			return errors.Join(append(out.Failures, err)...)
		})
		if err != nil && ctx.Err() == nil {
			a.complain(err)
		}
	}
}
