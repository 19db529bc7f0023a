package localgoogle

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"svodka/internal/localgoogle/export"
	"svodka/internal/localgoogle/wire"
)

// This file serves what clients use besides the documented paths of the APIs.

// maxOverride limits parameters in a body: Google's own clients send them so if the
// address would exceed 2,048 characters.
const maxOverride = 1 << 20

// overridden returns the GET request that a POST with X-HTTP-Method-Override: GET stands
// for: its body holds the parameters.
func overridden(r *http.Request) (*http.Request, error) {
	if r.Method != http.MethodPost || !strings.EqualFold(r.Header.Get("X-HTTP-Method-Override"), http.MethodGet) {
		return r, nil
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxOverride+1))
	if err != nil || len(body) > maxOverride {
		return nil, fmt.Errorf("the parameters could not be read")
	}
	out := r.Clone(r.Context())
	out.Method, out.Body, out.ContentLength = http.MethodGet, http.NoBody, 0
	switch query := string(bytes.TrimSpace(body)); {
	case query == "":
	case out.URL.RawQuery == "":
		out.URL.RawQuery = query
	default:
		out.URL.RawQuery += "&" + query
	}
	return out, nil
}

// unrouted answers a request that is not a method of the APIs, in a form that clients of
// that API can read.
func (s *Server) unrouted(w http.ResponseWriter, r *http.Request, status int) {
	path := r.URL.Path
	e := &wire.Error{Code: status, Status: "NOT_FOUND", Message: "Not Found", Reason: "notFound"}
	drive := strings.HasPrefix(path, "/drive/") || strings.HasPrefix(path, "/upload/drive/")
	switch {
	case strings.HasPrefix(path, "/batch"):
		// Google refuses Sheets in an HTTP batch; Drive's batches are not implemented
		// here.
		e = &wire.Error{Code: http.StatusNotImplemented, Status: "UNIMPLEMENTED",
			Message: "Operation is not implemented, or supported, or enabled."}
	case drive:
		e.Status = ""
	case strings.HasPrefix(path, "/v4/"):
		e.Reason, e.Message = "", "The requested URL "+path+" was not found on this server."
	default:
		http.Error(w, "The requested URL "+path+" was not found on this server.", status)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(e.Code)
	if _, err := w.Write(wire.Encode(e.Body(drive), nil, true)); err != nil {
		s.log.DebugContext(r.Context(), "answer not delivered", "error", err)
	}
}

// download serves the addresses under which browsers and scripts fetch a spreadsheet's
// data: /spreadsheets/d/ID/export?format=csv|xlsx&gid=N and /spreadsheets/d/ID/gviz/tq
// ?tqx=out:csv&gid=N or &sheet=TITLE. It returns false for any other path.
func (s *Server) download(w http.ResponseWriter, r *http.Request) bool {
	rest, ok := strings.CutPrefix(r.URL.Path, "/spreadsheets/d/")
	if !ok {
		return false
	}
	id, what, _ := strings.Cut(rest, "/")
	q := r.URL.Query()
	kind, inline := mimeCSV, false
	switch what {
	case "export":
		switch format := q.Get("format"); format {
		case "csv":
		case "", "xlsx":
			kind = mimeXLSX
		default:
			http.Error(w, "The local Google exports csv and xlsx, not "+strconv.Quote(format)+".",
				http.StatusBadRequest)
			return true
		}
	case "gviz/tq":
		inline = true
		if out := q.Get("tqx"); out != "out:csv" || q.Get("tq") != "" {
			http.Error(w, "The local Google answers gviz with tqx=out:csv and without a query only.",
				http.StatusBadRequest)
			return true
		}
	default:
		return false
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return true
	}
	c := &call{route: &route{method: "drive.files.export", file: id, drive: true, read: true}, s: s, r: r,
		user: s.caller(r)}
	var out bytes.Buffer
	name := ""
	err := s.viewing(c, id, func(v *view) error {
		name = v.file.Name
		book := v.spreadsheet(wanted{grid: true})
		if kind == mimeXLSX {
			return export.XLSX(&out, book)
		}
		tab, err := v.tabAsked(q.Get("gid"), q.Get("sheet"))
		if err != nil {
			return err
		}
		return export.CSV(&out, book, tab)
	})
	status := http.StatusOK
	if err != nil {
		e := wire.AsError(err)
		status = e.Code
		http.Error(w, e.Message, status)
	}
	s.journal.add(Call{Time: s.now(), User: c.user, Agent: r.UserAgent(), Method: c.method, FileID: id, Status: status})
	if err != nil {
		return true
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("X-Content-Type-Options", "nosniff")
	if !inline {
		ext := map[string]string{mimeCSV: ".csv", mimeXLSX: ".xlsx"}[kind]
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name + ext}))
	}
	if _, err := w.Write(out.Bytes()); err != nil {
		s.log.DebugContext(r.Context(), "answer not delivered", "error", err)
	}
	return true
}

// tabAsked returns the index of the tab with the id or the title; without either, the
// first.
func (v *view) tabAsked(gid, title string) (int, error) {
	for i, sh := range v.doc.sheets {
		if gid == itoa(sh.id()) || gid == "" && (title == "" || title == sh.title()) {
			return i, nil
		}
	}
	return 0, wire.BadRequest("There is no such tab.")
}
