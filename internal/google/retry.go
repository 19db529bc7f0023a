package google

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"cloud.google.com/go/auth"
	"golang.org/x/oauth2"
	"google.golang.org/api/googleapi"

	"svodka/internal/apijson"
)

// Kind says whether trying again makes sense after a failure.
type Kind uint8

// The kinds of failures.
const (
	Permanent Kind = iota // trying again ends the same way
	Retry                 // Google did nothing; may work soon
	Throttled             // Google did nothing; a quota is used up and refills within a minute
	Ambiguous             // Google may have done it: the answer was lost or cannot be trusted
)

func (k Kind) String() string {
	return [...]string{"permanent", "retry", "throttled", "ambiguous"}[k]
}

// kinds maps HTTP statuses to kinds of failures; other statuses from 500 on are
// Ambiguous, all else is Permanent. Writes answered by 503 have been seen to be carried
// out.
var kinds = map[int]Kind{
	http.StatusRequestTimeout:      Ambiguous,
	http.StatusConflict:            Retry, // ABORTED: another change came first
	http.StatusTooManyRequests:     Throttled,
	http.StatusInternalServerError: Ambiguous,
	http.StatusNotImplemented:      Retry, // Sheets sometimes answers so, for methods that it has
	http.StatusBadGateway:          Ambiguous,
	http.StatusServiceUnavailable:  Ambiguous,
	http.StatusGatewayTimeout:      Ambiguous,
	// The local Google's disk is full: nothing was stored.
	http.StatusInsufficientStorage: Permanent,
}

// throttles are the reasons of a 403 that pass within a minute. The domain "usageLimits"
// does not help: storageQuotaExceeded, which never passes, has it too.
// sharingRateLimitExceeded lasts for hours, too long to wait for here.
var throttles = map[string]bool{
	"rateLimitExceeded":     true,
	"userRateLimitExceeded": true,
	"RATE_LIMIT_EXCEEDED":   true,
}

// Classify returns the kind of a failure: from the reason and the status of Google's
// answer or, without one, from how far the request can have got.
func Classify(err error) Kind {
	var (
		answer  *googleapi.Error
		token   *auth.Error
		grant   *oauth2.RetrieveError
		network *net.OpError
		name    *net.DNSError
		cert    *tls.CertificateVerificationError
		syntax  *json.SyntaxError
		request *url.Error
		paused  errPaused
		unsent  interface{ Unsent() (again bool) }
	)
	switch {
	case err == nil, notSent(err):
		return Permanent
	case errors.As(err, &paused):
		return Throttled
	// Without a token nothing was sent.
	case errors.As(err, &unsent):
		return when(unsent.Unsent(), Retry)
	case errors.As(err, &answer):
		if answer.Code == http.StatusForbidden && throttles[reasonOf(err)] {
			return Throttled
		}
		if k, ok := kinds[answer.Code]; ok {
			return k
		}
		if answer.Code >= 500 {
			return Ambiguous
		}
		return Permanent
	case errors.As(err, &token):
		return when(token.Temporary() || token.Response != nil && token.Response.StatusCode >= 500, Retry)
	case errors.As(err, &grant):
		return when(grant.Response != nil && (grant.Response.StatusCode >= 500 ||
			grant.Response.StatusCode == http.StatusTooManyRequests), Retry)
	case errors.As(err, &cert):
		return Permanent
	case errors.As(err, &name), errors.As(err, &network) && network.Op == "dial":
		return Retry
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled),
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.As(err, &network),
		errors.Is(err, apijson.ErrSyntax), errors.As(err, &syntax), errors.As(err, &request):
		return Ambiguous
	}
	return Permanent
}

func when(yes bool, k Kind) Kind {
	if yes {
		return k
	}
	return Permanent
}

// maxWait is the longest wait inside one call; if Google asks for a longer one, the call
// fails.
const maxWait = 5 * time.Minute

// Delay returns how long to wait after the given try, counted from 1. The wait grows
// exponentially; random in [0, 1) decides between half and the whole of it. It is never
// less than what Google asked for by Retry-After (0: nothing). The waits for a quota add
// up to a minute at least, in which it refills.
func Delay(k Kind, try int, retryAfter time.Duration, random float64) time.Duration {
	first, most := time.Second, 16*time.Second
	if k == Throttled {
		first, most = 8*time.Second, 64*time.Second
	}
	d := most
	if n := max(try, 1) - 1; n < 10 {
		d = min(first<<n, most)
	}
	d = d/2 + time.Duration(random*float64(d/2))
	if retryAfter > 0 {
		// A little later, so that clients with the same answer do not come at once.
		return max(d, retryAfter+time.Duration(random*float64(time.Second)))
	}
	return d
}

// retryAfter reads that header of a failed answer: seconds or a date. 0: it is missing or
// unreadable.
func retryAfter(err error, now time.Time) time.Duration {
	var (
		e      *googleapi.Error
		paused errPaused
	)
	switch {
	case errors.As(err, &paused):
		return paused.wait
	case !errors.As(err, &e):
		return 0
	}
	v := e.Header.Get("Retry-After")
	if n, err := strconv.Atoi(v); err == nil {
		return time.Duration(min(max(n, 0), 24*60*60)) * time.Second
	}
	if t, err := http.ParseTime(v); err == nil {
		return max(0, t.Sub(now))
	}
	return 0
}
