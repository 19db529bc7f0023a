package localgoogle

import (
	"cmp"
	"net/http"
	"sync"
	"time"

	"svodka/internal/localgoogle/wire"
)

// Quotas are the limits of calls per minute. Zero means Google's own limit: 60 for a
// user, 300 for the project, 12,000 for a user of Drive. Less than zero means no limit.
type Quotas struct {
	SheetsReadsPerUser     int
	SheetsWritesPerUser    int
	SheetsReadsPerProject  int
	SheetsWritesPerProject int
	DrivePerUser           int
}

const (
	googlePerUser    = 60
	googlePerProject = 300
	googleDrive      = 12_000
)

// quotaBuckets counts the calls of the current minute.
type quotaBuckets struct {
	mu     sync.Mutex
	minute time.Time
	used   map[string]int
}

// take counts one call. If a limit is reached, it returns that limit instead.
func (b *quotaBuckets) take(now time.Time, limits []quotaLimit) (hit quotaLimit, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if minute := now.Truncate(time.Minute); !minute.Equal(b.minute) || b.used == nil {
		b.minute, b.used = minute, map[string]int{}
	}
	for _, l := range limits {
		if l.max > 0 && b.used[l.key] >= l.max {
			return l, false
		}
	}
	for _, l := range limits {
		b.used[l.key]++
	}
	return quotaLimit{}, true
}

type quotaLimit struct {
	key  string
	max  int
	kind string // "user" or "project"
}

// charge counts the call against the quotas.
func (s *Server) charge(c *call) *wire.Error {
	q := s.o.Quotas
	if q == nil {
		return nil
	}
	if c.drive {
		if _, ok := s.buckets.take(s.now(),
			[]quotaLimit{{"drive " + c.user, cmp.Or(q.DrivePerUser, googleDrive), "user"}}); !ok {
			return &wire.Error{Code: http.StatusForbidden, Domain: "usageLimits", Reason: "userRateLimitExceeded",
				Message: "User Rate Limit Exceeded. Rate of requests for user exceed configured project quota, you " +
					"may consider re-evaluating expected per-user traffic to the API and adjust project quota limits " +
					"accordingly."}
		}
		return nil
	}
	kind, perUser, perProject := "write ", q.SheetsWritesPerUser, q.SheetsWritesPerProject
	if c.read {
		kind, perUser, perProject = "read ", q.SheetsReadsPerUser, q.SheetsReadsPerProject
	}
	limit, ok := s.buckets.take(s.now(), []quotaLimit{{kind + c.user, cmp.Or(perUser, googlePerUser), "user"},
		{kind, cmp.Or(perProject, googlePerProject), "project"}})
	if ok {
		return nil
	}
	return errQuota(c.read, limit.kind)
}

func errQuota(read bool, kind string) *wire.Error {
	metric, limit, short := "Write requests", "Write", "write_requests"
	if read {
		metric, limit, short = "Read requests", "Read", "read_requests"
	}
	per, suffix := "per minute per user", "RequestsPerMinutePerUser"
	if kind == "project" {
		per, suffix = "per minute", "RequestsPerMinutePerProject"
	}
	const project = "1"
	return &wire.Error{
		Code: http.StatusTooManyRequests, Status: "RESOURCE_EXHAUSTED",
		Message: "Quota exceeded for quota metric '" + metric + "' and limit '" + metric + " " + per +
			"' of service 'sheets.googleapis.com' for consumer 'project_number:" + project + "'.",
		InfoReason: "RATE_LIMIT_EXCEEDED",
		Info: map[string]string{
			"quota_limit": limit + suffix, "quota_metric": "sheets.googleapis.com/" + short,
			"service": "sheets.googleapis.com", "consumer": "projects/" + project,
		},
	}
}
