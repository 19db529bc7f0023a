package localgoogle

import (
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/api/drive/v3"
	"google.golang.org/api/sheets/v4"

	"svodka/internal/localgoogle/wire"
)

// route is the meaning of a path.
type route struct {
	method  string // in Google's words: "sheets.spreadsheets.get"
	file    string // id of the spreadsheet or file
	arg     string // the rest of the path: a range, a permission, a sheet
	drive   bool
	upload  bool // uploads a file
	read    bool // counts as a read for quotas
	reply   reflect.Type
	handler func(*call) (*answer, error)
}

func sheetsRoute(method, file, arg string, read bool, reply any, h func(*call) (*answer, error)) *route {
	return &route{method: "sheets.spreadsheets" + method, file: file, arg: arg, read: read,
		reply: reflect.TypeOf(reply), handler: h}
}

func driveRoute(method, file, arg string, reply any, h func(*call) (*answer, error)) *route {
	return &route{method: "drive." + method, file: file, arg: arg, drive: true, read: true,
		reply: reflect.TypeOf(reply), handler: h}
}

// findRoute finds the route of a path. Without a route, the status says what is wrong.
func findRoute(verb, escaped string) (*route, int) {
	switch {
	case strings.HasPrefix(escaped, "/v4/spreadsheets"):
		return sheetsPath(verb, strings.TrimPrefix(escaped, "/v4/spreadsheets"))
	case strings.HasPrefix(escaped, "/drive/v3/"):
		return drivePath(verb, strings.TrimPrefix(escaped, "/drive/v3/"))
	case strings.HasPrefix(escaped, "/upload/drive/v3/files"):
		return uploadPath(verb, strings.TrimPrefix(escaped, "/upload/drive/v3/files"))
	case strings.HasPrefix(escaped, "/upload/drive/v2/files/"):
		id, ok := unescape(strings.Trim(strings.TrimPrefix(escaped, "/upload/drive/v2/files/"), "/"))
		if ok && (verb == http.MethodPut || verb == http.MethodPost || verb == http.MethodPatch) {
			r := driveRoute("files.upload", id, "", nil, (*call).filesUpload)
			r.upload = true
			return r, 0
		}
	}
	return nil, http.StatusNotFound
}

func unescape(s string) (string, bool) {
	u, err := url.PathUnescape(s)
	return u, err == nil
}

// sheetsPath returns the route of a request to the Sheets API.
func sheetsPath(verb, path string) (*route, int) {
	get, post := verb == http.MethodGet, verb == http.MethodPost
	if path == "" || path == "/" {
		if post {
			return sheetsRoute(".create", "", "", false, sheets.Spreadsheet{}, (*call).spreadsheetsCreate), 0
		}
		return nil, http.StatusNotFound
	}
	path = strings.TrimPrefix(path, "/")
	end := strings.IndexAny(path, "/:")
	if end < 0 {
		// A colon may be escaped as well.
		if i := strings.Index(strings.ToUpper(path), "%3A"); i >= 0 {
			path = path[:i] + ":" + path[i+3:]
			end = i
		} else {
			end = len(path)
		}
	}
	id, ok := unescape(path[:end])
	if !ok || id == "" {
		return nil, http.StatusNotFound
	}
	rest, ok := unescape(path[end:])
	if !ok {
		return nil, http.StatusNotFound
	}
	if strings.HasPrefix(rest, "/:") {
		rest = rest[1:]
	}
	switch {
	case get && (rest == "" || rest == "/"):
		return sheetsRoute(".get", id, "", true, sheets.Spreadsheet{}, (*call).spreadsheetsGet), 0
	case post && rest == ":batchUpdate":
		return sheetsRoute(".batchUpdate", id, "", false, sheets.BatchUpdateSpreadsheetResponse{},
			(*call).spreadsheetsBatchUpdate), 0
	case post && rest == ":getByDataFilter":
		return sheetsRoute(".getByDataFilter", id, "", true, sheets.Spreadsheet{},
			(*call).spreadsheetsGetByDataFilter), 0
	case post && rest == "/developerMetadata:search":
		return sheetsRoute(".developerMetadata.search", id, "", true, sheets.SearchDeveloperMetadataResponse{},
			(*call).metadataSearch), 0
	case get && strings.HasPrefix(rest, "/developerMetadata/"):
		return sheetsRoute(".developerMetadata.get", id, strings.TrimPrefix(rest, "/developerMetadata/"), true,
			sheets.DeveloperMetadata{}, (*call).metadataGet), 0
	case post && strings.HasPrefix(rest, "/sheets/") && strings.HasSuffix(rest, ":copyTo"):
		arg := strings.TrimSuffix(strings.TrimPrefix(rest, "/sheets/"), ":copyTo")
		return sheetsRoute(".sheets.copyTo", id, strings.TrimSuffix(arg, "/"), false, sheets.SheetProperties{},
			(*call).sheetsCopyTo), 0
	}
	if rest, ok = strings.CutPrefix(rest, "/values"); ok {
		return valuesPath(verb, id, rest)
	}
	return nil, http.StatusNotFound
}

