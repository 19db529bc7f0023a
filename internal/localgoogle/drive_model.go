package localgoogle

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"slices"
	"strings"
	"time"

	"google.golang.org/api/drive/v3"
)

const (
	mimeSheet  = "application/vnd.google-apps.spreadsheet"
	mimeFolder = "application/vnd.google-apps.folder"
	timeFormat = "2006-01-02T15:04:05.000Z"

	mimeShortcut = "application/vnd.google-apps.shortcut"
)

// file is the record of a file or folder. Installed records are immutable: a change makes
// a new one.
type file struct {
	ID  string `json:"-"`
	num int64  // of the document

	Name        string
	Mime        string
	Description string               `json:",omitempty"`
	Owner       string               // e-mail
	Parent      string               // id of a folder; "" means the owner's root
	Perms       []permission         `json:",omitempty"` // without the owner's
	AppProps    map[string]string    `json:",omitempty"`
	Props       map[string]string    `json:",omitempty"`
	Starred     []string             `json:",omitempty"` // by whom
	Trashed     bool                 `json:",omitempty"`
	Removed     bool                 `json:",omitempty"` // deleted for good; kept for the change log
	Created     time.Time            // and by the owner
	Modified    time.Time            // content, name or place
	ModifiedBy  map[string]time.Time `json:",omitempty"` // latest modification by e-mail
	LastUser    string
	Version     int64
	Seq         int64            // of its latest change
	Told        int64            // of the latest change in the feed; differs from Seq while edits are late
	Changed     time.Time        // when that was
	Lost        map[string]int64 `json:",omitempty"` // who lost access, and at which change
	Late        []lateEdit       `json:",omitempty"` // edits that Drive does not report yet, oldest first
	Target      string           `json:",omitempty"` // target of a shortcut
	OwnerShares bool             `json:",omitempty"` // writers may not share: writersCanShare is off
}

// permission is a grant to a user, group, domain or anyone.
type permission struct {
	ID        string
	Type      string // user, group, domain, anyone
	Email     string `json:",omitempty"`
	Domain    string `json:",omitempty"`
	Role      string // reader, commenter, writer, fileOrganizer, organizer
	Discover  bool   `json:",omitempty"`
	ExpiresAt string `json:",omitempty"`
}

// Roles in ascending order.
const (
	roleNone = iota
	roleReader
	roleCommenter
	roleWriter
	roleOwner
)

func roleLevel(role string) int {
	switch role {
	case "reader":
		return roleReader
	case "commenter":
		return roleCommenter
	case "writer", "fileOrganizer", "organizer":
		return roleWriter
	case "owner":
		return roleOwner
	}
	return roleNone
}

func (f *file) clone() *file {
	n := *f
	n.Perms = slices.Clone(f.Perms)
	n.AppProps = maps.Clone(f.AppProps)
	n.Props = maps.Clone(f.Props)
	n.Starred = slices.Clone(f.Starred)
	n.ModifiedBy = maps.Clone(f.ModifiedBy)
	n.Lost = maps.Clone(f.Lost)
	n.Late = slices.Clone(f.Late)
	return &n
}

func (f *file) isSheet() bool { return f.Mime == mimeSheet }

// rootID returns the id of a person's root folder.
func rootID(user string) string {
	sum := sha256.Sum256([]byte("root " + user))
	return "0A" + base64.RawURLEncoding.EncodeToString(sum[:])[:11] + "Uk9PVA"
}

// permissionID returns the id of a person in permissions.
func permissionID(email string) string {
	sum := sha256.Sum256([]byte("permission " + email))
	digits := make([]byte, 20)
	for i := range digits {
		digits[i] = '0' + sum[i]%10
	}
	digits[0] = '1'
	return string(digits)
}

func newFileID() string {
	var b [33]byte
	_, _ = rand.Read(b[:]) // never fails, by its documentation
	return "1" + base64.RawURLEncoding.EncodeToString(b[:])[:43]
}

