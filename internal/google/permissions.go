package google

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"google.golang.org/api/drive/v3"
)

// Permission is somebody's right to a file.
type Permission struct {
	ID     string
	Type   string // user, group, domain, anyone
	Role   string // owner, organizer, fileOrganizer, writer, commenter, reader
	Email  string // of a user or group
	Domain string // of a domain
	// Inherited means that it comes only from the folder or the shared drive, and can be
	// removed only there.
	Inherited bool
	Deleted   bool // the account no longer exists
}

// roles are ordered, weakest first.
var roles = []string{"reader", "commenter", "writer", "fileOrganizer", "organizer", "owner"}

// Covers reports whether a permission gives the account at least the role.
func (p Permission) Covers(email, role string) bool {
	return strings.EqualFold(p.Email, email) && !p.Deleted && slices.Index(roles, p.Role) >= slices.Index(roles, role)
}

const permissionFields = "id,type,role,emailAddress,domain,deleted,permissionDetails(inherited)"

// Permissions lists who may do what with a file.
func (c *Client) Permissions(ctx context.Context, id string) ([]Permission, error) {
	what := call{op: "see with whom the file is shared", method: "drive.permissions.list", file: id, api: driveAPI}
	var all []Permission
	for token := ""; ; {
		var page *drive.PermissionList
		err := c.do(ctx, what, func(ctx context.Context, a *account) (err error) {
			q := a.drive.Permissions.List(id).PageSize(100).SupportsAllDrives(true).
				Fields("nextPageToken,permissions(" + permissionFields + ")")
			if token != "" {
				q.PageToken(token)
			}
			page, err = q.Context(ctx).Do()
			return err
		})
		if err != nil {
			return nil, err
		}
		for _, p := range page.Permissions {
			all = append(all, permissionOf(p))
		}
		if token = page.NextPageToken; token == "" {
			return all, nil
		}
	}
}

func permissionOf(p *drive.Permission) Permission {
	direct := func(d *drive.PermissionPermissionDetails) bool { return d != nil && !d.Inherited }
	return Permission{
		ID: p.Id, Type: p.Type, Role: p.Role, Email: p.EmailAddress, Domain: p.Domain, Deleted: p.Deleted,
		Inherited: len(p.PermissionDetails) > 0 && !slices.ContainsFunc(p.PermissionDetails, direct),
	}
}

// Share gives the user with the e-mail a role on the file: reader, commenter or writer.
// Sharing again is no error and does not lower a greater role. With notify Google sends
// the user a mail; if it cannot be sent, that is no error.
//
// If the answer is lost, Share looks whether the file is shared, so nobody gets two
// mails. A limit on sharing is an ErrSharingLimit.
func (c *Client) Share(ctx context.Context, id, email, role string, notify bool) (Permission, error) {
	what := call{op: "share file", method: "drive.permissions.create", file: id, api: driveAPI, effect: once}
	// Of two changes at the same time Drive keeps only the later.
	leave, err := c.sharing.enter(ctx, c, id, 0)
	if err != nil {
		return Permission{}, failure(what, Permanent, err)
	}
	defer leave()
	for try := 1; ; try++ {
		var made *drive.Permission
		err := c.do(ctx, what, func(ctx context.Context, a *account) (err error) {
			made, err = a.drive.Permissions.Create(id,
				&drive.Permission{Type: "user", Role: role, EmailAddress: email}).
				SendNotificationEmail(notify).SupportsAllDrives(true).Fields(permissionFields).Context(ctx).Do()
			return err
		})
		if err == nil {
			return permissionOf(made), nil
		}
		unsure := errors.Is(err, ErrAmbiguous)
		if ctx.Err() != nil || !unsure && !saysShared(err) {
			return Permission{}, err
		}
		there, lerr := c.Permissions(ctx, id)
		if lerr != nil {
			return Permission{}, failure(what, Ambiguous, lerr)
		}
		if i := slices.IndexFunc(there, func(p Permission) bool { return p.Covers(email, role) }); i >= 0 {
			return there[i], nil
		}
		if !unsure || try == maxTries {
			return Permission{}, err
		}
		if serr := c.sleep(ctx, Delay(Ambiguous, try, retryAfter(err, c.now()), c.rand())); serr != nil {
			return Permission{}, failure(what, Ambiguous, serr)
		}
	}
}

// saysShared reports whether an error may be about the mail alone: "the items were
// successfully shared but emails could not be sent".
func saysShared(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Reason == reasonAddress
}

// Unshare removes a permission. If it no longer exists, that is no error; an inherited
// one is refused.
func (c *Client) Unshare(ctx context.Context, id, permissionID string) error {
	what := call{op: "unshare file", method: "drive.permissions.delete", file: id, api: driveAPI, effect: repeats}
	leave, err := c.sharing.enter(ctx, c, id, 0)
	if err != nil {
		return failure(what, Permanent, err)
	}
	defer leave()
	err = c.do(ctx, what, func(ctx context.Context, a *account) error {
		return a.drive.Permissions.Delete(id, permissionID).SupportsAllDrives(true).Context(ctx).Do()
	})
	var e *Error
	if errors.As(err, &e) && e.Status == http.StatusNotFound &&
		strings.Contains(messageOf(e.Err), "Permission not found") {
		return nil
	}
	return err
}
