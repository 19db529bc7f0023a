package wire

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
)

// Error is an answer that reports a failure, in Google's terms.
type Error struct {
	Code    int
	Message string
	Status  string // Sheets: the canonical code; empty for Drive
	Reason  string // Drive: errors[0].reason

	Location, LocationType string // Drive: where the fault is
	Domain                 string // Drive: errors[0].domain, "global" unless set
	Item                   string // Drive: errors[0].message, if it differs from the message

	Early bool // refused before it reaches Drive, in the form of Sheets

	Violations []Violation       // Sheets: details as google.rpc.BadRequest
	Info       map[string]string // Sheets: details as google.rpc.ErrorInfo metadata
	InfoReason string
}

// Violation is one faulty field of a request.
type Violation struct{ Field, Description string }

func (e *Error) Error() string { return e.Message }

// HTTPStatus returns the status of the answer.
func (e *Error) HTTPStatus() int { return e.Code }

// BadRequest returns a refusal in the words of Sheets.
func BadRequest(format string, args ...any) *Error {
	return &Error{Code: http.StatusBadRequest, Status: "INVALID_ARGUMENT", Message: fmt.Sprintf(format, args...)}
}

// BadField returns the refusal of a request for one faulty field.
func BadField(field, format string, args ...any) *Error {
	return Invalid([]Violation{{field, fmt.Sprintf(format, args...)}})
}

// Invalid returns the refusal of a request for its faulty fields, of which there is at
// least one.
func Invalid(vs []Violation) *Error {
	e := BadRequest("%s", vs[0].Description)
	for _, v := range vs[1:] {
		e.Message += "\n" + v.Description
	}
	e.Violations = vs
	return e
}

// AsError turns any error into an answer. An error that is not an Error is a bug of this
// server; its text is for the log, not for the caller.
func AsError(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return &Error{Code: http.StatusInternalServerError, Status: "INTERNAL", Reason: "internalError",
		Message: "Internal error encountered."}
}

// Body returns the error in Google's words, in the form of Drive or of Sheets.
func (e *Error) Body(drive bool) any {
	inner := Object{{"code", e.Code}, {"message", e.Message}}
	if drive && !e.Early || e.Reason != "" && e.Status == "" {
		domain := e.Domain
		if domain == "" {
			domain = "global"
		}
		reason := e.Reason
		if reason == "" {
			reason = driveReason(e.Code)
		}
		item := Object{{"message", cmp.Or(e.Item, e.Message)}, {"domain", domain}, {"reason", reason}}
		if e.Location != "" {
			item = append(item, Member{"location", e.Location}, Member{"locationType", e.LocationType})
		}
		inner = append(inner, Member{"errors", []any{item}})
		if e.Code == http.StatusUnauthorized {
			inner = append(inner, Member{"status", "UNAUTHENTICATED"})
		}
		return Object{{"error", inner}}
	}
	inner = append(inner, Member{"status", e.Status})
	var details []any
	if len(e.Violations) > 0 {
		var fields []any
		for _, v := range e.Violations {
			f := Object{}
			if v.Field != "" {
				f = append(f, Member{"field", v.Field})
			}
			fields = append(fields, append(f, Member{"description", v.Description}))
		}
		details = append(details, Object{{"@type", "type.googleapis.com/google.rpc.BadRequest"},
			{"fieldViolations", fields}})
	}
	if e.Info != nil {
		details = append(details, Object{
			{"@type", "type.googleapis.com/google.rpc.ErrorInfo"}, {"reason", e.InfoReason},
			{"domain", "googleapis.com"}, {"metadata", e.Info},
		})
	}
	if details != nil {
		inner = append(inner, Member{"details", details})
	}
	return Object{{"error", inner}}
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