// lookup finds an existing file. "root" is the caller's root folder.
func (s *Server) lookup(id, user string) *file {
	if id == "root" || id == rootID(user) {
		return s.root(user)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.existing(id)
}

// existing is lookup for callers that hold s.mu or s.writing.
func (s *Server) existing(id string) *file {
	if f := s.files[id]; f != nil && !f.Removed {
		return f
	}
	return nil
}

func (s *Server) root(user string) *file {
	return &file{ID: rootID(user), Name: "My Drive", Mime: mimeFolder, Owner: user, Created: time.Unix(0, 0).UTC(),
		Modified: time.Unix(0, 0).UTC(), LastUser: user, Version: 1}
}

const maxFolderDepth = 100

// role returns what a person may do with a file, by its own permissions and those of the
// folders above it. linked also counts what anyone with the link may do.
func (s *Server) role(f *file, user string, linked bool) int {
	level := roleNone
	s.mu.RLock()
	defer s.mu.RUnlock()
	for depth := 0; f != nil && depth < maxFolderDepth; depth++ {
		if f.Owner == user {
			return roleOwner
		}
		for _, p := range f.Perms {
			if p.matches(user, linked) {
				level = max(level, roleLevel(p.Role))
			}
		}
		f = s.existing(f.Parent)
	}
	return level
}

func (p permission) matches(user string, linked bool) bool {
	switch p.Type {
	case "user", "group":
		return p.Email == user
	case "domain":
		return strings.HasSuffix(user, "@"+p.Domain) && (linked || p.Discover)
	case "anyone":
		return linked || p.Discover
	}
	return false
}

// trashed reports whether the file or a folder above it is in the trash.
func (s *Server) trashed(f *file) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for depth := 0; f != nil && depth < maxFolderDepth; depth++ {
		if f.Trashed {
			return true
		}
		f = s.existing(f.Parent)
	}
	return false
}

// mutation is a set of changes that become visible, and durable, at once.
type mutation struct {
	s     *Server
	user  string
	now   time.Time
	files map[string]*file
	quiet map[string]bool // files whose change Drive does not report yet
	ch    change
}

// mutate runs f and stores its changes.
func (s *Server) mutate(ctx context.Context, user string, f func(m *mutation) error) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	m := &mutation{s: s, user: user, now: s.tick(), files: map[string]*file{}, quiet: map[string]bool{}}
	if err := f(m); err != nil {
		return err
	}
	seq := s.seq
	for _, id := range slices.Sorted(maps.Keys(m.files)) {
		seq++
		n := m.files[id]
		n.Seq = seq
		if !m.quiet[id] {
			n.Told, n.Changed = seq, m.now
			n.Version++
		}
		for who, at := range n.Lost {
			if at == 0 {
				n.Lost[who] = seq
			}
		}
		m.ch.files = append(m.ch.files, n)
	}
	// Store what will be answered, even if the caller has gone meanwhile.
	if err := s.store.commit(context.WithoutCancel(ctx), m.ch); err != nil {
		return err
	}
	s.mu.Lock()
	for id, n := range m.files {
		s.files[id] = n
		s.noteLate(n)
		s.told = max(s.told, n.Told)
	}
	s.seq = seq
	s.mu.Unlock()
	for _, num := range m.ch.erase {
		s.docs.forget(num)
	}
	return nil
}

// edit returns the record of an existing file for changing; nil if there is none.
func (m *mutation) edit(id string) *file {
	if n := m.files[id]; n != nil {
		return n
	}
	f := m.s.existing(id)
	if f == nil {
		return nil
	}
	n := f.clone()
	m.files[id] = n
	return n
}

// touch records that the caller modified the content, name or place of the file.
func (m *mutation) touch(n *file) { n.modifiedBy(m.user, m.now) }

func (f *file) modifiedBy(user string, at time.Time) {
	f.Modified, f.LastUser = at, user
	if f.ModifiedBy == nil {
		f.ModifiedBy = map[string]time.Time{}
	}
	f.ModifiedBy[user] = at
}

// below returns the ids of everything in a folder, at any depth.
func (s *Server) below(folder string) []string {
	children := map[string][]string{}
	for id, x := range s.files {
		if !x.Removed && x.Parent != "" {
			children[x.Parent] = append(children[x.Parent], id)
		}
	}
	var out []string
	for next := []string{folder}; len(next) > 0 && len(out) < len(s.files); next = next[1:] {
		ids := children[next[0]]
		slices.Sort(ids)
		out = append(out, ids...)
		next = append(next, ids...)
	}
	return out
}

// tellBelow puts everything in a folder into the feed, as Google does when the folder is
// trashed, moved or no longer shared. lost are people who lost access to the folder: they
// keep it to files that they, or a folder between, give them.
func (m *mutation) tellBelow(n *file, lost []string) {
	if n.Mime != mimeFolder {
		return
	}
	for _, id := range m.s.below(n.ID) {
		x := m.edit(id)
		m.lose(x, n.ID, lost)
	}
}

