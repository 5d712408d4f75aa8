import { describe, expect, it } from '@jest/globals';
import { all, find } from '../testing/manifests.ts';
import { renderChart } from '../testing/render-chart.ts';

describe('scaling', () => {
  it('depends on CPU and memory by default', async () => {
    const manifests = await renderChart({ file: 'production-values.yaml' });
    const { spec } = find(manifests, 'HorizontalPodAutoscaler', 'lms-auth-api');
    expect(spec).toMatchObject({ minReplicas: 3, maxReplicas: 8 });
    expect(spec.metrics).toEqual([
      {
        type: 'Resource',
        resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } },
      },
      {
        type: 'Resource',
        resource: { name: 'memory', target: { type: 'Utilization', averageUtilization: 90 } },
      },
    ]);
    expect(spec.behavior.scaleDown.stabilizationWindowSeconds).toBe(300);
    const full = await renderChart({ file: 'full-values.yaml' });
    expect(find(full, 'HorizontalPodAutoscaler', 'school-content-api').spec.metrics).toHaveLength(1);
  });

  it.each(['minimal-values.yaml', 'keda-values.yaml', 'local-values.yaml', 'production-values.yaml'])(
    'leaves the number of pods to a single object in %s',
    async (file) => {
      const manifests = await renderChart({ file });
      for (const { metadata, spec } of all(manifests, 'Deployment')) {
        const owners = [
          ...all(manifests, 'HorizontalPodAutoscaler'),
          ...all(manifests, 'ScaledObject'),
        ].filter((scaler) => scaler.spec.scaleTargetRef.name === metadata.name);
        expect(owners.length + (spec.replicas === undefined ? 0 : 1)).toBe(1);
      }
    },
  );

  it('depends on consumer lag for workers, if KEDA is enabled', async () => {
    const manifests = await renderChart({ file: 'keda-values.yaml' });
    expect(all(manifests, 'ScaledObject').map(({ metadata }) => metadata.name)).toEqual(
      ['ai', 'auth', 'content', 'media'].map((service) => `lms-${service}-worker`),
    );
    const { spec } = find(manifests, 'ScaledObject', 'lms-content-worker');
    expect(spec).toMatchObject({ minReplicaCount: 1, maxReplicaCount: 6 });
    expect(spec.triggers[0]).toEqual({
      type: 'kafka',
      name: 'lag',
      metadata: {
        bootstrapServers: 'kafka.example.com:9094',
        consumerGroup: 'live.lms.content',
        lagThreshold: '50',
        activationLagThreshold: '5',
        offsetResetPolicy: 'earliest',
        allowIdleConsumers: 'false',
        sasl: 'scram_sha256',
        tls: 'enable',
      },
      authenticationRef: { name: 'lms-content-kafka' },
    });
    expect(find(manifests, 'TriggerAuthentication', 'lms-content-kafka').spec.secretTargetRef).toEqual([
      { parameter: 'username', name: 'lms-secrets', key: 'KAFKA_SASL_USERNAME' },
      { parameter: 'password', name: 'lms-secrets', key: 'KAFKA_SASL_PASSWORD' },
    ]);
  });

  it('uses a named TriggerAuthentication instead of creating one', async () => {
    const manifests = await renderChart({
      file: 'keda-values.yaml',
      values: { keda: { authenticationRef: 'kafka' } },
    });
    expect(find(manifests, 'ScaledObject', 'lms-ai-worker').spec.triggers[0].authenticationRef).toEqual({
      name: 'kafka',
    });
    expect(all(manifests, 'TriggerAuthentication')).toEqual([]);
  });

  it('watches the consumer group that the services use', async () => {
    const { groupName } = await import('@lms/events');
    const manifests = await renderChart({ file: 'keda-values.yaml' });
    for (const service of ['ai', 'auth', 'content', 'media']) {
      expect(
        find(manifests, 'ScaledObject', `lms-${service}-worker`).spec.triggers[0].metadata.consumerGroup,
      ).toBe(groupName('live.', service));
    }
  });

  it('allows one ready pod at a time to be evicted, and unready pods at any time', async () => {
    for (const { spec } of all(await renderChart(), 'PodDisruptionBudget'))
      expect(spec).toMatchObject({ maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow' });
  });

  it('is replaced by a fixed number of pods if it is disabled', async () => {
    const manifests = await renderChart({ file: 'local-values.yaml' });
    expect(all(manifests, 'HorizontalPodAutoscaler')).toEqual([]);
    expect(find(manifests, 'Deployment', 'lms-auth-api').spec.replicas).toBe(1);
  });
});
