package control

import "svodka/internal/department"

// EarlierCell is what the cell of a person's earlier roles will say; empty: what
// stands there stays.
func EarlierCell(r *Result, p department.PersonID) string {
	for at, id := range r.ids {
		if id == p {
			return r.roles[at]
		}
	}
	return ""
}

// StayCell is what the hidden cell of since when a person counts will say.
func StayCell(r *Result, p department.PersonID) string {
	for at, id := range r.ids {
		if id == p {
			return r.stays[at]
		}
	}
	return ""
}

// MovesCell is what the cell of a person's earlier teams will say.
func MovesCell(r *Result, p department.PersonID) string {
	for at, id := range r.ids {
		if id == p {
			return r.moves[at]
		}
	}
	return ""
}