// valuesPath returns the route of a request about values; rest is what follows "/values".
func valuesPath(verb, id, rest string) (*route, int) {
	get, post, put := verb == http.MethodGet, verb == http.MethodPost, verb == http.MethodPut
	if strings.HasPrefix(rest, "/:") {
		rest = rest[1:]
	}
	switch {
	case get && rest == ":batchGet":
		return sheetsRoute(".values.batchGet", id, "", true, sheets.BatchGetValuesResponse{}, (*call).valuesBatchGet), 0
	case post && rest == ":batchGetByDataFilter":
		return sheetsRoute(".values.batchGetByDataFilter", id, "", true, sheets.BatchGetValuesByDataFilterResponse{},
			(*call).valuesBatchGetByDataFilter), 0
	case post && rest == ":batchUpdate":
		return sheetsRoute(".values.batchUpdate", id, "", false, sheets.BatchUpdateValuesResponse{},
			(*call).valuesBatchUpdate), 0
	case post && rest == ":batchUpdateByDataFilter":
		return sheetsRoute(".values.batchUpdateByDataFilter", id, "", false,
			sheets.BatchUpdateValuesByDataFilterResponse{}, (*call).valuesBatchUpdateByDataFilter), 0
	case post && rest == ":batchClear":
		return sheetsRoute(".values.batchClear", id, "", false, sheets.BatchClearValuesResponse{},
			(*call).valuesBatchClear), 0
	case post && rest == ":batchClearByDataFilter":
		return sheetsRoute(".values.batchClearByDataFilter", id, "", false,
			sheets.BatchClearValuesByDataFilterResponse{}, (*call).valuesBatchClearByDataFilter), 0
	}
	rng, ok := strings.CutPrefix(rest, "/")
	switch {
	case !ok:
		return nil, http.StatusNotFound
	case get:
		return sheetsRoute(".values.get", id, rng, true, sheets.ValueRange{}, (*call).valuesGet), 0
	case put:
		return sheetsRoute(".values.update", id, rng, false, sheets.UpdateValuesResponse{}, (*call).valuesUpdate), 0
	case post && strings.HasSuffix(rng, ":append"):
		return sheetsRoute(".values.append", id, strings.TrimSuffix(rng, ":append"), false,
			sheets.AppendValuesResponse{}, (*call).valuesAppend), 0
	case post && strings.HasSuffix(rng, ":clear"):
		return sheetsRoute(".values.clear", id, strings.TrimSuffix(rng, ":clear"), false, sheets.ClearValuesResponse{},
			(*call).valuesClear), 0
	}
	return nil, http.StatusNotFound
}

// uploadPath returns the route of an upload: a new file, or new content of one.
func uploadPath(verb, path string) (*route, int) {
	id, ok := unescape(strings.Trim(path, "/"))
	var r *route
	switch {
	case !ok || strings.Contains(id, "/"):
		return nil, http.StatusNotFound
	case verb == http.MethodPost && id == "":
		r = driveRoute("files.create", "", "", drive.File{}, (*call).uploadNew)
	case verb == http.MethodPatch && id != "":
		r = driveRoute("files.update", id, "", drive.File{}, (*call).uploadOver)
	case verb == http.MethodPut, verb == http.MethodPost: // Google's Go client sends pieces with POST
		r = driveRoute("files.resume", id, "", drive.File{}, (*call).uploadResumed)
	default:
		return nil, http.StatusNotFound
	}
	r.upload = true
	return r, 0
}

