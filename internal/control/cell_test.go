package control

import "svodka/internal/department"

// EarlierCell returns the next content of the cell of a person's earlier roles; empty:
// the cell stays as it is.
func EarlierCell(r *Result, p department.PersonID) string {
	for at, id := range r.ids {
		if id == p {
			return r.roles[at]
		}
	}
	return ""
}

// StayCell returns the next content of the hidden cell of since when a person counts.
func StayCell(r *Result, p department.PersonID) string {
	for at, id := range r.ids {
		if id == p {
			return r.stays[at]
		}
	}
	return ""
}

// MovesCell returns the next content of the cell of a person's earlier teams.
func MovesCell(r *Result, p department.PersonID) string {
	for at, id := range r.ids {
		if id == p {
			return r.moves[at]
		}
	}
	return ""
}
