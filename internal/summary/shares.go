package summary

import (
	"svodka/internal/kpi"
	"svodka/internal/planfact"
)

// pace returns the pace of a line as it is shown, never on the other side of a bound of
// its light: every tab, the picture and the digest take it from here.
func (m *builder) pace(l *planfact.Line) kpi.Num { return m.share(l, l.Pace) }

// share returns the pace or the attainment of a line as it is shown.
func (m *builder) share(l *planfact.Line, n kpi.Num) kpi.Num {
	return l.KPI.Lights.Shown(n, m.in.Dep.Settings.AboveFrom)
}

// valueOf returns the figure of a column as it is shown.
func (m *builder) valueOf(c *column, l *planfact.Line) kpi.Num {
	n := c.of(l)
	if c.fig == figPace {
		n = m.share(l, n)
	}
	return n
}
