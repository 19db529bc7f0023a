package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/nicholas-fedor/shoutrrr/pkg/util/jsonclient"
)

// The library's Telegram service takes a request without a readable answer for a success:
// it looks for an error only in Telegram's own answers. Its requests go through
// jsonclient.DefaultClient, which nothing else uses; telegramClient turns every failure
// into such an answer.
//
// Webhooks, Google Chat and the API of Slack go through http.DefaultClient, which waits
// for ever, so that an abandoned send would never end. The other services have time
// limits of their own, except for a mail server that accepts the connection and then says
// nothing: that ends with the connection.
func init() {
	jsonclient.DefaultClient = telegramClient{}
	http.DefaultClient.Timeout = bound
}

// bound limits how long a request may take; normally it is less than Options.Timeout.
const bound = 25 * time.Second

// telegramHTTP makes the requests.
var telegramHTTP = &http.Client{Timeout: bound}

// noAnswer begins the error of a request that was made but got no answer.
const noAnswer = "no answer: "

// notTelegrams ends the error about an answer from somebody in between.
const notTelegrams = "the answer is not Telegram's"

type telegramClient struct{}

// Get implements jsonclient.Client.
func (c telegramClient) Get(url string, response any) error {
	return c.do(http.MethodGet, url, nil, response)
}

// Post implements jsonclient.Client.
func (c telegramClient) Post(url string, request, response any) error {
	body, err := json.Marshal(request)
	if err != nil {
		return refused("the message cannot be encoded: " + err.Error())
	}
	return c.do(http.MethodPost, url, body, response)
}

// Headers implements jsonclient.Client.
func (telegramClient) Headers() http.Header { return http.Header{} }

// ErrorResponse implements jsonclient.Client.
func (telegramClient) ErrorResponse(err error, response any) bool {
	return json.Unmarshal([]byte(jsonclient.ErrorBody(err)), response) == nil
}

func (telegramClient) do(method, to string, body []byte, response any) error {
	b, err := askTelegram(context.Background(), method, to, jsonclient.ContentType, body)
	if err != nil {
		return refused(err.Error())
	}
	return json.Unmarshal(b, response)
}

// askTelegram makes a request and returns the answer if it succeeded. Its errors do not
// show the token, which is in the address.
func askTelegram(ctx context.Context, method, to, contentType string, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, to, bytes.NewReader(body))
	if err != nil {
		return nil, errors.New("the request cannot be made") // err would show the token
	}
	req.Header.Set("Content-Type", contentType)
	res, err := telegramHTTP.Do(req)
	if err != nil {
		var ue *url.Error
		if errors.As(err, &ue) {
			err = ue.Err // ue shows the token
		}
		return nil, fmt.Errorf("%s%w", noAnswer, err)
	}
	b, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err = errors.Join(err, res.Body.Close()); err != nil {
		return nil, fmt.Errorf("%s%w", noAnswer, err)
	}
	var said struct {
		OK          bool   `json:"ok"`
		Description string `json:"description"`
	}
	switch err := json.Unmarshal(b, &said); {
	case err != nil:
		return nil, fmt.Errorf("HTTP %s, and %s", res.Status, notTelegrams)
	case !said.OK && said.Description == "":
		return nil, fmt.Errorf("HTTP %s", res.Status)
	case !said.OK:
		return nil, errors.New(said.Description)
	}
	return b, nil
}

// refused returns a failure in the form that the service recognises.
func refused(why string) error {
	b, err := json.Marshal(map[string]any{"ok": false, "description": why})
	return errors.Join(err, jsonclient.Error{Body: string(b)})
}
