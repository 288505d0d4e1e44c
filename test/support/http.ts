/** GET of an address like `127.0.0.1:N`; throws unless the status is 200. */
export async function get(address: string, path = '/'): Promise<string> {
  const response = await fetch(`http://${address}${path}`, { signal: AbortSignal.timeout(20_000) });
  if (response.status !== 200) throw new Error(`GET ${address}${path}: ${response.status}`);
  return response.text();
}

export async function getJson<T>(address: string, path = '/'): Promise<T> {
  return JSON.parse(await get(address, path)) as T;
}
