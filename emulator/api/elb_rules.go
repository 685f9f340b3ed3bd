package api

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gantry/ecs"
	"gantry/emulator/store"
)

// mostRules bounds the rules of a listener beside its default one [Elastic Load
// Balancing quotas: of a load balancer].
const mostRules = 100

// CreateRule gives a listener a rule.
func (a *around) CreateRule(_ context.Context, in *CreateRuleInput) (*CreateRuleOutput, error) {
	l, err := a.listener(in.ListenerArn)
	if err != nil {
		return nil, err
	}
	r := rule{Listener: l.ARN, Conditions: in.Conditions}
	if in.Priority != nil {
		r.Priority = *in.Priority
	}
	switch {
	case r.Priority < 1 || r.Priority > 50000:
		return nil, refuse("ValidationError", "The priority of a rule must be between 1 and 50000, but is %d", r.Priority)
	case len(r.Conditions) == 0:
		return nil, refuse("ValidationError", "At least one condition must be specified")
	}
	if r.Actions, err = a.settleActions(in.Actions); err != nil {
		return nil, err
	}
	others, err := a.rulesOf(l.ARN)
	if err != nil {
		return nil, err
	}
	if len(others) >= mostRules {
		return nil, refuse("TooManyRules", "The maximum number of rules per listener is %d", mostRules)
	}
	if slices.ContainsFunc(others, func(x rule) bool { return x.Priority == r.Priority }) {
		return nil, refuse("PriorityInUse", "Priority '%d' is currently in use", r.Priority)
	}
	if r.Tags, err = settleTags(nil, in.Tags); err != nil {
		return nil, err
	}
	r.ARN = a.elbARN(strings.Replace(ecs.ARN(l.ARN).Resource(), "listener/", "listener-rule/", 1), r.Priority)
	if err := a.tx.PutDocument(kindRule, r.ARN, r); err != nil {
		return nil, err
	}
	return &CreateRuleOutput{[]ruleShape{showRule(&r)}}, nil
}

// ModifyRule changes a rule.
func (a *around) ModifyRule(_ context.Context, in *ModifyRuleInput) (*ModifyRuleOutput, error) {
	r, err := a.rule(in.RuleArn)
	if err != nil {
		return nil, a.ofDefaultRule(in.RuleArn, err)
	}
	if len(in.Conditions) > 0 {
		r.Conditions = in.Conditions
	}
	if len(in.Actions) > 0 {
		if r.Actions, err = a.settleActions(in.Actions); err != nil {
			return nil, err
		}
	}
	if err := a.tx.PutDocument(kindRule, r.ARN, r); err != nil {
		return nil, err
	}
	return &ModifyRuleOutput{[]ruleShape{showRule(&r)}}, nil
}

// DescribeRules describes rules, a listener's default one last.
func (a *around) DescribeRules(_ context.Context, in *DescribeRulesInput) (*DescribeRulesOutput, error) {
	var all []ruleShape
	if in.ListenerArn != "" {
		l, err := a.listener(in.ListenerArn)
		if err != nil {
			return nil, err
		}
		rules, err := a.rulesOf(l.ARN)
		if err != nil {
			return nil, err
		}
		for i := range rules {
			all = append(all, showRule(&rules[i]))
		}
		all = append(all, defaultRule(&l))
	}
	for _, arn := range in.RuleArns {
		r, err := a.rule(arn)
		if err != nil {
			return nil, err
		}
		all = append(all, showRule(&r))
	}
	position := map[string]string{} // rules are in the order of their priorities, not of their ARNs
	for i := range all {
		position[all[i].RuleArn] = fmt.Sprintf("%06d", i)
	}
	cut, next, err := elbPaged(all, func(r *ruleShape) string { return position[r.RuleArn] }, in.Marker, in.PageSize)
	return &DescribeRulesOutput{Rules: cut, NextMarker: next}, err
}

// ofDefaultRule is the refusal for a rule that is not kept: the default one of a
// listener is that listener's.
func (a *around) ofDefaultRule(arn string, missing error) error {
	all, err := store.Documents[listener](a.tx, kindListener, "")
	if err != nil {
		return err
	}
	if slices.ContainsFunc(all, func(l listener) bool { return defaultRule(&l).RuleArn == arn }) {
		return refuse(codeELBForbidden, "Default rule '%s' cannot be modified or deleted: it is changed with its listener", arn)
	}
	return missing
}

// DeleteRule deletes a rule.
func (a *around) DeleteRule(_ context.Context, in *DeleteRuleInput) (*DeleteRuleOutput, error) {
	r, err := a.rule(in.RuleArn)
	if err != nil {
		return nil, a.ofDefaultRule(in.RuleArn, err)
	}
	return &DeleteRuleOutput{}, a.tx.DeleteDocument(kindRule, r.ARN)
}
