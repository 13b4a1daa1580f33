package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

type topologyModel struct {
	CertificateID types.String             `tfsdk:"certificate_id"`
	Certificate   certificateFacts         `tfsdk:"certificate"`
	Chain         []topologyIssuerModel    `tfsdk:"chain"`
	Connectors    []topologyConnectorModel `tfsdk:"connectors"`
}

type topologyIssuerModel struct {
	CommonName        types.String `tfsdk:"common_name"`
	SerialNumber      types.String `tfsdk:"serial_number"`
	FingerprintSHA256 types.String `tfsdk:"fingerprint_sha256"`
	ValidityEndTime   types.String `tfsdk:"validity_end_time"`
	StatusColor       types.String `tfsdk:"status_color"`
}

type topologyConnectorModel struct {
	ID                types.String        `tfsdk:"id"`
	Name              types.String        `tfsdk:"name"`
	SyncStatus        types.String        `tfsdk:"sync_status"`
	SyncReason        types.String        `tfsdk:"sync_reason"`
	StatusColor       types.String        `tfsdk:"status_color"`
	LastPushAt        types.String        `tfsdk:"last_push_at"`
	PushedFingerprint types.String        `tfsdk:"pushed_fingerprint"`
	Device            topologyDeviceModel `tfsdk:"device"`
	WorkOrder         *workOrderModel     `tfsdk:"work_order"`
}

type topologyDeviceModel struct {
	ID         types.String `tfsdk:"id"`
	Name       types.String `tfsdk:"name"`
	DataCenter types.String `tfsdk:"data_center"`
	Group      types.String `tfsdk:"group"`
	Vendor     types.String `tfsdk:"vendor"`
	CertSync   types.String `tfsdk:"cert_sync"`
}

func (m *topologyModel) show(t api.Topology) {
	m.Chain, m.Connectors = []topologyIssuerModel{}, []topologyConnectorModel{}
	for _, issuer := range t.Chain {
		m.Chain = append(m.Chain, topologyIssuerModel{
			CommonName: types.StringValue(issuer.CommonName), SerialNumber: types.StringValue(issuer.SerialNumber),
			FingerprintSHA256: types.StringValue(issuer.FingerprintSHA256), ValidityEndTime: timestamp(issuer.ValidityEndTime),
			StatusColor: types.StringValue(issuer.StatusColor),
		})
	}
	for _, c := range t.Connectors {
		m.Connectors = append(m.Connectors, topologyConnector(c.Connector, c.Device))
	}
}

func topologyConnector(c api.Connector, d api.Device) topologyConnectorModel {
	m := topologyConnectorModel{
		ID: types.StringValue(c.ID), Name: types.StringValue(c.Name), LastPushAt: optionalTime(c.LastPushAt), PushedFingerprint: optional(c.PushedFingerprint),
		Device: topologyDeviceModel{
			ID: types.StringValue(d.ID), Name: types.StringValue(d.Name), DataCenter: optional(d.DataCenter), Group: optional(d.Group),
			Vendor: types.StringValue(d.Vendor), CertSync: types.StringValue(d.CertSync),
		},
	}
	if c.Sync != nil {
		m.SyncStatus, m.SyncReason, m.StatusColor = types.StringValue(c.Sync.Status), optional(c.Sync.Reason), types.StringValue(c.Sync.StatusColor)
	}
	if c.WorkOrder != nil {
		order := workOrderState(*c.WorkOrder)
		m.WorkOrder = &order
	}
	return m
}
