package api

import (
	"context"
	"slices"

	sdk "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/awsapi/shape"
	"gantry/ecs"
)

// DescribeCapacityProviders shows the two that every account has: those of
// Fargate (ECS semantics 6.4 [DG]).
func (s *ECS) DescribeCapacityProviders(_ context.Context, in *sdk.DescribeCapacityProvidersInput) (*sdk.DescribeCapacityProvidersOutput, error) {
	own := []string{"FARGATE", "FARGATE_SPOT"}
	wanted := in.CapacityProviders
	if len(wanted) == 0 {
		wanted = own
	}
	if len(wanted) > mostDescribed {
		return nil, invalid("Capacity providers cannot have more than %d elements.", mostDescribed)
	}
	out := &sdk.DescribeCapacityProvidersOutput{CapacityProviders: []types.CapacityProvider{}, Failures: []types.Failure{}}
	for _, given := range wanted {
		name := ecs.ARN(given).Short()
		arn := s.tx.Scope().ARN("ecs", "capacity-provider/"+name)
		if !slices.Contains(own, name) {
			out.Failures = append(out.Failures, shape.FailureToSDK(missing(arn)))
			continue
		}
		text := string(arn)
		out.CapacityProviders = append(out.CapacityProviders, types.CapacityProvider{
			CapacityProviderArn: &text, Name: &name, Status: types.CapacityProviderStatusActive, Tags: []types.Tag{},
		})
	}
	return out, nil
}
