/** `--shard` as a number and a count, or as the engine that started this process numbers its array. It knows their environments. */
import type { Command } from 'commander';
import { TabletalkError } from '../errors/errors.ts';
import { mostShards, type Shard } from '../numeric/shard.ts';

type Environment = Readonly<Record<string, string | undefined>>;

interface Engine {
  readonly name: string;
  /** The variable that holds this task's number. */
  readonly index: string;
  /** The variable that holds the number of tasks; undefined where the engine does not say. */
  readonly count?: string;
  /** The variable that holds the first task's number, where that is not always 0. */
  readonly first?: string;
  readonly last?: string;
}

const engines: readonly Engine[] = [
  {
    name: 'Slurm',
    index: 'SLURM_ARRAY_TASK_ID',
    count: 'SLURM_ARRAY_TASK_COUNT',
    first: 'SLURM_ARRAY_TASK_MIN',
    last: 'SLURM_ARRAY_TASK_MAX',
  },
  { name: 'Kubernetes', index: 'JOB_COMPLETION_INDEX' },
  { name: 'AWS Batch', index: 'AWS_BATCH_JOB_ARRAY_INDEX', count: 'AWS_BATCH_JOB_ARRAY_SIZE' },
];

export function withShard(command: Command, what: string): Command {
  return command.option(
    '--shard <i/n|auto>',
    `only the i-th of n equal parts of ${what}; auto, or auto/n: as the array job of Slurm, Kubernetes or AWS Batch numbers this task`,
  );
}

/** Throws `option` errors. Whether the index fits the count, the library says as well. */
export function parseShard(text: string | undefined, environment: Environment): Shard | undefined {
  if (text === undefined) return undefined;
  const refuse = (problem: string) => new TabletalkError('option', `--shard ${text}: ${problem}`, { value: text });
  const [, index = '', count] = /^(auto|\d{1,9})(?:\/(\d{1,9}))?$/.exec(text) ?? [];
  if (index === '' || (index !== 'auto' && count === undefined)) {
    throw refuse('expected a number and a count, such as 3/16, or auto, or auto/16');
  }
  const given = count === undefined ? undefined : Number(count);
  const shard = index === 'auto' ? fromEngine(given, environment, refuse) : { index: Number(index), of: given! };
  if (shard.of < 1 || shard.of > mostShards) throw refuse(`there may be 1 to ${mostShards} shards, got ${shard.of}`);
  if (shard.index < 1 || shard.index > shard.of) {
    throw refuse(`the shards of ${shard.of} are 1/${shard.of} to ${shard.of}/${shard.of}, got ${shard.index}`);
  }
  return shard;
}

function fromEngine(
  given: number | undefined,
  environment: Environment,
  refuse: (problem: string) => TabletalkError,
): Shard {
  const found = engines.filter(({ index }) => environment[index] !== undefined);
  const [engine] = found;
  if (!engine) {
    const names = engines.map(({ name, index }) => `${index} (${name})`).join(', ');
    throw refuse(`this process is no task of an array job: none of ${names} is set`);
  }
  if (found.length > 1) {
    throw refuse(`${found.map(({ name }) => name).join(' and ')} both number this task; give the number itself`);
  }
  const read = (variable: string): number => {
    const value = environment[variable];
    if (value === undefined || !/^\d{1,9}$/.test(value)) {
      throw refuse(
        `${variable}: expected a whole number, got ${value === undefined ? 'nothing' : JSON.stringify(value)}`,
      );
    }
    return Number(value);
  };
  const index = read(engine.index);
  if (engine.first !== undefined && engine.last !== undefined) {
    return ofArray(
      engine,
      { index, first: read(engine.first), last: read(engine.last), count: read(engine.count!) },
      given,
      refuse,
    );
  }
  if (given === undefined && engine.count === undefined) {
    throw refuse(`${engine.name} does not say how many tasks there are; give their number, as in auto/16`);
  }
  const count = engine.count === undefined ? given! : read(engine.count);
  if (given !== undefined && given !== count) throw refuse(`${engine.name} has ${count} tasks in this array`);
  return { index: index + 1, of: count };
}

/** Slurm's arrays begin where the user says, and may be a few tasks of an array that ran before. */
function ofArray(
  { name }: Engine,
  { index, first, last, count }: { index: number; first: number; last: number; count: number },
  given: number | undefined,
  refuse: (problem: string) => TabletalkError,
): Shard {
  const isFull = last - first + 1 === count && (given ?? count) === count && first <= 1;
  if (isFull) return { index: index - first + 1, of: count };
  if (given !== undefined) return { index, of: given };
  throw refuse(
    `${name}'s array has ${count} tasks from ${first} to ${last}; number them 1 to n without gaps, or give the count of all, as in auto/16`,
  );
}
