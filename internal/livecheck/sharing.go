package livecheck

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/google"
	"svodka/internal/google/lease"
	"svodka/internal/importing"
	"svodka/internal/imports"
)

// shareWith gives the first person of the trial the manager's address: the next sync must
// share the report with it.
func (t *trial) shareWith(ctx context.Context) (Result, error) {
	switch {
	case t.Manager == "":
		return Result{}, errNotChecked{"give an address with --as"}
	case t.department != nil:
		return Result{}, t.department
	}
	role, trouble, err := t.hire(ctx, imports.Person{Where: line1(0), Name: nameOf(0), Role: t.Templates[0].Key,
		Email: t.Manager})
	if err != nil {
		return Result{}, err
	}
	t.shared = role == "writer"
	if !t.shared {
		trouble = append(trouble, fmt.Sprintf("%s is %s of the report", t.Manager, role))
	}
	return verdict(role, trouble), nil
}

// leave makes the manager leave yesterday: the access must be gone after the next sync.
func (t *trial) leave(ctx context.Context) (Result, error) {
	switch {
	case t.Manager == "":
		return Result{}, errNotChecked{"give an address with --as"}
	case t.department != nil:
		return Result{}, t.department
	case !t.shared:
		return Result{}, errNotChecked{"nothing was shared"}
	}
	dep, err := t.worker.Department(ctx)
	if err != nil {
		return Result{}, err
	}
	yesterday := calendar.FromTime(t.Now().In(dep.Settings.Zone)) - 1
	role, trouble, err := t.hire(ctx, imports.Person{Where: line1(0), Name: nameOf(0), Role: t.Templates[0].Key,
		Email: t.Manager, Left: yesterday})
	if err != nil {
		return Result{}, err
	}
	if role != "nothing" {
		trouble = append(trouble, fmt.Sprintf("%s is still %s of the report", t.Manager, role))
	}
	return verdict("is "+role+" of the report", trouble), nil
}

// hire types a line of «Сотрудники», syncs, and returns the manager's role on the report.
func (t *trial) hire(ctx context.Context, p imports.Person) (role string, trouble []string, err error) {
	im, err := t.worker.Imports(ctx)
	if err != nil {
		return "", nil, err
	}
	if _, err := im.People(ctx, []imports.Person{p}, importing.Options{}); err != nil {
		return "", nil, err
	}
	out, err := t.worker.Sync(ctx, 0)
	if err != nil {
		return "", nil, err
	}
	dep, err := t.worker.Department(ctx)
	if err != nil {
		return "", nil, err
	}
	f, err := t.reportOf(ctx, dep, 0)
	if err != nil {
		return "", nil, err
	}
	role, err = t.roleOf(ctx, f.ID, t.Manager)
	return role, failures(out), err
}

// roleOf returns what somebody may do with a file by their own permission.
func (t *trial) roleOf(ctx context.Context, id, email string) (string, error) {
	all, err := t.client.Permissions(ctx, id)
	if err != nil {
		return "", err
	}
	for _, p := range all {
		if strings.EqualFold(p.Email, email) && !p.Deleted && !p.Inherited {
			return p.Role, nil
		}
	}
	return "nothing", nil
}

// noAccount is Google's reason for not sharing, without a mail, with an address that has
// no Google account.
const noAccount = "invalidSharingRequest"

// shareStranger shares with an address that has no Google account, without a mail: Google
// must refuse with the reason that ops are told.
func (t *trial) shareStranger(ctx context.Context) (Result, error) {
	if t.Stranger == "" {
		return Result{}, errNotChecked{"give an address with --stranger"}
	}
	id, err := t.scratch(ctx, "stranger")
	if err != nil {
		return Result{}, err
	}
	_, err = t.client.Share(ctx, id, t.Stranger, "reader", false)
	var ge *google.Error
	switch {
	case err == nil:
		return verdict("it was shared", []string{t.Stranger +
			" has a Google account, or the account under test shares with visitors: give another address"}), nil
	case !errors.As(err, &ge) || ge.Reason == "":
		return Result{}, err
	case ge.Reason != noAccount:
		return verdict(ge.Reason, []string{fmt.Sprintf("%v; the Workspace administrator must allow sharing outside "+
			"if people without an account of the company shall report", err)}), nil
	}
	return verdict(ge.Reason, nil), nil
}

