package scheduler

import (
	"time"

	"gantry/ecs"
)

// Command is one thing that happens to a cluster from outside: a call of the
// API, or news from whatever runs the tasks. Exactly one field is set. A
// command carries everything the engine needs to know, so that a journal of
// commands with their times is enough to build the same cluster again.
type Command struct {
	RegisterInstance      *RegisterInstance      `json:"registerInstance,omitempty"`
	DeregisterInstance    *DeregisterInstance    `json:"deregisterInstance,omitempty"`
	SetInstanceStatus     *SetInstanceStatus     `json:"setInstanceStatus,omitempty"`
	SetAgentConnected     *SetAgentConnected     `json:"setAgentConnected,omitempty"`
	StopInstance          *StopInstance          `json:"stopInstance,omitempty"`
	StartInstance         *StartInstance         `json:"startInstance,omitempty"`
	TerminateInstance     *TerminateInstance     `json:"terminateInstance,omitempty"`
	SetZone               *SetZone               `json:"setZone,omitempty"`
	SetThrottling         *SetThrottling         `json:"setThrottling,omitempty"`
	PutAttributes         *PutAttributes         `json:"putAttributes,omitempty"`
	DeleteAttributes      *DeleteAttributes      `json:"deleteAttributes,omitempty"`
	CreateService         *CreateService         `json:"createService,omitempty"`
	UpdateService         *UpdateService         `json:"updateService,omitempty"`
	DeleteService         *DeleteService         `json:"deleteService,omitempty"`
	StopServiceDeployment *StopServiceDeployment `json:"stopServiceDeployment,omitempty"`
	RunTask               *RunTask               `json:"runTask,omitempty"`
	StartTask             *StartTask             `json:"startTask,omitempty"`
	StopTask              *StopTask              `json:"stopTask,omitempty"`
	ChangeTask            *ChangeTask            `json:"changeTask,omitempty"`
	SetTags               *SetTags               `json:"setTags,omitempty"`
	PutTargetGroup        *PutTargetGroup        `json:"putTargetGroup,omitempty"`
	DeleteTargetGroup     *DeleteTargetGroup     `json:"deleteTargetGroup,omitempty"`
	UpdateTaskProtection  *UpdateTaskProtection  `json:"updateTaskProtection,omitempty"`

	CreateTaskSet               *CreateTaskSet               `json:"createTaskSet,omitempty"`
	UpdateTaskSet               *UpdateTaskSet               `json:"updateTaskSet,omitempty"`
	UpdateServicePrimaryTaskSet *UpdateServicePrimaryTaskSet `json:"updateServicePrimaryTaskSet,omitempty"`
	DeleteTaskSet               *DeleteTaskSet               `json:"deleteTaskSet,omitempty"`

	FollowStateChanges *FollowStateChanges `json:"followStateChanges,omitempty"`

	CreateCapacityProvider      *CreateCapacityProvider      `json:"createCapacityProvider,omitempty"`
	UpdateCapacityProvider      *UpdateCapacityProvider      `json:"updateCapacityProvider,omitempty"`
	DeleteCapacityProvider      *DeleteCapacityProvider      `json:"deleteCapacityProvider,omitempty"`
	PutClusterCapacityProviders *PutClusterCapacityProviders `json:"putClusterCapacityProviders,omitempty"`
	ChangeAutoScalingGroup      *ChangeAutoScalingGroup      `json:"changeAutoScalingGroup,omitempty"`
	BeginTermination            *BeginTermination            `json:"beginTermination,omitempty"`
	InterruptTask               *InterruptTask               `json:"interruptTask,omitempty"`
	SetFargateCapacity          *SetFargateCapacity          `json:"setFargateCapacity,omitempty"`

	ContinueServiceDeployment *ContinueServiceDeployment `json:"continueServiceDeployment,omitempty"`
	CompleteLifecycleHook     *CompleteLifecycleHook     `json:"completeLifecycleHook,omitempty"`
	SetAlarmState             *SetAlarmState             `json:"setAlarmState,omitempty"`
}

// FollowStateChanges begins or ends the stream of state changes (StateChanges).
type FollowStateChanges struct {
	On bool `json:"on"`
}

// RegisterInstance adds a container instance. Instance carries what its agent
// registers: registered resources, attributes, EC2 id, versions. ID may be
// empty: then the engine derives one from (seed, "instance", ordinal).
//
// An instance of an Auto Scaling group gets the capacity provider over it, now
// or when the cluster is associated with one.
type RegisterInstance struct {
	Instance         ecs.ContainerInstance `json:"instance"`
	AutoScalingGroup string                `json:"autoScalingGroup,omitempty"`
}

