export { createInternalListener } from './create-internal-listener.ts';
export {
  createHealthReporter,
  type DependencyHealth,
  type HealthCheck,
  type HealthReport,
  healthCheckTimeoutMs,
} from './health.ts';
export { createLogger, type Logger, serializeError } from './logger.ts';
export { Counter, createMetrics, Gauge, Histogram, type Metrics, Registry } from './metrics.ts';
export { redactedNames } from './redact.ts';
export {
  type BackgroundTask,
  type CommandContext,
  type ProcessContext,
  type ProcessDefinition,
  type RunningProcess,
  runProcess,
  type ServeMode,
} from './run-process.ts';
export { closeInOrder, handleSignals } from './shutdown.ts';
export { startTelemetry, type Telemetry } from './telemetry.ts';
