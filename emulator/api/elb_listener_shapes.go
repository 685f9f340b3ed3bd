package api

type (
	certificateShape struct{ CertificateArn string }
	actionShape      struct {
		Type                string
		TargetGroupArn      string
		Order               *int
		ForwardConfig       *forwardShape
		RedirectConfig      *redirectShape
		FixedResponseConfig *fixedShape
	}
	forwardShape struct {
		TargetGroups                []weightShape
		TargetGroupStickinessConfig *struct {
			Enabled         bool
			DurationSeconds *int
		}
	}
	weightShape struct {
		TargetGroupArn string
		Weight         *int
	}
	redirectShape  struct{ Protocol, Port, Host, Path, Query, StatusCode string }
	fixedShape     struct{ MessageBody, StatusCode, ContentType string }
	conditionShape struct {
		Field                   string
		Values                  []string
		HostHeaderConfig        *valuesShape
		PathPatternConfig       *valuesShape
		HTTPRequestMethodConfig *valuesShape `shape:"HttpRequestMethodConfig"`
		SourceIPConfig          *valuesShape `shape:"SourceIpConfig"`
		HTTPHeaderConfig        *struct {
			HTTPHeaderName string `shape:"HttpHeaderName"`
			Values         []string
		} `shape:"HttpHeaderConfig"`
		QueryStringConfig *struct{ Values []struct{ Key, Value string } }
	}
	valuesShape struct{ Values []string }

	listenerShape struct {
		ListenerArn, LoadBalancerArn string
		Port                         int
		Protocol                     string
		Certificates                 []certificateShape
		SSLPolicy                    string `shape:"SslPolicy"`
		DefaultActions               []actionShape
		ALPNPolicy                   []string `shape:"AlpnPolicy"`
	}
	ruleShape struct {
		RuleArn, Priority string
		Conditions        []conditionShape
		Actions           []actionShape
		IsDefault         bool
	}

	// CreateListenerInput describes a listener.
	CreateListenerInput struct {
		LoadBalancerArn, Protocol string
		Port                      *int
		SSLPolicy                 string `shape:"SslPolicy"`
		Certificates              []certificateShape
		DefaultActions            []actionShape
		ALPNPolicy                []string `shape:"AlpnPolicy"`
		Tags                      []tagShape
	}
	// CreateListenerOutput is the listener.
	CreateListenerOutput struct{ Listeners []listenerShape }
	// ModifyListenerInput changes some of it.
	ModifyListenerInput struct {
		ListenerArn, Protocol string
		Port                  *int
		SSLPolicy             string `shape:"SslPolicy"`
		Certificates          []certificateShape
		DefaultActions        []actionShape
		ALPNPolicy            []string `shape:"AlpnPolicy"`
	}
	// ModifyListenerOutput is the listener.
	ModifyListenerOutput struct{ Listeners []listenerShape }
	// DescribeListenersInput asks for listeners, by load balancer or by ARN.
	DescribeListenersInput struct {
		LoadBalancerArn string
		ListenerArns    []string
		Marker          *string
		PageSize        *int
	}
	// DescribeListenersOutput is a page of them.
	DescribeListenersOutput struct {
		Listeners  []listenerShape
		NextMarker *string
	}
	// DeleteListenerInput names a listener.
	DeleteListenerInput struct{ ListenerArn string }
	// DeleteListenerOutput has no members.
	DeleteListenerOutput struct{}
	// CreateRuleInput describes a rule.
	CreateRuleInput struct {
		ListenerArn string
		Priority    *int
		Conditions  []conditionShape
		Actions     []actionShape
		Tags        []tagShape
	}
	// CreateRuleOutput is the rule.
	CreateRuleOutput struct{ Rules []ruleShape }
	// ModifyRuleInput changes some of it.
	ModifyRuleInput struct {
		RuleArn    string
		Conditions []conditionShape
		Actions    []actionShape
	}
	// ModifyRuleOutput is the rule.
	ModifyRuleOutput struct{ Rules []ruleShape }
	// DescribeRulesInput asks for rules, by listener or by ARN.
	DescribeRulesInput struct {
		ListenerArn string
		RuleArns    []string
		Marker      *string
		PageSize    *int
	}
	// DescribeRulesOutput is a page of them.
	DescribeRulesOutput struct {
		Rules      []ruleShape
		NextMarker *string
	}
	// DeleteRuleInput names a rule.
	DeleteRuleInput struct{ RuleArn string }
	// DeleteRuleOutput has no members.
	DeleteRuleOutput struct{}
)
