/** HTML that cannot be injected into: whatever is put into a template is escaped unless it is markup already. */

/** A piece of HTML made by `html`. */
export class Markup {
  constructor(readonly text: string) {}
}

type Insert = string | number | Markup | null | readonly Insert[];

/** A template whose strings and numbers are escaped, for text and quoted attributes alike; null inserts nothing. */
export function html(fixed: TemplateStringsArray, ...inserts: Insert[]): Markup {
  return new Markup(fixed.reduce((text, part, i) => text + render(inserts[i - 1]!) + part));
}

function render(insert: Insert): string {
  if (insert === null) return '';
  if (insert instanceof Markup) return insert.text;
  if (typeof insert === 'object') return insert.map(render).join('');
  return escapeHtml(String(insert));
}

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Control characters, which HTML does not allow, become U+FFFD. */
function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => escapes[c]!).replace(/[^\P{Cc}\t\n]/gu, '\ufffd');
}
