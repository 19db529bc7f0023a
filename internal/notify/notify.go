// Package notify sends messages to people outside the spreadsheets: to a Telegram chat,
// by e-mail, into a Slack room, to a webhook. A channel is a URL of the library shoutrrr
// with the placeholder {address}; a person has an address. The library sends no pictures,
// so they use its settings but our own request to Telegram, and go-mail for mail.
//
// It is an edge: it sends what it is given, one message after another at the pace that
// the service allows, and reports the outcome. The caller decides whom to tell what, and
// that nobody is told twice. URLs hold passwords: neither they nor people's addresses are
// ever in its errors.
package notify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/nicholas-fedor/shoutrrr/pkg/services/email/smtp"
	"github.com/nicholas-fedor/shoutrrr/pkg/services/specialized/generic"

	"svodka/internal/lazyregexp"
)

// ErrUnsure means that a message may have arrived: it must not be sent again.
var ErrUnsure = errors.New("it may have arrived all the same")

// ErrDown means that the channel itself does not work, whoever the recipient: it is
// unreachable, or takes nothing from us now. Nothing arrived.
var ErrDown = errors.New("the channel does not work now")

// ErrNoPicture means that the text arrived but not its picture.
var ErrNoPicture = errors.New("without its picture")

// ErrNoChannel means that no channel leads to an address of this kind.
var ErrNoChannel = errors.New("no channel leads to an address of this kind (set SVODKA_NOTIFY_URLS)")

// Options configure a Notifier.
type Options struct {
	People []string // URLs with {address}: at most one of e-mail and one of chats
	Rooms  []string // complete URLs
	Now    func() time.Time
	Sleep  func(context.Context, time.Duration) error
	// Timeout limits how long one message may take; 0: 30 seconds.
	Timeout time.Duration
}

// Notifier sends messages. It is not safe for concurrent use.
type Notifier struct {
	Options
	mail, chat *channel // may be nil
	rooms      []*channel
}

// New returns a Notifier. Its error reports everything that is wrong with the URLs, each
// by its position, without showing the URL.
func New(o Options) (*Notifier, error) {
	if o.Timeout == 0 {
		o.Timeout = 30 * time.Second
	}
	n := &Notifier{Options: o}
	var errs []error
	for i, raw := range o.People {
		c, err := parse(raw, true)
		if err != nil {
			errs = append(errs, fmt.Errorf("SVODKA_NOTIFY_URLS, URL %d: %w", i+1, err))
			continue
		}
		of := &n.chat
		if c.scheme == smtp.Scheme {
			of = &n.mail
		}
		if *of != nil {
			errs = append(errs, fmt.Errorf("SVODKA_NOTIFY_URLS, URL %d: %s: there is %s already (one for e-mail and "+
				"one for chats)", i+1, c.name, (*of).name))
		}
		*of = c
	}
	for i, raw := range o.Rooms {
		c, err := parse(raw, false)
		if err != nil {
			errs = append(errs, fmt.Errorf("SVODKA_DIGEST_URLS, URL %d: %w", i+1, err))
			continue
		}
		c.name = fmt.Sprintf("%s, URL %d of SVODKA_DIGEST_URLS", c.scheme, i+1)
		n.rooms = append(n.rooms, c)
	}
	return n, errors.Join(errs...)
}

// Channels names the services that reach people, and those that reach rooms.
func (n *Notifier) Channels() (people, rooms []string) {
	for _, c := range []*channel{n.chat, n.mail} {
		if c != nil {
			people = append(people, c.name)
		}
	}
	for _, c := range n.rooms {
		rooms = append(rooms, c.scheme)
	}
	return people, rooms
}

// Rooms returns the addresses of the rooms for Send.
func (n *Notifier) Rooms() []string {
	var out []string
	for _, c := range n.rooms {
		out = append(out, c.name)
	}
	return out
}

// Way returns the name of the channel that leads to an address; empty: none does.
func (n *Notifier) Way(address string) string {
	if c := n.channel(address); c != nil {
		return c.name
	}
	return ""
}

var mailForm = lazyregexp.New(`^[^\s@]+@[^\s@]+\.[^\s@]+$`)

// channel returns the channel for an address: a room's name leads to the room, what looks
// like an e-mail to mail, everything else to the chat. A webhook takes both.
func (n *Notifier) channel(address string) *channel {
	if address == "" {
		return nil
	}
	for _, c := range n.rooms {
		if c.name == address {
			return c
		}
	}
	if !mailForm.MatchString(address) {
		return n.chat
	}
	if n.mail == nil && n.chat != nil && n.chat.scheme == generic.Scheme {
		return n.chat
	}
	return n.mail
}

// Message is a message to one address.
type Message struct {
	Title string // for a mail, or beside a picture
	Text  string // lines
	// Picture is a PNG that shows the same; nil: none. Only Telegram and mail take it.
	Picture []byte
}

