import { runService } from '../run-service.ts';
import { notes } from './sample-service.ts';

await runService(notes);
