package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	urlpkg "net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// clock advances only by sleeping.
type clock struct {
	t     time.Time
	slept []time.Duration
}

func (c *clock) now() time.Time { return c.t }

func (c *clock) sleep(ctx context.Context, d time.Duration) error {
	c.t = c.t.Add(d)
	c.slept = append(c.slept, d)
	return ctx.Err()
}

func mustNew(t *testing.T, c *clock, people ...string) *Notifier {
	t.Helper()
	n, err := New(Options{People: people, Now: c.now, Sleep: c.sleep, Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func newClock() *clock { return &clock{t: time.Date(2026, 5, 15, 19, 0, 0, 0, time.UTC)} }

// hook is a webhook on this machine.
type hook struct {
	mu    sync.Mutex
	paths []string
	got   []map[string]string
	serve func(n int, w http.ResponseWriter) // of the n-th request, from 1
}

func (h *hook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var m map[string]string
	b, err := io.ReadAll(r.Body)
	if err == nil {
		var any map[string]any
		if err = json.Unmarshal(b, &any); err == nil {
			m = map[string]string{}
			for k, v := range any {
				m[k] = fmt.Sprint(v)
			}
		}
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	h.paths, h.got = append(h.paths, r.URL.RequestURI()), append(h.got, m)
	if h.serve != nil {
		h.serve(len(h.got), w)
	}
}

func TestWebhook(t *testing.T) {
	h := &hook{}
	srv := httptest.NewServer(h)
	defer srv.Close()
	n := mustNew(t, newClock(), "generic+"+srv.URL+"/hook/s3cr3t-path?to={address}&template=json")
	for _, to := range []string{"@anna", "boss+1@example.com"} {
		if n.Way(to) != "generic" {
			t.Errorf("no way to %s", to)
		}
		if err := n.Send(t.Context(), to, Message{Title: "Заголовок", Text: "Здравствуйте!\n<b>*_`=1+1"}); err != nil {
			t.Error(err)
		}
	}
	if want := []string{"/hook/s3cr3t-path?to=%40anna",
		"/hook/s3cr3t-path?to=boss%2B1%40example.com"}; !slices.Equal(h.paths, want) {
		t.Errorf("asked %q, want %q", h.paths, want)
	}
	if m := h.got[0]; m["title"] != "Заголовок" || m["message"] != "Здравствуйте!\n<b>*_`=1+1" {
		t.Errorf("%q", m)
	}

	h.serve = func(_ int, w http.ResponseWriter) { w.WriteHeader(http.StatusForbidden) }
	err := n.Send(t.Context(), "@anna", Message{Text: "x"})
	if err == nil || errors.Is(err, ErrUnsure) || !strings.HasPrefix(err.Error(), "generic: ") ||
		!strings.Contains(err.Error(), "403 Forbidden") {
		t.Errorf("refused: %v", err)
	}
	// The connection breaks after the message was read: nobody knows.
	h.serve = func(_ int, w http.ResponseWriter) {
		c, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			err = c.Close()
		}
		if err != nil {
			t.Error(err)
		}
	}
	if err := n.Send(t.Context(), "@anna", Message{Text: "x"}); !errors.Is(err, ErrUnsure) {
		t.Errorf("broken: %v", err)
	}
	srv.Close()
	if err := n.Send(t.Context(), "@anna", Message{Text: "x"}); !errors.Is(err, ErrDown) || errors.Is(err, ErrUnsure) {
		t.Errorf("nobody listens: %v", err)
	}
}

// A request to a service that hangs is abandoned, and nobody knows whether the message
// arrived.
func TestHanging(t *testing.T) {
	release := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer srv.Close()
	defer close(release)
	n := mustNew(t, newClock(), "generic+"+srv.URL+"/?to={address}")
	n.Timeout = 50 * time.Millisecond
	if err := n.Send(t.Context(), "1", Message{Text: "x"}); !errors.Is(err, ErrUnsure) ||
		!strings.Contains(err.Error(), "no answer within 50ms") {
		t.Error(err)
	}
}

// A request to a webhook has its own time limit, so that nothing of it remains.
func TestHangingWebhookEnds(t *testing.T) {
	if d := http.DefaultClient.Timeout; d <= 0 || d >= 30*time.Second {
		t.Errorf("requests may take %s", d)
	}
	defer func(d time.Duration) { http.DefaultClient.Timeout = d }(http.DefaultClient.Timeout)
	http.DefaultClient.Timeout = 50 * time.Millisecond
	release := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer srv.Close()
	defer close(release)
	n := mustNew(t, newClock(), "generic+"+srv.URL+"/?to={address}")
	n.Timeout = time.Minute
	if err := n.Send(t.Context(), "1", Message{Text: "x"}); !errors.Is(err, ErrUnsure) ||
		!strings.Contains(err.Error(), "Client.Timeout exceeded") {
		t.Error(err)
	}
}

// telegramAt sends requests for Telegram to a server on this machine.
type telegramAt struct{ to string }

func (r telegramAt) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Host != "api.telegram.org" {
		return nil, fmt.Errorf("asked %s", req.URL.Host)
	}
	u, err := urlpkg.Parse(r.to)
	if err != nil {
		return nil, err
	}
	req.URL.Scheme, req.URL.Host = u.Scheme, u.Host
	return http.DefaultTransport.RoundTrip(req)
}

const token = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"

func TestTelegram(t *testing.T) {
	h := &hook{}
	srv := httptest.NewServer(h)
	defer srv.Close()
	telegramHTTP.Transport = telegramAt{srv.URL}
	defer func() { telegramHTTP.Transport = nil }()
	answer := func(status int, body string) {
		h.serve = func(_ int, w http.ResponseWriter) {
			w.WriteHeader(status)
			if _, err := io.WriteString(w, body); err != nil {
				t.Error(err)
			}
		}
	}
	c := newClock()
	n := mustNew(t, c, "telegram://"+token+"@telegram?chats={address}&parsemode=HTML")
	const good = `{"ok":true,"result":{"message_id":1,"text":"x","chat":{"id":123,"type":"private"}}}`

	answer(200, good)
	if err := n.Send(t.Context(), "123", Message{Title: "Заголовок", Text: "a < b & «c»"}); err != nil {
		t.Fatal(err)
	}
	if m := h.got[0]; m["chat_id"] != "123" || m["text"] != "a < b & «c»" || m["parse_mode"] != "" ||
		m["disable_web_page_preview"] != "true" {
		t.Errorf("%q", m)
	}
	if h.paths[0] != "/bot"+token+"/sendMessage" {
		t.Error(h.paths[0])
	}

	// A long text goes in parts that end at line ends, at the required pace.
	h.got, c.slept = nil, nil
	text := strings.Repeat(strings.Repeat("я", 40)+"\n", 100)
	if err := n.Send(t.Context(), "123", Message{Text: text}); err != nil {
		t.Fatal(err)
	}
	whole := ""
	for _, m := range h.got {
		if len(m["text"]) > 4096 || !utf8.ValidString(m["text"]) {
			t.Errorf("a part of %d bytes", len(m["text"]))
		}
		whole += m["text"] + "\n"
	}
	if len(h.got) != 2 || whole != text {
		t.Errorf("%d parts; whole: %v", len(h.got), whole == text)
	}
	if want := []time.Duration{1100 * time.Millisecond, 1100 * time.Millisecond}; !slices.Equal(c.slept, want) {
		t.Errorf("slept %v, want %v", c.slept, want)
	}

	for _, tc := range []struct {
		name   string
		status int
		body   string
		want   string
		down   bool
	}{
		{"not started", 403,
			`{"ok":false,"error_code":403,"description":"Forbidden: bot can't initiate conversation with a user"}`,
			"telegram: Forbidden: bot can't initiate conversation with a user", false},
		{"bad token", 401, `{"ok":false,"error_code":401,"description":"Unauthorized"}`, "telegram: Unauthorized",
			true},
		{"not Telegram", 502, `<html>`, "telegram: HTTP 502 Bad Gateway, and the answer is not Telegram's", true},
		{"a portal", 200, `<html>log in</html>`, "telegram: HTTP 200 OK, and the answer is not Telegram's", true},
		{"a strange answer", 200, `{}`, "telegram: HTTP 200 OK", false},
		{"asked to wait long", 429, `{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 3600"}`,
			"telegram: Too Many Requests: retry after 3600", true},
	} {
		answer(tc.status, tc.body)
		err := n.Send(t.Context(), "123", Message{Text: "x"})
		if err == nil || err.Error() != tc.want || errors.Is(err, ErrUnsure) || errors.Is(err, ErrDown) != tc.down {
			t.Errorf("%s: %v, want %s", tc.name, err, tc.want)
		}
	}

	// If asked to wait a little, it waits and tries once more.
	h.got, c.slept = nil, nil
	h.serve = func(n int, w http.ResponseWriter) {
		body := good
		if n == 1 {
			w.WriteHeader(429)
			body = `{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 7"}`
		}
		if _, err := io.WriteString(w, body); err != nil {
			t.Error(err)
		}
	}
	if err := n.Send(t.Context(), "555", Message{Text: "x"}); err != nil || len(h.got) != 2 ||
		!slices.Contains(c.slept, 7*time.Second) {
		t.Errorf("%v after %d requests and sleeps of %v", err, len(h.got), c.slept)
	}

	// An unreachable Telegram is a failure.
	srv.Close()
	err := n.Send(t.Context(), "123", Message{Text: "x"})
	if !errors.Is(err, ErrDown) || errors.Is(err, ErrUnsure) {
		t.Errorf("nobody listens: %v", err)
	}
	leak(t, err, token, "AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw", "110201543")
}

// The pace of many messages: 500 people are reminded in half a minute.
func TestPace(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if _, err := io.WriteString(w, `{"ok":true,"result":{}}`); err != nil {
			t.Error(err)
		}
	}))
	defer srv.Close()
	telegramHTTP.Transport = telegramAt{srv.URL}
	defer func() { telegramHTTP.Transport = nil }()
	c := newClock()
	n := mustNew(t, c, "telegram://"+token+"@telegram?chats={address}")
	start := c.t
	for i := range 500 {
		if err := n.Send(t.Context(), fmt.Sprint(1000+i), Message{Text: "x"}); err != nil {
			t.Fatal(err)
		}
	}
	if took := c.t.Sub(start); took != 499*50*time.Millisecond {
		t.Errorf("500 messages went out in %s", took)
	}
}