func drivePath(verb, path string) (*route, int) {
	var parts []string
	for _, p := range strings.Split(strings.Trim(path, "/"), "/") {
		u, ok := unescape(p)
		if !ok {
			return nil, http.StatusNotFound
		}
		parts = append(parts, u)
	}
	shape := verb + " " + parts[0]
	if len(parts) > 1 {
		switch {
		case parts[0] == "changes":
			shape += "/" + parts[1]
		default:
			shape += "/*"
		}
	}
	if len(parts) > 2 {
		shape += "/" + parts[2]
	}
	if len(parts) > 3 {
		shape += "/*"
	}
	if len(parts) > 4 {
		return nil, http.StatusNotFound
	}
	id, arg := "", ""
	if len(parts) > 1 {
		id = parts[1]
	}
	if len(parts) > 3 {
		arg = parts[3]
	}
	switch shape {
	case "GET about":
		return driveRoute("about.get", "", "", drive.About{}, (*call).aboutGet), 0
	case "GET files":
		return driveRoute("files.list", "", "", drive.FileList{}, (*call).filesList), 0
	case "POST files":
		return driveRoute("files.create", "", "", drive.File{}, (*call).filesCreate), 0
	case "GET files/*":
		return driveRoute("files.get", id, "", drive.File{}, (*call).filesGet), 0
	case "PATCH files/*":
		return driveRoute("files.update", id, "", drive.File{}, (*call).filesUpdate), 0
	case "DELETE files/*":
		return driveRoute("files.delete", id, "", nil, (*call).filesDelete), 0
	case "POST files/*/copy":
		return driveRoute("files.copy", id, "", drive.File{}, (*call).filesCopy), 0
	case "GET files/*/export":
		return driveRoute("files.export", id, "", nil, (*call).filesExport), 0
	case "GET files/*/comments":
		return driveRoute("comments.list", id, "", drive.CommentList{}, (*call).commentsList), 0
	case "GET files/*/permissions":
		return driveRoute("permissions.list", id, "", drive.PermissionList{}, (*call).permissionsList), 0
	case "POST files/*/permissions":
		return driveRoute("permissions.create", id, "", drive.Permission{}, (*call).permissionsCreate), 0
	case "GET files/*/permissions/*":
		return driveRoute("permissions.get", id, arg, drive.Permission{}, (*call).permissionsGet), 0
	case "PATCH files/*/permissions/*":
		return driveRoute("permissions.update", id, arg, drive.Permission{}, (*call).permissionsUpdate), 0
	case "DELETE files/*/permissions/*":
		return driveRoute("permissions.delete", id, arg, nil, (*call).permissionsDelete), 0
	case "GET changes/startPageToken":
		return driveRoute("changes.getStartPageToken", "", "", drive.StartPageToken{}, (*call).changesStart), 0
	case "GET changes":
		return driveRoute("changes.list", "", "", drive.ChangeList{}, (*call).changesList), 0
	}
	return nil, http.StatusNotFound
}

// queryValues are the query parameters of a call.
type queryValues map[string][]string

// parseQuery parses what it can: it keeps a broken escape as it is.
func parseQuery(raw string) queryValues {
	q := queryValues{}
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		k, v, _ := strings.Cut(part, "=")
		k, v = queryUnescape(k), queryUnescape(v)
		q[k] = append(q[k], v)
	}
	return q
}

func queryUnescape(s string) string {
	if u, err := url.QueryUnescape(s); err == nil {
		return u
	}
	return strings.ReplaceAll(s, "+", " ")
}

