package jobs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"svodka/internal/departments"
)

// leave leaves the runs of this process to the others. If it cannot, they adopt them once
// it has not been seen for a while.
func (r *Runner) leave(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second) // somebody may be waiting for this process to end
	defer cancel()
	if err := errors.Join(r.Registry.Leave(ctx, r.queue), r.abandon(ctx, `queue = $1`, r.queue)); err != nil {
		r.Log.Warn("other processes will soon notice that this one is gone", "error", err)
	}
}

// abandon puts runs into the queue that is nobody's, from which they are adopted, and
// which older versions of the program work on.
func (r *Runner) abandon(ctx context.Context, which string, arg any) error {
	_, err := r.Registry.Pool().Exec(ctx, `UPDATE `+Schema+`.river_job SET queue = '`+river.QueueDefault+`'
		WHERE finalized_at IS NULL AND `+which, arg)
	if err != nil {
		return fmt.Errorf("leave runs to other processes: %w", err)
	}
	return nil
}

// queueOf returns the queue into which a run is put.
func (r *Runner) queueOf(run departments.Handed) string {
	if run.Again {
		return river.QueueDefault // whoever looks first adopts it
	}
	return cmp.Or(run.Process, r.queue)
}

// hurry ends the pauses of runs that have failed, once the settings of their department
// are others: perhaps those were what was wrong.
func (r *Runner) hurry(ctx context.Context, department string) error {
	_, err := r.Registry.Pool().Exec(ctx, `UPDATE `+Schema+`.river_job SET scheduled_at = clock_timestamp()
		WHERE state = 'retryable' AND scheduled_at > clock_timestamp() AND args->>'department' = $1`, department)
	if err != nil {
		return fmt.Errorf("try again what failed for the department %s: %w", department, err)
	}
	return nil
}

// wake queues that runs whose pause is over are to be done, as River's leader has it.
func wake(b *pgx.Batch) {
	b.Queue(`WITH over AS (SELECT id FROM ` + Schema + `.river_job WHERE state IN ('retryable', 'scheduled')
			AND scheduled_at <= clock_timestamp() FOR UPDATE SKIP LOCKED)
		UPDATE ` + Schema + `.river_job AS j SET state = 'available' FROM over WHERE j.id = over.id`)
}

// adopt queues that this process adopts as many runs as it has room for: at once those of
// processes that are gone, and of others those that wait too long; and without room, too,
// what has waited that long for one that is gone.
func (r *Runner) adopt(b *pgx.Batch) {
	room := max(0, max(1, r.AtOnce)-int(r.busy.Load()))
	most := room
	if room == 0 {
		most = r.AtOnce
	}
	b.Queue(`WITH adopted AS (SELECT j.id FROM `+Schema+`.river_job AS j
			LEFT JOIN svodka_departments.processes AS p ON p.name = j.queue AND `+r.Registry.Present()+`
			WHERE j.state = 'available' AND j.queue <> $1 AND j.scheduled_at <= clock_timestamp()
				AND (p.name IS NULL AND $2 OR (p.name IS NULL OR $2)
					AND j.scheduled_at < clock_timestamp() - $3::interval)
			ORDER BY p.name IS NOT NULL, j.scheduled_at LIMIT $4 FOR UPDATE OF j SKIP LOCKED)
		UPDATE `+Schema+`.river_job AS j SET queue = $1 FROM adopted WHERE j.id = adopted.id`,
		r.queue, room > 0, r.Registry.Scaled(patience), most)
}
