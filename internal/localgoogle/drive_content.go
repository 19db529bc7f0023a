package localgoogle

import (
	"bytes"
	"encoding/csv"
	"mime"
	"net/http"
	"strings"

	"svodka/internal/localgoogle/export"
)

const (
	mimeCSV  = "text/csv"
	mimeXLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
)

// filesExport answers a spreadsheet as .xlsx, or its first tab as .csv.
func (c *call) filesExport() (*answer, error) {
	f, err := c.driveFile(c.file, roleReader)
	if err != nil {
		return nil, err
	}
	if !f.isSheet() {
		return nil, &apiError{code: http.StatusForbidden, reason: "fileNotExportable", message: "Export only supports Docs Editors files."}
	}
	kind := c.query.get("mimeType")
	if kind == "" {
		return nil, &apiError{code: http.StatusBadRequest, reason: "required", message: "Required parameter: mimeType", location: "mimeType", locationType: "parameter"}
	}
	if kind != mimeCSV && kind != mimeXLSX {
		return nil, errDriveParam("convertTo", "The requested conversion is not supported.")
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

// filesUpload replaces a spreadsheet by a CSV file, as Drive v2 does with
// convert=true: one tab, named after the file, with typed values.
func (c *call) filesUpload() (*answer, error) {
	f, err := c.driveFile(c.file, roleWriter)
	if err != nil {
		return nil, err
	}
	if !f.isSheet() || !c.query.boolean("convert", false) {
		return nil, &apiError{code: http.StatusBadRequest, reason: "badRequest", message: "The local Google takes uploads of CSV into a spreadsheet only, with convert=true."}
	}
	if up := c.query.get("uploadType"); up != "" && up != "media" {
		return nil, errDriveParam("uploadType", "The local Google takes uploadType=media only.")
	}
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(c.body, []byte("\xef\xbb\xbf"))))
	r.FieldsPerRecord, r.LazyQuotes = -1, true
	records, err := r.ReadAll()
	if err != nil {
		return nil, &apiError{code: http.StatusBadRequest, reason: "badRequest", message: "The uploaded content is not CSV: " + err.Error()}
	}
	cols := 26
	for _, rec := range records {
		cols = max(cols, len(rec))
	}
	err = c.s.changing(c, f.ID, func(t *tx) error {
		if t.role < roleOwner {
			for _, sh := range t.doc.sheets {
				if err := t.guardCells(sh.id(), sh.whole()); err != nil {
					return err
				}
			}
		}
		p := *t.doc.props
		p.TimeZone = "America/Los_Angeles"
		t.doc.props = &p
		sh := newSheet(t.newSheetID(), titleFor(f.Name), max(len(records), 1000), cols)
		sh.owner = t.v
		if err := t.checkSize(nil, sh.rowCount(), sh.colCount()); err != nil {
			return err
		}
		t.doc.sheets, t.doc.named, t.doc.meta = []*sheet{sh}, nil, nil
		for i, rec := range records {
			for j, text := range rec {
				t.typed(sh, i, j, text)
			}
		}
		return nil
	}, nil)
	if err != nil {
		return nil, err
	}
	if f = c.s.lookup(f.ID, c.user); f == nil {
		return nil, errDriveNotFound(c.file)
	}
	me := c.s.person(f.Owner, c.user)
	return &answer{body: orderedObject{
		{"kind", "drive#file"}, {"id", f.ID}, {"title", f.Name}, {"mimeType", f.Mime},
		{"createdDate", f.Created.Format(timeFormat)}, {"modifiedDate", f.Modified.Format(timeFormat)},
		{"alternateLink", "https://docs.google.com/spreadsheets/d/" + f.ID + "/edit?usp=drivesdk"},
		{"ownerNames", []string{me.DisplayName}}, {"version", itoa(f.Version)},
	}}, nil
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
