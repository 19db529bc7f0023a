package localgoogle

import (
	"cmp"
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/api/drive/v3"

	"svodka/internal/localgoogle/wire"
)

const insufficient = "The user does not have sufficient permissions for this file."

// defaultMask limits the answer to these members if the caller asks for none.
func (c *call) defaultMask(fields string) {
	if _, asked := c.query["fields"]; !asked {
		c.mask, _ = wire.ParseMask(fields)
	}
}

const fileFields = "kind,id,name,mimeType"

// driveFile finds the file of the call and checks that the caller has the role. A file
// that the caller may not see does not exist; an action without the role is forbidden.
func (c *call) driveFile(id string, need int) (*file, error) {
	f := c.s.lookup(id, c.user)
	if f == nil {
		return nil, errDriveNotFound(id)
	}
	level := c.s.role(f, c.user, true)
	if level < roleReader {
		return nil, errDriveNotFound(id)
	}
	if level < need {
		return nil, errDriveForbidden(insufficient)
	}
	return f, nil
}

func (c *call) filesGet() (*answer, error) {
	c.defaultMask(fileFields)
	f, err := c.driveFile(c.file, roleReader)
	if err != nil {
		return nil, err
	}
	if c.query.get("alt") == "media" {
		return nil, &wire.Error{Code: http.StatusForbidden, Reason: "fileNotDownloadable",
			Message:  "Only files with binary content can be downloaded. Use Export with Docs Editors files.",
			Location: "alt", LocationType: "parameter"}
	}
	return &answer{body: c.s.api(f, c.user)}, nil
}

// parentFor checks the folder for a file; "" is the caller's root.
func (c *call) parentFor(parents []string) (string, error) {
	switch {
	case len(parents) == 0:
		return "", nil
	case len(parents) > 1:
		return "", &wire.Error{Code: http.StatusBadRequest, Reason: "invalid",
			Message: "A file must have exactly one parent.", Location: "parents", LocationType: "parameter"}
	case parents[0] == "root" || parents[0] == rootID(c.user):
		return "", nil
	}
	f, err := c.driveFile(parents[0], roleReader)
	if err != nil {
		return "", err
	}
	if f.Mime != mimeFolder {
		return "", errDriveForbidden("The specified parent is not a folder.")
	}
	if c.s.role(f, c.user, true) < roleWriter {
		return "", errDriveForbidden("The user does not have sufficient permissions for the specified parent.")
	}
	return f.ID, nil
}

