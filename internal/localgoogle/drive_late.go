package localgoogle

import (
	"context"
	"slices"
	"time"
)

// lateEdit is a person's edit of a spreadsheet that Drive does not report yet. See
// Faults.Lag.
type lateEdit struct {
	By  string    // e-mail
	At  time.Time // of the edit
	Due time.Time // when Drive reports it
	N   int64     // how many edits it stands for
}

// maxLate limits the late edits of one file; the newest then stands for several.
const maxLate = 64

// delay hides an edit of the caller from Drive for a while.
func (m *mutation) delay(n *file, lag time.Duration) {
	e := lateEdit{By: m.user, At: m.now, Due: m.now.Add(lag), N: 1}
	if last := len(n.Late) - 1; last >= maxLate-1 {
		e.N += n.Late[last].N
		n.Late = n.Late[:last]
	}
	n.Late = append(n.Late, e)
	m.quiet[n.ID] = true
}

// noteLate records whether a file has late edits. The caller holds s.mu, or is alone.
func (s *Server) noteLate(f *file) {
	if len(f.Late) > 0 && !f.Removed {
		s.late[f.ID] = true
	} else {
		delete(s.late, f.ID)
	}
}

func (e lateEdit) due(now time.Time) bool { return !e.Due.After(now) }

// dueLate returns the files with edits that Drive must report by now.
func (s *Server) dueLate(now time.Time) []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var due []string
	for id := range s.late {
		if s.files[id].owes(now) {
			due = append(due, id)
		}
	}
	return due
}

// owes reports whether Drive must report an edit of the file by now.
func (f *file) owes(now time.Time) bool {
	return slices.ContainsFunc(f.Late, func(e lateEdit) bool { return e.due(now) })
}

// tellLate makes Drive report the edits that are due.
func (s *Server) tellLate(ctx context.Context) error {
	now := s.now().UTC()
	due := s.dueLate(now)
	if len(due) == 0 {
		return nil
	}
	return s.mutate(ctx, "", func(m *mutation) error {
		for _, id := range due {
			if f := s.existing(id); f == nil || !f.owes(now) {
				continue // deleted, or reported by another call meanwhile
			}
			n := m.edit(id)
			for _, e := range n.Late {
				if !e.due(now) {
					continue
				}
				if e.At.After(n.Modified) { // otherwise Drive has reported something newer
					n.modifiedBy(e.By, e.At)
				}
				n.Version += e.N
			}
			n.Version-- // mutate adds one
			n.Late = slices.DeleteFunc(n.Late, func(e lateEdit) bool { return e.due(now) })
		}
		return nil
	})
}
