package worker

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/control"
	"svodka/internal/department"
	"svodka/internal/ledger"
	"svodka/internal/notify"
	"svodka/internal/planfact"
	"svodka/internal/report"
	"svodka/internal/summary"
)

// Notifier sends messages to people outside the spreadsheets.
type Notifier interface {
	// Way names the channel that leads to an address; empty: none does.
	Way(address string) string
	// Rooms are addresses of which everybody who is to see the digest reads one.
	Rooms() []string
	// Send sends a message. notify.ErrUnsure means that it may have arrived, any
	// other error that it did not; notify.ErrDown, that no other would either.
	Send(ctx context.Context, address, title, text string) error
}

// Kinds of notices in the ledger.
const (
	noticeBefore  = "before"  // a reminder ahead of the deadline
	noticeMissing = "missing" // a reminder after it
	noticeDigest  = "digest"
)

const (
	// reminderDelay is left after the deadline for what was typed in the last
	// minutes: Google tells of it late.
	reminderDelay = 10 * time.Minute
	// noticeWindow is how long after its time a notice is still sent. What was
	// missed by more is not made up for: nobody wants it at night.
	noticeWindow = 3 * time.Hour
	// noticeTries is how often a notice is tried that did not arrive.
	noticeTries = 3
	// noticeBreak is how many failures in a row show that it is not people's
	// addresses but the channel that is at fault: the rest waits for the next run.
	noticeBreak = 5
)

// Notices is what was sent.
type Notices struct {
	Sent int
	// Failures say what did not arrive, without names and addresses.
	Failures []error
}

// window is from when until when since midnight something is sent.
type window struct{ from, to time.Duration }

func (w window) has(since time.Duration) bool { return w.from <= since && since < w.to }

// opening is the window of what is due at a time of the day.
func opening(at time.Duration) window { return window{at, min(at+noticeWindow, 24*time.Hour)} }

// reminderKind tells which reminder is to be sent at a time of a working day;
// empty: none.
func reminderKind(set department.Settings, since time.Duration) string {
	late := set.Deadline + reminderDelay
	if late >= 24*time.Hour-reminderDelay {
		late = set.Deadline
	}
	switch {
	case !set.Remind:
	case opening(late).has(since):
		return noticeMissing
	case set.RemindBefore > 0 && (window{max(0, set.Deadline-set.RemindBefore), set.Deadline}).has(since):
		return noticeBefore
	}
	return ""
}

// today is a day on which somebody works and the time of it; ok is false on a day
// off for all.
func (w *Worker) today(dep *department.Department) (at planfact.AsOf, since time.Duration, ok bool) {
	at = w.at(dep, 0)
	now := w.Now().In(dep.Settings.Zone)
	since = time.Duration(now.Hour())*time.Hour + time.Duration(now.Minute())*time.Minute
	return at, since, dep.Works(at.Today)
}

// Remind reminds those who have not reported today, if it is time to, each once:
// a reminder ahead of the deadline, if ops want one, and one after it. Days off,
// absences and roles with nothing to type are left in peace.
//
// A cycle goes before, so that nobody is reminded of what is there; it is not run
// when nobody is left to be reminded. A person whose spreadsheet could not be
// read is not reminded.
func (w *Worker) Remind(ctx context.Context, n Notifier) (Notices, error) {
	list, err := w.reminders(ctx, n, false)
	if err != nil || len(list) == 0 {
		return Notices{}, err
	}
	if _, err := w.Sync(ctx, 0); err != nil {
		return Notices{}, fmt.Errorf("before reminding: %w", err)
	}
	if list, err = w.reminders(ctx, n, true); err != nil {
		return Notices{}, err
	}
	if len(list) == 0 {
		return Notices{}, nil
	}
	today := list[0].Day
	before, err := w.undelivered(ctx, today)
	if err != nil {
		return Notices{}, err
	}
	out, err := w.deliver(ctx, n, list)
	after, failed := w.undelivered(context.WithoutCancel(ctx), today)
	if failed == nil && !maps.Equal(before, after) {
		// Ops are to see it: the next cycle writes it.
		failed = w.Ledger.Set(context.WithoutCancel(ctx), valSettled, nil)
	}
	return out, errors.Join(err, failed)
}

// undeliveredDays is for how many days ops are told of a reminder that did not
// arrive.
const undeliveredDays = 14

