package google_test

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"svodka/internal/google"
	"svodka/internal/localgoogle"
)

func TestLocalSharing(t *testing.T) {
	c, s := open(t)
	ctx := t.Context()
	f := create(t, c, "n", props)
	anna, err := c.Share(ctx, f.ID, "Anna@example.com", "writer", false)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "permission", google.Permission{ID: anna.ID, Type: "user", Role: "writer", Email: "anna@example.com"}, anna)
	again, err := c.Share(ctx, f.ID, "anna@example.com", "reader", false)
	if err != nil || again.Role != "writer" {
		t.Errorf("sharing again: %+v, %v", again, err)
	}
	if _, err := c.Share(ctx, f.ID, "boss@example.com", "reader", true); err != nil {
		t.Error(err)
	}
	emails := func() map[string]string {
		t.Helper()
		list, err := c.Permissions(ctx, f.ID)
		if err != nil {
			t.Fatal(err)
		}
		m := map[string]string{}
		for _, p := range list {
			m[p.Email] = p.Role
		}
		return m
	}
	same(t, "shared with", map[string]string{s.Owner(): "owner", "anna@example.com": "writer",
		"boss@example.com": "reader"}, emails())

	for range 2 { // removing what is gone is no error
		if err := c.Unshare(ctx, f.ID, anna.ID); err != nil {
			t.Error(err)
		}
	}
	same(t, "shared with", map[string]string{s.Owner(): "owner", "boss@example.com": "reader"}, emails())
	if err := c.Unshare(ctx, "nothing", anna.ID); !google.NotFound(err) {
		t.Errorf("an unknown file: %v", err)
	}
	if _, err := c.Share(ctx, f.ID, "no address", "writer", false); err == nil || google.RetryIn(err) != 0 {
		t.Errorf("no address: %v", err)
	}
}

// TestSharedOnce: whatever happens to the answer, the file is shared in the end.
func TestSharedOnce(t *testing.T) {
	for _, fault := range []localgoogle.Fault{
		{Status: 500}, {Status: 503}, {Cut: true}, {Status: 429},
		{Status: 500, AfterCommit: true}, {Status: 503, AfterCommit: true}, {Cut: true, AfterCommit: true},
	} {
		c, s := open(t)
		f := create(t, c, "n", props)
		fault.Method = "drive.permissions.create"
		s.Faults().Add(fault)
		s.Journal().Reset()
		p, err := c.Share(t.Context(), f.ID, "anna@example.com", "writer", true)
		if err != nil || p.Email != "anna@example.com" || p.Role != "writer" {
			t.Errorf("%+v: %+v, %v", fault, p, err)
		}
		asked := 0
		for _, call := range s.Journal().Calls() {
			if call.Method == "drive.permissions.create" {
				asked++
			}
		}
		// One that Google carried out is not asked for again: each would send a mail.
		if want := map[bool]int{true: 1, false: 2}[fault.AfterCommit]; asked != want {
			t.Errorf("%+v: asked %d times, want %d", fault, asked, want)
		}
	}
}

func TestSharingAnswers(t *testing.T) {
	mail := answer{status: 400,
		body: `{"error":{"code":400,"message":"Bad Request. User message: \"The items were successfully shared but emails could not be sent to anna@example.com.\"","errors":[{"reason":"invalidSharingRequest"}]}}`}
	there := ok(
		`{"permissions":[{"id":"o","type":"user","role":"owner","emailAddress":"o@example.com"},{"id":"p","type":"user","role":"writer","emailAddress":"Anna@example.com"}]}`)
	weaker := ok(`{"permissions":[{"id":"p","type":"user","role":"reader","emailAddress":"anna@example.com"}]}`)
	for _, c := range []struct {
		name    string
		answers []answer
		calls   int
		shared  bool
	}{
		{"the mail could not be sent", []answer{mail, there}, 2, true},
		{"not shared either", []answer{mail, ok(`{"permissions":[]}`)}, 2, false},
		{"lost, carried out", []answer{afterSend, there}, 2, true},
		{"lost, with less rights there before", []answer{afterSend, weaker, ok(`{"id":"p","role":"writer"}`)}, 3, true},
		{"lost, and no look possible", []answer{afterSend, refused(403, "forbidden")}, 2, false},
		{"forbidden", []answer{refused(403, "forbidden")}, 1, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, c.answers...)
			p, err := b.Share(t.Context(), "1", "anna@example.com", "writer", true)
			if (err == nil) != c.shared || len(b.script.asked) != c.calls || c.shared && p.ID != "p" {
				t.Errorf("%+v, %v after %d calls", p, err, len(b.script.asked))
			}
		})
	}
}

