/** Calls an API while a contender is filled. @throws Error with the response if it is not a success. */
export async function callApi<T>(url: string, init: RequestInit): Promise<T> {
  const response = await fetch(url, init);
  const text = await response.text();
  if (!response.ok)
    throw new Error(`${init.method ?? 'GET'} ${url}: ${response.status} ${text.slice(0, 600)}`);
  return JSON.parse(text) as T;
}
