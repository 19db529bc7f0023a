package google

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"google.golang.org/api/drive/v3"
	"google.golang.org/api/googleapi"
)

// File is what Drive alone knows about a spreadsheet.
type File struct {
	ID       string
	Name     string
	Version  int64
	Modified time.Time
	Trashed  bool
	Folder   bool              // it is a folder, not a spreadsheet
	Removed  bool              // deleted, or no longer visible to us; then only ID is set
	ByMe     bool              // one of the worker's own identities changed the content last
	Props    map[string]string // appProperties
	URL      string
}

const (
	spreadsheetType = "application/vnd.google-apps.spreadsheet"
	fileFields      = "id,name,mimeType,trashed,version,modifiedTime,appProperties,webViewLink"
	pageSize        = 1000 // the most that Drive allows
)

// fileFields returns the fields to ask of a file.
func (c *Client) fileFields() string {
	if len(c.accounts) == 1 {
		return fileFields + ",lastModifyingUser(me)"
	}
	// "me" is the account that asks; the other accounts are known by their e-mails.
	return fileFields + ",lastModifyingUser(me,emailAddress)"
}

// sharedDrive returns the shared drive that holds the folder; empty: none. It asks Google
// once.
func (c *Client) sharedDrive(ctx context.Context) (string, error) {
	if c.folder == "" {
		return "", nil
	}
	if id := c.drive.Load(); id != nil {
		return *id, nil
	}
	var got *drive.File
	err := c.do(ctx, call{op: "look at folder", method: "drive.files.get", file: c.folder, api: driveAPI},
		func(ctx context.Context, a *account) (err error) {
			got, err = a.drive.Files.Get(c.folder).SupportsAllDrives(true).Fields("driveId").Context(ctx).Do()
			return err
		})
	if err != nil {
		return "", err
	}
	c.drive.Store(&got.DriveId)
	return got.DriveId, nil
}

// ErrToken means that a token does not belong to the current change feed: the folder was
// changed, or Google does not know the token. Get a new one with StartToken and look at
// all files.
var ErrToken = errors.New("the token does not belong to this change feed")

// ErrTokenExpired is the ErrToken of a token of this feed that Google has forgotten: the
// caller must look for the changes that the feed would have listed.
var ErrTokenExpired = fmt.Errorf("%w any more", ErrToken)

// A shared drive has a change feed of its own; the account's feed shows only part of it.
// So a token names its feed: folder/drive/token, with an empty drive if the folder is in
// no shared drive. Without a folder it is just Google's token.
func (c *Client) tokenTo(driveID, token string) string {
	if c.folder == "" {
		return token
	}
	return c.folder + "/" + driveID + "/" + token
}

func (c *Client) tokenFrom(s string) (driveID, token string, err error) {
	parts := strings.Split(s, "/")
	switch {
	case c.folder == "" && len(parts) == 1:
		return "", s, nil
	case c.folder != "" && len(parts) == 3 && parts[0] == c.folder:
		return parts[1], parts[2], nil
	}
	return "", "", fmt.Errorf("token %q: %w", s, ErrToken)
}

// StartToken returns the token of "now" in the change feed.
func (c *Client) StartToken(ctx context.Context) (string, error) {
	driveID, err := c.sharedDrive(ctx)
	if err != nil {
		return "", err
	}
	var token string
	err = c.do(ctx, call{op: "ask Drive where its change feed stands", method: "drive.changes.getStartPageToken",
		api: driveAPI}, func(ctx context.Context, a *account) error {
		q := a.drive.Changes.GetStartPageToken().SupportsAllDrives(true).Fields("startPageToken")
		if driveID != "" {
			q.DriveId(driveID)
		}
		r, err := q.Context(ctx).Do()
		if err == nil {
			token = c.tokenTo(driveID, r.StartPageToken)
		}
		return err
	})
	return token, err
}

