package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
)

var healthyCommand = command{
	name:  "healthy",
	args:  "[--ready]",
	short: "ask the svodka run on this machine whether it is alive, for health checks",
	long: `
Asks at SVODKA_MONITOR_ADDR, for images without a shell and for scripts. The exit
code is 0 when it is alive, 1 when not.

  --ready   ask whether the last good sync is not older than SVODKA_READY_WITHIN
`,
	run: runHealthy,
}

func runHealthy(a *app, ctx context.Context, fs *flag.FlagSet, args []string) error {
	ready := fs.Bool("ready", false, "")
	if _, err := parse(fs, args, 0, 0); err != nil {
		return err
	}
	s, err := a.settings()
	if err != nil {
		return err
	}
	if s.MonitorAddr == off {
		return fmt.Errorf("healthy: SVODKA_MONITOR_ADDR is %s, so nothing can be asked", off)
	}
	host, port, err := net.SplitHostPort(s.MonitorAddr)
	if err != nil {
		return fmt.Errorf("healthy: SVODKA_MONITOR_ADDR is %q (write for example 127.0.0.1:9464)", s.MonitorAddr)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost" // it listens everywhere, also here
	}
	path := "/healthz"
	if *ready {
		path = "/readyz"
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+path, nil)
	if err != nil {
		return fmt.Errorf("healthy: %w", err)
	}
	res, err := (&http.Client{Transport: &http.Transport{Proxy: nil, DisableKeepAlives: true}}).Do(req)
	if err != nil {
		return fmt.Errorf("healthy: svodka run does not answer: %w", err)
	}
	line, err := bufio.NewReader(res.Body).ReadString('\n')
	if cerr := res.Body.Close(); line == "" && err != nil || cerr != nil {
		return fmt.Errorf("healthy: reading the answer: %w", errors.Join(err, cerr))
	}
	line = strings.TrimSpace(line)
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("healthy: %s", line)
	}
	fmt.Fprintln(a.stdout, line)
	return nil
}
