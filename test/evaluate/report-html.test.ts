import { describe, expect, it } from 'vitest';
import { evaluate } from '../../src/evaluate/evaluate.ts';
import { html } from '../../src/evaluate/report/html/markup.ts';
import type { Kind } from '../../src/table/schema.ts';
import { shuffled, tableOf } from './tables.ts';

const hostile = `</title></style><script>alert("x")</script><img src=x onerror='alert(1)'>&"`;

describe('html', () => {
  it('escapes what is put in, unless it is markup', () => {
    const name = '<b>"\'&\u0000';
    expect(html`<i title="${name}">${name}${html`<br>`}${[html`<hr>`, '<']}${null}</i>`.text).toBe(
      '<i title="&lt;b&gt;&quot;&#39;&amp;\ufffd">&lt;b&gt;&quot;&#39;&amp;\ufffd<br><hr>&lt;</i>',
    );
  });
});

describe('the HTML report', () => {
  it('lets no markup in through column names or values', async () => {
    const table = tableOf({
      [hostile]: ['category', [hostile, 'b', hostile]],
      [`${hostile}2`]: ['integer', [1, 2, 3]],
      [`${hostile}3`]: ['boolean', [hostile, 'no', 'no']],
    });
    const page = (await evaluate({ train: table, synthetic: table, test: shuffled(table), target: hostile })).toHtml();
    expect(page.match(/<script/g)).toHaveLength(1);
    expect(page).not.toContain('<img');
    expect(page.match(/<\/style>/g)).toHaveLength(1);
    expect(page.match(/<\/title>/g)).toHaveLength(page.match(/<title>/g)!.length);
    expect(page).toContain('&lt;script&gt;');
  });

  it('asks nothing of the network', async () => {
    const table = tableOf({ x: ['integer', [1, 2, 3]], y: ['category', ['a', 'b', 'a']] });
    const page = (await evaluate({ train: table, synthetic: table })).toHtml();
    // Links lead to the page's own sections only.
    expect(page).not.toMatch(/https?:|\/\/|url\(|@import|<link|\ssrc=|\shref=(?!"#[a-z]+")/);
    expect(page).toContain("default-src 'none'");
  });

  it('stays under 2 MB for a hundred columns', async () => {
    const columns = Array.from({ length: 100 }, (_, i): [string, [Kind, (number | string)[]]] => {
      const cells = Array.from({ length: 300 }, (_, row) => (row * (i + 7)) % 97);
      const name = `a rather long name of column number ${i}`;
      return [
        name,
        i % 2 === 0
          ? ['decimal', cells.map((x) => x / 7)]
          : ['category', cells.map((x) => `some longer category ${x}`)],
      ];
    });
    const table = tableOf(Object.fromEntries(columns));
    const report = await evaluate({
      train: table,
      synthetic: table,
      test: shuffled(table),
      target: 'a rather long name of column number 0',
      baselines: false,
    });
    expect(Buffer.byteLength(report.toHtml())).toBeLessThan(2_000_000);
  });
});