func (q queryValues) get(name string) string {
	if v := q[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// last returns the last value of a parameter, for the few of which Google takes the last
// of several.
func (q queryValues) last(name string) string {
	if v := q[name]; len(v) > 0 {
		return v[len(v)-1]
	}
	return ""
}

func (q queryValues) boolean(name string, otherwise bool) bool {
	if b, err := strconv.ParseBool(strings.ToLower(q.get(name))); err == nil {
		return b
	}
	return otherwise
}

// systemParams are the parameters of every Sheets call.
var systemParams = []string{"alt", "fields", "key", "prettyPrint", "quotaUser", "access_token", "oauth_token",
	"callback", "uploadType", "upload_protocol", "$.xgafv", "$alt", "$prettyPrint", "pp", "userIp"}

// sheetsParams are the other parameters of Sheets calls.
var sheetsParams = []string{"ranges", "includeGridData", "excludeTablesInBandedRanges", "majorDimension",
	"valueRenderOption", "dateTimeRenderOption", "valueInputOption",
	"insertDataOption", "includeValuesInResponse", "responseValueRenderOption", "responseDateTimeRenderOption",
	"commentsViewMode", "includeComments"}

// readMask parses the fields parameter and refuses parameters that Sheets does not know.
func (c *call) readMask() error {
	fields := c.query.get("fields")
	if c.query.get("$fields") != "" {
		fields = c.query.get("$fields")
	}
	if !c.drive {
		for _, k := range slices.Sorted(maps.Keys(c.query)) {
			if !slices.Contains(systemParams, k) && !slices.Contains(sheetsParams, k) && k != "$fields" &&
				!slices.Contains(sheetsParams, camel(k)) {
				return wire.BadField("",
					`Invalid JSON payload received. Unknown name "%s": Cannot bind query parameter. Field '%s' could not be found in request message.`, k, k)
			}
			if kk := camel(k); kk != k {
				c.query[kk] = c.query[k]
			}
		}
	}
	if c.drive {
		if err := c.checkDriveParams(); err != nil {
			return err
		}
		if _, sent := c.query["fields"]; sent && fields == "" && c.reply != nil {
			c.mask = &wire.Mask{} // an empty mask asks for nothing
		}
	}
	if fields == "" || c.reply == nil {
		return nil
	}
	m, ok := wire.ParseMask(fields)
	bad := fields
	if ok {
		bad = m.Bind(c.reply)
	}
	if bad == "" {
		c.mask = m
		return nil
	}
	if c.drive {
		return &wire.Error{Code: http.StatusBadRequest, Reason: "invalidParameter",
			Message: "Invalid field selection " + bad, Location: "fields", LocationType: "parameter"}
	}
	e := wire.BadField(bad, "Error expanding 'fields' parameter. Cannot find matching fields for path '%s'.", bad)
	e.Message = "Request contains an invalid argument."
	return e
}

// driveFlags are the boolean parameters of Drive calls.
var driveFlags = []string{"supportsAllDrives", "supportsTeamDrives", "includeItemsFromAllDrives",
	"includeTeamDriveItems", "includeRemoved", "includeCorpusRemovals",
	"restrictToMyDrive", "sendNotificationEmail", "transferOwnership", "removeExpiration", "useDomainAdminAccess",
	"acknowledgeAbuse", "moveToNewOwnersRoot"}

// checkDriveParams refuses flags that are not boolean, and refuses to list shared drives
// for callers that do not declare support for them.
func (c *call) checkDriveParams() error {
	for _, name := range driveFlags {
		if v := c.query.get(name); v != "" {
			if _, err := strconv.ParseBool(strings.ToLower(v)); err != nil {
				return errDriveType(wire.Snake(name), "TYPE_BOOL", v)
			}
		}
	}
	all := c.query.boolean("includeItemsFromAllDrives", false) || c.query.boolean("includeTeamDriveItems", false)
	if all && !c.query.boolean("supportsAllDrives", false) && !c.query.boolean("supportsTeamDrives", false) {
		return &wire.Error{Code: http.StatusForbidden, Reason: "supportsTeamDrivesRequired",
			Message: "The supportsAllDrives parameter was not set to true."}
	}
	return nil
}

func camel(s string) string {
	if !strings.Contains(s, "_") {
		return s
	}
	var b strings.Builder
	up := false
	for _, r := range s {
		switch {
		case r == '_':
			up = true
		case up:
			b.WriteString(strings.ToUpper(string(r)))
			up = false
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
