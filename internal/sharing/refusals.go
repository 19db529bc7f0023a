package sharing

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"svodka/internal/google"
)

// NoAccount is Google's reason for not sharing with an address that has no Google
// account unless it is told by mail.
const NoAccount = "invalidSharingRequest"

// Google's reasons that are about the address or the account's organization: with any
// other file it would be the same.
var ofAddresses = []string{
	NoAccount,
	noAccountOnDrive,
	"shareOutNotPermitted", "shareOutNotPermittedToUser", "shareInNotPermitted", "publishOutNotPermitted",
	"domainPolicy", "shareOutWarning", "cannotShareOutsideDomain", "teamDriveDomainUsersOnlyRestriction",
	"targetUserRoleLimitedByLicenseRestriction",
}

const noAccountOnDrive = "cannotShareTeamDriveWithNonGoogleAccounts"

func ofAddress(reason string) bool { return slices.Contains(ofAddresses, reason) }

// ofAccount are reasons that are about the worker's own account: no address is at
// fault, and the run has failed.
var ofAccount = []string{
	"accessNotConfigured", "SERVICE_DISABLED", "insufficientPermissions", "insufficientScopes",
	"ACCESS_TOKEN_SCOPE_INSUFFICIENT", "dailyLimitExceeded", "invalid_grant", "quotaExceeded",
}

// refusal is Google's reason for not sharing a file with an address, if err is one: an
// answer that will be the same tomorrow, unless somebody does something.
func refusal(err error) (reason string, ok bool) {
	var e *google.Error
	if !errors.As(err, &e) || e.Kind != google.Permanent || errors.Is(err, google.ErrSharingLimit) ||
		errors.Is(err, context.Canceled) {
		return "", false
	}
	if e.Status != http.StatusBadRequest && e.Status != http.StatusForbidden || slices.Contains(ofAccount, e.Reason) {
		return "", false
	}
	if e.Reason == "" {
		return http.StatusText(e.Status), true
	}
	return e.Reason, true
}
