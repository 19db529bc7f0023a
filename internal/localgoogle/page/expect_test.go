package page

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
)

// sleeper is a Source whose spreadsheets take until they are let go to open.
type sleeper struct {
	Source
	begun atomic.Int32
	let   chan struct{}
}

func (s *sleeper) Prepare(string, func(Book)) {
	s.begun.Add(1)
	<-s.let
}

// Whoever asks for the page of a spreadsheet gets it at once, while the spreadsheet is
// being opened, once for all who ask; Close waits for that, and nothing begins after it.
func TestThePageOpensItsSpreadsheet(t *testing.T) {
	s := &sleeper{let: make(chan struct{})}
	h := New(s)
	get := func(path string) {
		t.Helper()
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(context.Background(), http.MethodGet, path, nil)
		if h.ServeHTTP(w, r); w.Code != http.StatusOK {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	for range 3 {
		get("/spreadsheets/d/one/edit")
	}
	get("/spreadsheets/d/two")
	get("/")
	closed := make(chan struct{})
	go func() {
		h.Close()
		close(closed)
	}()
	<-h.done
	get("/spreadsheets/d/three")
	select {
	case <-closed:
		t.Error("closed while spreadsheets were being opened")
	default:
	}
	close(s.let)
	<-closed
	if n := s.begun.Load(); n != 2 {
		t.Errorf("%d were opened, want two", n)
	}
	h.Close()
}
