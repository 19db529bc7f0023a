package kpi

// Expr is a KPI's formula, checked and ready to evaluate: `revenue / deals`.
// The zero Expr is no formula.
type Expr struct {
	src string
	// further fields are private to the package
}

// String is the formula as ops typed it.
func (e Expr) String() string { return e.src }

// Divides tells whether the formula has a division, which makes it a ratio.
func (e Expr) Divides() bool { panic("kpi: to be written") }
