/** npm run docs:picture: the top of the demo's report as docs/report.png. Needs Debian's chromium. */
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const pathOf = (file: string) => fileURLToPath(new URL(`../../${file}`, import.meta.url));

const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
const page = await browser.newPage({ viewport: { width: 1100, height: 900 }, colorScheme: 'light' });
await page.goto(`file://${pathOf('demo/report.html')}`);
await page.screenshot({ path: pathOf('docs/report.png') });
await browser.close();
