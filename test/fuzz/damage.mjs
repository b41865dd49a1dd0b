/**
 * Damages a model folder or a table file in a given number of ways and opens each: what comes must be a result or one of our
 * errors. Run under a small heap: node --max-old-space-size=256 damage.mjs folder|<table file> <seed> <cases> <place>
 */
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const dist = new URL('../../dist/src/', import.meta.url);
const { loadModel, readTable, TabletalkError } = await import(new URL('index.js', dist));
const { createRandom } = await import(new URL('numeric/random.js', dist));

const [source, seed, cases, home] = process.argv.slice(2);
const random = createRandom(Number(seed));
const pick = (list) => list[random.int(list.length)];

/** Numbers, texts and shapes that a careless reader allocates by, loops to, or believes. */
const hostile = [
  null,
  true,
  -1,
  0,
  0.5,
  3e8,
  1e9,
  2 ** 31,
  2 ** 53,
  1e308,
  -1e308,
  '',
  '=1',
  '\u001b[31m',
  '__proto__',
  '[z-a]',
  '(((((',
  '../../etc/passwd',
  'x'.repeat(100_000),
  [],
  {},
  [[]],
  Array.from({ length: 1000 }, () => 0),
];

/** One node of a JSON value replaced, removed or repeated. */
function damagedJson(value) {
  const nodes = [];
  const walk = (node) => {
    if (node === null || typeof node !== 'object') return;
    for (const key of Object.keys(node)) {
      nodes.push([node, key]);
      walk(node[key]);
    }
  };
  walk(value);
  const [node, key] = pick(nodes);
  const how = random.int(4);
  if (how === 0 && Array.isArray(node)) node.splice(Number(key), 1);
  else if (how === 0) delete node[key];
  else if (how === 1 && Array.isArray(node)) node.push(...Array.from({ length: 50 }, () => node[key]));
  else node[key] = pick(hostile);
  return `${key}: ${JSON.stringify(node[key])?.slice(0, 60)}`;
}

/** Bytes cut off, changed, repeated or put in. */
function damagedBytes(bytes) {
  const at = random.int(Math.max(1, bytes.length));
  const how = random.int(4);
  if (how === 0) return bytes.subarray(0, at);
  if (how === 1) return Buffer.concat([bytes.subarray(0, at), bytes.subarray(0, at)]);
  const copy = Buffer.from(bytes);
  for (let i = 0; i <= how * 3; i++) copy[random.int(copy.length)] = random.int(256);
  return copy;
}

/** A safetensors file with a damaged header, of the right length. */
function damagedTensors(bytes) {
  const size = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, 8 + size).toString());
  const change = damagedJson(header);
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return [Buffer.concat([length, text, bytes.subarray(8 + size)]), change];
}

/** @returns what was damaged. */
function damageFolder(folder) {
  const name = pick(['config.json', 'tabletalk.json', 'tabletalk.json', 'tokenizer.json', 'model.safetensors']);
  const path = join(folder, name);
  const bytes = readFileSync(path);
  const how = random.int(4);
  if (how === 0) {
    writeFileSync(path, damagedBytes(bytes));
    return `${name}: bytes`;
  }
  if (name === 'model.safetensors') {
    const [damaged, change] = damagedTensors(bytes);
    writeFileSync(path, damaged);
    return `${name}: ${change}`;
  }
  const json = JSON.parse(bytes.toString());
  const change = damagedJson(json);
  writeFileSync(path, JSON.stringify(json));
  return `${name}: ${change}`;
}

/** Opens what is left, and uses it. */
async function openFolder(folder) {
  const model = await loadModel(folder);
  await model.sample({ rows: 2, workers: 1, maxSeconds: 5 });
}

const isFolder = source.endsWith('/');
const kinds = { opened: 0, refused: 0 };
const faults = [];
for (let i = 0; i < Number(cases); i++) {
  const place = join(home, basename(source));
  rmSync(place, { recursive: true, force: true });
  let what = 'bytes';
  if (isFolder) {
    cpSync(source, place, { recursive: true });
    what = damageFolder(place);
  } else {
    writeFileSync(place, damagedBytes(readFileSync(source)));
  }
  const began = process.cpuUsage().user;
  try {
    await (isFolder ? openFolder(place) : readTable(place));
    kinds.opened++;
  } catch (error) {
    if (error instanceof TabletalkError && !error.message.includes('\n')) kinds.refused++;
    else faults.push({ what, fault: String(error?.stack ?? error).slice(0, 600) });
  }
  const seconds = (process.cpuUsage().user - began) / 1e6;
  if (process.env.SLOW && seconds > 1) console.error('SLOW', seconds, what);
}
process.stdout.write(JSON.stringify({ ...kinds, faults }));
