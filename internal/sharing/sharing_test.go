package sharing

import (
	"maps"
	"testing"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/google"
)

func day(t *testing.T, s string) calendar.Date {
	t.Helper()
	d, err := calendar.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Who should have access follows from the department alone.
func TestWanted(t *testing.T) {
	set := department.Settings{Ops: []string{"Ops@example.com", "both@example.com"}, Directors: []string{
		"boss@example.com", "both@example.com"}}
	left := day(t, "2026-05-13")
	people := []department.Person{
		{Name: "Анна", Email: "Anna@example.com"},
		{Name: "Борис", Email: "boris@example.com", Left: left},
		{Name: "без адреса"},
	}
	for _, c := range []struct {
		what string
		got  Access
		want Access
	}{
		{"control", ForControl(set), Access{"ops@example.com": Writer, "both@example.com": Writer}},
		{"summary", ForSummary(set), Access{"ops@example.com": Reader, "both@example.com": Reader,
			"boss@example.com": Reader}},
		{"on the last day", ForReport(people, set, left), Access{"anna@example.com": Writer,
			"boris@example.com": Writer, "ops@example.com": Writer, "both@example.com": Writer}},
		{"after it", ForReport(people, set, left+1),
			Access{"anna@example.com": Writer, "ops@example.com": Writer, "both@example.com": Writer}},
		{"of nobody", ForReport(nil, department.Settings{}, left), Access{}},
	} {
		if !maps.Equal(c.got, c.want) {
			t.Errorf("%s: %v, want %v", c.what, c.got, c.want)
		}
	}
}

// A refusal stays the same tomorrow; passing failures, and those of the account itself,
// do not count.
func TestRefusal(t *testing.T) {
	for _, c := range []struct {
		err       google.Error
		reason    string
		everyFile bool
	}{
		{google.Error{Kind: google.Permanent, Status: 400, Reason: NoAccount}, NoAccount, true},
		{google.Error{Kind: google.Permanent, Status: 403, Reason: "shareOutNotPermitted"}, "shareOutNotPermitted",
			true},
		{google.Error{Kind: google.Permanent, Status: 403, Reason: "insufficientFilePermissions"},
			"insufficientFilePermissions", false},
		{google.Error{Kind: google.Permanent, Status: 403}, "Forbidden", false},
		{google.Error{Kind: google.Permanent, Status: 403, Reason: "accessNotConfigured"}, "", false},
		{google.Error{Kind: google.Permanent, Status: 403, Reason: "sharingRateLimitExceeded"}, "", false},
		{google.Error{Kind: google.Permanent, Status: 401}, "", false},
		{google.Error{Kind: google.Permanent, Status: 404}, "", false},
		{google.Error{Kind: google.Throttled, Status: 403, Reason: "rateLimitExceeded"}, "", false},
		{google.Error{Kind: google.Ambiguous, Status: 400, Reason: NoAccount}, "", false},
	} {
		reason, ok := refusal(&c.err)
		if ok != (c.reason != "") || reason != c.reason || ok && ofAddress(reason) != c.everyFile {
			t.Errorf("%+v: %q, %t, of every file %t; want %q and %t", c.err, reason, ok, ofAddress(reason), c.reason,
				c.everyFile)
		}
	}
}
