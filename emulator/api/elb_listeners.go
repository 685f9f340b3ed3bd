package api

import (
	"context"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"gantry/ecs"
	"gantry/emulator/store"
)

// listener is a listener of a load balancer as it is kept.
type listener struct {
	thing
	Balancer     string             `json:"loadBalancerArn"`
	Port         int                `json:"port"`
	Protocol     string             `json:"protocol"`
	SSLPolicy    string             `json:"sslPolicy,omitempty"`
	Certificates []certificateShape `json:"certificates,omitempty"`
	Actions      []actionShape      `json:"actions"`
	ALPN         []string           `json:"alpnPolicy,omitempty"`
}

// rule is a rule of a listener as it is kept.
type rule struct {
	thing
	Listener   string           `json:"listenerArn"`
	Priority   int              `json:"priority"`
	Conditions []conditionShape `json:"conditions"`
	Actions    []actionShape    `json:"actions"`
}

func (a *around) listener(arn string) (l listener, err error) {
	ok, err := a.tx.Document(kindListener, arn, &l)
	if err == nil && !ok {
		err = refuse("ListenerNotFound", "One or more listeners not found")
	}
	return l, err
}

func (a *around) rule(arn string) (r rule, err error) {
	ok, err := a.tx.Document(kindRule, arn, &r)
	if err == nil && !ok {
		err = refuse("RuleNotFound", "One or more rules not found")
	}
	return r, err
}

func (a *around) listenersOf(balancer string) ([]listener, error) {
	all, err := store.Documents[listener](a.tx, kindListener, "")
	return slices.DeleteFunc(all, func(l listener) bool { return l.Balancer != balancer }), err
}

func (a *around) rulesOf(arn string) ([]rule, error) {
	all, err := store.Documents[rule](a.tx, kindRule, "")
	all = slices.DeleteFunc(all, func(r rule) bool { return r.Listener != arn })
	slices.SortStableFunc(all, func(x, y rule) int { return x.Priority - y.Priority })
	return all, err
}

// groupsOf are the target groups that actions forward to.
func groupsOf(actions []actionShape) []string {
	var out []string
	for _, x := range actions {
		if x.TargetGroupArn != "" {
			out = append(out, x.TargetGroupArn)
		}
		if x.ForwardConfig != nil {
			for _, w := range x.ForwardConfig.TargetGroups {
				out = append(out, w.TargetGroupArn)
			}
		}
	}
	return out
}

// groupsUsed are the load balancers that send to each target group.
func (a *around) groupsUsed() (map[string][]string, error) {
	used := map[string][]string{}
	add := func(l *listener, actions []actionShape) {
		for _, group := range groupsOf(actions) {
			if !slices.Contains(used[group], l.Balancer) {
				used[group] = append(used[group], l.Balancer)
			}
		}
	}
	listeners, err := store.Documents[listener](a.tx, kindListener, "")
	if err != nil {
		return nil, err
	}
	byARN := map[string]*listener{}
	for i := range listeners {
		byARN[listeners[i].ARN] = &listeners[i]
		add(&listeners[i], listeners[i].Actions)
	}
	rules, err := store.Documents[rule](a.tx, kindRule, "")
	for i := range rules {
		if l := byARN[rules[i].Listener]; l != nil {
			add(l, rules[i].Actions)
		}
	}
	return used, err
}

// settleActions checks actions, and writes each forward in both of its forms, as
// Elastic Load Balancing shows it.
func (a *around) settleActions(actions []actionShape) ([]actionShape, error) {
	if len(actions) == 0 {
		return nil, refuse("ValidationError", "At least one action must be specified")
	}
	for _, group := range groupsOf(actions) {
		if _, err := a.targetGroup(group); err != nil {
			return nil, refuse("TargetGroupNotFound", "Target groups '%s' not found", group)
		}
	}
	out := slices.Clone(actions)
	for i := range out {
		x := &out[i]
		if !slices.Contains([]string{"forward", "redirect", "fixed-response", "authenticate-oidc", "authenticate-cognito"}, x.Type) {
			return nil, refuse("ValidationError", "Action type '%s' must be one of forward, redirect, fixed-response, authenticate-oidc, authenticate-cognito", x.Type)
		}
		if x.Type != "forward" {
			continue
		}
		one := 1
		switch {
		case x.ForwardConfig == nil && x.TargetGroupArn == "":
			return nil, refuse("ValidationError", "A target group must be specified for a forward action")
		case x.ForwardConfig == nil:
			x.ForwardConfig = &forwardShape{TargetGroups: []weightShape{{x.TargetGroupArn, &one}}}
		case len(x.ForwardConfig.TargetGroups) == 1 && x.TargetGroupArn == "":
			x.TargetGroupArn = x.ForwardConfig.TargetGroups[0].TargetGroupArn
		}
	}
	return out, nil
}

