// Package notices decides who gets which message outside the spreadsheets, and when:
// reminders to report, and the director's digest.
//
// It derives what is due from the department and the figures, and sends it through the
// channels that it is given; the ledger remembers what was sent. It reads and writes no
// spreadsheet: Source brings the figures up to date first.
package notices

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
	"svodka/internal/picture"
	"svodka/internal/planfact"
	"svodka/internal/report"
	"svodka/internal/summary"
	"svodka/internal/words"
)

// Notifier sends messages to people outside the spreadsheets.
type Notifier interface {
	// Way returns the name of the channel that leads to an address; empty: none does.
	Way(address string) string
	// Rooms returns addresses that are shared by those who should see the digest.
	Rooms() []string
	// Send sends a message. notify.ErrNoPicture means that it arrived as text alone,
	// notify.ErrUnsure that it may have arrived, any other error that it did not, and
	// notify.ErrDown that no other message would arrive either.
	Send(ctx context.Context, address string, m notify.Message) error
}

// Ledger remembers what was sent, and holds the figures of a day.
type Ledger interface {
	TakeNotice(ctx context.Context, n ledger.Notice, most int) (ok bool, err error)
	EndNotice(ctx context.Context, n ledger.Notice, problem string) error
	ReturnNotice(ctx context.Context, n ledger.Notice, problem string) error
	Notices(ctx context.Context, day calendar.Date) (map[ledger.Notice]ledger.NoticeRecord, error)
	Undeliverables
	Entries(ctx context.Context, s calendar.Span, f func(department.Entry)) error
}

// Undeliverables knows which notices did not arrive.
type Undeliverables interface {
	Undelivered(ctx context.Context, since calendar.Date, kinds ...string) (map[string]ledger.Undelivered, error)
}

// Source provides what notices are made from.
type Source interface {
	// Department returns the department as it was last read; without people if it never
	// was.
	Department(ctx context.Context) (*department.Department, error)
	// Sync brings the figures and the spreadsheets up to date.
	Sync(ctx context.Context) error
	// Sheets returns the people's spreadsheets that exist.
	Sheets(ctx context.Context, dep *department.Department, at planfact.AsOf) ([]Sheet, error)
	// Digests returns a function that gives «Главное» of a team in words, as of the last
	// sync; of the whole department for an empty name.
	Digests(ctx context.Context) (func(team string) summary.Message, error)
	// TeamLinks returns the addresses of the summaries of teams, by name.
	TeamLinks(ctx context.Context, dep *department.Department) (map[string]string, error)
	// Outdate makes the next sync rewrite what ops see.
	Outdate(ctx context.Context) error
}

// Sheet is a spreadsheet and the people who report in it.
type Sheet struct {
	People []department.Person
	// Link is the address at which a person types today.
	Link   func(department.Person) (string, error)
	Unread bool // it may hold figures that are not in the ledger
}

// Result says what was sent.
type Result struct {
	Sent int
	// Failures say what did not arrive, without names or addresses.
	Failures []error
}

// Sender sends the notices that are due.
type Sender struct {
	Ledger Ledger
	Source Source
	Now    func() time.Time
	Lang   words.Lang // of reminders
}

// Kinds of notices in the ledger.
const (
	kindBefore  = "before"       // a reminder before the deadline
	kindMissing = "missing"      // a reminder after it
	kindLead    = "team-missing" // to a lead, after the deadline; Who is as of kindTeam
	kindDigest  = "digest"
	kindTeam    = "team-digest" // to a lead; Who is the id of the team and the address
)

const (
	// window is how long after its time a notice may still be sent. Later ones are
	// dropped: nobody wants them at night.
	window = 3 * time.Hour
	// mostTries limits how often an undelivered notice is tried.
	mostTries = 3
	// mostInRow is how many failures in a row show that the channel is at fault and not
	// people's addresses: the rest waits for the next run.
	mostInRow = 5
	// undeliveredDays is for how many days ops see that a reminder did not arrive.
	undeliveredDays = 14
)

