/// <reference path="./request-queue.d.ts" />
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';

interface Queue {
  pending: unknown[];
  throttledUntil: number;
  scheduleCheckPendingRequests(): void;
}

let done = false;

/**
 * Stops kafkajs's request queues while they are empty. In 2.2.4 each connection checks its queue every
 * millisecond, even if nothing is waiting, with a negative timeout (Node prints
 * TimeoutNegativeWarning). A check is needed only while requests wait, and a new request schedules it.
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
