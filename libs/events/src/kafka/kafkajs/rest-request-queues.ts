/// <reference path="./request-queue.d.ts" />
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';

interface Queue {
  pending: unknown[];
  throttledUntil: number;
  scheduleCheckPendingRequests(): void;
}

let done = false;

/**
 * Lets kafkajs's request queues rest. In 2.2.4 each connection checks its queue for ever, once a
 * millisecond, even when nothing waits, with a timeout that is negative (Node prints
 * TimeoutNegativeWarning). A check is only needed while requests wait: a new request schedules it itself.
 * https://github.com/tulios/kafkajs/issues/1751
 */
export function restRequestQueues(): void {
  if (done) return;
  done = true;
  const queue = RequestQueue.prototype as unknown as Queue;
  const schedule = queue.scheduleCheckPendingRequests;
  queue.scheduleCheckPendingRequests = function scheduleWhenNeeded(this: Queue) {
    if (this.pending.length > 0) schedule.call(this);
  };
}
