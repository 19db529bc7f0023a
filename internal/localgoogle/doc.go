// Package localgoogle is the embedded local Google: an HTTP server that speaks enough of
// the Sheets v4 and Drive v3 APIs for real clients, ours and others, to work against it
// unchanged. It is the default backend for trying the product, for tests and for offices
// without Google.
//
// # What it is, and what it is not
//
// Spreadsheets live in one SQLite file, survive a kill at any moment and have their
// formulas calculated. The server enforces permissions, protected ranges, quotas, atomic
// batches, limits and error bodies as Google does. It refuses what Google refuses; where
// nobody knows what Google does, it refuses as well, or a comment says what was chosen. A
// test can make it misbehave (Faults): errors, cut connections before or after the
// commit, slowness, a Drive that learns of edits minutes later, addresses that cannot be
// shared with. Its page, in the sub-package page, shows spreadsheets in a browser and
// lets people type. README.md in this folder lists what is not supported, and what the
// server answers then.
//
// It knows nothing of the product: it imports only its own sub-packages, and the product
// talks to it over HTTP. In a test that takes three lines:
//
//	server, err := localgoogle.Open(ctx, localgoogle.Options{})
//	client := server.Client("") // as the owner; or as "anna@example.com"
//	tables, err := sheets.NewService(ctx, option.WithHTTPClient(client))
//
// # How a request runs through it
//
// ServeHTTP (server.go) refuses requests from other sites (serve_guard.go) and passes on
// the paths of the page and of the control plane. findRoute (serve_route.go) finds the
// method for a path; the call meets its planned fault (faults.go), is charged to the
// caller's quota (quota.go), and its handler runs.
//
// A handler decodes the body (package wire), and then either views or changes a
// spreadsheet. viewing (store_cache.go) gives it the current version of the document and
// loads it from SQLite if need be. changing (store_tx.go) gives it a new version, which
// shares with the old one all tabs and rows that it does not touch. If the handler fails,
// the version is dropped and nothing has happened: so batches are atomic. If it succeeds,
// mutate (drive_model.go) stores the differences and the file's record in one
// transaction, and only then does the new version become the current one. An engine
// (package calc) calculates values of formulas when they are read; it is told of changed
// cells and caches results. A request that ends stops its calculations. The answer is
// encoded under the caller's field mask and recorded in the journal.
//
// # The rooms
//
//	wire      JSON, field masks, errors: the lowest floor            package wire
//	serve_*   routes, guard, odd addresses; with server, faults,
//	          quota, journal, errors                                 this package
//	sheets_*  the Sheets API: ranges, values, each batch request     this package
//	drive_*   the Drive API: files, permissions, feed, queries       this package
//	store_*   documents, versions, cache, SQLite                     this package
//	formulas  the bridge to the engine                               this package
//	calc      the formula engine                                     package calc
//	cellfmt   what a cell shows, and what typing into it means       package cellfmt
//	export    .xlsx and .csv of a spreadsheet                        package export
//	upload    spreadsheets from .xlsx and .csv files                 package upload
//	page_*    what the page asks for; the page itself                package page
//
// Sheets and Drive share this package because they share every call: a spreadsheet is a
// file, and a change of its cells is a change of the file.
//
// # How to add a request kind
//
// Take a new request of batchUpdate. Add a case to do, doObject or doData
// (sheets_batch.go), and a method of tx that takes the request's struct: find the cells
// with t.area, or with t.writeArea, which also checks protection; change rows through the
// sheet that t.sheetFor returns and never through one that was read; replace API structs,
// do not edit them. Refuse with wire.BadRequest, in Google's words if they are known.
// Then add the request to everything() in durable_test.go, so that the tests of restarts
// and copies and the fuzz targets use it, and remove it from the list in README.md. A new
// method of an API is a route in serve_route.go. If the answer must include a member that
// is zero, list it in wire/types.go.
package localgoogle
