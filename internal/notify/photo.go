package notify

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strings"

	"github.com/nicholas-fedor/shoutrrr/pkg/services/chat/telegram"
)

// mostCaption limits the title below a picture, in characters; Telegram takes 1024.
const mostCaption = 200

// sendPhoto sends the picture of a message to the chats of a Telegram channel, silently:
// the text that follows makes a sound. The text is a message of its own, because it is
// longer than what Telegram takes below a picture, and must not be lost with it.
func sendPhoto(ctx context.Context, n *Notifier, c *channel, address string, m Message) (bool, error) {
	s, err := c.service(address)
	if err != nil {
		return false, fmt.Errorf("%s: %s", c.name, c.scrub(err.Error(), address))
	}
	t, ok := s.(*telegram.Service)
	if !ok {
		return false, fmt.Errorf("%s: %T sends no pictures", c.name, s)
	}
	var first error
	for _, chat := range t.Config.Chats {
		err := n.send(ctx, c, address, func(ctx context.Context) error {
			return postPhoto(ctx, t.Config.Token, chat, m)
		})
		first = cmp.Or(first, err)
	}
	return false, first
}

// postPhoto asks Telegram to show a picture in a chat: a number or a name, optionally
// with a colon and a thread.
func postPhoto(ctx context.Context, token, chat string, m Message) error {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	chat, thread, _ := strings.Cut(chat, ":")
	caption := []rune(strings.Join(strings.Fields(m.Title), " "))
	fields := [][2]string{{"chat_id", chat}, {"message_thread_id", thread},
		{"caption", string(caption[:min(len(caption), mostCaption)])}, {"disable_notification", "true"}}
	var errs []error
	for _, f := range fields {
		if f[1] != "" {
			errs = append(errs, w.WriteField(f[0], f[1]))
		}
	}
	part, err := w.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {`form-data; name="photo"; filename="svodka.png"`}, "Content-Type": {"image/png"}})
	if err == nil {
		_, err = part.Write(m.Picture)
	}
	if err = errors.Join(append(errs, err, w.Close())...); err != nil {
		return fmt.Errorf("put together the request: %w", err)
	}
	_, err = askTelegram(ctx, http.MethodPost, "https://api.telegram.org/bot"+token+"/sendPhoto",
		w.FormDataContentType(), b.Bytes())
	return err
}
