// Fails when files of src, models and training import each other in a circle, types included.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const files = execFileSync(
  'git',
  ['ls-files', '--cached', '--others', '--exclude-standard', 'src', 'models', 'training'],
  { encoding: 'utf8' },
)
  .split('\n')
  .filter((name) => name.endsWith('.ts'));
const imported = (name) =>
  [...readFileSync(name, 'utf8').matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map(([, path]) =>
    join(dirname(name), path),
  );
const imports = new Map(files.map((name) => [name, imported(name)]));

/** Files on the way here, and those that are in no circle. */
const [way, done] = [[], new Set()];
function follow(name) {
  if (done.has(name) || !imports.has(name)) return;
  const at = way.indexOf(name);
  if (at >= 0) {
    console.error(`a circle of imports: ${[...way.slice(at), name].join(' -> ')}`);
    process.exit(1);
  }
  way.push(name);
  for (const other of imports.get(name)) follow(other);
  way.pop();
  done.add(name);
}
for (const name of files) follow(name);
