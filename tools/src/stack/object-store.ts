import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateBucketCommand, HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { findJava, jarsOf } from './downloads.ts';
import type { PartContext, StackPart } from './part.ts';
import { waitForPort } from './ports.ts';
import { endedEarly, startProcess, stopProcess } from './processes.ts';

export const localAccessKey = 'lms-local';
export const localBucket = 'lms-files';

/** S3Proxy: an S3 server on the file system that checks V4 signatures and their expiry. */
export async function createObjectStoreServer(
  context: PartContext,
  options: { port: number; secretKey: string },
): Promise<StackPart> {
  const java = findJava('the S3 server', 'R2_ENDPOINT');
  const pom = join(context.repo, 'tools/s3/pom.xml');
  const jars = await jarsOf({ pom, name: 's3proxy', instead: 'R2_ENDPOINT', signal: context.signal });
  const data = join(context.dataDir, 's3');
  const files = join(data, 'files');
  mkdirSync(files, { recursive: true });
  const endpoint = `http://127.0.0.1:${options.port}`;
  const properties = join(data, 's3proxy.properties');
  const settings = {
    's3proxy.endpoint': endpoint,
    's3proxy.authorization': 'aws-v4',
    's3proxy.identity': localAccessKey,
    's3proxy.credential': options.secretKey,
    's3proxy.cors-allow-origins': '*',
    's3proxy.cors-allow-methods': 'GET PUT HEAD',
    's3proxy.cors-allow-headers': 'content-type if-none-match',
    's3proxy.v4-max-non-chunked-request-size': 134_217_728,
    'jclouds.provider': 'filesystem-nio2',
    'jclouds.filesystem.basedir': files,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  writeFileSync(properties, `${lines.join('\n')}\n`, { mode: 0o600 });

  const logFile = join(context.logDir, 's3.log');
  const part: StackPart = {
    name: 'objectStore',
    async start() {
      const child = startProcess({
        name: 'objectStore',
        command: java,
        args: [
          ...['-Xms64m', '-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'],
          `-Dlogback.configurationFile=${join(context.repo, 'tools/s3/logback.xml')}`,
          ...['-cp', join(jars, '*'), 'org.gaul.s3proxy.Main', '--properties', properties],
        ],
        cwd: data,
        logFile,
      });
      context.started(child);
      part.process = child;
      await Promise.race([waitForPort(options.port, 60_000), endedEarly(child, logFile)]);
      await createBucket(endpoint, options.secretKey);
    },
    async stop() {
      if (part.process) await stopProcess(part.process, 5_000);
    },
  };
  return part;
}

async function createBucket(endpoint: string, secretAccessKey: string): Promise<void> {
  const client = new S3Client({
    endpoint,
    region: 'auto',
    forcePathStyle: true,
    credentials: { accessKeyId: localAccessKey, secretAccessKey },
  });
  try {
    await client.send(new HeadBucketCommand({ Bucket: localBucket }));
  } catch {
    await client.send(new CreateBucketCommand({ Bucket: localBucket }));
  } finally {
    client.destroy();
  }
}
