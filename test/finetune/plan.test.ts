import { describe, expect, it } from 'vitest';
import { type FinetuneOptions, finetuneOptions } from '../../src/finetune/options.ts';
import { planRun } from '../../src/finetune/plan.ts';
import type { Device } from '../../src/onnx/session.ts';
import { createCodec, learnGrammar } from '../../src/serialize/codec/codec.ts';
import { peopleTable } from '../model/tiny-table.ts';

const table = peopleTable(20_000);
const codec = createCodec(table.schema, learnGrammar(table));
const planned = (device: Device, options: Partial<FinetuneOptions> = {}) =>
  planRun(table, codec, { ...finetuneOptions.parse(options), device });

describe('rows a step', () => {
  it('are 64 on a CPU and 512 on a GPU', () => {
    expect(planned('cpu').options.batchSize).toBe(64);
    for (const device of ['webgpu', 'cuda'] as const) expect(planned(device).options.batchSize).toBe(512);
  });

  it('are those that were asked for, anywhere', () => {
    for (const device of ['cpu', 'webgpu'] as const)
      expect(planned(device, { batchSize: 40 }).options.batchSize).toBe(40);
  });

  it('make steps longer and fewer, but see more rows in all, where there are more of them', () => {
    const [cpu, gpu] = [planned('cpu'), planned('webgpu')];
    expect(gpu.options.learningRate! / cpu.options.learningRate!).toBeCloseTo(2, 10);
    const steps = gpu.schedule.maxSteps / cpu.schedule.maxSteps;
    expect(steps).toBeGreaterThan(0.3);
    expect(steps).toBeLessThan(0.4);
    expect(planned('webgpu', { learningRate: 1e-3 }).options.learningRate).toBe(1e-3);
    expect(planned('webgpu', { epochs: 3 }).schedule.maxSteps).toBe(3 * Math.ceil(18_000 / 512));
    // Fewer rows are chosen for small tables, of which more passes are needed anyway.
    expect(planned('cpu', { batchSize: 16 }).options.learningRate).toBe(cpu.options.learningRate);
  });

  it('leave an epoch some thirty steps', () => {
    const small = peopleTable(2000);
    const { options, trainRows } = planRun(small, codec, { ...finetuneOptions.parse({}), device: 'webgpu' });
    expect(trainRows.length / options.batchSize).toBeGreaterThan(25);
  });

  it('are read on a GPU at once, in as few groups as launches want, but in parts where they are told to', () => {
    const [cpu, gpu] = [planned('cpu', { batchSize: 512 }), planned('webgpu')];
    const sizes = ({ groups }: typeof gpu) => groups.reduce((sum, { size }) => sum + size, 0);
    expect(sizes(gpu)).toBeGreaterThanOrEqual(512);
    expect(gpu.groups.length).toBeLessThan(cpu.groups.length);
    for (const { parts } of gpu.groups) expect(parts).toBe(1);
    const cut = planned('webgpu', { microBatchSize: 64 });
    for (const { size, parts } of cut.groups) expect(size / parts).toBeLessThanOrEqual(64);
  });

  it('of a large model are read in parts, too: memory has an end', () => {
    const wide = planned('webgpu', { preset: 'huge', batchSize: 2048 });
    for (const { size, parts, T } of wide.groups) expect((size / parts) * T).toBeLessThan(13_000);
    expect(wide.groups.some(({ parts }) => parts > 1)).toBe(true);
  });
});