func TestSharingLimit(t *testing.T) {
	words := answer{status: 403,
		body: `{"error":{"code":403,"message":"Rate limit exceeded. User message: \"Sorry, you have exceeded your sharing quota.\"","errors":[{"reason":"rateLimitExceeded"}]}}`}
	later := refused(403, "sharingRateLimitExceeded")
	later.header = http.Header{"Retry-After": {"86400"}}
	for _, c := range []struct {
		name string
		a    answer
		wait time.Duration
	}{
		{"by reason", refused(403, "sharingRateLimitExceeded"), 4 * time.Hour},
		{"by words alone", words, 4 * time.Hour},
		{"with a time", later, 24 * time.Hour},
	} {
		b := newBench(t, c.a)
		_, err := b.Share(t.Context(), "1", "anna@example.com", "writer", false)
		if !errors.Is(err, google.ErrSharingLimit) || google.RetryIn(err) != c.wait || b.Calls().Drive != 1 {
			t.Errorf("%s: %v, in %v, after %d calls", c.name, err, google.RetryIn(err), b.Calls().Drive)
		}
	}
	b := newBench(t, refused(403, "userRateLimitExceeded"))
	if _, err := b.Share(t.Context(), "1", "anna@example.com", "writer", false); err == nil ||
		errors.Is(err, google.ErrSharingLimit) || b.Calls().Drive != 5 {
		t.Errorf("another limit: %v", err)
	}
	if d := google.RetryIn(errors.New("anything")); d != 0 {
		t.Errorf("in %v", d)
	}
}

func TestPermissionsOfASharedDrive(t *testing.T) {
	b := newBench(t, ok(`{"nextPageToken":"2","permissions":[
		{"id":"m","type":"user","role":"fileOrganizer","emailAddress":"worker@example.com","permissionDetails":[{"inherited":true}]},
		{"id":"a","type":"user","role":"writer","emailAddress":"anna@example.com","permissionDetails":[{"inherited":true},{"inherited":false}]}]}`),
		ok(
			`{"permissions":[{"id":"d","type":"domain","role":"reader","domain":"example.com"},{"id":"x","type":"user","role":"writer","deleted":true}]}`))
	list, err := b.Permissions(t.Context(), "1")
	if err != nil {
		t.Fatal(err)
	}
	same(t, "permissions", []google.Permission{
		{ID: "m", Type: "user", Role: "fileOrganizer", Email: "worker@example.com", Inherited: true},
		{ID: "a", Type: "user", Role: "writer", Email: "anna@example.com"},
		{ID: "d", Type: "domain", Role: "reader", Domain: "example.com"},
		{ID: "x", Type: "user", Role: "writer", Deleted: true},
	}, list)
	same(t, "second page", "2", b.script.asked[1].query.Get("pageToken"))
}

func TestMailsOnlyIfWanted(t *testing.T) {
	for _, notify := range []string{"true", "false"} {
		b := newBench(t, ok(`{"id":"p"}`))
		if _, err := b.Share(t.Context(), "1", "anna@example.com", "writer", notify == "true"); err != nil {
			t.Error(err)
		}
		q := b.script.asked[0].query
		same(t, "notify", notify, q.Get("sendNotificationEmail"))
		same(t, "shared drives", "true", q.Get("supportsAllDrives"))
		if !strings.Contains(b.script.asked[0].body, `"type":"user"`) {
			t.Errorf("body %s", b.script.asked[0].body)
		}
	}
}

// TestOneChangeOfPermissionsAtATime for each file; of others at the same time.
func TestOneChangeOfPermissionsAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &mill{took: time.Second}
		c, err := google.New(t.Context(), google.Options{HTTP: m.as("u"), Endpoint: "http://google.test"})
		if err != nil {
			t.Fatal(err)
		}
		started := time.Now()
		var wg sync.WaitGroup
		for _, file := range []string{"1", "2"} {
			for range 3 {
				wg.Go(func() {
					if _, err := c.Share(t.Context(), file, "anna@example.com", "writer", false); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Go(func() {
				if err := c.Unshare(t.Context(), file, "p"); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if took := time.Since(started); took != 4*time.Second || len(m.total) != 8 {
			t.Errorf("took %v, %d calls", took, len(m.total))
		}
	})
}
