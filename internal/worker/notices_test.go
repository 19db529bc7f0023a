package worker_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"svodka/internal/google"
	"svodka/internal/notices"
	"svodka/internal/notify"
	"svodka/internal/summary"
	"svodka/internal/workbook"
)

// outbox is a notices.Notifier that stores what is sent.
type outbox struct {
	to     []string
	texts  map[string]string // by address: title and text sent last
	rooms  []string
	fail   map[string]error // by address
	before func()           // every message

	pictures map[string][]byte // by address: sent last
}

func (b *outbox) Way(address string) string {
	switch {
	case address == "" || strings.HasPrefix(address, "nowhere"):
		return ""
	case strings.Contains(address, "@"):
		return "smtp"
	}
	return "telegram"
}

func (b *outbox) Rooms() []string { return b.rooms }

func (b *outbox) Send(ctx context.Context, address string, m notify.Message) error {
	if b.before != nil {
		b.before()
	}
	b.to = append(b.to, address)
	if b.texts == nil {
		b.texts = map[string]string{}
	}
	b.texts[address] = m.Title + "\n" + m.Text
	if b.pictures == nil {
		b.pictures = map[string][]byte{}
	}
	b.pictures[address] = m.Picture
	return b.fail[address]
}

// reminded runs the job of reminders and checks to whom it wrote.
func (o *office) reminded(b *outbox, when string, want ...string) notices.Result {
	o.t.Helper()
	b.to = nil
	out, err := o.w.Remind(o.t.Context(), b)
	o.must(err)
	if !slices.Equal(b.to, want) {
		o.t.Errorf("%s: reminded %q, want %q", when, b.to, want)
	}
	return out
}

func mails(people ...int) []string {
	var out []string
	for _, i := range people {
		out = append(out, fmt.Sprintf("p%03d@example.com", i))
	}
	return out
}

func reminderOffice(o *office) {
	o.init().hire(7, "sales-rep").hire(1, "sales-rep-deals").settle().open()
	o.types(0, "2026-05-14", "deals", 1)
	o.types(0, "2026-05-14", "revenue", 10_000)
	o.types(1, "2026-05-14", "deals", 1) // the revenue is missing
	o.adds("absences", map[string]any{"person": o.person(3).Name, "from": date("2026-05-14").Serial(),
		"to": date("2026-05-15").Serial(), "kind": "отпуск"})
	o.config("people", "name="+o.person(4).Name, "notify", "нет")
	o.config("people", "name="+o.person(5).Name, "notify", 555)
	o.config("people", "name="+o.person(6).Name, "left", date("2026-05-13").Serial())
	o.config("settings", "key=remind_before", "value", 45)
	o.config("settings", "key=directors", "value", "boss@example.com")
	o.settle()
}

