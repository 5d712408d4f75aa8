import { z } from 'zod';

const secondsPer = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** Parses `30s`, `15m`, `2h` or `7d` into seconds. Returns null for anything else. */
export function parseDurationSeconds(text: string): number | null {
  const match = /^(\d{1,6})([smhd])$/.exec(text.trim());
  if (!match) return null;
  return Number(match[1]) * secondsPer[match[2] as keyof typeof secondsPer];
}

/** A variable such as `15m`, parsed to seconds, within bounds. */
export function durationSeconds({ min, max }: { min: string; max: string }) {
  const minSeconds = parseDurationSeconds(min) ?? 0;
  const maxSeconds = parseDurationSeconds(max) ?? 0;
  return z.string().transform((text, context) => {
    const seconds = parseDurationSeconds(text);
    if (seconds === null || seconds < minSeconds || seconds > maxSeconds) {
      context.addIssue({
        code: 'custom',
        message: `must be a duration such as 15m or 7d, from ${min} to ${max}`,
      });
      return z.NEVER;
    }
    return seconds;
  });
}