// DeregisterInstance removes a container instance (ECS semantics 6.3).
type DeregisterInstance struct {
	ID    ecs.ContainerInstanceID `json:"id"`
	Force bool                    `json:"force,omitempty"`
}

// SetInstanceStatus is UpdateContainerInstancesState for one instance: ACTIVE
// or DRAINING (ECS semantics 6.2).
type SetInstanceStatus struct {
	ID     ecs.ContainerInstanceID     `json:"id"`
	Status ecs.ContainerInstanceStatus `json:"status"`
}

// SetAgentConnected says whether ECS hears from the instance's agent.
type SetAgentConnected struct {
	ID        ecs.ContainerInstanceID `json:"id"`
	Connected bool                    `json:"connected"`
}

// StopInstance says that the EC2 instance under a container instance stopped.
type StopInstance struct {
	ID ecs.ContainerInstanceID `json:"id"`
}

// StartInstance says that a stopped EC2 instance runs again.
type StartInstance struct {
	ID ecs.ContainerInstanceID `json:"id"`
}

// TerminateInstance says that the EC2 instance was terminated (ECS semantics
// 6.3). That of an Auto Scaling group comes this way too.
type TerminateInstance struct {
	ID ecs.ContainerInstanceID `json:"id"`
}

// SetZone says that an Availability Zone was lost, or is back.
type SetZone struct {
	Zone string `json:"zone"`
	Lost bool   `json:"lost,omitempty"`
}

// SetThrottling says which share of the scheduler's own operations is throttled:
// 0 none of them, 1 all.
type SetThrottling struct {
	Share float64 `json:"share,omitempty"`
}

// PutAttributes sets custom attributes (ECS semantics 1.8).
type PutAttributes struct {
	ID         ecs.ContainerInstanceID `json:"id"`
	Attributes []ecs.Attribute         `json:"attributes"`
}

// DeleteAttributes removes custom attributes by name.
type DeleteAttributes struct {
	ID    ecs.ContainerInstanceID `json:"id"`
	Names []string                `json:"names"`
}

// CreateService creates a service. Service carries what the caller asked for;
// counts, deployments, events, ARNs and times are the engine's. Whether the
// definition is ACTIVE is checked by the caller, who owns definitions.
type CreateService struct {
	Service        ecs.Service        `json:"service"`
	TaskDefinition ecs.TaskDefinition `json:"taskDefinition"`
	ManagedDaemon  *ecs.ManagedDaemon `json:"managedDaemon,omitempty"`
}

// UpdateService changes a service; nil leaves a member as it is. Which changes
// start a deployment is ECS semantics 4.12.
type UpdateService struct {
	Name                        ecs.ServiceName                     `json:"name"`
	TaskDefinition              *ecs.TaskDefinition                 `json:"taskDefinition,omitempty"`
	DesiredCount                *int                                `json:"desiredCount,omitempty"`
	ForceNewDeployment          bool                                `json:"forceNewDeployment,omitempty"`
	DeploymentConfiguration     *ecs.DeploymentConfiguration        `json:"deploymentConfiguration,omitempty"` // already merged with the old one by the caller
	PlacementConstraints        *[]ecs.PlacementConstraint          `json:"placementConstraints,omitempty"`
	PlacementStrategy           *[]ecs.PlacementStrategy            `json:"placementStrategy,omitempty"`
	NetworkConfiguration        *ecs.NetworkConfiguration           `json:"networkConfiguration,omitempty"`
	LoadBalancers               *[]ecs.LoadBalancer                 `json:"loadBalancers,omitempty"`
	ServiceRegistries           *[]ecs.ServiceRegistry              `json:"serviceRegistries,omitempty"`
	CapacityProviderStrategy    *[]ecs.CapacityProviderStrategyItem `json:"capacityProviderStrategy,omitempty"`
	PlatformVersion             *string                             `json:"platformVersion,omitempty"`
	HealthCheckGracePeriod      *ecs.Seconds                        `json:"healthCheckGracePeriodSeconds,omitempty"`
	AvailabilityZoneRebalancing *string                             `json:"availabilityZoneRebalancing,omitempty"`
	EnableExecuteCommand        *bool                               `json:"enableExecuteCommand,omitempty"`
	EnableECSManagedTags        *bool                               `json:"enableECSManagedTags,omitempty"`
	PropagateTags               *string                             `json:"propagateTags,omitempty"`
	Configuration               ecs.RevisionConfiguration           `json:"configuration,omitzero"` // "" leaves a member as it is
	ManagedDaemon               *ecs.ManagedDaemon                  `json:"managedDaemon,omitempty"`
}