// Everybody who has not reported is reminded, once before the deadline and once after it,
// except people who are away, have left, want no reminders, or have nothing to type.
func TestReminders(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	reminderOffice(o)
	box := &outbox{}
	quiet := func(when string, hour, minute int) {
		t.Helper()
		o.clock.set("2026-05-14", hour, minute)
		if got := o.calls(func() { o.reminded(box, when) }); got != (google.Calls{}) {
			t.Errorf("%s: %+v, want no call", when, got)
		}
	}
	quiet("at noon", 12, 0)
	quiet("a moment before the reminder", 18, 14)
	o.clock.set("2026-05-14", 18, 15)
	if got := o.calls(func() {
		o.reminded(box, "ahead", append(mails(1, 2), "555")...)
	}); got != (google.Calls{Drive: 1}) {
		t.Errorf("a reminder of an office where nothing has changed: %+v", got)
	}
	if text := box.texts["p002@example.com"]; !strings.HasPrefix(text,
		"Отчёт за 14\u00a0мая: до 19:00\nЗдравствуйте! Сегодня отчёт нужно сдать до 19:00.\n") ||
		!strings.HasSuffix(text, "Ваш отчёт: http://localhost/spreadsheets/d/"+o.report(2)+
			workbook.Link(workbook.SheetID("month:2026-05"), "B27")) {
		t.Errorf("%q", text)
	}
	if text := box.texts["p001@example.com"]; !strings.Contains(text, "Осталось вписать: «Выручка».") {
		t.Errorf("%q", text)
	}
	quiet("once is enough", 18, 20)

	// The deadline passes; what is typed at the last minute is read first.
	quiet("Google may be late", 19, 5)
	o.types(2, "2026-05-14", "deals", 0)
	o.types(2, "2026-05-14", "revenue", 0)
	o.clock.set("2026-05-14", 19, 10)
	o.reminded(box, "after the deadline", mails(1)[0], "555")
	if text := box.texts["p001@example.com"]; !strings.HasPrefix(text, "Отчёт за 14\u00a0мая заполнен не весь\n") {
		t.Errorf("%q", text)
	}
	quiet("twice is too often", 19, 15)
	o.restart(false)
	quiet("after a restart", 19, 20)

	// A new day begins without the old one's reminders.
	o.clock.set("2026-05-15", 3, 0)
	o.reminded(box, "at night")
	o.clock.set("2026-05-15", 19, 30)
	o.reminded(box, "on the next day", append(mails(0, 1, 2), "555")...)
	// A reminder that is much too late is dropped.
	for _, day := range []string{"2026-05-18", "2026-05-19"} {
		o.clock.set(day, 22, 10)
		o.reminded(box, "at bed time")
	}
	for _, day := range []string{"2026-05-16", "2026-06-12"} { // a Saturday, a holiday
		o.clock.set(day, 19, 30)
		o.reminded(box, "on a day off")
	}
	// Sent late within hours; switched off, nothing.
	o.clock.set("2026-05-20", 22, 5)
	if out := o.reminded(box, "late", append(mails(0, 1, 2, 3), "555")...); out.Sent != 5 {
		t.Errorf("%+v", out)
	}
	o.config("settings", "key=remind", "value", false)
	o.clock.set("2026-05-21", 19, 30)
	o.settle()
	o.reminded(box, "switched off")
}

// What fails is tried again, but not for ever; what may have arrived is not; a channel
// that does not work is given up, and that counts as nobody's try.
func TestRemindersThatFail(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(9, "sales-rep").settle().open()
	o.config("people", "name="+o.person(0).Name, "notify", 100)
	o.config("people", "name="+o.person(1).Name, "notify", 101)
	o.config("people", "name="+o.person(2).Name, "notify", 102)
	o.settle()
	box := &outbox{fail: map[string]error{"100": errors.New("telegram: chat not found"),
		"101": fmt.Errorf("hangs: %w", notify.ErrUnsure)}}
	down := fmt.Errorf("smtp: nobody listens: %w", notify.ErrDown)
	for i := range 9 {
		box.fail[mails(i)[0]] = down
	}
	o.clock.set("2026-05-14", 19, 10)
	out := o.reminded(box, "the first time", "100", "101", "102", mails(3)[0])
	var said []string
	for _, err := range out.Failures {
		said = append(said, err.Error())
	}
	want := []string{
		"reminding " + string(o.person(0).ID) + ": telegram: chat not found",
		"reminding " + string(o.person(1).ID) + ": hangs: it may have arrived all the same",
		"reminding " + string(o.person(3).ID) + ": smtp: nobody listens: the channel does not work now",
		"smtp does not work: 5 more messages wait for the next run",
	}
	if out.Sent != 1 || !slices.Equal(said, want) {
		t.Errorf("%d sent, %q", out.Sent, said)
	}
	o.reminded(box, "the second time", append([]string{"100"}, mails(3)...)...)
	o.reminded(box, "the third time", "100", mails(3)[0])
	o.reminded(box, "the fourth time", mails(3)[0])
	for i := range 9 {
		delete(box.fail, mails(i)[0])
	}
	o.reminded(box, "the channel works again", mails(3, 4, 5, 6, 7, 8)...)
	o.reminded(box, "done")

	// Five failures in a row are the channel's.
	o.clock.set("2026-05-15", 19, 10)
	box.fail = map[string]error{}
	for i := range 9 {
		box.fail[mails(i)[0]] = errors.New("smtp: 550 no")
	}
	o.reminded(box, "five failures", append([]string{"100", "101", "102"}, mails(3, 4, 5, 6, 7)...)...)
}

