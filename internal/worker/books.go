package worker

import (
	"context"
	"fmt"

	"svodka/internal/department"
	"svodka/internal/report"
	"svodka/internal/workbook"
)

// ReportBook returns the report in a file as it should be at the moment of the last sync,
// like SummaryBook, for a comparison with the spreadsheet. It makes no call.
func (w *Worker) ReportBook(ctx context.Context, fileID string) (*workbook.Book, error) {
	cfg, at, err := w.lastRead(ctx, 0)
	if err != nil {
		return nil, err
	}
	l, units, err := w.layouts(ctx, &cfg.Department, at)
	if err != nil {
		return nil, err
	}
	for _, u := range units {
		if u.file.ID != fileID {
			continue
		}
		typed := map[department.PersonID]report.Typed{}
		for _, p := range u.people {
			r, err := w.Ledger.Person(ctx, p.ID)
			if err != nil {
				return nil, err
			}
			typed[p.ID] = report.Typed{Entries: r.Entries, Comments: r.Comments, Deals: r.Deals, Clients: r.Clients}
		}
		return l.book(ctx, u, l.months(u, nil), typed)
	}
	return nil, fmt.Errorf("file %s is nobody's report", fileID)
}
