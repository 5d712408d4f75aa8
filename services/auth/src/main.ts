import { runService } from '@lms/service';
import { auth } from './service.ts';

await runService(auth);
