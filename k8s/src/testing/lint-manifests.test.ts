import { describe, expect, it } from '@jest/globals';
import { lintManifests } from './lint-manifests.ts';
import type { Manifest } from './manifests.ts';
import { renderChart } from './render-chart.ts';

/** Breaks one object of the minimal chart and returns the findings of the rules. */
async function afterBreaking(kind: string, name: string, breakIt: (manifest: Manifest) => void) {
  const manifests = await renderChart();
  for (const manifest of manifests)
    if (manifest.kind === kind && manifest.metadata.name === name) breakIt(manifest);
  return lintManifests(manifests, ['Secret/lms-secrets']);
}

const container = (manifest: Manifest) => manifest.spec.template.spec.containers[0];

describe('lintManifests', () => {
  it.each<[string, string, string, (manifest: Manifest) => void]>([
    [
      'may run as root',
      'Deployment',
      'lms-auth-api',
      (m) => {
        m.spec.template.spec.securityContext.runAsNonRoot = false;
      },
    ],
    [
      'has no numeric user',
      'Deployment',
      'lms-auth-api',
      (m) => {
        m.spec.template.spec.securityContext.runAsUser = 0;
      },
    ],
    [
      'has no seccomp profile',
      'Deployment',
      'lms-auth-api',
      (m) => {
        delete m.spec.template.spec.securityContext.seccompProfile;
      },
    ],
    [
      'has a service account token',
      'Deployment',
      'lms-auth-api',
      (m) => {
        delete m.spec.template.spec.automountServiceAccountToken;
      },
    ],
    [
      'shares a namespace of the host',
      'Deployment',
      'lms-auth-api',
      (m) => {
        m.spec.template.spec.hostNetwork = true;
      },
    ],
    [
      'mounts a path of the host',
      'Deployment',
      'lms-auth-api',
      (m) => {
        m.spec.template.spec.volumes.push({ name: 'h', hostPath: { path: '/' } });
      },
    ],
    [
      'auth may gain privileges',
      'Deployment',
      'lms-auth-api',
      (m) => {
        container(m).securityContext.allowPrivilegeEscalation = true;
      },
    ],
    [
      'auth may write to its root file system',
      'Deployment',
      'lms-auth-api',
      (m) => {
        container(m).securityContext.readOnlyRootFilesystem = false;
      },
    ],
    [
      'auth keeps capabilities',
      'Deployment',
      'lms-auth-api',
      (m) => {
        container(m).securityContext.capabilities = { add: ['NET_ADMIN'] };
      },
    ],
    [
      'auth has no fixed image',
      'Deployment',
      'lms-auth-api',
      (m) => {
        container(m).image = 'ghcr.io/acme/lms-auth:latest';
      },
    ],
    [
      'auth has no fixed image',
      'Deployment',
      'lms-auth-api',
      (m) => {
        container(m).image = 'ghcr.io/acme/lms-auth';
      },
    ],
    [
      'auth has no memory in limits',
      'Deployment',
      'lms-auth-api',
      (m) => {
        delete container(m).resources.limits.memory;
      },
    ],
    [
      'auth has JWT_ACCESS_SECRET in plain text',
      'Deployment',
      'lms-auth-api',
      (m) => {
        container(m).env.push({ name: 'JWT_ACCESS_SECRET', value: 'x' });
      },
    ],
    [
      'auth has the variable SMTP_URL twice',
      'Deployment',
      'lms-auth-api',
      (m) => {
        container(m).env.push({ name: 'SMTP_URL', value: 'x' });
      },
    ],
    [
      'auth lacks a probe',
      'Deployment',
      'lms-auth-api',
      (m) => {
        delete container(m).readinessProbe;
      },
    ],
    [
      'auth is restarted when it is not ready',
      'Deployment',
      'lms-auth-api',
      (m) => {
        container(m).livenessProbe = container(m).readinessProbe;
      },
    ],
    [
      'needs ServiceAccount/nobody, which does not exist',
      'Deployment',
      'lms-auth-api',
      (m) => {
        m.spec.template.spec.serviceAccountName = 'nobody';
      },
    ],
    [
      'needs ConfigMap/gone, which does not exist',
      'Deployment',
      'lms-auth-api',
      (m) => {
        container(m).envFrom[0].configMapRef.name = 'gone';
      },
    ],
    [
      'needs Secret/gone, which does not exist',
      'Deployment',
      'lms-auth-api',
      (m) => {
        container(m).env[2].valueFrom.secretKeyRef.name = 'gone';
      },
    ],
    [
      'mounts cache, which is not a volume of the pod',
      'Deployment',
      'lms-auth-api',
      (m) => {
        container(m).volumeMounts.push({ name: 'cache', mountPath: '/c' });
      },
    ],
    [
      'does not select its own pods',
      'Deployment',
      'lms-auth-api',
      (m) => {
        m.spec.selector.matchLabels.x = 'y';
      },
    ],
    [
      'selects pods of others too',
      'Deployment',
      'lms-auth-api',
      (m) => {
        m.spec.selector.matchLabels = { 'app.kubernetes.io/name': 'auth' };
      },
    ],
    [
      'and its Deployment both set the number of pods',
      'Deployment',
      'lms-auth-api',
      (m) => {
        m.spec.replicas = 2;
      },
    ],
    [
      'has 0 disruption budgets',
      'PodDisruptionBudget',
      'lms-auth-api',
      (m) => {
        m.spec.selector.matchLabels.x = 'y';
      },
    ],
    [
      'does not select exactly one kind of pod',
      'PodDisruptionBudget',
      'lms-auth-api',
      (m) => {
        m.spec.selector.matchLabels.x = 'y';
      },
    ],
    [
      'can never be evicted',
      'PodDisruptionBudget',
      'lms-auth-api',
      (m) => {
        m.spec.maxUnavailable = 0;
      },
    ],
    [
      'selects no pod',
      'Service',
      'lms-auth',
      (m) => {
        m.spec.selector.x = 'y';
      },
    ],
    [
      'port http matches no port of a container',
      'Service',
      'lms-auth',
      (m) => {
        m.spec.ports[0].targetPort = 'web';
      },
    ],
    [
      'selects no pod',
      'NetworkPolicy',
      'lms-auth-api',
      (m) => {
        m.spec.podSelector.matchLabels.x = 'y';
      },
    ],
    [
      'scales nothing',
      'HorizontalPodAutoscaler',
      'lms-auth-api',
      (m) => {
        m.spec.scaleTargetRef.name = 'gone';
      },
    ],
    [
      'has no label app.kubernetes.io/name',
      'Service',
      'lms-auth',
      (m) => {
        m.metadata.labels = {};
      },
    ],
    [
      'exists more than once',
      'Service',
      'lms-auth',
      (m) => {
        m.kind = 'ConfigMap';
      },
    ],
  ])('reports "%s" (%s %s)', async (sentence, kind, name, breakIt) => {
    expect(await afterBreaking(kind, name, breakIt)).toContainEqual(
      expect.stringMatching(new RegExp(`: ${sentence}$`)),
    );
  });

  it('accepts the chart', async () => {
    expect(lintManifests(await renderChart(), ['Secret/lms-secrets'])).toEqual([]);
  });
});
