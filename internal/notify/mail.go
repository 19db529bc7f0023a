package notify

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"html"
	"mime"
	"os"
	"strings"
	"time"

	"github.com/nicholas-fedor/shoutrrr/pkg/services/email/smtp"
	"github.com/wneessen/go-mail"

	"svodka/internal/lazyregexp"
)

// sendMail sends a message and its picture as one mail: plain text for programs that show
// no more, and the picture with the text below it. Unless the error says otherwise, the
// mail arrived.
func sendMail(ctx context.Context, n *Notifier, c *channel, address string, m Message) (bool, error) {
	s, err := c.service(address)
	if err != nil {
		return false, fmt.Errorf("%s: %s", c.name, c.scrub(err.Error(), address))
	}
	config, ok := s.(*smtp.Service)
	if !ok {
		return false, fmt.Errorf("%s: %T sends no mail", c.name, s)
	}
	err = n.send(ctx, c, address, func(ctx context.Context) error {
		return postMail(ctx, *config.Config, m, n.Timeout)
	})
	return err == nil || errors.Is(err, ErrUnsure), err
}

// postMail sends the mail to each address of the channel. Its errors already have a kind:
// words cannot show whether the mail may have arrived. It gives up before timeout, so
// that the caller knows how far it came.
func postMail(ctx context.Context, config smtp.Config, m Message, timeout time.Duration) error {
	config.FixEmailTags()
	client, err := mailClient(&config, timeout*2/5)
	if err != nil {
		return &failure{error: err}
	}
	letter, err := letterOf(&config, m)
	if err != nil {
		return &failure{error: fmt.Errorf("put together the mail: %w", err)}
	}
	if err := client.DialWithContext(ctx); err != nil {
		return &failure{fmt.Errorf("error connecting or authenticating: %w", err), ErrDown}
	}
	err = client.Send(letter)
	if letter.IsDelivered() { // only the goodbye failed
		err = nil
	}
	closed := client.Close() // irrelevant once the mail is delivered
	var lost *mail.SendError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &lost) && lost.Reason == mail.ErrSMTPDataClose && lost.ErrorCode() == 0:
		return &failure{fmt.Errorf("no answer to the mail: %w", err), ErrUnsure}
	}
	return &failure{error: errors.Join(err, closed)}
}

// mailClient returns a client with the settings in the library's URL, interpreted as the
// library does. It connects within timeout, and sends a mail within as much again.
func mailClient(config *smtp.Config, timeout time.Duration) (*mail.Client, error) {
	policy := mail.NoTLS
	switch {
	case config.UseStartTLS && config.RequireStartTLS:
		policy = mail.TLSMandatory
	case config.UseStartTLS:
		policy = mail.TLSOpportunistic
	}
	options := []mail.Option{mail.WithPort(int(config.Port)), mail.WithTimeout(timeout), mail.WithTLSPolicy(policy),
		mail.WithoutNoop(), mail.WithTLSConfig(&tls.Config{ServerName: config.Host, MinVersion: tls.VersionTLS12,
			InsecureSkipVerify: config.SkipTLSVerify})} // only if the URL asks for it
	if config.Encryption == smtp.EncImplicitTLS ||
		config.Encryption == smtp.EncAuto && config.Port == smtp.ImplicitTLSPort {
		options = append(options, mail.WithSSL())
	}
	host := config.ClientHost
	if host == "auto" {
		name, err := os.Hostname()
		if err != nil {
			name = "localhost"
		}
		host = name
	}
	options = append(options, mail.WithHELO(host))
	kind := mail.SMTPAuthNoAuth
	switch config.Auth {
	case smtp.AuthPlain:
		kind = mail.SMTPAuthPlain
	case smtp.AuthCRAMMD5:
		kind = mail.SMTPAuthCramMD5
	case smtp.AuthOAuth2:
		kind = mail.SMTPAuthXOAUTH2
	}
	options = append(options, mail.WithSMTPAuth(kind), mail.WithUsername(config.Username),
		mail.WithPassword(config.Password))
	return mail.NewClient(config.Host, options...)
}

// pictureID names the picture in the mail.
const pictureID = "glance@svodka"

// letterOf composes a mail.
func letterOf(config *smtp.Config, m Message) (*mail.Msg, error) {
	letter := mail.NewMsg(mail.WithNoDefaultUserAgent())
	name, err := new(mime.WordDecoder).DecodeHeader(config.FromName)
	if err != nil {
		return nil, err
	}
	title := strings.Join(strings.Fields(m.Title), " ")
	letter.Subject(title)
	letter.SetDate()
	_, domain, _ := strings.Cut(config.FromAddress, "@")
	letter.SetMessageIDWithValue(rand.Text() + "@" + domain) // not this machine's name
	letter.SetBodyString(mail.TypeTextPlain, m.Text)
	letter.AddAlternativeString(mail.TypeTextHTML, page(title, m.Text))
	return letter, errors.Join(letter.FromFormat(name, config.FromAddress), letter.To(config.ToAddresses...),
		letter.EmbedReader("svodka.png", bytes.NewReader(m.Picture), mail.WithFileContentType("image/png"),
			mail.WithFileContentID("<"+pictureID+">")))
}

// lastLink matches the address at the end of a text, which is ours; what people typed
// comes before it and does not become a link.
var lastLink = lazyregexp.New(`https?://[^\s<>"]+$`)

// page returns the mail for programs that show pictures. The picture is as wide as a
// phone, and the page loads nothing from elsewhere.
func page(title, text string) string {
	lines := strings.ReplaceAll(html.EscapeString(text), "\n", "<br>")
	lines = lastLink.ReplaceAllString(lines, `<a href="$0">$0</a>`)
	return `<!DOCTYPE html><html><head><meta charset="utf-8">` +
		`<meta name="viewport" content="width=device-width"></head>` +
		`<body style="margin:0;padding:12px;background:#ffffff;color:#1f2937">` +
		`<img src="cid:` + pictureID + `" alt="` + html.EscapeString(title) + `" width="390" ` +
		`style="display:block;width:100%;max-width:390px;height:auto;border:0">` +
		`<div style="max-width:640px;margin-top:16px;` +
		`font:14px/1.45 -apple-system,'Segoe UI',Roboto,Arial,sans-serif">` +
		lines + `</div></body></html>`
}