// post is a mail server on this machine, with a password.
type post struct {
	mails  []letter
	refuse map[string]string // by address: the answer
	// atData may refuse a mail, or break the connection; nil: all are taken.
	atData func(data string, c *smtp.Conn) error
}

type letter struct{ from, to, data string }

const password = "p@ss:word/1%"

func (p *post) NewSession(c *smtp.Conn) (smtp.Session, error) {
	return &session{post: p, conn: c}, nil
}

type session struct {
	conn   *smtp.Conn
	post   *post
	letter letter
	known  bool
}

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, pass string) error {
		if user != "robot@example.com" || pass != password {
			return &smtp.SMTPError{Code: 535, EnhancedCode: smtp.EnhancedCode{5, 7, 8},
				Message: "bad password " + pass + " for " + user}
		}
		s.known = true
		return nil
	}), nil
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if !s.known {
		return smtp.ErrAuthRequired
	}
	s.letter = letter{from: from}
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if why := s.post.refuse[to]; why != "" {
		return &smtp.SMTPError{Code: 550, Message: why}
	}
	s.letter.to = to
	return nil
}

func (s *session) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	s.letter.data = string(b)
	if err == nil && s.post.atData != nil {
		err = s.post.atData(s.letter.data, s.conn)
	}
	if err != nil {
		return err
	}
	s.post.mails = append(s.post.mails, s.letter)
	return nil
}

