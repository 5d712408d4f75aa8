import { dryRun } from './dry-run.ts';
import { parseObjects } from './rendered.ts';

/** Objects with one mistake each, by what is wrong with them. */
const mistakes: Record<string, string> = {
  'a field that does not exist': `
apiVersion: v1
kind: ConfigMap
metadata: { name: typo }
dta: { a: b }`,
  'a value of the wrong type': `
apiVersion: v1
kind: Service
metadata: { name: wrong-type }
spec: { ports: [{ port: http }] }`,
  'a pod template that Pod Security forbids': `
apiVersion: apps/v1
kind: Deployment
metadata: { name: as-root }
spec:
  selector: { matchLabels: { app: a } }
  template:
    metadata: { labels: { app: a } }
    spec: { containers: [{ name: a, image: a }] }`,
  'a field that a custom resource does not have': `
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: { name: typo }
spec: { selector: {}, endpoints: [{ prt: http }] }`,
};

/**
 * Verifies with known mistakes that the server refuses them.
 * @returns the mistakes that it accepted; empty for a reliable server.
 */
export async function findBlindSpots(kubeconfig: string): Promise<string[]> {
  const renderings = Object.entries(mistakes).map(([name, yaml]) => ({ name, objects: parseObjects(yaml) }));
  const verdicts = await dryRun(renderings, kubeconfig);
  // A kind that the server does not know cannot be checked and is reported elsewhere.
  return verdicts.filter(({ complaint }) => complaint === null).map(({ rendering }) => rendering);
}
