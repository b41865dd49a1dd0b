/**
 * The HTML report in a real browser: it renders without complaint, its charts can be seen, tooltips and theme switch
 * work, by mouse and by keyboard. Screenshots are kept in screenshots/, for eyes to judge. Needs Debian's chromium.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { smoteNc } from '../../src/evaluate/baselines/baselines.ts';
import { evaluate } from '../../src/evaluate/evaluate.ts';
import { createRandom } from '../../src/numeric/random.ts';
import { people } from './people.ts';

const executablePath = '/usr/bin/chromium';
const here = existsSync(executablePath);
const folder = join(import.meta.dirname, 'screenshots');
const file = join(folder, 'report.html');

describe.skipIf(!here)(`the report in a browser${here ? '' : ` (skipped: no ${executablePath})`}`, () => {
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];
  const requests: string[] = [];

  beforeAll(async () => {
    const train = people(400, 1);
    const synthetic = smoteNc(train, 400, createRandom(3), 4);
    const losses = [1.9, 1.2, 0.9, 0.8, 0.7, 0.6];
    const epochs = losses.map((trainLoss, i) => ({
      epoch: i + 1,
      trainLoss,
      validationLoss: trainLoss + 0.03 * i ** 2,
    }));
    const training = { bestEpoch: 3, epochs };
    const reasons = [
      { code: 'broken-check', column: null, rule: '"age >= 18" does not hold', count: 31 },
      { code: 'invalid-value', column: 'age', rule: null, count: 9 },
    ];
    const rejections = { rows: 400, reasons };
    const about = { date: '2026-11-27', files: { train: 'people.csv', synthetic: 'new.csv' } };
    const test = people(200, 2);
    const report = await evaluate({ train, test, synthetic, target: 'rich', training, rejections, about });
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, report.toHtml());
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
    page = await browser.newPage({ viewport: { width: 1200, height: 900 }, colorScheme: 'light' });
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => requests.push(request.url()));
    await page.goto(`file://${file}`);
  });

  afterAll(() => browser?.close());

  const background = () => page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
  const tip = () => page.locator('#tip');

  it('renders without a complaint or a request', async () => {
    expect(await page.locator('h1').textContent()).toBe('How close is the synthetic table to the real one?');
    expect(await page.getByRole('region', { name: 'Rejections' }).getByRole('row').allTextContents()).toEqual([
      'reasoncolumn or rulerowsshare',
      'broken check"age >= 18" does not hold317.8 %',
      'invalid valueage92.3 %',
    ]);
    expect(complaints).toEqual([]);
    expect(requests).toEqual([`file://${file}`]);
    await page.screenshot({ path: join(folder, 'light.png'), fullPage: true });
  });

  it('draws every chart large enough to see, and nothing wider than the page', async () => {
    const charts = page.locator('svg[role="img"]');
    // Two numbers; training, synthetic and their difference; four ROC curves; the distances; the fit; six pairs twice.
    expect(await charts.count()).toBe(2 + 3 + 4 + 1 + 1 + 6 * 2);
    for (const chart of await charts.all()) {
      const box = await chart.boundingBox();
      expect(box!.width).toBeGreaterThan(100);
      expect(box!.height).toBeGreaterThan(50);
    }
    const painted = await page.evaluate(`[...document.querySelectorAll('path.curve, path.synthetic')].every(
      (path) => path.getTotalLength() > 50 && getComputedStyle(path).stroke !== 'none')`);
    expect(painted).toBe(true);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(1200);
  });

  it('shows tooltips to the mouse and to the keyboard, and hides them', async () => {
    expect(await tip().isHidden()).toBe(true);
    const cell = page.locator('.heat rect[data-tip]').first();
    await cell.hover();
    expect(await tip().textContent()).toMatch(/ with .*: -?\d\.\d\d$/);
    const curve = page.locator('.chart .hit').nth(12);
    await curve.hover();
    expect(await tip().textContent()).toMatch(/ \d.* %: .*synthetic \d/);
    await page.locator('h1').hover();
    expect(await tip().isHidden()).toBe(true);
    await page.locator('.cards li').first().focus();
    expect(await tip().isVisible()).toBe(true);
    expect(await tip().textContent()).toMatch(/^Column Shapes: .*real test rows.*Gaussian copula/);
    await page.keyboard.press('Escape');
    expect(await tip().isHidden()).toBe(true);
    // Focus has scrolled the page, and that comes late.
    await page.evaluate(
      'new Promise((resolve) => { document.dispatchEvent(new Event("scroll")); requestAnimationFrame(resolve); })',
    );
    expect(await tip().isHidden()).toBe(true);
  });

  it('opens with three answers and the points to mend, folds praise, and links to every section', async () => {
    expect(await page.getByRole('list', { name: 'Answers' }).locator('h2').allTextContents()).toEqual([
      'Looks real?',
      'Teaches?',
      'Protects?',
    ]);
    expect(await page.locator('.origin').textContent()).toContain('people.csv');
    const praise = page.locator('details.praise li').first();
    expect(await praise.isVisible()).toBe(false);
    await page.locator('details.praise summary').click();
    expect(await praise.isVisible()).toBe(true);
    const tones = await page.evaluate<string[]>(
      `[...document.querySelectorAll('.verdict[aria-label] li')].map((li) => li.className)`,
    );
    const order = ['poor', 'fair', 'note'];
    const ranks = tones.slice(1).map((tone) => order.indexOf(tone));
    expect(ranks).toEqual(ranks.toSorted((a, b) => a - b));
    for (const link of await page.locator('.contents a').all()) {
      await link.click();
      const section = page.locator((await link.getAttribute('href'))!);
      const box = await section.boundingBox();
      expect(box!.y).toBeLessThan(900);
      expect(box!.y).toBeGreaterThan(-40);
    }
  });

  it('shows the columns whose name contains what is typed', async () => {
    const shown = () => page.locator('.figures figure[data-column]:visible').count();
    const all = await shown();
    await page.locator('[data-filter]').fill('AG');
    expect(await shown()).toBe(1);
    expect(await page.locator('tr[data-column="age"]').isVisible()).toBe(true);
    expect(await page.locator('tr[data-column="pay"]').isVisible()).toBe(false);
    await page.locator('[data-filter]').fill('');
    expect(await shown()).toBe(all);
  });

  it('switches between light and dark, and back to what the reader prefers', async () => {
    const press = async (name: string) => {
      await page.getByRole('button', { name }).focus();
      await page.keyboard.press('Enter');
    };
    const light = await background();
    await press('Dark');
    const dark = await background();
    expect(dark).not.toBe(light);
    expect(await page.getByRole('button', { name: 'Dark' }).getAttribute('aria-pressed')).toBe('true');
    await page.screenshot({ path: join(folder, 'dark.png'), fullPage: true });
    await press('Auto');
    expect(await background()).toBe(light);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await background()).toBe(dark);
    await press('Light');
    expect(await background()).toBe(light);
  });

  it('prints light, without its controls, and fits a telephone', async () => {
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    expect(await background()).toBe('rgb(255, 255, 255)');
    expect(await page.locator('.themes').isHidden()).toBe(true);
    expect(await page.locator('.contents').isHidden()).toBe(true);
    await page.emulateMedia({ media: 'screen', colorScheme: 'light' });
    await page.setViewportSize({ width: 390, height: 800 });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
    await page.screenshot({ path: join(folder, 'telephone.png'), fullPage: true });
  });
});
