import { resendVerification } from './resend-verification.ts';
import { verifyEmail } from './verify-email.ts';

export const emailRoutes = [verifyEmail, resendVerification];
