import { describe, expect, it } from 'vitest';
import { isCardNumber, isIban, withCheckDigits } from '../../src/table/identifiers/check-digits.ts';
import { isIpAddress } from '../../src/table/identifiers/personal-texts.ts';
import { createReplacer, withReplaced } from '../../src/table/identifiers/replace.ts';
import { learnedTable } from '../../src/table/learnable.ts';
import { type Row, tableFromRows, tableRows } from '../../src/table/rows.ts';
import { tableSchema } from '../../src/table/schema.ts';
import { concatTables, takeRows } from '../../src/table/select.ts';
import type { Table } from '../../src/table/table.ts';

const made = (length: number, row: (i: number) => Row): Table =>
  tableFromRows(Array.from({ length }, (_, i) => row(i)));

/** Rows that a model could have drawn: training's own learned cells, again and again. */
function drawn(table: Table, rows: number): Table {
  return takeRows(
    learnedTable(table),
    Array.from({ length: rows }, (_, i) => i % table.rowCount),
  );
}

async function filled(table: Table, rows: number, seed = 1, taken: readonly Table[] = []): Promise<Table> {
  const schema = tableSchema.parse(JSON.parse(JSON.stringify(table.schema)));
  const replace = await createReplacer(schema, { seed, rows, taken });
  return replace(drawn(table, rows));
}

const column = (table: Table, name: string) => tableRows(table).map((row) => row[name]);
const replacedBy = (table: Table, name: string) =>
  table.schema.columns.find((column) => column.name === name)!.replaced?.by;
const scattered = (i: number, below: number) => (i * 7919 + 13) % below;
const firsts = ['Anna', 'Peter', 'Maria', 'Thomas', 'Laura', 'Hans', 'Julia'];
const lasts = ['Meyer', 'Schulz', 'Weber', 'Lang', 'Vogel'];
const name = (i: number) => [firsts[i % 7]!, lasts[i % 5]!] as const;

