import { runService } from '@lms/service';
import { ai } from './service.ts';

await runService(ai);