// lose records who lost access to a file through an event at a folder above it.
func (m *mutation) lose(x *file, folder string, lost []string) {
	for _, email := range lost {
		kept := false
		for f := x; f != nil && f.ID != folder; f = m.s.existing(f.Parent) {
			kept = kept || f.grants(email)
		}
		if kept {
			continue
		}
		if x.Lost == nil {
			x.Lost = map[string]int64{}
		}
		x.Lost[email] = 0 // replaced by the number of this change when it is stored
	}
}

// grants reports whether the file itself gives a person access.
func (f *file) grants(email string) bool {
	return f.Owner == email || slices.ContainsFunc(f.Perms, func(p permission) bool { return p.Email == email })
}

// moved handles a file that left the folder was: people who reached it only through the
// folders there see it as gone.
func (m *mutation) moved(n *file, was string) {
	above := func(id string) (emails []string) {
		for f := m.s.existing(id); f != nil; f = m.s.existing(f.Parent) {
			emails = append(emails, f.Owner)
			for _, p := range f.Perms {
				if p.Email != "" {
					emails = append(emails, p.Email)
				}
			}
		}
		return emails
	}
	now := above(n.Parent)
	lost := slices.DeleteFunc(above(was), func(email string) bool {
		return slices.Contains(now, email) || n.grants(email)
	})
	m.lose(n, "", lost)
	m.tellBelow(n, lost)
}

// add returns the record of a new file owned by the caller.
func (m *mutation) add(name, mime, parent string) *file {
	m.s.nextNum++
	n := &file{ID: newFileID(), num: m.s.nextNum, Name: name, Mime: mime, Owner: m.user, Parent: parent, Created: m.now}
	m.touch(n)
	// At Google the modification is a little later than the creation.
	n.Modified = m.now.Add(time.Millisecond)
	m.s.lastTime.Store(n.Modified.UnixMilli())
	n.ModifiedBy[m.user] = n.Modified
	m.files[n.ID] = n
	return n
}

// api returns the file as the caller sees it.
func (s *Server) api(f *file, user string) *drive.File {
	level := s.role(f, user, true)
	trashed := s.trashed(f)
	parent := f.Parent
	if parent == "" && f.Owner == user && f.ID != rootID(user) {
		parent = rootID(user)
	}
	out := &drive.File{
		Kind: "drive#file", Id: f.ID, Name: f.Name, MimeType: f.Mime, Description: f.Description,
		Starred: slices.Contains(f.Starred, user), Trashed: trashed, ExplicitlyTrashed: f.Trashed,
		AppProperties: f.AppProps, Properties: f.Props, Spaces: []string{"drive"}, Version: f.Version,
		CreatedTime: f.Created.Format(timeFormat), ModifiedTime: f.Modified.Format(timeFormat),
		ModifiedByMe: !f.ModifiedBy[user].IsZero(), Owners: []*drive.User{s.person(f.Owner, user)},
		LastModifyingUser: s.person(f.LastUser, user),
		Shared:            len(f.Perms) > 0, OwnedByMe: f.Owner == user, WritersCanShare: !f.OwnerShares,
		IconLink:     iconLink(f),
		ViewedByMe:   f.Owner == user,
		Capabilities: capabilities(f, level, trashed),
		ForceSendFields: []string{"Starred", "Trashed", "ExplicitlyTrashed", "ModifiedByMe", "Shared", "OwnedByMe",
			"ViewedByMe", "Version", "CopyRequiresWriterPermission", "WritersCanShare"},
	}
	if at := f.ModifiedBy[user]; !at.IsZero() {
		out.ModifiedByMeTime = at.Format(timeFormat)
	}
	// Hide a parent that the caller may not see.
	if p := s.lookup(parent, user); p != nil && s.role(p, user, true) >= roleReader {
		out.Parents = []string{parent}
	}
	if f.Target != "" {
		out.ShortcutDetails = &drive.FileShortcutDetails{TargetId: f.Target}
		if t := s.lookup(f.Target, user); t != nil {
			out.ShortcutDetails.TargetMimeType = t.Mime
		}
	}
	switch {
	case f.isSheet():
		out.WebViewLink = "https://docs.google.com/spreadsheets/d/" + f.ID + "/edit?usp=drivesdk"
	case f.Mime == mimeFolder:
		out.WebViewLink = "https://drive.google.com/drive/folders/" + f.ID
	default:
		out.WebViewLink = "https://drive.google.com/file/d/" + f.ID + "/view?usp=drivesdk"
	}
	if level >= roleWriter {
		out.Permissions = s.permissionsOf(f)
		for _, p := range out.Permissions {
			out.PermissionIds = append(out.PermissionIds, p.Id)
		}
	}
	return out
}

