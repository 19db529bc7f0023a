package control

// Swap lists the people who have exchanged names, or e-mails: the result of sorting one
// column of «Сотрудники». The names are the former ones, in the order of the rows.
type Swap struct{ Names, Mails []string }

// Any reports whether anything was exchanged.
func (s Swap) Any() bool { return len(s.Names)+len(s.Mails) > 0 }

// SwapOf compares two versions of the rows in force.
func SwapOf(was, now *Snapshot) Swap {
	after := map[string]Row{}
	for _, row := range now.Tabs[TabPeople] {
		after[row.ID] = row
	}
	places := func(of func(identity) string) []string {
		moved := map[string]string{} // a person's former name, by the present one
		held := map[string]bool{}    // former names of people who now have another
		for _, row := range was.Tabs[TabPeople] {
			next, stays := after[row.ID]
			a, b := of(identityOf(row.Cells)), of(identityOf(next.Cells))
			if stays && a != b && a != "" && b != "" {
				moved[row.ID], held[a] = b, true
			}
		}
		var out []string
		for _, row := range was.Tabs[TabPeople] {
			if b, ok := moved[row.ID]; ok && held[b] {
				out = append(out, tidy(textOf(row.Cells["name"])))
			}
		}
		return out
	}
	return Swap{places(func(s identity) string { return s.name }), places(func(s identity) string { return s.email })}
}
