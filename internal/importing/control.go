package importing

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/calendar"
	"svodka/internal/control"
	"svodka/internal/department"
	"svodka/internal/imports"
	"svodka/internal/tabular"
	"svodka/internal/words"
	templates "svodka/sheets-templates"
)

// People types people into «Сотрудники».
func (im Importer) People(ctx context.Context, rows []imports.Person, o Options) (Done, error) {
	people, err := personRows(im.Dep, im.Lang, im.Today, rows)
	if err != nil {
		return Done{}, err
	}
	done := Done{Lines: len(rows)}
	err = im.typeControl(ctx, o, func(sheet *sheets.Spreadsheet) ([]*sheets.Request, error) {
		reqs, written, err := addPeople(sheet, people, im.Lang, im.Templates)
		done.Written = max(done.Written, written) // less, if an earlier try whose answer was lost has typed some
		done.Same = len(rows) - done.Written
		if err == nil && done.Written > 0 {
			done.Files = 1
		}
		return reqs, err
	})
	return done, err
}

// addPeople is control.AddPeople; it counts people that are new or changed.
func addPeople(s *sheets.Spreadsheet, people []control.PersonRow, lang words.Lang,
	known []templates.Role) ([]*sheets.Request, int, error) {
	reqs, added, changed, err := control.AddPeople(s, people, lang, known)
	return reqs, added + changed, err
}

// typeControl types into the control spreadsheet what cells returns for its present
// state.
func (im Importer) typeControl(ctx context.Context, o Options,
	cells func(*sheets.Spreadsheet) ([]*sheets.Request, error)) error {
	now := func(ctx context.Context) ([]*sheets.Request, error) {
		sheet, err := im.Control.Read(ctx)
		if err != nil {
			return nil, fmt.Errorf("reading the control spreadsheet: %w", err)
		}
		return cells(sheet)
	}
	if o.DryRun {
		_, err := now(ctx)
		return err
	}
	return im.Control.Type(ctx, now)
}

// personRows turns the rows of a file into rows of «Сотрудники».
func personRows(dep *department.Department, lang words.Lang, today calendar.Date,
	rows []imports.Person) ([]control.PersonRow, error) {
	var errs []error
	var people []control.PersonRow
	for _, r := range rows {
		if !hasRole(dep, r.Role) {
			errs = append(errs, r.Errorf("role", lang.T(
				"роли «%s» нет в «Роли и KPI» (есть: %s)",
				"there is no role “%s” in “Roles and KPIs” (there are: %s)"), r.Role,
				strings.Join(roleNames(dep, lang), ", ")))
		}
		schedule := r.Schedule
		s, guessed, err := calendar.ParseSchedule(schedule, today)
		if wrong, ok := errors.AsType[*calendar.ScheduleError](err); ok {
			errs = append(errs, r.Errorf("schedule", "%s", wrong.Text(lang)))
		}
		if guessed { // write the year as well
			schedule = s.Text(lang)
		}
		people = append(people, control.PersonRow{
			Name: r.Name, Email: r.Email, Role: r.Role, Team: r.Team, Schedule: schedule,
			Hired: r.Hired.String(), Left: r.Left.String(), Aliases: r.Aliases, Cost: r.Cost, Notify: r.Notify,
		})
	}
	return people, errors.Join(errs...)
}

// hasRole reports whether there is a role with that key or title.
func hasRole(dep *department.Department, name string) bool {
	return slices.ContainsFunc(dep.Roles, func(r department.Role) bool {
		return tabular.Fold(r.Key) == tabular.Fold(name) || tabular.Fold(r.Title) == tabular.Fold(name)
	})
}

// roleNames returns the names that a file may use for the roles.
func roleNames(dep *department.Department, lang words.Lang) []string {
	var names []string
	for _, r := range dep.Roles {
		name := r.Key
		if r.Title != "" && tabular.Fold(r.Title) != tabular.Fold(r.Key) {
			name = quoted(r.Title, lang) + " (" + r.Key + ")"
		}
		names = append(names, name)
	}
	return names
}

func quoted(s string, lang words.Lang) string { return lang.T("«"+s+"»", "“"+s+"”") }

// Calendar types days of a production calendar into «Календарь»: those that differ from
// what is known for the department's country. It leaves alone, and reports, days that the
// company has declared otherwise. It refuses the calendar of another country.
func (im Importer) Calendar(ctx context.Context, years []calendar.Published, o Options) (Done, error) {
	days, lines, err := publishedDays(years, im.Dep.Settings.Country, im.Lang)
	if err != nil {
		return Done{}, err
	}
	done := Done{Lines: lines}
	typed := false
	err = im.typeControl(ctx, o, func(sheet *sheets.Spreadsheet) ([]*sheets.Request, error) {
		reqs, n, err := control.AddDays(sheet, days, im.Lang)
		if err != nil || typed { // an earlier try, whose answer was lost, has typed them
			return reqs, err
		}
		typed = true
		done.Written = n.Added + n.Changed
		done.Same = max(0, done.Lines-done.Written-len(n.Own))
		if done.Written > 0 {
			done.Files = 1
		}
		for _, d := range n.Own {
			done.Notes = append(done.Notes, fmt.Sprintf(im.Lang.T(
				"%s оставлен как есть: на вкладке «Календарь» это день компании",
				"%s is left as it is: the tab “Calendar” has it as a day of the company"), d))
		}
		o.tell(done.Notes)
		return reqs, nil
	})
	return done, err
}

// publishedDays returns the days of a file that differ from what is known for a country,
// and the number of days in the file.
func publishedDays(years []calendar.Published, country calendar.Country, lang words.Lang) (days []calendar.PublishedDay,
	lines int, err error) {
	for _, y := range years {
		if y.Country != "" && country != calendar.NoCountry && y.Country != string(country) {
			return nil, 0, fmt.Errorf(lang.T(
				"календарь страны %s, а «Производственный календарь» в «Параметрах» — %s: выберите её там или "+
					"возьмите другой файл",
				"the calendar is of %s, but the production calendar in the settings is of %s: choose it there or "+
					"take another file"),
				y.Country, country)
		}
		lines += len(y.Days)
		days = append(days, y.Differs(country)...)
	}
	return days, lines, nil
}