// markLimit limits how long a mark may take to be seen.
const markLimit = time.Minute

// marksSeen makes a mark with the first key and looks for it with the second.
func (t *trial) marksSeen(ctx context.Context) (Result, error) {
	if t.second == nil {
		return Result{}, errNotChecked{"set a second key in SVODKA_GOOGLE_KEY_FILES"}
	}
	props := map[string]string{propSpace: t.space, propKind: "seen"}
	if _, err := t.client.MakeMark(ctx, "svodka check: a mark", props); err != nil {
		return Result{}, err
	}
	for begun := t.Now(); ; {
		marks, err := t.second.FindMarks(ctx, props)
		if google.NotFound(err) {
			return verdict("not seen", []string{
				"the second key does not see the folder: make it a member of the shared drive, as the first one"}), nil
		}
		if err != nil {
			return Result{}, err
		}
		took := t.Now().Sub(begun).Round(time.Second)
		if len(marks) > 0 {
			return verdict(fmt.Sprintf("after %s", took), nil), nil
		}
		if took >= markLimit {
			return verdict("not seen", []string{
				"the second key does not see what the first one marks: are both of one Google Cloud project (app " +
					"properties are private to it), and members of the shared drive?"}), nil
		}
		if err := t.Sleep(ctx, time.Second); err != nil {
			return Result{}, err
		}
	}
}

// races lets two workers take one lease at the same moment, again and again: never may
// both have it, and almost always one must.
func (t *trial) races(ctx context.Context) (Result, error) {
	if t.second == nil {
		return Result{}, errNotChecked{"set a second key in SVODKA_GOOGLE_KEY_FILES"}
	}
	both, none := 0, 0
	for range t.Races {
		won, err := t.race(ctx)
		if err != nil {
			return Result{}, err
		}
		switch won {
		case 0:
			none++
		case 2:
			both++
		}
	}
	var found []string
	if both > 0 {
		found = append(found, fmt.Sprintf("both had the turn in %d of %d races", both, t.Races))
	}
	if 5*none > t.Races {
		found = append(found, fmt.Sprintf("nobody had the turn in %d of %d races: Google answers too slowly", none,
			t.Races))
	}
	return verdict(fmt.Sprintf("%d races, %d won by one, %d by nobody, %d by both", t.Races, t.Races-none-both, none,
		both), found), nil
}

// race is one race; it releases the lease afterwards.
func (t *trial) race(ctx context.Context) (won int, err error) {
	var wg sync.WaitGroup
	leases := make([]*lease.Lease, 2)
	errs := make([]error, 2)
	for i, c := range []*google.Client{t.client, t.second} {
		leases[i] = lease.New(lease.Options{
			Google: c, Space: t.space + "-race", Owner: fmt.Sprintf("racer %d", i+1),
			Holder: fmt.Sprintf("racer %d", i+1),
			Zone:   time.UTC, Now: t.Now, Sleep: t.Sleep, Log: slog.New(slog.DiscardHandler),
		})
		wg.Go(func() { errs[i] = leases[i].Take(ctx) })
	}
	wg.Wait()
	for i, l := range leases {
		var ge *google.Error
		switch {
		case errs[i] == nil:
			won++
		case errors.As(errs[i], &ge): // otherwise the other has it, or Google was too slow for both
			err = errors.Join(err, errs[i])
		}
		err = errors.Join(err, l.Release(ctx))
	}
	if err == nil {
		err = ctx.Err()
	}
	return won, err
}
