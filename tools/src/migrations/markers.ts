/** What the comments of a statement allow, and the problems with the comments. */
export interface Markers {
  contract: boolean;
  locks: boolean;
  problem: string | null;
}

/** Minimum number of letters of a reason, enough for a few words. */
const shortestReason = 12;

/**
 * Reads `-- contract: <earlier migration or release>: <reason>` and `-- locks: <reason>`.
 * @param earlier Names of the service's earlier migrations.
 * @param version The version of the product in this checkout; only earlier releases count.
 */
export function readMarkers(
  comments: string[],
  { earlier, version }: { earlier: string[]; version: string },
): Markers {
  const markers: Markers = { contract: false, locks: false, problem: null };
  for (const comment of comments) {
    const [, kind, text = ''] = /^(contract|locks):\s*(.*)$/.exec(comment) ?? [];
    if (kind === 'locks') {
      if (text.length >= shortestReason) markers.locks = true;
      else markers.problem = 'it has no reason';
    }
    if (kind === 'contract') {
      const [, since = '', reason = ''] = /^(\S+?):\s+(.*)$/.exec(text) ?? [];
      markers.problem = contractProblem(since, reason, { earlier, version });
      markers.contract = markers.problem === null;
    }
  }
  return markers;
}

function contractProblem(
  since: string,
  reason: string,
  { earlier, version }: { earlier: string[]; version: string },
): string | null {
  if (!since) return 'it names no earlier migration or release';
  if (reason.length < shortestReason) return 'it does not say what stopped using the object';
  if (/^v\d+\.\d+\.\d+$/.test(since)) {
    return isOlder(since.slice(1), version) ? null : `${since} is not a release before ${version}`;
  }
  return earlier.includes(since) ? null : `${since} is no earlier migration of this service`;
}

function isOlder(release: string, version: string): boolean {
  const [a, b] = [release, version].map((text) => text.split('.').map((part) => Number.parseInt(part, 10)));
  for (const index of [0, 1, 2]) {
    const difference = (a?.[index] ?? 0) - (b?.[index] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
