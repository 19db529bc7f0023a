package livecheck

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/google"
	"svodka/internal/localgoogle"
)

// mirror is a local Google that receives the same batchUpdates as the account under test:
// it then shows what the account should show, including formulas and texts.
type mirror struct {
	server *localgoogle.Server
	client *google.Client
	files  map[string]*reflected // by the id at the account
}

type reflected struct {
	id   string // in the mirror
	done int    // number of writes applied
}

func newMirror(ctx context.Context, o Options) (*mirror, error) {
	server, err := localgoogle.Open(ctx, localgoogle.Options{Now: o.Now})
	if err != nil {
		return nil, fmt.Errorf("opening the embedded Google to compare with: %w", err)
	}
	client, err := google.New(ctx, google.Options{HTTP: server.Client(""), Endpoint: "http://localhost", Now: o.Now,
		Sleep: o.Sleep})
	if err != nil {
		return nil, errors.Join(err, server.Close())
	}
	return &mirror{server, client, map[string]*reflected{}}, nil
}

func (m *mirror) close() error { return m.server.Close() }

// spreadsheet returns what a file should be after the writes.
func (m *mirror) spreadsheet(ctx context.Context, id string, writes [][]byte) (*sheets.Spreadsheet, error) {
	f := m.files[id]
	if f == nil {
		made, err := m.client.Create(ctx, id, nil)
		if err != nil {
			return nil, err
		}
		f = &reflected{id: made.ID}
		m.files[id] = f
	}
	for _, body := range writes[f.done:] {
		if err := m.write(ctx, f.id, body); err != nil {
			return nil, err
		}
		f.done++
	}
	return m.client.Spreadsheet(ctx, f.id, bookFields)
}

func (m *mirror) write(ctx context.Context, id string, body []byte) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://localhost/v4/spreadsheets/"+id+
		":batchUpdate?fields=spreadsheetId", bytes.NewReader(body))
	if err != nil {
		return err
	}
	res, err := m.server.Client("").Do(r)
	if err != nil {
		return err
	}
	said, err := io.ReadAll(res.Body)
	if err = errors.Join(err, res.Body.Close()); err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("a batch that Google took is refused by the embedded Google: %s", line(string(said)))
	}
	return nil
}
