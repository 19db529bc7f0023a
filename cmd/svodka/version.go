package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
)

var versionCommand = command{
	name:  "version",
	short: "the version of this program",
	run: func(a *app, _ context.Context, fs *flag.FlagSet, args []string) error {
		if _, err := parse(fs, args, 0, 0); err != nil {
			return err
		}
		fmt.Fprintf(a.stdout, "svodka %s %s %s/%s\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
		return nil
	},
}

// programID identifies this program: one that was built otherwise has another file.
// Empty: nobody knows.
func programID() string {
	path, err := os.Executable()
	if err != nil {
		return ""
	}
	f, err := os.Stat(path)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%s %d %d", version(), f.Size(), f.ModTime().UnixNano())
}

// version returns the version of the module, or the commit from which it was built.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := info.Main.Version
	if v == "" {
		v = "(devel)"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && v == "(devel)" && len(s.Value) >= 12 {
			v = s.Value[:12]
		}
	}
	return v
}
