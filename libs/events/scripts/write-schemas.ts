import type { EventContract } from '../src/contracts/define-event.ts';
import { eventContracts } from '../src/contracts/event-contracts.ts';
import { writeSchemas } from '../src/contracts/schema-files.ts';

// `npm run schemas -w @lms/events`: after an event was added, or changed in a way that breaks nobody.
writeSchemas(eventContracts as unknown as EventContract[], new URL('../schemas/', import.meta.url));
