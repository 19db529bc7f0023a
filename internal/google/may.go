package google

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
)

// mayKey carries MayWrite in the context of a call that it concerns.
type mayKey struct{}

// Guard returns a transport that asks MayWrite once more, where nothing but the network
// follows: for a token, a free connection or its handshake a call may wait for minutes
// after it was asked first, and a process may be paused anywhere. It asks before each
// part of the body, too, so a request that was interrupted in the middle stays a half,
// which nobody carries out.
func Guard(base http.RoundTripper) http.RoundTripper { return guard{base} }

type guard struct{ base http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (g guard) RoundTrip(r *http.Request) (*http.Response, error) {
	may, ok := r.Context().Value(mayKey{}).(func() error)
	if !ok {
		return g.base.RoundTrip(r)
	}
	if err := may(); err != nil {
		if r.Body != nil {
			err = errors.Join(err, r.Body.Close())
		}
		return nil, errMayNot{err}
	}
	if r.Body == nil || r.Body == http.NoBody {
		return g.base.RoundTrip(r)
	}
	var refused atomic.Pointer[errMayNot]
	body := func(b io.ReadCloser) io.ReadCloser {
		return &guardedBody{ReadCloser: b, left: r.ContentLength, may: may, refused: &refused}
	}
	guarded := r.WithContext(r.Context())
	guarded.Body = body(r.Body)
	if again := r.GetBody; again != nil {
		guarded.GetBody = func() (io.ReadCloser, error) {
			b, err := again()
			if err != nil {
				return nil, err
			}
			return body(b), nil
		}
	}
	res, err := g.base.RoundTrip(guarded)
	stop := refused.Load()
	if stop == nil {
		return res, err
	}
	if err == nil { // the answer to half a request
		return nil, errMayNot{errors.Join(stop.error, res.Body.Close())}
	}
	return nil, *stop
}

// guardedBody is a body that ends with an error once nothing may be written any more.
type guardedBody struct {
	io.ReadCloser
	left    int64 // bytes to come; below zero: unknown
	may     func() error
	refused *atomic.Pointer[errMayNot]
}

// Read implements io.Reader. After the last byte it asks no more: then the request is
// whole.
func (b *guardedBody) Read(p []byte) (int, error) {
	if b.left != 0 {
		if err := b.may(); err != nil {
			stop := errMayNot{err}
			b.refused.Store(&stop)
			return 0, stop
		}
	}
	n, err := b.ReadCloser.Read(p)
	if b.left > 0 {
		b.left = max(0, b.left-int64(n))
	}
	return n, err
}

// asking returns a context in which a call that changes something is guarded.
func (c *Client) asking(ctx context.Context, what call) context.Context {
	if what.effect == reads || what.mark || c.mayWrite == nil {
		return ctx
	}
	return context.WithValue(ctx, mayKey{}, c.mayWrite)
}
