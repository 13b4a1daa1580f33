package daemon_test

import (
	"bufio"
	"encoding/json"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/daemon"
)

func slogTo(j *clmtest.Journal) *slog.Logger { return slog.New(slog.NewJSONHandler(j, nil)) }

// Health is everybody's to ask, numbers are not; and a store that is gone is told.
func TestHealth(t *testing.T) {
	t.Parallel()
	w := serving(t)
	for path, want := range map[string]int{"/healthz": http.StatusOK, "/readyz": http.StatusOK, "/metrics": http.StatusUnauthorized, "/": http.StatusUnauthorized} {
		if status, content := w.got(t, path, ""); status != want {
			t.Errorf("%s is answered %d %s", path, status, content)
		}
	}
	must(t, w.estate.Backend.Close())
	for path, want := range map[string]int{"/healthz": http.StatusOK, "/readyz": http.StatusServiceUnavailable, "/metrics": http.StatusServiceUnavailable} {
		if status, content := w.got(t, path, clm.NewAccessSecret()); status != want {
			t.Errorf("with the store closed %s is answered %d %s", path, status, content)
		}
	}
}

// The numbers are those of the estate and of the requests.
func TestMetrics(t *testing.T) {
	t.Parallel()
	w := serving(t)
	token := w.token(t, "viewer")
	w.got(t, api.Devices+"/nobody", token)
	w.got(t, api.Devices+"/somebody", token)
	w.got(t, "/made-up-"+clm.NewID(), token)
	status, content := w.got(t, "/metrics", token)
	for _, line := range []string{
		`clm_requests_total{code="404",operation="get-device"} 2`, `clm_requests_total{code="404",operation="none"} 1`,
		`clm_request_duration_seconds_count{operation="get-device"} 2`, `clm_certificates{status="issued"} 1`, `clm_certificates{status="expired"} 0`,
		`clm_replacements{phase="activating"} 0`, `clm_store_up 1`, `clm_build_info{version="test"} 1`, `clm_requests_under_way 1`,
	} {
		if !strings.Contains(content, "\n"+line+"\n") {
			t.Errorf("%d: the numbers lack %s", status, line)
		}
	}
	if strings.Contains(content, "made-up") || t.Failed() {
		t.Errorf("the numbers are\n%s", regexp.MustCompile(`(?m)^(#|go_|process_|promhttp_).*\n`).ReplaceAllString(content, ""))
	}
}

// The log says of each request what it was and who made it, and nothing that was in it.
func TestTheLog(t *testing.T) {
	t.Parallel()
	w := serving(t)
	token := w.token(t, "viewer")
	w.got(t, api.Devices+"/hidden?limit=hidden", token)
	w.stop()
	var line struct {
		Level, Method, Operation, Principal string
		Code                                int
		RequestID                           string `json:"request_id"`
	}
	lines := bufio.NewScanner(strings.NewReader(w.log.String()))
	for lines.Scan() && line.Operation == "" {
		must(t, json.Unmarshal(lines.Bytes(), &line))
	}
	if line.Level != "INFO" || line.Method != "GET" || line.Operation != "get-device" || line.Principal != "token:a viewer" || line.Code != http.StatusNotFound || !clm.IsID(line.RequestID) {
		t.Errorf("logged %+v", line)
	}
	if said := w.log.String(); strings.Contains(said, token) || strings.Contains(said, "hidden") {
		t.Errorf("what was asked for is in the log:\n%s", said)
	}
}

// Without TLS the server serves its own machine, and says in the log what that means.
func TestInsecureHTTP(t *testing.T) {
	t.Parallel()
	w := serving(t, func(c *daemon.Config) { c.InsecureHTTP, c.Listen = true, "[::1]:0" })
	resp, err := http.Get("http://" + w.Address() + "/healthz")
	must(t, err)
	resp.Body.Close()
	if !strings.Contains(w.log.String(), `"level":"WARN","msg":"serving without TLS`) || resp.StatusCode != http.StatusOK {
		t.Errorf("answered %s; the log is\n%s", resp.Status, w.log)
	}
}
