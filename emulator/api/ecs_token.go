package api

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"gantry/awsapi/wire"
	"gantry/ecs"
	"gantry/emulator/store"
)

// remembered is what a client token stands for in a call.
type remembered struct {
	store.Token
	known bool
	keep  func(resources []string, answer []byte) error
}

// The bounds of a client token (ECS semantics 8.7 [API:RunTask, CreateService]).
const (
	longestRunToken     = 64
	longestServiceToken = 36
)

var tokenRule = ruleOf(`^[!-~]*$`)

// recall looks a client token up. A token that was used with other parameters
// is a conflict, where the model of the operation has one; without a token nothing
// is remembered.
func (s *ECS) recall(operation string, cluster ecs.ClusterName, token *string, longest int, in any) (remembered, error) {
	nothing := remembered{keep: func([]string, []byte) error { return nil }}
	if text[string](token) == "" {
		return nothing, nil
	}
	if len(*token) > longest || !tokenRule.MatchString(*token) {
		return nothing, invalid("clientToken can have at most %d characters, all of them ASCII and none a space.", longest)
	}
	request, err := wire.Encode(in)
	if err != nil {
		return nothing, fmt.Errorf("remember the call: %w", err)
	}
	sum := sha256.Sum256(request)
	fingerprint := hex.EncodeToString(sum[:])
	old, known, err := s.tx.Token(operation, cluster, *token)
	if err != nil {
		return nothing, err
	}
	if known && old.Fingerprint != fingerprint {
		const reused = "The client token was used before with other parameters. Use a new token, or the same parameters."
		if !slices.Contains([]string{"RunTask", "CreateGateway"}, operation) {
			return nothing, invalid(reused) // their model has no conflict
		}
		return nothing, &conflictError{message: reused, resourceIDs: append([]string{}, old.Resources...)}
	}
	return remembered{Token: old, known: known, keep: func(resources []string, answer []byte) error {
		return s.tx.PutToken(operation, cluster, *token, store.Token{Fingerprint: fingerprint, Resources: resources, Answer: answer})
	}}, nil
}