func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }

// office serves a post on this machine and returns its address.
func office(t *testing.T, p *post) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := smtp.NewServer(p)
	srv.AllowInsecureAuth = true
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(l) }()
	t.Cleanup(func() {
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
		if err := <-ended; err != nil && !errors.Is(err, smtp.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	})
	return l.Addr().String()
}

func TestMail(t *testing.T) {
	p := &post{refuse: map[string]string{"gone@example.com": "5.1.1 <gone@example.com>: user unknown"}}
	at := office(t, p)
	c := newClock()
	url := "smtp://robot%40example.com:" + urlpkg.PathEscape(password) + "@" + at +
		"/?from=robot@example.com&fromname=" + urlpkg.QueryEscape("Сводка") + "&to={address}"
	n := mustNew(t, c, url)
	const title = "Отчёт за 15\u00a0мая не сдан: «Звонки», «Разговоры», «Время в разговоре»\nBcc: all@example.com"
	const text = "Здравствуйте!\n.\nСрок был в 19:00."
	if err := n.Send(t.Context(), "anna+work@example.com", Message{Title: title, Text: text}); err != nil {
		t.Fatal(err)
	}
	m := p.mails[0]
	if m.from != "robot@example.com" || m.to != "anna+work@example.com" {
		t.Errorf("from %s to %s", m.from, m.to)
	}
	read, err := mail.ReadMessage(strings.NewReader(m.data))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(read.Header.Get("Subject"))
	if want := strings.Join(strings.Fields(title), " "); err != nil || subject != want {
		t.Errorf("subject %q, %v; want %q", subject, err, want)
	}
	for _, line := range strings.Split(strings.SplitN(m.data, "\r\n\r\n", 2)[0], "\r\n") {
		if strings.IndexFunc(line, func(r rune) bool { return r > 126 }) >= 0 || len(line) > 990 {
			t.Errorf("header %q", line)
		}
	}
	from, err := read.Header.AddressList("From")
	if err != nil || from[0].Name != "Сводка" || from[0].Address != "robot@example.com" {
		t.Errorf("from %v, %v", from, err)
	}
	if read.Header.Get("Bcc") != "" {
		t.Error("a title made a header of its own")
	}
	body, err := io.ReadAll(read.Body)
	if got := strings.TrimSpace(strings.ReplaceAll(string(body), "\r\n", "\n")); err != nil || got != text {
		t.Errorf("text %q, %v", got, err)
	}

	err = n.Send(t.Context(), "gone@example.com", Message{Title: "x", Text: "x"})
	if err == nil || errors.Is(err, ErrUnsure) || !strings.Contains(err.Error(), "user unknown") {
		t.Errorf("refused: %v", err)
	}
	leak(t, err, "gone@example.com", "robot", password)

	// The server repeats what it received; we do not.
	const wrong = "sw0rdf1sh/!"
	bad := mustNew(t, c, strings.Replace(url, urlpkg.PathEscape(password), urlpkg.PathEscape(wrong), 1))
	err = bad.Send(t.Context(), "anna@example.com", Message{Title: "x", Text: "x"})
	if err == nil || errors.Is(err, ErrUnsure) || !strings.Contains(err.Error(), "error authenticating") ||
		!strings.Contains(err.Error(), "bad password") {
		t.Errorf("a wrong password: %v", err)
	}
	leak(t, err, wrong, "sw0rdf1sh", "robot", "anna@")
	if len(p.mails) != 1 {
		t.Errorf("%d mails arrived", len(p.mails))
	}
}

