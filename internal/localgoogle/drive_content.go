package localgoogle

import (
	"bytes"
	"cmp"
	"mime"
	"net/http"
	"strings"

	"svodka/internal/localgoogle/export"
	"svodka/internal/localgoogle/upload"
	"svodka/internal/localgoogle/wire"
)

const (
	mimeCSV  = upload.CSV
	mimeXLSX = upload.XLSX
)

// filesExport answers with a spreadsheet as .xlsx, or with its first tab as .csv.
func (c *call) filesExport() (*answer, error) {
	f, err := c.driveFile(c.file, roleReader)
	if err != nil {
		return nil, err
	}
	if !f.isSheet() {
		return nil, &wire.Error{Code: http.StatusForbidden, Reason: "fileNotExportable",
			Message: "Export only supports Docs Editors files."}
	}
	kind := c.query.get("mimeType")
	if kind == "" {
		return nil, &wire.Error{Code: http.StatusBadRequest, Reason: "required",
			Message: "Required parameter: mimeType", Location: "mimeType", LocationType: "parameter"}
	}
	if kind != mimeCSV && kind != mimeXLSX {
		return nil, &wire.Error{Code: http.StatusBadRequest, Reason: "badRequest",
			Message: "The requested conversion is not supported.", Location: "convertTo", LocationType: "parameter"}
	}
	var out bytes.Buffer
	err = c.s.viewing(c, f.ID, func(v *view) error {
		s := v.spreadsheet(wanted{grid: true})
		if kind == mimeCSV {
			return export.CSV(&out, s, 0)
		}
		return export.XLSX(&out, s)
	})
	if err != nil {
		return nil, err
	}
	ext := map[string]string{mimeCSV: ".csv", mimeXLSX: ".xlsx"}[kind]
	h := http.Header{}
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.Name + ext}))
	return &answer{raw: out.Bytes(), mime: kind, header: h}, nil
}

// filesUpload replaces a spreadsheet by a CSV file, as Drive v2 does with convert=true:
// one tab, named after the file, with typed values.
func (c *call) filesUpload() (*answer, error) {
	f, err := c.driveFile(c.file, roleWriter)
	if err != nil {
		return nil, err
	}
	if !f.isSheet() || !c.query.boolean("convert", false) {
		return nil, &wire.Error{Code: http.StatusBadRequest, Reason: "badRequest",
			Message: "The local Google takes uploads of CSV and XLSX into a spreadsheet only, with convert=true."}
	}
	if up := c.query.get("uploadType"); up != "" && up != "media" {
		return nil, errDriveParam("uploadType", "The local Google takes uploadType=media only.")
	}
	fill, err := brought{kind: cmp.Or(c.r.Header.Get("Content-Type"), upload.CSV), content: c.body}.filling(f.Name)
	if err != nil {
		return nil, err
	}
	err = c.s.changing(c, f.ID, func(t *tx) error {
		p := *t.doc.props
		p.TimeZone = "America/Los_Angeles"
		t.doc.props = &p
		return fill(t)
	}, nil)
	if err != nil {
		return nil, err
	}
	if f = c.s.lookup(f.ID, c.user); f == nil {
		return nil, errDriveNotFound(c.file)
	}
	me := c.s.person(f.Owner, c.user)
	body := wire.Object{}.With("kind", "drive#file").With("id", f.ID).With("title", f.Name).With("mimeType", f.Mime).
		With("createdDate", f.Created.Format(timeFormat)).With("modifiedDate", f.Modified.Format(timeFormat)).
		With("alternateLink", "https://docs.google.com/spreadsheets/d/"+f.ID+"/edit?usp=drivesdk").
		With("ownerNames", []string{me.DisplayName}).With("version", itoa(f.Version))
	return &answer{body: body}, nil
}

func titleFor(name string) string {
	name = strings.TrimSpace(name)
	if r := []rune(name); len(r) > maxTitle {
		name = string(r[:maxTitle])
	}
	if name == "" {
		return "Sheet1"
	}
	return name
}
