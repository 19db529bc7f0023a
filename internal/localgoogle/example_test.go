package localgoogle_test

import (
	"context"
	"fmt"

	"google.golang.org/api/drive/v3"
	"google.golang.org/api/option"
	"google.golang.org/api/sheets/v4"

	"svodka/internal/localgoogle"
)

// A server needs no listener: Google's own clients reach it through its client.
func Example() {
	ctx := context.Background()
	server, err := localgoogle.Open(ctx, localgoogle.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() {
		if err := server.Close(); err != nil {
			fmt.Println(err)
		}
	}()
	client := option.WithHTTPClient(server.Client(""))
	files, err := drive.NewService(ctx, client)
	if err != nil {
		fmt.Println(err)
		return
	}
	tables, err := sheets.NewService(ctx, client)
	if err != nil {
		fmt.Println(err)
		return
	}

	f, err := files.Files.Create(&drive.File{Name: "Отчёт", MimeType: "application/vnd.google-apps.spreadsheet"}).Do()
	if err != nil {
		fmt.Println(err)
		return
	}
	values := &sheets.ValueRange{Values: [][]any{{1, 2, "=A1+B1"}}}
	if _, err := tables.Spreadsheets.Values.Update(f.Id, "Sheet1!A1", values).ValueInputOption("USER_ENTERED").
		Do(); err != nil {
		fmt.Println(err)
		return
	}
	got, err := tables.Spreadsheets.Values.Get(f.Id, "Sheet1").Do()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(f.Name, got.Values, server.Journal().Count("sheets."))
	// Output: Отчёт [[1 2 3]] 2
}