// Send sends a message, in parts if the service takes only short ones, and waits until
// the service has taken it. An error other than ErrUnsure and ErrNoPicture means that the
// text did not arrive. A picture goes ahead of the text or with it. If it fails, the text
// is held back only if both were one mail, which may have arrived.
func (n *Notifier) Send(ctx context.Context, address string, m Message) error {
	c := n.channel(address)
	if c == nil {
		return ErrNoChannel
	}
	if len(m.Picture) > 0 && c.picture != nil {
		arrived, lost := c.picture(ctx, n, c, address, m)
		if arrived {
			return lost
		}
		if lost != nil {
			if err := n.text(ctx, c, address, m); err != nil {
				return err
			}
			return &failure{fmt.Errorf("%w (the text has arrived, its picture has not)", lost), ErrNoPicture}
		}
	}
	return n.text(ctx, c, address, m)
}

// text sends the text of a message.
func (n *Notifier) text(ctx context.Context, c *channel, address string, m Message) error {
	for i, part := range split(m.Text, c.manner.most) {
		err := n.send(ctx, c, address, func(context.Context) error { return c.text(address, m.Title, part) })
		switch {
		case err != nil && i > 0 && !errors.Is(err, ErrUnsure):
			return &failure{fmt.Errorf("%w (parts before it have arrived)", err), ErrUnsure}
		case err != nil:
			return err
		}
	}
	return nil
}

// longestWait limits how long a service may ask to wait.
const longestWait = time.Minute

// send makes one request of a message when its turn comes. If the service asks for a
// short wait, it tries once more.
func (n *Notifier) send(ctx context.Context, c *channel, address string, request func(context.Context) error) error {
	for again := true; ; again = false {
		if err := n.pace(ctx, c, address); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		err := n.once(ctx, c, address, request)
		wait, asked := waitAsked(err)
		if !asked || !again || wait > longestWait {
			return err
		}
		if err := n.Sleep(ctx, wait); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
}

// pace waits until the next message to the address may go out.
func (n *Notifier) pace(ctx context.Context, c *channel, address string) error {
	gap := c.manner.every
	if address == c.to {
		gap = max(gap, c.manner.same)
	}
	if wait := gap - n.Now().Sub(c.sent); !c.sent.IsZero() && wait > 0 {
		if err := n.Sleep(ctx, wait); err != nil {
			return err
		}
	}
	c.sent, c.to = n.Now(), address
	return ctx.Err()
}

// once makes one attempt. The library knows no contexts: a request that takes too long is
// abandoned, ends by its own time limit, and nobody learns how.
func (n *Notifier) once(ctx context.Context, c *channel, address string, request func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, n.Timeout)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- request(ctx) }()
	var err error
	select {
	case <-ctx.Done():
		return &failure{fmt.Errorf("%s: no answer within %s", c.name, n.Timeout), ErrUnsure}
	case err = <-done:
	}
	if err == nil {
		return nil
	}
	said := err.Error()
	scrubbed := fmt.Errorf("%s: %s", c.name, c.scrub(said, address))
	var known *failure
	switch {
	case errors.As(err, &known):
		return &failure{scrubbed, known.kind}
	case unsure(said):
		return &failure{scrubbed, ErrUnsure}
	case down(said):
		return &failure{scrubbed, ErrDown}
	}
	return scrubbed
}

// failure is an error with a kind that its text need not repeat; nil: no kind.
type failure struct {
	error
	kind error
}

// Is implements the interface that errors.Is looks for.
func (f *failure) Is(target error) bool { return f.kind != nil && target == f.kind }

var retryAfter = lazyregexp.New(`(?i)retry after (\d+)`)

// waitAsked returns how long Telegram asks to wait.
func waitAsked(err error) (time.Duration, bool) {
	if err == nil {
		return 0, false
	}
	m := retryAfter.FindStringSubmatch(err.Error())
	if m == nil {
		return 0, false
	}
	s, err := strconv.Atoi(m[1])
	return time.Duration(s) * time.Second, err == nil
}

// unsure reports, from the words of an error, whether the message may have gone through:
// an open connection broke, or a mail server that had taken the mail failed at the
// goodbye. The library gives nothing but words.
func unsure(said string) bool {
	return !hasAny(said, "dial ", "lookup ", "certificate", "tls: ") &&
		hasAny(said, "EOF", "reset by peer", "broken pipe", "closing session", "timeout", "timed out",
			"deadline exceeded", noAnswer)
}

// down reports, from the words of an error, whether the next message would fail as well:
// nobody listens, our password is refused, we must wait, or the service is out of order.
func down(said string) bool {
	return hasAny(said, "dial ", "lookup ", "certificate", "tls: ", "authenticating", "Unauthorized",
		"Too Many Requests", notTelegrams, " 429 ", " 500 ", " 502 ", " 503 ", " 504 ")
}

func hasAny(s string, parts ...string) bool {
	return slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(s, p) })
}

// split cuts a text at line ends into parts of at most most bytes.
func split(text string, most int) []string {
	var parts []string
	for most > 0 && len(text) > most {
		cut := strings.LastIndexByte(text[:most+1], '\n')
		rest := cut + 1
		if cut <= 0 { // a single line that is too long
			cut = most
			for !utf8.RuneStart(text[cut]) {
				cut--
			}
			rest = cut
		}
		parts = append(parts, text[:cut])
		text = text[rest:]
	}
	if text = strings.Trim(text, "\n"); text != "" || len(parts) == 0 {
		parts = append(parts, text)
	}
	return parts
}
