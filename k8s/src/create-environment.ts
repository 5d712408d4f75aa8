import { App, Chart, YamlOutputType } from 'cdk8s';
import { addDevelopmentSecrets } from './data/development-secrets.ts';
import { addKafka } from './data/kafka.ts';
import { addMail } from './data/mail.ts';
import { addObjectStore } from './data/object-store.ts';
import { addPostgres } from './data/postgres.ts';
import { addRedis } from './data/redis.ts';
import type { BackingServers, Environment } from './environments/environment.ts';
import { commonLabels, NamespaceChart } from './namespaces/namespace-chart.ts';

/**
 * An environment as a cdk8s app, with one chart (and file) for the namespaces and one for the servers. It
 * creates what the release of charts/lms needs, but no object of the release itself.
 */
export function createEnvironment(environment: Environment, outdir?: string): App {
  const app = new App({ ...(outdir ? { outdir } : {}), yamlOutputType: YamlOutputType.FILE_PER_CHART });
  const { namespace, quota, ingressNamespace, servers } = environment;
  const application = new NamespaceChart(app, namespace, { quota, ingressNamespace });
  if (servers) {
    const inside = new NamespaceChart(app, servers.namespace, { quota: servers.quota, ingressNamespace });
    const chart = createServers(app, { servers, namespace, ingressNamespace });
    // Namespaces come first in the order of the files, which is the order of `kubectl apply -f <folder>`.
    chart.addDependency(application, inside);
  }
  return app;
}

function createServers(
  app: App,
  options: { servers: BackingServers; namespace: string; ingressNamespace: string },
): Chart {
  const { servers, namespace, ingressNamespace } = options;
  const chart = new Chart(app, 'servers', { labels: commonLabels });
  if (servers.secrets === 'development')
    addDevelopmentSecrets(chart, { servers: servers.namespace, application: namespace });
  const clients = [namespace];
  addPostgres(chart, servers, clients);
  addRedis(chart, servers, clients);
  addKafka(chart, servers, clients);
  addObjectStore(chart, servers, { clients, ingressNamespace });
  addMail(chart, servers, clients);
  return chart;
}