func showListener(l *listener) listenerShape {
	return listenerShape{ListenerArn: l.ARN, LoadBalancerArn: l.Balancer, Port: l.Port, Protocol: l.Protocol, Certificates: l.Certificates,
		SSLPolicy: l.SSLPolicy, DefaultActions: l.Actions, ALPNPolicy: l.ALPN}
}

func showRule(r *rule) ruleShape {
	return ruleShape{RuleArn: r.ARN, Priority: strconv.Itoa(r.Priority), Conditions: r.Conditions, Actions: r.Actions}
}

// defaultRule is what a listener does when no rule holds.
func defaultRule(l *listener) ruleShape {
	arn := strings.Replace(l.ARN, ":listener/", ":listener-rule/", 1) + "/" + l.ARN[strings.LastIndex(l.ARN, "/")+1:]
	return ruleShape{RuleArn: arn, Priority: "default", Conditions: []conditionShape{}, Actions: l.Actions, IsDefault: true}
}

// CreateListener gives a load balancer a listener.
func (a *around) CreateListener(_ context.Context, in *CreateListenerInput) (*CreateListenerOutput, error) {
	balancer, err := a.loadBalancer(in.LoadBalancerArn)
	if err != nil {
		return nil, err
	}
	l := listener{Balancer: balancer.ARN, Protocol: in.Protocol, SSLPolicy: in.SSLPolicy, Certificates: in.Certificates, ALPN: in.ALPNPolicy}
	if in.Port != nil {
		l.Port = *in.Port
	}
	if l.Port < 1 || l.Port > 65535 {
		return nil, refuse("ValidationError", "The port of a listener must be between 1 and 65535, but is %d", l.Port)
	}
	if err := checkListener(&balancer, &l); err != nil {
		return nil, err
	}
	if l.Actions, err = a.settleActions(in.DefaultActions); err != nil {
		return nil, err
	}
	others, err := a.listenersOf(balancer.ARN)
	if err != nil {
		return nil, err
	}
	if at := slices.IndexFunc(others, func(x listener) bool { return x.Port == l.Port }); at >= 0 {
		if others[at].same(&l) { // what is asked for again is answered again [API: CreateListener]
			return &CreateListenerOutput{[]listenerShape{showListener(&others[at])}}, nil
		}
		return nil, refuse("DuplicateListener", "A listener already exists on this port for this load balancer '%s'", balancer.ARN)
	}
	if l.Tags, err = settleTags(nil, in.Tags); err != nil {
		return nil, err
	}
	l.ARN = a.elbARN(strings.Replace(ecs.ARN(balancer.ARN).Resource(), "loadbalancer/", "listener/", 1), l.Port)
	if err := a.tx.PutDocument(kindListener, l.ARN, l); err != nil {
		return nil, err
	}
	return &CreateListenerOutput{[]listenerShape{showListener(&l)}}, nil
}

// same reports whether a listener has the settings of another one on its port.
func (l *listener) same(x *listener) bool {
	return l.Protocol == x.Protocol && l.SSLPolicy == x.SSLPolicy && slices.Equal(l.ALPN, x.ALPN) &&
		alike(l.Certificates, x.Certificates) && alike(l.Actions, x.Actions)
}

// alike reports whether two lists say the same; none is an empty one.
func alike[T any](x, y []T) bool {
	return len(x) == 0 && len(y) == 0 || reflect.DeepEqual(x, y)
}