// reminderDue returns which reminder to send at a time of a working day; empty: none.
func reminderDue(set department.Settings, clock time.Duration) string {
	late := set.Deadline + department.ReportAllowance
	if late >= 24*time.Hour-department.ReportAllowance {
		late = set.Deadline
	}
	switch {
	case !set.Remind:
	case isOpen(late, clock):
		return kindMissing
	case set.RemindBefore > 0 && max(0, set.Deadline-set.RemindBefore) <= clock && clock < set.Deadline:
		return kindBefore
	}
	return ""
}

// digestDue reports whether to send the digest at a time of a working day.
func digestDue(set department.Settings, clock time.Duration) bool {
	return set.DigestAt != 0 && isOpen(set.DigestAt, clock)
}

// isOpen reports whether a notice due at a time of the day may be sent at clock.
func isOpen(due, clock time.Duration) bool {
	return due <= clock && clock < min(due+window, 24*time.Hour)
}

// Remind reminds, once each, those who have not reported today, if it is time to: before
// the deadline, if ops want that, and after it. It spares people on days off and
// absences, and roles with nothing to type. After the deadline leads of teams are told
// who of theirs has not reported.
//
// It syncs first, so that nobody is reminded of a report that exists; without anybody to
// remind it does not sync. It does not remind people whose spreadsheet could not be read.
func (s Sender) Remind(ctx context.Context, n Notifier) (Result, error) {
	list, err := s.reminders(ctx, n, false)
	if err != nil || len(list) == 0 {
		return Result{}, err
	}
	if err := s.Source.Sync(ctx); err != nil {
		return Result{}, fmt.Errorf("before reminding: %w", err)
	}
	if list, err = s.reminders(ctx, n, true); err != nil || len(list) == 0 {
		return Result{}, err
	}
	today := list[0].Day
	before, err := undelivered(ctx, s.Ledger, today)
	if err != nil {
		return Result{}, err
	}
	out, err := s.deliver(ctx, n, list)
	after, failed := undelivered(context.WithoutCancel(ctx), s.Ledger, today)
	if failed == nil && !maps.Equal(before, after) { // ops must see the change
		failed = s.Source.Outdate(context.WithoutCancel(ctx))
	}
	return out, errors.Join(err, failed)
}

// reminders returns the reminders that are due and not sent yet. With read, it leaves out
// people whose spreadsheet has not been read completely.
func (s Sender) reminders(ctx context.Context, n Notifier, read bool) ([]message, error) {
	dep, err := s.Source.Department(ctx)
	if err != nil || len(dep.People) == 0 {
		return nil, err
	}
	now := s.Now()
	today, clock := dep.Settings.DayAndClock(now)
	at := planfact.At(dep.Settings, now)
	kind := reminderDue(dep.Settings, clock)
	if kind == "" || !dep.Works(today) {
		return nil, nil
	}
	// The figures of the day are enough.
	day := calendar.Span{From: today, To: today}
	facts := planfact.NewFacts(dep, day)
	if err := s.Ledger.Entries(ctx, day, facts.Add); err != nil {
		return nil, err
	}
	engine := planfact.New(dep, facts, at)
	sheets, err := s.Source.Sheets(ctx, dep, at)
	if err != nil {
		return nil, err
	}
	done, err := s.Ledger.Notices(ctx, today)
	if err != nil {
		return nil, err
	}
	var out []message
	var people []department.Person // whose figures are known
	for _, sheet := range sheets {
		if read && sheet.Unread {
			continue
		}
		people = append(people, sheet.People...)
		for _, p := range sheet.People {
			m := message{Notice: ledger.Notice{Day: today, Kind: kind, Who: string(p.ID)},
				name: "reminding " + string(p.ID), address: p.Address()}
			if !toSend(done, m.Notice) || n.Way(m.address) == "" {
				continue
			}
			if !report.IsToRemind(engine.DayState(p, today)) {
				continue
			}
			link, err := sheet.Link(p)
			if err != nil {
				return nil, err
			}
			if r, due := report.Remind(dep, engine, p, today, at.Over, link, s.Lang); due {
				m.Message = notify.Message{Title: r.Title, Text: r.Text}
				out = append(out, m)
			}
		}
	}
	if kind != kindMissing {
		return out, nil
	}
	leads, err := s.toLeads(ctx, n, engine, dep, people, today, done)
	return append(out, leads...), err
}

