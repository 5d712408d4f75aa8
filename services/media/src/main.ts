import { runService } from '@lms/service';
import { media } from './service.ts';

await runService(media);