describe('identifiers', () => {
  const noneAgain = (texts: readonly unknown[], ...before: readonly (readonly unknown[])[]) => {
    const all = [...before.flat(), ...texts];
    expect(new Set(all).size).toBe(all.length);
  };

  it.each<[string, (i: number) => string | number, RegExp, string | number | undefined]>([
    ['P1 to P120 go on', (i) => `P${i + 1}`, /^P\d{3}$/, 'P121'],
    ['whole numbers go on', (i) => 1000 + i, /^\d{4}$/, 1120],
    ['padded ones go on', (i) => `R${String(i).padStart(4, '0')}`, /^R\d{4}$/, 'R0120'],
    ['invoices keep their form', (i) => `INV/${2021 + (i % 4)}/${1 + i}`, /^INV\/202[1-4]\/\d{1,3}$/, undefined],
    ['codes keep theirs', (i) => `C-1${String(scattered(i, 10_000)).padStart(4, '0')}`, /^C-1\d{4}$/, undefined],
    [
      'letters theirs',
      (i) => `${String.fromCharCode(65 + (i % 26))}X-${10_000 + i * 31}`,
      /^[A-Z]X-1\d{4}$/,
      undefined,
    ],
  ])('%s, and none is ever given twice', async (_, key, form, first) => {
    const table = made(120, (i) => ({ customer_id: key(i), x: i % 3 }));
    const [one, two, three] = await Promise.all([1, 2, 3].map((seed) => filled(table, 200, seed)));
    const keys = column(one!, 'customer_id');
    for (const text of keys) expect(String(text)).toMatch(form);
    if (first !== undefined) expect(keys[0]).toBe(first);
    noneAgain(keys, column(table, 'customer_id'));
    const again = await filled(table, 200, 1, [table, one!]);
    noneAgain(column(again, 'customer_id'), column(table, 'customer_id'), keys);
    // Other seeds go elsewhere where the form has room; numbers that go on are told of what was before.
    if (first === undefined) noneAgain([], keys, column(two!, 'customer_id'), column(three!, 'customer_id'));
  });

  it('a row has the identifier of its number, whatever rows come with it', async () => {
    const table = made(60, (i) => ({ code: `K${scattered(i, 90_000) + 10_000}`, mail: `a${i}@firma.de`, x: i % 2 }));
    const whole = await filled(table, 100);
    const part = async (firstRow: number, rows: number) => {
      const replace = await createReplacer(table.schema, { seed: 1, rows: 100, firstRow });
      return replace(
        takeRows(
          drawn(table, 100),
          Array.from({ length: rows }, (_, i) => firstRow + i),
        ),
      );
    };
    const parts = await Promise.all([part(0, 33), part(33, 1), part(34, 66)]);
    expect(tableRows(concatTables([parts[0], ...parts.slice(1)]))).toEqual(tableRows(whole));
  });

  it('that run out are said before the first row, with the cure', async () => {
    const codes = made(120, (i) => ({ id: `C-1${String(scattered(i, 10_000)).padStart(4, '0')}`, x: i % 3 }));
    await expect(filled(codes, 10_001)).rejects.toThrow(/column "id": 10001 rows.* like C-1\[0-9\]\{4\}.*--schema/);
    const rooms = made(20, (i) => ({ id: `R${String(i).padStart(2, '0')}`, v: i % 4 }));
    expect((await filled(rooms, 80)).rowCount).toBe(80);
    await expect(filled(rooms, 81)).rejects.toThrow(
      /column "id": 81 rows.* like R20.* 80 are left.*fewer rows.*--schema/,
    );
  });

  it('are codes of unlike lengths, too, and such as hardly ever repeat', async () => {
    const hex = (i: number) =>
      (0x10_0000 + i * 7_919_131)
        .toString(16)
        .toUpperCase()
        .slice(0, 6 + (i % 3) * 2);
    const table = made(150, (i) => ({ assignment: hex(i === 149 ? 0 : i), x: i % 2 }));
    expect(table.schema.columns[0]!.replaced).toMatchObject({ by: 'pattern', distinct: 149 });
    const keys = column(await filled(table, 300), 'assignment');
    for (const key of keys) expect(String(key)).toMatch(/^[0-9A-F]{6,10}$/);
    const real = new Set(column(table, 'assignment'));
    expect(keys.filter((key) => real.has(key!))).toEqual([]);
  });

  it('are not numbers or times that never repeat, nor consecutive years', () => {
    const unlike: Record<string, (i: number) => string | number> = {
      conc: (i) => `${1 + (i % 9)}.${1000 + scattered(i, 8999)}e-${String(4 + (i % 6)).padStart(2, '0')}`,
      amount: (i) => `${10 + i}.${String(scattered(i, 999_999)).padStart(18, '7')}`,
      created: (i) => `2023-02-${String(1 + (i % 28)).padStart(2, '0')}T07:15:17.7519${10 + i}`,
      changed: (i) => `2024-0${1 + (i % 9)}-13T16:01:${10 + i}+0${1 + (i % 2)}:00`,
      year: (i) => 1960 + i,
      week: (i) => i + 1,
    };
    for (const [name, cell] of Object.entries(unlike)) {
      const { columns } = made(20, (i) => ({ [name]: cell(i), x: i % 3 })).schema;
      expect(columns[0]!.replaced).toBe(undefined);
    }
    const years = made(20, (i) => ({ year: 1960 + i, gdp: 100 + i * i }));
    expect(years.schema.columns[0]).toMatchObject({ kind: 'integer', reason: expect.stringMatching(/years.*no key/) });
  });

  it('added to a table are none of its own, marked rows included', async () => {
    const table = made(60, (i) => ({ id: `R${String(i).padStart(2, '0')}`, x: i % 4 }));
    const [real, earlier] = [
      takeRows(table, [...Array(40).keys()]),
      takeRows(
        table,
        [...Array(20).keys()].map((i) => 40 + i),
      ),
    ];
    const added = await withReplaced(drawn(real, 40), real.schema, 1, [real, earlier]);
    noneAgain(column(added, 'id'), column(table, 'id'));
    expect(column(added, 'id')[0]).toBe('R60');
  });
});

