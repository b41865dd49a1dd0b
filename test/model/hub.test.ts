import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadBase } from '../../src/model/base.ts';
import { saveTinyBase } from './tiny-base.ts';

const home = mkdtempSync(join(tmpdir(), 'tabletalk-hub-'));
const sha = '0123456789abcdef0123456789abcdef01234567';
let served = '';
let server: Server;
let asked: string[] = [];
/** Ends the connection in the middle of this file. */
let broken = '';

async function listening(server: Server) {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

beforeAll(async () => {
  served = await saveTinyBase(home, 'gpt2');
  server = createServer((request, response) => {
    asked.push(request.url!);
    const file = /^\/ours\/tiny\/resolve\/[0-9a-f]+\/(.*)$/.exec(request.url!)?.[1];
    if (request.url === '/api/models/ours/tiny/revision/main') {
      const siblings = [...readdirSync(served), 'README.md', 'pytorch_model.bin'].map((rfilename) => ({ rfilename }));
      response.end(JSON.stringify({ sha, siblings }));
    } else if (file !== undefined && existsSync(join(served, file))) {
      const content = readFileSync(join(served, file));
      response.setHeader('content-length', content.length);
      if (file !== broken) response.end(content);
      else response.write(content.subarray(0, 10), () => response.destroy());
    } else {
      response.writeHead(404).end('{"error":"Repository not found"}');
    }
  });
  const { url } = await listening(server);
  vi.stubEnv('HF_ENDPOINT', `${url}/`);
});
afterAll(() => {
  vi.unstubAllEnvs();
  server.close();
  rmSync(home, { recursive: true });
});

beforeEach(() => {
  asked = [];
  broken = '';
  vi.stubEnv('HF_HOME', mkdtempSync(join(home, 'cache-')));
});

describe('a base named as on the hub', () => {
  it('is fetched once, only the files that are needed, into the cache that others use', async () => {
    const local = await loadBase(served);
    const fetched = await loadBase('ours/tiny');
    expect(fetched).toEqual({ ...local, name: 'ours/tiny' });
    const snapshot = join(process.env.HF_HOME!, 'hub/models--ours--tiny/snapshots', sha);
    const wanted = [
      'config.json',
      'model.safetensors',
      'special_tokens_map.json',
      'tokenizer.json',
      'tokenizer_config.json',
    ];
    expect(readdirSync(snapshot).sort()).toEqual(wanted);
    expect(asked.map((path) => path.split('/').at(-1)).sort()).toEqual([...wanted, 'main'].sort());
    asked = [];
    expect(await loadBase('ours/tiny')).toEqual(fetched);
    expect(asked).toEqual([]);
  });

  it('goes on where it broke off, and holds no half file', async () => {
    broken = 'model.safetensors';
    await expect(loadBase('ours/tiny')).rejects.toThrow(/^base "ours\/tiny": http:.*\/model\.safetensors: /);
    const snapshot = join(process.env.HF_HOME!, 'hub/models--ours--tiny/snapshots', sha);
    expect(readdirSync(snapshot)).not.toContain('model.safetensors');
    expect(readdirSync(snapshot).some((file) => file.endsWith('.tmp'))).toBe(false);
    broken = '';
    asked = [];
    await loadBase('ours/tiny');
    expect(asked.map((path) => path.split('/').at(-1))).toEqual(['main', 'model.safetensors', 'config.json']);
  });

  it('is refused where the hub does not have it, or cannot be reached', async () => {
    const hub = process.env.HF_ENDPOINT!.replace(/\/$/, '');
    await expect(loadBase('ours/none')).rejects.toMatchObject({
      code: 'option',
      message: `base "ours/none": no such folder, and ${hub} gives no public model of that name`,
    });
    const nobody = await listening(createServer());
    nobody.server.close();
    vi.stubEnv('HF_ENDPOINT', nobody.url);
    await expect(loadBase('ours/none')).rejects.toMatchObject({
      code: 'option',
      message: `base "ours/none": no such folder, and ${nobody.url} cannot be reached (ECONNREFUSED)`,
    });
    vi.stubEnv('HF_ENDPOINT', `${hub}/`);
  });
});
