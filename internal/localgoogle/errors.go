package localgoogle

import (
	"errors"
	"fmt"
	"net/http"

	"svodka/internal/localgoogle/wire"
)

// ErrLocked is returned by Open when another process serves the same directory.
var ErrLocked = errors.New("the data directory is in use by another process")

func errNotFound() *wire.Error {
	return &wire.Error{Code: http.StatusNotFound, Status: "NOT_FOUND", Message: "Requested entity was not found."}
}

func errPermission() *wire.Error {
	return &wire.Error{Code: http.StatusForbidden, Status: "PERMISSION_DENIED",
		Message: "The caller does not have permission"}
}

// errProtected returns Google's refusal of a write into somebody else's protected range.
func errProtected() *wire.Error {
	return wire.BadRequest("You are trying to edit a protected cell or object. Please contact the spreadsheet owner " +
		"to remove protection if you need to edit.")
}

func errUnsupported(what string) *wire.Error {
	return wire.BadRequest("The local Google does not support %s.", what)
}

func errDriveNotFound(id string) *wire.Error {
	return &wire.Error{
		Code: http.StatusNotFound, Reason: "notFound", Message: fmt.Sprintf("File not found: %s.", id),
		Location: "fileId", LocationType: "parameter",
	}
}

func errDriveForbidden(message string) *wire.Error {
	return &wire.Error{Code: http.StatusForbidden, Reason: "insufficientFilePermissions", Message: message}
}

// errDriveParam returns Drive's 400 for a query parameter it cannot use.
func errDriveParam(param, format string, args ...any) *wire.Error {
	return &wire.Error{
		Code: http.StatusBadRequest, Reason: "invalid", Message: fmt.Sprintf(format, args...),
		Location: param, LocationType: "parameter",
	}
}

// errDriveType returns Drive's 400 for a query parameter of the wrong type.
func errDriveType(field, kind, value string) *wire.Error {
	e := wire.BadField(field, "Invalid value at '%s' (%s), %q", field, kind, value)
	e.Early = true
	return e
}

// errSharing returns a refusal to share for a planned fault or Faults.Unshareable,
// not from a setting of this server.
func errSharing(code int, reason, email string) *wire.Error {
	e := &wire.Error{Code: code, Reason: reason, Message: reason}
	switch reason {
	case "invalidSharingRequest":
		e.Message = fmt.Sprintf("Bad Request. User message: \"You are trying to invite %s. Since there is no Google "+
			"account associated with this email address, "+
			"you must check the \"Notify people\" box to invite this recipient.\"", email)
	case "cannotShareTeamDriveWithNonGoogleAccounts":
		e.Message = "Items in this shared drive can only be shared with people who have a Google account."
	case "shareOutNotPermitted":
		e.Message = "Sharing outside of the domain is not permitted by the domain's policy."
	case "domainPolicy":
		e.Message = "The domain administrators have disabled Drive apps."
	}
	return e
}
