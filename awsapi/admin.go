package awsapi

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"gantry/ecs"
	"gantry/internal/hint"
)

// World is what a fresh emulated world has before anything is made in it.
type World struct {
	Name          string            `json:"name"`
	Dir           string            `json:"dir,omitempty"`
	Account       string            `json:"account"`
	Region        string            `json:"region"`
	VPC           string            `json:"vpc"`
	Subnets       map[string]string `json:"subnets"` // by availability zone
	SecurityGroup string            `json:"securityGroup"`
	FormatVersion int               `json:"formatVersion"`
	Sync          string            `json:"sync"` // when changes are brought to the disk: second or always
}

// NewInstances asks for container instances in an emulated world.
type NewInstances struct {
	Cluster      string   `json:"cluster"`
	InstanceType string   `json:"instanceType"`
	Zones        []string `json:"zones"`
	Count        int      `json:"count"` // in all, dealt over the zones
}

// adminService is what requests of the emulator's own are signed for.
const adminService = "gantry"

// sign signs a request of the emulator's own as the SDK signs all others: the
// signature says whose state it is about, and an emulator that asks for
// signatures looks at it. Who has no credentials is nobody in particular.
func (c *Client) sign(ctx context.Context, req *http.Request, sum string) error {
	keys, err := orDummy(c.keys).Retrieve(ctx)
	if err != nil {
		return err
	}
	return v4.NewSigner().SignHTTP(ctx, keys, req, sum, adminService, c.region, time.Now())
}

// sumOf is the checksum of a body.
func sumOf(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// adminMost bounds what an endpoint that is no emulator may answer with.
const adminMost = 8 << 20

// probeTimeout is how long an endpoint may take to say whether it is an emulator.
const probeTimeout = 5 * time.Second

// probe remembers whether the endpoint is an emulator; that does not change while
// a client lives.
type probe struct {
	mu    sync.Mutex
	known bool
	yes   bool
}

func (p *probe) isEmulator() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.yes
}

// IsEmulator reports whether the endpoint is gantry's emulator. AWS itself is never
// asked.
func (c *Client) IsEmulator(ctx context.Context) bool {
	if c.local {
		return true
	}
	if isAWS(c.endpoint) {
		return false
	}
	c.probe.mu.Lock()
	known, yes := c.probe.known, c.probe.yes
	c.probe.mu.Unlock()
	if known {
		return yes
	}
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	var clock Clock
	err := c.ask(ctx, http.MethodGet, "clock", nil, &clock)
	if err != nil && isConnection(err) || ctx.Err() != nil {
		return false // nobody answered: that says nothing about who would
	}
	c.probe.mu.Lock()
	defer c.probe.mu.Unlock()
	c.probe.known, c.probe.yes = true, err == nil && !clock.Now.IsZero()
	return c.probe.yes
}

// Now is the endpoint's time: the world's on an emulator, else the real one.
func (c *Client) Now(ctx context.Context) time.Time {
	if c.IsEmulator(ctx) {
		if clock, err := c.Clock(ctx); err == nil && !clock.Now.IsZero() {
			return clock.Now
		}
	}
	return time.Now()
}

// Reset makes the world as fresh as it was at first.
func (c *Client) Reset(ctx context.Context) error {
	return c.admins(ctx, "reset the world", http.MethodPost, "reset", struct{}{}, nil)
}

// AddInstances registers container instances in the world.
func (c *Client) AddInstances(ctx context.Context, in NewInstances) ([]ecs.ARN, error) {
	var out struct {
		ContainerInstanceARNs []ecs.ARN `json:"containerInstanceArns"`
	}
	err := c.adminsOn(ctx, in.Cluster, "add container instances", http.MethodPost, "instances", in, &out)
	return out.ContainerInstanceARNs, err
}

// World describes the emulated world.
func (c *Client) World(ctx context.Context) (World, error) {
	var world World
	err := c.admins(ctx, "describe the world", http.MethodGet, "world", nil, &world)
	return world, err
}

func (c *Client) admins(ctx context.Context, doing, method, path string, in, out any) error {
	return c.adminsOn(ctx, "", doing, method, path, in, out)
}

// adminsOn is a request of the emulator's own, refused with words where the
// endpoint is none.
func (c *Client) adminsOn(ctx context.Context, cluster, doing, method, path string, in, out any) error {
	if err := c.mustBeEmulator(ctx, doing); err != nil {
		return err
	}
	return c.adminFailure(cluster, doing, c.ask(ctx, method, path, in, out))
}

func (c *Client) mustBeEmulator(ctx context.Context, doing string) error {
	if !c.IsEmulator(ctx) && isAWS(c.endpoint) {
		return hint.With(hint.As(hint.Usage, fmt.Errorf("cannot %s: AWS has no such thing, only an emulator has", doing)),
			"use --local, or --endpoint-url with the address of: gantry emulator serve")
	}
	return nil
}

// adminFailure is the error of such a request in words.
func (c *Client) adminFailure(cluster, doing string, err error) error {
	if err == nil {
		return nil
	}
	if refused, ok := errors.AsType[*Error](err); ok && refused.Code == "" {
		refused.Doing = doing
		refused.Message = c.where() + " is not a gantry emulator"
		return hint.With(hint.As(hint.Usage, refused), "use --local, or --endpoint-url with the address of: gantry emulator serve")
	} else if ok {
		refused.Doing = doing
		return c.explain(refused, subject{doing: doing, cluster: cluster})
	}
	return c.failOnTheWay(subject{doing: doing}, err)
}

// ask sends one request under /_gantry/.
func (c *Client) ask(ctx context.Context, method, path string, in, out any) error {
	var sent []byte
	if in != nil {
		var err error
		if sent, err = json.Marshal(in); err != nil {
			return err
		}
	}
	res, err := c.send(ctx, method, path, "application/json", bytes.NewReader(sent), sumOf(sent))
	if err != nil {
		return err
	}
	defer res.Body.Close()
	data, err := io.ReadAll(io.LimitReader(res.Body, adminMost))
	if err != nil {
		return err
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(data, out); err != nil {
		return &Error{Status: res.StatusCode, Message: "the answer is not JSON"}
	}
	return nil
}

// send sends a request under /_gantry/, whose body has the checksum sum, and
// returns the answer, whose body must be closed, unless it is a refusal.
func (c *Client) send(ctx context.Context, method, path, kind string, body io.Reader, sum string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(c.endpoint, "/")+"/_gantry/"+path, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", kind)
	if err := c.sign(ctx, req, sum); err != nil {
		return nil, err
	}
	res, err := c.admin.Do(req)
	if err != nil || res.StatusCode < http.StatusBadRequest {
		return res, err
	}
	defer res.Body.Close()
	data, err := io.ReadAll(io.LimitReader(res.Body, adminMost))
	if err != nil {
		return nil, err
	}
	refused := &Error{Status: res.StatusCode, Message: http.StatusText(res.StatusCode)}
	var said struct {
		Type    string `json:"__type"`
		Message string `json:"message"`
	}
	if json.Unmarshal(data, &said) == nil && said.Type != "" {
		refused.Code, refused.Message = said.Type, said.Message
	}
	return nil, refused
}

// Call makes one call of an operation of any service that the emulated world has, such
// as elasticloadbalancing or ssm, in JSON whatever the service speaks.
func (c *Client) Call(ctx context.Context, service, operation string, in, out any) error {
	path := "call?" + url.Values{"service": {service}, "operation": {operation}}.Encode()
	return c.admins(ctx, "call "+operation, http.MethodPost, path, in, out)
}