// iconLink returns the address of the icon for a file's kind.
func iconLink(f *file) string {
	link := "https://drive-thirdparty.googleusercontent.com/16/type/" + f.Mime
	if f.Mime == mimeFolder && len(f.Perms) > 0 {
		link += "+shared"
	}
	return link
}

// sharing returns the role that is needed to share the file.
func sharing(f *file) int {
	if f.OwnerShares {
		return roleOwner
	}
	return roleWriter
}

func capabilities(f *file, level int, trashed bool) *drive.FileCapabilities {
	edit := level >= roleWriter
	owner := level == roleOwner
	folder := f.Mime == mimeFolder
	return &drive.FileCapabilities{
		CanEdit: edit, CanComment: level >= roleCommenter, CanCopy: !folder, CanDownload: !folder,
		CanReadRevisions: !folder && edit,
		CanRename:        edit, CanShare: level >= sharing(f), CanModifyContent: edit, CanTrash: owner,
		CanUntrash: owner &&
			trashed, CanDelete: owner,
		CanListChildren: folder, CanAddChildren: folder && edit, CanRemoveChildren: folder && edit,
		CanMoveItemWithinDrive:                edit,
		CanChangeCopyRequiresWriterPermission: edit, CanChangeViewersCanCopyContent: edit, CanMoveItemOutOfDrive: owner,
		CanMoveChildrenWithinDrive: folder && edit,
		ForceSendFields: []string{"CanEdit", "CanComment", "CanCopy", "CanDownload", "CanReadRevisions", "CanRename",
			"CanShare", "CanModifyContent", "CanTrash",
			"CanUntrash", "CanDelete", "CanListChildren", "CanAddChildren", "CanRemoveChildren",
			"CanMoveItemWithinDrive", "CanMoveItemOutOfDrive"},
	}
}

// person returns a user as the caller sees them.
func (s *Server) person(email, me string) *drive.User {
	name, _, _ := strings.Cut(email, "@")
	return &drive.User{Kind: "drive#user", DisplayName: name, Me: email == me, PermissionId: permissionID(email),
		EmailAddress: email, ForceSendFields: []string{"Me"}}
}

func (s *Server) permissionsOf(f *file) []*drive.Permission {
	owner := permission{ID: permissionID(f.Owner), Type: "user", Email: f.Owner, Role: "owner"}
	out := []*drive.Permission{owner.api()}
	here := map[string]bool{}
	for _, p := range f.Perms {
		here[p.ID] = true
		out = append(out, p.api())
	}
	// Permissions from the folder are listed as well, and look the same: Google says
	// where a permission comes from only inside a shared drive.
	s.mu.RLock()
	defer s.mu.RUnlock()
	for depth := 0; depth < maxFolderDepth; depth++ {
		if f = s.existing(f.Parent); f == nil {
			break
		}
		for _, p := range f.Perms {
			if !here[p.ID] && p.ID != owner.ID {
				here[p.ID] = true
				out = append(out, p.api())
			}
		}
	}
	return out
}

func (p permission) api() *drive.Permission {
	out := &drive.Permission{Kind: "drive#permission", Id: p.ID, Type: p.Type, Role: p.Role, EmailAddress: p.Email,
		Domain: p.Domain, ExpirationTime: p.ExpiresAt}
	switch p.Type {
	case "user", "group":
		out.DisplayName, _, _ = strings.Cut(p.Email, "@")
		out.ForceSendFields = []string{"Deleted", "PendingOwner"}
	case "domain":
		out.DisplayName = p.Domain
		out.AllowFileDiscovery = p.Discover
		out.ForceSendFields = []string{"AllowFileDiscovery"}
	default:
		out.AllowFileDiscovery = p.Discover
		out.ForceSendFields = []string{"AllowFileDiscovery"}
	}
	return out
}