// undelivered are the reminders that did not arrive, by person.
func (w *Worker) undelivered(ctx context.Context, today calendar.Date) (map[string]ledger.Undelivered, error) {
	return w.Ledger.Undelivered(ctx, today-undeliveredDays, noticeBefore, noticeMissing)
}

// unreached tells ops, in the row of the person, whom reminders do not reach. It
// names no address.
func (w *Worker) unreached(ctx context.Context, cfg *config, today calendar.Date) ([]control.Problem, error) {
	lost, err := w.undelivered(ctx, today)
	if err != nil || len(lost) == 0 {
		return nil, err
	}
	var out []control.Problem
	for _, p := range cfg.Department.People {
		u, ok := lost[string(p.ID)]
		row, here := cfg.RowOf(p.ID)
		if !ok || !here || p.Notify == department.NoNotify || !p.Employed(today) {
			continue
		}
		column := "notify"
		if p.Notify == "" {
			column = "email"
		}
		day := u.Day.Time().Format(w.Lang.T("02.01", "2 Jan"))
		out = append(out, control.Problem{Severity: control.Warning, Tab: control.TabPeople, Row: row, Column: column,
			Message: fmt.Sprintf(w.Lang.T("напоминание не доходит (%s): %s", "reminders do not arrive (%s): %s"), day, w.plainly(u.Problem)),
			InForce: w.Lang.T("исправьте адрес; пометка исчезнет, когда следующее напоминание дойдёт", "correct the address; this note goes when the next reminder arrives")})
	}
	return out, nil
}

// plainly is what a service said of an address, in words for ops where it is
// often met.
func (w *Worker) plainly(said string) string {
	for _, x := range []struct{ said, ru, en string }{
		{"chat not found", "такого чата у бота нет — человек должен сначала сам написать боту", "the bot has no such chat: the person must write to the bot first"},
		{"initiate conversation", "человек должен сначала сам написать боту", "the person must write to the bot first"},
		{"blocked by the user", "человек заблокировал бота", "the person has blocked the bot"},
		{"user is deactivated", "этого пользователя больше нет", "this user is no longer there"},
	} {
		if strings.Contains(said, x.said) {
			return w.Lang.T(x.ru, x.en)
		}
	}
	return said
}

// message is a notice with its words and its way.
type message struct {
	ledger.Notice
	name        string // for errors
	address     string
	title, text string
}

// reminders are the reminders due now that nobody got. With read, those whose
// spreadsheet is not read to the end are left out.
func (w *Worker) reminders(ctx context.Context, n Notifier, read bool) ([]message, error) {
	dep, err := w.Department(ctx)
	if err != nil || len(dep.People) == 0 {
		return nil, err
	}
	at, since, ok := w.today(dep)
	kind := reminderKind(dep.Settings, since)
	if !ok || kind == "" {
		return nil, nil
	}
	// The figures of the day are all that it takes.
	day := calendar.Span{From: at.Today, To: at.Today}
	facts := planfact.NewFacts(dep, day)
	if err := w.Ledger.Entries(ctx, day, facts.Add); err != nil {
		return nil, err
	}
	engine := planfact.New(dep, facts, at)
	units, err := w.units(ctx, dep, at, nobody)
	if err != nil {
		return nil, err
	}
	done, err := w.Ledger.Notices(ctx, at.Today)
	if err != nil {
		return nil, err
	}
	var out []message
	for _, u := range units {
		if u.file.ID == "" || read && (u.file.Dirty || u.file.Trouble != "") {
			continue
		}
		for _, p := range u.people {
			m := message{Notice: ledger.Notice{Day: at.Today, Kind: kind, Who: string(p.ID)}, name: "reminding " + string(p.ID), address: p.Address()}
			if !open(done, m.Notice) || n.Way(m.address) == "" {
				continue
			}
			if r, due := report.Remind(dep, engine, p, at.Today, at.Over, u.file.URL, w.Lang); due {
				m.title, m.text = r.Title, r.Text
				out = append(out, m)
			}
		}
	}
	return out, nil
}

// open tells that a notice is still to be sent.
func open(done map[ledger.Notice]ledger.NoticeRecord, n ledger.Notice) bool {
	r, known := done[n]
	return !known || r.State == ledger.NoticeFailed && r.Tries < noticeTries
}

