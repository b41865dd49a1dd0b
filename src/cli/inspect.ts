/** `tabletalk inspect`. */
import { Command } from 'commander';
import { architectures } from '../../models/architectures.ts';
import { sizeOf } from '../../models/config.ts';
import { isDatasetModel, loadDatasetModel } from '../dataset/model.ts';
import type { Model } from '../model/model.ts';
import { keepNegativeZero } from '../serialize/numbers/bins.ts';
import { formatValue } from '../table/cells.ts';
import { type Column, isCoded, isNumeric } from '../table/schema.ts';
import { describeDataset } from './dataset.ts';
import { openModel } from './open-model.ts';
import { countsText, promise } from './promise.ts';
import { visible, visibleLines } from './visible.ts';

export const inspectCommand = new Command('inspect')
  .description('Show what a model folder holds: schema, size, training curve, provenance.')
  .argument('<model-dir>', 'a folder that fit wrote')
  .option('--json', 'all of it as JSON')
  .action(async (folder: string, { json }: { json?: boolean }) => {
    if (await isDatasetModel(folder)) {
      const dataset = await loadDatasetModel(folder);
      const shown = json ? JSON.stringify(dataset.file, null, 2) : visibleLines(describeDataset(dataset));
      process.stdout.write(`${shown}\n`);
      return;
    }
    const model = await openModel(folder, json ?? false);
    const { file, config, isUnfinished } = model;
    const text = json
      ? JSON.stringify({ ...file, config, isUnfinished }, keepNegativeZero, 2)
      : visibleLines(describeModel(model));
    process.stdout.write(`${text}\n`);
  });

function describeModel({ file, config }: Model): string {
  const { provenance, options, curve, bestEpoch, ended, privacy } = file;
  const specs = architectures[config.architecture].weights(config);
  const parameters = specs.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const best = curve.find(({ epoch }) => epoch === bestEpoch);
  return [
    `written by   ${file.writtenBy}`,
    `learned from ${provenance.rows} rows, ${provenance.columns} columns (sha256 ${provenance.contentHash.slice(0, 16)})`,
    `model        ${config.architecture}, ${parameters} parameters, ${config.nLayer} layers, width ${config.nEmbd}, ${config.vocabSize} tokens`,
    ...(provenance.base
      ? [`started from ${provenance.base.name} (sha256 ${provenance.base.contentHash.slice(0, 16)})`]
      : []),
    `target       ${options.target ?? 'none'}`,
    ...(privacy
      ? describePrivacy(privacy, file)
      : [
          `training     seed ${options.seed}, ${curve.length} epochs, best ${bestEpoch}, ${best?.seconds.toFixed(0) ?? 0} s to it`,
        ]),
    `device       ${options.device}${options.batchSize === undefined ? '' : `, ${options.batchSize} rows a step`}`,
    ...(privacy
      ? []
      : [`ended        ${ended ? ends[ended] : 'not said: the fit goes on, or an earlier version wrote it'}`]),
    '',
    ...table(['column', 'kind', 'values', 'missing'], file.schema.columns.map(describeColumn)),
    '',
    ...(curve.length === 0
      ? []
      : table(
          ['epoch', 'step', 'train loss', 'validation loss', 'seconds'],
          curve.map((point) => [
            `${point.epoch}${point.epoch === bestEpoch ? ' *' : ''}`,
            String(point.step),
            point.trainLoss.toFixed(4),
            point.validationLoss?.toFixed(4) ?? '',
            point.seconds.toFixed(1),
          ]),
        )),
  ].join('\n');
}

function describePrivacy(privacy: NonNullable<Model['file']['privacy']>, file: Model['file']): string[] {
  const { spent, noise, clip, rate, steps, counts } = privacy;
  const items = Object.entries(spent).map(([item, epsilon]) => `${item} ${epsilon.toFixed(3)}`);
  return [
    `privacy      ${promise(privacy)}`,
    `spent        ${items.join(', ')}`,
    `training     ${steps} steps, a row in each with probability ${rate.toPrecision(3)}, gradients clipped to ${clip}, noise ${noise.toFixed(3)}`,
    `counts       ${counts.rounds} rounds, noise ${counts.noise.toFixed(3)}: ${countsText(privacy, file)}`,
  ];
}

const ends: Record<NonNullable<Model['file']['ended']>, string> = {
  slowed: 'the held-out loss had all but stopped falling',
  length: 'after the last epoch or step allowed: more would help',
  time: 'by --max-minutes: more would help',
};

function describeColumn(column: Column): string[] {
  if (column.replaced) return [column.name, column.kind, `not learned: ${column.replaced.by}`, ''];
  const values = isNumeric(column)
    ? `${formatValue(column, column.min)}..${formatValue(column, column.max)}`
    : isCoded(column)
      ? `${column.values.length}: ${column.values.slice(0, 4).join(', ')}${column.values.length > 4 ? ', ...' : ''}`
      : 'any';
  return [column.name, column.kind, values, column.missing === null ? 'never' : JSON.stringify(column.missing)];
}

/** Columns padded to their widest cell. */
function table(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const shown = [header, ...rows].map((row) => row.map(visible));
  const widths = header.map((_, i) => shown.reduce((most, row) => Math.max(most, row[i]!.length), 0));
  return shown.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd(),
  );
}