// leak checks that an error holds no secret and is one line.
func leak(t *testing.T, err error, secrets ...string) {
	t.Helper()
	for _, s := range secrets {
		if err != nil && strings.Contains(err.Error(), s) {
			t.Errorf("%q shows %q", err, s)
		}
	}
	if err != nil && strings.Contains(err.Error(), "\n") && len(secrets) > 0 {
		t.Errorf("%q is more than a line", err)
	}
}

// Every wrong URL is reported, and none is shown.
func TestWrongURLs(t *testing.T) {
	const secret = "Hunter2Hunter2"
	for url, want := range map[string]string{
		"telegram:" + secret: "this is no URL",
		secret:               "this is no URL",
		"smtp://u:" + secret + "%zz@h/?to={address}": "this is no URL",
		"telegram://" + secret +
			"@telegram?chats={address}": "telegram: invalid telegram token: ***",
		"telegram://110201543:" + secret +
			"@telegram?chats=1": "telegram: the URL must hold {address} where a person's address belongs",
		"smtp://u:" + secret + "@mail.example.com/?to={address}": "smtp: fromAddress missing",
		"smtp://u:" + secret + "@mail.example.com/?from=a@b.ru&to={address}&q=" +
			secret: `smtp: setting query parameter "q"`,
		"carrierpigeon://" + secret +
			"/{address}": `there is no service "carrierpigeon" (there are discord, generic, googlechat, matrix, `,
		"logger://{address}":                     `there is no service "logger"`,
		"slack+https://" + secret + "@{address}": "slack: a URL of slack begins with slack://",
	} {
		_, err := New(Options{People: []string{url}})
		if err == nil || !strings.HasPrefix(err.Error(), "SVODKA_NOTIFY_URLS, URL 1: "+want) {
			t.Errorf("%v, want %s", err, want)
		}
		leak(t, err, secret)
	}
	_, err := New(Options{
		People: []string{"telegram://" + token + "@telegram?chats={address}", "ntfy://ntfy.sh/{address}"},
		Rooms: []string{"telegram://" + token + "@telegram?chats=1", "slack://hook:T00000000-B00000000-" + secret +
			secret + "@{address}"},
	})
	if err == nil || err.Error() !=
		"SVODKA_NOTIFY_URLS, URL 2: ntfy: there is telegram already (one for e-mail and one for chats)\n"+
			"SVODKA_DIGEST_URLS, URL 2: slack: the URL must be complete, without {address}" {
		t.Error(err)
	}
}

