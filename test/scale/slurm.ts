/** A Slurm of one machine in a folder of its own: Debian's slurmctld, slurmd and munged, as this user. */
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

export interface Slurm {
  /** Runs one of Slurm's commands, which must succeed. */
  run(command: string, args: readonly string[], env?: Readonly<Record<string, string>>): string;
  stop(): Promise<void>;
}

/** Why there can be none here; undefined where there can. */
export function noSlurm(): string | undefined {
  if (process.getuid?.() !== 0) return 'it starts jobs as root';
  const absent = ['munged', 'slurmctld', 'slurmd', 'sbatch'].filter((name) => spawnSync('which', [name]).status !== 0);
  return absent.length === 0 ? undefined : `no ${absent.join(', ')}: apt-get install slurm-wlm`;
}

/** A port that nobody listens at now. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

export async function startSlurm(folder: string): Promise<Slurm> {
  for (const name of ['state', 'spool']) mkdirSync(join(folder, name), { recursive: true });
  const at = (name: string) => join(folder, name);
  writeFileSync(at('munge.key'), randomBytes(128), { mode: 0o600 });
  const host = hostname().split('.')[0]!;
  writeFileSync(
    at('slurm.conf'),
    [
      'ClusterName=tabletalk',
      `SlurmctldHost=${host}(127.0.0.1)`,
      `SlurmctldPort=${await freePort()}`,
      `SlurmdPort=${await freePort()}`,
      'SlurmUser=root',
      'SlurmdUser=root',
      'AuthType=auth/munge',
      `AuthInfo=socket=${at('munge.socket')}`,
      'CredType=cred/munge',
      'ProctrackType=proctrack/pgid',
      'TaskPlugin=task/none',
      'JobAcctGatherType=jobacct_gather/none',
      'SelectType=select/cons_tres',
      'SelectTypeParameters=CR_Core',
      'MpiDefault=none',
      'ReturnToService=2',
      // A killed process (128 + 9), and one that says "again".
      'RequeueExit=75,137',
      `StateSaveLocation=${at('state')}`,
      `SlurmdSpoolDir=${at('spool')}`,
      ...['Slurmctld', 'Slurmd'].flatMap((name) => [
        `${name}PidFile=${at(`${name}.pid`)}`,
        `${name}LogFile=${at(`${name}.log`)}`,
      ]),
      `NodeName=${host} NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN`,
      'PartitionName=all Nodes=ALL Default=YES State=UP MaxTime=INFINITE',
      '',
    ].join('\n'),
  );
  const munged = spawn(
    'munged',
    [
      ...[
        '--foreground',
        '--force',
        '--num-threads=2',
        `--key-file=${at('munge.key')}`,
        `--socket=${at('munge.socket')}`,
      ],
      ...[`--pid-file=${at('munged.pid')}`, `--log-file=${at('munged.log')}`, `--seed-file=${at('munge.seed')}`],
    ],
    { stdio: 'ignore' },
  );
  const daemons = [munged];
  const env = { ...process.env, SLURM_CONF: at('slurm.conf') };
  const slurm: Slurm = {
    run(command, args, more = {}) {
      const { status, stdout, stderr } = spawnSync(command, args, {
        encoding: 'utf8',
        cwd: folder,
        env: { ...env, ...more },
      });
      if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
      return stdout;
    },
    async stop() {
      for (const daemon of daemons.toReversed()) {
        const ended = new Promise((resolve) => daemon.on('exit', resolve));
        if (daemon.exitCode === null && daemon.kill('SIGTERM')) await ended;
      }
    },
  };
  try {
    await until(() => existsSync(at('munge.socket')), 'munged');
    for (const name of ['slurmctld', 'slurmd'])
      daemons.push(spawn(name, ['-D', '-f', at('slurm.conf')], { env, stdio: 'ignore' }));
    await until(() => slurm.run('sinfo', ['--noheader', '--format=%t']).trim() === 'idle', 'a node that is idle');
  } catch (error) {
    await slurm.stop();
    throw error;
  }
  return slurm;
}

/** Waits until the check holds; while it throws, it does not hold. */
export async function until(check: () => boolean, what: string): Promise<void> {
  let problem = '';
  for (let waited = 0; waited < 300_000; waited += 100) {
    try {
      if (check()) return;
    } catch (error) {
      problem = ` (${(error as Error).message})`;
    }
    await setTimeout(100);
  }
  throw new Error(`waited in vain for ${what}${problem}`);
}
