package report

import "svodka/internal/workbook"

// MetaIDs returns the developer metadata ids of the columns that a read of values must
// ask for: dates, typed and logged figures and comments of the months, and the lists.
func MetaIDs(b *workbook.Book) []int64 {
	var ids []int64
	for _, t := range b.Tabs {
		for _, c := range t.Columns {
			if readable(t, c.Key) {
				ids = append(ids, workbook.MetaID(t.ID, c.Key))
			}
		}
	}
	return ids
}
