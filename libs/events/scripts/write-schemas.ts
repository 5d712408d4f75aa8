import type { EventContract } from '../src/contracts/define-event.ts';
import { eventContracts } from '../src/contracts/event-contracts.ts';
import { writeSchemas } from '../src/contracts/schema-files.ts';

// `npm run schemas -w @lms/events`: run this after adding an event, or changing one compatibly.
writeSchemas(eventContracts as unknown as EventContract[], new URL('../schemas/', import.meta.url));
