package provider_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
)

// TestMain runs the tests once for each CLI of CLM_TEST_CLIS, in a process of
// its own: the test harness takes the CLI from the environment.
func TestMain(m *testing.M) {
	clis := filepath.SplitList(os.Getenv("CLM_TEST_CLIS"))
	if len(clis) == 0 {
		useCLI(os.Getenv("TF_ACC_TERRAFORM_PATH"))
		os.Exit(m.Run())
	}
	code := 0
	for _, cli := range clis {
		fmt.Println("with", cli)
		cmd := exec.Command(os.Args[0], os.Args[1:]...)
		cmd.Env = append(os.Environ(), "CLM_TEST_CLIS=", "TF_ACC_TERRAFORM_PATH="+cli)
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		if err := cmd.Run(); err != nil {
			fmt.Println("with", cli+":", err)
			code = 1
		}
	}
	os.Exit(code)
}

// useCLI tells the harness which CLI to start; without a path, one from PATH.
func useCLI(path string) {
	for _, name := range []string{"terraform", "tofu"} {
		if found, err := exec.LookPath(name); path == "" && err == nil {
			path = found
		}
	}
	settings := map[string]string{"TF_ACC": "1", "TF_ACC_TERRAFORM_PATH": path, "CHECKPOINT_DISABLE": "1"}
	if strings.Contains(filepath.Base(path), "tofu") {
		settings["TF_ACC_PROVIDER_HOST"] = "registry.opentofu.org"
	}
	for name, value := range settings {
		if err := os.Setenv(name, value); err != nil {
			panic(err)
		}
	}
	// The user's own settings would change what the tests see.
	for _, name := range []string{"TF_CLI_CONFIG_FILE", "CLM_DATA_DIR", "CLM_KEY_FILE", "CLM_PASSPHRASE"} {
		if err := os.Unsetenv(name); err != nil {
			panic(err)
		}
	}
}

// tell runs a story on an estate.
func tell(t *testing.T, estate *clmtest.Estate, steps ...resource.TestStep) {
	t.Helper()
	tellWith(t, estate.Provider(), steps...)
}

func tellWith(t *testing.T, providers map[string]func() (tfprotov6.ProviderServer, error), steps ...resource.TestStep) {
	t.Helper()
	resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: providers, Steps: steps})
}

// does is a step that applies a configuration: the plan holds what is expected
// and replaces nothing, and afterwards nothing is left to do.
func does(config string, expected ...[]plancheck.PlanCheck) resource.TestStep {
	return resource.TestStep{
		Config: config,
		ConfigPlanChecks: resource.ConfigPlanChecks{
			PreApply:             append(all(expected...), neverReplaces{}),
			PostApplyPostRefresh: nothing(),
		},
	}
}

// shows is does with a look at the state.
func shows(config string, checks ...statecheck.StateCheck) resource.TestStep {
	step := does(config)
	step.ConfigStateChecks = checks
	return step
}

// after runs something outside before a step.
func after(what func(), step resource.TestStep) resource.TestStep {
	step.PreConfig = what
	return step
}

// neverReplaces: no attribute of a root or a device makes a new one.
type neverReplaces struct{}

func (neverReplaces) CheckPlan(_ context.Context, req plancheck.CheckPlanRequest, resp *plancheck.CheckPlanResponse) {
	for _, change := range req.Plan.ResourceChanges {
		if change.Change.Actions.Replace() {
			resp.Error = errors.Join(resp.Error, fmt.Errorf("the plan replaces %s", change.Address))
		}
	}
}

// importsOf are the ways to import a resource that steps before made. Each plan
// that follows an import is empty.
func importsOf(t *testing.T, config, address, name string) []resource.TestStep {
	t.Helper()
	command := resource.TestStep{Config: config, ResourceName: address, ImportState: true, ImportStateVerify: true}
	byName, block, blockByName := command, command, command
	byName.ImportStateId = name
	block.ImportStateVerify, block.ImportStateKind = false, resource.ImportBlockWithID
	blockByName.ImportStateVerify, blockByName.ImportStateKind, blockByName.ImportStateId = false, resource.ImportBlockWithID, name
	steps := []resource.TestStep{command, byName, block, blockByName}
	if hasIdentity(t) {
		byIdentity := block
		byIdentity.ImportStateKind = resource.ImportBlockWithResourceIdentity
		steps = append(steps, byIdentity)
	}
	return steps
}

// looksAt is a state check on the attributes of one resource.
type looksAt struct {
	address string
	check   func(attributes map[string]any) error
}

func (l looksAt) CheckState(_ context.Context, req statecheck.CheckStateRequest, resp *statecheck.CheckStateResponse) {
	attributes, err := attributesOf(req.State, l.address)
	if err == nil {
		err = l.check(attributes)
	}
	resp.Error = err
}

func attributesOf(state *tfjson.State, address string) (map[string]any, error) {
	if state.Values != nil && state.Values.RootModule != nil {
		for _, r := range state.Values.RootModule.Resources {
			if r.Address == address {
				return r.AttributeValues, nil
			}
		}
	}
	return nil, fmt.Errorf("%s is not in state", address)
}

// text is a string attribute, "" when it is null.
func text(attributes map[string]any, name string) string {
	s, _ := attributes[name].(string)
	return s
}

// must ends the test on an error.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// must2 is must for a call that also returns a value.
func must2[T any](value T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		must(t, err)
		return value
	}
}
