// Package localgoogle is the embedded local Google: an HTTP server that speaks
// enough of the Sheets v4 and Drive v3 APIs for real clients to work against it
// unchanged. Spreadsheets live in one SQLite file, survive a kill at any moment
// and have their formulas calculated; permissions, protected ranges, quotas,
// atomic batches and error bodies are enforced as Google enforces them. Its
// sub-package page shows the spreadsheets in a browser.
//
// It is the default backend for trying the product, for tests and for offices
// without Google. The rest of the product may reach it over the wire only, and
// it imports nothing of the product but its own sub-packages.
package localgoogle
