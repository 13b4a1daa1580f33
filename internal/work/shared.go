package work

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// turn is a job of the queue: one round of a kind.
type turn struct {
	Round clm.RoundKind `json:"round"`
}

// Kind implements river.JobArgs.
func (turn) Kind() string { return "round" }

// longestTurn is longer than any round takes. The queue takes a turn that was not ended
// by then for that of a server that has died, and drops it: no turn waits for it.
const longestTurn = 5 * time.Hour

// Turns that have ended are kept for a look, and no longer.
const (
	keepCompleted = time.Hour
	keepDiscarded = 24 * time.Hour
)

// shared takes turns at rounds with all servers of the estate. One of them, whichever
// it is, sees to it that there is one turn of each kind in each interval.
func (w *Work) shared(ctx context.Context, pool *pgxpool.Pool) error {
	if err := migrate(ctx, pool); err != nil {
		return err
	}
	queue, err := river.NewClient(riverpgxv5.New(pool), w.settings(ctx, pool))
	if err != nil {
		return fmt.Errorf("preparing the queue of background work: %w", err)
	}
	if err := queue.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("starting the queue of background work: %w", err)
	}
	w.queue.Store(queue)
	defer w.queue.Store(nil)
	<-ctx.Done()
	return w.end(context.WithoutCancel(ctx), queue.Stop, queue.StopAndCancel)
}

// end waits for rounds under way, which give up by themselves after the grace.
func (w *Work) end(ctx context.Context, stop, cancel func(context.Context) error) error {
	inTime, over := context.WithTimeout(ctx, w.Grace+time.Second)
	defer over()
	err := stop(inTime)
	if errors.Is(err, context.DeadlineExceeded) {
		last, over := context.WithTimeout(ctx, time.Second)
		defer over()
		err = cancel(last)
	}
	if err != nil {
		w.Log.WarnContext(ctx, "background work did not end in time, and was broken off", "error", err.Error())
	}
	return nil
}

func (w *Work) settings(ctx context.Context, pool *pgxpool.Pool) *river.Config {
	workers := river.NewWorkers()
	river.AddWorker(workers, river.WorkFunc(func(_ context.Context, job *river.Job[turn]) error {
		return w.take(ctx, pool, job.Args.Round)
	}))
	config := &river.Config{
		Logger: slog.New(quiet{w.Log.Handler()}), Workers: workers, MaxAttempts: 1, JobTimeout: longestTurn, RescueStuckJobsAfter: longestTurn + time.Minute,
		CompletedJobRetentionPeriod: keepCompleted, DiscardedJobRetentionPeriod: keepDiscarded,
		Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: len(clm.RoundKinds())}},
	}
	for _, kind := range clm.RoundKinds() {
		every := kind.Every(w.Interval)
		config.PeriodicJobs = append(config.PeriodicJobs, river.NewPeriodicJob(inTheMiddle{every}, func() (river.JobArgs, *river.InsertOpts) {
			return turn{kind}, &river.InsertOpts{UniqueOpts: river.UniqueOpts{ByArgs: true, ByPeriod: every}}
		}, &river.PeriodicJobOpts{RunOnStart: true}))
	}
	return config
}

// inTheMiddle schedules turns in the middle of each interval of the day, whoever
// schedules them: at an interval's border two might fall into one, and one be lost.
type inTheMiddle struct{ every time.Duration }

// Next implements river.PeriodicSchedule.
func (m inTheMiddle) Next(now time.Time) time.Time {
	middle := now.Truncate(m.every).Add(m.every / 2)
	if middle.After(now) {
		return middle
	}
	return middle.Add(m.every)
}