// SendDigest sends «Главное» in words to the directors and the rooms, if it is
// time to, once on each working day. A cycle goes before.
func (w *Worker) SendDigest(ctx context.Context, n Notifier) (Notices, error) {
	list, err := w.digests(ctx, n)
	if err != nil || len(list) == 0 {
		return Notices{}, err
	}
	if _, err := w.Sync(ctx, 0); err != nil {
		return Notices{}, fmt.Errorf("before sending the digest: %w", err)
	}
	if list, err = w.digests(ctx, n); err != nil || len(list) == 0 {
		return Notices{}, err
	}
	d, err := w.Digest(ctx)
	if err != nil {
		return Notices{}, err
	}
	for i := range list {
		list[i].title, list[i].text = d.Title, d.Text
	}
	return w.deliver(ctx, n, list)
}

// digests are the digests due now that nobody got, without their words.
func (w *Worker) digests(ctx context.Context, n Notifier) ([]message, error) {
	dep, err := w.Department(ctx)
	if err != nil || len(dep.People) == 0 || dep.Settings.DigestAt == 0 {
		return nil, err
	}
	at, since, ok := w.today(dep)
	if !ok || !opening(dep.Settings.DigestAt).has(since) {
		return nil, nil
	}
	done, err := w.Ledger.Notices(ctx, at.Today)
	if err != nil {
		return nil, err
	}
	var out []message
	for _, to := range DigestTo(dep, n) {
		m := message{Notice: ledger.Notice{Day: at.Today, Kind: noticeDigest, Who: to}, name: "sending the digest", address: to}
		if open(done, m.Notice) {
			out = append(out, m)
		}
	}
	return out, nil
}

// DigestTo are the addresses that the digest goes to: what ops typed, else the
// directors, and the rooms; each once, and only where there is a way.
func DigestTo(dep *department.Department, n Notifier) []string {
	to := dep.Settings.DigestTo
	if len(to) == 0 {
		to = dep.Settings.Directors
	}
	var out []string
	for _, a := range slices.Concat(n.Rooms(), to) {
		if n.Way(a) != "" && !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	return out
}

// Digest is «Главное» in words, as of the last sync.
func (w *Worker) Digest(ctx context.Context) (summary.Message, error) {
	in, err := w.lastInput(ctx, 0)
	if err != nil {
		return summary.Message{}, err
	}
	f, _, err := w.file(ctx, ledger.Summary)
	if err != nil {
		return summary.Message{}, err
	}
	return summary.Digest(in, f.URL), nil
}

// deliver sends messages, each claimed before: if the program is killed while it
// sends, one may get lost, but none comes twice. One that fails does not stop the
// rest; a channel that does not work is left until the next run.
func (w *Worker) deliver(ctx context.Context, n Notifier, list []message) (Notices, error) {
	var out Notices
	inRow, waiting := map[string]int{}, map[string]int{} // by channel
	for _, m := range list {
		way := n.Way(m.address)
		if inRow[way] >= noticeBreak {
			waiting[way]++
			continue
		}
		if ctx.Err() != nil {
			return out, ctx.Err()
		}
		ok, err := w.Ledger.TakeNotice(ctx, m.Notice, noticeTries)
		if err != nil {
			return out, err
		}
		if !ok {
			continue // another process was faster
		}
		err = n.Send(ctx, m.address, m.title, m.text)
		inRow[way]++
		record := context.WithoutCancel(ctx)
		var kept error
		switch {
		case err == nil:
			out.Sent++
			inRow[way] = 0
			kept = w.Ledger.EndNotice(record, m.Notice, "")
		case errors.Is(err, notify.ErrUnsure): // stays taken
		case errors.Is(err, notify.ErrDown):
			inRow[way] = noticeBreak
			kept = w.Ledger.ReturnNotice(record, m.Notice, err.Error())
		default:
			kept = w.Ledger.EndNotice(record, m.Notice, err.Error())
		}
		if err != nil {
			out.Failures = append(out.Failures, fmt.Errorf("%s: %w", m.name, err))
		}
		if kept != nil {
			return out, kept
		}
	}
	for _, way := range slices.Sorted(maps.Keys(waiting)) {
		out.Failures = append(out.Failures, fmt.Errorf("%s does not work: %d more messages wait for the next run", way, waiting[way]))
	}
	return out, nil
}