// DeleteService drains a service (ECS semantics 4.13).
type DeleteService struct {
	Name  ecs.ServiceName `json:"name"`
	Force bool            `json:"force,omitempty"`
}

// StopServiceDeployment stops the running deployment and rolls it back, unless
// it is told to abort it (ECS semantics 4.16).
type StopServiceDeployment struct {
	ARN      ecs.ARN `json:"arn"`
	StopType string  `json:"stopType,omitempty"` // ROLLBACK by default
}

// How a service deployment is stopped.
const (
	StopRollback = "ROLLBACK"
	StopAbort    = "ABORT"
)

// ContinueServiceDeployment answers a pause hook (ECS semantics 4.17).
type ContinueServiceDeployment struct {
	ARN    ecs.ARN        `json:"arn"`
	HookID string         `json:"hookId"`
	Action ecs.HookAction `json:"action,omitempty"` // CONTINUE by default
}

// CompleteLifecycleHook is what the function of a lifecycle hook answered:
// SUCCEEDED, FAILED, or IN_PROGRESS, after which it is invoked again.
type CompleteLifecycleHook struct {
	HookID        string         `json:"hookId"`
	Status        ecs.HookStatus `json:"hookStatus"`
	CallBackDelay ecs.Seconds    `json:"callBackDelay,omitempty"` // 0 is ECS's default of 30 s
}

// SetAlarmState is news from CloudWatch.
type SetAlarmState struct {
	Name  string         `json:"name"`
	State ecs.AlarmState `json:"state"`
}

// RunTask places up to ten standalone tasks (ECS semantics 2.9).
type RunTask struct {
	TaskDefinition           ecs.TaskDefinition                 `json:"taskDefinition"`
	Count                    int                                `json:"count"`
	Group                    string                             `json:"group,omitempty"` // default family:FAMILY
	StartedBy                string                             `json:"startedBy,omitempty"`
	LaunchType               ecs.LaunchType                     `json:"launchType,omitempty"`
	CapacityProviderStrategy []ecs.CapacityProviderStrategyItem `json:"capacityProviderStrategy,omitempty"` // default: the cluster's, when there is no launch type
	PlacementConstraints     []ecs.PlacementConstraint          `json:"placementConstraints,omitempty"`
	PlacementStrategy        []ecs.PlacementStrategy            `json:"placementStrategy,omitempty"`
	NetworkConfiguration     *ecs.NetworkConfiguration          `json:"networkConfiguration,omitempty"`
	PlatformVersion          string                             `json:"platformVersion,omitempty"` // of Fargate, LATEST by default
	VolumeConfigurations     ecs.Document                       `json:"volumeConfigurations,omitempty"`
	Overrides                *ecs.TaskOverride                  `json:"overrides,omitempty"`
	EnableExecuteCommand     bool                               `json:"enableExecuteCommand,omitempty"`
	Tags                     []ecs.Tag                          `json:"tags,omitempty"`
}

// StartTask starts one task on each named instance, without placement.
type StartTask struct {
	TaskDefinition       ecs.TaskDefinition        `json:"taskDefinition"`
	Instances            []ecs.ContainerInstanceID `json:"instances"`
	Group                string                    `json:"group,omitempty"`
	StartedBy            string                    `json:"startedBy,omitempty"`
	NetworkConfiguration *ecs.NetworkConfiguration `json:"networkConfiguration,omitempty"`
	VolumeConfigurations ecs.Document              `json:"volumeConfigurations,omitempty"`
	Overrides            *ecs.TaskOverride         `json:"overrides,omitempty"`
	EnableExecuteCommand bool                      `json:"enableExecuteCommand,omitempty"`
	Tags                 []ecs.Tag                 `json:"tags,omitempty"`
}

// StopTask stops a task for a user.
type StopTask struct {
	ID     ecs.TaskID `json:"id"`
	Reason string     `json:"reason,omitempty"`
}

// PutTargetGroup describes a target group, or describes it anew. One that nobody
// described is taken for an Application Load Balancer's with its defaults.
type PutTargetGroup struct {
	Group ecs.TargetGroup `json:"group"`
}

