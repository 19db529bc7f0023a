package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/monitor"
	"svodka/internal/notices"
	"svodka/internal/notify"
	"svodka/internal/picture"
	"svodka/internal/secretfile"
	"svodka/internal/words"
)

var notifyCommand = command{
	name:  "notify",
	args:  "[ADDRESS [TEXT]] [--digest [--picture FILE]]",
	short: "try the channels of reminders and of the digest",
	long: `
Sends TEXT, or a greeting, to an address as it stands in «Сотрудники» or
«Параметры»: the number of a Telegram chat or an e-mail. "rooms" is everything in
SVODKA_DIGEST_URLS.

  --digest         send the directors' digest as of the last sync; without an address
                   print it and say whom it goes to
  --picture FILE   put the picture of the digest into FILE besides, a PNG

What is sent here does not count: whoever is due gets theirs all the same.
svodka run reminds those who have not reported after the deadline, and sends the
digest at the time set in «Параметры», through these channels; to Telegram and by
mail it goes with a picture, unless ops switch that off:

  SVODKA_NOTIFY_URLS   for people, with {address} where theirs belongs; one for
                       chats and one for e-mail
  SVODKA_DIGEST_URLS   where else the digest goes: complete URLs

  telegram://TOKEN@telegram?chats={address}
  smtp://USER:PASSWORD@HOST:587/?from=MAIL&to={address}
  slack://xoxb:TOKEN@{address}
  generic+https://HOST/PATH?to={address}&template=json

The token of a bot comes from @BotFather; a person must write to the bot before it
may write to them. Special characters in a password are written as %40 (@), %2F (/)
and the like. URLs are those of the library shoutrrr. Several are separated by
spaces or lines; they hold passwords, so …_FILE may name a file to read them from.
`,
	run: runNotify,
}

func runNotify(a *app, ctx context.Context, fs *flag.FlagSet, args []string) error {
	digest := fs.Bool("digest", false, "")
	file := fs.String("picture", "", "")
	rest, err := parse(fs, args, 0, 2)
	if err != nil {
		return err
	}
	if !*digest && len(rest) == 0 || *digest && len(rest) == 2 {
		return usagef("notify: name an address, and with it a text or --digest (see: svodka notify --help)")
	}
	if *file != "" && !*digest {
		return usagef("notify: --picture is the picture of --digest (see: svodka notify --help)")
	}
	s, err := a.settings()
	if err != nil {
		return err
	}
	n, err := a.notifier(s)
	if err != nil {
		return err
	}
	m := notify.Message{
		Title: s.Language.T("Сводка: проверка связи", "Svodka: a test"),
		Text: s.Language.T("Здравствуйте! Это проверка: сюда будут приходить напоминания об отчёте.",
			"Hello! This is a test: reminders of reports will come here."),
	}
	if len(rest) == 2 {
		m.Text = rest[1]
	}
	if *digest {
		var dep *department.Department
		if m, dep, err = a.digest(ctx, *file); err != nil {
			return err
		}
		if len(rest) == 0 {
			fmt.Fprintf(a.stdout, "%s\n\n(%s)\n", m.Text, digestPlan(dep, n, s.Language))
			return nil
		}
	}
	to := rest[:1]
	if rest[0] == "rooms" {
		if to = n.Rooms(); len(to) == 0 {
			return errors.New("notify: there are no rooms (set SVODKA_DIGEST_URLS)")
		}
	}
	var errs []error
	for _, address := range to {
		if n.Way(address) == "" {
			return fmt.Errorf("notify: %w", notify.ErrNoChannel)
		}
		if err := n.Send(ctx, address, m); err != nil {
			errs = append(errs, fmt.Errorf("notify: %w%s", err, sendHint(err)))
			continue
		}
		fmt.Fprintf(a.stdout, "sent by %s\n", n.Way(address))
	}
	return errors.Join(errs...)
}

// digest returns the directors' digest as of the last sync. If file is not empty, it also
// writes the picture there.
func (a *app) digest(ctx context.Context, file string) (notify.Message, *department.Department, error) {
	x, err := a.open(ctx, ledgerOnly)
	if err != nil {
		return notify.Message{}, nil, err
	}
	d, err := x.worker.Digest(ctx)
	var dep *department.Department
	if err == nil {
		dep, err = x.worker.Department(ctx)
	}
	if err = errors.Join(err, x.close()); err != nil {
		return notify.Message{}, nil, err
	}
	m, err := notices.DigestMessage(dep.Settings, d)
	if err != nil {
		return notify.Message{}, nil, err
	}
	if file != "" {
		b, err := picture.Draw(d.Glance) // even if ops want no picture
		if err == nil {
			err = os.WriteFile(file, b, 0o600)
		}
		if err != nil {
			return notify.Message{}, nil, fmt.Errorf("notify: the picture of the digest: %w", err)
		}
	}
	return m, dep, nil
}

// sendHint returns what to do about a common error.
func sendHint(err error) string {
	for said, hint := range map[string]string{
		"chat not found": "the address is no chat of this bot: the person must write to the bot first, and " +
			"@userinfobot tells them their number",
		"initiate conversation": "the person must write to the bot first",
		"blocked by the user":   "the person has blocked the bot",
		"Unauthorized":          "the bot's token is not valid: @BotFather tells it",
		"error authenticating":  "the mail server refuses the user or the password",
	} {
		if strings.Contains(err.Error(), said) {
			return " (" + hint + ")"
		}
	}
	return ""
}

