import specs from '@asyncapi/specs';
import { describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { asyncApiDocument } from './async-api-document.ts';
import { eventContracts } from './contracts/event-contracts.ts';

/** The official JSON schema of AsyncAPI documents; it is written in draft 7. */
function validate(document: object): string[] {
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats.default(ajv);
  const check = ajv.compile(specs.schemasWithoutId['3.0.0'] as object);
  check(JSON.parse(JSON.stringify(document)));
  return (check.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

describe('the AsyncAPI document', () => {
  const document = asyncApiDocument('1.2.3') as {
    channels: Record<string, { address: string; messages: Record<string, unknown> }>;
    components: { messages: Record<string, object> };
  };

  it('is valid AsyncAPI 3', () => {
    expect(validate(document)).toEqual([]);
  });

  it('is invalid with a mistake in it', () => {
    expect(validate({ ...document, channels: 7 })).not.toEqual([]);
    expect(validate({ ...document, info: {} })).not.toEqual([]);
  });

  it('has every event, in the channel of its topic', () => {
    for (const { type, topic } of eventContracts) {
      expect(Object.keys(document.components.messages)).toContain(type);
      const channel = Object.values(document.channels).find(({ address }) => address === topic);
      expect(Object.keys(channel?.messages ?? {})).toContain(type);
    }
  });
});
