package scheduler

import (
	"fmt"
	"strconv"

	"gantry/ecs"
)

// createVolumes promises a task the Amazon EBS volumes that are configured at
// its launch: attachments of their own kind (ECS semantics 5.2 [API:Attachment];
// the details are those of ECS's own examples of RunTask).
func (c *Cluster) createVolumes(t *task, b *blueprint) {
	for _, v := range b.volumes {
		t.Task.Attachments = append(t.Task.Attachments, ecs.Attachment{
			ID: c.uuid("volume attachment", string(t.ID), v.Name), Type: ecs.AttachmentVolume, Status: ecs.AttachmentCreated,
			Details: []ecs.KeyValue{
				{Name: "roleArn", Value: v.RoleARN}, {Name: "volumeName", Value: v.Name},
				{Name: "deleteOnTermination", Value: strconv.FormatBool(v.DeleteOnTermination)},
			},
		})
	}
}

// changeVolumes moves a task's volumes on with it: they are attached when its
// containers run, and at its end detached, or deleted where that was asked for.
// ECS does not say when within PENDING a volume is attached.
func (c *Cluster) changeVolumes(t *task) {
	for i := range t.Task.Attachments {
		a := &t.Task.Attachments[i]
		switch {
		case a.Type != ecs.AttachmentVolume:
		case t.Task.LastStatus == ecs.TaskStopped:
			a.Status = ecs.AttachmentDetached
			if a.Details[2].Value == "true" {
				a.Status = ecs.AttachmentDeleted
			}
		case a.Status == ecs.AttachmentCreated && rank(t.Task.LastStatus) >= rank(ecs.TaskActivating):
			a.Status = ecs.AttachmentAttached
			id := ecs.KeyValue{Name: "volumeId", Value: fmt.Sprintf("vol-%017x", c.number("volume", string(t.ID), a.ID)&0xfffffffffffffff)}
			a.Details = append(a.Details[:len(a.Details):len(a.Details)], id)
		}
	}
}
