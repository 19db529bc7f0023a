package google

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"google.golang.org/api/drive/v3"
)

// Step is one condition that the worker needs, and whether it holds.
type Step struct {
	Who   string // the identity's e-mail; empty: unknown
	Name  string // what is checked, for people: "folder is reachable"
	State State
	Found string // what was found if it passed: "svodka@example.com"; may be empty
	Err   error  // what is missing if it failed
	Hint  string // where to click if it failed; may be empty
}

// State is how a check ended.
type State uint8

// The outcomes of a check. Skipped means that a step which this one needs failed.
const (
	Passed State = iota
	Failed
	Skipped
)

func (s State) String() string { return [...]string{"passed", "failed", "skipped"}[s] }

// The names of the steps, in order.
const (
	StepToken   = "Google accepts the credentials"
	StepDrive   = "the Drive API is enabled"
	StepSheets  = "the Sheets API is enabled"
	StepFolder  = "the folder is reachable"
	StepStorage = "there is storage for the files"
	StepCreate  = "files may be made in the folder"
	StepShare   = "files may be shared"
)

// CheckAccess checks for each identity, step by step, that it can do the worker's work.
// It changes nothing and makes at most four calls for each.
func (c *Client) CheckAccess(ctx context.Context) []Step {
	var all []Step
	for _, a := range c.accounts {
		k := check{c: c, ctx: ctx, by: a, who: a.Name}
		k.run()
		all = append(all, k.steps...)
	}
	return all
}

// Who returns the e-mail of the first identity, as Google knows it. Success proves that
// Google accepts the credentials and that the Drive API is enabled.
func (c *Client) Who(ctx context.Context) (string, error) { return c.who(ctx, c.accounts[0]) }

func (c *Client) who(ctx context.Context, by *account) (string, error) {
	var email string
	err := c.do(ctx, call{op: "ask Google who is signed in", method: "drive.about.get", by: by, api: driveAPI},
		func(ctx context.Context, a *account) error {
			r, err := a.drive.About.Get().Fields("user(emailAddress)").Context(ctx).Do()
			if err == nil && r.User != nil {
				email = r.User.EmailAddress
			}
			return err
		})
	return email, err
}

// check holds the check of one identity while it runs.
type check struct {
	c     *Client
	ctx   context.Context
	by    *account
	who   string
	steps []Step
}

func (k *check) ok(name, found string) {
	k.steps = append(k.steps, Step{Who: k.who, Name: name, Found: found})
}

func (k *check) fail(name string, err error, hint string) {
	var e *Error
	if hint == "" && errors.As(err, &e) {
		hint = e.Hint
	}
	k.steps = append(k.steps, Step{Who: k.who, Name: name, State: Failed, Err: err, Hint: hint})
}

func (k *check) skip(names ...string) {
	for _, n := range names {
		k.steps = append(k.steps, Step{Who: k.who, Name: n, State: Skipped})
	}
}

func (k *check) run() {
	email, err := k.c.who(k.ctx, k.by)
	var e *Error
	switch {
	case err == nil:
		if k.who == "" {
			k.who = email
		}
		k.ok(StepToken, k.who)
		k.ok(StepDrive, "")
	case errors.As(err, &e) && e.answered() && e.Status != http.StatusUnauthorized:
		k.ok(StepToken, k.who) // Google accepted the credentials: it refused something else
		k.fail(StepDrive, err, "")
	default:
		k.fail(StepToken, err, "")
		k.skip(StepDrive, StepSheets, StepFolder, StepStorage, StepCreate, StepShare)
		return
	}
	k.sheets()
	if err != nil {
		k.skip(StepFolder, StepStorage, StepCreate, StepShare)
		return
	}
	k.folder()
}

// noSpreadsheet is an id that no spreadsheet has: "not found" proves that the API
// answers.
const noSpreadsheet = "svodka-looks-whether-the-api-is-on"

func (k *check) sheets() {
	err := k.c.do(k.ctx, call{op: "ask the Sheets API for anything", method: "sheets.spreadsheets.get", by: k.by,
		api: sheetsRead}, func(ctx context.Context, a *account) error {
		_, err := a.sheets.Spreadsheets.Get(noSpreadsheet).Fields("spreadsheetId").Context(ctx).Do()
		return err
	})
	if err != nil && !NotFound(err) && !isStatus(err, http.StatusBadRequest) {
		k.fail(StepSheets, err, "")
		return
	}
	k.ok(StepSheets, "")
}

