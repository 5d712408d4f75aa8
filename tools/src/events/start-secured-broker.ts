import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findJava } from '../stack/downloads.ts';
import { createKafkaBroker } from '../stack/kafka.ts';
import { killAtExit } from '../stack/kill-at-exit.ts';
import type { PartContext, StackPart } from '../stack/part.ts';
import { createPortChooser } from '../stack/ports.ts';

const storePassword = 'local-store';

/** A broker like managed ones: TLS with a certificate of a private CA, and SASL with PLAIN and SCRAM. */
export async function startSecuredBroker(options: {
  repo: string;
  home: string;
  username: string;
  password: string;
}): Promise<{ part: StackPart; brokers: string; ca: string }> {
  const { home, repo, username, password } = options;
  const context: PartContext = {
    ...{ home, repo, dataDir: join(home, 'data'), logDir: join(home, 'logs') },
    started: killAtExit,
    signal: new AbortController().signal,
    outside: () => undefined,
  };
  mkdirSync(context.dataDir, { recursive: true });
  mkdirSync(context.logDir, { recursive: true });
  const ports = createPortChooser({ remembered: {}, mode: 'free' });
  const [inner, secured, controllerPort] = [
    await ports.choose('kafka', 9092),
    await ports.choose('kafkaSecured', 9094),
    await ports.choose('kafkaController', 9093),
  ] as const;
  const { keystore, ca } = createCertificate(home);
  const listeners = (controller: string) =>
    `PLAINTEXT://127.0.0.1:${inner},SECURED://127.0.0.1:${secured}${controller}`;
  const jaas = 'listener.name.secured';
  const module = 'org.apache.kafka.common.security';
  const part = await createKafkaBroker(context, {
    port: inner,
    controllerPort,
    properties: {
      listeners: listeners(`,CONTROLLER://127.0.0.1:${controllerPort}`),
      'advertised.listeners': listeners(''),
      'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SECURED:SASL_SSL',
      'inter.broker.listener.name': 'PLAINTEXT',
      'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
      [`${jaas}.plain.sasl.jaas.config`]: `${module}.plain.PlainLoginModule required user_${username}="${password}";`,
      [`${jaas}.scram-sha-256.sasl.jaas.config`]: `${module}.scram.ScramLoginModule required;`,
      [`${jaas}.scram-sha-512.sasl.jaas.config`]: `${module}.scram.ScramLoginModule required;`,
      'ssl.keystore.type': 'PKCS12',
      'ssl.keystore.location': keystore,
      'ssl.keystore.password': storePassword,
    },
    formatArgs: [256, 512].flatMap((bits) => [
      '--add-scram',
      `SCRAM-SHA-${bits}=[name=${username},password=${password}]`,
    ]),
  });
  await part.start();
  return { part, brokers: `127.0.0.1:${secured}`, ca };
}

/** Creates a self-signed certificate, which is its own CA, with the JDK's keytool. */
function createCertificate(folder: string): { keystore: string; ca: string } {
  const keytool = join(dirname(findJava('Kafka', 'KAFKA_BROKERS')), 'keytool');
  const keystore = join(folder, 'broker.p12');
  const certificate = join(folder, 'ca.pem');
  const store = [
    '-alias',
    'broker',
    '-storetype',
    'PKCS12',
    '-keystore',
    keystore,
    '-storepass',
    storePassword,
  ];
  const run = (args: string[]) =>
    execFileSync(keytool, [...args, ...store], { stdio: 'ignore', timeout: 30_000 });
  run([
    ...['-genkeypair', '-keyalg', 'EC', '-groupname', 'secp256r1', '-dname', 'CN=broker', '-validity', '2'],
    ...['-ext', 'bc:c', '-ext', 'SAN=IP:127.0.0.1'],
  ]);
  run(['-exportcert', '-rfc', '-file', certificate]);
  return { keystore, ca: readFileSync(certificate, 'utf8') };
}