// If reminders do not reach a person, the person's row and «Проверка» say so, without the
// address, until one arrives.
func TestUndeliveredRemindersAreTold(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(3, "sales-rep").settle().open()
	o.config("people", "name="+o.person(0).Name, "notify", 100)
	o.settle()
	box := &outbox{fail: map[string]error{"100": errors.New("telegram: Bad Request: chat not found"),
		mails(1)[0]: errors.New("smtp: 550 no such mailbox")}}
	o.clock.set("2026-05-14", 19, 10)
	o.reminded(box, "the first time", append([]string{"100"}, mails(1, 2)...)...)
	o.expect("after reminders that failed", google.Calls{Drive: 1, SheetsWrite: 1}) // «Проверка»
	for tab, want := range map[string][]string{
		"checks": {"напоминание не доходит (14.05): такого чата у бота нет",
			"напоминание не доходит (14.05): smtp: 550 no such mailbox"},
		"people": {"Внимание: напоминание не доходит (14.05): такого чата у бота нет",
			"Внимание: напоминание не доходит (14.05): smtp"},
	} {
		got := o.text(o.control(), tab)
		for _, text := range want {
			if strings.Count(got, text) != 1 {
				t.Errorf("%q is not in %s:\n%s", text, tab, got)
			}
		}
	}
	o.reminded(box, "again", append([]string{"100"}, mails(1)...)...)
	o.expect("after the same failures", google.Calls{Drive: 1})

	delete(box.fail, mails(1)[0])
	o.reminded(box, "once the mailbox is there", append([]string{"100"}, mails(1)...)...)
	o.sync()
	if got := o.text(o.control(), "checks"); strings.Contains(got, "550") || !strings.Contains(got, "чата у бота нет") {
		t.Errorf("after one has arrived:\n%s", got)
	}
	o.config("people", "name="+o.person(0).Name, "notify", "нет")
	o.sync()
	if got := o.text(o.control(), "checks"); strings.Contains(got, "не доходит") {
		t.Errorf("who wants no reminders is told of:\n%s", got)
	}
	o.settle()
}

// A run that is killed while it sends reminds nobody twice: the next one leaves out those
// whom it may have reached.
func TestRemindersOfAKilledRun(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(4, "sales-rep").settle()
	o.clock.set("2026-05-14", 19, 10)
	type killed struct{}
	box := &outbox{}
	box.before = func() {
		if len(box.to) == 2 {
			panic(killed{})
		}
	}
	func() {
		defer func() {
			if _, ok := recover().(killed); !ok {
				t.Error("the run was not killed")
			}
		}()
		o.reminded(box, "killed", mails(0, 1)...)
	}()
	box.before = nil
	o.restart(false)
	o.reminded(box, "the next run", mails(3)...) // nobody knows whether 2 was reminded
	o.reminded(box, "the one after it")
}

// A person whose spreadsheet cannot be read may have reported.
func TestNoReminderWithoutAReading(t *testing.T) {
	t.Parallel()
	wire := &breaking{}
	o := newOffice(t, func(o *office) {
		o.wire = func(base http.RoundTripper) http.RoundTripper { wire.base = base; return wire }
	})
	o.init().hire(2, "sales-rep").settle().open()
	o.types(0, "2026-05-14", "deals", 1)
	wire.file = o.report(0)
	o.clock.set("2026-05-14", 19, 10)
	box := &outbox{}
	o.reminded(box, "with a spreadsheet that cannot be read", mails(1)...)
	wire.file = ""
	o.reminded(box, "once it can be read", mails(0)...)
}

// breaking refuses everything that is asked of one spreadsheet.
type breaking struct {
	base http.RoundTripper
	file string
}

func (b *breaking) RoundTrip(r *http.Request) (*http.Response, error) {
	if b.file != "" && strings.Contains(r.URL.Path, "/spreadsheets/"+b.file) {
		return &http.Response{StatusCode: http.StatusForbidden,
			Header: http.Header{"Content-Type": {"application/json"}}, Request: r,
			Body: io.NopCloser(strings.NewReader(
				`{"error":{"code":403,"message":"The caller does not have permission","status":"PERMISSION_DENIED"}}`))}, nil
	}
	return b.base.RoundTrip(r)
}

