/** The bar that stays on top: links to the sections, and a filter for columns. */
import { html, type Markup } from './markup.ts';

export interface Part {
  readonly id: string;
  readonly name: string;
  readonly markup: Markup | null;
}

export function contents(parts: readonly Part[]): Markup {
  const links = parts.flatMap(({ id, name, markup }) => (markup ? html`<a href="#${id}">${name}</a>` : []));
  return html`<nav class="contents" aria-label="Contents"><div class="links">${links}</div><label class="filter">Column <input type="search" data-filter placeholder="any" aria-label="Show only columns whose name contains"></label></nav>
${parts.map(({ id, markup }) => markup && html`<div class="part" id="${id}">${markup}</div>\n`)}`;
}

/** A box that unfolds what is folded in its section: everything beyond the first few of a wide table. */
export function showAll(total: number, shown: number, what: string): Markup | null {
  return total <= shown
    ? null
    : html`<label class="show-all"><input type="checkbox" class="all"> show all ${total} ${what}</label>`;
}
