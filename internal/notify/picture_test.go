package notify

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/http"
	"net/http/httptest"
	"net/mail"
	urlpkg "net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// png stands for a picture: nothing here reads its content.
var png = append([]byte("\x89PNG\r\n\x1a\n"), bytes.Repeat([]byte{0, 13, 10, '.', 200}, 2000)...)

// bot is a Telegram on this machine.
type bot struct {
	t     *testing.T
	mu    sync.Mutex // guards what was received: the sender may still wait for a photo when its text arrives
	got   []string   // method, chat and text or caption of each request
	forms []map[string]string
	photo []byte
	// photos answers the n-th photo, from 1, in place of success.
	photos func(n int, w http.ResponseWriter) (answered bool)
	texts  string // answers texts; empty: success
	asked  int
}

const sentOK = `{"ok":true,"result":{"message_id":1,"chat":{"id":123,"type":"private"}}}`

func (b *bot) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	form := map[string]string{}
	reply := func(s string) {
		if _, err := io.WriteString(w, s); err != nil {
			b.t.Error(err)
		}
	}
	if strings.HasSuffix(r.URL.Path, "/sendMessage") {
		var m map[string]any
		if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
			b.t.Error(err)
		}
		form["disable_notification"] = fmt.Sprint(m["disable_notification"])
		b.mu.Lock()
		b.got = append(b.got, fmt.Sprintf("text %v %v", m["chat_id"], m["text"]))
		b.forms = append(b.forms, form)
		b.mu.Unlock()
		reply(cmp.Or(b.texts, sentOK))
		return
	}
	if r.URL.Path != "/bot"+token+"/sendPhoto" {
		b.t.Errorf("asked for %s", strings.ReplaceAll(r.URL.Path, token, "TOKEN"))
	}
	if err := r.ParseMultipartForm(1 << 20); err != nil {
		b.t.Error(err)
		return
	}
	for k, v := range r.MultipartForm.Value {
		form[k] = v[0]
	}
	f, head, err := r.FormFile("photo")
	var photo []byte
	if err == nil {
		form["type"] = head.Header.Get("Content-Type")
		photo, err = io.ReadAll(f)
	}
	if err != nil {
		b.t.Error(err)
	}
	b.mu.Lock()
	b.photo = photo
	b.got = append(b.got, "photo "+form["chat_id"]+" "+form["caption"])
	b.forms = append(b.forms, form)
	b.asked++
	n := b.asked
	b.mu.Unlock()
	if b.photos == nil || !b.photos(n, w) {
		reply(sentOK)
	}
}

// startBot serves a bot until the test ends.
func startBot(t *testing.T) *bot {
	b := &bot{t: t}
	srv := httptest.NewServer(b)
	telegramHTTP.Transport = telegramAt{srv.URL}
	t.Cleanup(func() {
		telegramHTTP.Transport = nil
		srv.Close()
	})
	return b
}

func refuse(status int, body string) func(int, http.ResponseWriter) bool {
	return func(_ int, w http.ResponseWriter) bool {
		w.WriteHeader(status)
		_, err := io.WriteString(w, body)
		return err == nil
	}
}