// The digest goes to the directors and the rooms, once on a working day.
func TestDigest(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	reminderOffice(o)
	box := &outbox{rooms: []string{"room"}}
	sent := func(when string, want ...string) {
		t.Helper()
		box.to = nil
		_, err := o.w.SendDigest(t.Context(), box)
		o.must(err)
		if !slices.Equal(box.to, want) {
			t.Errorf("%s: sent to %q, want %q", when, box.to, want)
		}
	}
	sent("at noon")
	o.clock.set("2026-05-14", 19, 30)
	box.fail = map[string]error{"boss@example.com": errors.New("smtp: 550 no")}
	sent("in the evening", "room", "boss@example.com")
	text := box.texts["room"]
	for _, want := range []string{"Сводка отдела продаж, 14\u00a0мая\n", "Сегодня не сдали: 4 из 5 — ",
		o.person(1).Name + " (не всё)", "Итоги по ролям: май 2026\n", "Подробно: http://localhost/spreadsheets/d/" +
			o.summary() + workbook.Link(workbook.SheetID(summary.TabMain), "A1")} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	// The picture goes along: the channel decides what to send where.
	img, err := png.Decode(bytes.NewReader(box.pictures["room"]))
	o.must(err)
	if s := img.Bounds().Size(); s.X != 780 || s.Y < 600 {
		t.Errorf("a picture of %v", s)
	}
	box.fail = map[string]error{"boss@example.com": fmt.Errorf("smtp: 552 too large: %w", notify.ErrNoPicture)}
	sent("again for whom it failed", "boss@example.com")
	box.fail = nil
	if got := o.calls(func() { sent("again") }); got != (google.Calls{}) {
		t.Errorf("a digest that everybody has: %+v", got)
	}
	o.clock.set("2026-05-15", 22, 30)
	sent("three hours late")
	o.clock.set("2026-05-16", 19, 30)
	sent("on a Saturday")
	o.config("settings", "key=digest_to", "value", "77; nowhere; 77")
	o.config("settings", "key=digest_at", "value", "09:00")
	o.clock.set("2026-05-18", 8, 59)
	o.settle()
	sent("a minute early")
	o.clock.set("2026-05-18", 9, 0)
	sent("to whom ops typed", "room", "77")
	if len(box.pictures["77"]) == 0 {
		t.Error("no picture for whom ops typed")
	}
	o.config("settings", "key=digest_picture", "value", "нет")
	o.clock.set("2026-05-19", 9, 0)
	o.settle()
	sent("as text alone", "room", "77")
	if len(box.pictures["77"]) != 0 || !strings.Contains(box.texts["77"], "Сводка отдела продаж") {
		t.Error("a picture that ops do not want")
	}
	o.config("settings", "key=digest_at", "value", "")
	o.clock.set("2026-05-20", 9, 0)
	o.settle()
	sent("switched off")
}

// The whole way, to a webhook on this machine: what arrives, and how few calls it takes.
func TestRemindersArrive(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var got []string
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		got = append(got, r.URL.Query().Get("to")+" "+string(b))
	}))
	defer srv.Close()
	n, err := notify.New(notify.Options{People: []string{"generic+" + srv.URL + "/?to={address}"}, Now: time.Now,
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }})
	if err != nil {
		t.Fatal(err)
	}
	o := newOffice(t).init().hire(3, "cold-caller").settle()
	o.clock.set("2026-05-14", 19, 10)
	o.settle()
	calls := o.calls(func() {
		if out, err := o.w.Remind(t.Context(), n); err != nil || out.Sent != 3 || len(out.Failures) > 0 {
			t.Errorf("%+v, %v", out, err)
		}
	})
	if calls != (google.Calls{Drive: 1}) || len(got) != 3 ||
		!strings.HasPrefix(got[2], "p002@example.com Здравствуйте! Отчёта за 14\u00a0мая пока нет") {
		t.Errorf("%+v, %q", calls, got)
	}
}
