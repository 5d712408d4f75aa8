export {
  AppError,
  type AppErrorOptions,
  type ErrorCode,
  type FieldError,
  fieldErrors,
  notFound,
} from './app-error.ts';
