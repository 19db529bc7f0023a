package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The command checks an account with a key, in the configured folder, and leaves nothing
// there.
func TestCheckLive(t *testing.T) {
	if testing.Short() {
		t.Skip("it makes a whole department")
	}
	c := newCloud(t, nil)
	folder := c.sharedFolder(robot)
	m := c.machine("SVODKA_GOOGLE_KEY_FILES="+c.key(robot), "SVODKA_GOOGLE_FOLDER="+folder)
	tape := filepath.Join(t.TempDir(), "tape")
	code, out, errs := m.svodka("check", "--live", "--as", "manager@example.com", "--record", tape)
	if code != 0 {
		t.Errorf("exit code %d: %s", code, errs)
	}
	for _, line := range []string{
		`(?m)^what +expected +seen +ok$`,
		`(?m)^a department with every role is made .* 5 reports of 5, .* yes$`,
		`(?m)^a leaver loses access .* yes$`,
		`(?m)^an address without a Google account is refused .* give an address with --stranger +not checked$`,
		`(?m)^two keys take the turn at once .* set a second key in SVODKA_GOOGLE_KEY_FILES +not checked$`,
		`(?m)^the folder is deleted after the check .* deleted +yes$`,
	} {
		if !regexp.MustCompile(line).MatchString(out) {
			t.Errorf("no line %s in\n%s", line, out)
		}
	}
	if strings.Contains(out, " NO\n") {
		t.Errorf("a row fails:\n%s", out)
	}
	if !strings.Contains(errs, "how late the change feed tells of an edit") {
		t.Errorf("nobody is told what takes so long:\n%s", errs)
	}
	if left := c.spreadsheets(robot); len(left) != 0 {
		t.Errorf("left: %q", left)
	}
	if tapes, err := os.ReadDir(tape); err != nil || len(tapes) != 1 {
		t.Errorf("recorded: %v, %v", tapes, err)
	}
}
