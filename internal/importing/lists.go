package importing

import (
	"context"
	"errors"
	"strings"
	"sync"

	"svodka/internal/calendar"
	"svodka/internal/crm"
	"svodka/internal/department"
	"svodka/internal/imports"
	"svodka/internal/kpi"
	"svodka/internal/report"
)

// Clients types clients into the tabs «Клиенты».
func (im Importer) Clients(ctx context.Context, rows []imports.Client, o Options) (Done, error) {
	r := newReader(im.Dep, im.Lang, o)
	wanted, err := r.clients(rows)
	if err != nil {
		return Done{}, err
	}
	return im.typeReports(ctx, len(rows), wanted, o, r.notes, func(p Part, t report.Typed) (placement, error) {
		cells, fresh, same, err := report.AddClients(p.Book, p.Found, t.Clients)
		return placement{cells: cells, fresh: report.Typed{Clients: fresh}, same: same}, err
	})
}

// clients interprets the rows of clients.
func (r *reader) clients(rows []imports.Client) (wanted, error) {
	out := wanted{}
	var errs []error
	for _, row := range rows {
		p, err := r.person(row.Where, row.Manager)
		if err == nil {
			err = r.hasList(p, row.Where, kpi.Clients)
		}
		if err != nil {
			errs = gather(errs, err)
			continue
		}
		out.add(p.ID, report.Typed{Clients: []department.Client{
			{Person: p.ID, Name: row.Client, HandedOver: row.HandedOver}}})
	}
	return out, errors.Join(errs...)
}

// Deals types deals into the tabs «Сделки». Deals of a file with ids are updated, see
// package crm; those without are added as often as they are missing.
func (im Importer) Deals(ctx context.Context, rows []imports.Deal, o Options) (Done, error) {
	r := newReader(im.Dep, im.Lang, o)
	deals, withIDs, err := r.deals(rows)
	if err != nil {
		return Done{}, err
	}
	if withIDs {
		e, err := exportOf(deals, im.Lang)
		if err != nil {
			return Done{}, err
		}
		return im.export(ctx, e, len(rows), o, r.notes())
	}
	if o.ReplacePeriod {
		return Done{}, rows[0].Errorf("id", "%s", im.Lang.T("--replace-period нужен столбец с номером сделки (ID)",
			"--replace-period needs a column with the id of the deal (ID)"))
	}
	wanted := wanted{}
	var all []department.Deal
	for _, d := range deals {
		if d.row.Left == "" {
			wanted.add(d.Person, report.Typed{Deals: []department.Deal{d.Deal}})
			all = append(all, d.Deal)
		}
	}
	var mu sync.Mutex
	var near []string
	span := crm.Export{Deals: all}.Span()
	notes := func() []string {
		mu.Lock()
		defer mu.Unlock()
		return append(r.notes(), nearNotes(near, im.Lang)...)
	}
	return im.typeReports(ctx, len(rows), wanted, o, notes, func(p Part, t report.Typed) (placement, error) {
		rows, err := report.DealRows(p.In, p.Book, p.Found)
		if err != nil {
			return placement{}, err
		}
		mu.Lock()
		near = append(near, tellNear(p.In.Person.Name, crm.Near(rows, t.Deals, span), im.Lang)...)
		mu.Unlock()
		cells, fresh, same, err := report.AddDeals(p.Book, p.Found, t.Deals)
		return placement{cells: cells, fresh: report.Typed{Deals: fresh}, same: same}, err
	})
}

// dealRow is a deal and its row in the file. If the row is Left, only the id is known.
type dealRow struct {
	department.Deal
	row imports.Deal
}

// deals interprets the rows of deals; withIDs says that the file has ids.
func (r *reader) deals(rows []imports.Deal) (out []dealRow, withIDs bool, err error) {
	var errs []error
	for _, row := range rows {
		withIDs = withIDs || row.ID != ""
		if row.Left != "" {
			out = append(out, dealRow{department.Deal{ID: row.ID}, row})
			continue
		}
		d, err := r.deal(row)
		switch {
		case errors.Is(err, errLeftOut):
			row.Left = r.lang.T("сотрудник не найден", "nobody by that name")
			out = append(out, dealRow{department.Deal{ID: row.ID}, row})
		case err != nil:
			errs = append(errs, err)
		default:
			out = append(out, dealRow{d, row})
		}
	}
	return out, withIDs, errors.Join(errs...)
}

// deal interprets one row.
func (r *reader) deal(row imports.Deal) (department.Deal, error) {
	p, err := r.person(row.Where, row.Manager)
	if err != nil {
		return department.Deal{}, err
	}
	if err := r.hasList(p, row.Where, kpi.Deals, kpi.Clients); err != nil {
		return department.Deal{}, err
	}
	if row.Amount < 0 && r.dep.Settings.NoRefunds {
		return department.Deal{}, row.Errorf("amount", r.lang.T(
			"%s — меньше нуля, а в «Параметры» возвратов нет (включите «Возвраты с минусом» или уберите строку)",
			"%s is below zero, and “Settings” say that there are no refunds (switch refunds on, or leave "+
				"the row out)"),
			kpi.FormatNum(kpi.Some(row.Amount), kpi.Money, r.lang))
	}
	day := row.Date
	if !row.At.IsZero() {
		day = calendar.FromTime(row.At.In(r.dep.Settings.Zone))
	}
	return department.Deal{Person: p.ID, Date: day, Client: strings.TrimSpace(row.Client), Amount: row.Amount,
		ID: row.ID}, nil
}