// A picture goes ahead of the text, silently, to every chat.
func TestPhoto(t *testing.T) {
	b := startBot(t)
	n, err := New(Options{People: []string{"telegram://" + token + "@telegram?chats={address}"},
		Rooms: []string{"telegram://" + token + "@telegram?chats=-100,@all:7"}, Now: newClock().now,
		Sleep: newClock().sleep, Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	m := Message{Title: "Сводка,\n15 мая", Text: "Кто не сдал: <b>", Picture: png}
	if err := n.Send(t.Context(), "123", m); err != nil {
		t.Fatal(err)
	}
	if want := []string{"photo 123 Сводка, 15 мая", "text 123 Кто не сдал: <b>"}; !slices.Equal(b.got, want) {
		t.Errorf("%q, want %q", b.got, want)
	}
	if f := b.forms[0]; f["disable_notification"] != "true" || f["type"] != "image/png" || f["parse_mode"] != "" ||
		b.forms[1]["disable_notification"] != "false" || !bytes.Equal(b.photo, png) {
		t.Errorf("%q and %d bytes", b.forms, len(b.photo))
	}
	b.got, b.forms = nil, nil
	if err := n.Send(t.Context(), n.Rooms()[0], m); err != nil {
		t.Fatal(err)
	}
	if want := []string{"photo -100 Сводка, 15 мая", "photo @all Сводка, 15 мая", "text -100 Кто не сдал: <b>",
		"text @all Кто не сдал: <b>"}; !slices.Equal(b.got, want) || b.forms[1]["message_thread_id"] != "7" {
		t.Errorf("%q, want %q; %q", b.got, want, b.forms)
	}
}

// Whatever happens to the picture, the text arrives, and no error shows the token.
func TestPhotoThatFails(t *testing.T) {
	release := make(chan struct{})
	for name, tc := range map[string]struct {
		photos func(int, http.ResponseWriter) bool
		want   string // of the error; empty: none
		asked  int
	}{
		"refused": {refuse(400, `{"ok":false,"description":"Bad Request: PHOTO_INVALID_DIMENSIONS"}`),
			"telegram: Bad Request: PHOTO_INVALID_DIMENSIONS", 1},
		"not Telegram": {refuse(502, `<html>`), "telegram: HTTP 502 Bad Gateway, and the answer is not Telegram's", 1},
		"no rights": {refuse(403, `{"ok":false,"description":"Forbidden: not enough rights to send photos"}`),
			"telegram: Forbidden: not enough rights", 1},
		"hangs": {func(int, http.ResponseWriter) bool { <-release; return true }, "telegram: no answer", 1},
		"breaks off": {func(_ int, w http.ResponseWriter) bool {
			c, _, err := w.(http.Hijacker).Hijack()
			return err == nil && c.Close() == nil
		}, "telegram: no answer: ", 1},
		"asks to wait": {func(n int, w http.ResponseWriter) bool {
			return n == 1 && refuse(429, `{"ok":false,"description":"Too Many Requests: retry after 7"}`)(n, w)
		}, "", 2},
	} {
		t.Run(name, func(t *testing.T) {
			b := startBot(t)
			if name == "hangs" {
				t.Cleanup(func() { close(release) })
			}
			b.photos = tc.photos
			c := newClock()
			n := mustNew(t, c, "telegram://"+token+"@telegram?chats={address}")
			if name == "hangs" {
				n.Timeout = 200 * time.Millisecond
			}
			err := n.Send(t.Context(), "123", Message{Title: "x", Text: "the text", Picture: png})
			if last := b.got[len(b.got)-1]; last != "text 123 the text" || b.asked != tc.asked {
				t.Errorf("%q, %d photos asked for", b.got, b.asked)
			}
			switch {
			case tc.want == "" && err != nil:
				t.Error(err)
			case tc.want != "" && (!errors.Is(err, ErrNoPicture) || !strings.HasPrefix(err.Error(), tc.want) ||
				errors.Is(err, ErrUnsure) || errors.Is(err, ErrDown)):
				t.Errorf("%v, want %s", err, tc.want)
			}
			leak(t, err, token, "AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw", "110201543")
		})
	}
}

// If the text itself fails, that is the error.
func TestTextThatFailsBehindItsPhoto(t *testing.T) {
	b := startBot(t)
	b.texts = `{"ok":false,"description":"Forbidden: bot was blocked by the user"}`
	b.photos = refuse(403, b.texts)
	n := mustNew(t, newClock(), "telegram://"+token+"@telegram?chats={address}")
	err := n.Send(t.Context(), "123", Message{Text: "x", Picture: png})
	if err == nil || err.Error() != "telegram: Forbidden: bot was blocked by the user" || errors.Is(err, ErrNoPicture) {
		t.Error(err)
	}
}

// Other services get only the text.
func TestPictureForAWebhook(t *testing.T) {
	h := &hook{}
	srv := httptest.NewServer(h)
	defer srv.Close()
	n := mustNew(t, newClock(), "generic+"+srv.URL+"/?to={address}&template=json")
	if err := n.Send(t.Context(), "@anna", Message{Title: "x", Text: "the text", Picture: png}); err != nil {
		t.Fatal(err)
	}
	if len(h.got) != 1 || h.got[0]["message"] != "the text" || len(h.got[0]) != 2 {
		t.Errorf("%q", h.got)
	}
}

// mailURL returns the URL of an office.
func mailURL(at string) string {
	return "smtp://robot%40example.com:" + urlpkg.PathEscape(password) + "@" + at +
		"/?from=robot@example.com&fromname=" + urlpkg.QueryEscape("Сводка") + "&to={address}"
}

// A mail holds the text twice, plain and below the picture, which is in it.
func TestMailWithPicture(t *testing.T) {
	p := &post{}
	n := mustNew(t, newClock(), mailURL(office(t, p)))
	const text = "Кто не сдал: 1 < 2\n.\nИванова & http://x Петров\nПодробно: https://sheet/d/1?a=1&b=2"
	err := n.Send(t.Context(), "anna+work@example.com",
		Message{Title: "Сводка «отдела»,\n15 мая", Text: text, Picture: png})
	if err != nil || len(p.mails) != 1 || p.mails[0].to != "anna+work@example.com" ||
		p.mails[0].from != "robot@example.com" {
		t.Fatalf("%v, %d mails", err, len(p.mails))
	}
	read, err := mail.ReadMessage(strings.NewReader(p.mails[0].data))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(read.Header.Get("Subject"))
	if err != nil || subject != "Сводка «отдела», 15 мая" {
		t.Errorf("subject %q, %v", subject, err)
	}
	from, err := read.Header.AddressList("From")
	if err != nil || from[0].Name != "Сводка" || from[0].Address != "robot@example.com" {
		t.Errorf("from %v, %v", from, err)
	}
	if id := read.Header.Get("Message-ID"); !strings.HasSuffix(id, "@example.com>") {
		t.Errorf("the id of the mail is %s", id)
	}
	if agent := read.Header.Get("User-Agent") + read.Header.Get("X-Mailer"); agent != "" {
		t.Errorf("sent by %s", agent)
	}
	parts := partsOf(t, read.Header.Get("Content-Type"), read.Body)
	var kinds []string
	for _, x := range parts {
		kinds = append(kinds, x.kind)
	}
	if want := []string{"multipart/related", "multipart/alternative", "text/plain", "text/html",
		"image/png"}; !slices.Equal(kinds, want) {
		t.Fatalf("parts %q, want %q", kinds, want)
	}
	if got := strings.ReplaceAll(parts[2].data, "\r\n", "\n"); got != text {
		t.Errorf("text %q", got)
	}
	page := parts[3].data
	for _, want := range []string{`src="cid:glance@svodka"`, `alt="Сводка «отдела», 15 мая"`,
		`Кто не сдал: 1 &lt; 2<br>.<br>Иванова &amp; http://x Петров<br>Подробно: ` +
			`<a href="https://sheet/d/1?a=1&amp;b=2">https://sheet/d/1?a=1&amp;b=2</a>`} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s in\n%s", want, page)
		}
	}
	if parts[4].data != string(png) || parts[4].id != "<glance@svodka>" ||
		!strings.HasPrefix(parts[4].placed, "inline") {
		t.Errorf("the picture: %d bytes, %s, %s", len(parts[4].data), parts[4].id, parts[4].placed)
	}
}

