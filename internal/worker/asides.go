package worker

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"svodka/internal/control"
	"svodka/internal/files"
	"svodka/internal/publish"
	"svodka/internal/words"
)

// keptTitle returns the function that titles the copy of a tab that was set aside.
func keptTitle(lang words.Lang) func(string) string {
	return func(title string) string { return fmt.Sprintf(lang.T("%s (прежний)", "%s (previous)"), title) }
}

// tellAsides logs which tabs of a file were set aside since a moment.
func tellAsides(log *slog.Logger, f files.File, since time.Time) {
	for _, a := range publish.SetAside(f, since) {
		log.Warn("google kept refusing what touches a tab: a hidden copy of it is kept, and it was made anew",
			keyFile, f.ID, keyTab, a.Tab, keyCopy, a.Copy)
	}
}

// asideProblems tells ops which tabs were set aside lately, at the row of the person
// whose report it is.
func (t opsReporter) asideProblems(ctx context.Context, r *run) ([]control.Problem, error) {
	since := r.begun.Add(-files.AsideRest)
	var out []control.Problem
	for _, u := range r.units {
		for _, a := range publish.SetAside(u.file, since) {
			for _, p := range u.people {
				row, ok := r.cfg.Typed.RowOf(p.ID)
				if !ok {
					continue
				}
				out = append(out, control.Problem{Severity: control.Warning, Tab: control.TabPeople, Row: row,
					Message: fmt.Sprintf(t.lang.T(
						"Google не принимал изменений вкладки «%s» в отчёте, и она создана заново; введённые цифры на "+
							"месте. Прежняя вкладка скрыта в той же таблице: «%s». Свои столбцы, заметки и цвета "+
							"перенесите оттуда (меню «Все листы» слева внизу → название), потом её можно удалить",
						"Google refused changes of the tab %q of the report, so it was made anew; the figures typed "+
							"are in place. The former tab is hidden in the same spreadsheet: %q. Take own columns, "+
							"notes and colours from there (All sheets at the lower left, then its name), then it "+
							"may be deleted"),
						a.Title, a.Kept),
					InForce: t.lang.T("пометка исчезнет через неделю", "this note goes in a week")})
			}
		}
	}
	list, err := t.ledger.FilesOf(ctx, files.Summary)
	if err != nil {
		return nil, err
	}
	summary, ok := oneFile(list, files.Summary)
	if !ok {
		return out, nil
	}
	for _, a := range publish.SetAside(summary, since) {
		out = append(out, control.Problem{Severity: control.Warning, Tab: control.TabSettings, Row: -1,
			Message: fmt.Sprintf(t.lang.T(
				"Google не принимал изменений вкладки «%s» в сводке, и она создана заново. Прежняя вкладка скрыта в "+
					"той же таблице: «%s», её можно удалить",
				"Google refused changes of the tab %q of the summary, so it was made anew. The former tab "+
					"is hidden in "+
					"the same spreadsheet: %q, and may be deleted"), a.Title, a.Kept),
			InForce: t.lang.T("пометка исчезнет через неделю", "this note goes in a week")})
	}
	return out, nil
}
