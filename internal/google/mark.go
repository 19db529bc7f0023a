package google

import (
	"context"

	"google.golang.org/api/drive/v3"
	"google.golang.org/api/googleapi"
)

// A mark is a file without content whose properties carry messages between workers. It is
// not a spreadsheet, so Changes does not list it.
const markType = "application/octet-stream"

// FindMarks lists the marks with these app properties, as Find lists spreadsheets.
// Drive's search may be some seconds behind; Get is not.
func (c *Client) FindMarks(ctx context.Context, props map[string]string) ([]File, error) {
	return c.find(ctx, markType, props)
}

// MakeMark makes a mark, as Create makes a spreadsheet.
func (c *Client) MakeMark(ctx context.Context, name string, props map[string]string) (File, error) {
	return c.create(ctx, call{op: "create a mark", method: "drive.files.create", api: driveAPI, effect: once,
		mark: true}, markType, c.folder, name, props)
}

// SetMark writes some properties of a mark and keeps the others. The last write wins;
// Drive cannot write on condition that nobody else did.
func (c *Client) SetMark(ctx context.Context, id string, props map[string]string) (File, error) {
	what := call{op: "write mark", method: "drive.files.update", file: id, api: driveAPI, effect: repeats, mark: true}
	return c.oneFile(ctx, what, func(ctx context.Context, a *account) (*drive.File, error) {
		return a.drive.Files.Update(id, &drive.File{AppProperties: props}).SupportsAllDrives(true).
			Fields(googleapi.Field(c.fileFields())).Context(ctx).Do()
	})
}
