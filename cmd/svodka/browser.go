package main

import (
	"context"
	"io"
	"os"
	"os/exec"
	"runtime"

	"golang.org/x/term"
)

// openBrowser opens an address in the person's browser if out is a terminal and the
// machine has a screen. If nothing opens, it does not matter: the address is also
// printed.
func openBrowser(ctx context.Context, out io.Writer, address string) {
	f, ok := out.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return
	}
	var cmd *exec.Cmd
	switch runtime.GOOS {
	case "darwin":
		cmd = exec.CommandContext(ctx, "open", address)
	case "windows":
		cmd = exec.CommandContext(ctx, "rundll32", "url.dll,FileProtocolHandler", address)
	default:
		if os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
			return
		}
		cmd = exec.CommandContext(ctx, "xdg-open", address)
	}
	if cmd.Start() == nil {
		go cmd.Wait() // leave no zombie
	}
}
