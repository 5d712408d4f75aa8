import type { PartitionedTable } from '@lms/postgres';

/** Answers are kept for ever, a partition per month (docs/adr/0020-partitions.md). */
export const answerPartitions: PartitionedTable = {
  table: 'answers',
  key: { column: 'id', type: 'uuidv7' },
  every: 'month',
  ahead: 3,
  retention: null,
};
