package localgoogle

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/api/drive/v3"

	"svodka/internal/localgoogle/wire"
)

func errPermissionNotFound(id string) *wire.Error {
	return &wire.Error{Code: http.StatusNotFound, Reason: "notFound", Message: "Permission not found: " + id + ".",
		Location: "permissionId", LocationType: "parameter"}
}

func (c *call) permissionsList() (*answer, error) {
	c.defaultMask("kind,nextPageToken,permissions(kind,id,type,role)")
	f, err := c.driveFile(c.file, roleWriter)
	if err != nil {
		return nil, err
	}
	return &answer{body: &drive.PermissionList{Kind: "drive#permissionList", Permissions: c.s.permissionsOf(f),
		ForceSendFields: []string{"Permissions"}}}, nil
}

func (c *call) permissionsGet() (*answer, error) {
	c.defaultMask("kind,id,type,role")
	f, err := c.driveFile(c.file, roleReader)
	if err != nil {
		return nil, err
	}
	for _, p := range c.s.permissionsOf(f) {
		if p.Id == c.arg {
			return &answer{body: p}, nil
		}
	}
	return nil, errPermissionNotFound(c.arg)
}

func (c *call) permissionsCreate() (*answer, error) {
	c.defaultMask("kind,id,type,role")
	var in drive.Permission
	if err := wire.Decode(c.body, &in, ""); err != nil {
		return nil, err
	}
	f, err := c.sharedFile()
	if err != nil {
		return nil, err
	}
	p, err := c.readPermission(&in)
	if err != nil {
		return nil, err
	}
	if e := c.s.faults.refusesShare(p.Email, c.query.boolean("sendNotificationEmail", true)); e != nil {
		return nil, e
	}
	if p.Role == "owner" {
		return c.transfer(f, p.Email)
	}
	var made permission
	err = c.s.mutate(c.ctx(), c.user, func(m *mutation) error {
		n := m.edit(f.ID)
		if n == nil {
			return errDriveNotFound(c.file)
		}
		if p.Type == "user" && p.Email == n.Owner {
			made = permission{ID: p.ID, Type: "user", Email: n.Owner, Role: "owner"}
			return nil
		}
		made = p
		if i := slices.IndexFunc(n.Perms, func(x permission) bool { return x.ID == p.ID }); i >= 0 {
			// Sharing again never lowers a role.
			if roleLevel(n.Perms[i].Role) > roleLevel(p.Role) {
				made.Role = n.Perms[i].Role
			}
			n.Perms[i] = made
		} else {
			n.Perms = append(n.Perms, made)
		}
		delete(n.Lost, p.Email)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &answer{body: made.api()}, nil
}

// sharedFile returns the file of the call, after checking that the caller may change its
// permissions.
func (c *call) sharedFile() (*file, error) {
	f, err := c.driveFile(c.file, roleWriter)
	if err == nil && c.s.role(f, c.user, true) < sharing(f) {
		return nil, errDriveForbidden(insufficient)
	}
	return f, err
}

func (c *call) readPermission(in *drive.Permission) (permission, error) {
	p := permission{Type: in.Type, Role: in.Role, Email: strings.ToLower(in.EmailAddress),
		Domain: strings.ToLower(in.Domain), Discover: in.AllowFileDiscovery, ExpiresAt: in.ExpirationTime}
	if roleLevel(p.Role) == roleNone {
		return p, errDriveParam("permission.role", "The specified role is invalid or not supported.")
	}
	notify := c.query.get("sendNotificationEmail") != ""
	switch p.Type {
	case "user", "group":
		if p.Email == "" || !strings.Contains(p.Email, "@") {
			return p, &wire.Error{Code: http.StatusBadRequest, Reason: "invalidSharingRequest",
				Message: "The specified emailAddress is invalid or not applicable for the given permission type."}
		}
		p.ID, p.Domain = permissionID(p.Email), ""
	case "domain":
		if p.Domain == "" {
			return p, errDriveParam("permission.domain",
				"The specified domain is invalid or not applicable for the given permission type.")
		}
		p.ID, p.Email = permissionID("domain "+p.Domain)+"k", ""
	case "anyone":
		p.ID, p.Email, p.Domain = "anyoneWithLink", "", ""
		if p.Discover {
			p.ID = "anyone"
		}
	default:
		return p, errDriveParam("permission.type", "The permission type field is required.")
	}
	if notify && (p.Type == "domain" || p.Type == "anyone") && c.query.boolean("sendNotificationEmail", false) {
		return p, errDriveForbidden("Notification emails cannot be sent for the given permission type.")
	}
	if p.Role == "owner" && p.Type != "user" {
		return p, errDriveForbidden("The owner of a file must be a user.")
	}
	return p, nil
}

// transfer gives the file to somebody else; the old owner stays a writer.
func (c *call) transfer(f *file, email string) (*answer, error) {
	if !c.query.boolean("transferOwnership", false) {
		return nil, &wire.Error{Code: http.StatusForbidden, Reason: "forbidden",
			Message:  "The transferOwnership parameter must be enabled when the permission role is 'owner'.",
			Location: "transferOwnership", LocationType: "parameter"}
	}
	if c.s.role(f, c.user, true) < roleOwner {
		return nil, errDriveForbidden(insufficient)
	}
	err := c.s.mutate(c.ctx(), c.user, func(m *mutation) error {
		n := m.edit(f.ID)
		if n == nil {
			return errDriveNotFound(c.file)
		}
		old := n.Owner
		n.Perms = slices.DeleteFunc(n.Perms, func(p permission) bool { return p.Email == email && p.Type == "user" })
		if old != email {
			n.Perms = append(n.Perms, permission{ID: permissionID(old), Type: "user", Email: old, Role: "writer"})
		}
		n.Owner = email
		return nil
	})
	if err != nil {
		return nil, err
	}
	owner := permission{ID: permissionID(email), Type: "user", Email: email, Role: "owner"}
	return &answer{body: owner.api()}, nil
}

func (c *call) permissionsUpdate() (*answer, error) {
	c.defaultMask("kind,id,type,role")
	var in drive.Permission
	if err := wire.Decode(c.body, &in, ""); err != nil {
		return nil, err
	}
	f, err := c.sharedFile()
	if err != nil {
		return nil, err
	}
	if in.Role != "" && roleLevel(in.Role) == roleNone {
		return nil, errDriveParam("permission.role", "The specified role is invalid or not supported.")
	}
	if in.Role == "owner" {
		for _, p := range f.Perms {
			if p.ID == c.arg && p.Type == "user" {
				return c.transfer(f, p.Email)
			}
		}
	}
	var made permission
	err = c.s.mutate(c.ctx(), c.user, func(m *mutation) error {
		n := m.edit(f.ID)
		if n == nil {
			return errDriveNotFound(c.file)
		}
		i := slices.IndexFunc(n.Perms, func(p permission) bool { return p.ID == c.arg })
		if i < 0 {
			if c.arg == permissionID(n.Owner) {
				return errDriveForbidden("The owner of a file cannot be removed or changed this way.")
			}
			return errPermissionNotFound(c.arg)
		}
		if in.Role != "" {
			n.Perms[i].Role = in.Role
		}
		if in.ExpirationTime != "" || c.query.boolean("removeExpiration", false) {
			n.Perms[i].ExpiresAt = in.ExpirationTime
		}
		made = n.Perms[i]
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &answer{body: made.api()}, nil
}

func (c *call) permissionsDelete() (*answer, error) {
	f, err := c.driveFile(c.file, roleReader)
	if err != nil {
		return nil, err
	}
	// Someone who may not manage permissions may still leave.
	if c.s.role(f, c.user, true) < sharing(f) && c.arg != permissionID(c.user) {
		return nil, errDriveForbidden(insufficient)
	}
	err = c.s.mutate(c.ctx(), c.user, func(m *mutation) error {
		n := m.edit(f.ID)
		if n == nil {
			return errDriveNotFound(c.file)
		}
		i := slices.IndexFunc(n.Perms, func(p permission) bool { return p.ID == c.arg })
		if i < 0 {
			if c.arg == permissionID(n.Owner) {
				return errDriveForbidden("The owner of a file cannot be removed.")
			}
			if slices.ContainsFunc(c.s.permissionsOf(n), func(p *drive.Permission) bool { return p.Id == c.arg }) {
				return errDriveForbidden("A permission that comes with a folder can be removed there only.")
			}
			return errPermissionNotFound(c.arg)
		}
		if email := n.Perms[i].Email; email != "" {
			if n.Lost == nil {
				n.Lost = map[string]int64{}
			}
			n.Lost[email] = 0 // replaced by the number of this change when it is stored
			m.tellBelow(n, []string{email})
		}
		n.Perms = slices.Delete(n.Perms, i, i+1)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &answer{status: http.StatusNoContent}, nil
}

func (c *call) changesStart() (*answer, error) {
	c.s.mu.RLock()
	next := c.s.told + 1
	c.s.mu.RUnlock()
	return &answer{body: &drive.StartPageToken{Kind: "drive#startPageToken",
		StartPageToken: strconv.FormatInt(next, 10)}}, nil
}

// changesList answers with one entry for each file that changed since the token, in its
// newest state. Tokens are numbers of changes and never expire.
func (c *call) changesList() (*answer, error) {
	c.defaultMask(
		"kind,nextPageToken,newStartPageToken,changes(kind,type,changeType,time,removed,fileId,file(kind,id,name,mimeType))")
	from, err := strconv.ParseInt(c.query.get("pageToken"), 10, 64)
	if err != nil || from < 1 {
		return nil, errDriveParam("pageToken", "Invalid Value")
	}
	size, err := c.pageSize(100, 1000)
	if err != nil {
		return nil, err
	}
	withRemoved := c.query.boolean("includeRemoved", true)

	c.s.mu.RLock()
	last := c.s.told
	var changed []*file
	for _, f := range c.s.files {
		if f.Told >= from {
			changed = append(changed, f)
		}
	}
	c.s.mu.RUnlock()
	slices.SortFunc(changed, func(a, b *file) int { return int(a.Told - b.Told) })

	out := &drive.ChangeList{Kind: "drive#changeList", Changes: []*drive.Change{}, ForceSendFields: []string{"Changes"}}
	for _, f := range changed {
		visible := c.s.role(f, c.user, false) >= roleReader
		at, lost := f.Lost[c.user]
		lost = lost && at >= from
		if !visible && !lost || f.Removed && (!withRemoved || !visible && !lost) || lost && !visible && !withRemoved {
			continue
		}
		if len(out.Changes) == size {
			out.NextPageToken = strconv.FormatInt(f.Told, 10)
			return &answer{body: out}, nil
		}
		ch := &drive.Change{Kind: "drive#change", Type: "file", ChangeType: "file", Time: f.Changed.Format(timeFormat),
			FileId: f.ID, ForceSendFields: []string{"Removed"}}
		if f.Removed || !visible {
			ch.Removed = true
		} else {
			ch.File = c.s.api(f, c.user)
		}
		out.Changes = append(out.Changes, ch)
	}
	out.NewStartPageToken = strconv.FormatInt(last+1, 10)
	return &answer{body: out}, nil
}
