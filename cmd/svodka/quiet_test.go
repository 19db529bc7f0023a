package main

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"svodka/internal/google"
	"svodka/internal/worker"
)

// The scheduled worker's log of failures names files and reasons but no people; an
// interactive run says whose spreadsheet it is.
func TestFailuresInTheLogNameNobody(t *testing.T) {
	refused := &google.Error{Op: "share file", File: "F1", Status: 400, Reason: "invalidSharingRequest",
		Hint: "check the address", Err: errors.New("no account belongs to anna@example.com")}
	err := errors.Join(
		&worker.Fault{Doing: "sharing", Whose: "Иванова Анна", File: "F1", Err: refused},
		&worker.Fault{Doing: "reading", Whose: "Петров Сергей", File: "F2",
			Err: &google.Error{Op: "read columns of spreadsheet", File: "F2",
				Err: errors.New("reset by anna@example.com")}},
		refused)
	var b bytes.Buffer
	slog.New(slog.NewTextHandler(&b, nil)).Error("job failed", "error", quiet{err})
	got := b.String()
	want :=
		`error="sharing a spreadsheet: share file F1: 400 invalidSharingRequest (check the address); reading a spreadsheet: read columns of spreadsheet F2: no answer; share file F1: 400 invalidSharingRequest (check the address)"`
	if !strings.Contains(got, want) {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if s := (quiet{err}).Error(); !strings.Contains(s, "Иванова Анна") || !errors.Is(quiet{err}, refused) {
		t.Errorf("to people: %s", s)
	}
}
