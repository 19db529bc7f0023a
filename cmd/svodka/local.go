package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
)

var localCommand = command{
	name:  "local",
	args:  "[--addr 127.0.0.1:8090]",
	short: "serve the embedded Google Sheets and Drive on this machine",
	long: `
The Sheets API is at http://ADDR/v4/spreadsheets and the Drive API at
http://ADDR/drive/v3/files, for the ordinary Google clients. The data is in
SVODKA_DATA_DIR; other svodka commands on the same folder work through this
server while it runs. It listens on loopback only.

  --addr ADDR   where to listen (SVODKA_LOCAL_ADDR, else 127.0.0.1:8090); port 0
                takes a free one
`,
	run: runLocal,
}

func runLocal(a *app, ctx context.Context, fs *flag.FlagSet, args []string) error {
	addr := fs.String("addr", "", "")
	if _, err := parse(fs, args, 0, 0); err != nil {
		return err
	}
	s, err := a.settings()
	if err != nil {
		return err
	}
	if *addr != "" {
		if err := loopback(*addr); err != nil {
			return usagef("local: --addr: %v", err)
		}
		s.LocalAddr = *addr
	}
	if err := s.makeDir(); err != nil {
		return err
	}
	if addr, ok := serving(ctx, s); ok {
		return fmt.Errorf("%s is served already, at http://%s (use that one, or set SVODKA_DATA_DIR to another folder)",
			s.DataDir, addr)
	}
	l, err := listen(ctx, s.LocalAddr)
	if err != nil {
		return err
	}
	b, err := a.openLocal(ctx, s)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	if b.server == nil {
		return errors.Join(fmt.Errorf("%s is served already, at %s (use that one, or set SVODKA_DATA_DIR to "+
			"another folder)", s.DataDir, b.base), l.Close(), b.close())
	}
	fmt.Fprintf(a.stdout, "local Google: http://%s/v4/spreadsheets and http://%s/drive/v3/files (data in %s; "+
		"Ctrl+C ends it)\n", l.Addr(), l.Addr(), s.DataDir)
	return errors.Join(b.serve(ctx, s, l), b.close())
}

// listen listens on the address; its error says what to do if the address is taken.
func listen(ctx context.Context, addr string) (net.Listener, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listening on %s: %w (choose another address with --addr or SVODKA_LOCAL_ADDR)",
			addr, err)
	}
	return l, nil
}