// Which channel leads to whom.
func TestChannels(t *testing.T) {
	n, err := New(Options{
		People: []string{"smtp://u:p@mail.example.com/?from=a@b.ru&to={address}",
			"slack://xoxb:123456789012-1234567890123-4mt0t4l1YL3g1T5L4cK70k3N@{address}"},
		Rooms: []string{"slack://hook:WNA3PBYV6-F20DUQND3RQ-Webc4MAvoacrpPakR8phF0zi@webhook", "ntfy://ntfy.sh/room"},
	})
	if err != nil {
		t.Fatal(err)
	}
	people, rooms := n.Channels()
	if !slices.Equal(people, []string{"slack", "smtp"}) || !slices.Equal(rooms, []string{"slack", "ntfy"}) {
		t.Error(people, rooms)
	}
	for address, want := range map[string]string{"anna@example.ru": "smtp", "@anna": "slack", "C123": "slack",
		"slack, URL 1 of SVODKA_DIGEST_URLS": "slack, URL 1 of SVODKA_DIGEST_URLS"} {
		if c := n.channel(address); c == nil || c.name != want {
			t.Errorf("%s is reached by %v", address, c)
		}
	}
	if n.Way("") != "" || (&Notifier{}).Way("@anna") != "" || (&Notifier{chat: n.chat}).Way("anna@example.ru") != "" {
		t.Error("a way to somebody without a channel")
	}
	if err := (&Notifier{}).Send(t.Context(), "@anna", Message{Text: "x"}); !errors.Is(err, ErrNoChannel) {
		t.Error(err)
	}
}

func TestSplit(t *testing.T) {
	for _, tc := range []struct {
		text string
		most int
		want []string
	}{
		{"abc", 0, []string{"abc"}},
		{"", 10, []string{""}},
		{"ab\ncd", 5, []string{"ab\ncd"}},
		{"ab\ncd\nef", 5, []string{"ab\ncd", "ef"}},
		{"ab\ncd\nef", 4, []string{"ab", "cd", "ef"}},
		{"абвг", 5, []string{"аб", "вг"}},
		{"ab\n\ncd", 3, []string{"ab\n", "cd"}},
	} {
		if got := split(tc.text, tc.most); !slices.Equal(got, tc.want) {
			t.Errorf("split(%q, %d) = %q, want %q", tc.text, tc.most, got, tc.want)
		}
	}
}

// The library's words show whether a message may have arrived, and whether the next one
// would fare better.
func TestClassify(t *testing.T) {
	const (
		person = iota
		isDown
		isUnsure
	)
	for said, want := range map[string]int{
		"error getting SMTP client: error connecting to server: " +
			"dial tcp 127.0.0.1:25: connect: connection refused": isDown,
		"error getting SMTP client: error connecting to server: " +
			"dial tcp 10.0.0.1:25: i/o timeout": isDown,
		"error authenticating: 535 5.7.8 bad credentials":                         isDown,
		"failed to send to some recipients: error setting RCPT: 550 user unknown": person,
		"failed to send to some recipients: " +
			"error closing session: write tcp: broken pipe": isUnsure,
		"failed to send to some recipients: " +
			"error closing message stream: EOF": isUnsure,
		"no answer: dial tcp: lookup api.telegram.org: no such host": isDown,
		"no answer: context deadline exceeded " +
			"(Client.Timeout exceeded while awaiting headers)": isUnsure,
		"Bad Request: chat not found":            person,
		"Forbidden: bot was blocked by the user": person,
		"Unauthorized":                           isDown,
		"server returned unexpected response status code: " +
			"503 Service Unavailable": isDown,
		"server returned unexpected response status code: " +
			"404 Not Found": person,
		`failed to send notification to generic webhook: sending HTTP request: ` +
			`Post "https://h": read tcp 1->2: read: connection reset by peer`: isUnsure,
	} {
		if unsure(said) != (want == isUnsure) || !unsure(said) && down(said) != (want == isDown) {
			t.Errorf("%q: unsure %v, down %v", said, unsure(said), down(said))
		}
	}
}
