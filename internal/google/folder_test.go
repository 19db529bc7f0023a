package google_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"testing"

	"google.golang.org/api/drive/v3"
	"google.golang.org/api/option"

	"svodka/internal/google"
)

// inFolder returns a client of a scripted Google that works in a folder.
func inFolder(t *testing.T, folder string, answers ...answer) *bench {
	t.Helper()
	b := &bench{script: &script{answers: answers}}
	c, err := google.New(t.Context(), google.Options{
		HTTP: &http.Client{Transport: b.script}, Endpoint: "http://google.test", FolderID: folder,
	})
	if err != nil {
		t.Fatal(err)
	}
	b.Client = c
	return b
}

const inDrive = `{"driveId":"d1"}`

func TestFolderOfASharedDrive(t *testing.T) {
	b := inFolder(t, "f1", ok(inDrive), ok(`{"startPageToken":"7"}`),
		ok(`{"newStartPageToken":"8"}`), ok(made), ok(`{"files":[`+made+`]}`))
	ctx := t.Context()
	token, err := b.StartToken(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, token, err = b.Changes(ctx, token); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Create(ctx, "n", props); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Find(ctx, props); err != nil {
		t.Fatal(err)
	}
	type sent struct{ Path, Drive, Corpora, Token string }
	var got []sent
	for _, a := range b.script.asked {
		got = append(got, sent{a.path, a.query.Get("driveId"), a.query.Get("corpora"), a.query.Get("pageToken")})
	}
	same(t, "calls", []sent{
		{Path: "/drive/v3/files/f1"},
		{Path: "/drive/v3/changes/startPageToken", Drive: "d1"},
		{Path: "/drive/v3/changes", Drive: "d1", Token: "7"},
		{Path: "/drive/v3/files"},
		{Path: "/drive/v3/files", Drive: "d1", Corpora: "drive"},
	}, got)
	var body drive.File
	if err := json.Unmarshal([]byte(b.script.asked[3].body), &body); err != nil {
		t.Fatal(err)
	}
	same(t, "parents", []string{"f1"}, body.Parents)

	// The next process continues from the token without looking at the folder.
	b = inFolder(t, "f1", ok(`{"newStartPageToken":"9"}`))
	if _, _, err = b.Changes(ctx, token); err != nil {
		t.Fatal(err)
	}
	same(t, "calls", google.Calls{Drive: 1}, b.Calls())
	same(t, "token", "8", b.script.asked[0].query.Get("pageToken"))
	same(t, "drive", "d1", b.script.asked[0].query.Get("driveId"))
}

func TestFolderOfMyDrive(t *testing.T) {
	b := inFolder(t, "f1", ok(`{}`), ok(`{"startPageToken":"7"}`), ok(`{"newStartPageToken":"8"}`), ok(`{"files":[]}`))
	token, err := b.StartToken(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.Changes(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Find(t.Context(), props); err != nil {
		t.Fatal(err)
	}
	for _, a := range b.script.asked {
		if a.query.Has("driveId") || a.query.Has("corpora") {
			t.Errorf("%s asks for a shared drive: %v", a.path, a.query)
		}
	}
	same(t, "calls", google.Calls{Drive: 4}, b.Calls())
}

// TestTokenOfAnotherFeed: the error comes before any call, or from Google's answer.
func TestTokenOfAnotherFeed(t *testing.T) {
	for _, c := range []struct {
		name, folder, token string
		calls               int
	}{
		{"a folder was set", "f1", "7", 0},
		{"another folder was set", "f2", "f1/d1/7", 0},
		{"the folder was taken away", "", "f1/d1/7", 0},
		{"damaged", "f1", "f1/d1", 0},
		{"Google does not know it", "f1", "f1/d1/7", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := inFolder(t, c.folder, answer{status: 400,
				body: `{"error":{"code":400,"message":"Invalid Value","errors":[{"message":"Invalid Value","domain":"global","reason":"invalid","location":"pageToken","locationType":"parameter"}]}}`})
			if _, _, err := b.Changes(t.Context(), c.token); !errors.Is(err, google.ErrToken) ||
				b.Calls().Drive != c.calls {
				t.Errorf("%v after %d calls", err, b.Calls().Drive)
			}
		})
	}
	for _, a := range []answer{refused(403, "pageTokenExpired"), refused(410, "gone"), {status: 410, body: "gone"}} {
		b := inFolder(t, "", a)
		if _, _, err := b.Changes(t.Context(), "7"); !errors.Is(err, google.ErrToken) ||
			!errors.Is(err, google.ErrTokenExpired) || b.Calls().Drive != 1 {
			t.Errorf("a token that Google has forgotten: %v after %d calls", err, b.Calls().Drive)
		}
	}
	for _, a := range []answer{refused(404, "notFound"), refused(403, "insufficientPermissions")} {
		b := inFolder(t, "", a)
		if _, _, err := b.Changes(t.Context(), "7"); err == nil || errors.Is(err, google.ErrToken) {
			t.Errorf("another failure: %v", err)
		}
	}
}

// TestWritesOfEveryIdentityAreOurs: the identity that lists changes recognises another's
// writes as the worker's own.
func TestWritesOfEveryIdentityAreOurs(t *testing.T) {
	s := &script{answers: []answer{ok(`{"newStartPageToken":"8","changes":[
		{"fileId":"1","file":{"id":"1","mimeType":"application/vnd.google-apps.spreadsheet","lastModifyingUser":{"me":true,"emailAddress":"a@example.com"}}},
		{"fileId":"2","file":{"id":"2","mimeType":"application/vnd.google-apps.spreadsheet","lastModifyingUser":{"emailAddress":"B@example.com"}}},
		{"fileId":"3","file":{"id":"3","mimeType":"application/vnd.google-apps.spreadsheet","lastModifyingUser":{"emailAddress":"anna@example.com"}}},
		{"fileId":"4","file":{"id":"4","mimeType":"application/vnd.google-apps.spreadsheet"}}]}`)}}
	hc := &http.Client{Transport: s}
	c, err := google.New(t.Context(), google.Options{
		Identities: []google.Identity{{Name: "a@example.com", HTTP: hc}, {Name: "b@example.com", HTTP: hc}},
		Endpoint:   "http://google.test",
	})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "identities", []string{"a@example.com", "b@example.com"}, c.Identities())
	files, _, err := c.Changes(t.Context(), "7")
	if err != nil {
		t.Fatal(err)
	}
	var mine []bool
	for _, f := range files {
		mine = append(mine, f.ByMe)
	}
	same(t, "by me", []bool{true, true, false, false}, mine)
}

// TestLocalFolder makes files in a folder of the local Google.
func TestLocalFolder(t *testing.T) {
	_, s := open(t)
	hc := &http.Client{Transport: s.Transport()}
	raw, err := drive.NewService(t.Context(), option.WithHTTPClient(hc),
		option.WithEndpoint("http://localhost/drive/v3/"))
	if err != nil {
		t.Fatal(err)
	}
	folder, err := raw.Files.Create(&drive.File{Name: "Отчёты", MimeType: "application/vnd.google-apps.folder"}).Do()
	if err != nil {
		t.Fatal(err)
	}
	c, err := google.New(t.Context(), google.Options{HTTP: hc, Endpoint: "http://localhost", FolderID: folder.Id})
	if err != nil {
		t.Fatal(err)
	}
	token, err := c.StartToken(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f := create(t, c, "n", props)
	got, err := raw.Files.Get(f.ID).Fields("parents").Do()
	if err != nil {
		t.Fatal(err)
	}
	same(t, "parents", []string{folder.Id}, got.Parents)
	found, err := c.Find(t.Context(), props)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "found", []google.File{f}, found)
	changed, next, err := c.Changes(t.Context(), token)
	if err != nil || len(changed) != 1 || changed[0].ID != f.ID || next == token {
		t.Errorf("changed %v, %q, %v", changed, next, err)
	}
}
