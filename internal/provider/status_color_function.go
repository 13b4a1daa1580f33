package provider

import (
	"context"
	"math/big"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/function"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

func newStatusColorFunction() function.Function { return statusColorFunction{} }

type statusColorFunction struct{}

// colorStatuses are the statuses status_color accepts.
var colorStatuses = []string{"issued", "superseded", "on_hold", "expired", "revoked", "push_failed", "removed"}

func (statusColorFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "status_color"
}

func (statusColorFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Colour of a certificate's status",
		MarkdownDescription: "Shows a status as one colour: `black` revoked or on hold, `purple` removed from its device by hand, `gray` last push failed, `red` expired, " +
			"`orange` within 10 days of expiry, `yellow` within 30, `blue` within 90, `green` otherwise.",
		Parameters: []function.Parameter{
			function.StringParameter{Name: "status", MarkdownDescription: "`issued`, `superseded`, `on_hold`, `expired`, `revoked`, `push_failed` or `removed`."},
			function.NumberParameter{Name: "days_left", MarkdownDescription: "Days until it expires, of which the whole ones count; negative once it has."},
		},
		Return: function.StringReturn{},
	}
}

func (statusColorFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var status string
	var days *big.Float
	if resp.Error = req.Arguments.Get(ctx, &status, &days); resp.Error != nil {
		return
	}
	if !slices.Contains(colorStatuses, status) {
		resp.Error = function.NewArgumentFuncError(0, "Unknown status "+status+". Use one of "+strings.Join(colorStatuses, ", "))
		return
	}
	resp.Error = resp.Result.Set(ctx, api.StatusColor(status, wholeDays(days)))
}

// wholeDays rounds down: a certificate that expired within the hour has no day
// left, not nought.
func wholeDays(days *big.Float) int64 {
	whole, accuracy := days.Int64()
	if accuracy == big.Above { // cut towards zero from below it
		whole--
	}
	return whole
}