describe('phone numbers', () => {
  it('two of a row differ, keep their forms, and are none of training', async () => {
    const table = made(20, (i) => ({
      'home phone': `+1 206 555 ${String(scattered(i, 9999)).padStart(4, '0')}`,
      'work phone': `+1 206 555 ${String(scattered(i + 50, 9999)).padStart(4, '0')}`,
      plan: i % 2,
    }));
    const rows = tableRows(await filled(table, 500));
    const real = new Set(column(table, 'home phone'));
    for (const { 'home phone': home, 'work phone': work } of rows) {
      expect(home).not.toBe(work);
      for (const phone of [home, work]) expect(String(phone)).toMatch(/^\+1 206 555 \d{4}$/);
      expect(real.has(home!)).toBe(false);
    }
    expect(new Set(rows.map((row) => row['home phone'])).size).toBe(500);
  });

  it('that are whole numbers stay whole numbers of as many digits', async () => {
    const table = made(20, (i) => ({ phone: 5_240_000_000 + scattered(i, 9_000_000), plan: i % 2 }));
    expect(table.schema.columns[0]).toMatchObject({ kind: 'integer', replaced: { by: 'phone' } });
    for (const phone of column(await filled(table, 50), 'phone')) expect(String(phone)).toMatch(/^52\d{8}$/);
  });

  it('of a spreadsheet, with ".0" behind them, are found and stay so', async () => {
    const text = made(20, (i) => ({ phone: `${2_065_550_000 + scattered(i, 9999)}.0`, plan: i % 2 }));
    for (const phone of column(await filled(text, 50), 'phone')) expect(String(phone)).toMatch(/^2\d{9}\.0$/);
  });
});

describe('persons', () => {
  const withNames = (i: number) => {
    const [first, last] = name(i);
    const [other, otherLast] = name(i + 3);
    return {
      customer_name: `${first} ${last}`,
      customer_email: `${first}.${last}${i}@shop.de`.toLowerCase(),
      'private email': `${first[0]}${last}${i}@mail.de`.toLowerCase(),
      manager_name: `${otherLast}, ${other}`,
      manager_email: `${other}.${otherLast}${i}@firma.de`.toLowerCase(),
      x: i % 3,
    };
  };

  it('of a row keep apart, and each e-mail address has the name of its own', async () => {
    const rows = tableRows(await filled(made(40, withNames), 300));
    const plain = (text: unknown) =>
      String(text)
        .normalize('NFKD')
        .toLowerCase()
        .replaceAll('ß', 'ss')
        .replaceAll(/[^a-z]/g, '');
    for (const row of rows) {
      const [first, last] = String(row.customer_name).split(' ');
      const [managerLast, manager] = String(row.manager_name).split(', ');
      for (const mine of ['customer_email', 'private email']) {
        expect(plain(row[mine])).toContain(plain(first));
        expect(plain(row[mine])).toContain(plain(last));
      }
      expect(plain(row.manager_email)).toContain(plain(manager) + plain(managerLast));
      expect(row.customer_email).not.toBe(row['private email']);
      expect(row.manager_name).not.toBe(row.customer_name);
    }
    for (const unique of ['customer_email', 'manager_email', 'private email']) {
      expect(new Set(rows.map((row) => row[unique])).size).toBe(300);
    }
  });

  it('who repeat keep their address and number', async () => {
    const table = made(90, (i) => {
      const [first, last] = name(i % 30);
      return {
        name: `${first} ${last}`,
        phone: `+49 30 ${1_000_000 + (i % 30) * 7919}`,
        mail: `${first}${i % 30}@f.de`,
        x: i % 2,
      };
    });
    const rows = tableRows(await filled(table, 200));
    expect(new Set(rows.map(({ phone }) => phone)).size).toBeLessThanOrEqual(30);
    const mailOf = new Map(rows.map(({ phone, mail }) => [phone, mail]));
    for (const { phone, mail } of rows) expect(mail).toBe(mailOf.get(phone!));
  });

  it('are found in the smallest table', async () => {
    const table = made(3, (i) => ({
      name: name(i).join(' '),
      email: `person${i}@mail.example`,
      phone: `+1 206 555 010${i}`,
      x: i,
    }));
    expect(['name', 'email', 'phone', 'x'].map((each) => replacedBy(table, each))).toEqual([
      'fullName',
      'email',
      'phone',
      undefined,
    ]);
    const text = JSON.stringify(table.schema);
    for (const secret of ['Anna', 'Meyer', 'person0', '0100']) expect(text).not.toContain(secret);
    const real = new Set(column(table, 'email'));
    for (const email of column(await filled(table, 100), 'email')) expect(real.has(email!)).toBe(false);
  });

  it('whose names repeat are no categories; makes and kinds are', () => {
    const table = made(200, (i) => ({
      name: i === 7 ? 'Zoe Zufall' : `${firsts[i % 7]} ${lasts[i % 3]}`,
      car: ['Ford Torino', 'Opel Kadett'][i % 2]!,
      common_name: ['American Robin', 'White-tailed Deer', 'American Bullfrog'][i % 3]!,
    }));
    expect(['name', 'car', 'common_name'].map((each) => replacedBy(table, each))).toEqual([
      'fullName',
      undefined,
      undefined,
    ]);
    expect(JSON.stringify(table.schema)).not.toContain('Zufall');
  });

  it('are known by their addresses, and a name by the persons beside it', () => {
    const rare = ['Xyla', 'Qorin', 'Brynja', 'Uzoma', 'Thandeka'];
    const table = made(40, (i) => ({
      label: rare[i % 5]!,
      mail: `${rare[i % 5]}.${i}@firma.de`.toLowerCase(),
      name: `${rare[i % 5]} Vkhr`,
      plan: ['Basic', 'Gold'][i % 2]!,
    }));
    expect(['label', 'mail', 'name', 'plan'].map((each) => replacedBy(table, each))).toEqual([
      'firstName',
      'email',
      'fullName',
      undefined,
    ]);
    const alone = made(40, (i) => ({ name: `${rare[i % 5]} Tea`, x: i % 2 }));
    expect(replacedBy(alone, 'name')).toBe(undefined);
  });

  it('keep the order and the capitals of their names', async () => {
    const table = made(25, (i) => ({
      Name: `${name(i)[1]}, Mr. ${name(i)[0]}`,
      guest: name(i).join(' ').toUpperCase(),
      x: i % 2,
    }));
    for (const row of tableRows(await filled(table, 40))) {
      expect(row.Name).toMatch(/^\S+, \S+$/);
      expect(row.guest).toBe(String(row.guest).toUpperCase());
    }
  });

  it('with addresses at the reserved hosts get others', async () => {
    const table = made(30, (i) => ({ email: `anna${i}@example.com`, x: i % 2 }));
    for (const email of column(await filled(table, 50), 'email'))
      expect(String(email)).toMatch(/@example\.(?:org|net)$/);
  });
});