// Changes lists the files that changed since the token, each once in its newest state,
// and returns the next token. If nothing changed, it costs one call.
//
// It leaves out files that are neither spreadsheets nor folders, but cannot tell what a
// removed file was: the list may name ids that were never either. A token of another feed
// is an ErrToken.
func (c *Client) Changes(ctx context.Context, token string) ([]File, string, error) {
	what := call{op: "list what changed on Drive", method: "drive.changes.list", api: driveAPI}
	driveID, token, err := c.tokenFrom(token)
	if err != nil {
		return nil, "", failure(what, Permanent, err)
	}
	newest := map[string]File{}
	var order []string
	for {
		var page *drive.ChangeList
		err := c.do(ctx, what, func(ctx context.Context, a *account) (err error) {
			q := a.drive.Changes.List(token).PageSize(pageSize).
				SupportsAllDrives(true).IncludeItemsFromAllDrives(true).IncludeRemoved(true).
				Fields(googleapi.Field("nextPageToken,newStartPageToken,changes(fileId,removed,file(" + c.fileFields() +
					"))"))
			if driveID != "" {
				q.DriveId(driveID)
			}
			page, err = q.Context(ctx).Do()
			return err
		})
		if err != nil {
			return nil, "", tokenError(err)
		}
		for _, ch := range page.Changes {
			f := File{ID: ch.FileId, Removed: true}
			if ch.File != nil && !ch.Removed {
				if ch.File.MimeType != spreadsheetType && ch.File.MimeType != folderType {
					continue
				}
				if f, err = c.fileOf(ch.File); err != nil {
					return nil, "", failure(what, Permanent, err)
				}
			}
			if f.ID == "" {
				continue // a change of a shared drive itself
			}
			if _, ok := newest[f.ID]; !ok {
				order = append(order, f.ID)
			}
			newest[f.ID] = f
		}
		if page.NextPageToken == "" {
			if page.NewStartPageToken == "" {
				return nil, "", failure(what, Permanent, errors.New("the answer holds no token to go on from"))
			}
			token = page.NewStartPageToken
			break
		}
		token = page.NextPageToken
	}
	files := make([]File, len(order))
	for i, id := range order {
		files[i] = newest[id]
	}
	return files, c.tokenTo(driveID, token), nil
}

// tokenError turns an error about the token of the change feed into an ErrToken or an
// ErrTokenExpired. Drive refuses tokens in several ways: 400 that names the parameter,
// 403 with a reason, and, as its documentation says of feeds, 410.
func tokenError(err error) error {
	var e *Error
	var answer *googleapi.Error
	if !errors.As(err, &e) || !errors.As(err, &answer) {
		return err
	}
	switch {
	case e.Status == http.StatusBadRequest && strings.Contains(answer.Body, `"pageToken"`):
		return fmt.Errorf("%w: %w", ErrToken, err)
	case e.Reason == "pageTokenExpired", e.Status == http.StatusGone:
		return fmt.Errorf("%w: %w", ErrTokenExpired, err)
	}
	return err
}

// Create makes an empty spreadsheet with app properties, in the folder if there is one.
// If the answer is lost, it looks for the file, so it never makes two files with one set
// of properties. Without properties it cannot look, and a lost answer is ErrAmbiguous.
//
// It does not look first. A caller that may have died after an earlier Create calls Find
// before.
func (c *Client) Create(ctx context.Context, name string, props map[string]string) (File, error) {
	return c.CreateIn(ctx, c.folder, name, props)
}

// CreateIn is Create in another folder; empty: in the account's own Drive. NotFound
// reports true for its error if the folder does not exist.
func (c *Client) CreateIn(ctx context.Context, folder, name string, props map[string]string) (File, error) {
	what := call{op: "create a spreadsheet", method: "drive.files.create", api: driveAPI, effect: once}
	return c.create(ctx, what, spreadsheetType, folder, name, props)
}

func (c *Client) create(ctx context.Context, what call, mime, folder, name string, props map[string]string) (File,
	error) {
	wanted := &drive.File{Name: name, MimeType: mime, AppProperties: props}
	if folder != "" {
		wanted.Parents = []string{folder}
	}
	if err := c.keepSharing(ctx, wanted); err != nil {
		return File{}, err
	}
	for try := 1; ; try++ {
		var made *drive.File
		err := c.do(ctx, what, func(ctx context.Context, a *account) (err error) {
			made, err = a.drive.Files.Create(wanted).
				SupportsAllDrives(true).Fields(googleapi.Field(c.fileFields())).Context(ctx).Do()
			return err
		})
		if err == nil {
			f, err := c.fileOf(made)
			if err != nil {
				return File{}, failure(what, Permanent, err)
			}
			return f, nil
		}
		if !errors.Is(err, ErrAmbiguous) || len(props) == 0 || ctx.Err() != nil {
			return File{}, err
		}
		// Wait before looking: Drive may take a moment to list what it has just made.
		if serr := c.sleep(ctx, Delay(Ambiguous, try, retryAfter(err, c.now()), c.rand())); serr != nil {
			return File{}, failure(what, Ambiguous, serr)
		}
		found, ferr := c.find(ctx, mime, props)
		if ferr != nil {
			return File{}, failure(what, Ambiguous, ferr)
		}
		if len(found) > 0 {
			return found[0], nil
		}
		if try == maxTries {
			return File{}, err
		}
	}
}

