/** How a long command says where it is: a bar on a terminal, plain lines elsewhere, JSON for programs. It writes to stderr only. */
import { Presets, SingleBar } from 'cli-progress';
import { visible } from './visible.ts';

export interface ProgressOptions {
  readonly quiet?: boolean;
  readonly jsonProgress?: boolean;
}

export interface ProgressLine {
  /** Where the work is between 0 and 1. */
  readonly share: number;
  /** What a bar shows beside itself. */
  readonly brief: string;
  /** A line for those who see no bar; not every step has one. */
  readonly line?: string;
  /** The same for programs. */
  readonly data: Record<string, unknown>;
}

export interface ProgressView {
  show(line: ProgressLine): void;
  stop(): void;
}

export function createProgress({ quiet, jsonProgress }: ProgressOptions): ProgressView {
  if (jsonProgress) return { show: ({ data }) => write(JSON.stringify(data)), stop() {} };
  if (quiet) return { show() {}, stop() {} };
  return process.stderr.isTTY ? barView() : { show: ({ line }) => line !== undefined && write(line), stop() {} };
}

export function write(line: string): void {
  process.stderr.write(`${visible(line)}\n`);
}

function barView(): ProgressView {
  const bar = new SingleBar(
    { format: '{bar} {percentage}% | {brief}', stream: process.stderr, hideCursor: true, clearOnComplete: true },
    Presets.shades_classic,
  );
  let started = false;
  return {
    show({ share, brief: said }) {
      const brief = visible(said);
      if (!started) bar.start(1, share, { brief });
      else bar.update(share, { brief });
      started = true;
    },
    stop: () => started && bar.stop(),
  };
}