describe('what else is a person’s own', () => {
  const card = (i: number) => withCheckDigits(`4${String(1e13 + scattered(i, 1e9) * 97)}0`, 'luhn');
  const iban = (i: number) => withCheckDigits(`DE00${String(1e17 + scattered(i, 1e9) * 1e7)}`, 'iban');
  const table = made(40, (i) => ({
    ip: `${20 + (i % 90)}.${scattered(i, 250)}.${i}.${1 + i}`,
    card: card(i).replaceAll(/(\d{4})(?=\d)/g, '$1 '),
    account: iban(i),
    contact: i % 3 === 0 ? `+49 30 ${1_000_000 + i * 7919}` : `anna${i}@firma.de`,
    employer: `${lasts[i % 5]} ${i} GmbH`,
    x: i % 2,
  }));

  it('is found', () => {
    const { columns } = table.schema;
    expect(columns.map(({ name, replaced }) => [name, replaced?.by])).toEqual([
      ['ip', 'pattern'],
      ['card', 'pattern'],
      ['account', 'pattern'],
      ['contact', 'contact'],
      ['employer', 'company'],
      ['x', undefined],
    ]);
  });

  it('comes back in its form, valid, none of it real, none of it twice', async () => {
    const rows = tableRows(await filled(table, 300));
    for (const row of rows) {
      expect(isIpAddress(String(row.ip))).toBe(true);
      expect(isCardNumber(String(row.card))).toBe(true);
      expect(row.card).toMatch(/^4\d{3} \d{4} \d{4} \d{4}$/);
      expect(isIban(String(row.account))).toBe(true);
      expect(row.account).toMatch(/^DE\d{20}$/);
      expect(row.contact).toMatch(/^(?:\+49 30 \d{7}|\S+@example\.\w+)$/);
    }
    for (const own of ['ip', 'card', 'account', 'contact', 'employer']) {
      const all = [...column(table, own), ...rows.map((row) => row[own])];
      expect(new Set(all).size).toBe(340);
    }
    const emails = rows.filter(({ contact }) => String(contact).includes('@')).length;
    expect(emails).toBeGreaterThan(160);
    expect(emails).toBeLessThan(240);
  });

  it('proves itself as the standards say', () => {
    expect(['4111 1111 1111 1111', '4111 1111 1111 1112'].map(isCardNumber)).toEqual([true, false]);
    expect(['GB82 WEST 1234 5698 7654 32', 'GB83 WEST 1234 5698 7654 32'].map(isIban)).toEqual([true, false]);
    expect(['10.0.0.255', '10.0.0.256', '10.0.0', '2001:db8::1', '12:30:15'].map(isIpAddress)).toEqual([
      true,
      false,
      false,
      true,
      false,
    ]);
  });
});
