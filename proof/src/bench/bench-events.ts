import { type Client, createEventBench } from './create-event-bench.ts';
import { describeLoad } from './machine-load.ts';
import { median } from './percentile.ts';

export const parts = ['catch-up', 'parked', 'steady', 'latency'] as const;
export type Part = (typeof parts)[number];

const handlers = ['batch', 'single'] as const;
/** Events per second that a busy platform of a million daily learners writes. */
const steadyPerSecond = 1_000;
/** Targets of the design. */
const wanted = { handledPerSecond: 2_000, parkedPerSecond: 300, steadyMicroseconds: 800, p50: 100, p99: 250 };

/** `npm run bench -- events`: catching up, parked events, a steady stream and latency, the median of several runs. */
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
  only?: Part;
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
    const costs: number[] = [];
    for (let run = 1; run <= (only && only !== 'steady' ? 0 : options.runs); run += 1) {
      const { rate, cpu, load } = await bench.steady({ client, perSecond: steadyPerSecond, seconds });
      costs.push(cpu.relay + cpu.consume + cpu.postgres);
      print(
        `steady ${client} run ${run} at ${rate.toFixed(0)}/s: CPU of one event ${whole(cpu.relay)} µs relayed, ` +
          `${whole(cpu.consume)} µs handled, ${whole(cpu.postgres)} µs in PostgreSQL  [${describeLoad(load)}]`,
      );
    }
    if (costs.length > 0)
      print(
        `steady ${client}: ${whole(median(costs))} µs of CPU an event at ${whole(steadyPerSecond)}/s, the median of ${options.runs} runs; target ${whole(wanted.steadyMicroseconds)}`,
      );
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