// DeleteTargetGroup forgets a target group that no service uses.
type DeleteTargetGroup struct {
	ARN string `json:"targetGroupArn"`
}

// UpdateTaskProtection protects up to ten tasks of services from scale-in and
// deployments, or ends that (ECS semantics 2.8).
type UpdateTaskProtection struct {
	Tasks             []ecs.TaskID `json:"tasks"`
	ProtectionEnabled bool         `json:"protectionEnabled"`
	ExpiresInMinutes  *int         `json:"expiresInMinutes,omitempty"` // 1 to 2880, default 120
}

// SetTags replaces the tags of a service, task or container instance.
type SetTags struct {
	ARN  ecs.ARN   `json:"arn"`
	Tags []ecs.Tag `json:"tags"`
}

// ChangeTask is news about a task from what runs it: the simulation's fates,
// or a container runtime. It is how lastStatus moves on.
type ChangeTask struct {
	ID            ecs.TaskID        `json:"id"`
	Status        ecs.TaskStatus    `json:"status,omitempty"`      // the new lastStatus, if it changed
	Health        ecs.HealthStatus  `json:"health,omitempty"`      // of the task as a whole, if it changed
	Attachment    string            `json:"attachment,omitempty"`  // the new status of its network interface
	PullStarted   bool              `json:"pullStarted,omitempty"` // the image pull began now
	PullStopped   bool              `json:"pullStopped,omitempty"` // the image pull ended now
	StopCode      ecs.StopCode      `json:"stopCode,omitempty"`    // it ends by itself, whether that is over or begins
	StoppedReason string            `json:"stoppedReason,omitempty"`
	Containers    []ContainerChange `json:"containers,omitempty"`

	Ref TaskRef `json:"-"` // the task of that ID, where it is at hand: else it is found by its ID
}

// ContainerChange is the part of a ChangeTask about one container.
type ContainerChange struct {
	Name            string               `json:"name"`
	Status          ecs.TaskStatus       `json:"status,omitempty"`
	Health          ecs.HealthStatus     `json:"health,omitempty"`
	ExitCode        *int                 `json:"exitCode,omitempty"`
	Reason          string               `json:"reason,omitempty"`
	ImageDigest     string               `json:"imageDigest,omitempty"`
	NetworkBindings []ecs.NetworkBinding `json:"networkBindings,omitempty"`
	Responds        *bool                `json:"responds,omitempty"`       // whether it answers the health checks of load balancers from now on; until told otherwise it does
	ResponseReason  string               `json:"responseReason,omitempty"` // why it does not: an HTTP code, or Elastic Load Balancing's words; "" when it gives no answer
}

// Outcome is what a command did at once.
type Outcome struct {
	Tasks     []ecs.TaskID            `json:"tasks,omitempty"`          // RunTask, StartTask: placed
	Failures  []ecs.Failure           `json:"failures,omitempty"`       // RunTask, StartTask: not placed; UpdateTaskProtection: not protected
	Instance  ecs.ContainerInstanceID `json:"instance,omitempty"`       // RegisterInstance
	TaskSet   ecs.DeploymentID        `json:"taskSet,omitempty"`        // CreateTaskSet
	Protected []ecs.ProtectedTask     `json:"protectedTasks,omitempty"` // UpdateTaskProtection
	Decisions []Decision              `json:"decisions,omitempty"`
}

// Decision tells the shell what to do in the world, or what it may tell others.
// One field is set.
type Decision struct {
	At    time.Time  `json:"at"`
	Start ecs.TaskID `json:"start,omitempty"` // run this task,
	Ref   TaskRef    `json:"-"`               // which is at hand here
	Stop  ecs.TaskID `json:"stop,omitempty"`  // stop this task: SIGTERM, stopTimeout, SIGKILL
	Gone  ecs.TaskID `json:"gone,omitempty"`  // the record of this stopped task is no longer kept

	// Changed is a task whose lastStatus the scheduler itself changed: there is
	// nothing to do.
	Changed ecs.TaskID `json:"changed,omitempty"`

	Scale     *ScaleGroup             `json:"scale,omitempty"`     // set the desired capacity of an Auto Scaling group
	Terminate ecs.ContainerInstanceID `json:"terminate,omitempty"` // the Auto Scaling group may terminate this instance now
	Invoke    *Invocation             `json:"invoke,omitempty"`    // run the function of this lifecycle hook
}
