// Package api is the wire: the types of requests and responses, the routes, the
// problem document and the table between error codes and HTTP statuses. Server
// and client both build on it, so that they agree by construction.
//
// It imports nothing of ours and holds no rules of the domain. The OpenAPI
// description is generated from these types and served at /openapi.json.
package api
