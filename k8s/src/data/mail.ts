import { k8s } from 'cdk8s-plus-34';
import type { Construct } from 'constructs';
import type { BackingServers } from '../environments/environment.ts';
import { images } from './images.ts';
import { addServer } from './server.ts';

/** MailDev as `mail:1025`: catches every mail and delivers none. `kubectl port-forward svc/mail 1080` shows them. */
export function addMail(scope: Construct, servers: BackingServers, clients: string[]): void {
  addServer(scope, {
    name: 'mail',
    namespace: servers.namespace,
    image: images.mail,
    env: [
      { name: 'MAILDEV_SMTP_PORT', value: '1025' },
      { name: 'MAILDEV_WEB_PORT', value: '1080' },
    ],
    ports: { smtp: 1025, web: 1080 },
    clients,
    user: 1000,
    requests: { cpu: '10m', memory: '64Mi' },
    memoryLimit: '256Mi',
    writable: ['/tmp'],
    ready: { path: '/api/healthz', port: k8s.IntOrString.fromString('web') },
    graceSeconds: 10,
  });
}
