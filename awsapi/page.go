package awsapi

import "context"

// How many names one call may describe (ECS semantics 8.6 [API]).
const (
	describeServicesMost    = 10
	describeMost            = 100 // tasks, clusters, container instances
	describeDeploymentsMost = 20
	updateInstancesMost     = 10
	maxResults              = int32(100)
)

// pages calls fetch with the token of each page until there is none.
func pages[T any](ctx context.Context, fetch func(ctx context.Context, token *string) ([]T, *string, error)) ([]T, error) {
	all := []T{}
	var token *string
	for {
		some, next, err := fetch(ctx, token)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
		// A service that hands back the token it was given would be asked for ever.
		if next == nil || *next == "" || token != nil && *next == *token {
			return all, nil
		}
		token = next
	}
}

// batches calls fetch with at most size names at a time and joins what it returns.
func batches[T, F any](names []string, size int, fetch func(some []string) ([]T, []F, error)) ([]T, []F, error) {
	all, failures := []T{}, []F{}
	for len(names) > 0 {
		n := min(size, len(names))
		some, failed, err := fetch(names[:n])
		if err != nil {
			return nil, nil, err
		}
		all, failures = append(all, some...), append(failures, failed...)
		names = names[n:]
	}
	return all, failures, nil
}
