package backend_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/backend"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
)

// errand is what a process of its own is to do at an estate: this test binary, run
// once more.
type errand struct {
	DataDir, Certificate string
	Spec                 api.CertificateSpec
}

const errandVariable = "CLM_BACKEND_TEST_ERRAND"

func TestMain(m *testing.M) {
	text := os.Getenv(errandVariable)
	if text == "" {
		os.Exit(m.Run())
	}
	var e errand
	if err := json.Unmarshal([]byte(text), &e); err != nil {
		panic(err)
	}
	if err := e.run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run renews the certificate. It prints each moment of the push, and waits for a line
// before it goes on.
func (e errand) run() error {
	told, here := bufio.NewReader(os.Stdin), newSteps()
	here.tell(func(moment string) {
		fmt.Println(moment)
		if _, err := told.ReadString('\n'); err != nil {
			panic(err)
		}
	})
	b, err := backend.Open(context.Background(), backend.Config{DataDir: e.DataDir, Deployer: here})
	if err != nil {
		return err
	}
	defer b.Close()
	_, err = clmtest.NewClient(b, "test:alice").UpdateCertificate(context.Background(), e.Certificate, e.Spec)
	return err
}

// killed renews the certificate in a process of its own, which kill ends with SIGKILL.
func (s *site) killed() string {
	s.t.Helper()
	s.spec.RegenerationTrigger += "+"
	text, err := json.Marshal(errand{DataDir: s.Config.DataDir, Certificate: s.certificate, Spec: s.spec})
	must(s.t, err)
	program, err := os.Executable()
	must(s.t, err)
	s.other = exec.Command(program)
	s.other.Env, s.other.Stderr = append(os.Environ(), errandVariable+"="+string(text)), os.Stderr
	in, err := s.other.StdinPipe()
	must(s.t, err)
	out, err := s.other.StdoutPipe()
	must(s.t, err)
	must(s.t, s.other.Start())
	for moments := bufio.NewScanner(out); moments.Scan(); {
		s.here.reach(moments.Text())
		fmt.Fprintln(in)
	}
	if err := s.other.Wait(); err == nil || err.Error() != "signal: killed" {
		s.t.Fatalf("it was not killed: %v", err)
	}
	return ""
}

func (s *site) kill() { _ = s.other.Process.Kill() } // how it ended is seen by killed
