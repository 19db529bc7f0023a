package localgoogle

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
)

// ErrLocked is returned by Open when another process serves the same directory.
var ErrLocked = errors.New("the data directory is in use by another process")

// apiError is an answer that is not a success, in Google's terms.
type apiError struct {
	code    int
	message string
	status  string // Sheets: the canonical code; empty for Drive
	reason  string // Drive: errors[0].reason

	location, locationType string // Drive: where the fault lies
	domain                 string // Drive: errors[0].domain, "global" unless set
	item                   string // Drive: errors[0].message, where it is not the message

	early bool // refused before Drive has it, in the shape that Sheets has

	violations []violation       // Sheets: details as google.rpc.BadRequest
	info       map[string]string // Sheets: details as google.rpc.ErrorInfo metadata
	infoReason string
}

// violation is one faulty field of a request.
type violation struct{ field, description string }

func (e *apiError) Error() string { return e.message }

func badRequest(format string, args ...any) *apiError {
	return &apiError{code: http.StatusBadRequest, status: "INVALID_ARGUMENT", message: fmt.Sprintf(format, args...)}
}

func errNotFound() *apiError {
	return &apiError{code: http.StatusNotFound, status: "NOT_FOUND", message: "Requested entity was not found."}
}

func errPermission() *apiError {
	return &apiError{code: http.StatusForbidden, status: "PERMISSION_DENIED", message: "The caller does not have permission"}
}

// errProtected is what Google says to a write into somebody else's protected range.
func errProtected() *apiError {
	return badRequest("You are trying to edit a protected cell or object. Please contact the spreadsheet owner to remove protection if you need to edit.")
}

func errUnsupported(what string) *apiError {
	return badRequest("The local Google does not support %s.", what)
}

func errDriveNotFound(id string) *apiError {
	return &apiError{
		code: http.StatusNotFound, reason: "notFound", message: fmt.Sprintf("File not found: %s.", id),
		location: "fileId", locationType: "parameter",
	}
}

func errDriveForbidden(message string) *apiError {
	return &apiError{code: http.StatusForbidden, reason: "insufficientFilePermissions", message: message}
}

// errDriveParam is Drive's 400 for a query parameter it cannot use.
func errDriveParam(param, format string, args ...any) *apiError {
	return &apiError{
		code: http.StatusBadRequest, reason: "invalid", message: fmt.Sprintf(format, args...),
		location: param, locationType: "parameter",
	}
}

// errDriveType is the answer to a query parameter of the wrong type.
func errDriveType(field, kind, value string) *apiError {
	e := errViolations([]violation{{field, fmt.Sprintf("Invalid value at '%s' (%s), %q", field, kind, value)}})
	e.early = true
	return e
}

// errSharing is a refusal to share that no setting of this server explains: the one that
// a planned fault or Faults.Unshareable names.
func errSharing(code int, reason, email string) *apiError {
	e := &apiError{code: code, reason: reason, message: reason}
	switch reason {
	case "invalidSharingRequest":
		e.message = fmt.Sprintf("Bad Request. User message: \"You are trying to invite %s. Since there is no Google account associated with this email address, "+
			"you must check the \"Notify people\" box to invite this recipient.\"", email)
	case "cannotShareTeamDriveWithNonGoogleAccounts":
		e.message = "Items in this shared drive can only be shared with people who have a Google account."
	case "shareOutNotPermitted":
		e.message = "Sharing outside of the domain is not permitted by the domain's policy."
	case "domainPolicy":
		e.message = "The domain administrators have disabled Drive apps."
	}
	return e
}

func errViolations(vs []violation) *apiError {
	e := badRequest("%s", vs[0].description)
	for _, v := range vs[1:] {
		e.message += "\n" + v.description
	}
	e.violations = vs
	return e
}

// asAPIError turns any error into an answer. What is not an apiError is a fault of
// this server; its text is for the log, not for the caller.
func asAPIError(err error) *apiError {
	if e, ok := errors.AsType[*apiError](err); ok {
		return e
	}
	return &apiError{code: http.StatusInternalServerError, status: "INTERNAL", reason: "internalError", message: "Internal error encountered."}
}

// body is the error as Google words it for the given API.
func (e *apiError) body(drive bool) any {
	inner := orderedObject{{"code", e.code}, {"message", e.message}}
	if drive && !e.early || e.reason != "" && e.status == "" {
		domain := e.domain
		if domain == "" {
			domain = "global"
		}
		reason := e.reason
		if reason == "" {
			reason = driveReason(e.code)
		}
		item := orderedObject{{"message", cmp.Or(e.item, e.message)}, {"domain", domain}, {"reason", reason}}
		if e.location != "" {
			item = append(item, member{"location", e.location}, member{"locationType", e.locationType})
		}
		inner = append(inner, member{"errors", []any{item}})
		if e.code == http.StatusUnauthorized {
			inner = append(inner, member{"status", "UNAUTHENTICATED"})
		}
		return orderedObject{{"error", inner}}
	}
	inner = append(inner, member{"status", e.status})
	var details []any
	if len(e.violations) > 0 {
		var fields []any
		for _, v := range e.violations {
			f := orderedObject{}
			if v.field != "" {
				f = append(f, member{"field", v.field})
			}
			fields = append(fields, append(f, member{"description", v.description}))
		}
		details = append(details, orderedObject{{"@type", "type.googleapis.com/google.rpc.BadRequest"}, {"fieldViolations", fields}})
	}
	if e.info != nil {
		details = append(details, orderedObject{
			{"@type", "type.googleapis.com/google.rpc.ErrorInfo"}, {"reason", e.infoReason},
			{"domain", "googleapis.com"}, {"metadata", e.info},
		})
	}
	if details != nil {
		inner = append(inner, member{"details", details})
	}
	return orderedObject{{"error", inner}}
}

func driveReason(code int) string {
	switch code {
	case http.StatusBadRequest:
		return "badRequest"
	case http.StatusUnauthorized:
		return "authError"
	case http.StatusForbidden:
		return "forbidden"
	case http.StatusNotFound:
		return "notFound"
	case http.StatusTooManyRequests:
		return "rateLimitExceeded"
	case http.StatusServiceUnavailable:
		return "backendError"
	}
	return "internalError"
}
