package provider

import (
	"context"
	"reflect"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// record is a state taken apart once.
type record struct {
	attributes map[string]attr.Type
	values     map[string]tftypes.Value
}

// modelOf reads a record into a model, as the framework's Get does, without a
// walk through the schema for every attribute.
func modelOf[T any](ctx context.Context, r record) (m T, err error) {
	fields := reflect.ValueOf(&m).Elem()
	for i := range fields.NumField() {
		name := fields.Type().Field(i).Tag.Get("tfsdk")
		value, err := r.attributes[name].ValueFromTerraform(ctx, r.values[name])
		if err != nil {
			return m, err
		}
		fields.Field(i).Set(reflect.ValueOf(value))
	}
	return m, nil
}

// equal tells whether two models are the same in every attribute.
func equal[T any](a, b T) bool {
	these, those := reflect.ValueOf(a), reflect.ValueOf(b)
	for i := range these.NumField() {
		value, ok := these.Field(i).Interface().(attr.Value)
		other, _ := those.Field(i).Interface().(attr.Value)
		if !ok || !value.Equal(other) {
			return false
		}
	}
	return true
}
