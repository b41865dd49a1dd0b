/** The report's sections on privacy. It knows the report's form and whom to ask; the formulas are in the files beside it. */

import type { Sections } from '../../report/report.ts';
import { figure, measureBoth, measureUnseen, randomFor, type Tables } from '../figure.ts';
import { anonymity } from './anonymity.ts';
import { closerShare, closestRecords, maxRows } from './closest-records.ts';
import { copies } from './copies.ts';
import { type Attack, membership } from './membership.ts';
import { nearCopies } from './near-copies.ts';
import { singlingOut } from './singling-out.ts';

/** Rows whose nearer side is asked for: enough for a standard error of half a point. */
const maxShareRows = 10_000;
/** Members, and as many others, that an attack guesses at. */
const maxCandidates = 5_000;

export function copiesSection(tables: Tables): Sections['copies'] {
  const [own, test] = measureBoth(tables, copies);
  return {
    copiesOfTrain: figure(own.copiesOfTrain, test?.copiesOfTrain),
    nearCopies: figure(...measureBoth(tables, nearCopies)),
    duplicateRows: { ...figure(own.duplicateRows, test?.duplicateRows), train: own.duplicateTrainRows },
  };
}

export function closestSection(tables: Tables): Sections['closestRecords'] {
  const limit = Math.min(maxRows, tables.effort.neighbourRows);
  const [own, test] = measureBoth(tables, (train, judged) =>
    closestRecords(train, judged, limit, randomFor(tables.seed, 'closest')),
  );
  return {
    rows: own.rows,
    trainRows: own.trainRows,
    dcrP5: figure(own.dcr.p5, test?.dcr.p5),
    dcrMedian: figure(own.dcr.median, test?.dcr.median),
    nndrP5: figure(own.nndr.p5, test?.nndr.p5),
    nndrMedian: figure(own.nndr.median, test?.nndr.median),
    curves: { synthetic: own.curve, test: test?.curve ?? null },
  };
}

export function closerShareSection(tables: Tables): Sections['closerShare'] {
  const limit = Math.min(maxShareRows, tables.effort.neighbourRows);
  const both = measureUnseen(tables, (train, judged, unseen) =>
    closerShare(train, judged, unseen, limit, randomFor(tables.seed, 'closer')),
  );
  if (both === null) return null;
  const [own, test] = both;
  return { share: figure(own.share, test?.share), rows: own.rows, against: own.against };
}

export function membershipSection(tables: Tables): Sections['membership'] {
  const limit = Math.min(maxCandidates, tables.effort.neighbourRows);
  const both = measureUnseen(tables, (train, judged, unseen) =>
    membership(train, judged, unseen, limit, randomFor(tables.seed, 'membership')),
  );
  const [own, test] = both ?? [null, null];
  if (own === null) return null;
  const attack = (mine: Attack, theirs: Attack | undefined) => ({
    auc: figure(mine.auc, theirs?.auc),
    tprAt1: figure(mine.tprAt1, theirs?.tprAt1),
  });
  return {
    rows: own.rows,
    distance: attack(own.distance, test?.distance),
    calibrated: attack(own.calibrated, test?.calibrated),
  };
}

export function singlingOutSection(tables: Tables): Sections['singlingOut'] {
  const both = measureUnseen(tables, (train, judged, unseen) =>
    singlingOut(train, judged, unseen, randomFor(tables.seed, 'singling out')),
  );
  if (both === null) return null;
  const [own, test] = both;
  return {
    univariate: { synthetic: own.univariate, test: test?.univariate ?? null },
    multivariate: { synthetic: own.multivariate, test: test?.multivariate ?? null },
  };
}

export function anonymitySection(tables: Tables): Sections['anonymity'] {
  const columns = tables.quasiIdentifiers;
  if (columns.length === 0) return null;
  const [own, test] = measureBoth(tables, (train, judged) => anonymity(train, judged, columns));
  return {
    columns: columns.map((column) => tables.train.schema.columns[column]!.name),
    k: figure(own.k, test?.k),
    alone: figure(own.alone, test?.alone),
    belowFive: figure(own.belowFive, test?.belowFive),
    train: anonymity(tables.train, tables.train, columns),
  };
}
