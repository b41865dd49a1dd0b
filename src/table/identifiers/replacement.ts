/** What fills a column that is never learned: its JSON form in the schema, and what the kinds have in common. */
import { z } from 'zod';
import { isPattern } from './patterns.ts';
import { unpacked } from './supply.ts';

const pattern = z
  .string()
  .refine(isPattern, { error: 'must be characters, classes like [0-9], counts like {5} and numbers like {1..999}' });

/** Which strings of a pattern no training row has (supply.ts). */
const unused = z
  .strictObject({
    modulus: z
      .int()
      .positive()
      .max(2 ** 32),
    residues: z.string(),
  })
  .refine((given) => unpacked(given) !== undefined, {
    error: 'must be a deflated bitmap of as many bits as "modulus"',
  });

/** How many different values new rows draw from; without it none repeats. */
const distinct = z
  .int()
  .positive()
  .max(2 ** 32)
  .optional();

/** Whose it is, where a row tells of several persons: "manager". */
const person = z.string().optional();

/** Forms that values have, each in a share of the rows. */
const forms = z
  .array(z.strictObject({ pattern, share: z.number().min(0).max(1), unused: unused.optional() }))
  .min(1)
  .optional();

const counter = z
  .strictObject({
    by: z.literal('sequence'),
    next: z.int(),
    /** There are no more after it. */
    last: z.int().optional(),
    prefix: z.string().optional(),
    suffix: z.string().optional(),
    /** At least so many digits, with leading zeros. */
    digits: z.int().min(1).max(15).optional(),
  })
  .refine(({ next, last }) => last === undefined || last >= next - 1, { error: '"last" must not be below "next"' });

export const replacement = z.discriminatedUnion('by', [
  /** Numbers one after another, from `next` on, by themselves or in a text. */
  counter,
  /** Strings of one form, such as "CUST-[0-9]{5}" (patterns.ts), or of several. */
  z
    .strictObject({
      by: z.literal('pattern'),
      pattern: pattern.optional(),
      forms,
      /** Digits that follow from the others: of a payment card or a bank account. */
      check: z.enum(['luhn', 'iban']).optional(),
      unused: unused.optional(),
      distinct,
    })
    .refine((given) => (given.pattern === undefined) !== (given.forms === undefined), {
      error: 'must have "pattern" or "forms"',
    }),
  /** Invented persons; in one row those of one `person` belong together. */
  z.strictObject({
    by: z.enum(['fullName', 'firstName', 'lastName', 'email', 'phone', 'streetAddress', 'company', 'contact']),
    distinct,
    person,
    /** Of a whole name: "{first} {last}", "{LAST}, {first}". */
    form: z
      .string()
      .regex(/\{(?:first|last|FIRST|LAST)\}/, { error: 'must have {first} or {last}' })
      .optional(),
    /** Of a phone number. */
    forms,
    /** Of a contact: the share that are e-mail addresses; the others are phone numbers. */
    emails: z.number().min(0).max(1).optional(),
    /** Of an e-mail address: what stands after the @. */
    hosts: z.array(z.string().min(1)).min(1).optional(),
  }),
]);
export type Replacement = z.infer<typeof replacement>;
export type Personal = Exclude<Replacement, { by: 'sequence' | 'pattern' }>;
export type Patterned = Extract<Replacement, { by: 'pattern' }>;

/** E-mail addresses there lead nowhere (RFC 2606). */
export const reservedHosts = ['example.com', 'example.org', 'example.net'] as const;

/** Whether the column holds what is a person's own. */
export function isPersonal(replaced: Replacement | undefined): replaced is Personal {
  return replaced !== undefined && replaced.by !== 'sequence' && replaced.by !== 'pattern';
}

/** The forms that it fills in, with one pattern as the only one. */
export function formsOf({ forms, ...rest }: Patterned | Personal) {
  if (forms) return forms;
  if (!('pattern' in rest) || rest.pattern === undefined) return undefined;
  return [{ pattern: rest.pattern, share: 1, unused: rest.unused }];
}
