package work

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// metrics are what this server has made.
type metrics struct {
	rounds    *prometheus.CounterVec
	done      *prometheus.CounterVec
	durations *prometheus.HistogramVec
}

func newMetrics() metrics {
	return metrics{
		rounds:    prometheus.NewCounterVec(prometheus.CounterOpts{Name: "clm_background_rounds_total", Help: "Rounds of background work made by this server, by kind and outcome."}, []string{"kind", "outcome"}),
		done:      prometheus.NewCounterVec(prometheus.CounterOpts{Name: "clm_background_done_total", Help: "Things done in background work by this server, by kind."}, []string{"kind"}),
		durations: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "clm_background_round_duration_seconds", Help: "How long rounds of background work took, by kind."}, []string{"kind"}),
	}
}

func (m metrics) count(kind clm.RoundKind, outcome clm.RoundOutcome, done int, took time.Duration) {
	m.rounds.WithLabelValues(string(kind), string(outcome)).Inc()
	m.done.WithLabelValues(string(kind)).Add(float64(done))
	m.durations.WithLabelValues(string(kind)).Observe(took.Seconds())
}

var (
	lastSuccess = prometheus.NewDesc("clm_background_last_success_timestamp_seconds", "When the last round of any server ended with nothing in trouble, by kind; 0: never.", []string{"kind"}, nil)
	troubles    = prometheus.NewDesc("clm_background_troubles", "Things that background work could not do and will try again, by kind.", []string{"kind"}, nil)
	depth       = prometheus.NewDesc("clm_background_queue_depth", "Rounds that wait for a server to make them.", nil, nil)
)

// Describe implements prometheus.Collector.
func (w *Work) Describe(all chan<- *prometheus.Desc) {
	for _, own := range w.own() {
		own.Describe(all)
	}
	for _, d := range []*prometheus.Desc{lastSuccess, troubles, depth} {
		all <- d
	}
}

func (w *Work) own() []prometheus.Collector {
	return []prometheus.Collector{w.metrics.rounds, w.metrics.done, w.metrics.durations}
}

// scrapeTime is how long the estate and the queue may take to be asked.
const scrapeTime = 5 * time.Second

// Collect implements prometheus.Collector. What the estate does not answer is left out.
func (w *Work) Collect(all chan<- prometheus.Metric) {
	for _, own := range w.own() {
		own.Collect(all)
	}
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTime)
	defer cancel()
	rounds, err := w.estate.Rounds(ctx)
	if err == nil {
		err = w.collectDepth(ctx, all)
	}
	if err != nil {
		w.Log.ErrorContext(ctx, "the state of background work cannot be read", "error", err.Error())
	}
	for _, r := range rounds {
		success := 0.0
		if !r.SucceededAt.IsZero() {
			success = float64(r.SucceededAt.UnixMilli()) / 1000
		}
		all <- prometheus.MustNewConstMetric(lastSuccess, prometheus.GaugeValue, success, string(r.Kind))
		all <- prometheus.MustNewConstMetric(troubles, prometheus.GaugeValue, float64(len(r.Troubles)), string(r.Kind))
	}
}

// collectDepth counts turns nobody has taken. Without a queue no round ever waits.
func (w *Work) collectDepth(ctx context.Context, all chan<- prometheus.Metric) error {
	waiting := 0
	if queue := w.queue.Load(); queue != nil {
		found, err := queue.JobList(ctx, river.NewJobListParams().First(1000).States(rivertype.JobStateAvailable, rivertype.JobStateScheduled, rivertype.JobStateRetryable))
		if err != nil {
			return err
		}
		waiting = len(found.Jobs)
	}
	all <- prometheus.MustNewConstMetric(depth, prometheus.GaugeValue, float64(waiting))
	return nil
}
