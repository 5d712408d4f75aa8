import { type Client, createEventBench } from './create-event-bench.ts';
import { describeLoad } from './machine-load.ts';
import { median } from './percentile.ts';

const handlers = ['batch', 'single'] as const;
/** Targets of the design. */
const wanted = { handledPerSecond: 2_000, parkedPerSecond: 300, p50: 100, p99: 250 };

/** `npm run bench -- events`: catching up, parked events and latency, the median of several runs. */
export async function benchEvents(options: {
  repo: string;
  home: string;
  client: Client;
  events: number;
  seconds: number;
  runs: number;
  /** Writes per second while the latency is measured. */
  perSecond: number;
  /** Runs only one of the measurements. */
  only?: 'catch-up' | 'parked' | 'latency';
  print: (line: string) => void;
}): Promise<void> {
  const { client, events, seconds, perSecond, only, print } = options;
  const bench = await createEventBench(options);
  const whole = (value: number) => Math.round(value).toLocaleString('en');
  try {
    for (const handler of only && only !== 'catch-up' ? [] : handlers) {
      const rates: number[] = [];
      for (let run = 1; run <= options.runs; run += 1) {
        const result = await bench.catchUp({ client, handler, events });
        rates.push(result.handledPerSecond);
        print(
          `catch-up ${client} (${handler} handler) run ${run}: ${whole(result.handledPerSecond)} events/s handled, ` +
            `${whole(result.withStartPerSecond)} with the start of the process; ` +
            `relay ${whole(result.relayedPerSecond)}/s, append ${whole(result.appendedPerSecond)}/s; ` +
            `CPU of one event ${whole(result.handleCpuMicroseconds)} µs handled, ${whole(result.relayCpuMicroseconds)} µs relayed  [${describeLoad(result.load)}]`,
        );
      }
      print(
        `catch-up ${client} (${handler} handler): ${whole(median(rates))} events/s, the median of ${options.runs} runs; target ${whole(wanted.handledPerSecond)}`,
      );
    }
    for (const handler of only && only !== 'parked' ? [] : handlers) {
      const rates: number[] = [];
      for (let run = 1; run <= options.runs; run += 1) {
        const result = await bench.parked({ client, handler, events: Math.min(events, 10_000) });
        rates.push(result.handledPerSecond);
        print(
          `parked ${client} (${handler} handler) run ${run}: ${whole(result.handledPerSecond)} events/s handled, ` +
            `CPU of one event ${whole(result.cpuMicroseconds)} µs  [${describeLoad(result.load)}]`,
        );
      }
      print(
        `parked ${client} (${handler} handler): ${whole(median(rates))} events/s, the median of ${options.runs} runs; target ${whole(wanted.parkedPerSecond)}`,
      );
    }
    if (only && only !== 'latency') return;
    const p50s: number[] = [];
    const p99s: number[] = [];
    for (let run = 1; run <= options.runs; run += 1) {
      const { rate, p50, p95, p99, max, cpu, load } = await bench.latency({
        client,
        perSecond,
        seconds,
      });
      p50s.push(p50);
      p99s.push(p99);
      const ms = [p50, p95, p99, max].map((value) => value.toFixed(1));
      print(
        `commit to handled ${client} run ${run} at ${rate.toFixed(0)}/s: p50 ${ms[0]} ms, p95 ${ms[1]} ms, p99 ${ms[2]} ms, max ${ms[3]} ms, CPU of one event ${whole(cpu.relay)} µs relayed, ${whole(cpu.consume)} µs handled, ${whole(cpu.write)} µs written, ${whole(cpu.postgres)} µs in PostgreSQL  [${describeLoad(load)}]`,
      );
    }
    print(
      `commit to handled ${client}: p50 ${median(p50s).toFixed(1)} ms, p99 ${median(p99s).toFixed(1)} ms, the medians of ${options.runs} runs; target under ${wanted.p50} and ${wanted.p99} ms`,
    );
  } finally {
    await bench.close();
  }
}