// keepSharing lets only the owner share a new spreadsheet, so that nobody who may write
// in it lets others in. A shared drive has a setting of its own for that, and with
// several accounts each must be able to share what another made.
func (c *Client) keepSharing(ctx context.Context, f *drive.File) error {
	if f.MimeType != spreadsheetType || len(c.accounts) > 1 {
		return nil
	}
	driveID, err := c.sharedDrive(ctx)
	if err != nil {
		return err
	}
	if driveID == "" {
		f.WritersCanShare, f.ForceSendFields = false, []string{"WritersCanShare"}
	}
	return nil
}

// Find lists the spreadsheets with these app properties that are not in the bin, oldest
// first. It searches the whole shared drive of the folder or, without one, the account's
// own Drive.
func (c *Client) Find(ctx context.Context, props map[string]string) ([]File, error) {
	return c.find(ctx, spreadsheetType, props)
}

func (c *Client) find(ctx context.Context, mime string, props map[string]string) ([]File, error) {
	driveID, err := c.sharedDrive(ctx)
	if err != nil {
		return nil, err
	}
	what := call{op: "look for files on Drive", method: "drive.files.list", api: driveAPI}
	var files []File
	for token := ""; ; {
		var page *drive.FileList
		err := c.do(ctx, what, func(ctx context.Context, a *account) (err error) {
			q := a.drive.Files.List().Q(query(mime, props)).OrderBy("createdTime").PageSize(pageSize).
				SupportsAllDrives(true).IncludeItemsFromAllDrives(true).
				Fields(googleapi.Field("nextPageToken,files(" + c.fileFields() + ")"))
			if driveID != "" {
				q.Corpora("drive").DriveId(driveID)
			}
			if token != "" {
				q.PageToken(token)
			}
			page, err = q.Context(ctx).Do()
			return err
		})
		if err != nil {
			return nil, err
		}
		for _, d := range page.Files {
			f, err := c.fileOf(d)
			if err != nil {
				return nil, failure(what, Permanent, err)
			}
			files = append(files, f)
		}
		if token = page.NextPageToken; token == "" {
			return files, nil
		}
	}
}

// query returns Drive's search for files of a type with all of the properties.
func query(mime string, props map[string]string) string {
	escape := strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace
	q := "mimeType='" + mime + "' and trashed=false"
	for _, k := range slices.Sorted(maps.Keys(props)) {
		q += " and appProperties has { key='" + escape(k) + "' and value='" + escape(props[k]) + "' }"
	}
	return q
}

// Get returns the file's state at Drive. NotFound reports true for its error if the file
// is gone.
func (c *Client) Get(ctx context.Context, id string) (File, error) {
	what := call{op: "look at file", method: "drive.files.get", file: id, api: driveAPI}
	return c.oneFile(ctx, what, func(ctx context.Context, a *account) (*drive.File, error) {
		return a.drive.Files.Get(id).SupportsAllDrives(true).Fields(googleapi.Field(c.fileFields())).Context(ctx).Do()
	})
}

// oneFile makes a call whose answer is a file.
func (c *Client) oneFile(ctx context.Context, what call, f func(context.Context, *account) (*drive.File, error)) (File,
	error) {
	var got *drive.File
	err := c.do(ctx, what, func(ctx context.Context, a *account) (err error) {
		got, err = f(ctx, a)
		return err
	})
	if err != nil {
		return File{}, err
	}
	file, err := c.fileOf(got)
	if err != nil {
		return File{}, failure(what, Permanent, err)
	}
	return file, nil
}

// Rename changes the file's name.
func (c *Client) Rename(ctx context.Context, id, name string) error {
	return c.do(ctx, call{op: "rename file", method: "drive.files.update", file: id, api: driveAPI, effect: repeats},
		func(ctx context.Context, a *account) error {
			_, err := a.drive.Files.Update(id, &drive.File{Name: name}).SupportsAllDrives(true).Fields("id").
				Context(ctx).Do()
			return err
		})
}

// fileOf converts Drive's answer.
func (c *Client) fileOf(d *drive.File) (File, error) {
	f := File{
		ID: d.Id, Name: d.Name, Version: d.Version, Trashed: d.Trashed,
		Folder: d.MimeType == folderType,
		ByMe:   c.isMe(d.LastModifyingUser), Props: d.AppProperties, URL: d.WebViewLink,
	}
	if d.ModifiedTime != "" {
		t, err := time.Parse(time.RFC3339, d.ModifiedTime)
		if err != nil {
			return File{}, fmt.Errorf("modifiedTime %q of file %s: %w", d.ModifiedTime, d.Id, err)
		}
		f.Modified = t
	}
	return f, nil
}

// isMe reports whether the user is one of the client's identities.
func (c *Client) isMe(u *drive.User) bool {
	return u != nil && (u.Me || slices.ContainsFunc(c.accounts, func(a *account) bool {
		return a.Name != "" && strings.EqualFold(a.Name, u.EmailAddress)
	}))
}
