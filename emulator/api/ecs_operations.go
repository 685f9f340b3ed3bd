package api

import "slices"

// ecsOperations are the operations of Amazon ECS that are emulated.
func ecsOperations() map[string]operation {
	return operations(slices.Concat(agentOperations(), gatewayOperations(), daemonOperations(), []named{
		writing(onECS, (*ECS).CreateCluster),
		reading(onECS, (*ECS).DescribeClusters),
		reading(onECS, (*ECS).ListClusters),
		writing(onECS, (*ECS).UpdateCluster),
		writing(onECS, (*ECS).UpdateClusterSettings),
		writing(onECS, (*ECS).PutClusterCapacityProviders),
		writing(onECS, (*ECS).CreateCapacityProvider),
		writing(onECS, (*ECS).UpdateCapacityProvider),
		writing(onECS, (*ECS).DeleteCapacityProvider),
		reading(onECS, (*ECS).DescribeCapacityProviders),
		writing(onECS, (*ECS).DeleteCluster),

		writing(onECS, (*ECS).RegisterTaskDefinition),
		reading(onECS, (*ECS).DescribeTaskDefinition),
		reading(onECS, (*ECS).ListTaskDefinitions),
		reading(onECS, (*ECS).ListTaskDefinitionFamilies),
		writing(onECS, (*ECS).DeregisterTaskDefinition),
		writing(onECS, (*ECS).DeleteTaskDefinitions),

		writing(onECS, (*ECS).CreateService),
		reading(onECS, (*ECS).DescribeServices),
		reading(onECS, (*ECS).ListServices),
		reading(onECS, (*ECS).ListServicesByNamespace),
		writing(onECS, (*ECS).UpdateService),
		writing(onECS, (*ECS).DeleteService),
		reading(onECS, (*ECS).ListServiceDeployments),
		reading(onECS, (*ECS).DescribeServiceDeployments),
		reading(onECS, (*ECS).DescribeServiceRevisions),
		writing(onECS, (*ECS).StopServiceDeployment),
		writing(onECS, (*ECS).ContinueServiceDeployment),

		writing(onECS, (*ECS).CreateTaskSet),
		writing(onECS, (*ECS).UpdateTaskSet),
		writing(onECS, (*ECS).UpdateServicePrimaryTaskSet),
		writing(onECS, (*ECS).DeleteTaskSet),
		reading(onECS, (*ECS).DescribeTaskSets),

		writing(onECS, (*ECS).RunTask),
		writing(onECS, (*ECS).StartTask),
		writing(onECS, (*ECS).StopTask),
		reading(onECS, (*ECS).DescribeTasks),
		reading(onECS, (*ECS).ListTasks),
		writing(onECS, (*ECS).UpdateTaskProtection),
		reading(onECS, (*ECS).GetTaskProtection),
		reading(onECS, (*ECS).ExecuteCommand),

		writing(onECS, (*ECS).RegisterContainerInstance),
		writing(onECS, (*ECS).DeregisterContainerInstance),
		reading(onECS, (*ECS).DescribeContainerInstances),
		reading(onECS, (*ECS).ListContainerInstances),
		writing(onECS, (*ECS).UpdateContainerInstancesState),
		writing(onECS, (*ECS).PutAttributes),
		writing(onECS, (*ECS).DeleteAttributes),
		reading(onECS, (*ECS).ListAttributes),

		writing(onECS, (*ECS).TagResource),
		writing(onECS, (*ECS).UntagResource),
		reading(onECS, (*ECS).ListTagsForResource),

		reading(onECS, (*ECS).ListAccountSettings),
		writing(onECS, (*ECS).PutAccountSetting),
		writing(onECS, (*ECS).PutAccountSettingDefault),
		writing(onECS, (*ECS).DeleteAccountSetting),
	})...)
}

// gatewayOperations are those of gateways and Express services.
func gatewayOperations() []named {
	return []named{
		writing(onECS, (*ECS).CreateGateway),
		reading(onECS, (*ECS).DescribeGateway),
		reading(onECS, (*ECS).ListGateways),
		writing(onECS, (*ECS).UpdateGateway),
		writing(onECS, (*ECS).DeleteGateway),
		writing(onECS, (*ECS).AssociateGatewayWithCluster),
		writing(onECS, (*ECS).DisassociateGatewayFromCluster),
		reading(onECS, (*ECS).ListGatewayClusterAssociations),
		reading(onECS, (*ECS).DescribeGatewayResources),
		reading(onECS, (*ECS).DescribeGatewayRoute),
		reading(onECS, (*ECS).ListGatewayRoutes),
		writing(onECS, (*ECS).CreateExpressGatewayService),
		reading(onECS, (*ECS).DescribeExpressGatewayService),
		writing(onECS, (*ECS).UpdateExpressGatewayService),
		writing(onECS, (*ECS).DeleteExpressGatewayService),
	}
}

// agentOperations are those that agents call, besides registering themselves.
func agentOperations() []named {
	return []named{
		reading(onECS, (*ECS).DiscoverPollEndpoint),
		reading(onECS, (*ECS).UpdateContainerAgent),
		writing(onECS, (*ECS).SubmitTaskStateChange),
		writing(onECS, (*ECS).SubmitContainerStateChange),
		reading(onECS, (*ECS).SubmitAttachmentStateChanges),
	}
}

// daemonOperations are those of managed daemons.
func daemonOperations() []named {
	return []named{
		writing(onECS, (*ECS).RegisterDaemonTaskDefinition),
		reading(onECS, (*ECS).DescribeDaemonTaskDefinition),
		reading(onECS, (*ECS).ListDaemonTaskDefinitions),
		writing(onECS, (*ECS).DeleteDaemonTaskDefinition),
		writing(onECS, (*ECS).CreateDaemon),
		reading(onECS, (*ECS).DescribeDaemon),
		reading(onECS, (*ECS).ListDaemons),
		writing(onECS, (*ECS).UpdateDaemon),
		writing(onECS, (*ECS).DeleteDaemon),
		reading(onECS, (*ECS).ListDaemonDeployments),
		reading(onECS, (*ECS).DescribeDaemonDeployments),
		reading(onECS, (*ECS).DescribeDaemonRevisions),
	}
}
