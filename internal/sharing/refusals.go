package sharing

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"svodka/internal/google"
)

// NoAccount is Google's reason for refusing an address that has no Google account, unless
// Google may send it a mail.
const NoAccount = "invalidSharingRequest"

// ofAddresses are Google's reasons that concern the address or the account's
// organization: they apply to every file.
var ofAddresses = []string{
	NoAccount,
	noAccountOnDrive,
	"shareOutNotPermitted", "shareOutNotPermittedToUser", "shareInNotPermitted", "publishOutNotPermitted",
	"domainPolicy", "shareOutWarning", "cannotShareOutsideDomain", "teamDriveDomainUsersOnlyRestriction",
	"targetUserRoleLimitedByLicenseRestriction",
}

const noAccountOnDrive = "cannotShareTeamDriveWithNonGoogleAccounts"

func ofAddress(reason string) bool { return slices.Contains(ofAddresses, reason) }

// ofAccount are the reasons that concern the worker's own account: no address is at
// fault, and the run has failed.
var ofAccount = []string{
	"accessNotConfigured", "SERVICE_DISABLED", "insufficientPermissions", "insufficientScopes",
	"ACCESS_TOKEN_SCOPE_INSUFFICIENT", "dailyLimitExceeded", "invalid_grant", "quotaExceeded",
}

// refusal returns Google's reason for not sharing a file with an address, if err holds
// one: an answer that stays the same until somebody does something.
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
