import { eventDataSchema } from './contracts/compatibility.ts';
import { dataSchemaOf, topics } from './contracts/define-event.ts';
import { eventContracts } from './contracts/event-contracts.ts';

/** AsyncAPI 3 document of every topic and event, generated from the contracts. */
export function asyncApiDocument(version: string): object {
  const messages = Object.fromEntries(
    eventContracts.map((contract) => [
      contract.type,
      {
        name: contract.type,
        summary: contract.summary,
        contentType: 'application/cloudevents+json',
        payload: {
          type: 'object',
          required: ['specversion', 'id', 'source', 'type', 'subject', 'time', 'dataschema', 'data'],
          properties: {
            specversion: { const: '1.0' },
            id: { type: 'string', format: 'uuid' },
            source: { type: 'string' },
            type: { const: contract.type },
            subject: { type: 'string', description: 'Aggregate id; also the Kafka key' },
            time: { type: 'string', format: 'date-time' },
            datacontenttype: { const: 'application/json' },
            dataschema: { const: dataSchemaOf(contract) },
            traceparent: { type: 'string' },
            data: eventDataSchema(contract.data),
          },
        },
      },
    ]),
  );
  const channels = Object.fromEntries(
    Object.entries(topics).map(([service, topic]) => [
      service,
      {
        address: topic,
        messages: Object.fromEntries(
          eventContracts
            .filter((contract) => contract.topic === topic)
            .map(({ type }) => [type, { $ref: `#/components/messages/${type}` }]),
        ),
      },
    ]),
  );
  const operations = Object.fromEntries(
    Object.keys(topics).map((service) => [
      `publish-${service}`,
      {
        action: 'send',
        channel: { $ref: `#/channels/${service}` },
        summary: `Published by the ${service} service`,
      },
    ]),
  );
  return {
    asyncapi: '3.0.0',
    info: { title: 'LMS events', version, description: 'CloudEvents 1.0, at least once, in order per key.' },
    defaultContentType: 'application/cloudevents+json',
    channels,
    operations,
    components: { messages },
  };
}
