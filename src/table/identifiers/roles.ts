/** Whose each name, address and number of a row is: columns of one person get what belongs together in new rows. */
import type { Column } from '../schema.ts';
import { isNumber, type TextCells } from '../text/text-table.ts';
import { wordsOf } from './candidate.ts';
import { detectNames } from './detect.ts';
import { isPersonal } from './replacement.ts';

/** Words of a column's name that say what it holds, not whose it is. */
const kindWords =
  /\b(?:first|given|fore|middle|last|sur|family|full|names?|vor|nach|e|e?mails?|phones?|telephone|mobile|cell|fax|telefon|tel|handy|street|address|addr|strasse|straße|adresse|company|organi[sz]ation|employer|firma|numbers?|no|nr|firstname|lastname|surname|fullname|vorname|nachname)\b/g;
/** Words that tell two addresses of one person apart. */
const placeWords =
  /\b(?:home|work|private|privat|personal|business|office|primary|secondary|alternate|alternative|alt|other|second|main|billing|shipping|\d+)\b/g;
/** Whom a table is usually about. */
const subjects =
  /^(?:customer|client|patient|user|member|person|employee|student|owner|passenger|subscriber|contact|account|kunde|cliente|my)?$/;

/** As many rows are looked at. */
const mostRows = 200;

/**
 * The columns of a table together: names that show only beside other columns of persons are replaced, and each has its
 * `person` where a row tells of several.
 */
export function withPersons(columns: readonly Column[], cells: readonly TextCells[]): Column[] {
  return withRoles(withNames(columns, cells), cells);
}

function withNames(columns: readonly Column[], cells: readonly TextCells[]): readonly Column[] {
  if (!columns.some(({ replaced }) => isPersonal(replaced) && replaced.by !== 'company')) return columns;
  const addresses = columns.flatMap(({ replaced }, i) => (replaced?.by === 'email' ? [cells[i]!] : []));
  return columns.map((column, i) => {
    const own = cells[i]!;
    const isInAddresses = addresses.some((address) => isIn(own, address));
    return detectNames(column, own, isInAddresses) ?? column;
  });
}

/** The columns with `person` where a row tells of several; the first one, or the only one, has none. */
function withRoles(columns: readonly Column[], cells: readonly TextCells[]): Column[] {
  const named = columns.flatMap(({ name, replaced }, i) => (isNameOf(replaced?.by) ? [{ i, role: roleOf(name) }] : []));
  const roles = [...new Set(named.map(({ role }) => role))];
  const main = roles.find((role) => subjects.test(role)) ?? roles[0] ?? '';
  return columns.map((column, i) => {
    if (!isPersonal(column.replaced)) return column;
    const role = isNameOf(column.replaced.by) ? roleOf(column.name) : ownerOf(i);
    const person = role === main || (roles.length === 0 && subjects.test(role)) ? undefined : role;
    return person === undefined ? column : { ...column, replaced: { ...column.replaced, person } };
  });

  /** Whom an address belongs to: whose names it has in it, else who shares its column's name. */
  function ownerOf(index: number): string {
    const { name, replaced } = columns[index]!;
    const like = replaced!.by === 'email' ? named.find(({ i }) => isIn(cells[i]!, cells[index]!)) : undefined;
    if (like) return like.role;
    const full = roleOf(name);
    if (roles.includes(full)) return full;
    const role = full.replaceAll(placeWords, '').replaceAll(/\s+/g, ' ').trim();
    if (roles.includes(role)) return role;
    return subjects.test(role) ? main : role;
  }
}

const isNameOf = (by: string | undefined) => by === 'fullName' || by === 'firstName' || by === 'lastName';

function roleOf(name: string): string {
  return wordsOf(name).replaceAll(kindWords, '').replaceAll(/\s+/g, ' ').trim();
}

/** Whether most addresses have a word of the name beside them. */
function isIn(names: TextCells, addresses: TextCells): boolean {
  const rows = Math.min(mostRows, names.codes.length);
  let [both, found] = [0, 0];
  for (let row = 0; row < rows; row++) {
    const [name, address] = [textAt(names, row), textAt(addresses, row)?.split('@')[0]?.toLowerCase()];
    if (!name || !address) continue;
    both++;
    const words = name
      .normalize('NFKD')
      .toLowerCase()
      .split(/[^a-z]+/);
    if (words.some((word) => word.length > 2 && address.includes(word))) found++;
  }
  return both > 0 && found * 2 > both;
}

function textAt({ codes, distinct }: TextCells, row: number): string | undefined {
  const code = codes[row]!;
  return code === isNumber ? undefined : distinct[code];
}
