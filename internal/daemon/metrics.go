package daemon

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/backend"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/work"
)

// metrics are what the server counts by itself, and a look at the estate at each scrape.
type metrics struct {
	registry  *prometheus.Registry
	requests  *prometheus.CounterVec
	durations *prometheus.HistogramVec
	underWay  prometheus.Gauge
}

func newMetrics(b *backend.Backend, c Config, w *work.Work) *metrics {
	m := &metrics{
		registry:  prometheus.NewRegistry(),
		requests:  prometheus.NewCounterVec(prometheus.CounterOpts{Name: "clm_requests_total", Help: "Requests answered, by operation and HTTP status."}, []string{"operation", "code"}),
		durations: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "clm_request_duration_seconds", Help: "How long requests took, by operation."}, []string{"operation"}),
		underWay:  prometheus.NewGauge(prometheus.GaugeOpts{Name: "clm_requests_under_way", Help: "Requests not answered yet."}),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{Name: "clm_build_info", Help: "Always 1; the version is a label.", ConstLabels: prometheus.Labels{"version": c.Version}})
	build.Set(1)
	m.registry.MustRegister(m.requests, m.durations, m.underWay, build, estateCollector{b, c.Log}, w,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// estateCollector tells the totals of the estate.
type estateCollector struct {
	backend *backend.Backend
	log     *slog.Logger
}

var (
	storeUp      = prometheus.NewDesc("clm_store_up", "Whether the store could be asked for the totals.", nil, nil)
	certificates = prometheus.NewDesc("clm_certificates", "Certificates, by the status of their current version.", []string{"status"}, nil)
	workOrders   = prometheus.NewDesc("clm_work_orders", "Work orders, by state.", []string{"state"}, nil)
	replacements = prometheus.NewDesc("clm_replacements", "Open replacements of root certificates, by phase.", []string{"phase"}, nil)
)

// Describe implements prometheus.Collector.
func (e estateCollector) Describe(all chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{storeUp, certificates, workOrders, replacements} {
		all <- d
	}
}

// Collect implements prometheus.Collector.
func (e estateCollector) Collect(all chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	totals, err := e.backend.Totals(ctx)
	if err != nil {
		e.log.ErrorContext(ctx, "the totals of the estate cannot be read", "error", err.Error())
		all <- prometheus.MustNewConstMetric(storeUp, prometheus.GaugeValue, 0)
		return
	}
	all <- prometheus.MustNewConstMetric(storeUp, prometheus.GaugeValue, 1)
	tell(all, certificates, totals.Certificates)
	tell(all, workOrders, totals.WorkOrders)
	tell(all, replacements, totals.Replacements)
}

func tell[K ~string](all chan<- prometheus.Metric, what *prometheus.Desc, counts map[K]int64) {
	for label, n := range counts {
		all <- prometheus.MustNewConstMetric(what, prometheus.GaugeValue, float64(n), string(label))
	}
}