// checkListener refuses a protocol that the load balancer does not speak [API:
// CreateListener, Protocol]. Certificates and security policies are not looked for.
func checkListener(balancer *loadBalancer, l *listener) error {
	speaks := map[string][]string{
		"application": {"HTTP", "HTTPS"}, "network": {"TCP", "TLS", "UDP", "TCP_UDP", "QUIC", "TCP_QUIC"}, "gateway": {"GENEVE", ""},
	}[balancer.Type]
	if l.Protocol == "" && balancer.Type != "gateway" {
		return refuse("ValidationError", "A protocol must be specified")
	}
	if !slices.Contains(speaks, l.Protocol) {
		return refuse("UnsupportedProtocol", "The protocol '%.20s' is not supported by %s load balancers", l.Protocol, balancer.Type)
	}
	if (l.Protocol == "HTTPS" || l.Protocol == "TLS") && len(l.Certificates) == 0 {
		return refuse("CertificateNotFound", "A certificate must be specified for %s listeners", l.Protocol)
	}
	return nil
}

// ModifyListener changes a listener.
func (a *around) ModifyListener(_ context.Context, in *ModifyListenerInput) (*ModifyListenerOutput, error) {
	l, err := a.listener(in.ListenerArn)
	if err != nil {
		return nil, err
	}
	if in.Port != nil {
		l.Port = *in.Port
	}
	if in.Protocol != "" {
		l.Protocol = in.Protocol
	}
	if in.ALPNPolicy != nil {
		l.ALPN = in.ALPNPolicy
	}
	if in.SSLPolicy != "" {
		l.SSLPolicy = in.SSLPolicy
	}
	if in.Certificates != nil {
		l.Certificates = in.Certificates
	}
	balancer, err := a.loadBalancer(l.Balancer)
	if err != nil {
		return nil, err
	}
	if err := checkListener(&balancer, &l); err != nil {
		return nil, err
	}
	others, err := a.listenersOf(l.Balancer)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(others, func(x listener) bool { return x.Port == l.Port && x.ARN != l.ARN }) {
		return nil, refuse("DuplicateListener", "A listener already exists on this port for this load balancer '%s'", l.Balancer)
	}
	if len(in.DefaultActions) > 0 {
		if l.Actions, err = a.settleActions(in.DefaultActions); err != nil {
			return nil, err
		}
	}
	if err := a.tx.PutDocument(kindListener, l.ARN, l); err != nil {
		return nil, err
	}
	return &ModifyListenerOutput{[]listenerShape{showListener(&l)}}, nil
}

// DescribeListeners describes listeners.
func (a *around) DescribeListeners(_ context.Context, in *DescribeListenersInput) (*DescribeListenersOutput, error) {
	all, err := store.Documents[listener](a.tx, kindListener, "")
	if err != nil {
		return nil, err
	}
	if in.LoadBalancerArn != "" {
		if _, err := a.loadBalancer(in.LoadBalancerArn); err != nil {
			return nil, err
		}
		all = slices.DeleteFunc(all, func(l listener) bool { return l.Balancer != in.LoadBalancerArn })
	}
	all, err = pick(all, in.ListenerArns, func(l *listener) []string { return []string{l.ARN} },
		func(string) error { return refuse("ListenerNotFound", "One or more listeners not found") })
	if err != nil {
		return nil, err
	}
	all, next, err := elbPaged(all, func(l *listener) string { return l.ARN }, in.Marker, in.PageSize)
	if err != nil {
		return nil, err
	}
	out := &DescribeListenersOutput{Listeners: []listenerShape{}, NextMarker: next}
	for i := range all {
		out.Listeners = append(out.Listeners, showListener(&all[i]))
	}
	return out, nil
}

// DeleteListener deletes a listener with its rules.
func (a *around) DeleteListener(_ context.Context, in *DeleteListenerInput) (*DeleteListenerOutput, error) {
	l, err := a.listener(in.ListenerArn)
	if err != nil {
		return nil, err
	}
	return &DeleteListenerOutput{}, a.dropListener(&l)
}

func (a *around) dropListener(l *listener) error {
	rules, err := a.rulesOf(l.ARN)
	if err != nil {
		return err
	}
	for i := range rules {
		if err := a.tx.DeleteDocument(kindRule, rules[i].ARN); err != nil {
			return err
		}
	}
	return a.tx.DeleteDocument(kindListener, l.ARN)
}
