package api

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gantry/ecs"
	"gantry/emulator/store"
)

// Gateways and Express services get to their tasks through load balancers that ECS
// makes for them. They are made with the operations of Elastic Load Balancing that
// everybody else has, so that they can be described there, and the tasks are
// targets of their groups as any others are.

// kindIngress is the kind of the documents of those load balancers. Their keys
// begin with what owns them: gateway/NAME, or express/SCHEME.
const kindIngress = "ecs/ingress"

// managedGroups is what the names of their target groups begin with.
const managedGroups = "ecs-gateway-tg-"

// entry is a load balancer that ECS made, with its one listener.
type entry struct {
	Owner    string   `json:"owner"`
	Balancer string   `json:"loadBalancerArn"`
	Listener string   `json:"listenerArn"`
	Group    string   `json:"securityGroup"`
	Subnets  []string `json:"subnets"`
	Made     int      `json:"made"` // rules, ever: the priority of the last one
}

// way leads from an entry to one service.
type way struct {
	Balancer    string `json:"loadBalancerArn"`
	Listener    string `json:"listenerArn"`
	Group       string `json:"securityGroup"`
	Rule        string `json:"ruleArn"`
	TestRule    string `json:"testRuleArn,omitempty"`
	TargetGroup string `json:"targetGroupArn"`
	Alternate   string `json:"alternateTargetGroupArn"`
	Host        string `json:"host"`
}

// asked is what an entry and a way are made of.
type asked struct {
	owner, name      string // name is what the balancer's begins with
	scheme           string
	subnets          []string
	group            string // security group, "" for the default one
	mostEntries      int    // of the owner
	mostWays         int    // of each entry
	tags             []tagShape
	targetType, host string
	port             int
	checks           HealthCheckShape
	testHeader       string // "" for no test rule
	testValues       []string
}

func (s *ECS) elb() *around { return &around{s: s.s, tx: s.tx} }

func (s *ECS) entries(owner string) ([]entry, error) {
	return store.Documents[entry](s.tx, kindIngress, owner+"\x00")
}

// entryFor is an entry of the owner with room for one more way, or a new one.
func (s *ECS) entryFor(a *asked) (*entry, error) {
	all, err := s.entries(a.owner)
	if err != nil {
		return nil, err
	}
	each := 1
	if a.testHeader != "" {
		each = 2
	}
	all = slices.DeleteFunc(all, func(e entry) bool { // somebody may have deleted one by hand
		_, err := s.elb().listener(e.Listener)
		return err != nil
	})
	for i := range all {
		rules, err := s.elb().rulesOf(all[i].Listener)
		if err != nil {
			return nil, err
		}
		if len(rules)+each <= a.mostWays*each {
			return &all[i], nil
		}
	}
	if len(all) >= a.mostEntries {
		return nil, invalid("There are %d load balancers already, which is the most that there can be, and none of them has room for one more service.", len(all))
	}
	return s.openEntry(a, len(all))
}

// openEntry makes a load balancer that answers 404 to what no rule is for.
func (s *ECS) openEntry(a *asked, number int) (*entry, error) {
	seed := s.tx.World().Seed
	in := &CreateLoadBalancerInput{Name: a.name + hashed(seed, a.owner, number, s.tx.Now())[:8], Subnets: a.subnets, Scheme: a.scheme, Tags: a.tags}
	if a.group != "" {
		in.SecurityGroups = []string{a.group}
	}
	made, err := s.elb().CreateLoadBalancer(context.Background(), in)
	if err != nil {
		return nil, asECS(err)
	}
	port := gatewayPort
	balancer := made.LoadBalancers[0]
	certificate := s.tx.Scope().ARN("acm", "certificate/"+hashed(seed, balancer.LoadBalancerArn))
	listener, err := s.elb().CreateListener(context.Background(), &CreateListenerInput{
		LoadBalancerArn: balancer.LoadBalancerArn, Protocol: "HTTPS", Port: &port, Tags: a.tags,
		Certificates:   []certificateShape{{string(certificate)}},
		DefaultActions: []actionShape{{Type: "fixed-response", FixedResponseConfig: &fixedShape{StatusCode: "404", ContentType: "text/plain"}}},
	})
	if err != nil {
		return nil, asECS(err)
	}
	return &entry{
		Owner: a.owner, Balancer: balancer.LoadBalancerArn, Listener: listener.Listeners[0].ListenerArn,
		Group: balancer.SecurityGroups[0], Subnets: a.subnets,
	}, nil
}

