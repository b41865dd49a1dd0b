/**
 * The report's one script: tooltips for whatever has a data-tip, the theme switch, and the filter of columns. It knows attributes, no figure.
 * Focus may scroll the page, so what is focused keeps its tooltip, until Escape. Without the script every number is still
 * in a table.
 */
import { createHash } from 'node:crypto';

export const reportScript = `(() => {
  const root = document.documentElement;
  const buttons = [...document.querySelectorAll('[data-choose]')];
  const choose = (theme) => {
    if (theme === 'auto') delete root.dataset.theme;
    else root.dataset.theme = theme;
    for (const each of buttons) each.setAttribute('aria-pressed', String(each.dataset.choose === theme));
  };
  for (const each of buttons) each.addEventListener('click', () => choose(each.dataset.choose));
  const tip = document.getElementById('tip');
  const hide = () => { tip.hidden = true; };
  const show = (target) => {
    const of = target instanceof Element ? target.closest('[data-tip]') : null;
    if (!of) return hide();
    tip.textContent = of.dataset.tip;
    tip.hidden = false;
    const box = of.getBoundingClientRect();
    const room = tip.getBoundingClientRect();
    const left = Math.min(Math.max(4, box.left + box.width / 2 - room.width / 2), innerWidth - room.width - 4);
    const above = box.top - room.height - 6;
    tip.style.left = left + 'px';
    tip.style.top = (above > 4 ? above : box.bottom + 6) + 'px';
  };
  const filter = document.querySelector('[data-filter]');
  filter.addEventListener('input', () => {
    const wanted = filter.value.trim().toLowerCase();
    root.classList.toggle('filtering', wanted !== '');
    for (const each of document.querySelectorAll('[data-column]'))
      each.hidden = !each.dataset.column.toLowerCase().includes(wanted);
  });
  document.addEventListener('pointerover', (event) => show(event.target));
  let dismissed = false;
  document.addEventListener('focusin', (event) => { dismissed = false; show(event.target); });
  document.addEventListener('focusout', hide);
  document.addEventListener('scroll', () => { if (!dismissed) show(document.activeElement); }, true);
  document.addEventListener('keydown', (event) => { if (event.key === 'Escape') { dismissed = true; hide(); } });
})();`;

/** What the page's Content-Security-Policy names, so that a browser runs this script and no other. */
export const scriptHash = `sha256-${createHash('sha256').update(reportScript).digest('base64')}`;
