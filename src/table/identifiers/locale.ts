/** Which language a table's persons have, told by their e-mail addresses, phone numbers and scripts. It knows text only. */

const byCountry: Record<string, string> = {
  at: 'de_AT',
  br: 'pt_BR',
  ch: 'de_CH',
  cn: 'zh_CN',
  cz: 'cs_CZ',
  de: 'de',
  dk: 'da',
  es: 'es',
  fi: 'fi',
  fr: 'fr',
  it: 'it',
  jp: 'ja',
  kr: 'ko',
  nl: 'nl',
  no: 'nb_NO',
  pl: 'pl',
  pt: 'pt_PT',
  ru: 'ru',
  se: 'sv',
  tr: 'tr',
  ua: 'uk',
  uk: 'en_GB',
};

const byDialCode: Record<string, string> = {
  '31': 'nl',
  '33': 'fr',
  '34': 'es',
  '351': 'pt_PT',
  '358': 'fi',
  '39': 'it',
  '41': 'de_CH',
  '420': 'cs_CZ',
  '43': 'de_AT',
  '44': 'en_GB',
  '45': 'da',
  '46': 'sv',
  '47': 'nb_NO',
  '48': 'pl',
  '49': 'de',
  '55': 'pt_BR',
  '7': 'ru',
  '81': 'ja',
  '82': 'ko',
  '86': 'zh_CN',
  '90': 'tr',
};

const byScript: readonly (readonly [RegExp, string])[] = [
  [/\p{Script=Cyrillic}/u, 'ru'],
  [/\p{Script=Greek}/u, 'el'],
  [/\p{Script=Hebrew}/u, 'he'],
  [/\p{Script=Arabic}/u, 'ar'],
  [/\p{Script=Hangul}/u, 'ko'],
  [/[\p{Script=Hiragana}\p{Script=Katakana}]/u, 'ja'],
  [/\p{Script=Han}/u, 'zh_CN'],
];

/** The locale that most of the texts that tell one agree on; "en" when they tell none. */
export function localeOf(texts: readonly string[]): string {
  const votes = new Map<string, number>();
  for (const text of texts) {
    const locale = localeOfOne(text);
    if (locale) votes.set(locale, (votes.get(locale) ?? 0) + 1);
  }
  const [most] = [...votes].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  return most && most[1] * 2 > texts.length * 0.2 ? most[0] : 'en';
}

function localeOfOne(text: string): string | undefined {
  const country = /@.*\.([a-z]{2})$/i.exec(text)?.[1]?.toLowerCase();
  if (country) return byCountry[country];
  const dialed = /^\+\s?(\d{1,3})/.exec(text)?.[1];
  if (dialed) return byDialCode[dialed] ?? byDialCode[dialed.slice(0, 2)] ?? byDialCode[dialed.slice(0, 1)];
  return byScript.find(([script]) => script.test(text))?.[1];
}