// digestPlan says when the digest is sent, and to how many. The language is that of the
// spreadsheets.
func digestPlan(dep *department.Department, n *notify.Notifier, lang words.Lang) string {
	at, set := dep.Settings.DigestAt, lang.T("«Параметры»", "“Settings”")
	if at == 0 {
		return "the digest is switched off in " + set
	}
	to := notices.DigestTo(dep, n)
	address := words.Noun{EN: "address", ENs: "addresses"}
	leads := ""
	if n := len(notices.TeamDigestTo(dep, n)); n > 0 {
		leads = fmt.Sprintf("; those of teams to %d %s of leads", n, address.Form(n, words.EN))
	}
	if len(to) == 0 && leads == "" {
		return "the digest goes to nobody: type addresses in " + set + ", or set SVODKA_NOTIFY_URLS or " +
			"SVODKA_DIGEST_URLS"
	}
	return fmt.Sprintf("the digest goes to %d %s at %s on working days%s", len(to), address.Form(len(to), words.EN),
		words.Clock(at), leads)
}

// channels returns the URLs of the channels, from the settings or the files that they
// name. They are secrets.
func (s settings) channels() (o notify.Options, err error) {
	var errs []error
	for _, v := range []struct {
		name, value, file string
		to                *[]string
	}{
		{"SVODKA_NOTIFY_URLS", s.NotifyURLs, s.NotifyFile, &o.People},
		{"SVODKA_DIGEST_URLS", s.DigestURLs, s.DigestFile, &o.Rooms},
	} {
		if v.value != "" && v.file != "" {
			errs = append(errs, fmt.Errorf("both %s and %s_FILE are set (unset one)", v.name, v.name))
		}
		if v.file != "" {
			var err error
			if v.value, err = secretfile.Read(v.file); err != nil {
				errs = append(errs, fmt.Errorf("%s_FILE: %w", v.name, err))
			}
		}
		for _, u := range strings.Fields(v.value) {
			*v.to = append(*v.to, secretfile.Unquote(u))
		}
	}
	return o, errors.Join(errs...)
}

// checkChannels returns what is wrong with the channels, without showing them.
func (s settings) checkChannels() []error {
	o, err := s.channels()
	_, wrong := notify.New(o)
	var errs []error
	if err = errors.Join(err, wrong); err != nil {
		for _, e := range flatten(err) {
			errs = append(errs, fmt.Errorf("settings: %w", e))
		}
	}
	return errs
}

// notifier returns the Notifier for the settings.
func (a *app) notifier(s settings) (*notify.Notifier, error) {
	o, err := s.channels()
	if err != nil {
		return nil, err
	}
	o.Now, o.Sleep = a.now, sleep
	return notify.New(o)
}

// noticing returns a job that sends notices.
func (x *session) noticing(m *monitor.Monitor, job string, n *notify.Notifier,
	send func(context.Context, notices.Notifier) (notices.Result, error)) func(context.Context) error {
	return func(ctx context.Context) error {
		return x.work(ctx, func() error {
			out, err := send(ctx, n)
			m.Notices(job, out.Sent, len(out.Failures))
			if out.Sent > 0 {
				x.say("%s: %d sent", job, out.Sent)
			}
			if err = errors.Join(append(out.Failures, err)...); err != nil {
				return quiet{err}
			}
			return nil
		})
	}
}

// showChannels prints whom the channels reach.
func (x *session) showChannels(ctx context.Context) error {
	n, err := x.notifier(x.settings)
	if err != nil {
		return err
	}
	dep, err := x.worker.Department(ctx)
	if err != nil {
		return err
	}
	people, rooms := n.Channels()
	if len(people)+len(rooms) == 0 {
		fmt.Fprintln(x.stdout,
			"notifications: none (set SVODKA_NOTIFY_URLS to have people reminded; see: svodka notify --help)")
		return nil
	}
	if len(people) > 0 {
		today := calendar.FromTime(x.now().In(dep.Settings.Zone))
		reached, due := 0, 0
		var lost []string
		for _, p := range dep.People {
			switch {
			case !p.Employed(today) || p.Notify == department.NoNotify:
			case n.Way(p.Address()) != "":
				due, reached = due+1, reached+1
			default:
				due++
				lost = append(lost, p.Name)
			}
		}
		fmt.Fprintf(x.stdout, "notifications: by %s; %d of %s can be reminded%s\n", strings.Join(people, " and "),
			reached, count(due, "person"), few(lost))
	}
	fmt.Fprintln(x.stdout, "notifications: "+digestPlan(dep, n, x.settings.Language))
	return nil
}

// few names people who cannot be reached, or the first of them.
func few(names []string) string {
	const most = 3
	switch n := len(names); {
	case n == 0:
		return ""
	case n <= most:
		return " (not: " + strings.Join(names, ", ") + ")"
	default:
		return fmt.Sprintf(" (not: %s and %d more)", strings.Join(names[:most], ", "), n-most)
	}
}
