import { request } from 'node:http';

/** GET of an address like `127.0.0.1:N`, on a connection of its own; throws unless the status is 200. */
export function get(address: string, path = '/'): Promise<string> {
  const [host = '', port = ''] = address.split(':');
  return new Promise((resolve, reject) => {
    const call = request({ host, port: Number(port), path, agent: false, timeout: 60_000 }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body += chunk;
      });
      response.once('error', reject);
      response.once('end', () => {
        if (response.statusCode === 200) resolve(body);
        else reject(new Error(`GET ${address}${path}: ${response.statusCode ?? '?'}`));
      });
    });
    call.once('timeout', () => call.destroy(new Error(`GET ${address}${path}: no answer`)));
    call.once('error', reject);
    call.end();
  });
}

export async function getJson<T>(address: string, path = '/'): Promise<T> {
  return JSON.parse(await get(address, path)) as T;
}
