import { runService } from '@lms/service';
import { status } from './service.ts';

await runService(status);
