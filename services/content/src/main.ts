import { runService } from '@lms/service';
import { content } from './service.ts';

await runService(content);