func (s *ECS) putEntry(e *entry) error {
	return s.tx.PutDocument(kindIngress, e.Owner+"\x00"+e.Balancer, e)
}

// openWay makes the rule for a host and the target groups behind it: one that has
// the traffic, and one that a deployment may shift it to.
func (s *ECS) openWay(a *asked) (*way, error) {
	e, err := s.entryFor(a)
	if err != nil {
		return nil, err
	}
	w := &way{Balancer: e.Balancer, Listener: e.Listener, Group: e.Group, Host: a.host}
	for i, group := range []*string{&w.TargetGroup, &w.Alternate} {
		port := a.port
		made, err := s.elb().CreateTargetGroup(context.Background(), &CreateTargetGroupInput{
			Name: managedGroups + hashed(s.tx.World().Seed, a.host, i, s.tx.Now()), Protocol: "HTTP", Port: &port,
			TargetType: a.targetType, Tags: a.tags, HealthCheckShape: a.checks,
		})
		if err != nil {
			return nil, asECS(err)
		}
		*group = made.TargetGroups[0].TargetGroupArn
	}
	host := conditionShape{Field: "host-header", HostHeaderConfig: &valuesShape{[]string{a.host}}}
	if w.Rule, err = s.openRule(e, a, w.TargetGroup, host); err != nil {
		return nil, err
	}
	if a.testHeader != "" {
		header := conditionShape{Field: "http-header"}
		header.HTTPHeaderConfig = &struct {
			HTTPHeaderName string `shape:"HttpHeaderName"`
			Values         []string
		}{a.testHeader, a.testValues}
		if w.TestRule, err = s.openRule(e, a, w.TargetGroup, host, header); err != nil {
			return nil, err
		}
	}
	return w, s.putEntry(e)
}

func (s *ECS) openRule(e *entry, a *asked, group string, conditions ...conditionShape) (string, error) {
	e.Made++
	made, err := s.elb().CreateRule(context.Background(), &CreateRuleInput{
		ListenerArn: e.Listener, Priority: &e.Made, Conditions: conditions, Tags: a.tags,
		Actions: []actionShape{{Type: "forward", TargetGroupArn: group}},
	})
	if err != nil {
		return "", asECS(err)
	}
	return made.Rules[0].RuleArn, nil
}

// closeWay takes a way back, and its entry with the last one.
func (s *ECS) closeWay(owner string, w *way) error {
	for _, rule := range []string{w.Rule, w.TestRule} {
		if rule == "" {
			continue
		}
		if err := s.tx.DeleteDocument(kindRule, rule); err != nil {
			return err
		}
	}
	for _, group := range []string{w.TargetGroup, w.Alternate} {
		if _, err := s.elb().DeleteTargetGroup(context.Background(), &DeleteTargetGroupInput{TargetGroupArn: group}); err != nil {
			return asECS(err)
		}
	}
	left, err := s.elb().rulesOf(w.Listener)
	if err != nil || len(left) > 0 {
		return err
	}
	return s.closeEntry(owner, w.Balancer)
}

func (s *ECS) closeEntry(owner, balancer string) error {
	if _, err := s.elb().DeleteLoadBalancer(context.Background(), &DeleteLoadBalancerInput{balancer}); err != nil {
		return asECS(err)
	}
	return s.tx.DeleteDocument(kindIngress, owner+"\x00"+balancer)
}

// loadBalancer is how a service is told of a way.
func (w *way) loadBalancer(container string, port int, role string) ecs.LoadBalancer {
	return ecs.LoadBalancer{TargetGroupARN: w.TargetGroup, ContainerName: container, ContainerPort: port, Advanced: &ecs.AdvancedConfiguration{
		AlternateTargetGroupARN: w.Alternate, ProductionListenerRule: w.Rule, TestListenerRule: w.TestRule, RoleARN: role,
	}}
}

// asECS words what Elastic Load Balancing refused on behalf of ECS.
func asECS(err error) error {
	return invalid("%s", fmt.Sprintf("Elastic Load Balancing refused what the service needs: %s", err))
}

// hostName is a name for a service below a domain of AWS's own: unconfirmed, but
// for the domain.
func (s *ECS) hostName(service string, parts ...any) string {
	name := strings.ToLower(strings.Trim(strings.ReplaceAll(service, "_", "-"), "-"))
	if len(name) > 40 {
		name = name[:40]
	}
	return name + "-" + hashed(append([]any{s.tx.World().Seed, service}, parts...)...) + ".ecs." + s.tx.Scope().Region + ".on.aws"
}