// part is a part of a mail, decoded.
type part struct{ kind, data, id, placed string }

// partsOf returns the parts of a mail, each before its own.
func partsOf(t *testing.T, kind string, body io.Reader) []part {
	t.Helper()
	name, params, err := mime.ParseMediaType(kind)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(name, "multipart/") {
		b, err := io.ReadAll(body)
		if err != nil {
			t.Fatal(err)
		}
		return []part{{kind: name, data: string(b)}}
	}
	out := []part{{kind: name}}
	r := multipart.NewReader(body, params["boundary"])
	for {
		p, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		var of io.Reader = p
		switch p.Header.Get("Content-Transfer-Encoding") {
		case "quoted-printable":
			of = quotedprintable.NewReader(p)
		case "base64":
			of = base64.NewDecoder(base64.StdEncoding, p)
		}
		inner := partsOf(t, p.Header.Get("Content-Type"), of)
		inner[0].id, inner[0].placed = p.Header.Get("Content-ID"), p.Header.Get("Content-Disposition")
		out = append(out, inner...)
	}
}

// If a mail server refuses the picture, it gets the text alone. Only if nobody knows
// whether both arrived is nothing sent again.
func TestMailWhosePictureFails(t *testing.T) {
	p := &post{atData: func(data string, _ *smtp.Conn) error {
		if strings.Contains(data, "image/png") {
			return &smtp.SMTPError{Code: 552, Message: "5.3.4 Message too big for system"}
		}
		return nil
	}}
	n := mustNew(t, newClock(), mailURL(office(t, p)))
	m := Message{Title: "x", Text: "the text", Picture: png}
	err := n.Send(t.Context(), "anna@example.com", m)
	if !errors.Is(err, ErrNoPicture) || errors.Is(err, ErrUnsure) || errors.Is(err, ErrDown) ||
		!strings.Contains(err.Error(), "too big") {
		t.Errorf("refused: %v", err)
	}
	leak(t, err, password, "robot", "anna@")
	if len(p.mails) != 1 || !strings.Contains(p.mails[0].data, "the text") ||
		strings.Contains(p.mails[0].data, "image/png") {
		t.Errorf("%q arrived", p.mails)
	}

	p.mails, p.refuse = nil, map[string]string{"gone@example.com": "5.1.1 user unknown"}
	err = n.Send(t.Context(), "gone@example.com", m)
	if err == nil || errors.Is(err, ErrNoPicture) || errors.Is(err, ErrUnsure) || errors.Is(err, ErrDown) ||
		!strings.Contains(err.Error(), "user unknown") {
		t.Errorf("nobody there: %v", err)
	}
	leak(t, err, "gone@example.com", password)

	bad := mustNew(t, newClock(), strings.Replace(mailURL(office(t, p)), urlpkg.PathEscape(password), "sw0rdf1sh", 1))
	err = bad.Send(t.Context(), "anna@example.com", m)
	if !errors.Is(err, ErrDown) || errors.Is(err, ErrNoPicture) || !strings.Contains(err.Error(), "authenticating") {
		t.Errorf("a wrong password: %v", err)
	}
	leak(t, err, "sw0rdf1sh", "robot", "anna@")
	if len(p.mails) != 0 {
		t.Errorf("%d mails arrived", len(p.mails))
	}

	var taken atomic.Int32 // the sender does not notice the closed connection while it writes
	srv := office(t, &post{atData: func(_ string, c *smtp.Conn) error {
		taken.Add(1)
		return c.Conn().Close()
	}})
	n = mustNew(t, newClock(), mailURL(srv))
	n.Timeout = 2 * time.Second
	if err = n.Send(t.Context(), "anna@example.com", m); !errors.Is(err, ErrUnsure) || errors.Is(err, ErrNoPicture) {
		t.Errorf("broken off: %v", err)
	}
	if n := taken.Load(); n != 1 {
		t.Errorf("the mail was sent %d times", n)
	}
}
