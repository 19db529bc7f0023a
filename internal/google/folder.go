package google

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"google.golang.org/api/drive/v3"
	"google.golang.org/api/sheets/v4"
)

const folderType = "application/vnd.google-apps.folder"

// MakeFolder makes a folder with app properties, as Create makes a spreadsheet.
func (c *Client) MakeFolder(ctx context.Context, name string, props map[string]string) (File, error) {
	return c.create(ctx, call{op: "create a folder", method: "drive.files.create", api: driveAPI, effect: once,
		mark: true}, folderType, c.folder, name, props)
}

// MakeFolderIn is MakeFolder in another folder. NotFound reports true for its error if
// that is gone.
func (c *Client) MakeFolderIn(ctx context.Context, folder, name string, props map[string]string) (File, error) {
	return c.create(ctx, call{op: "create a folder", method: "drive.files.create", api: driveAPI, effect: once,
		mark: true}, folderType, folder, name, props)
}

// FindFolders lists the folders with these app properties, as Find lists spreadsheets.
func (c *Client) FindFolders(ctx context.Context, props map[string]string) ([]File, error) {
	return c.find(ctx, folderType, props)
}

// Move moves a file into a folder, out of its present one. It reads and writes, or only
// reads if the file is there already.
func (c *Client) Move(ctx context.Context, id, folder string) error {
	look := call{op: "see in which folder the file lies", method: "drive.files.get", file: id, api: driveAPI}
	var from []string
	err := c.do(ctx, look, func(ctx context.Context, a *account) error {
		f, err := a.drive.Files.Get(id).SupportsAllDrives(true).Fields("parents").Context(ctx).Do()
		if err == nil {
			from = f.Parents
		}
		return err
	})
	if err != nil || slices.Contains(from, folder) {
		return err
	}
	move := call{op: "move file into a folder", method: "drive.files.update", file: id, api: driveAPI, effect: repeats}
	return c.do(ctx, move, func(ctx context.Context, a *account) error {
		q := a.drive.Files.Update(id, &drive.File{}).AddParents(folder).SupportsAllDrives(true).Fields("id")
		if len(from) > 0 {
			q.RemoveParents(strings.Join(from, ","))
		}
		_, err := q.Context(ctx).Do()
		return err
	})
}

// Remove deletes for good a file, a mark, or a folder with all that is in it. In a shared
// drive only organizers may delete: for others it puts the file into the trash and
// returns trashed as true. A file that no longer exists is no error.
func (c *Client) Remove(ctx context.Context, id string) (trashed bool, err error) {
	what := call{op: "delete file", method: "drive.files.delete", file: id, api: driveAPI, effect: repeats, mark: true}
	err = c.do(ctx, what, func(ctx context.Context, a *account) error {
		return a.drive.Files.Delete(id).SupportsAllDrives(true).Context(ctx).Do()
	})
	switch {
	case err == nil || NotFound(err):
		return false, nil
	case !isStatus(err, http.StatusForbidden):
		return false, err
	}
	what = call{op: "put file into the trash", method: "drive.files.update", file: id, api: driveAPI, effect: repeats,
		mark: true}
	terr := c.do(ctx, what, func(ctx context.Context, a *account) error {
		_, err := a.drive.Files.Update(id, &drive.File{Trashed: true}).SupportsAllDrives(true).Fields("id").
			Context(ctx).Do()
		return err
	})
	if terr != nil {
		return false, errors.Join(err, terr)
	}
	return true, nil
}

// TypeValues enters texts into a range (in A1 notation) as a person would: Google parses
// them by the locale of the spreadsheet.
func (c *Client) TypeValues(ctx context.Context, id, where string, rows [][]any) error {
	what := call{op: "type into spreadsheet", method: "sheets.spreadsheets.values.update", file: id, api: sheetsWrite,
		effect: repeats}
	return c.do(ctx, what, func(ctx context.Context, a *account) error {
		_, err := a.sheets.Spreadsheets.Values.Update(id, where, &sheets.ValueRange{Values: rows}).
			ValueInputOption("USER_ENTERED").Fields("updatedCells").Context(ctx).Do()
		return err
	})
}
