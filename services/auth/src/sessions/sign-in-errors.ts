import { AppError } from '@lms/errors';

export function wrongCredentials(): AppError {
  return new AppError('invalid_credentials', 'The e-mail address or the password is wrong.');
}

export function accountSuspended(): AppError {
  return new AppError('account_suspended', 'This account is suspended.');
}