func (k *check) folder() {
	if k.c.folder == "" {
		k.ok(StepFolder, "none is set: files go to the account's own Drive")
		if k.stored("", "no folder of a shared drive is set") {
			k.ok(StepCreate, "")
			k.ok(StepShare, "") // whoever makes a file in My Drive owns it
		}
		return
	}
	var f *drive.File
	err := k.c.do(k.ctx, call{op: "look at folder", method: "drive.files.get", file: k.c.folder, by: k.by,
		api: driveAPI}, func(ctx context.Context, a *account) (err error) {
		f, err = a.drive.Files.Get(k.c.folder).SupportsAllDrives(true).
			Fields("id,name,mimeType,trashed,driveId,capabilities(canAddChildren)").Context(ctx).Do()
		return err
	})
	hint := ""
	switch {
	case NotFound(err):
		hint = "check the folder's id (the last part of its address in the browser), and " + k.memberHint()
	case err != nil:
	case f.MimeType != "application/vnd.google-apps.folder":
		err = fmt.Errorf("%s is a file, not a folder", k.c.folder)
		hint = "open the folder in the browser and copy the last part of its address"
	case f.Trashed:
		err = fmt.Errorf("folder %s is in the bin", k.c.folder)
		hint = "restore it, or set another folder"
	}
	if err != nil {
		k.fail(StepFolder, err, hint)
		k.skip(StepStorage, StepCreate, StepShare)
		return
	}
	k.ok(StepFolder, "")
	if !k.stored(f.DriveId, "the folder lies in somebody's My Drive") {
		return
	}
	switch may := f.Capabilities != nil && f.Capabilities.CanAddChildren; {
	case may:
		k.ok(StepCreate, "")
	case f.DriveId != "":
		k.fail(StepCreate, fmt.Errorf("%s may not add files to the folder", k.account()), k.memberHint())
	default:
		k.fail(StepCreate, fmt.Errorf("%s may not add files to the folder", k.account()),
			fmt.Sprintf("share the folder with %s as an editor", k.account()))
	}
	if f.DriveId == "" {
		k.ok(StepShare, "")
		return
	}
	k.share(f.DriveId)
}

// stored checks that the account has storage for its files. My Drive will do only for a
// single account that has storage of its own.
func (k *check) stored(driveID, instead string) bool {
	why := ""
	switch {
	case driveID != "":
		k.ok(StepStorage, "a shared drive")
		return true
	case k.by.Homeless:
		why = "a service account has no storage, also not in a folder that somebody shares with it"
	case len(k.c.accounts) > 1:
		why = "several accounts can work on the same files only in a shared drive"
	default:
		k.ok(StepStorage, "My Drive")
		return true
	}
	k.fail(StepStorage, fmt.Errorf("%s: %s", instead, why), k.sharedDriveHint())
	k.skip(StepCreate, StepShare)
	return false
}

// share looks at the settings of the shared drive itself: whether its folder may be
// shared says nothing about the files in it.
func (k *check) share(driveID string) {
	var d *drive.Drive
	err := k.c.do(k.ctx, call{op: "look at shared drive", method: "drive.drives.get", file: driveID, by: k.by,
		api: driveAPI}, func(ctx context.Context, a *account) (err error) {
		d, err = a.drive.Drives.Get(driveID).Fields(
			"id,capabilities(canShare),restrictions(driveMembersOnly,domainUsersOnly)").Context(ctx).Do()
		return err
	})
	settings := "an organizer of the shared drive can change that: Drive, Shared drives, the drive's Settings"
	switch {
	case err != nil:
		k.fail(StepShare, err, fmt.Sprintf("make %s a member of the whole shared drive, not of the folder alone: "+
			"Drive, Shared drives, Manage members", k.account()))
	case d.Restrictions != nil && d.Restrictions.DriveMembersOnly:
		k.fail(StepShare, errors.New("the shared drive lets only its members see its files, so they cannot be shared "+
			"with those who fill them in"), settings)
	case d.Capabilities == nil || !d.Capabilities.CanShare:
		k.fail(StepShare, fmt.Errorf("%s may not share files of the shared drive", k.account()), k.memberHint())
	case d.Restrictions != nil && d.Restrictions.DomainUsersOnly:
		k.ok(StepShare, "with people of the same organisation only")
	default:
		k.ok(StepShare, "")
	}
}

func (k *check) account() string {
	if k.who == "" {
		return "the worker's account"
	}
	return k.who
}

func (k *check) memberHint() string {
	return fmt.Sprintf("make %s a Content manager of the shared drive: Drive, Shared drives, Manage members",
		k.account())
}

func (k *check) sharedDriveHint() string {
	return fmt.Sprintf("make a shared drive (Drive, Shared drives, New), add %s to it as a Content manager (Manage "+
		"members), make a folder in it, and set the folder's id, the last part of its address, as the worker's folder",
		k.account())
}
