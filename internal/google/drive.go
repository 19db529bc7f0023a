package google

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"google.golang.org/api/drive/v3"
)

// File is what is known of a spreadsheet from Drive alone.
type File struct {
	ID       string
	Name     string
	Version  int64
	Modified time.Time
	Trashed  bool
	Removed  bool              // gone, or no longer ours to see; then only ID is known
	ByMe     bool              // the last change of its content was the worker's own
	Props    map[string]string // appProperties
	URL      string
}

const (
	spreadsheetType = "application/vnd.google-apps.spreadsheet"
	fileFields      = "id,name,mimeType,trashed,version,modifiedTime,appProperties,lastModifyingUser(me),webViewLink"
	pageSize        = 1000 // the most that Drive gives
)

// StartToken is the token of "now" in the change feed.
func (c *Client) StartToken(ctx context.Context) (string, error) {
	var token string
	err := c.do(ctx, call{op: "ask Drive where its change feed stands", api: driveAPI}, func(ctx context.Context) error {
		r, err := c.drive.Changes.GetStartPageToken().SupportsAllDrives(true).Fields("startPageToken").Context(ctx).Do()
		if err == nil {
			token = r.StartPageToken
		}
		return err
	})
	return token, err
}

// Changes lists what changed since the token, each file once in its newest
// state, and the token for the next time. Nothing changed costs one call.
//
// Files that are no spreadsheets are left out; of removed ones that cannot be
// told, so the list may name ids that were never spreadsheets.
func (c *Client) Changes(ctx context.Context, token string) ([]File, string, error) {
	what := call{op: "list what changed on Drive", api: driveAPI}
	newest := map[string]File{}
	var order []string
	for {
		var page *drive.ChangeList
		err := c.do(ctx, what, func(ctx context.Context) (err error) {
			page, err = c.drive.Changes.List(token).PageSize(pageSize).
				SupportsAllDrives(true).IncludeItemsFromAllDrives(true).IncludeRemoved(true).
				Fields("nextPageToken,newStartPageToken,changes(fileId,removed,file(" + fileFields + "))").
				Context(ctx).Do()
			return err
		})
		if err != nil {
			return nil, "", err
		}
		for _, ch := range page.Changes {
			f := File{ID: ch.FileId, Removed: true}
			if ch.File != nil && !ch.Removed {
				if ch.File.MimeType != spreadsheetType {
					continue
				}
				if f, err = fileOf(ch.File); err != nil {
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
	return files, token, nil
}

// Create makes an empty spreadsheet with app properties. It is resolved by
// looking when the answer is lost: never two files for one set of properties.
// Without properties it cannot be looked for, and a lost answer is ErrAmbiguous.
//
// It does not look first. A caller that may have died after an earlier Create
// calls Find before.
func (c *Client) Create(ctx context.Context, name string, props map[string]string) (File, error) {
	what := call{op: "create a spreadsheet", api: driveAPI, effect: once}
	for try := 1; ; try++ {
		var made *drive.File
		err := c.do(ctx, what, func(ctx context.Context) (err error) {
			made, err = c.drive.Files.Create(&drive.File{Name: name, MimeType: spreadsheetType, AppProperties: props}).
				SupportsAllDrives(true).Fields(fileFields).Context(ctx).Do()
			return err
		})
		if err == nil {
			f, err := fileOf(made)
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
		found, ferr := c.Find(ctx, props)
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

// Find lists spreadsheets with these app properties, oldest first, none in the
// bin.
func (c *Client) Find(ctx context.Context, props map[string]string) ([]File, error) {
	what := call{op: "look for spreadsheets on Drive", api: driveAPI}
	var files []File
	for token := ""; ; {
		var page *drive.FileList
		err := c.do(ctx, what, func(ctx context.Context) (err error) {
			q := c.drive.Files.List().Q(query(props)).OrderBy("createdTime").PageSize(pageSize).
				SupportsAllDrives(true).IncludeItemsFromAllDrives(true).
				Fields("nextPageToken,files(" + fileFields + ")")
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
			f, err := fileOf(d)
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

// query is Drive's search for spreadsheets with all of the properties.
func query(props map[string]string) string {
	escape := strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace
	q := "mimeType='" + spreadsheetType + "' and trashed=false"
	for _, k := range slices.Sorted(maps.Keys(props)) {
		q += " and appProperties has { key='" + escape(k) + "' and value='" + escape(props[k]) + "' }"
	}
	return q
}

// Get is the file's state at Drive. A file that is gone is an error that
// NotFound tells.
func (c *Client) Get(ctx context.Context, id string) (File, error) {
	what := call{op: "look at file", file: id, api: driveAPI}
	var got *drive.File
	err := c.do(ctx, what, func(ctx context.Context) (err error) {
		got, err = c.drive.Files.Get(id).SupportsAllDrives(true).Fields(fileFields).Context(ctx).Do()
		return err
	})
	if err != nil {
		return File{}, err
	}
	f, err := fileOf(got)
	if err != nil {
		return File{}, failure(what, Permanent, err)
	}
	return f, nil
}

// Rename changes the file's name.
func (c *Client) Rename(ctx context.Context, id, name string) error {
	return c.do(ctx, call{op: "rename file", file: id, api: driveAPI, effect: repeats}, func(ctx context.Context) error {
		_, err := c.drive.Files.Update(id, &drive.File{Name: name}).SupportsAllDrives(true).Fields("id").Context(ctx).Do()
		return err
	})
}

// fileOf reads Drive's answer.
func fileOf(d *drive.File) (File, error) {
	f := File{
		ID: d.Id, Name: d.Name, Version: d.Version, Trashed: d.Trashed,
		ByMe:  d.LastModifyingUser != nil && d.LastModifyingUser.Me,
		Props: d.AppProperties, URL: d.WebViewLink,
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
