package notify

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"mime"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/nicholas-fedor/shoutrrr/pkg/services/chat/discord"
	"github.com/nicholas-fedor/shoutrrr/pkg/services/chat/googlechat"
	"github.com/nicholas-fedor/shoutrrr/pkg/services/chat/matrix"
	"github.com/nicholas-fedor/shoutrrr/pkg/services/chat/mattermost"
	"github.com/nicholas-fedor/shoutrrr/pkg/services/chat/rocketchat"
	"github.com/nicholas-fedor/shoutrrr/pkg/services/chat/slack"
	"github.com/nicholas-fedor/shoutrrr/pkg/services/chat/teams"
	"github.com/nicholas-fedor/shoutrrr/pkg/services/chat/telegram"
	"github.com/nicholas-fedor/shoutrrr/pkg/services/chat/zulip"
	"github.com/nicholas-fedor/shoutrrr/pkg/services/email/smtp"
	"github.com/nicholas-fedor/shoutrrr/pkg/services/push/ntfy"
	"github.com/nicholas-fedor/shoutrrr/pkg/services/push/pushover"
	"github.com/nicholas-fedor/shoutrrr/pkg/services/specialized/generic"
	"github.com/nicholas-fedor/shoutrrr/pkg/types"
)

// services are the library's services that reach a person or a room.
var services = map[string]func() types.Service{
	telegram.Scheme:   func() types.Service { return &telegram.Service{} },
	smtp.Scheme:       func() types.Service { return &smtp.Service{} },
	slack.Scheme:      func() types.Service { return &slack.Service{} },
	mattermost.Scheme: func() types.Service { return &mattermost.Service{} },
	discord.Scheme:    func() types.Service { return &discord.Service{} },
	teams.Scheme:      func() types.Service { return &teams.Service{} },
	googlechat.Scheme: func() types.Service { return &googlechat.Service{} },
	rocketchat.Scheme: func() types.Service { return &rocketchat.Service{} },
	matrix.Scheme:     func() types.Service { return &matrix.Service{} },
	zulip.Scheme:      func() types.Service { return &zulip.Service{} },
	ntfy.Scheme:       func() types.Service { return &ntfy.Service{} },
	pushover.Scheme:   func() types.Service { return &pushover.Service{} },
	generic.Scheme:    func() types.Service { return &generic.Service{} },
}

// manner says how to treat a service.
type manner struct {
	most  int           // bytes in a message; 0: no relevant limit
	every time.Duration // least time between two messages
	same  time.Duration // least time between two messages to the same address
	// params go with every message. They turn markup off, so that people's names need no
	// escaping.
	params types.Params
	titled bool // the title is sent beside the text
}

// manners of services that have their own. Telegram allows 30 messages a second, and one
// a second into the same chat; the library counts its 4096 in bytes.
var manners = map[string]manner{
	telegram.Scheme: {most: 4096, every: 50 * time.Millisecond, same: 1100 * time.Millisecond, params: types.Params{
		"parsemode": "None", "preview": "No"}},
	smtp.Scheme:    {every: 200 * time.Millisecond, titled: true},
	discord.Scheme: {most: 2000, every: time.Second},
	generic.Scheme: {every: 50 * time.Millisecond, titled: true},
}

// pictures maps services that take pictures to how they are sent. The library sends none.
var pictures = map[string]func(context.Context, *Notifier, *channel, string, Message) (bool, error){
	telegram.Scheme: sendPhoto,
	smtp.Scheme:     sendMail,
}

// usual is the manner of all others.
var usual = manner{most: 3000, every: time.Second}

// Placeholder stands in a URL for the address of a person.
const Placeholder = "{address}"

// standIn replaces Placeholder when a URL is checked without an address.
const standIn = "address"

// channel is a service with its credentials.
type channel struct {
	name    string // for people: telegram, slack
	scheme  string
	raw     string // the configured URL: secret
	secrets *strings.Replacer
	manner  manner
	// picture sends a message's picture: see Send. nil: the service takes none. arrived
	// says that the text has gone along, for certain or, by the error, perhaps.
	picture func(ctx context.Context, n *Notifier, c *channel, address string, m Message) (arrived bool, err error)

	sent time.Time // when the last message went out
	to   string    // and to whom
}

// parse parses a URL and checks it with a made-up address, without sending anything. Its
// errors do not show the URL.
func parse(raw string, addressed bool) (*channel, error) {
	u, err := url.Parse(strings.ReplaceAll(raw, Placeholder, standIn))
	if err != nil || u.Scheme == "" || u.Host == "" {
		return nil, errors.New("this is no URL (it looks like telegram://TOKEN@telegram?chats={address} or " +
			"smtp://USER:PASSWORD@HOST:587/?from=MAIL&to={address}; special characters in a password are written as " +
			"%40 and the like)")
	}
	scheme, _, _ := strings.Cut(u.Scheme, "+")
	scheme = strings.ToLower(scheme)
	if services[scheme] == nil {
		return nil, fmt.Errorf("there is no service %q (there are %s)", scheme,
			strings.Join(slices.Sorted(maps.Keys(services)), ", "))
	}
	has := strings.Contains(raw, Placeholder)
	switch {
	case addressed && !has:
		return nil, fmt.Errorf("%s: the URL must hold %s where a person's address belongs", scheme, Placeholder)
	case !addressed && has:
		return nil, fmt.Errorf("%s: the URL must be complete, without %s", scheme, Placeholder)
	}
	c := &channel{name: scheme, scheme: scheme, raw: raw, secrets: secretsOf(u, scheme), manner: usual,
		picture: pictures[scheme]}
	if m, ok := manners[scheme]; ok {
		c.manner = m
	}
	example := "1"
	if scheme == smtp.Scheme {
		example = "someone@example.com"
	}
	if _, err := c.service(example); err != nil {
		return nil, fmt.Errorf("%s: %s", scheme, c.scrub(err.Error(), ""))
	}
	return c, nil
}

// service returns the library's service for an address.
func (c *channel) service(address string) (types.Service, error) {
	u, err := url.Parse(strings.ReplaceAll(c.raw, Placeholder, url.QueryEscape(address)))
	if err != nil {
		return nil, errors.New("this address cannot stand in the URL")
	}
	s := services[c.scheme]()
	if strings.Contains(u.Scheme, "+") {
		custom, ok := s.(types.CustomURLService)
		if !ok {
			return nil, fmt.Errorf("a URL of %s begins with %s://", c.scheme, c.scheme)
		}
		if u, err = custom.GetServiceURLFromCustom(u); err != nil {
			return nil, err
		}
	}
	if c.scheme == smtp.Scheme {
		// The library copies the sender's name into the header unchanged.
		q := u.Query()
		name := q.Get("fromname")
		if name == "" {
			name = "Svodka"
		}
		q.Set("fromname", header(name))
		u.RawQuery = q.Encode()
	}
	return s, s.Initialize(u, nil)
}

// text sends a text that the service takes in one piece.
func (c *channel) text(address, title, text string) error {
	s, err := c.service(address)
	if err != nil {
		return &failure{error: err}
	}
	params := types.Params{}
	for k, v := range c.manner.params {
		params[k] = v
	}
	if c.manner.titled {
		if c.scheme == smtp.Scheme {
			title = header(title)
		}
		params.SetTitle(title)
	}
	return s.Send(text, &params)
}

// header encodes a text for a mail's header: one line of ASCII.
func header(s string) string {
	return mime.BEncoding.Encode("utf-8", strings.Join(strings.Fields(s), " "))
}
