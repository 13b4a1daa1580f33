package server

import (
	"context"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

type auditQuery struct {
	After int64 `query:"after" minimum:"0" doc:"sequence number after which to go on"`
	Limit int   `query:"limit" minimum:"0" maximum:"500" doc:"most rows to return; 0 means 500"`
}

func (s *Server) registerAudit(a huma.API) {
	handle(a, s, get("list-audit-events", api.AuditEvents, "List the audit trail, oldest first"),
		func(ctx context.Context, in *auditQuery) (*api.List[api.AuditEvent], error) {
			p := paged{Limit: in.Limit}
			events, err := s.engine.Audit(ctx, in.After, p.limit()+1)
			sequence := func(e clm.AuditEvent) string { return strconv.FormatInt(e.Sequence, 10) }
			return list(p, events, sequence, showEvent), err
		})
}

func showEvent(e clm.AuditEvent) api.AuditEvent {
	return api.AuditEvent{
		Sequence: e.Sequence, At: e.At, Principal: e.Principal, RequestID: e.RequestID, Action: e.Action, Noun: string(e.Noun),
		SubjectID: e.SubjectID, Subject: e.Subject, Details: e.Details, Previous: e.Previous, Hash: e.Hash,
	}
}
