package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
)

var backupCommand = command{
	name:  "backup",
	args:  "FILE",
	short: "copy the ledger to a file, also while svodka run is at work",
	long: `
The copy is whole and consistent, one file, readable by its owner alone. A FILE
that exists is not written over.

To put a copy back: stop svodka run, delete ledger.db, ledger.db-wal and
ledger.db-shm in SVODKA_DATA_DIR, copy FILE to ledger.db there, and start it again.
A ledger in PostgreSQL: delete its schema, and then svodka ledger move database.
The next run looks at every spreadsheet, takes over what was typed since, and
writes what is missing.

What stands in the spreadsheets is not in the ledger alone: without a copy, too,
the next run rebuilds the ledger from them.
`,
	run: func(a *app, ctx context.Context, fset *flag.FlagSet, args []string) error {
		rest, err := parse(fset, args, 1, 1)
		if err != nil {
			return err
		}
		x, err := a.open(ctx, ledgerOnly)
		if err != nil {
			return err
		}
		err = x.worker.Backup(ctx, rest[0])
		if errors.Is(err, fs.ErrExist) {
			err = fmt.Errorf("backup: %s exists already and is not written over (choose another name, such as one "+
				"with the date)", rest[0])
		}
		if err := errors.Join(err, x.close()); err != nil {
			return err
		}
		info, err := os.Stat(rest[0])
		if err != nil {
			return fmt.Errorf("backup: %w", err)
		}
		fmt.Fprintf(a.stdout, "backup: %s, %s\n", rest[0], count(int(info.Size()+1023)/1024, "kilobyte"))
		return nil
	},
}
