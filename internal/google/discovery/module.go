package discovery

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
)

// Module returns the folder of google.golang.org/api in the module cache.
func Module(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "google.golang.org/api").Output()
	if err != nil {
		return "", fmt.Errorf("looking for the module google.golang.org/api: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}
