package main

import (
	_ "github.com/caarlos0/env/v11"
	_ "github.com/expr-lang/expr"
	_ "github.com/goccy/go-yaml"
	_ "github.com/google/go-cmp/cmp"
	_ "github.com/rogpeppe/go-internal/testscript"
	_ "github.com/xuri/excelize/v2"
	_ "golang.org/x/oauth2"
	_ "golang.org/x/sync/errgroup"
	_ "golang.org/x/sys/unix"
	_ "golang.org/x/term"
	_ "golang.org/x/text/language"
	_ "google.golang.org/api/drive/v3"
	_ "google.golang.org/api/option"
	_ "google.golang.org/api/sheets/v4"
	_ "modernc.org/sqlite"
	_ "github.com/robfig/cron/v3"
	_ "github.com/xuri/efp"
	_ "github.com/xuri/nfp"
)

func main() {}
