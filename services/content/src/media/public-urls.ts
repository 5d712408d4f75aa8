/** URL of the file at a path; null if the file is missing. */
export type MediaUrlOf = (path: string) => string | null;

/** URLs on the CDN, which serves keys under `lessons/` only. */
export function mediaUrls(publicMediaUrl: string, keys: ReadonlyMap<string, string>): MediaUrlOf {
  return (path) => {
    const key = keys.get(path);
    return key === undefined ? null : `${publicMediaUrl}/${key}`;
  };
}