func (c *call) filesCreate() (*answer, error) {
	c.defaultMask(fileFields)
	var in drive.File
	if err := wire.Decode(c.body, &in, ""); err != nil {
		return nil, err
	}
	if in.Id != "" {
		return nil, &wire.Error{Code: http.StatusBadRequest, Reason: "invalid",
			Message: "The provided file ID is not usable.", Location: "file.id", LocationType: "other"}
	}
	parent, err := c.parentFor(in.Parents)
	if err != nil {
		return nil, err
	}
	if err := checkProperties(in.AppProperties); err != nil {
		return nil, err
	}
	target, err := c.shortcutTo(&in)
	if err != nil {
		return nil, err
	}
	var made *file
	err = c.s.mutate(c.ctx(), c.user, func(m *mutation) error {
		made = m.add(cmp.Or(in.Name, "Untitled"), cmp.Or(in.MimeType, "application/octet-stream"), parent)
		made.Target = target
		made.OwnerShares = !in.WritersCanShare && slices.Contains(in.ForceSendFields, "WritersCanShare")
		made.Description, made.AppProps, made.Props = in.Description, in.AppProperties, in.Properties
		if in.Starred {
			made.Starred = []string{c.user}
		}
		if made.isSheet() {
			if made.Name == "Untitled" {
				made.Name = "Untitled spreadsheet"
			}
			m.ch.docs = append(m.ch.docs, docChange{num: made.num, new: newDocument()})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	c.file = made.ID
	return &answer{body: c.s.api(made, c.user)}, nil
}

// shortcutTo returns the id of a new shortcut's target; "" for other files.
func (c *call) shortcutTo(in *drive.File) (string, error) {
	if in.MimeType != mimeShortcut {
		return "", nil
	}
	if in.ShortcutDetails == nil || in.ShortcutDetails.TargetId == "" {
		return "", &wire.Error{Code: http.StatusBadRequest, Reason: "required",
			Message:  "The shortcutDetails.targetId field is required for shortcuts.",
			Location: "file.shortcutDetails.targetId", LocationType: "other"}
	}
	f, err := c.driveFile(in.ShortcutDetails.TargetId, roleReader)
	if err != nil {
		return "", err
	}
	return f.ID, nil
}

// checkProperties enforces Drive's limits on custom properties.
func checkProperties(props map[string]string) error {
	for k, v := range props {
		if len(k)+len(v) > 124 {
			return &wire.Error{Code: http.StatusForbidden, Reason: "propertyTooLarge",
				Message: "The size of a property exceeds the limit of 124 bytes for its key and value."}
		}
	}
	if len(props) > 30 {
		return &wire.Error{Code: http.StatusForbidden, Reason: "tooManyProperties",
			Message: "The number of properties exceeds the limit of 30."}
	}
	return nil
}

func (c *call) filesUpdate() (*answer, error) {
	c.defaultMask(fileFields)
	var in drive.File
	nulls, err := wire.DecodeWithNulls(c.body, &in, "")
	if err != nil {
		return nil, err
	}
	f, err := c.driveFile(c.file, roleReader)
	if err != nil {
		return nil, err
	}
	starred := in.Starred || slices.Contains(in.ForceSendFields, "Starred")
	onlyStar := starred && in.Name == "" && in.AppProperties == nil && in.Description == "" && nulls == nil
	if err := c.mayUpdate(f, &in, onlyStar); err != nil {
		return nil, err
	}
	add := splitList(c.query.get("addParents"))
	parent, err := c.parentFor(add)
	if err != nil {
		return nil, err
	}
	if f.Mime == mimeFolder && c.inside(parent, f.ID) {
		return nil, &wire.Error{Code: http.StatusForbidden, Reason: "cannotMoveFolderIntoItself",
			Message: "A folder cannot be moved into itself or one of its descendants."}
	}
	if err := c.oneParent(f, add, splitList(c.query.get("removeParents"))); err != nil {
		return nil, err
	}
	var modified time.Time
	if in.ModifiedTime != "" {
		if modified, err = time.Parse(time.RFC3339Nano, in.ModifiedTime); err != nil {
			return nil, errDriveParam("modifiedTime", "Invalid value for: Invalid format: %q", in.ModifiedTime)
		}
	}
	var made *file
	err = c.s.mutate(c.ctx(), c.user, func(m *mutation) error {
		if made = m.edit(f.ID); made == nil {
			return errDriveNotFound(c.file)
		}
		if starred {
			made.Starred = slices.DeleteFunc(made.Starred, func(u string) bool { return u == c.user })
			if in.Starred {
				made.Starred = append(made.Starred, c.user)
			}
		}
		if onlyStar {
			return nil
		}
		if err := m.describe(made, &in, nulls); err != nil {
			return err
		}
		was := made.Parent
		switch removed := splitList(c.query.get("removeParents")); {
		case len(add) > 0:
			made.Parent = parent
		case slices.Contains(removed, was):
			made.Parent = ""
		}
		if made.Parent != was {
			m.moved(made, was)
		}
		if !modified.IsZero() {
			made.Modified = modified.UTC()
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &answer{body: c.s.api(made, c.user)}, nil
}

// mayUpdate refuses changes of a file that the caller may not make. A star is the
// caller's own: readers may set it as well.
func (c *call) mayUpdate(f *file, in *drive.File, onlyStar bool) error {
	level := c.s.role(f, c.user, true)
	if level < roleWriter && !onlyStar || f.ID == rootID(c.user) {
		return errDriveForbidden(insufficient)
	}
	if (in.Trashed || slices.Contains(in.ForceSendFields, "Trashed")) && level < roleOwner {
		return errDriveForbidden(insufficient)
	}
	if len(in.Parents) > 0 {
		return &wire.Error{Code: http.StatusForbidden, Reason: "fieldNotWritable",
			Message: "The parents field is not directly writable in update requests. Use the addParents and " +
				"removeParents parameters instead."}
	}
	return nil
}

// oneParent refuses to add a file to a folder without removing it from the one where the
// caller sees it: a file is in one place.
func (c *call) oneParent(f *file, add, remove []string) error {
	for _, is := range c.s.api(f, c.user).Parents {
		root := is == rootID(c.user) && (slices.Contains(add, "root") || slices.Contains(remove, "root"))
		if len(add) > 0 && !root && !slices.Contains(remove, is) && !slices.Contains(add, is) {
			return &wire.Error{Code: http.StatusForbidden, Reason: "cannotAddParent",
				Message: "Increasing the number of parents is not allowed"}
		}
	}
	return nil
}

// describe applies what a request says about a file; nulls are the properties to remove.
// Trashing a file does not count as modifying it.
func (m *mutation) describe(n *file, in *drive.File, nulls []string) error {
	sent := func(name string) bool { return slices.Contains(in.ForceSendFields, name) }
	if in.Trashed || sent("Trashed") {
		n.Trashed = in.Trashed
		m.tellBelow(n, nil)
	}
	if in.WritersCanShare || sent("WritersCanShare") {
		n.OwnerShares = !in.WritersCanShare
	}
	if in.Name == "" && in.Description == "" && !sent("Description") && in.AppProperties == nil &&
		in.Properties == nil && nulls == nil {
		return nil
	}
	if in.Name != "" {
		n.Name = in.Name
	}
	if in.Description != "" || sent("Description") {
		n.Description = in.Description
	}
	n.AppProps = mergeProperties(n.AppProps, in.AppProperties, nulls, "app_properties.")
	n.Props = mergeProperties(n.Props, in.Properties, nulls, "properties.")
	m.touch(n)
	return checkProperties(n.AppProps)
}

func splitList(s string) []string {
	var out []string
	for part := range strings.SplitSeq(s, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

func mergeProperties(old, in map[string]string, nulls []string, prefix string) map[string]string {
	if old == nil {
		old = map[string]string{}
	}
	for k, v := range in {
		old[k] = v
	}
	for _, path := range nulls {
		if k, ok := strings.CutPrefix(path, prefix); ok {
			delete(old, k)
		}
	}
	if len(old) == 0 {
		return nil
	}
	return old
}

// inside reports whether folder is the file or below it.
func (c *call) inside(folder, id string) bool {
	c.s.mu.RLock()
	defer c.s.mu.RUnlock()
	for depth := 0; folder != "" && depth < maxFolderDepth; depth++ {
		if folder == id {
			return true
		}
		f := c.s.existing(folder)
		if f == nil {
			return false
		}
		folder = f.Parent
	}
	return false
}

func (c *call) filesDelete() (*answer, error) {
	f, err := c.driveFile(c.file, roleOwner)
	if err != nil {
		return nil, err
	}
	if f.ID == rootID(c.user) {
		return nil, errDriveForbidden(insufficient)
	}
	err = c.s.mutate(c.ctx(), c.user, func(m *mutation) error {
		if c.s.existing(f.ID) == nil {
			return errDriveNotFound(c.file)
		}
		doomed := []string{f.ID}
		for i := 0; i < len(doomed); i++ {
			for id, x := range c.s.files {
				if x.Parent == doomed[i] && !x.Removed && x.Owner == c.user && !slices.Contains(doomed, id) {
					doomed = append(doomed, id)
				}
			}
		}
		for _, id := range doomed {
			n := m.edit(id)
			n.Removed = true
			n.AppProps, n.Props, n.Description, n.Starred, n.ModifiedBy = nil, nil, "", nil, nil
			if n.isSheet() {
				m.ch.erase = append(m.ch.erase, n.num)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &answer{status: http.StatusNoContent}, nil
}

func (c *call) filesCopy() (*answer, error) {
	c.defaultMask(fileFields)
	var in drive.File
	nulls, err := wire.DecodeWithNulls(c.body, &in, "")
	if err != nil {
		return nil, err
	}
	f, err := c.driveFile(c.file, roleReader)
	if err != nil {
		return nil, err
	}
	if f.Mime == mimeFolder {
		return nil, &wire.Error{Code: http.StatusForbidden, Reason: "cannotCopyFile",
			Message: "This file cannot be copied by the user."}
	}
	parents := in.Parents
	if len(parents) == 0 && f.Parent != "" {
		if p := c.s.lookup(f.Parent, c.user); p != nil && c.s.role(p, c.user, true) >= roleWriter {
			parents = []string{f.Parent}
		}
	}
	parent, err := c.parentFor(parents)
	if err != nil {
		return nil, err
	}
	var doc *document
	if f.isSheet() {
		err := c.s.reading(c.ctx(), f.num, func(v *view) error {
			doc = copyDocument(v.doc, c.user)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	var made *file
	err = c.s.mutate(c.ctx(), c.user, func(m *mutation) error {
		made = m.add(cmp.Or(in.Name, "Copy of "+f.Name), f.Mime, parent)
		made.Description = cmp.Or(in.Description, f.Description)
		made.AppProps = mergeProperties(cloneMap(f.AppProps), in.AppProperties, nulls, "app_properties.")
		made.Props = mergeProperties(cloneMap(f.Props), in.Properties, nulls, "properties.")
		if doc != nil {
			m.ch.docs = append(m.ch.docs, docChange{num: made.num, new: doc})
		}
		return checkProperties(made.AppProps)
	})
	if err != nil {
		return nil, err
	}
	return &answer{body: c.s.api(made, c.user)}, nil
}

func cloneMap(m map[string]string) map[string]string {
	out := map[string]string{}
	for k, v := range m {
		out[k] = v
	}
	return out
}

func (c *call) filesList() (*answer, error) {
	c.defaultMask("kind,nextPageToken,incompleteSearch,files(kind,id,name,mimeType)")
	match, ok := compileQuery(c.query.get("q"))
	if !ok {
		return nil, errDriveParam("q", "Invalid Value")
	}
	size, err := c.pageSize(100, 1000)
	if err != nil {
		return nil, err
	}
	start := 0
	if token := c.query.get("pageToken"); token != "" {
		raw, err := base64.RawURLEncoding.DecodeString(token)
		if err == nil {
			start, err = strconv.Atoi(strings.TrimPrefix(string(raw), "files:"))
		}
		if err != nil || start < 0 {
			return nil, errDriveParam("pageToken", "Invalid Value")
		}
	}
	if err := c.checkOrder(); err != nil {
		return nil, err
	}
	less, ok := fileOrder(c.query.get("orderBy"), c.user)
	if !ok {
		return nil, errDriveParam("orderBy", "Invalid Value")
	}
	var found []*file
	for _, f := range c.s.allFiles() {
		if c.s.role(f, c.user, false) >= roleReader && match(c.s, f, c.user) {
			found = append(found, f)
		}
	}
	slices.SortFunc(found, less)
	out := &drive.FileList{Kind: "drive#fileList", Files: []*drive.File{},
		ForceSendFields: []string{"IncompleteSearch", "Files"}}
	start = min(start, len(found))
	end := min(start+size, len(found))
	for _, f := range found[start:end] {
		out.Files = append(out.Files, c.s.api(f, c.user))
	}
	if end < len(found) {
		out.NextPageToken = base64.RawURLEncoding.EncodeToString([]byte("files:" + strconv.Itoa(end)))
	}
	return &answer{body: out}, nil
}

// allFiles returns the existing files, in no order.
func (s *Server) allFiles() []*file {
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := make([]*file, 0, len(s.files))
	for _, f := range s.files {
		if !f.Removed {
			out = append(out, f)
		}
	}
	return out
}

func (c *call) pageSize(otherwise, most int) (int, error) {
	text := c.query.get("pageSize")
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, errDriveType("page_size", "TYPE_INT32", text)
	}
	if n < 1 || n > most {
		return 0, errDriveParam("pageSize", "Invalid value '%s'. Values must be within the range: [1, %d]", text, most)
	}
	return n, nil
}

// checkOrder refuses orders that Drive refuses.
func (c *call) checkOrder() error {
	keys := splitList(c.query.get("orderBy"))
	if len(keys) > 0 && strings.Contains(c.query.get("q"), "fullText") {
		return &wire.Error{Code: http.StatusForbidden, Reason: "forbidden", Message: "Sorting is not supported for " +
			"queries with fullText terms. Results are always in descending relevance order.",
			Location: "orderBy", LocationType: "parameter"}
	}
	seen := map[string]bool{}
	for i, key := range keys {
		name, _, _ := strings.Cut(key, " ")
		switch {
		case seen[name]:
			return &wire.Error{Code: http.StatusForbidden, Reason: "orderByContainsDuplicateSortKeys",
				Message:  "The orderBy parameter cannot contain duplicate sort keys.",
				Location: "orderBy", LocationType: "parameter"}
		case name == "starred" && i > 0: // measured: an internal error
			return &wire.Error{Code: http.StatusInternalServerError, Reason: "internalError", Message: "Internal Error"}
		}
		seen[name] = true
	}
	return nil
}

// fileOrder parses orderBy; without one the newest come first.
func fileOrder(orderBy, user string) (func(a, b *file) int, bool) {
	var keys []func(a, b *file) int
	for _, key := range splitList(orderBy) {
		words := strings.Fields(key)
		var by func(a, b *file) int
		switch words[0] {
		case "name", "name_natural":
			by = func(a, b *file) int {
				return cmp.Or(strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)),
					strings.Compare(a.Name, b.Name))
			}
		case "modifiedTime":
			by = func(a, b *file) int { return a.Modified.Compare(b.Modified) }
		case "createdTime":
			by = func(a, b *file) int { return a.Created.Compare(b.Created) }
		case "modifiedByMeTime", "viewedByMeTime", "recency":
			by = func(a, b *file) int { return a.ModifiedBy[user].Compare(b.ModifiedBy[user]) }
		case "folder":
			by = func(a, b *file) int { return boolOrder(b.Mime == mimeFolder, a.Mime == mimeFolder) }
		case "starred":
			by = func(a, b *file) int {
				return boolOrder(slices.Contains(b.Starred, user), slices.Contains(a.Starred, user))
			}
		case "quotaBytesUsed", "sharedWithMeTime":
			by = func(a, b *file) int { return 0 }
		default:
			return nil, false
		}
		if len(words) > 2 || len(words) == 2 && words[1] != "desc" {
			return nil, false
		}
		if len(words) == 2 {
			up := by
			by = func(a, b *file) int { return up(b, a) }
		}
		keys = append(keys, by)
	}
	keys = append(keys, func(a, b *file) int {
		return cmp.Or(b.Modified.Compare(a.Modified), cmp.Compare(b.num, a.num))
	})
	return func(a, b *file) int {
		for _, by := range keys {
			if n := by(a, b); n != 0 {
				return n
			}
		}
		return 0
	}, true
}

func boolOrder(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

func (c *call) commentsList() (*answer, error) {
	if _, err := c.driveFile(c.file, roleReader); err != nil {
		return nil, err
	}
	if c.query.get("fields") == "" {
		return nil, errFieldsRequired()
	}
	return &answer{body: &drive.CommentList{Kind: "drive#commentList", Comments: []*drive.Comment{},
		ForceSendFields: []string{"Comments"}}}, nil
}

func errFieldsRequired() *wire.Error {
	return &wire.Error{Code: http.StatusBadRequest, Reason: "required",
		Message: "The 'fields' parameter is required for this method.", Location: "fields", LocationType: "parameter"}
}

func (c *call) aboutGet() (*answer, error) {
	if c.query.get("fields") == "" {
		return nil, errFieldsRequired()
	}
	return &answer{body: &drive.About{Kind: "drive#about", User: c.s.person(c.user, c.user)}}, nil
}