// SendDigest sends «Главное» in words, and as a picture if ops want one, to the directors
// and the rooms, and that of each team to its leads, if it is time to, once on each
// working day. It syncs first.
func (s Sender) SendDigest(ctx context.Context, n Notifier) (Result, error) {
	list, err := s.digests(ctx, n)
	if err != nil || len(list) == 0 {
		return Result{}, err
	}
	if err := s.Source.Sync(ctx); err != nil {
		return Result{}, fmt.Errorf("before sending the digest: %w", err)
	}
	if list, err = s.digests(ctx, n); err != nil || len(list) == 0 {
		return Result{}, err
	}
	of, err := s.Source.Digests(ctx)
	if err != nil {
		return Result{}, err
	}
	dep, err := s.Source.Department(ctx)
	if err != nil {
		return Result{}, err
	}
	var out Result
	for len(list) > 0 { // those of one team at a time: pictures are large
		k := 1
		for k < len(list) && list[k].team == list[0].team {
			k++
		}
		m, lost := DigestMessage(dep.Settings, of(list[0].team))
		for i := range list[:k] {
			list[i].Message = m
		}
		part, err := s.deliver(ctx, n, list[:k])
		out.Sent += part.Sent
		out.Failures = append(out.Failures, part.Failures...)
		if lost != nil {
			out.Failures = append(out.Failures, lost)
		}
		if err != nil {
			return out, err
		}
		list = list[k:]
	}
	return out, nil
}

// DigestMessage returns the digest ready to send: with its picture, unless ops want none.
// If drawing fails, the message lacks the picture and the error says why.
func DigestMessage(set department.Settings, d summary.Message) (notify.Message, error) {
	m := notify.Message{Title: d.Title, Text: d.Text}
	if set.NoDigestPicture {
		return m, nil
	}
	var err error
	if m.Picture, err = picture.Draw(d.Glance); err != nil {
		return m, fmt.Errorf("the digest goes without its picture: %w", err)
	}
	return m, nil
}

// digests returns the digests that are due and not sent yet, without their text.
func (s Sender) digests(ctx context.Context, n Notifier) ([]message, error) {
	dep, err := s.Source.Department(ctx)
	if err != nil || len(dep.People) == 0 {
		return nil, err
	}
	today, clock := dep.Settings.DayAndClock(s.Now())
	if !digestDue(dep.Settings, clock) || !dep.Works(today) {
		return nil, nil
	}
	done, err := s.Ledger.Notices(ctx, today)
	if err != nil {
		return nil, err
	}
	var out []message
	for _, to := range DigestTo(dep, n) {
		m := message{Notice: ledger.Notice{Day: today, Kind: kindDigest, Who: to}, name: "sending the digest",
			address: to}
		if toSend(done, m.Notice) {
			out = append(out, m)
		}
	}
	for _, to := range TeamDigestTo(dep, n) {
		m := message{Notice: ledger.Notice{Day: today, Kind: kindTeam, Who: to.who()},
			name: "sending the digest of a team", address: to.address, team: to.Team.Name}
		if toSend(done, m.Notice) {
			out = append(out, m)
		}
	}
	return out, nil
}

// DigestTo returns the digest's addresses: what ops typed, else the directors, and the
// rooms; each once, and only those that a channel leads to.
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

// message is a notice with its text and its address.
type message struct {
	ledger.Notice
	notify.Message
	name    string // for errors
	address string
	team    string // whose digest it is; empty: the whole department's, or no digest
}

// toSend reports whether a notice must still be sent.
func toSend(done map[ledger.Notice]ledger.NoticeRecord, n ledger.Notice) bool {
	r, known := done[n]
	return !known || r.State == ledger.NoticeFailed && r.Tries < mostTries
}

