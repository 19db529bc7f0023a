// Package localgoogle is the embedded local Google: an HTTP server that speaks
// enough of the Sheets v4 and Drive v3 APIs for real clients, ours and others, to work
// against it unchanged. It is the default backend for trying the product, for tests and
// for offices without Google.
//
// # What it is, and what it is not
//
// Spreadsheets live in one SQLite file, survive a kill at any moment and have their
// formulas calculated. Permissions, protected ranges, quotas, atomic batches, limits and
// error bodies are enforced as Google enforces them; what Google refuses is refused, and
// where nobody knows what Google does, it is refused, too, or a comment says what was
// chosen. A test can make it misbehave (Faults): errors, cut connections before or after
// the commit, slowness, a Drive that learns of edits minutes later, addresses that cannot
// be shared with. Its page, in the sub-package page, shows spreadsheets in a browser and
// lets people type. README.md in this folder lists what is not supported, and what it
// answers then.
//
// It knows nothing of the product: it imports only its own sub-packages, and the product
// reaches it over the wire. In a test that takes three lines:
//
//	server, err := localgoogle.Open(ctx, localgoogle.Options{})
//	client := server.Client("") // as the owner; or as "anna@example.com"
//	tables, err := sheets.NewService(ctx, option.WithHTTPClient(client))
//
// # How a request runs through it
//
// ServeHTTP (server.go) turns away what comes from other sites (serve_guard.go) and hands
// the page's and the control plane's paths over. findRoute (serve_route.go) finds the
// method that a path stands for; the call meets its planned fault (faults.go), is charged
// to the caller's quota (quota.go), and its handler runs.
//
// A handler decodes the body (package wire), and then either views or changes a
// spreadsheet. viewing (store_cache.go) gives it the current version of the document,
// loading it from SQLite if need be. changing (store_tx.go) gives it a new version, which
// shares with the old one all tabs and rows that are not touched; if the handler fails,
// the version is dropped, and nothing has happened: that is why batches are atomic. If it
// succeeds, mutate (drive_model.go) stores what differs and the file's record in one
// transaction, and only then does the new version become the current one. Values of
// formulas are calculated when they are read, by an engine (package calc) that is told of
// changed cells and remembers results; a request that ends stops its calculations. The
// answer is encoded under the caller's field mask and noted in the journal.
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
//	upload    spreadsheets of .xlsx and .csv files                   package upload
//	page_*    what the page asks for; the page itself                package page
//
// Sheets and Drive share this package because they share every call: a spreadsheet is a
// file, and a change of its cells is a change of the file.
//
// # How to add a request kind
//
// Say, a new request of batchUpdate. Add a case to do, doObject or doData
// (sheets_batch.go), and a method of tx that takes the request's struct: find the cells
// with t.area, or t.writeArea, which also checks protection; change rows through the
// sheet that t.sheetFor returns and never through one that was read; replace API structs,
// do not edit them. Refuse with wire.BadRequest in Google's words if they are known. Then
// add the request to everything() in durable_test.go, which makes the tests of restarts,
// copies and the fuzz targets use it, and take it off the list in README.md. A new method
// of an API is a route in serve_route.go. Where a member must be answered although it is
// zero, wire/types.go lists it.
package localgoogle
