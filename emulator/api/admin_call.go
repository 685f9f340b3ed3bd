package api

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"

	"gantry/awsapi/wire"
	"gantry/ecs"
	"gantry/emulator/shapes"
)

// call makes one call of an operation of any service, whose document is the body, in
// JSON whatever the service speaks: a world is described to gantry in one form. No
// fault of the API falls on it.
func (s *Server) call(r *http.Request) (any, error) {
	service, name := r.URL.Query().Get("service"), r.URL.Query().Get("operation")
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxRequestBytes))
	if err != nil {
		return nil, &ecs.Error{Code: codeSerialization, Message: "the request could not be read: " + err.Error()}
	}
	for prefix, core := range s.services {
		run, ok := core.operations[name]
		if !ok || coreService(prefix) != service {
			continue
		}
		out, err := run(r.Context(), s, r, func(into any) error { return wire.Decode(body, into) })
		if err != nil {
			return nil, err
		}
		text, err := wire.Encode(out)
		return json.RawMessage(text), err
	}
	for _, f := range s.families() {
		run, ok := f.operations[name]
		if !ok || f.service() != service {
			continue
		}
		value, err := shapes.FromJSON(body)
		if err != nil {
			return nil, asSerialization(err)
		}
		out, err := run(r.Context(), s, r, func(into any) error { return shapes.Assign(value, into) })
		if err != nil {
			return nil, err
		}
		text, err := shapes.JSON(out)
		return json.RawMessage(text), err
	}
	return nil, &ecs.Error{Code: codeUnknownOperation, Message: "The operation " + name + " of " + service + " is not emulated."}
}

// families are the services around ECS.
func (s *Server) families() []*family {
	var all []*family
	for _, some := range []map[string]*family{s.around.byTarget, s.around.byVersion} {
		for _, key := range sortedKeys(some) {
			if !slices.Contains(all, some[key]) {
				all = append(all, some[key])
			}
		}
	}
	return all
}