// deliver sends messages and claims each one first: if the program is killed while it
// sends, one may get lost, but none comes twice. A failure does not stop the rest; a
// channel that does not work waits for the next run.
func (s Sender) deliver(ctx context.Context, n Notifier, list []message) (Result, error) {
	var out Result
	inRow, waiting := map[string]int{}, map[string]int{} // by channel
	for _, m := range list {
		way := n.Way(m.address)
		if inRow[way] >= mostInRow {
			waiting[way]++
			continue
		}
		if ctx.Err() != nil {
			return out, ctx.Err()
		}
		ok, err := s.Ledger.TakeNotice(ctx, m.Notice, mostTries)
		if err != nil {
			return out, err
		}
		if !ok {
			continue // another process was faster
		}
		err = n.Send(ctx, m.address, m.Message)
		inRow[way]++
		record := context.WithoutCancel(ctx)
		var kept error
		switch {
		case err == nil, errors.Is(err, notify.ErrNoPicture):
			out.Sent++
			inRow[way] = 0
			kept = s.Ledger.EndNotice(record, m.Notice, "")
		case errors.Is(err, notify.ErrUnsure): // stays taken
		case errors.Is(err, notify.ErrDown):
			inRow[way] = mostInRow
			kept = s.Ledger.ReturnNotice(record, m.Notice, err.Error())
		default:
			kept = s.Ledger.EndNotice(record, m.Notice, err.Error())
		}
		if err != nil {
			out.Failures = append(out.Failures, fmt.Errorf("%s: %w", m.name, err))
		}
		if kept != nil {
			return out, kept
		}
	}
	for _, way := range slices.Sorted(maps.Keys(waiting)) {
		out.Failures = append(out.Failures, fmt.Errorf("%s does not work: %d more messages wait for the next run", way,
			waiting[way]))
	}
	return out, nil
}

// undelivered returns the reminders that did not arrive, by person.
func undelivered(ctx context.Context, l Undeliverables, today calendar.Date) (map[string]ledger.Undelivered, error) {
	return l.Undelivered(ctx, today-undeliveredDays, kindBefore, kindMissing)
}

// Undelivered reports to ops, in the person's row, whom reminders do not reach. It names
// no address. rowOf returns a person's row in «Сотрудники».
func Undelivered(ctx context.Context, l Undeliverables, people []department.Person,
	rowOf func(department.PersonID) (int, bool), today calendar.Date, lang words.Lang) ([]control.Problem, error) {
	lost, err := undelivered(ctx, l, today)
	if err != nil || len(lost) == 0 {
		return nil, err
	}
	var out []control.Problem
	for _, p := range people {
		u, ok := lost[string(p.ID)]
		row, here := rowOf(p.ID)
		if !ok || !here || p.Notify == department.NoNotify || !p.Employed(today) {
			continue
		}
		column := "notify"
		if p.Notify == "" {
			column = "email"
		}
		day := u.Day.ShortText(lang)
		out = append(out, control.Problem{Severity: control.Warning, Tab: control.TabPeople, Row: row, Column: column,
			Message: fmt.Sprintf(lang.T("напоминание не доходит (%s): %s", "reminders do not arrive (%s): %s"), day,
				plainly(u.Problem, lang)),
			InForce: lang.T("исправьте адрес; пометка исчезнет, когда следующее напоминание дойдёт",
				"correct the address; this note goes when the next reminder arrives")})
	}
	return out, nil
}

// plainly puts a service's common messages about an address into words for ops.
func plainly(said string, lang words.Lang) string {
	for _, x := range []struct{ said, ru, en string }{
		{"chat not found", "такого чата у бота нет — человек должен сначала сам написать боту",
			"the bot has no such chat: the person must write to the bot first"},
		{"initiate conversation", "человек должен сначала сам написать боту", "the person must write to the bot first"},
		{"blocked by the user", "человек заблокировал бота", "the person has blocked the bot"},
		{"user is deactivated", "этого пользователя больше нет", "this user is no longer there"},
	} {
		if strings.Contains(said, x.said) {
			return lang.T(x.ru, x.en)
		}
	}
	return said
}
