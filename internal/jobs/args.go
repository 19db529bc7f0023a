package jobs

import (
	"fmt"

	"github.com/riverqueue/river"
)

// Args are the arguments of every job. River has no two jobs of one kind with the same.
type Args struct {
	Department string `json:"department"`
	// Round tells a run from one that was handed out before, and whose process died:
	// River takes that for running.
	Round int64 `json:"round"`
}

func (a Args) target() Args { return a }

// jobArgs are the arguments of a kind of jobs.
type jobArgs interface {
	river.JobArgs
	target() Args
}

// One type for each kind, as River wants it.
type (
	callsArgs     struct{ Args }
	syncArgs      struct{ Args }
	closeArgs     struct{ Args }
	provisionArgs struct{ Args }
	sweepArgs     struct{ Args }
	noticesArgs   struct{ Args }
)

// Kind implements river.JobArgs.
func (callsArgs) Kind() string { return Calls }

// Kind implements river.JobArgs.
func (syncArgs) Kind() string { return Sync }

// Kind implements river.JobArgs.
func (closeArgs) Kind() string { return Close }

// Kind implements river.JobArgs.
func (provisionArgs) Kind() string { return Provision }

// Kind implements river.JobArgs.
func (sweepArgs) Kind() string { return Sweep }

// Kind implements river.JobArgs.
func (noticesArgs) Kind() string { return Notices }

func argsOf(kind string, a Args) (river.JobArgs, error) {
	switch kind {
	case Calls:
		return callsArgs{a}, nil
	case Sync:
		return syncArgs{a}, nil
	case Close:
		return closeArgs{a}, nil
	case Provision:
		return provisionArgs{a}, nil
	case Sweep:
		return sweepArgs{a}, nil
	case Notices:
		return noticesArgs{a}, nil
	}
	return nil, fmt.Errorf("there is no job %q", kind)
}
